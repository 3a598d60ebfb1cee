"""An order wants a yes to the very question that was asked, and what is said of orders is what the store says."""

from dataclasses import replace

import pytest
from fixtures.household import WATER, Household
from fixtures.services import SERVICES
from fixtures.turns import turn_of

from actions.dialogue.state.turn import Part
from desk.contract.commands import Command
from desk.contract.messages import Entity
from desk.texts.catalogs import Catalogs

Likely = tuple[tuple[Command, float], ...]
AMOUNT = Entity(entity="amount", value="75.40")


@pytest.fixture
def household(catalogs: Catalogs) -> Household:
    return Household(catalogs, SERVICES)


async def hear(
    household: Household, text: str, intent: str, commands: Likely, *parts: Part, entities: tuple[Entity, ...] = ()
) -> str:
    """Say something that is read as the test says."""
    household.commands = commands
    turn = turn_of(
        "c", "text", intent, household.city, household.locale, household.now, text=text, parts=parts, entities=entities
    )
    said = await household.take(replace(turn, confidence=0.9))
    household.commands = ()
    return said


async def owes(household: Household, *, digressed: bool) -> None:
    """Have a bill shown; where it is digressed, something else is said last."""
    await household.ask(f"水费 {WATER}", "水费")
    if digressed:
        await hear(household, "你们还能办啥", "list_services", (("list", 0.95),))


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        pytest.param("那就是不用带伞喽", (("confirm", 0.4), ("pay_all", 0.2)), id="a yes by its words"),
        pytest.param("即係唔使帶遮喎", (("pay_all", 0.85),), id="a wish to pay, by the situation alone"),
        pytest.param("so no umbrella then, right", (("pay_all", 0.9),), id="in English"),
    ],
)
async def test_a_yes_to_something_else_orders_nothing(household: Household, text: str, commands: Likely) -> None:
    """What is due was shown before; what was said last is another matter."""
    await owes(household, digressed=True)
    await hear(household, text, "affirm", commands)
    assert household.opened is None
    assert household.orders == []


@pytest.mark.parametrize("text", ["好", "行吧", "ok"])
async def test_a_yes_to_the_offer_orders(household: Household, text: str) -> None:
    """As before, where paying was asked about last."""
    await owes(household, digressed=False)
    await hear(household, text, "affirm", (("pay_all", 0.9),))
    assert household.opened is not None


@pytest.mark.parametrize("text", ["那笔钱交了吧", "交咗佢", "ok pay it"])
async def test_a_word_for_paying_orders_whatever_was_said_last(household: Household, text: str) -> None:
    """It names what is wanted."""
    await owes(household, digressed=True)
    await hear(household, text, "affirm", (("pay_all", 0.9),))
    assert household.opened is not None


@pytest.mark.parametrize("text", ["发票的事回头再说先把75.40交了", "the receipt another time, 75.40 first please"])
async def test_what_is_put_off_beside_paying_puts_off_no_payment(household: Household, text: str) -> None:
    """The situation surely hears paying."""
    await owes(household, digressed=False)
    await hear(household, text, "utility_bills", (("pay_some", 0.8), ("later", 0.06)), entities=(AMOUNT,))
    assert household.opened is not None


async def test_what_is_said_of_an_order_is_what_the_store_says(household: Household) -> None:
    """Who never meant to order has the order closed; that there was none is not said."""
    await owes(household, digressed=False)
    await hear(household, "好", "affirm", (("pay_all", 0.9),))
    assert household.orders[0].status == "open"
    refuses = Part("我可没说要交", "deny", 0.92, commands=(("refuse", 0.9),))
    asks = Part("这算数吗", "payment_status", 0.6, commands=(("status", 0.4),))
    said = await hear(household, "我可没说要交，这算数吗", "affirm", (("pay_all", 0.5), ("refuse", 0.3)), refuses, asks)
    assert "没有下单" not in said
    assert "已关闭" in said
    assert household.orders[0].status == "closed"


async def test_an_order_that_is_not_plainly_refused_is_shown_with_what_ends_it(household: Household) -> None:
    """In doubt it stays, and that nothing was ordered is not said."""
    await owes(household, digressed=False)
    await hear(household, "好", "affirm", (("pay_all", 0.9),))
    said = await hear(household, "咋还没跳出来呢", "request_status", (("status", 0.8),))
    assert "没有下单" not in said
    assert household.orders[0].status == "open"
