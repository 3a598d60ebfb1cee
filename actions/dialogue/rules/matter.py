"""What is talked about knows the turn: an answer to its question, or what goes on with what was shown last."""

from dataclasses import replace

from actions.dialogue.ports import Claim
from actions.dialogue.reading.intents import ANSWERS
from actions.dialogue.reading.polar import is_asked
from actions.dialogue.reading.reading import ASKS
from actions.dialogue.rules.rule import At, Ran
from actions.phrases import phrases, plain

SOUNDS_LIKE = frozenset({"goodbye", "list_services", "complain_about_bot", "human_agent"})
"""Moves that a sentence on what was just shown may sound like: "later", "what shall I bring", "so much", "by phone"."""


async def asked(at: At) -> Ran:
    if at.front is None or await at.claim() is not Claim.SURE:
        return None
    return await at.handlers.hand(at.turn, at.session, at.front)


async def put_right(at: At) -> Ran:
    """What was given for the form in front is put right in words, and nothing is asked: that is taken at once, whatever
    is told beside it ("there is no class on Tuesday after all, make it the 8th").
    """
    turn = at.turn
    if turn.kind != "text" or at.session.pending is not None or not await at.handlers.puts_right(turn, at.front):
        return None
    clauses = [turn.only(part) for part in turn.parts] or [turn]
    others = [one for one in clauses if not phrases("moves_it").within(plain(one.text))]  # "may it be the 8th?" wishes
    asks = any(one.means(*ASKS) or is_asked(one.text, turn.text) for one in others)
    front = at.front
    if front is None or (asks and front.question is not None and front.question.asks_for is not None):
        return None
    own = turn.intent in ANSWERS or turn.intent == front.service
    return await at.but(turn if own else replace(turn, intent="correct")).hand(front)


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
