"""A moment is asked for ("hold on"), a matter put off ("later"), haste wished ("hurry").

A moment changes nothing: the question waits, with its choices. What is put off is kept for a while, and that is said.
Haste is no answer to a question: it is asked again.
"""

from dataclasses import replace

from actions.dialogue.answers.offer import Offer
from actions.dialogue.reading.intents import ANSWERS
from actions.dialogue.state import stack
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.session import Session
from actions.dialogue.state.turn import NOT_UNDERSTOOD, Turn
from actions.phrases import phrases, plain
from desk.contract.messages import Reply

PAUSE, HASTE = "common.no_hurry", "common.as_quick_as_can_be"
LONGEST = 30
UNCERTAIN = ANSWERS | NOT_UNDERSTOOD | {"cancel", "change_appointment", "next_bus", "greet", "restart"}
"""Intents that such a sentence may be taken for."""


WISHES_A_DAY = frozenset({"date", "time"})
"""Where one of these is asked for, "quickly" wishes an early one."""


def paused(turn: Turn, session: Session) -> Outcome | None:
    """No hurry, where a moment is asked for."""
    if not (turn.means("wait") or _says(turn, "asks_a_moment")):
        return None
    return Outcome(replace(session, failures=0), turn.locale, (Reply(key=PAUSE),))


def hurried(turn: Turn, session: Session, offer: Offer) -> Outcome | None:
    """A word of patience and the question, where haste is wished in the middle of it."""
    question = None if session.front is None else session.front.question
    if question is None or question.asks_for in WISHES_A_DAY or not _says(turn, "hurries"):
        return None
    return stack.returned(replace(session, failures=0), turn, (Reply(key=HASTE),), offer)


def put_off(turn: Turn) -> Turn:
    """The turn as a farewell, where it says that what is being done is done later; a payment that is open is closed."""
    later = turn.means("later") and turn.open_order is None
    later = turn.intent in UNCERTAIN and (later or _says(turn, "puts_off"))
    return replace(turn, intent="goodbye") if later else turn


def _says(turn: Turn, group: str) -> bool:
    return turn.kind == "text" and len(turn.text) <= LONGEST and phrases(group).whole(plain(turn.text))
