"""What is said to the clerk's line beside a letter, and what a last clause says of what is asked."""

from dataclasses import replace

import pytest
from fixtures.dialogue import TESTVILLE
from fixtures.hotline import Reporter
from fixtures.paying import Payer
from fixtures.services import SERVICES
from fixtures.turns import knowing, turn_of

from actions.dialogue.state.turn import Part
from desk.contract.commands import Command
from desk.texts.catalogs import Catalogs

Likely = tuple[tuple[Command, float], ...]
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
