"""The words of a message that was taken for a report, where the next one says that it was something else."""

from dataclasses import replace

from actions.dialogue.answers.offer import Offer
from actions.dialogue.state.session import Frame
from actions.dialogue.state.turn import Turn
from actions.schema.report import CATEGORY, DESCRIPTION

CODE = "code"
"""The kind of look-ups that read a message by themselves."""


def words_of(frame: Frame | None) -> str | None:
    """The description of a report that was begun by one message and got nothing else; None: there is none."""
    if frame is None or frame.question is None or not frame.values.keys() <= {CATEGORY, DESCRIPTION}:
        return None
    return frame.text(DESCRIPTION)


def heard_again(turn: Turn, frame: Frame | None, offer: Offer) -> Turn:
    """The turn with those words behind its own, where it wishes a look-up instead ("I only ask when it comes")."""
    wished, words = offer.declared.get(turn.intent), words_of(frame)
    if words is None or wished is None or wished.kind != CODE or turn.kind != "text":
        return turn
    return replace(turn, text=f"{turn.text}\n{words}")
