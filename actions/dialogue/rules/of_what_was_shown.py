"""A question after something was shown, made or paid is about that, whatever other service its words sound like.

The situation hears that something is asked and begins nothing; the words name nothing of the service that they sound
like. A fact answers, of the whole or of a clause; else it is said not to be known here, with who knows.
"""

from actions.dialogue.answers import office_hours
from actions.dialogue.reading.reading import ASKS
from actions.dialogue.rules import fact, knowing
from actions.dialogue.rules.rule import CODE, GUIDE, At, Ran, matter_of
from actions.dialogue.state.turn import Turn
from desk.contract.commands import Command

DOES: tuple[Command, ...] = (
    *("start", "status", "pay_all", "pay_some", "subscribe", "unsubscribe", "refund", "withdraw", "move", "list"),
    *("ask_fee", "person", "complain", "city", "provide"),
)
"""What is no question about what was shown; how much that is, its service says."""
HEARD, SURE, ASKED, HINTED = 0.5, 0.8, 0.8, 0.2
"""So likely the situation hears a question; or so likely it is one by its words, and so likely in its situation."""
BEGINS, SOUNDS = 0.3, 0.95
"""So likely it does something, it is that; so sure of another service by its words, it wants a sure situation."""


async def run(at: At) -> Ran:
    turn = at.turn
    if turn.kind != "text" or not turn.reading.of_model or at.front is not None or at.session.pending is not None:
        return None
    if not _is_at_hand(at) or not _sounds_like_a_service(at) or not _asks(turn):
        return None
    told = fact.told(at, at_hand=True)
    return told or knowing.unknown(at.but(session=at.understood), office_hours.concerned(turn, at.session, at.offer))


def _is_at_hand(at: At) -> bool:
    """Whether something was shown or made, or at least spoken of, that does not tell of its own."""
    matter = matter_of(at.turn, at.session, at.offer)
    declared = at.offer.declared.get(at.session.matter) if matter is None else matter.declared
    return declared is not None and declared.kind not in (CODE, GUIDE)


def _sounds_like_a_service(at: At) -> bool:
    """Whether words alone would begin another service or look one up again, and name nothing that it is about."""
    turn, declared = at.turn, at.offer.declared.get(at.turn.intent)
    if declared is None or turn.has(declared.entities):
        return False
    if declared.kind == GUIDE:  # a guide that is likely tells it
        return turn.inquiry is None or turn.inquiry.likeliest_guide < BEGINS
    surely = turn.confidence >= SOUNDS if declared.kind != CODE else turn.confidence >= ASKED
    return not surely or turn.reading.probability(ASKS) >= SURE


def _asks(turn: Turn) -> bool:
    heard = turn.reading.probability(ASKS)
    by_words = turn.inquiry is not None and turn.inquiry.asks >= ASKED
    return turn.reading.probability(DOES) < BEGINS and (heard >= HEARD or (by_words and heard >= HINTED))
