"""Something else is said beside an end or a courtesy: what ends is told, and the rest is heard by itself."""

from dataclasses import replace

from actions.dialogue.answers import replies as say
from actions.dialogue.reading import remainder
from actions.dialogue.rules.rule import At, Ran
from actions.dialogue.state import stack
from actions.dialogue.state.turn import Turn
from desk.contract.commands import Command
from desk.contract.messages import Reply

CANCELS, ENDS = "cancel", 0.85
"""So likely a part ends what is open, by its words; a bare no answers what is asked."""
BRIEF = 12
"""The end of something is said in so many characters; with more it says what is ended, and that is another rule's."""
COURTESIES = frozenset({"greet", "thanks", "goodbye"})
COMMANDS: tuple[Command, ...] = ("greet", "thanks", "goodbye")
SURE = 0.9
"""So surely a part is a courtesy by its words."""


async def courtesy(at: At) -> Ran:
    """A courtesy beside something else is none ("thanks! can we book it here?")."""
    turn = at.turn
    if turn.kind != "text" or not (turn.intent in COURTESIES or turn.means(*COMMANDS)):
        return None
    rest = remainder.beside(turn, _is_courtesy)
    return None if rest is None else at.but(rest)


async def end(at: At) -> Ran:
    """What is open ends; the rest does not wish it."""
    front, turn = at.front, at.turn
    if turn.kind != "text" or front is None or front.question is None or front.question.asks_for is None:
        return None
    ending = next((turn.only(part) for part in turn.parts if _ends(turn.only(part))), None)
    if ending is None or at.session.pending is not None:
        return None
    rest = remainder.without(remainder.beside(turn, _ends), front.service)
    if rest is None:  # what is said beside says only what ends
        return at.but(ending) if turn.means("cancel_this") else None
    told = Reply(key="common.set_aside", args={"service": say.nested(at.offer.title(front.service))})
    return replace(at.but(rest, stack.dropped(at.session)), said_first=(*at.said_first, told))


def _is_courtesy(part: Turn) -> bool:
    return part.intent in COURTESIES and part.confidence >= SURE


def _ends(part: Turn) -> bool:
    return part.intent == CANCELS and part.confidence >= ENDS and len(part.text.strip()) <= BRIEF
