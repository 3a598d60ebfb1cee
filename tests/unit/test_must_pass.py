"""What must be understood is understood as the dialogue goes by it: in its situation, or else by sure words."""

from typing import Any

import pytest

from desk.teaching.signals import Heard
from tools.evaluation.comparing import Known
from tools.evaluation.listening import Message

ASKING: dict[str, Any] = {"service": "traffic_fines", "asks_for": "plate"}
BEGINS = frozenset({"start:next_bus"})


def known(situation: dict[str, Any] | None = None) -> Known:
    """A conversation's first message, or one in the middle of a form."""
    said = Message("when is the next bus", "hangzhou", situation)
    return Known(said, "must_pass", "start:next_bus", "en", BEGINS)


@pytest.mark.parametrize(
    ("commands", "intent", "right"),
    [
        ([("start", 0.7)], ("next_bus", 0.5), True),
        ([("start", 0.5)], ("next_bus", 0.5), False),
        ([("start", 0.9)], ("bus_route", 0.9), False),
        ([("ask_duration", 0.7), ("start", 0.2)], ("next_bus", 0.99), True),
        ([("ask_duration", 0.7), ("start", 0.2)], ("next_bus", 0.7), False),
    ],
)
def test_the_first_message_is_heard_by_command_or_by_sure_words(
    commands: list[tuple[str, float]], intent: tuple[str, float], right: bool
) -> None:
    """A command wants to be sure, and so do words that decide alone."""
    assert known().is_right(Heard(commands, intent)) is right


def test_in_a_form_words_alone_begin_nothing() -> None:
    """There the situation is asked."""
    heard = Heard([("ask_duration", 0.7), ("start", 0.2)], ("next_bus", 0.99))
    assert not known(ASKING).is_right(heard)
