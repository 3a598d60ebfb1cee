"""What is talked about knows the turn: an answer to its question, or what goes on with what was shown last."""

from actions.dialogue.ports import Claim
from actions.dialogue.reading.intents import ANSWERS
from actions.dialogue.rules.rule import At, Ran

SOUNDS_LIKE = frozenset({"goodbye", "list_services", "complain_about_bot", "human_agent"})
"""Moves that a sentence on what was just shown may sound like: "later", "what shall I bring", "so much", "by phone"."""


async def asked(at: At) -> Ran:
    if at.front is None or await at.claim() is not Claim.SURE:
        return None
    return await at.handlers.hand(at.turn, at.session, at.front)


async def waiting(at: At) -> Ran:
    """A value that fits not the open question but a service that waits goes there."""
    if at.turn.intent not in ANSWERS or not at.turn.entities or await at.claim() is Claim.SURE:
        return None
    for frame in reversed(at.session.open[:-1]):
        if await at.handlers.claim(at.turn, frame) is Claim.SURE:
            return await at.hand(frame)
    return None


async def shown(at: At) -> Ran:
    """A sentence that sounds like another wish goes on with what was shown last ("when does it come")."""
    turn = at.turn
    newest = at.session.finished[-1] if at.session.finished else None
    sounds_like = at.offer.is_wish(turn.intent) or turn.intent in SOUNDS_LIKE
    if not sounds_like or turn.kind != "text" or newest is None or newest.service == turn.intent:
        return None
    return await at.hand(newest) if await at.handlers.claim(turn, newest) is Claim.SURE else None
