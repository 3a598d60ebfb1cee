"""What two versions of an announcement differ in."""

from typing import Any

import pytest

from desk.announcements.composing.changes import changes, marked
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


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("甲" * 20_000, "甲" * 19_999 + "乙"),
        ("甲" * 20_000, "甲" * 19_000),
        ("甲乙" * 10_000, "丙" + "乙甲" * 10_000 + "丁"),
        ("", "甲" * 20_000),
        ("a b " * 5_000, "a c " * 5_000),
    ],
)
def test_long_texts_are_compared_by_where_they_begin_to_differ(before: str, after: str) -> None:
    """Piece by piece two of 20,000 characters would take a minute, and nobody be answered meanwhile."""
    pieces = marked(before, after)
    assert "".join(text for mark, text in pieces if mark != "new") == before
    assert "".join(text for mark, text in pieces if mark != "gone") == after
    assert len(pieces) <= 4


def test_changes_names_each_field_that_differs() -> None:
    """Of texts with their language, of audience and schedule with their part; the same differs in nothing."""
    before = draft()
    later = {"texts": {"zh_Hans": "周四停水。", "en": "On Friday."}, "districts": ["xihu"]}
    after = draft(**later, audience={"languages": ["en"]}, schedule={"a_minute": 10})
    found = [one.field for one in changes(before, after)]
    assert found == ["texts.en", "districts", "audience.languages", "schedule.a_minute"]
    assert changes(before, before) == []
