"""A booking whose fee is open: "cancel" is asked about, and never guessed."""

import pytest
from fixtures.booking import Applicant
from fixtures.services import SERVICES

from desk.contract.messages import CloseOrder, OpenOrder
from desk.texts.catalogs import Catalogs

QUESTION = "您要取消的是哪一样"


@pytest.fixture
async def patient(catalogs: Catalogs) -> Applicant:
    """A patient whose visit is booked, with the fee to pay."""
    patient = Applicant(catalogs, SERVICES, "hospital_appointment", pays=True)
    await patient.see_doctor()
    await patient.say("确认", "affirm")
    (order,) = [one for one in patient.effects if isinstance(one, OpenOrder)]
    patient.orders = (patient.note(order),)
    return patient


def closed(patient: Applicant) -> bool:
    return any(isinstance(one, CloseOrder) for one in patient.effects)


@pytest.mark.parametrize("text", ["取消", "cancel", "算了"])
async def test_cancel_right_after_the_booking_is_asked_about(patient: Applicant, text: str) -> None:
    """Two buttons: the fee alone, or the booking too. Nothing has happened yet."""
    said = await patient.say(text, "cancel")
    assert QUESTION in said
    assert not closed(patient)
    assert len(patient.agency.live) == 1


@pytest.mark.parametrize("text", ["取消付款", "先不付这个费用了", "cancel the payment"])
async def test_where_the_fee_is_named_nothing_is_asked(patient: Applicant, text: str) -> None:
    """The order is closed, the booking stands."""
    assert QUESTION not in await patient.say(text, "cancel")
    assert closed(patient)
    assert len(patient.agency.live) == 1


@pytest.mark.parametrize(
    ("text", "intent"),
    [("只取消付款", "cancel"), ("费用，预约留着", "nlu_fallback"), ("第一个", "choose"), ("just the fee", "inform")],
)
async def test_the_fee_alone(patient: Applicant, text: str, intent: str) -> None:
    """By its words, or by its place."""
    await patient.say("取消", "cancel")
    ordinal = {"ordinal": text} if intent == "choose" else {}
    await patient.say(text, intent, **ordinal)
    assert closed(patient)
    assert len(patient.agency.live) == 1


@pytest.mark.parametrize(
    ("text", "intent"),
    [("预约也取消", "cancel"), ("都取消", "cancel"), ("第二个", "choose"), ("the appointment too", "inform")],
)
async def test_the_booking_too(patient: Applicant, text: str, intent: str) -> None:
    """It is asked once more, as whenever an appointment is given up; then both are gone."""
    await patient.say("取消", "cancel")
    ordinal = {"ordinal": text} if intent == "choose" else {}
    await patient.say(text, intent, **ordinal)
    await patient.say("对", "affirm")
    assert closed(patient)
    assert patient.agency.live == []


async def test_neither(patient: Applicant) -> None:
    """A no keeps both, and the payment is shown again."""
    await patient.say("取消", "cancel")
    said = await patient.say("不了", "deny")
    assert "付款" in said
    assert not closed(patient)
    assert len(patient.agency.live) == 1
