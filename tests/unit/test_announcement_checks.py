"""What an editor is told before submitting, which languages are needed, and how a repeat ends."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fixtures import loaded
from fixtures.staffed import actor

from desk.announcements.audience.whom import Reach
from desk.announcements.checking.checks import (
    checks_of,
    kept_times,
    relative_words,
    warnings_of,
    warnings_of_times,
)
from desk.announcements.checking.districts import districts_in
from desk.announcements.content import Draft, faults_of, is_converted, languages_of, needed_of
from desk.announcements.looking import Looking
from desk.announcements.service import Announcements
from desk.console.announcements.fields import Frame, draft_of
from desk.console.forms import Form

NOW = datetime(2026, 11, 29, 2, 0, tzinfo=UTC)  # 10:00 in China
CITIES = loaded.cities()
CITY = CITIES["hangzhou"]
TOPICS = loaded.topics()
WRITTEN = {"zh_Hans": "文三路停水", "en": "No water in Wensan Road"}


def draft(**changes: Any) -> Draft:
    """Something that lacks nothing."""
    base = {"city": "hangzhou", "agency": "city_hall", "topic": "water", "titles": WRITTEN, "texts": WRITTEN}
    return Draft(**{**base, **changes})


@pytest.mark.parametrize(
    ("locale", "text", "words"),
    [
        ("zh_Hans", "明天停水，今晚储水", ["明天", "今晚"]),
        ("zh_Hans", "本周六和下周一道路封闭", ["本周", "下周"]),
        ("zh_Hans", "明天停水，明天上午恢复", ["明天"]),
        ("zh_Hans", "关于天然气：现说明天然气价格", []),
        ("zh_Hans", "如今天气转凉，即日起供暖", []),
        ("zh_Hans", "周边道路、证明日期、今日头条", []),
        ("zh_Hant", "後天停水，這週恢復", ["後天", "這週"]),
        ("zh_Hant", "今後不再收費", []),
        ("en", "Tomorrow there is no water. Next Monday it is back.", ["Tomorrow", "Next Monday"]),
        ("en", "On 3 December there is no water.", []),
    ],
)
def test_words_of_relative_time_are_found(locale: Any, text: str, words: list[str]) -> None:
    """Each once; other words that are written alike are none."""
    assert relative_words(draft(texts={**WRITTEN, locale: text}), locale) == words


@pytest.mark.parametrize(
    ("label", "changes", "keys"),
    [
        ("nobody", {}, ["nobody"]),
        ("nobody but in public", {"public": ("post",)}, ["nobody_public"]),
        ("tomorrow, shown for ever", {"texts": {**WRITTEN, "en": "Tomorrow."}}, ["nobody", "relative_open"]),
        (
            "tomorrow, shown for two days",
            {"texts": {**WRITTEN, "en": "Tomorrow."}, "until": NOW + timedelta(days=2)},
            ["nobody", "relative"],
        ),
        (
            "tomorrow, shown until tonight",
            {"texts": {**WRITTEN, "en": "Tomorrow."}, "until": NOW + timedelta(hours=9)},
            ["nobody"],
        ),
        (
            "three days, over after two",
            {
                "until": NOW + timedelta(days=2, hours=1),
                "schedule": {"at": NOW + timedelta(hours=2), "every": "day", "times": 3},
            },
            ["nobody", "over"],
        ),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_warnings_of_a_draft(label: str, changes: dict[str, Any], keys: list[str]) -> None:
    """They stop nothing: whatever is warned of has no fault."""
    made = draft(**changes)
    found = [one.key.removeprefix("console.announcement_check_") for one in warnings_of(made, 0, NOW)]
    assert found == keys, label
    assert list(faults_of(made, CITY, topics=TOPICS, now=NOW)) == []


@pytest.mark.parametrize(
    ("spoken", "readers", "needed", "converted"),
    [
        (["zh_Hans", "zh_Hant", "en"], (), ("zh_Hans", "en"), True),
        (["zh_Hans", "zh_Hant", "en"], ("zh_Hans", "zh_Hant"), ("zh_Hans",), True),
        (["zh_Hans", "zh_Hant", "en"], ("en",), ("zh_Hans", "en"), True),
        (["zh_Hans"], (), ("zh_Hans",), False),
        (["en"], (), ("zh_Hans", "en"), False),
    ],
)
def test_languages_are_those_of_city_and_audience(
    spoken: Any, readers: Any, needed: tuple[str, ...], converted: bool
) -> None:
    """Simplified Chinese always: it stands in for all others."""
    here = CITY.model_copy(update={"languages": spoken})
    made = draft(audience={"languages": readers})
    assert (needed_of(made, here), is_converted(made, here)) == (needed, converted)
    assert set(languages_of(here)) == {"zh_Hans", *spoken}
    lacking = made.model_copy(update={"titles": {"zh_Hans": "题"}, "texts": {"zh_Hans": "文"}})
    assert ("en" in needed) == bool(list(faults_of(lacking, here, topics=TOPICS, now=NOW)))


@pytest.mark.parametrize(
    ("fields", "times", "wrong"),
    [
        ({"ends": "times", "times": "4"}, 4, []),
        ({"times": "4"}, 4, []),
        ({"ends": "day", "last_on": "2026-12-22"}, 4, []),
        ({"ends": "day", "last_on": "2026-12-21"}, 3, []),
        ({"ends": "day", "last_on": "2026-12-01"}, 1, ["last_on"]),
        ({"ends": "day", "last_on": "2036-12-01"}, 1, ["last_on"]),
        ({"ends": "day", "last_on": "soon"}, 1, ["last_on"]),
        ({"ends": "day", "last_on": "2026-12-22", "at": ""}, 1, ["at"]),
        ({"ends": "times", "times": "61"}, 1, ["times"]),
        ({"ends": "times"}, 1, ["times"]),
    ],
)
def test_a_repeat_ends_after_times_or_on_a_day(fields: dict[str, str], times: int, wrong: list[str]) -> None:
    """The day counts in the city's zone: 23:30 there is still that day. What is wrong stands at its field."""
    form = Form({"topic": "water", "at": "2026-12-01T23:30", "every": "week", **fields})
    made, faults = draft_of(form, Frame.of(draft(), CITIES), TOPICS)
    assert (made.schedule.times, [one.field for one in faults]) == (times, wrong)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"until": NOW - timedelta(hours=1)}, "error_announcement_over"),
        (
            {"until": NOW + timedelta(hours=1), "schedule": {"at": NOW + timedelta(hours=2)}},
            "error_announcement_over_unsent",
        ),
        (
            {"until": NOW + timedelta(hours=1), "valid_from": NOW + timedelta(hours=2)},
            "error_announcement_over_unbegun",
        ),
    ],
)
def test_an_end_before_the_beginning_is_wrong(changes: dict[str, Any], key: str) -> None:
    """Each says what it must come after."""
    [fault] = faults_of(draft(**changes), CITY, topics=TOPICS, now=NOW)
    assert fault.said is not None
    assert fault.said.key == f"console.{key}"


SHANGHAI = ZoneInfo("Asia/Shanghai")
BEGINS, ENDS = datetime(2026, 12, 1, 1, 0, tzinfo=UTC), datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
MORNING = {"zh_Hans": "12月1日9时至17时检修。", "en": "1 December, 9 am to 5 pm."}
AFTERNOON = {"zh_Hans": "12月1日13时至17时检修。", "en": "1 December, 1 pm to 5 pm."}


EVENING = {"zh_Hans": "12月1日13时至19时检修。", "en": "1 December, 1 pm to 7 pm."}


def said_of(after: Draft, before: Draft | None = None) -> list[str]:
    """What the checks say of one, or of a correction, by key."""
    looked = Looking(Announcements(None, None, CITIES, TOPICS, lambda: NOW))  # type: ignore[arg-type]
    row = looked.imagined(actor("lin"), after, None if before is None else 1)
    return [
        one.key.removeprefix("console.announcement_check_") for one in checks_of(row, Reach(4, ()), CITY, NOW, before)
    ]


@pytest.mark.parametrize(
    ("label", "changes", "keys"),
    [
        ("another beginning", {"texts": AFTERNOON}, ["kept_valid_from"]),
        ("another beginning and end", {"texts": EVENING}, ["kept_valid_from", "kept_until"]),
        ("another end", {"texts": EVENING, "valid_from": BEGINS + timedelta(hours=4)}, ["kept_until"]),
        ("in one language alone", {"texts": {**MORNING, "en": AFTERNOON["en"]}}, ["unchanged", "times"]),
        (
            "in one alone, and another word in the other",
            {"texts": {"zh_Hans": MORNING["zh_Hans"], "en": AFTERNOON["en"] + " Sorry."}},
            ["unchanged", "times"],
        ),
        ("another hour and its date", {"texts": AFTERNOON, "valid_from": BEGINS + timedelta(hours=4)}, []),
        ("another street", {"texts": {**MORNING, "zh_Hans": "12月1日9时至17时，文一路检修。"}}, ["unchanged"]),
        ("the same words", {"valid_from": BEGINS + timedelta(hours=4)}, ["same", "other_valid_from"]),
        ("no dates", {"texts": AFTERNOON, "valid_from": None, "until": None}, []),
        ("not what was wrong", {"texts": AFTERNOON, "valid_from": None, "until": None, "mistake": {}}, ["mistake"]),
    ],
)
def test_corrections_say_what_they_may_have_forgotten(label: str, changes: dict[str, Any], keys: list[str]) -> None:
    """Other times in a text beside a date that it names no more; a language left as it was; the same words; why."""
    before = draft(texts=MORNING, valid_from=BEGINS, until=ENDS)
    assert said_of(before.model_copy(update={"mistake": WRITTEN, **changes}), before) == keys, label


@pytest.mark.parametrize(
    ("mistake", "keys"),
    [
        ({}, []),
        (WRITTEN, []),
        ({"zh_Hans": "不是18时"}, ["length"]),
        ({"en": "not 6 pm"}, ["length"]),
        ({**WRITTEN, "en": "x" * 121}, ["length"]),
        ({**WRITTEN, "zh_Hant": "x" * 121}, ["length"]),
        ({**WRITTEN, "en": "not {until}"}, ["placeholder"]),
    ],
)
def test_what_was_wrong_is_said_in_all_languages_or_none(mistake: dict[Any, str], keys: list[str]) -> None:
    """In those that are needed, within its length, and without facts in braces."""
    found = faults_of(draft(mistake=mistake), CITY, topics=TOPICS, now=NOW)
    assert [str(one.said and one.said.key).rpartition("_")[2] for one in found] == keys


def test_an_hour_left_in_one_language_is_said() -> None:
    """Moved in Chinese and in the field, left in English of which another word is another: both as they are written."""
    texts = {"zh_Hans": "12月1日9时至19时检修。", "en": "1 December, 9 am to 7 pm."}
    before = draft(texts=texts, valid_from=BEGINS, until=BEGINS + timedelta(hours=10))
    forgotten = {"zh_Hans": "12月1日9时至20时检修。", "en": "On 1 December, 9 am to 7 pm."}
    change = {"texts": forgotten, "until": BEGINS + timedelta(hours=11), "mistake": WRITTEN}
    after = before.model_copy(update=change)
    assert said_of(after, before) == ["times"]
    [found] = warnings_of_times(after, [], SHANGHAI)
    assert (found.args["times"], found.args["others"]) == ("20时", "7 pm")


@pytest.mark.parametrize(
    ("hans", "english", "differ"),
    [
        ("12月1日晚7时至9时", "1 December, 7 pm to 9 pm", False),
        ("12月1日至3日，每天8:00-17:30", "December 1–3, 8 am to 5:30 p.m.", False),
        ("12月1日8至17时", "1 December, 8:00–17:00", False),
        ("12月1日下午2点到5点", "2 to 5 pm on 1 December", False),
        ("周四８：００至１７：００", "Thursday, 8 am to 5 pm", False),
        ("12月3日（周四）中午12点半", "Thursday, 12:30", False),
        ("晚上10时至次日6时", "10 pm to 6 am", False),
        ("7点开门", "doors open at 7 pm", False),
        ("3小时内修复，3日内答复", "within 3 hours, answered in 3 days", False),
        ("12月1日19时", "1 December, 8 pm", True),
        ("12月1日19时", "2 December, 7 pm", True),
        ("12月1日19时", "1 December", True),
        ("12月1日", "1 December at noon", True),
        ("周五8时", "Thursday, 8 am", True),
        ("工作日8时", "Monday to Friday, 8 am", False),
    ],
)
def test_times_of_languages_are_compared_as_people_write_them(hans: str, english: str, differ: bool) -> None:
    """By half days and by 24 hours, in ranges, in wide digits; a weekday may stand for a date, a span is no hour."""
    found = list(warnings_of_times(draft(texts={"zh_Hans": hans, "en": english}), [], SHANGHAI))
    assert bool(found) is differ, found


@pytest.mark.parametrize(
    ("until", "keys"),
    [
        (ENDS, []),
        (ENDS + timedelta(hours=1), ["other_until"]),
        (ENDS.replace(hour=16), []),  # midnight
        (ENDS.replace(hour=15, minute=59), []),
        (ENDS + timedelta(days=1), ["other_until"]),
        (None, []),
    ],
)
def test_fields_are_compared_with_what_the_texts_name(until: datetime | None, keys: list[str]) -> None:
    """By hour and date; the end of a day need not be named."""
    assert said_of(draft(texts=MORNING, valid_from=BEGINS, until=until)) == keys


def test_times_of_braces_are_those_of_the_fields() -> None:
    """Each language says them in its own words."""
    texts = {"zh_Hans": "{from}至{until}", "en": "{from} until {until}"}
    assert said_of(draft(texts=texts, valid_from=BEGINS, until=ENDS)) == []


def test_whom_nobody_is_found_of_and_no_page_shows_is_seen_nowhere() -> None:
    """A list is seen by recipients alone, unless it is to be shown."""
    listed = draft(audience={"whom": "list", "list": 1})
    keys = [
        one.key for shown in (None, True) for one in warnings_of(listed.model_copy(update={"on_pages": shown}), 0, NOW)
    ]
    assert keys == ["console.announcement_check_nobody_nowhere", "console.announcement_check_nobody"]


def test_kept_date_stands_in_the_zone_of_the_city() -> None:
    """The clock of who reads it."""
    before = draft(texts=MORNING, valid_from=BEGINS)
    after = before.model_copy(update={"texts": AFTERNOON})
    assert kept_times(before, after, SHANGHAI) == ["valid_from"]
    [found] = warnings_of_times(after, ["valid_from"], SHANGHAI)
    assert found.args == {"at": "2026-12-01 09:00"}


@pytest.mark.parametrize(
    ("hour", "changes", "keys"),
    [
        (20, {}, ["quiet"]),
        (20, {"until": NOW.replace(hour=23)}, ["quiet_over"]),
        (20, {"urgency": "urgent"}, []),
        (20, {"schedule": {"quiet": False}}, []),
        (2, {}, []),
        (2, {"schedule": {"at": NOW.replace(hour=20)}}, ["quiet"]),
    ],
)
def test_quiet_hours_say_when_it_starts(hour: int, changes: dict[str, Any], keys: list[str]) -> None:
    """At its time or now, by the clock of the city (4:00 and 10:00); and that it is over by then."""
    now = NOW.replace(hour=hour)
    looked = Looking(Announcements(None, None, CITIES, TOPICS, lambda: now))  # type: ignore[arg-type]
    row = looked.imagined(actor("lin"), draft(**changes))
    found = [one for one in checks_of(row, Reach(5, ()), CITY, now) if "quiet" in one.key]
    assert [one.key for one in found] == [f"console.announcement_check_{key}" for key in keys]
    assert all(one.args["at"] == "2026-11-30 08:00" for one in found)


XIHU, BOTH = ("xihu",), ("xihu", "gongshu")
IN_GONGSHU = {"zh_Hans": "拱墅区停水检修。", "en": "No water in Gongshu District."}


@pytest.mark.parametrize(
    ("label", "changes", "keys"),
    [
        ("another was chosen", {"districts": XIHU, "texts": IN_GONGSHU}, ["district_other"]),
        ("it was chosen, too", {"districts": BOTH, "texts": IN_GONGSHU}, []),
        ("none was chosen", {"texts": IN_GONGSHU}, ["district_all"]),
        ("none is named", {"districts": XIHU}, []),
        ("in English alone", {"districts": XIHU, "titles": {**WRITTEN, "en": "gongshu district"}}, ["district_other"]),
        (
            "in Traditional Chinese",
            {"districts": XIHU, "texts": {**WRITTEN, "zh_Hant": "蕭山區停水"}},
            ["district_other"],
        ),
        (
            "for users of a service",
            {"districts": BOTH, "texts": IN_GONGSHU, "audience": {"whom": "users", "services": ["traffic_fines"]}},
            ["district_elsewhere"],
        ),
        (
            "an alert is for all",
            {"districts": XIHU, "texts": IN_GONGSHU, "kind": "alert", "audience": {"whom": "everybody"}},
            [],
        ),
    ],
)
def test_a_district_that_is_named_and_not_told_is_said(label: str, changes: dict[str, Any], keys: list[str]) -> None:
    """In whichever language it is named; of what names none, or those that were chosen, nothing."""
    assert (label, said_of(draft(**changes))) == (label, keys)


def test_a_correction_says_which_district_never_got_the_first() -> None:
    """It goes to those who got the other, whatever districts it says now; of one for the whole city nothing."""
    wrong = draft(districts=XIHU)
    right = {"texts": IN_GONGSHU, "mistake": {"zh_Hans": "是拱墅区。", "en": "It is Gongshu District."}}
    assert said_of(draft(districts=BOTH, **right), wrong) == ["district_corrected"]
    assert said_of(draft(districts=BOTH, **right), draft()) == []


@pytest.mark.parametrize(
    ("locale", "text", "slugs"),
    [
        ("zh_Hans", "上城区、拱墅区停水", {"shangcheng", "gongshu"}),
        ("zh_Hans", "西湖景区限流", set()),
        ("zh_Hant", "蕭山區停水", {"xiaoshan"}),
        ("en", "In Lin’an  District and XIHU DISTRICT", {"linan", "xihu"}),
        ("en", "Xihu Districts", set()),
    ],
)
def test_districts_are_found_by_the_names_of_the_city(locale: Any, text: str, slugs: set[str]) -> None:
    """Whole names alone, however the apostrophe is written."""
    assert districts_in(text, CITY, locale) == slugs


def test_the_longest_name_wins() -> None:
    """An agency that is called after a district is named, and the district is not."""
    agency = CITY.agencies[0]
    names = agency.names.model_copy(update={"zh_Hans": "西湖区公安分局", "en": "Xihu District Police"})
    city = CITY.model_copy(update={"agencies": [agency.model_copy(update={"names": names})]})
    assert districts_in("西湖区公安分局迁址", city, "zh_Hans") == set()
    assert districts_in("西湖区公安分局迁至西湖区文三路", city, "zh_Hans") == {"xihu"}
