"""When an office is open: asked in the middle of anything, answered from the city file, and the question returns."""

import pytest
from fixtures.booking import Applicant
from fixtures.dialogue import HALL, PLATE, POLICE, Resident, city
from fixtures.services import SERVICES

from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs

WEEK = [{"days": [1, 2, 3, 4, 5], "opens": "08:30", "closes": "17:30"}]
TOWN = city(
    "testville",
    "试城",
    "Testville",
    ["traffic_fines", "next_bus"],
    agencies=[{**HALL, "hours": WEEK}, {**POLICE, "hours": WEEK}],
    holidays=["2027-01-01"],
)
WAITS_FOR_TAIL = ("traffic_fines", "vin_last6")


def someone(catalogs: Catalogs, locale: Locale = "zh_Hans") -> Resident:
    resident = Resident(catalogs, SERVICES, locale=locale, cities={TOWN.slug: TOWN})
    resident.city = TOWN
    return resident


@pytest.fixture
def resident(catalogs: Catalogs) -> Resident:
    return someone(catalogs)


@pytest.mark.parametrize(
    ("locale", "asked"),
    [
        ("zh_Hans", "几点下班"),
        ("zh_Hans", "你们几点上班？"),
        ("zh_Hans", "请问办公时间是什么时候"),
        ("zh_Hans", "窗口几点关门啊"),
        ("zh_Hans", "上班时间"),
        ("zh_Hant", "你哋幾點收工"),
        ("zh_Hant", "辦公時間係幾點到幾點"),
        ("en", "what time do you close?"),
        ("en", "When does the office open"),
        ("en", "opening hours?"),
    ],
)
@pytest.mark.parametrize("intent", ["service_guide", "nlu_fallback", "inform"])
async def test_hours_are_told_and_the_question_returns(
    catalogs: Catalogs, locale: Locale, asked: str, intent: str
) -> None:
    """In the middle of a service: the agency of that service, its hours and telephone; nothing given is lost."""
    resident = someone(catalogs, locale)
    await resident.ask_for_fines()
    said = await resident.say(asked, intent)
    police = resident.city.responsible("traffic_fines")
    assert police.phone in said
    assert f"{police.hours[0].opens:%H:%M}" in said
    assert resident.state == WAITS_FOR_TAIL
    front = resident.session.front
    assert front is not None
    assert front.values == {"plate": PLATE}


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("周六上班吗", "不办公"),
        ("星期天你们有人吗", "不办公"),
        ("明天上班吗", "办公，时间是08:30至17:30"),
        ("元旦还办公吗", "不办公"),
    ],
)
async def test_a_day_is_looked_at(resident: Resident, asked: str, part: str) -> None:
    """A day in the week, a day at its end, a holiday."""
    await resident.ask_for_fines()
    said = await resident.say(asked, "inform")
    assert part in said
    assert resident.state == WAITS_FOR_TAIL


async def test_open_on_saturday_in_english(catalogs: Catalogs) -> None:
    """Are you open on Saturday."""
    resident = someone(catalogs, "en")
    await resident.ask_for_fines()
    assert "is closed on" in await resident.say("are you open on Saturday?", "nlu_fallback")


async def test_with_nothing_open_the_accounts_agency_answers(resident: Resident) -> None:
    """Whose account it is says its own hours."""
    said = await resident.say("几点下班", "nlu_fallback")
    assert resident.city.agency("hall").phone in said


async def test_appointments_leave_days_to_their_office(catalogs: Catalogs) -> None:
    """A registry may give out slots when its agency's hall is closed: the hours are told, no day is denied."""
    applicant = Applicant(catalogs, SERVICES)
    open_ones = [one.model_copy(update={"hours": TOWN.agencies[0].hours}) for one in applicant.city.agencies]
    applicant.city = applicant.city.model_copy(update={"agencies": open_ones})
    applicant.cities = {applicant.city.slug: applicant.city}
    await applicant.say("预约登记结婚", "marriage_registration")
    said = await applicant.say("周六上班吗", "inform")
    assert "以所选办理点放出的号为准" in said
    assert applicant.state == ("marriage_registration", "office")


@pytest.mark.parametrize(
    "text",
    ["周六上午", "下周六", "几点有车", "10点", "出入境几点下班", "open a company", "上班路上有个坑", "明天下午3点"],
)
async def test_other_sentences_are_left_alone(resident: Resident, text: str) -> None:
    """A day, a time, a bus, an office by name and a report are no question of this kind."""
    await resident.ask_for_fines()
    said = await resident.say(text, "nlu_fallback")
    assert "办公" not in said
