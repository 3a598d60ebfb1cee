"""A yes with a but."""

from dataclasses import replace

from actions.dialogue.state.session import Frame
from actions.dialogue.state.turn import NOT_UNDERSTOOD, Turn
from actions.phrases import phrases, plain

YES_OR_MOVE = frozenset({"affirm", "change_appointment"}) | NOT_UNDERSTOOD


def has_reservation(turn: Turn) -> bool:
    """Whether a sentence agrees with a but, or wants something changed."""
    return turn.kind == "text" and phrases("reservation").within(plain(turn.text))


def without_assent(turn: Turn, front: Frame | None) -> Turn:
    """The turn as a correction, where a summary that waits for its yes gets a yes with a but: nothing is booked."""
    waits = front is not None and front.question is not None and front.question.asks_for is None
    if not waits or turn.intent not in YES_OR_MOVE or turn.has(["reference"]) or not has_reservation(turn):
        return turn
    return replace(turn, intent="correct")
