"""How often notices come is said in words, or asked for by a button."""

from dataclasses import replace

from actions.dialogue.answers import rhythm
from actions.dialogue.ports import Claim
from actions.dialogue.rules.rule import At, Ran


async def run(at: At) -> Ran:
    """A wish alone: a question how often notices come is none."""
    turn = at.turn
    wish = rhythm.chosen(turn) if turn.kind == "payload" else None
    if turn.kind == "text" and not (turn.inquiry is not None and turn.inquiry.is_question):
        wish = rhythm.read(turn.text)
    if wish is None or (turn.kind == "text" and at.front is not None and await at.claim() is Claim.SURE):
        return None
    return rhythm.answered(turn, replace(at.understood, pending=None), at.offer, wish)
