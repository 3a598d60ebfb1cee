"""What a resident will not give: it is said what it is needed for, and nothing ends."""

import pytest
from fixtures.booking import MAN, NAMES, NEXT_WEDNESDAY, WOMAN, Applicant
from fixtures.dialogue import PLATE, TAIL, Resident
from fixtures.services import SERVICES

from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs


@pytest.mark.parametrize("intent", ["deny", "inform", "unsubscribe", "delete_my_data", "nlu_fallback", "cancel"])
@pytest.mark.parametrize(
    ("locale", "text", "part"),
    [
        ("zh_Hans", "不想给车架号", "这件事要有车架号后六位"),
        ("zh_Hans", "跳过", "这件事要有车架号后六位"),
        ("zh_Hant", "唔方便俾", "才能繼續"),
        ("en", "I'd rather not give that", "We need this"),
    ],
)
async def test_what_is_needed_says_for_what_and_is_asked_again(
    catalogs: Catalogs, intent: str, locale: Locale, text: str, part: str
) -> None:
    """Whatever it is understood as; the value is taken afterwards."""
    resident = Resident(catalogs, SERVICES, locale=locale)
    await resident.ask_for_fines()
    said = await resident.say(text, intent)
    assert part in said
    assert resident.state == ("traffic_fines", "vin_last6")
    assert "200.00" in await resident.say(TAIL, "inform")


@pytest.mark.parametrize(
    ("locale", "text", "part"),
    [
        ("zh_Hans", "不留电话", "这件事要有手机号"),
        ("zh_Hant", "唔留電話得唔得", "這件事需要手機號"),
        ("en", "No", "Mobile number"),
    ],
)
async def test_a_telephone_that_is_not_left_is_no_end(catalogs: Catalogs, locale: Locale, text: str, part: str) -> None:
    """不留电话 while a telephone is asked for stops no notices."""
    resident = Applicant(catalogs, SERVICES, locale=locale)
    await resident.say("marry", "marriage_registration")
    for value in ("西湖区", str(NEXT_WEDNESDAY), "10:00", *NAMES, MAN, WOMAN):
        await resident.say(value, "inform")
    said = await resident.say(text, "deny" if text == "No" else "unsubscribe")
    assert part in said
    assert resident.state == ("marriage_registration", "phone")


@pytest.mark.parametrize("text", ["不填了", "不想说了", "I don't want to tell you any more"])
async def test_who_gives_up_the_whole_of_it_ends_it(catalogs: Catalogs, text: str) -> None:
    """A cancel stays one."""
    resident = Resident(catalogs, SERVICES)
    await resident.say("查违章", "traffic_fines", plate=PLATE)
    await resident.say(text, "cancel")
    assert resident.state == (None, None)


@pytest.mark.parametrize("intent", ["inform", "human_agent", "delete_my_data", "nlu_fallback"])
@pytest.mark.parametrize(
    ("locale", "text", "part"),
    [
        ("zh_Hans", "没有电话", "这件事要有手机号"),
        ("zh_Hans", "懒得留电话", "这件事要有手机号"),
        ("zh_Hant", "冇電話", "才能繼續"),
        ("en", "I don't have a phone", "We need this"),
        ("zh_Hans", "你管我电话干啥", "用于本次预约的联系"),
        ("zh_Hant", "做乜要呢啲資料", "用於本次預約的聯絡"),
        ("en", "why do you need that", "about this appointment"),
    ],
)
async def test_who_has_none_or_asks_why_hears_what_it_is_for(
    catalogs: Catalogs, intent: str, locale: Locale, text: str, part: str
) -> None:
    """Whatever it is understood as: no clerk is called, nothing is erased."""
    resident = Applicant(catalogs, SERVICES, locale=locale)
    await resident.say("marry", "marriage_registration")
    for value in ("西湖区", str(NEXT_WEDNESDAY), "10:00", *NAMES, MAN, WOMAN):
        await resident.say(value, "inform")
    assert part in await resident.say(text, intent)
    assert resident.state == ("marriage_registration", "phone")
    assert resident.effects == ()
