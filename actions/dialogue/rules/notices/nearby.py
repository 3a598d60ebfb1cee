"""Notices near a place are wished or ended, in words or by a button; or it is said near which."""

from dataclasses import replace

from actions.dialogue.answers import nearby, notices
from actions.dialogue.ports import Claim
from actions.dialogue.rules.rule import At, Ran


async def run(at: At) -> Ran:
    """A wish alone: a question what is going on nearby is none."""
    turn, session = at.turn, replace(at.understood, pending=None)
    if (outcome := nearby.pressed(turn, session, at.offer)) is not None:
        return outcome
    asks = turn.kind == "text" and turn.inquiry is not None and turn.inquiry.is_question
    if nearby.ends(turn) and not asks:
        return nearby.left(turn, session, at.offer)
    wish = None if asks else nearby.wished(turn)
    if wish is not None and not (turn.kind == "text" and at.front is not None and await at.claim() is Claim.SURE):
        return nearby.asked(turn, session, at.offer, wish)
    pending = at.session.pending or {}
    if pending.get("kind") == nearby.KIND:
        return nearby.settled(turn, session, pending, at.offer)
    which = pending.get("kind") == notices.KIND and pending.get("intent") == "subscribe"
    if which and turn.kind == "location" and turn.location is not None:
        return nearby.shared(turn, session, at.offer, turn.location)
    return None
