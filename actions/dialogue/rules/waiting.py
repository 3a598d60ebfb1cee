"""What was said is said again, a moment is given, haste is soothed: nothing that is open or awaited changes."""

from actions.dialogue.answers import pausing, repeating
from actions.dialogue.ports import Claim
from actions.dialogue.rules.rule import At, Ran
from actions.schema.record import CODE


async def again(at: At) -> Ran:
    asked = None if at.front is None or at.front.question is None else at.front.question.asks_for
    if asked == CODE and await at.claim() is Claim.SURE:
        return None  # one that did not come is sent again, not said again
    return repeating.said_again(at.turn, at.session, at.offer)


async def moment(at: At) -> Ran:
    paused = pausing.paused(at.turn, at.session)
    if paused is not None and await at.claim() is Claim.SURE:
        return None  # what is asked for stands beside it ("wait, I look … 487714")
    return paused


async def haste(at: At) -> Ran:
    return pausing.hurried(at.turn, at.session, at.offer)


async def later(at: At) -> Ran:
    """What is put off is a farewell from here on."""
    return at.but(pausing.put_off(at.turn))
