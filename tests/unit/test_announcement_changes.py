"""What two versions of an announcement differ in."""

from typing import Any

from desk.announcements.changes import changes, marked
from desk.announcements.content import Draft


def draft(**changed: Any) -> Draft:
    """An announcement."""
    values = {
        "city": "hangzhou",
        "agency": "city_hall",
        "topic": "water",
        "titles": {"zh_Hans": "停水", "en": "No water"},
        "texts": {"zh_Hans": "周四停水。", "en": "On Thursday."},
    }
    return Draft.model_validate({**values, **changed})


def test_marked_says_which_words_went_and_came() -> None:
    """Words of letters stay whole; of Chinese each character counts; what is left and what came make both texts."""
    assert marked("On Thursday.", "On Friday.") == [
        ("same", "On "),
        ("gone", "Thursday"),
        ("new", "Friday"),
        ("same", "."),
    ]
    assert marked("周四停水", "周五停水") == [("same", "周"), ("gone", "四"), ("new", "五"), ("same", "停水")]


def test_changes_names_each_field_that_differs() -> None:
    """Of texts with their language, of audience and schedule with their part; the same differs in nothing."""
    before = draft()
    later = {"texts": {"zh_Hans": "周四停水。", "en": "On Friday."}, "districts": ["xihu"]}
    after = draft(**later, audience={"languages": ["en"]}, schedule={"a_minute": 10})
    found = [one.field for one in changes(before, after)]
    assert found == ["texts.en", "districts", "audience.languages", "schedule.a_minute"]
    assert changes(before, before) == []
