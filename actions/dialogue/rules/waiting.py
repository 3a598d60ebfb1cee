"""What was said is said again, a moment is given, haste is soothed: nothing that is open or awaited changes."""

from actions.dialogue import pausing, repeating
from actions.dialogue.rules.rule import At, Ran


async def again(at: At) -> Ran:
    return repeating.said_again(at.turn, at.session, at.offer)


async def moment(at: At) -> Ran:
    return pausing.paused(at.turn, at.session)


async def haste(at: At) -> Ran:
    return pausing.hurried(at.turn, at.session, at.offer)


async def later(at: At) -> Ran:
    """What is put off is a farewell from here on."""
    return at.but(pausing.put_off(at.turn))
