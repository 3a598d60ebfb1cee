"""What was said last is said again where that is asked ("pardon?", "say it again").

What is remembered are keys and arguments: it is said again in the language and manner of the asking.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from actions.dialogue.answers import replies as say
from actions.dialogue.answers.offer import Offer
from actions.dialogue.answers.pausing import HASTE, PAUSE
from actions.dialogue.reading.choices import again_offered, offered
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.session import Session
from actions.dialogue.state.turn import NOT_UNDERSTOOD, Turn
from actions.phrases import phrases, plain
from desk.contract.messages import Effect, Reply, ShowOrder

PRELUDE = "common.said_again"
WAITS = "common.waits_for"
COURTESIES = ("common.goodbye", "common.thanks", HASTE)
"""Keys of what is not said again begin so."""
FRESH = timedelta(minutes=1)
"""What was said longer ago is repeated with the time when it was said: a bus has come nearer since."""
LONGEST = 40
MAYBE = NOT_UNDERSTOOD | {"complain_about_bot", "go_back"}
"""Intents of a sentence that says so beside something else."""


def remembered(session: Session, replies: Sequence[Reply], turn: Turn) -> Session:
    """The session with what was just said and offered; a pause changes nothing of it, nor does what is said again.

    Nobody who asks for the last answer means a farewell after it.
    """
    if [one.key for one in replies] == [PAUSE]:
        return session
    session = replace(session, choices=offered(replies), again=again_offered(replies))
    said = tuple(one for one in replies if not one.key.startswith(COURTESIES))
    if not said or said[0].key.startswith(PRELUDE):
        return session
    return replace(session, said=said, said_at=turn.now)


def said_again(turn: Turn, session: Session, offer: Offer) -> Outcome | None:
    """What was said last, once more; all that is open or awaited stays so. None where that is not asked."""
    if not _asked(turn):
        return None
    if not session.said:
        menu = [] if session.open else say.service_buttons(offer.titles(turn.city))
        return Outcome(session, turn.locale, (Reply(key="common.nothing_said", buttons=[*menu, say.HUMAN]),))
    prelude = Reply(key=PRELUDE)
    if session.said_at is not None and turn.now - session.said_at >= FRESH:
        at = session.said_at.astimezone(turn.now.tzinfo)
        prelude = Reply(key=f"{PRELUDE}_since", args={"time": {"time": f"{at:%H:%M}"}})
    order = turn.open_order
    shows = order is not None and any(card.order == order.order for one in session.said for card in one.cards)
    effects: tuple[Effect, ...] = (ShowOrder(order=order.order),) if order is not None and shows else ()
    return Outcome(replace(session, failures=0), turn.locale, (prelude, *_in_full(session, offer)), effects)


def _in_full(session: Session, offer: Offer) -> Sequence[Reply]:
    """What was said, with the open question in full where it was said in a word."""
    front = session.front
    if front is None or front.question is None or not session.said[-1].key.startswith(WAITS):
        return session.said
    return (*session.said[:-1], say.asked_again(front.question, offer.title(front.service)))


def _asked(turn: Turn) -> bool:
    if turn.means("repeat"):
        return True
    if turn.kind != "text" or len(turn.text) > LONGEST:
        return False
    said = plain(turn.text)
    return phrases("say_again").whole(said) or (turn.intent in MAYBE and phrases("says_again_within").within(said))
