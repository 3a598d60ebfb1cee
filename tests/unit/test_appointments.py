"""Appointments in a dialogue: the kind over an agency with memory, in the product's texts."""

from datetime import timedelta

import pytest
from fixtures.booking import (
    BONES,
    DAYS_AHEAD,
    HOSPITAL,
    MAN,
    MARRIAGE,
    NAMES,
    NEXT_FRIDAY,
    NEXT_WEDNESDAY,
    PHONE,
    SUMMED_UP,
    SUNDAY,
    TEETH,
    TIMES,
    TUESDAY,
    WOMAN,
    Applicant,
    booked,
    id_number,
    office,
    slot,
)
from fixtures.services import SERVICES

from actions.backends.appointments import Department
from actions.backends.wire import Names
from desk.contract.messages import OpenOrder
from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs

DONE = (None, None)


@pytest.fixture
def resident(catalogs: Catalogs) -> Applicant:
    return Applicant(catalogs, SERVICES)


@pytest.fixture
def patient(catalogs: Catalogs) -> Applicant:
    return Applicant(catalogs, SERVICES, HOSPITAL, pays=True)


@pytest.mark.parametrize(
    ("locale", "parts"),
    [
        ("zh_Hans", ["西湖区婚姻登记处", "2026年12月2日", "10:00", "3301**********", "8000"]),
        ("zh_Hant", ["西湖區婚姻登記處", "2026年12月2日", "10:00", "3301**********", "8000"]),
        ("en", ["Xihu Marriage Registry", "2 December 2026", "10:00", "3301**********", "8000"]),
    ],
)
async def test_one_thing_at_a_time_in_the_order_of_the_file(
    catalogs: Catalogs, locale: Locale, parts: list[str]
) -> None:
    """Office, day, time, names, ids, telephone are asked in turn, then summed up with ids and telephone masked."""
    resident, asked = Applicant(catalogs, SERVICES, locale=locale), []
    await resident.say("marry", MARRIAGE)
    for text in ("西湖区", str(NEXT_WEDNESDAY), "10:00", *NAMES, MAN, WOMAN):
        asked.append(resident.state[1])
        await resident.say(text, "inform")
    asked.append(resident.state[1])
    said = await resident.say(PHONE, "inform")
    assert asked == ["office", "date", "time", "person_name", "person_name", "id_number", "id_number", "phone"]
    assert [part for part in [*parts, *([] if locale == "zh_Hant" else NAMES)] if part not in said] == []
    assert [secret for secret in (MAN, WOMAN, PHONE) if secret in said] == []
    assert resident.agency.live == []
    said = await resident.say("yes", "affirm")
    assert resident.agency.live[0].reference in said
    assert resident.state == DONE


async def test_everything_in_one_message_is_summed_up_at_once(resident: Applicant) -> None:
    """Eight facts in one sentence: nothing is asked, the summary comes."""
    text = f"预约{NEXT_WEDNESDAY}上午10点西湖区婚姻登记处结婚登记，{NAMES[0]} {MAN}，{NAMES[1]} {WOMAN}，电话{PHONE}"
    turn_entities = {"office": "西湖区婚姻登记处"}
    await resident.say(text, MARRIAGE, **turn_entities)
    said = await resident.say(f"{NAMES[0]}和{NAMES[1]}", "inform")
    assert resident.state == SUMMED_UP
    assert "10:00" in said


async def test_a_summary_without_a_yes_books_nothing(resident: Applicant) -> None:
    """Cancel at the summary: nothing was sent, and nothing is kept."""
    await resident.fill()
    await resident.say("算了", "cancel")
    assert resident.agency.commands == []
    assert resident.state == DONE


async def test_a_yes_to_what_is_to_be_changed_books_nothing(resident: Applicant) -> None:
    """ "Which is to be changed?" "yes": the summary returns; only a yes to the summary books."""
    await resident.fill()
    await resident.press("修改")
    await resident.say("好的", "affirm")
    assert resident.agency.commands == []
    assert resident.state == SUMMED_UP


async def test_a_correction_at_the_summary_is_booked(resident: Applicant) -> None:
    """Another time at the summary: it says so, sums up again, and that is what is booked."""
    await resident.fill()
    said = await resident.say("时间改成14:30", "correct")
    assert "改为14:30" in said
    await resident.say("确认", "affirm")
    assert [one.slot for one in resident.agency.live] == [slot("14:30")]


async def test_a_button_changes_one_value_and_keeps_the_rest(resident: Applicant) -> None:
    """Change, then the office: only the office is asked, and the summary returns."""
    await resident.fill()
    await resident.press("修改")
    await resident.press("办理地点")
    assert resident.state == (MARRIAGE, "office")
    await resident.press("拱墅区婚姻登记处")
    assert resident.state == SUMMED_UP
    await resident.say("确认", "affirm")
    assert [one.slot for one in resident.agency.live] == [slot(office="gongshu")]


@pytest.mark.parametrize(
    ("day", "part"),
    [(SUNDAY, "不对外办理"), (TUESDAY + timedelta(days=DAYS_AHEAD + 5), "还不能预约"), (NEXT_FRIDAY, "约满")],
    ids=["closed", "beyond", "full"],
)
async def test_a_day_that_cannot_be_had_says_why(resident: Applicant, day: object, part: str) -> None:
    """Closed, not yet, full: each its own reason, with the nearest days on buttons, and no "noted" before it."""
    resident.agency.taken = {slot(time, NEXT_FRIDAY) for time in TIMES}
    await resident.say("领证 西湖区", MARRIAGE, office="西湖区")
    said = await resident.say(str(day), "inform")
    assert part in said
    assert "好的，日期" not in said
    assert resident.state == (MARRIAGE, "date")
    assert len(resident.buttons) > 2


async def test_a_full_time_gives_the_nearest_ones(resident: Applicant) -> None:
    """A time that is taken is said to be, and the free ones stand on buttons."""
    resident.agency.taken = {slot()}
    await resident.say(f"领证 西湖区 {NEXT_WEDNESDAY} 10:00", MARRIAGE, office="西湖区")
    assert resident.state == (MARRIAGE, "time")
    assert "10:00" not in resident.buttons
    assert "09:30" in resident.buttons


@pytest.mark.parametrize(("locale", "part"), [("zh_Hans", "下午"), ("zh_Hant", "下午"), ("en", "afternoon")])
async def test_a_part_of_the_day_is_noted_in_words(patient: Applicant, locale: Locale, part: str) -> None:
    """What was understood is said as people say it, never as it is kept."""
    patient.locale = locale
    said = await patient.say("挂号 骨科 下午", "hospital_appointment", department="骨科", time="下午")
    assert part in said
    assert "pm" not in said


async def test_a_part_of_the_day_narrows_the_times(resident: Applicant) -> None:
    """下午: only times of the afternoon; where all are taken that is said, and the morning is offered."""
    await resident.say(f"领证 西湖区 {NEXT_WEDNESDAY} 下午", MARRIAGE, office="西湖区")
    assert [title for title in resident.buttons if ":" in title] == ["14:00", "14:30", "15:00"]
    await resident.say("算了", "cancel")
    resident.agency.taken = {slot(time) for time in TIMES[4:]}
    said = await resident.say(f"领证 西湖区 {NEXT_WEDNESDAY} 下午", MARRIAGE, office="西湖区")
    assert "下午已经约满" in said
    assert [title for title in resident.buttons if ":" in title] == list(TIMES[:4])


BOY = id_number("20080101", male=True)
OTHER_MAN = id_number("19910505", male=True)
WRONG = MAN[:-1] + ("1" if MAN[-1] != "1" else "2")


@pytest.mark.parametrize(
    ("ids", "part"),
    [
        ((BOY, WOMAN), "22周岁"),
        ((MAN, OTHER_MAN), "一男一女"),
        ((MAN, MAN), "号相同"),
        ((WRONG, WOMAN), "校验没有通过"),
    ],
    ids=["too young", "two men", "one person", "check digit"],
)
async def test_ids_that_cannot_be_are_asked_again(resident: Applicant, ids: tuple[str, str], part: str) -> None:
    """The reason is given, the law where it is the law; the id is asked again, and all else stays."""
    await resident.say(f"领证 西湖区 {NEXT_WEDNESDAY} 10:00", MARRIAGE, office="西湖区")
    await resident.say("、".join(NAMES), "inform")
    said = await resident.say(ids[0], "inform")
    if resident.state[1] == "id_number" and part not in said:
        said = await resident.say(ids[1], "inform")
    assert part in said
    assert resident.state == (MARRIAGE, "id_number")


async def test_a_booking_says_what_to_bring_and_is_kept(resident: Applicant) -> None:
    """Number, office, address, day, time, what to bring, calendar; the desk keeps it with its time and place."""
    said = await booked(resident)
    booking = resident.agency.live[0]
    parts = [booking.reference, "西湖区婚姻登记处", "2026年12月2日", "10:00", "不需要户口簿", "路1号"]
    assert [part for part in parts if part not in said] == []
    (case,) = resident.cases.values()
    assert (case.reference, case.status, case.at) == (booking.reference, "booked", "2026-12-02T10:00:00+08:00")
    assert [secret for secret in (MAN, WOMAN, PHONE, *NAMES) if secret in case.model_dump_json()] == []


async def test_a_slot_taken_meanwhile_keeps_all_else(resident: Applicant) -> None:
    """Somebody was faster: that is said, another time is asked, and then it is booked with all that was given."""
    await resident.fill()
    resident.agency.taken = {slot()}
    said = await resident.say("确认", "affirm")
    assert "没有号了" in said
    assert resident.state == (MARRIAGE, "time")
    await resident.press("10:30")
    assert resident.state == SUMMED_UP
    await resident.say("确认", "affirm")
    assert [one.slot for one in resident.agency.live] == [slot("10:30")]


async def test_a_person_with_an_appointment_gets_no_second(resident: Applicant) -> None:
    """The second booking of the same persons is refused with the ways out, and what was given stays."""
    await booked(resident)
    await resident.fill(time="14:00")
    said = await resident.say("确认", "affirm")
    assert "没有重复预约" in said
    assert {"改期或取消", "修改"} <= set(resident.buttons)
    assert len(resident.agency.live) == 1
    assert resident.state == SUMMED_UP


@pytest.mark.parametrize("fault", ["before", "after", "down"])
async def test_an_unknown_outcome_is_said_and_trying_again_books_once(resident: Applicant, fault: str) -> None:
    """Nobody knows whether it was booked: that is said and kept; one more try, and there is one booking."""
    await resident.fill()
    resident.agency.faults = [fault]
    said = await resident.say("确认", "affirm")
    assert "还不能确定" in said
    assert [one.status for one in resident.cases.values()] == ["unknown"]
    await resident.press("再试一次")
    assert len(resident.agency.live) == 1
    assert [(one.status, one.over) for one in resident.cases.values()] == [("booked", False)]


@pytest.mark.parametrize("fault", ["before", "after"])
async def test_giving_up_after_an_unknown_outcome_leaves_nothing(resident: Applicant, fault: str) -> None:
    """Cancel, when it may have been booked: the agency is told, and only then it is said."""
    await resident.fill()
    resident.agency.faults = [fault, "before"]
    await resident.say("确认", "affirm")
    said = await resident.say("取消", "cancel")
    assert "请再试一次" in said
    said = await resident.press("再试一次")
    assert "没有为您保留任何预约" in said
    assert resident.agency.live == []
    assert [(one.status, one.over) for one in resident.cases.values()] == [("cancelled", True)]


@pytest.mark.parametrize("answer", ["affirm", "deny", "cancel"])
async def test_a_yes_to_trying_to_give_up_again_books_nothing(resident: Applicant, answer: str) -> None:
    """ "Shall we try again?" after a cancel that failed is about giving up, whatever is answered."""
    await resident.fill()
    resident.agency.faults = ["after", "before"]
    await resident.say("确认", "affirm")
    await resident.say("取消", "cancel")
    said = await resident.say("好", answer)
    assert "没有为您保留任何预约" in said
    assert resident.agency.live == []


async def test_another_person_after_an_unknown_outcome_books_once(resident: Applicant) -> None:
    """The first booking was made and its answer lost; a corrected id books for the corrected person, and only that."""
    await resident.fill()
    resident.agency.faults = ["after"]
    await resident.say("确认", "affirm")
    other = id_number("19930607", male=False)
    await resident.say(f"对方身份证号写错了，不是{WOMAN}，是{other}", "correct")
    await resident.say("确认", "affirm")
    assert len(resident.agency.live) == 1
    key = next(key for key, one in resident.agency.bookings.items() if one.status == "booked")
    assert [one.id_number for one in resident.agency.wishes[key].persons] == [MAN, other]


async def test_a_repeated_turn_finds_the_first_booking(resident: Applicant) -> None:
    """The worker dies after the agency booked: the turn comes again, and there is one booking."""
    said = await booked(resident)
    assert await resident.repeat() == said
    assert len(resident.agency.live) == 1


async def test_a_silent_agency_loses_nothing(resident: Applicant) -> None:
    """Down from the beginning: what was given stays, and one button goes on."""
    resident.agency.silent = True
    said = await resident.say(f"领证 {NEXT_WEDNESDAY} 10:00", MARRIAGE)
    assert "填写的内容都还在" in said
    resident.agency.silent = False
    resident.wait(seconds=10)
    await resident.press("再试一次")
    assert resident.state == (MARRIAGE, "office")
    await resident.press("西湖区婚姻登记处")
    assert resident.state == (MARRIAGE, "person_name")


@pytest.mark.parametrize("begun", [False, True])
async def test_requirements_first_and_in_the_middle(resident: Applicant, begun: bool) -> None:
    """What is needed is said on request; an open question returns, else it can be begun with a button."""
    if begun:
        await resident.say("领证", MARRIAGE)
    said = await resident.say("要带什么材料", MARRIAGE if not begun else "service_guide")
    assert "2025年5月10日" in said
    assert "不再需要户口簿" in said
    assert resident.state == ((MARRIAGE, "office") if begun else DONE)
    assert ("开始预约" in resident.buttons) is not begun


@pytest.mark.parametrize(
    ("text", "intent", "asked"),
    [
        ("那帮我约西湖区的", "change_appointment", "date"),
        ("好，約西湖區", "affirm", "date"),
        ("please book it", "change_appointment", "office"),
    ],
)
async def test_what_was_told_of_is_booked(resident: Applicant, text: str, intent: str, asked: str) -> None:
    """After what is needed the wish to book begins the appointment, whatever the sentence sounds like."""
    await resident.say("结婚要带什么材料", MARRIAGE)
    await resident.say(text, intent)
    assert resident.state == (MARRIAGE, asked)


async def test_a_bus_in_the_middle(resident: Applicant) -> None:
    """A digression is answered, and the open question returns with its choices."""
    await resident.say("领证 西湖区", MARRIAGE, office="西湖区")
    said = await resident.say("下班车几点", "next_bus", stop="武林广场")
    assert "武林广场" in said
    assert resident.state == (MARRIAGE, "date")


async def test_a_fee_is_offered_and_an_appointment_stands_without_it(patient: Applicant) -> None:
    """A hospital's fee stands in the summary, is offered with the booking, and can be paid at the hospital, too."""
    said = await patient.see_doctor()
    assert "15.00" in said
    said = await patient.say("确认", "affirm")
    assert "也可以当天在现场缴纳" in said
    (order,) = [one for one in patient.effects if isinstance(one, OpenOrder)]
    assert (order.amount, order.items[0].reference) == ("15.00", next(iter(patient.agency.bookings)))


async def test_a_department_of_another_hospital_is_asked_again(patient: Applicant) -> None:
    """The second hospital has no dentists: the only department that it has is taken."""
    await patient.say("挂第一医院牙科", HOSPITAL, office="第一医院", department="牙科")
    assert patient.state == (HOSPITAL, "date")
    await patient.say("不对，第二医院", "correct", office="第二医院")
    assert patient.state == (HOSPITAL, "date")
    await patient.say(f"{NEXT_WEDNESDAY} 9点", "inform")
    await patient.say(NAMES[0], "inform")
    await patient.say(MAN, "inform")
    said = await patient.say(PHONE, "inform")
    assert "第二医院" in said
    assert "骨科" in said
    assert "口腔科" not in said


async def test_a_part_of_a_value_is_put_right_at_the_summary(resident: Applicant) -> None:
    """One character of one name, then two digits: all else stays, and that is what is booked."""
    await resident.fill()
    said = await resident.say("不是雨水的雨，是语文的语", "correct")
    assert "吴语桐" in said
    assert NAMES[0] in said
    said = await resident.say("手机号最后四位是8001", "correct")
    assert "8001" in said
    await resident.say("确认", "affirm")
    wish = next(iter(resident.agency.wishes.values()))
    assert [one.name for one in wish.persons] == [NAMES[0], "吴语桐"]
    assert wish.phone == "13800138001"


async def test_a_number_that_cannot_be_is_not_put_right(resident: Applicant) -> None:
    """Two digits of an id the other way round fail its check digit: that is said, and the id is asked again."""
    await resident.fill()
    said = await resident.say("对方身份证最后两位反了", "correct")
    assert resident.state == (MARRIAGE, "id_number")
    assert "校验" in said or "核对" in said


async def test_all_choices_are_not_shown_twice(patient: Applicant) -> None:
    """Words that tell no department get a button that shows all; what is treated there tells it."""
    many = [
        BONES,
        TEETH,
        Department(id="eyes", names=Names(zh_Hans="眼科", en="Ophthalmology")),
        Department(id="skin", names=Names(zh_Hans="皮肤科", en="Dermatology")),
    ]
    patient.agency.offered = [office("first", "第一医院", "First Hospital", departments=many)]
    await patient.say("挂号", HOSPITAL)
    await patient.say("就是那个嘛", "nlu_fallback")
    assert patient.buttons == ["全部选项", "取消"]
    await patient.press("全部选项")
    assert {"骨科", "口腔科", "眼科", "皮肤科"} <= set(patient.buttons)
    await patient.say("皮肤上起了疹子", "out_of_scope")
    assert patient.state == (HOSPITAL, "date")
