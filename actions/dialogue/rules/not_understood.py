"""What no other rule answers: tried by the question and by what was shown, else asked back."""

from actions.dialogue.answers import misunderstanding
from actions.dialogue.ports import Claim
from actions.dialogue.rules import whom_to_call
from actions.dialogue.rules.rule import At, Ran
from actions.dialogue.state.outcome import Outcome

TEXT_READ = 1_000
"""Characters of a message that are read (docs/explanation/contracts.md)."""


async def run(at: At) -> Ran:
    return await said(at)


async def said(at: At) -> Outcome:
    """Ask back."""
    turn, session, front = at.turn, at.session, at.front
    if front is not None and await at.claim() is Claim.MAYBE:
        return await at.handlers.hand(turn, session, front)
    if (finished := await at.handlers.follow_up(turn, session, Claim.SURE)) is not None:
        return await at.handlers.hand(turn, session, finished)
    if turn.intent == "out_of_scope":
        asks = turn.inquiry is not None and turn.inquiry.is_question
        found = whom_to_call.fitting(at) if asks else None
        return misunderstanding.out_of_scope(turn, at.understood, at.offer, None if found is None else found[1])
    too_long = turn.kind == "text" and len(turn.text) >= TEXT_READ
    return misunderstanding.not_understood(turn, session, at.offer, too_long=too_long)
