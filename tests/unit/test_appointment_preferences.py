"""Days and times that are chosen without being named: the earliest, the latest, any, any after three."""

from datetime import timedelta

import pytest
from fixtures.booking import DAYS_AHEAD, MARRIAGE, NEXT_WEDNESDAY, TUESDAY, Applicant
from fixtures.services import SERVICES

from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs


def chosen(resident: Applicant) -> tuple[object, object]:
    front = resident.session.front
    assert front is not None
    return front.values.get("date"), front.values.get("time")


async def asked_for_a_day(catalogs: Catalogs, locale: Locale = "zh_Hans") -> Applicant:
    resident = Applicant(catalogs, SERVICES, locale=locale)
    await resident.say("marry", MARRIAGE)
    await resident.say("西湖区", "inform")
    return resident


async def asked_for_a_time(catalogs: Catalogs, locale: Locale = "zh_Hans") -> Applicant:
    resident = await asked_for_a_day(catalogs, locale)
    await resident.say(str(NEXT_WEDNESDAY), "inform")
    return resident


@pytest.mark.parametrize("intent", ["inform", "nlu_fallback", "next_bus", "affirm"])
@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("zh_Hans", "最早的"),
        ("zh_Hans", "随便哪天"),
        ("zh_Hant", "越快越好啦"),
        ("zh_Hant", "求其"),
        ("en", "the earliest day"),
    ],
)
async def test_the_earliest_or_any_day_is_the_first_that_is_free(
    catalogs: Catalogs, intent: str, locale: Locale, text: str
) -> None:
    """It is taken and said; the time is asked for next."""
    resident = await asked_for_a_day(catalogs, locale)
    await resident.say(text, intent)
    first = resident.agency and str(TUESDAY)
    assert chosen(resident) == (first, None)
    assert resident.state == (MARRIAGE, "time")


@pytest.mark.parametrize(
    ("locale", "text"), [("zh_Hans", "最晚的一天"), ("zh_Hant", "最遲嗰日"), ("en", "the latest date")]
)
async def test_the_latest_day_is_the_last_that_is_free(catalogs: Catalogs, locale: Locale, text: str) -> None:
    """Of all that can be booked, not of those on buttons."""
    resident = await asked_for_a_day(catalogs, locale)
    await resident.say(text, "inform")
    day, _ = chosen(resident)
    assert day is not None
    assert str(day) > str(TUESDAY + timedelta(days=DAYS_AHEAD - 8))


@pytest.mark.parametrize(
    ("locale", "text", "time"),
    [
        ("zh_Hans", "最早的", "09:00"),
        ("zh_Hans", "都行", "09:00"),
        ("zh_Hans", "最晚的那个", "15:00"),
        ("zh_Hans", "下午最早的", "14:00"),
        ("zh_Hans", "两点半以后随便", "14:30"),
        ("zh_Hant", "是但啦", "09:00"),
        ("zh_Hant", "三點之後邊個鐘都得", "15:00"),
        ("en", "any time after 2", "14:00"),
        ("en", "any time before 10", "09:00"),
        ("en", "whatever", "09:00"),
        ("en", "the latest one", "15:00"),
    ],
)
async def test_a_time_is_chosen_of_those_that_are_free(
    catalogs: Catalogs, locale: Locale, text: str, time: str
) -> None:
    """Within the bounds that are named."""
    resident = await asked_for_a_time(catalogs, locale)
    marked = {"time": "最晚"} if "最晚" in text else {}
    await resident.say(text, "inform", **marked)
    assert chosen(resident) == (str(NEXT_WEDNESDAY), time)


@pytest.mark.parametrize(("locale", "text"), [("zh_Hans", "两点以后"), ("zh_Hant", "兩點之後"), ("en", "after 2pm")])
async def test_a_bound_alone_shows_what_is_free_within_it(catalogs: Catalogs, locale: Locale, text: str) -> None:
    """Nothing is chosen for who names a bound only."""
    resident = await asked_for_a_time(catalogs, locale)
    await resident.say(text, "inform")
    assert chosen(resident) == (str(NEXT_WEDNESDAY), None)
    assert resident.buttons[:-1] == ["14:00", "14:30", "15:00"]


@pytest.mark.parametrize(
    ("locale", "text", "part"),
    [
        ("zh_Hans", "五点以后", "没有号了"),
        ("zh_Hant", "五點之後", "沒有名額"),
        ("en", "after 5 pm", "nothing is free between"),
    ],
)
async def test_where_nothing_is_free_within_a_bound_the_rest_is_shown(
    catalogs: Catalogs, locale: Locale, text: str, part: str
) -> None:
    """And that is said."""
    resident = await asked_for_a_time(catalogs, locale)
    assert part in await resident.say(text, "inform")
    assert "09:00" in resident.buttons


async def test_the_earliest_in_the_first_message_waits_for_the_office(catalogs: Catalogs) -> None:
    """Day and time are taken once it is known where."""
    resident = Applicant(catalogs, SERVICES)
    await resident.say("想预约领证，越快越好", MARRIAGE)
    assert resident.state == (MARRIAGE, "office")
    await resident.say("西湖区", "inform")
    assert chosen(resident) == (str(TUESDAY), "09:00")


@pytest.mark.parametrize(
    ("locale", "text"), [("zh_Hans", "随便哪个都行"), ("zh_Hant", "邊度都得"), ("en", "any of them")]
)
async def test_who_does_not_mind_where_takes_the_first_office(catalogs: Catalogs, locale: Locale, text: str) -> None:
    """It is said, and can be changed."""
    resident = Applicant(catalogs, SERVICES, locale=locale)
    await resident.say("marry", MARRIAGE)
    await resident.say(text, "inform")
    assert resident.state == (MARRIAGE, "date")


@pytest.mark.parametrize("text", ["随便问问", "我想预约领证"])
async def test_what_prefers_nothing_chooses_nothing(catalogs: Catalogs, text: str) -> None:
    """Nothing is chosen for who begins."""
    resident = Applicant(catalogs, SERVICES)
    await resident.say(text, MARRIAGE)
    await resident.say("西湖区", "inform")
    assert chosen(resident) == (None, None)


async def test_a_bound_of_days_is_no_bound_of_times(catalogs: Catalogs) -> None:
    """What stands after `after` is a day there: it says nothing of the hour."""
    resident = await asked_for_a_day(catalogs, "en")
    await resident.say("after 5 December", "inform")
    await resident.say("the earliest", "inform")
    assert chosen(resident)[1] == "09:00"


@pytest.mark.parametrize("text", ["不是最早的，要下周的", "唔要最早嗰個", "not the earliest"])
async def test_what_is_refused_is_not_preferred(catalogs: Catalogs, text: str) -> None:
    """The earliest that is refused is not taken."""
    resident = await asked_for_a_time(catalogs)
    await resident.say(text, "nlu_fallback")
    assert chosen(resident)[1] is None


@pytest.mark.parametrize(
    ("text", "buttons"), [("两点以后吧", ["14:00", "14:30", "15:00"]), ("兩點之後啦", ["14:00", "14:30", "15:00"])]
)
async def test_a_time_that_was_taken_is_chosen_anew_within_a_bound(
    catalogs: Catalogs, text: str, buttons: list[str]
) -> None:
    """Though something else is asked for by then."""
    resident = await asked_for_a_time(catalogs)
    await resident.say("10:00", "inform")
    await resident.say(text, "inform")
    assert resident.state == (MARRIAGE, "time")
    assert resident.buttons[:3] == buttons


@pytest.mark.parametrize(("locale", "text"), [("zh_Hans", "多少钱"), ("zh_Hant", "幾多錢㗎"), ("en", "the fee?")])
async def test_a_brief_question_in_the_middle_is_about_the_appointment(
    catalogs: Catalogs, locale: Locale, text: str
) -> None:
    """Whatever it is understood as: what is needed is said, and the question stays."""
    resident = await asked_for_a_time(catalogs, locale)
    await resident.say(text, "traffic_fines")
    assert resident.state == (MARRIAGE, "time")
