"""In the line of a clerk: no contact is left, a call is asked about, and leaving it in other words."""

from dataclasses import replace

import pytest
from fixtures.dialogue import TESTVILLE
from fixtures.paying import Payer
from fixtures.services import SERVICES
from fixtures.turns import knowing, turn_of

from actions.dialogue.reading.inquiry import Inquiry, LikelyFact
from actions.dialogue.state.turn import Part
from desk.contract.commands import Command
from desk.contract.messages import LeaveLine, StayInLine
from desk.texts.catalogs import Catalogs

Likely = tuple[tuple[Command, float], ...]
ENDS: Likely = (("cancel_this", 0.9),)
CALLS = (LikelyFact("account", "do_you_call", 0.6),)


@pytest.fixture
def payer(catalogs: Catalogs) -> Payer:
    return Payer(catalogs, SERVICES)


async def hear(
    payer: Payer,
    text: str,
    intent: str,
    commands: Likely,
    *parts: Part,
    asks_contact: bool = False,
    inquiry: Inquiry | None = None,
) -> None:
    """Say something while a clerk is waited for."""
    turn = turn_of("c", "text", intent, TESTVILLE, "zh_Hans", payer.now, text=text, parts=parts)
    payer.commands = commands
    turn = replace(turn, confidence=0.85, inquiry=inquiry)
    await payer.take(knowing(turn, in_line=True, asks_contact=asks_contact))
    payer.commands = ()


@pytest.mark.parametrize(
    ("text", "intent"),
    [("还是免了，推销的太多", "cancel"), ("唔留啦，好煩", "deny"), ("I'd rather not leave one", "inform")],
)
async def test_who_leaves_no_contact_stays(payer: Payer, text: str, intent: str) -> None:
    """The situation hears an end of the waiting: it knows nothing of the question."""
    await hear(payer, text, intent, ENDS, asks_contact=True)
    assert payer.effects == (StayInLine(leaves_no_contact=True),)


async def test_what_else_is_said_beside_it_is_heard_by_its_words(payer: Payer) -> None:
    """Whatever the situation hears in it."""
    no = Part("免了", "cancel", 0.97, commands=ENDS)
    wish = Part("那把我写的都删掉", "delete_my_data", 0.8, commands=ENDS)
    await hear(payer, "免了，那把我写的都删掉", "cancel", ENDS, no, wish, asks_contact=True)
    assert payer.effects[0] == StayInLine(leaves_no_contact=True)
    assert payer.session.pending == {"kind": "erase"}


@pytest.mark.parametrize(
    ("text", "intent", "asks_contact"),
    [
        pytest.param("都不留了，队也不排了", "cancel", True, id="both"),
        pytest.param("do not queue me any longer", "cancel", True, id="the waiting alone"),
        pytest.param("还是免了，推销的太多", "cancel", False, id="no contact is asked for"),
    ],
)
async def test_who_ends_the_waiting_leaves(payer: Payer, text: str, intent: str, *, asks_contact: bool) -> None:
    """Where it is named, or nothing else was asked."""
    await hear(payer, text, intent, ENDS, asks_contact=asks_contact)
    assert payer.effects == (LeaveLine(),)


async def test_a_person_who_is_named_beside_a_sure_end_is_not_wanted(payer: Payer) -> None:
    """What sounds like a wish for one, alone, is none then."""
    person = Part(" no use troubling your people so late", "human_agent", 0.85, commands=(("person", 0.85),))
    off = Part(" cross me out of it", "unsubscribe", 0.9, commands=ENDS)
    likely: Likely = (("cancel_this", 0.85), ("person", 0.08))
    await hear(payer, "no use troubling your people so late, cross me out of it", "human_agent", likely, person, off)
    assert payer.effects == (LeaveLine(),)


async def test_a_clause_that_ends_the_waiting_is_enough(payer: Payer) -> None:
    """Though the whole is rather put off."""
    ends = Part("我不排了", "cancel", 0.8, commands=ENDS)
    later = Part("改天", "inform", 0.7, commands=(("later", 0.9),))
    await hear(payer, "我不排了，改天", "nlu_fallback", (("later", 0.6), ("cancel_this", 0.35)), ends, later)
    assert payer.effects == (LeaveLine(),)


@pytest.mark.parametrize(
    ("text", "inquiry", "commands"),
    [
        pytest.param("明早会有人拨给我不", Inquiry(0.95, (("unsaid", 0.6),), facts=CALLS), (), id="a call"),
        pytest.param("會唔會覆返我", Inquiry(0.9, (("unsaid", 0.7),), facts=CALLS), (), id="in Cantonese"),
        pytest.param("who rings whom", Inquiry(0.95, (("unsaid", 0.6),), facts=CALLS), (), id="in English"),
        pytest.param(
            "然后呢，怎么找到我", Inquiry(0.95, (("unsaid", 0.7),)), (("ask_next", 0.7),), id="what comes next"
        ),
    ],
)
async def test_who_asks_whether_they_are_called_is_answered(
    payer: Payer, text: str, inquiry: Inquiry, commands: Likely
) -> None:
    """By the desk, which knows what was left and when the office opens."""
    await hear(payer, text, "nlu_fallback", commands or (("ask_next", 0.3),), inquiry=inquiry)
    assert payer.effects == (StayInLine(asks_call=True),)


async def test_what_comes_next_of_another_matter_is_no_question_of_the_waiting(payer: Payer) -> None:
    """A guide's, here."""
    inquiry = Inquiry(0.95, (("guide:public_rental_housing", 0.8),))
    await hear(payer, "交完材料之后呢", "nlu_fallback", (("ask_next", 0.8),), inquiry=inquiry)
    assert StayInLine(asks_call=True) not in payer.effects
