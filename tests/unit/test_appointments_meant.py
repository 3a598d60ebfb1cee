"""Which appointment a sentence is about: the one being made, one that stands, and when it is."""

from dataclasses import replace

import pytest
from fixtures.booking import NEXT_FRIDAY, NEXT_WEDNESDAY, Applicant
from fixtures.services import SERVICES
from fixtures.turns import turn_of

from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs

MARRIAGE = "marriage_registration"
WHEN = [
    ("zh_Hans", "我的预约是什么时候"),
    ("zh_Hans", "我约的几点"),
    ("zh_Hant", "我預約咗邊日㗎"),
    ("zh_Hant", "查下我嘅預約"),
    ("zh_Hant", "個預約幾時㗎"),
    ("en", "when is my appointment?"),
    ("en", "What time is my appointment"),
]


async def being_made(resident: Applicant) -> None:
    await resident.say("marry", MARRIAGE)
    for text in ("西湖区", str(NEXT_WEDNESDAY), "10:00"):
        await resident.say(text, "inform")


@pytest.mark.parametrize("intent", ["change_appointment", "request_status", MARRIAGE, "inform", "nlu_fallback"])
@pytest.mark.parametrize(("locale", "text"), WHEN)
async def test_when_it_is_is_its_status(catalogs: Catalogs, intent: str, locale: Locale, text: str) -> None:
    """Whatever it is understood as: day, time and place, and nothing is changed or begun."""
    resident = Applicant(catalogs, SERVICES, locale=locale)
    await resident.fill()
    await resident.say("yes", "affirm")
    said = await resident.say(text, intent)
    assert "10:00" in said
    assert resident.state == (None, None)
    assert len(resident.agency.live) == 1


@pytest.mark.parametrize(("locale", "text"), WHEN)
async def test_while_it_is_being_made_it_is_said_to_be_none_yet(catalogs: Catalogs, locale: Locale, text: str) -> None:
    """And the question comes back."""
    resident = Applicant(catalogs, SERVICES, locale=locale)
    await being_made(resident)
    said = await resident.say(text, "change_appointment")
    part = {"zh_Hans": "还没有完成", "zh_Hant": "尚未完成", "en": "is not booked yet"}[locale]
    assert part in said
    assert resident.state == (MARRIAGE, "person_name")


@pytest.mark.parametrize(
    ("locale", "text"), [("zh_Hans", "算了，取消预约"), ("zh_Hant", "取消個預約啦"), ("en", "cancel the appointment")]
)
async def test_cancelling_what_is_being_made_ends_it(catalogs: Catalogs, locale: Locale, text: str) -> None:
    """Not another appointment, that stands."""
    resident = Applicant(catalogs, SERVICES, locale=locale)
    await resident.fill()
    await resident.say("yes", "affirm")
    await being_made(resident)
    await resident.say(text, "change_appointment")
    assert resident.state == (None, None)
    assert len(resident.agency.live) == 1


@pytest.mark.parametrize(
    ("locale", "text"), [("zh_Hans", "改到下周五"), ("zh_Hant", "改做下星期五"), ("en", "change it to next Friday")]
)
async def test_changing_what_is_being_made_changes_it(catalogs: Catalogs, locale: Locale, text: str) -> None:
    """The form's day, not that of another appointment."""
    resident = Applicant(catalogs, SERVICES, locale=locale)
    await resident.fill()
    await resident.say("yes", "affirm")
    await being_made(resident)
    await resident.say(text, "change_appointment")
    front = resident.session.front
    assert front is not None
    assert front.values["date"] == str(NEXT_FRIDAY)
    assert [one.slot.date for one in resident.agency.live] == [str(NEXT_WEDNESDAY)]


@pytest.mark.parametrize(
    ("locale", "text", "asked"),
    [
        ("zh_Hans", "改时间", "time"),
        ("zh_Hans", "地点要改一下", "office"),
        ("zh_Hant", "我想改電話", "phone"),
        ("en", "change my partner's name", "person_name"),
    ],
)
async def test_a_field_that_is_named_is_asked_for_anew(
    catalogs: Catalogs, locale: Locale, text: str, asked: str
) -> None:
    """At the summary, whether it is understood as a correction or as a change."""
    for intent in ("correct", "change_appointment"):
        resident = Applicant(catalogs, SERVICES, locale=locale)
        await resident.fill()
        await resident.say(text, intent)
        assert resident.state == (MARRIAGE, asked)


@pytest.mark.parametrize(
    ("locale", "text", "time"),
    [
        ("zh_Hans", "改到下周五最早的", "09:00"),
        ("zh_Hant", "改做下星期五最夜嗰個鐘", "15:00"),
        ("en", "move it to next Friday, any time after 2", "14:00"),
    ],
)
async def test_what_is_moved_may_prefer_a_time_too(catalogs: Catalogs, locale: Locale, text: str, time: str) -> None:
    """The old time is not kept where another is wished."""
    resident = Applicant(catalogs, SERVICES, locale=locale)
    await resident.fill()
    await resident.say("yes", "affirm")
    said = await resident.say(text, "change_appointment")
    assert time in said
    await resident.say("yes", "affirm")
    assert [(one.slot.date, one.slot.time) for one in resident.agency.live] == [(str(NEXT_FRIDAY), time)]


@pytest.mark.parametrize(
    ("confidence", "is_taken"),
    [pytest.param(0.76, True, id="words give something"), pytest.param(0.5, False, id="unsure")],
)
async def test_a_name_is_taken_where_words_give_it(catalogs: Catalogs, confidence: float, *, is_taken: bool) -> None:
    """A rare name is a bare word: the situation may hardly hear that anything is given."""
    resident = Applicant(catalogs, SERVICES)
    await being_made(resident)
    turn = turn_of("c", "text", "inform", resident.city, "zh_Hans", resident.now, text="师广胜", confidence=confidence)
    said = await resident.take(replace(turn, commands=(("thanks", 0.23), ("provide", 0.19), ("skip", 0.06))))
    assert ("师广胜" in said) is is_taken
