"""What was refused in a conversation is not begun again by words that only sound like it.

It takes its name, its number, or a wish that words and situation both surely hear ("no water bills", and then "a bench
by the water"). A look-up asks for nothing that is one's own, and may be begun again by any words.
"""

from dataclasses import replace

from actions.dialogue.answers.offer import Offer
from actions.dialogue.reading import negation
from actions.dialogue.reading.misheard import CODE
from actions.dialogue.reading.reading import SURE
from actions.dialogue.state.session import Session
from actions.dialogue.state.turn import Part, Turn
from actions.schema import BillService
from desk.contract.commands import Command

BEGINS: tuple[Command, ...] = ("start",)
IN_WORDS, SURELY = 0.85, 0.9
"""So sure of a service by its words that name it, or where the situation surely hears something begun by words that
do not, it is meant after all.
"""


def let_be(turn: Turn, session: Session, offer: Offer) -> Turn:
    """The turn, and its clauses, without the services that were let go and are not surely meant."""
    gone = {name for name in session.let_go if name in offer.declared and offer.declared[name].kind != CODE}
    gone -= {frame.service for frame in session.open}
    if not gone or turn.kind != "text" or turn.proposed:
        return turn
    begins = not turn.reading.of_model or turn.reading.probability(BEGINS) >= SURE
    surely = turn.confidence >= IN_WORDS or begins  # "enough with the water" has the name, too
    left = gone - set(negation.heard(turn, offer).wanted if surely else ())
    if not left:
        return turn
    parts = tuple(_without(part, turn, left, offer) for part in turn.parts)
    if turn.intent not in left or _is_meant(turn, offer):
        return replace(turn, parts=parts)
    return replace(turn, intent="nlu_fallback", confidence=0.0, parts=parts)


def _without(part: Part, turn: Turn, gone: set[str], offer: Offer) -> Part:
    unmeant = part.intent in gone and not _is_meant(turn.only(part), offer)
    return replace(part, intent="nlu_fallback", confidence=0.0) if unmeant else part


def _is_meant(turn: Turn, offer: Offer) -> bool:
    """Whether a text surely wishes the service that it sounds like, or gives the number of its subject."""
    declared = offer.declared.get(turn.intent)
    if isinstance(declared, BillService) and turn.has((declared.subject,)):
        return True
    begins = not turn.reading.of_model or turn.reading.probability(BEGINS) >= SURE
    return turn.confidence >= SURELY and begins
