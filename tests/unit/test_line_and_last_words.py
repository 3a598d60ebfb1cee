"""What is said to the clerk's line beside a letter, and what a last clause says of what is asked."""

from dataclasses import replace

import pytest
from fixtures.dialogue import TAIL, TESTVILLE
from fixtures.hotline import Reporter
from fixtures.paying import Payer
from fixtures.services import SERVICES
from fixtures.turns import knowing, turn_of

from actions.dialogue.reading.inquiry import Inquiry
from actions.dialogue.state.turn import Part, Turn
from desk.contract.commands import Command
from desk.contract.messages import Entity, StayInLine
from desk.texts.catalogs import Catalogs

Likely = tuple[tuple[Command, float], ...]
Entities = tuple[Entity, ...]
LETTER = Part("退休金这月没来", "nlu_fallback", 0.4, commands=(("provide", 0.5),))


@pytest.fixture
def payer(catalogs: Catalogs) -> Payer:
    return Payer(catalogs, SERVICES)


async def waits(payer: Payer, text: str, intent: str, *parts: Part, confidence: float = 0.5) -> list[str]:
    """Say something while a clerk is waited for; gives the names of the effects."""
    turn = turn_of("c", "text", intent, TESTVILLE, "zh_Hans", payer.now, text=text, parts=parts)
    payer.commands = (("cancel_this", 0.55), ("provide", 0.2))
    await payer.take(knowing(replace(turn, confidence=confidence), in_line=True))
    payer.commands = ()
    return [type(effect).__name__ for effect in payer.effects]


async def test_erasing_keeps_the_place_in_the_line(payer: Payer) -> None:
    """It is asked about, whatever the situation hears; nobody is put out of the line for it."""
    parts = (
        Part("留的东西都删干净", "delete_my_data", 0.95, commands=(("cancel_this", 0.5),)),
        Part("统统不要", "cancel", 0.9, commands=(("cancel_this", 0.9),)),
    )
    effects = await waits(payer, "留的东西都删干净，统统不要", "delete_my_data", *parts, confidence=0.9)
    assert effects == ["LinkChannels"]  # other channels are looked for, before all is erased
    assert payer.session.pending == {"kind": "erase"}


async def test_a_clause_that_asks_is_answered_beside_a_letter(payer: Payer) -> None:
    """The hours; the rest is the clerk's to read."""
    hours = Part("几点关门", "out_of_scope", 0.9, commands=(("ask_hours", 0.95),))
    effects = await waits(payer, "退休金这月没来，几点关门", "nlu_fallback", LETTER, hours)
    assert effects == []
    assert payer.outcome.replies


async def test_what_the_clerk_shall_do_is_a_letter(payer: Payer) -> None:
    """Beside words that sound like a service, too."""
    wish = Part("我车的罚单查不到", "traffic_fines", 0.95, commands=(("start", 0.9),))
    call = Part("叫人打给我", "human_agent", 0.8, commands=(("person", 0.6),))
    assert await waits(payer, "我车的罚单查不到，叫人打给我", "traffic_fines", wish, call) == ["StayInLine"]


NEVER_MIND = Part("算了", "cancel", 0.97, commands=(("cancel_this", 0.95),))
WHICH = Part("外汇管理局电话多少", "out_of_scope", 0.6, commands=(("ask_phone", 0.9),))
NUMBER = Entity(entity="phone", value="13800138000")


async def left(payer: Payer, turn: Turn) -> list[str]:
    """The names of the effects of a turn while a clerk is waited for."""
    payer.commands = turn.commands
    await payer.take(knowing(turn, in_line=True))
    payer.commands = ()
    return [type(effect).__name__ for effect in payer.effects]


def said(payer: Payer, *parts: Part, intent: str = "nlu_fallback", likely: Likely, entities: Entities = ()) -> Turn:
    """A message of some parts, heard as a whole."""
    text = "，".join(one.text for one in parts)
    turn = turn_of("c", "text", intent, TESTVILLE, "zh_Hans", payer.now, text=text, parts=parts, entities=entities)
    return replace(turn, confidence=0.5, commands=likely)


async def test_half_a_sentence_does_not_leave(payer: Payer) -> None:
    """A question beside “never mind” is answered, and the place stays."""
    turn = said(payer, NEVER_MIND, WHICH, likely=(("ask_phone", 0.8), ("cancel_this", 0.05)))
    assert "LeaveLine" not in await left(payer, turn)
    assert payer.outcome.replies


async def test_who_names_the_waiting_leaves_whatever_stands_beside(payer: Payer) -> None:
    """The whole may be heard as what is wished beside it alone."""
    leaves = replace(NEVER_MIND, text="我不排了")
    turn = said(payer, leaves, WHICH, likely=(("ask_phone", 0.8), ("cancel_this", 0.05)))
    assert await left(payer, turn) == ["LeaveLine"]


async def test_a_telephone_is_for_the_clerk(payer: Payer) -> None:
    """Who wants to be rung there waits on, whatever they said before; the desk asks whether to keep the number."""
    ring = Part("让他打13800138000", "inform", 0.6, commands=(("person", 0.2),), entities=(NUMBER,))
    turn = said(payer, NEVER_MIND, ring, likely=(("cancel_this", 0.5), ("person", 0.3)), entities=(NUMBER,))
    assert await left(payer, turn) == ["StayInLine"]


@pytest.mark.parametrize("intent", ["cancel", "human_agent"])
async def test_who_refuses_the_person_leaves_and_no_order_ends(payer: Payer, intent: str) -> None:
    """The order that is open stays, though it was spoken of last."""
    await payer.ask_for_fines()
    await payer.say(TAIL, "inform", vin_last6=TAIL)
    await payer.say("交", "affirm")
    refusal = Part("我不要人工了", intent, 0.9, commands=(("cancel_this", 0.7),))
    ends = Part("把这个取消掉", "cancel", 0.95, commands=(("cancel_this", 0.95),))
    turn = said(payer, refusal, ends, intent="cancel", likely=(("cancel_this", 0.8),))
    assert await left(payer, turn) == ["LeaveLine"]
    assert payer.orders[0].status == "open"


async def test_a_no_at_last_leaves_out_the_photo(catalogs: Catalogs) -> None:
    """Whatever stands before it; nothing of the report is lost."""
    resident = Reporter(catalogs, SERVICES)
    await resident.tell("文三路学院路口路灯不亮了 电话13800138000", place="文三路学院路口", phone="13800138000")
    assert resident.state == ("report_problem", "photo")
    parts = (
        Part("伸手不见五指咋弄", "nlu_fallback", 0.3, commands=(("ask_what", 0.2),)),
        Part("不拍", "deny", 0.97, commands=(("skip", 0.6),)),
    )
    said = await resident.say("伸手不见五指咋弄，不拍", "air_quality", parts=parts)
    assert resident.state == ("report_problem", None)
    assert "文三路" in said


@pytest.mark.parametrize(("stop", "served"), [((), False), ((Entity(entity="stop", value="武林广场"),), True)])
async def test_words_that_name_nothing_of_a_look_up_want_to_be_surer_in_the_line(
    payer: Payer, stop: Entities, *, served: bool
) -> None:
    """How many are in front sounds like the wait for a bus."""
    turn = said(payer, intent="next_bus", likely=(("start", 0.8),), entities=stop)
    effects = await left(payer, replace(turn, confidence=0.72))
    assert ("StayInLine" not in effects) is served


@pytest.mark.parametrize(
    ("text", "intent", "asks"),
    [
        pytest.param("排到第几位了", "request_status", True, id="which it is"),
        pytest.param("我前面还有多少人在等", "human_agent", True, id="how many are before"),
        pytest.param("呢個位仲有冇同我留住", "nlu_fallback", True, id="whether it is kept"),
        pytest.param("am I going to lose my spot", "nlu_fallback", True, id="whether it is kept, in English"),
        pytest.param("what position am I at now", "bus_route", True, id="which it is, in English"),
        pytest.param("楼上漏水两天了", "nlu_fallback", False, id="a letter"),
        pytest.param("快点行不行", "nlu_fallback", False, id="haste"),
    ],
)
async def test_who_asks_for_the_place_in_the_line_is_told_it(payer: Payer, text: str, intent: str, asks: bool) -> None:
    """And nothing is filed as a further detail, or answered with a guide."""
    turn = turn_of("c", "text", intent, TESTVILLE, "zh_Hans", payer.now, text=text)
    guided = Inquiry(0.9, (("guide:public_rental_housing", 0.8),)) if asks else None
    await payer.take(knowing(replace(turn, confidence=0.5, inquiry=guided), in_line=True))
    assert payer.effects == (StayInLine(asks_place=asks),)


async def test_the_line_of_a_bus_is_no_place_in_a_line(payer: Payer) -> None:
    """A wish is served, whatever its words."""
    turn = turn_of("c", "text", "next_bus", TESTVILLE, "zh_Hans", payer.now, text="哪路车到前面那站", confidence=0.95)
    await payer.take(knowing(turn, in_line=True))
    assert payer.effects == ()


async def test_a_wish_that_no_words_bear_out_is_a_question_for_the_place(payer: Payer) -> None:
    """How many are before somebody sounds like the wait for a bus."""
    turn = turn_of("c", "text", "next_bus", TESTVILLE, "zh_Hans", payer.now, text="前头还有多少人排着")
    payer.commands = (("start", 0.9),)
    await payer.take(knowing(replace(turn, confidence=0.6), in_line=True))
    payer.commands = ()
    assert payer.effects == (StayInLine(asks_place=True),)
