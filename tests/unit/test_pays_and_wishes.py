"""What was shown as due: its very sum pays it, a clause pays it beside another wish, and how it stands is not paid."""

from dataclasses import replace

import pytest
from fixtures.household import GAS, POWER, WATER, Household
from fixtures.services import SERVICES
from fixtures.turns import turn_of

from actions.dialogue.state.turn import Part
from desk.contract.commands import Command
from desk.contract.messages import Entity
from desk.texts.catalogs import Catalogs

Likely = tuple[tuple[Command, float], ...]
ASKS_ACCOUNT = ("utility_bills", "account_number")


@pytest.fixture
def household(catalogs: Catalogs) -> Household:
    return Household(catalogs, SERVICES)


async def shown(household: Household) -> None:
    await household.ask(f"水费 {WATER}", "水费")


async def heard(household: Household, text: str, intent: str, commands: Likely, amount: str | None = None) -> str:
    """Say something that is read as the test says."""
    household.commands = commands
    entities = [] if amount is None else [Entity(entity="amount", value=amount)]
    turn = turn_of(
        "c", "text", intent, household.city, household.locale, household.now, text=text, entities=tuple(entities)
    )
    said = await household.take(turn)
    household.commands = ()
    return said


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("七十五块四嘛，没错，弄了它", "七十五块四"),
        ("就是那个75.40的，替我办了", "75.40"),
        ("the 75.40 from before, let's have it done", "75.40"),
    ],
)
async def test_its_very_sum_is_what_is_paid(household: Household, text: str, amount: str) -> None:
    """Though its words are none of paying, where the situation hears that."""
    await shown(household)
    await heard(household, text, "payment_status", (("pay_all", 0.5), ("status", 0.2)), amount)
    assert household.opened is not None
    assert household.opened.amount == "75.40"


@pytest.mark.parametrize(
    ("amount", "commands"),
    [
        pytest.param("60", (("pay_all", 0.5),), id="another sum"),
        pytest.param("75.40", (("ask_why", 0.6), ("pay_all", 0.35)), id="a question"),
        pytest.param("75.40", (("refuse", 0.5), ("pay_all", 0.35)), id="a refusal"),
        pytest.param("75.40", (("unclear", 0.8),), id="no wish to pay"),
    ],
)
async def test_a_sum_alone_orders_nothing(household: Household, amount: str, commands: Likely) -> None:
    """Another sum, a question, a refusal, or nothing that pays."""
    await shown(household)
    await heard(household, f"{amount}这个嘛", "nlu_fallback", commands, amount)
    assert household.opened is None


async def test_how_it_stands_is_not_ordered(household: Household) -> None:
    """With what pays it; no menu of all that there is."""
    await shown(household)
    said = await heard(household, "咋还没跳出来呢", "request_status", (("status", 0.8),))
    assert "没有下单" in said
    assert any("75.40" in one for one in household.buttons)


@pytest.mark.parametrize("text", ["付了 煤气呢", "交吧，还有燃气费", "pay it, and the gas?"])
async def test_a_clause_pays_beside_another_wish(household: Household, text: str) -> None:
    """The order comes first, then the question for the other."""
    await shown(household)
    marked = next(one for one in ("煤气", "燃气费", "gas") if one in text)
    await household.ask(text, marked)
    assert household.opened is not None
    assert household.opened.amount == "75.40"
    assert household.state == ASKS_ACCOUNT
    await household.ask(GAS, intent="inform")
    assert household.suppliers.asked[-1] == ("gas", GAS)


async def test_another_wish_alone_pays_nothing(household: Household) -> None:
    """Nor does a clause that asks."""
    await shown(household)
    await household.ask("can I pay the power here, too?", "power")
    assert household.opened is None
    assert household.state == ASKS_ACCOUNT


@pytest.mark.parametrize(("text", "kind"), [("还要交垫费", "electricity"), ("燃起费多少", "gas"), ("谁费", "water")])
async def test_an_option_is_told_by_its_sound(household: Household, text: str, kind: str) -> None:
    """Where a character of it is right."""
    await household.ask(text)
    front = household.session.front
    assert front is not None
    assert front.values.get("utility_type") == kind


async def test_a_clause_that_lets_go_names_what_is_not_wanted(household: Household) -> None:
    """In whatever words, as the situation hears them."""
    await household.ask("水费电费", "水费", "电费")
    parts = (
        Part("电费撂那儿", "nlu_fallback", commands=(("cancel_this", 0.7),)),
        Part("水费接着弄", "utility_bills", commands=(("start", 0.8),)),
    )
    turn = turn_of(
        "c", "text", "utility_bills", household.city, household.locale, household.now,
        text="电费撂那儿，水费接着弄", parts=parts,
        entities=(Entity(entity="utility_type", value="电费"), Entity(entity="utility_type", value="水费")),
    )  # fmt: skip
    await household.take(replace(turn, confidence=0.9))
    await household.ask(WATER, intent="inform")
    assert household.suppliers.asked == [("water", WATER)]
    assert household.state == (None, None)


async def test_one_thing_that_cannot_be_paid_in_part_has_one_button(household: Household) -> None:
    """Not the first of one, and all of one."""
    await household.ask(f"电费 {POWER}", "电费")
    household.commands = (("pay_some", 0.8),)
    await household.ask("先付20块", intent="affirm", amount="20块")
    household.commands = ()
    assert len([one for one in household.buttons if "51.11" in one]) == 1
