"""Asked back in the middle of something, the meanings of the situation are offered, and a press is what was meant."""

from dataclasses import replace
from typing import Any

import pytest
from fixtures.dialogue import MORNING, TESTVILLE, Resident
from fixtures.turns import turn_of

from actions.dialogue.answers.misunderstanding import MEANINGS_ASKED
from actions.dialogue.state.situation import of_button
from desk.contract.commands import COMMANDS
from desk.contract.messages import Reply
from desk.contract.wire import LOCALES
from desk.texts.catalogs import Catalogs


def unclear(text: str, *commands: tuple[str, float]) -> Any:
    turn = turn_of("c", "text", "nlu_fallback", TESTVILLE, "zh_Hans", MORNING, text=text)
    return replace(turn, commands=commands)  # type: ignore[arg-type]


async def test_the_likeliest_two_of_the_situation_are_offered_first(resident: Resident) -> None:
    """Not services by the words alone."""
    await resident.ask_for_fines()
    await resident.take(unclear("这个啥情况", ("ask_why", 0.4), ("skip", 0.3), ("later", 0.2)))
    assert resident.buttons[:2] == ["问为什么要这样", "以后再办"]
    assert resident.state == ("traffic_fines", "vin_last6")


async def test_what_is_hardly_meant_is_not_offered(resident: Resident) -> None:
    """Nor what only answers the open question."""
    await resident.ask_for_fines()
    await resident.take(unclear("这个啥情况", ("provide", 0.5), ("ask_why", 0.1)))
    assert "问为什么要这样" not in resident.buttons


async def test_a_press_is_the_question_that_was_meant(resident: Resident) -> None:
    """It is answered, and what was open is asked again."""
    await resident.ask_for_fines()
    await resident.take(unclear("这个啥情况", ("ask_hours", 0.4), ("ask_why", 0.3)))
    said = await resident.press("问上班时间")
    assert "试城交警" in said
    assert resident.state == ("traffic_fines", "vin_last6")


async def test_a_press_that_ends_ends(resident: Resident) -> None:
    """As the button of the form does."""
    await resident.ask_for_fines()
    await resident.take(unclear("唉这", ("cancel_this", 0.4), ("ask_why", 0.3)))
    await resident.press("这件事不办了")
    assert resident.state == (None, None)


@pytest.mark.parametrize("command", MEANINGS_ASKED)
def test_every_meaning_is_said_in_every_language(command: str, catalogs: Catalogs) -> None:
    """And its button is the command."""
    assert command in COMMANDS
    texts = {catalogs.render(Reply(key=f"meant.{command}"), locale).text for locale in LOCALES}
    assert not any("meant." in text for text in texts)
    assert of_button(f'/choose{{"command": "{command}"}}') == command


def test_a_button_of_no_command_is_a_choice() -> None:
    """Whatever stands in it."""
    assert of_button('/choose{"command": "fly"}') == "choose"
