"""To pay what was shown, and something beside it: the order is opened, and what stands beside it is not passed over."""

import pytest
from fixtures.household import WATER, Household
from fixtures.services import SERVICES
from fixtures.turns import turn_of

from actions.dialogue.reading.inquiry import Inquiry
from actions.dialogue.state.turn import Part
from desk.contract.commands import Command
from desk.contract.messages import Entity
from desk.texts.catalogs import Catalogs

Likely = tuple[tuple[Command, float], ...]
PAYS, ASKS, BEGINS = (("pay_all", 0.95),), (("ask_next", 0.9),), (("start", 0.95),)
QUESTION = Inquiry(0.95, (("unsaid", 0.9),))


@pytest.fixture
def household(catalogs: Catalogs) -> Household:
    return Household(catalogs, SERVICES)


async def hear(
    household: Household, text: str, whole: Likely, *parts: Part, intent: str = "utility_bills"
) -> list[str]:
    """Say something after a bill was shown; gives the keys of what is answered."""
    await household.ask(f"水费 {WATER}", "水费")
    household.commands = whole
    turn = turn_of("c", "text", intent, household.city, household.locale, household.now, text=text, parts=parts)
    await household.take(turn)
    household.commands = ()
    return [reply.key for reply in household.outcome.replies]


@pytest.mark.parametrize(
    ("text", "pays", "asks"),
    [
        pytest.param("交了吧，迟一周交罚不罚钱", "交了吧", "迟一周交罚不罚钱", id="zh_Hans"),
        pytest.param("而家交，遲一個禮拜罰唔罰錢", "而家交", "遲一個禮拜罰唔罰錢", id="zh_Hant"),
        pytest.param("pay it. Is a week late a problem?", "pay it", " Is a week late a problem", id="en"),
    ],
)
async def test_the_order_and_the_answer(household: Household, text: str, pays: str, asks: str) -> None:
    """What nothing is published on is said, too, with who knows."""
    parts = (Part(pays, "affirm", 0.9, commands=PAYS), Part(asks, "nlu_fallback", commands=ASKS, inquiry=QUESTION))
    keys = await hear(household, text, (("ask_next", 0.8), ("pay_all", 0.15)), *parts)
    assert household.opened is not None
    assert household.opened.amount == "75.40"
    assert [key for key in keys if key.startswith("facts.not_known")]


async def test_a_clause_asks_by_its_mark(household: Household) -> None:
    """Though neither its situation nor its words say so."""
    unsure: Likely = (("later", 0.15), ("ask_next", 0.36))
    parts = (
        Part("pay it now", "affirm", 0.9, commands=PAYS),
        Part(" a note in May", "subscribe", 0.4, commands=unsure),
    )
    keys = await hear(household, "pay it now. a note in May?", (("status", 0.2), ("pay_all", 0.1)), *parts)
    assert household.opened is not None
    assert keys[-1].startswith("facts.not_known")


async def test_the_order_and_another_wish(household: Household) -> None:
    """A look-up asks by nature: it is looked up."""
    stop = Entity(entity="stop", value="武林广场")
    parts = (
        Part("交吧", "affirm", 0.95, commands=PAYS),
        Part("28路到武林广场几点", "next_bus", 0.95, commands=BEGINS, entities=(stop,)),
    )
    keys = await hear(household, "交吧，28路到武林广场几点", BEGINS, *parts, intent="next_bus")
    assert household.opened is not None
    assert "card.value" in keys


@pytest.mark.parametrize(
    ("text", "whole", "parts"),
    [
        pytest.param(
            "if it is paid, are points taken?",
            ASKS,
            (Part("if it is paid", "affirm", 0.9, commands=PAYS), Part(" are points taken", "x", commands=ASKS)),
            id="a condition",
        ),
        pytest.param(
            "我交了，怎么还在",
            (("status", 0.6), ("pay_all", 0.2)),
            (
                Part("我交了", "nlu_fallback", commands=(("pay_all", 0.8),)),
                Part("怎么还在", "request_status", commands=ASKS),
            ),
            id="paid already",
        ),
        pytest.param(
            "交了吧，等等，能不能晚点",
            ASKS,
            (
                Part("交了吧", "affirm", 0.9, commands=PAYS),
                Part("等等", "cancel", 0.9, commands=(("wait", 0.9),)),
                Part("能不能晚点", "x", commands=ASKS),
            ),
            id="put off",
        ),
    ],
)
async def test_no_order(household: Household, text: str, whole: Likely, parts: tuple[Part, ...]) -> None:
    """A condition, what was paid already, and what is put off order nothing."""
    await hear(household, text, whole, *parts)
    assert household.opened is None
