"""What weighs more than the likelihood of a fact: what somebody has here, and whose office is talked of."""

from dataclasses import replace
from typing import Any

import pytest
from fixtures.dialogue import FACTS, MORNING, Resident, city
from fixtures.services import SERVICES
from fixtures.turns import knowing, turn_of

from actions.dialogue.answers.offer import Offer
from actions.dialogue.reading.inquiry import Inquiry, LikelyFact
from actions.dialogue.rules import fact
from actions.dialogue.rules.rule import At
from actions.dialogue.state.session import Session
from desk.contract.messages import CaseNote, Entity, Text
from desk.texts.catalogs import Catalogs

MARRIAGE = "marriage_registration"
TOWN = city("town", "镇", "Town", ["traffic_fines", "next_bus", MARRIAGE])
ARRIVED = LikelyFact("payment_status", "did_it_go_through", 0.77)
OPEN_DAYS, MOVES = LikelyFact(MARRIAGE, "open_days", 0.77), LikelyFact(MARRIAGE, "move_or_cancel", 0.66)
BOOKED = CaseNote(
    **{"case": "1", "city": "town", "service": MARRIAGE, "agency": "police", "kind": "appointment"},
    **{"reference": "YY1", "about": Text(key="marriage.title"), "status": "booked"},
)


@pytest.fixture
def resident(catalogs: Catalogs) -> Resident:
    resident = Resident(catalogs, SERVICES, cities={"town": TOWN})
    resident.city = TOWN
    return resident


async def told(resident: Resident, text: str, intent: str, **understood: Any) -> list[str]:
    """The keys of what is said."""
    await resident.take(turn_of("c", "text", intent, TOWN, "zh_Hans", resident.now, text=text, **understood))
    return [reply.key for reply in resident.outcome.replies]


@pytest.mark.parametrize(("command", "key"), [("status", "payments.none"), ("ask_payment", "facts.message")])
async def test_a_payment_of_ones_own_is_looked_at(resident: Resident, command: Any, key: str) -> None:
    """A fact says how one knows; whether it arrived only a look says."""
    inquiry = Inquiry(0.8, (("payment_status", 0.9),), facts=(ARRIVED,))
    understood: Any = {"confidence": 0.99, "inquiry": inquiry, "commands": ((command, 0.93),)}
    assert (await told(resident, "刚才的钱到账没有", "payment_status", **understood))[:1] == [key]


@pytest.mark.parametrize(("matter", "key"), [("unsaid", False), (MARRIAGE, True)])
async def test_when_an_office_is_open_is_asked_of_what_is_talked_of(
    resident: Resident, matter: str, *, key: bool
) -> None:
    """However near the days of another service are, which nothing names."""
    await resident.ask_for_fines()
    inquiry = Inquiry(0.98, ((matter, 0.7),), (("hours", 0.9),), facts=(OPEN_DAYS,))
    understood: Any = {"confidence": 0.5, "inquiry": inquiry, "commands": (("ask_hours", 0.98),)}
    said = await told(resident, "周六上班吗", "out_of_scope", **understood)
    assert ("facts.message" in said) is key
    assert resident.state == ("traffic_fines", "vin_last6")


@pytest.mark.parametrize("names_a_day", [True, False])
def test_a_booking_is_moved_where_words_say_to_when(*, names_a_day: bool) -> None:
    """A fact on moving is told to who asks whether one can."""
    day = (Entity(entity="date", value="18 December 2026"),) if names_a_day else ()
    inquiry = Inquiry(0.84, (("change_appointment", 0.4),), facts=(MOVES,))
    turn = turn_of("c", "text", "change_appointment", TOWN, "en", MORNING, text="could we move it", inquiry=inquiry)
    turn = knowing(replace(turn, confidence=0.98, commands=(("ask_next", 0.5),), entities=day), cases=(BOOKED,))
    handlers: Any = None  # none is asked
    at = At(turn, Session(touched_at=MORNING), Offer(SERVICES, {"town": TOWN}, facts=FACTS), handlers)
    assert fact.is_surely_asked(at) is not names_a_day
