"""Changing an appointment, giving it up, and how it stands: the kind over an agency with memory."""

import pytest
from fixtures.booking import (
    HOSPITAL,
    MARRIAGE,
    NEXT_FRIDAY,
    NEXT_WEDNESDAY,
    Applicant,
    booked,
    slot,
)
from fixtures.services import SERVICES

from desk.contract.messages import CloseOrder, KeepCase, OpenOrder, OpenTicket
from desk.texts.catalogs import Catalogs

DONE = (None, None)


@pytest.fixture
def resident(catalogs: Catalogs) -> Applicant:
    return Applicant(catalogs, SERVICES)


@pytest.fixture
def patient(catalogs: Catalogs) -> Applicant:
    return Applicant(catalogs, SERVICES, HOSPITAL, pays=True)


async def test_moving_keeps_the_time_where_it_is_free(resident: Applicant) -> None:
    """ "Move it to Friday": the same time there, after a yes; the old slot is free again, the case follows."""
    await booked(resident)
    said = await resident.say(f"改到{NEXT_FRIDAY}", "change_appointment")
    assert "10:00" in said
    assert [one.slot for one in resident.agency.live] == [slot()]
    said = await resident.say("确认", "affirm")
    assert "已经改好" in said
    assert [one.slot for one in resident.agency.live] == [slot(day=NEXT_FRIDAY)]
    assert [one.at for one in resident.cases.values()] == ["2026-12-04T10:00:00+08:00"]


@pytest.mark.parametrize("text", ["改到{day}，同一时间", "搬去{day}，一樣嘅時間段", "{day}可以吗，还是这个时间"])
async def test_the_same_time_is_the_time_that_it_had(resident: Applicant, text: str) -> None:
    """In Chinese the characters of “one o'clock” stand in it, and mean none."""
    await booked(resident)
    said = await resident.say(text.format(day=NEXT_FRIDAY), "change_appointment")
    assert ("10:00" in said, "13:00" in said) == (True, False)


async def test_a_time_that_is_taken_on_the_other_day_is_said_so(resident: Applicant) -> None:
    """Before another is asked for: who wished the same time knows why."""
    await booked(resident)
    resident.agency.taken = {slot(day=NEXT_FRIDAY)}
    said = await resident.say(f"改到{NEXT_FRIDAY}", "change_appointment")
    assert "10:00已经没有号了" in said
    assert resident.state == (MARRIAGE, "time")


async def test_moving_from_a_day_to_a_day(resident: Applicant) -> None:
    """ "My Wednesday appointment to Friday": the day that it is on is no wish."""
    await booked(resident)
    await resident.say(f"{NEXT_WEDNESDAY}的预约改到{NEXT_FRIDAY} 14:00", "change_appointment")
    await resident.say("确认", "affirm")
    assert [one.slot for one in resident.agency.live] == [slot("14:00", NEXT_FRIDAY)]


async def test_moving_without_a_wish_asks_for_the_day(resident: Applicant) -> None:
    """ "Move my appointment": which day; giving it up stands beside the days."""
    await booked(resident)
    said = await resident.say("预约改期", "change_appointment")
    assert "您要改的预约是" in said
    assert resident.state == (MARRIAGE, "date")
    assert "取消预约" in resident.buttons


async def test_leaving_a_change_keeps_the_appointment(resident: Applicant) -> None:
    """Cancel in the middle of moving: the appointment stays, and that is said."""
    await booked(resident)
    await resident.say(f"改到{NEXT_FRIDAY}", "change_appointment")
    said = await resident.say("取消", "cancel")
    assert "保持不变" in said
    assert [one.slot for one in resident.agency.live] == [slot()]


@pytest.mark.parametrize("fault", ["before", "after"])
async def test_a_move_whose_answer_is_lost(resident: Applicant, fault: str) -> None:
    """Trying again moves it once; leaving says where it is now."""
    await booked(resident)
    await resident.say(f"改到{NEXT_FRIDAY}", "change_appointment")
    resident.agency.faults = [fault]
    assert "还不能确定" in await resident.say("确认", "affirm")
    said = await resident.say("取消", "cancel")
    assert ("已经改好" if fault == "after" else "保持不变") in said
    assert len(resident.agency.live) == 1


async def test_giving_up_is_confirmed_first(resident: Applicant) -> None:
    """ "Cancel my appointment": asked once, then it is given up, and the case is over."""
    await booked(resident)
    said = await resident.say("我想取消预约", "change_appointment")
    assert "要取消" in said
    assert len(resident.agency.live) == 1
    said = await resident.say("对", "affirm")
    assert "已取消" in said
    assert resident.agency.live == []
    assert [(one.status, one.over) for one in resident.cases.values()] == [("cancelled", True)]


async def test_giving_up_can_be_thought_better_of(resident: Applicant) -> None:
    """A no keeps it."""
    await booked(resident)
    await resident.say("不去了 取消预约", "change_appointment")
    assert "保持不变" in await resident.say("不", "deny")
    assert len(resident.agency.live) == 1


async def test_other_persons_cannot_be_put_into_a_booking(resident: Applicant) -> None:
    """After booking, a corrected telephone says what can be changed, and changes nothing."""
    await booked(resident)
    said = await resident.say("电话写错了，是13900139000", "correct")
    assert "不能直接改" in said
    assert len(resident.agency.live) == 1


async def test_the_desk_learns_how_an_appointment_stands(resident: Applicant) -> None:
    """An agency that moved it is believed: time, name and place of the case follow."""
    await booked(resident)
    key, booking = next(iter(resident.agency.bookings.items()))
    resident.agency.bookings[key] = booking.model_copy(update={"slot": slot("15:00", NEXT_FRIDAY, "gongshu")})
    await resident.look()
    (case,) = resident.cases.values()
    assert case.at == "2026-12-04T15:00:00+08:00"
    assert "gongshu" in str(case.facts)
    assert "拱墅区婚姻登记处" in str(case.about)


async def test_giving_up_a_paid_visit_hands_the_refund_to_a_person(patient: Applicant) -> None:
    """The agency has the money: the appointment is given up, and a ticket is opened for the refund."""
    await patient.see_doctor()
    await patient.say("确认", "affirm")
    key, booking = next(iter(patient.agency.bookings.items()))
    patient.agency.bookings[key] = booking.model_copy(update={"paid": True, "receipt": "SJ1"})
    await patient.say("取消挂号", "change_appointment")
    await patient.say("对", "affirm")
    assert [type(one) for one in patient.effects] == [KeepCase, OpenTicket]
    assert patient.agency.live == []


async def test_giving_up_an_unpaid_visit_closes_its_order(patient: Applicant) -> None:
    """Nothing more can be paid for what was given up."""
    await patient.see_doctor()
    await patient.say("确认", "affirm")
    (order,) = [one for one in patient.effects if isinstance(one, OpenOrder)]
    patient.orders = (patient.note(order),)
    await patient.say("取消挂号", "change_appointment")
    await patient.say("对", "affirm")
    assert [one.order for one in patient.effects if isinstance(one, CloseOrder)] == [order.order]
