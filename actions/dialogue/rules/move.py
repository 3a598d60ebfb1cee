"""Moves of the conversation, and matters of the account; in another city, also what was wished there."""

from actions.dialogue import moving
from actions.dialogue.moves import MOVES
from actions.dialogue.ports import Claim
from actions.dialogue.rules import wish
from actions.dialogue.rules.rule import At, Ran


async def run(at: At) -> Ran:
    move = MOVES.get(at.turn.intent)
    if move is None:
        return None
    moved = move(at.turn, at.understood, at.offer)
    there = moving.same_there(at.turn, at.session, moved, at.offer)
    if there is None:
        return moved
    return moving.arrived(moving.briefly(moved), await wish.granted(at.but(there, moved.session)))


async def named_city(at: At) -> Ran:
    """The bare name of a city, where nothing asked for one."""
    names = at.turn.intent in ("inform", "nlu_fallback") and at.turn.first("city") is not None
    if not names or await at.claim() is not Claim.NO:
        return None
    return MOVES["change_city"](at.turn, at.understood, at.offer)
