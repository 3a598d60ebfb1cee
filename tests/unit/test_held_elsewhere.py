"""A booking that the agency holds already: one of this conversation can be changed, of another it is said who knows."""

import pytest
from fixtures.booking import MARRIAGE, NEXT_FRIDAY, NEXT_WEDNESDAY, SUMMED_UP, Applicant, booked, id_number
from fixtures.services import SERVICES

from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs

REFUSED = {"zh_Hans": "没有再约一次", "zh_Hant": "沒有重複預約", "en": "not booked twice"}
UNSEEN = {"zh_Hans": "这里看不到", "zh_Hant": "這裏看不到", "en": "cannot see"}


@pytest.fixture
def resident(catalogs: Catalogs) -> Applicant:
    return Applicant(catalogs, SERVICES)


async def refused(resident: Applicant) -> str:
    """The agency holds one that this conversation knows nothing of; gives what is said to another one."""
    await booked(resident)
    resident.cases.clear()
    await resident.fill(time="14:00")
    return await resident.say("确认", "affirm")


async def test_one_of_this_conversation_is_named_and_changed(resident: Applicant) -> None:
    """Its button leads to that very one."""
    await booked(resident)
    await resident.fill(time="14:00")
    said = await resident.say("确认", "affirm")
    assert "西湖区婚姻登记处" in said
    await resident.press("改期或取消")
    assert "您要改的预约是" in resident.messages[0].text


async def test_one_made_elsewhere_has_no_button_that_leads_nowhere(resident: Applicant) -> None:
    """Who knows of it is said with its telephone."""
    said = await refused(resident)
    assert REFUSED["zh_Hans"] in said
    assert "0000-12349" in said
    assert resident.buttons == ["修改", "转人工", "取消"]
    assert len(resident.agency.live) == 1


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("谁替我们约的，哪天啊", "request_status"),
        ("俺俩头一回来，哪来的预约", "deny"),
        ("which day is that one?", "nlu_fallback"),
        ("把原来那个给我退了", "change_appointment"),
        ("瞎说", "complain_about_bot"),
    ],
)
async def test_who_asks_about_it_hears_who_knows_and_goes_on(resident: Applicant, text: str, intent: str) -> None:
    """No summary is shown anew, no menu; the question stays."""
    await refused(resident)
    said = await resident.say(text, intent)
    assert UNSEEN["zh_Hans"] in said
    assert "0000-12349" in said
    assert resident.state == SUMMED_UP
    assert "请核对" not in said


async def test_another_id_goes_on_with_the_form(resident: Applicant) -> None:
    """A value is no doubt."""
    await refused(resident)
    other = id_number("19910505", male=False)
    said = await resident.say(f"我的号打错了，是{other}", "correct")
    assert UNSEEN["zh_Hans"] not in said
    assert other[:4] in said


async def test_who_wants_no_more_is_let_go(resident: Applicant) -> None:
    """Cancel ends the form."""
    await refused(resident)
    await resident.say("那算了", "cancel")
    assert resident.state == (None, None)


@pytest.mark.parametrize("locale", ["zh_Hans", "zh_Hant", "en"])
async def test_it_is_said_in_each_language(catalogs: Catalogs, locale: Locale) -> None:
    """As a native official would."""
    resident = Applicant(catalogs, SERVICES, MARRIAGE, locale=locale)
    assert REFUSED[locale] in await refused(resident)
    assert UNSEEN[locale] in await resident.say("?", "nlu_fallback") or UNSEEN[locale] in await resident.say(
        "when is it" if locale == "en" else "几时", "request_status"
    )


async def test_a_day_beside_the_end_of_a_booking_moves_nothing(resident: Applicant) -> None:
    """“I feel well today, cancel it” is no move to today."""
    await booked(resident)
    resident.commands = (("withdraw", 0.8), ("thanks", 0.1))
    said = await resident.say(f"{NEXT_FRIDAY.month}月{NEXT_FRIDAY.day}号家里来客，去不成了，取消", "change_appointment")
    assert "要取消" in said
    resident.commands = ()
    await resident.press("取消预约")
    assert resident.agency.live == []


async def test_a_move_that_gives_up_the_old_day_is_a_move(resident: Applicant) -> None:
    """“Cancel Wednesday, Friday instead”."""
    await booked(resident)
    resident.commands = (("move", 0.7), ("withdraw", 0.2))
    said = await resident.say(f"取消那天的，改到{NEXT_FRIDAY.month}月{NEXT_FRIDAY.day}号", "change_appointment")
    resident.commands = ()
    assert "新的预约是" in said or "请问您想约几点" in said


async def test_an_hour_in_a_clause_of_its_own_is_the_time(resident: Applicant) -> None:
    """“Wednesday morning, 10 o'clock” asks no time; an hour at which something else is names none."""
    await resident.say("预约登记结婚 西湖区婚姻登记处", MARRIAGE, office="西湖区婚姻登记处")
    await resident.say(f"{NEXT_WEDNESDAY.month}月{NEXT_WEDNESDAY.day}号早上，10点", "inform")
    assert resident.session.front is not None
    assert resident.session.front.values["time"] == "10:00"


async def test_an_hour_at_which_something_else_is_is_none(resident: Applicant) -> None:
    """“In the morning, I am back at work at 11”: the morning is what is wished."""
    await resident.say("预约登记结婚 西湖区婚姻登记处", MARRIAGE, office="西湖区婚姻登记处")
    said = await resident.say(
        f"{NEXT_WEDNESDAY.month}月{NEXT_WEDNESDAY.day}号，上午最好，我10点半要回厂里开会", "inform"
    )
    assert resident.session.front is not None
    assert resident.session.front.values.get("time") is None
    assert "09:00" in resident.buttons
    assert "14:00" not in said


async def test_a_bare_number_is_the_hour_that_is_free(catalogs: Catalogs) -> None:
    """Where the time is asked for, and something is surely given; “2 of us” names no free hour."""
    resident = Applicant(catalogs, SERVICES, MARRIAGE, locale="en")
    await resident.say("marry at Xihu Marriage Registry", MARRIAGE, office="Xihu Marriage Registry")
    await resident.say(str(NEXT_WEDNESDAY), "inform")
    resident.commands = (("provide", 0.8),)
    await resident.say("there will be 2 of us", "nlu_fallback")
    assert resident.session.front is not None
    assert resident.session.front.values.get("time") is None
    await resident.say("10 suits us fine", "nlu_fallback")
    assert resident.session.front.values["time"] == "10:00"


@pytest.mark.parametrize("text", ["万里明 是我那口子，我叫陶若兰", "我叫陶若兰，万里明", "万里明（对象），本人陶若兰"])
async def test_two_names_of_one_sentence_are_both_taken(resident: Applicant, text: str) -> None:
    """Whoever stands beside a name that is said to be one's own is the other."""
    await resident.say(f"预约登记结婚 西湖区婚姻登记处 {NEXT_WEDNESDAY} 10:00", MARRIAGE, office="西湖区婚姻登记处")
    await resident.say(text, "inform")
    assert resident.session.front is not None
    values = resident.session.front.values
    assert {values.get("applicant_name"), values.get("partner_name")} == {"陶若兰", "万里明"}
    assert values.get("applicant_name") == "陶若兰"


async def test_another_number_beside_a_refusal_is_a_correction(resident: Applicant) -> None:
    """Whatever the words beside it are taken for, the refusal is not told again, and the summary has the number."""
    await refused(resident)
    other = id_number("19880808", male=False)
    said = await resident.say(f"没约过呀，啊弄错了，身份证{other}", "nlu_fallback", id_number=other)
    assert UNSEEN["zh_Hans"] not in said
    assert f"{other[:4]}**********{other[-4:]}" in said


async def test_nobody_is_booked_with_themselves(resident: Applicant) -> None:
    """Who is said to be the first person is the second no longer: that name is asked for again."""
    await resident.fill()
    await resident.say("不对，我叫吴雨桐", "correct")
    assert resident.state == (MARRIAGE, "person_name")
