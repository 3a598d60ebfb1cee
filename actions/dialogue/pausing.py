"""A moment is asked for ("hold on", 我找找), or a matter put off (轉頭先, "do it later"). May not know any service.

A moment changes nothing: the question waits, with its choices. What is put off is kept for a while, and that is said.
"""

from dataclasses import replace

from actions.dialogue.intents import ANSWERS
from actions.dialogue.outcome import Outcome
from actions.dialogue.session import Session
from actions.dialogue.turn import NOT_UNDERSTOOD, Turn
from actions.phrases import phrases, plain
from desk.messages import Reply

PAUSE = "common.no_hurry"
LONGEST = 30
UNCERTAIN = ANSWERS | NOT_UNDERSTOOD | {"cancel", "change_appointment", "next_bus", "greet", "restart"}
"""Intents that such a sentence may be taken for."""


def paused(turn: Turn, session: Session) -> Outcome | None:
    """No hurry, where a moment is asked for."""
    if not _says(turn, "asks_a_moment"):
        return None
    return Outcome(replace(session, failures=0), turn.locale, (Reply(key=PAUSE),))


def put_off(turn: Turn) -> Turn:
    """The turn as a farewell, where it says that what is being done is done later."""
    later = turn.intent in UNCERTAIN and _says(turn, "puts_off")
    return replace(turn, intent="goodbye") if later else turn


def _says(turn: Turn, group: str) -> bool:
    return turn.kind == "text" and len(turn.text) <= LONGEST and phrases(group).whole(plain(turn.text))
