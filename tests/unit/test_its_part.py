"""What a service costs, asked first of all; and what notices cost, asked again after they ended."""

from typing import Any

import pytest
from fixtures import loaded
from fixtures.dialogue import FACTS, Resident, city
from fixtures.services import SERVICES
from fixtures.turns import turn_of

from actions.dialogue.answers.offer import Offer
from actions.dialogue.reading.inquiry import Inquiry, LikelyFact
from actions.dialogue.rules.questions import its_part
from actions.dialogue.rules.rule import At
from actions.dialogue.state.session import Session
from actions.dialogue.state.turn import Part
from desk.contract.commands import Command
from desk.texts.catalogs import Catalogs

MARRIAGE = "marriage_registration"
TOWN = city("town", "镇", "Town", ["traffic_fines", "next_bus", MARRIAGE])
FEE = LikelyFact(MARRIAGE, "fee", 0.5)
COSTS = Inquiry(0.3, ((MARRIAGE, 0.9),), (("papers", 0.4), ("fee", 0.3)), facts=(FEE,))
MAY_BEGIN: tuple[tuple[Command, float], ...] = (("start", 0.86), ("ask_fee", 0.08), ("ask_what", 0.01))


@pytest.fixture
def resident(catalogs: Catalogs) -> Resident:
    resident = Resident(catalogs, SERVICES, cities={"town": TOWN}, topics=loaded.topics())
    resident.city = TOWN
    return resident


async def told(resident: Resident, text: str, intent: str, confidence: float = 0.99, **understood: Any) -> list[str]:
    """The keys of what is said."""
    turn = turn_of("c", "text", intent, TOWN, "zh_Hans", resident.now, text=text, confidence=confidence, **understood)
    await resident.take(turn)
    return [reply.key for reply in resident.outcome.replies]


async def passes(resident: Resident, text: str, **understood: Any) -> bool:
    """Whether the rule leaves a message that names the service to those that follow."""
    turn = turn_of("c", "text", MARRIAGE, TOWN, "zh_Hans", resident.now, text=text, confidence=0.99, **understood)
    offer = Offer(SERVICES, {"town": TOWN}, facts=FACTS)
    return await its_part.run(At(turn, Session(resident.now), offer, handlers=None)) is None  # type: ignore[arg-type]


async def test_what_it_costs_is_told_and_no_form_begins(resident: Resident) -> None:
    """However much the words sound like a wish; the service stands below it."""
    assert await told(resident, "结婚登记要多少钱", MARRIAGE, inquiry=COSTS, commands=MAY_BEGIN) == ["facts.message"]
    assert resident.state == (None, None)
    assert f"/{MARRIAGE}" in [one.payload for one in resident.outcome.replies[0].buttons]


@pytest.mark.parametrize(
    ("commands", "inquiry"),
    [
        pytest.param((("start", 0.97), ("ask_fee", 0.01)), COSTS, id="hardly a question"),
        pytest.param((("start", 0.8), ("ask_fee", 0.05), ("ask_place", 0.1)), COSTS, id="another question leads"),
        pytest.param(MAY_BEGIN, Inquiry(0.3, ((MARRIAGE, 0.9),)), id="neither words nor facts agree"),
    ],
)
async def test_a_wish_goes_on(resident: Resident, commands: Any, inquiry: Inquiry) -> None:
    """Nothing is told that is not asked: the rules that follow begin the form."""
    assert await passes(resident, "结婚登记", inquiry=inquiry, commands=commands)


async def test_who_begins_and_asks_the_price_begins(resident: Resident) -> None:
    """The price is in the summary."""
    parts = (
        Part("我要登记结婚", MARRIAGE, 0.99, commands=(("start", 0.97),)),
        Part("多少钱", "out_of_scope", 0.9, commands=(("ask_fee", 0.95),), inquiry=COSTS),
    )
    assert await passes(resident, "我要登记结婚，多少钱", inquiry=COSTS, commands=MAY_BEGIN, parts=parts)


ASKS_FEE: tuple[tuple[Command, float], ...] = (("ask_fee", 0.94),)
UNSAID = Inquiry(0.85, (("unsaid", 0.89),), (("fee", 0.85),))


async def test_what_notices_cost_is_told_again_after_they_ended(resident: Resident) -> None:
    """They are what is spoken of, though no form and no look-up stands for them."""
    await told(resident, "订阅停水通知", "subscribe")
    first = await told(resident, "这要收费吗", "nlu_fallback", 0.4, inquiry=UNSAID, commands=ASKS_FEE)
    await told(resident, "退订停水通知", "unsubscribe")
    again = await told(resident, "那个收多少钱来着", "out_of_scope", 0.8, inquiry=UNSAID, commands=ASKS_FEE)
    assert (first, again) == (["facts.message"], ["facts.message"])
    assert FACTS["subscribe"].facts["notices_cost"].said.zh_Hans in str(resident.outcome.replies[0].args)


async def test_the_price_of_what_is_named_is_not_that_of_notices(resident: Resident) -> None:
    """A service that the words surely name is asked about."""
    await told(resident, "订阅停水通知", "subscribe")
    await told(resident, "结婚登记要多少钱", MARRIAGE, inquiry=COSTS, commands=ASKS_FEE)
    assert "婚" in str(resident.outcome.replies[0].args)


async def test_a_fact_is_not_told_twice_in_a_row(resident: Resident) -> None:
    """Who asks again at once is told who knows more."""
    await told(resident, "结婚登记要多少钱", MARRIAGE, inquiry=COSTS, commands=MAY_BEGIN)
    again = await told(resident, "结婚登记到底要多少钱", MARRIAGE, inquiry=COSTS, commands=MAY_BEGIN)
    assert again[0].startswith("common.all_there_is")
