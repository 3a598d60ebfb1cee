"""A value with words that only carry on ("and tomorrow?") goes on with what was just shown, before all else is weighed.

Such a sentence names no matter, and the model finds one for anything. What was shown says whether it knows the value:
of the weather another day, of a bus another line. What it does not know is another rule's.
"""

from dataclasses import replace

from actions.dialogue.ports import Claim
from actions.dialogue.reading.carrying_on import carries_on
from actions.dialogue.rules.rule import GUIDE, At, Ran
from actions.dialogue.state.session import Frame

GIVES = frozenset({"inform", "correct", "choose"})
"""Intents that say nothing of a matter."""
WHEN = frozenset({"date", "time"})
"""Where one of these is asked for, a day or a time answers that."""


async def run(at: At) -> Ran:
    turn, shown = at.turn, _just_shown(at)
    if shown is None or at.session.pending is not None or not carries_on(turn):
        return None
    its_own = turn.intent in GIVES or turn.intent == shown.service  # its handler tells what goes on from what is new
    meant = turn if its_own else replace(turn, intent="nlu_fallback", confidence=0.0)
    if at.front is not None and max(await at.claim(), await at.handlers.claim(meant, at.front)) is Claim.SURE:
        return None
    if await at.handlers.claim(meant, shown) is not Claim.SURE:
        return None
    return await at.but(meant).hand(shown)


def _just_shown(at: At) -> Frame | None:
    """What the last message looked up; in the middle of a form, beside it, where no day is asked for."""
    session, front = at.session, at.front
    newest = session.finished[-1] if session.finished else None
    if newest is None or newest.touched_at != session.touched_at or _is_of_guides(at, newest):
        return None
    if front is None:
        return newest
    asks_for = None if front.question is None else front.question.asks_for
    answers = asks_for is None or asks_for in WHEN or at.turn.has((asks_for,))
    return newest if front.service != newest.service and not answers else None


def _is_of_guides(at: At, frame: Frame) -> bool:
    return at.offer.declared[frame.service].kind == GUIDE
