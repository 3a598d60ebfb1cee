"""What hands over at once must be sure; the first words of a conversation are greeted briefly."""

from dataclasses import replace

import pytest
from fixtures.dialogue import MORNING, TESTVILLE, Resident
from fixtures.turns import knowing, turn_of

from actions.dialogue.reading.unsure import SURE
from actions.dialogue.state.turn import Turn
from desk.contract.messages import OpenTicket

GREETING = turn_of("c", "text", "greet", TESTVILLE, "zh_Hans", MORNING, text="你好")


def said(text: str, intent: str, confidence: float) -> Turn:
    return turn_of("c", "text", intent, TESTVILLE, "zh_Hans", MORNING, text=text, confidence=confidence)


@pytest.mark.parametrize(("intent", "reason"), [("complain_about_bot", "anger"), ("human_agent", "asked")])
async def test_unsure_it_is_asked_first(resident: Resident, intent: str, reason: str) -> None:
    """Below the limit meanings, with a person on a button; at the limit a person."""
    limit = SURE[intent]
    await resident.take(said("嗰個", intent, limit - 0.01))
    assert resident.effects == ()
    assert "转人工" in resident.buttons
    await resident.take(said("嗰個啊", intent, limit - 0.01))
    assert resident.effects == ()
    await resident.take(said("嗰個呢", intent, limit))
    assert [one.reason for one in resident.effects if isinstance(one, OpenTicket)] == [reason]


async def test_a_button_is_always_sure(resident: Resident) -> None:
    """Whatever its confidence says."""
    await resident.take(replace(said("", "human_agent", 0.0), kind="payload"))
    assert resident.effects == (OpenTicket(reason="asked"),)


async def test_the_first_greeting_is_brief(resident: Resident) -> None:
    """The channel has greeted: what can be done stands on buttons, and is not told once more."""
    assert await resident.take(GREETING) == "您好，请讲。您想办什么事？"
    assert resident.buttons == ["交通违章查询与缴款", "公交到站时间", "转人工"]


@pytest.mark.parametrize("turn", [knowing(GREETING, locale="en"), knowing(GREETING, channel="shell")])
async def test_who_was_not_greeted_in_this_language_is(resident: Resident, turn: Turn) -> None:
    """Nor is anybody in `rasa shell`."""
    assert "目前可以办理" in await resident.take(turn)


async def test_who_asks_whom_else_to_call_is_not_passed_on(resident: Resident) -> None:
    """However sure the words are: the situation hears a question more than a wish for a person."""
    asks = replace(said("没人接电话", "human_agent", 0.9), commands=(("ask_phone", 0.5), ("person", 0.4)))
    await resident.take(asks)
    assert not any(isinstance(one, OpenTicket) for one in resident.effects)
    wishes = replace(said("帮我叫个人", "human_agent", 0.9), commands=(("person", 0.6), ("ask_phone", 0.3)))
    await resident.take(wishes)
    assert any(isinstance(one, OpenTicket) for one in resident.effects)
