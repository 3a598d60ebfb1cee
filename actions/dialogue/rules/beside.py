"""Something else is said beside an end or a courtesy: what ends is told, and the rest is heard by itself."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from actions.dialogue.answers import replies as say
from actions.dialogue.ports import Claim
from actions.dialogue.reading import arbiter, negation, remainder
from actions.dialogue.reading.declining import is_no_end
from actions.dialogue.reading.misheard import heard_again
from actions.dialogue.rules import several
from actions.dialogue.rules.rule import At, Ran
from actions.dialogue.state import stack
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.turn import Part, Turn
from desk.contract.commands import Command
from desk.contract.messages import Reply

HEARD: tuple[Command, ...] = ("cancel_this",)
LETS_GO: tuple[Command, ...] = ("cancel_this", "withdraw")
PUTS_OFF: tuple[Command, ...] = ("cancel_this", "later", "wait", "refuse", "skip")
SURELY_OFF = 0.8
"""So likely a whole message puts off what is open, or lets it go, that its last clause counts."""
CANCELS, ENDS, NAMED = "cancel", 0.85, 0.3
"""So likely a part ends what is open, by its words; a bare no answers what is asked. One that names what is open,
beside something else, is hardly anything else."""
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
    rest = remainder.beside(turn, _is_courtesy) or await carrying_on(at)
    return None if rest is None else at.but(rest)


async def carrying_on(at: At) -> Turn | None:
    """What is said beside a courtesy and surely goes on with what was shown ("thank you; and the way back?")."""
    clauses = [at.turn.only(part) for part in at.turn.parts]
    if at.front is not None or not any(map(_is_courtesy, clauses)):
        return None
    for clause in clauses:
        if not _is_courtesy(clause) and await at.handlers.follow_up(clause, at.session, Claim.SURE) is not None:
            return clause
    return None


async def end(at: At) -> Ran:
    """What is open ends; the rest does not wish it, and may be several things."""
    front, turn = at.front, at.turn
    if turn.kind != "text" or front is None or front.question is None or front.question.asks_for is None:
        return None

    def ends(part: Turn) -> bool:
        return _ends(part, negation.names_only(part, front.service, at.offer), several.may_skip(front))

    if several.names_a_person(at):
        return None
    ending = next((turn.only(part) for part in turn.parts if ends(turn.only(part))), None)
    if ending is None or at.session.pending is not None:
        return None
    if await at.handlers.claim(ending, front) is Claim.SURE:
        return None  # it ends one of several that are in front ("not the power, only the water")
    rest = remainder.without(remainder.beside(turn, ends, front.service), front.service)
    if rest is None:  # what is said beside says only what ends
        return at.but(ending) if turn.means("cancel_this") or _ends_at_last(turn, ends) else None
    told = Reply(key="common.set_aside", args={"service": say.nested(at.offer.title(front.service))})
    waiting = at.session.open[-2] if len(at.session.open) > 1 else None
    if waiting is not None and rest.intent == waiting.service and not rest.entities and not _asks(rest):
        return stack.returned(stack.dropped(at.session), turn, (told,), at.offer)  # what waits is gone on with
    rest = remainder.without(arbiter.of_a_rest(rest, at.offer), front.service) or rest
    left = at.but(heard_again(rest, front, at.offer), stack.dropped(at.session))
    others = [part for part in turn.parts if part.intent != front.service and not ends(turn.only(part))]
    ran = await several.run(left.but(_as_a_whole(rest, turn, others)))
    return ran.after((told,)) if isinstance(ran, Outcome) else replace(left, said_first=(*at.said_first, told))


def _as_a_whole(rest: Turn, turn: Turn, parts: Sequence[Part]) -> Turn:
    """What is left, before and behind the end, with what the whole message hints at, too."""
    likely = {one.name: one for one in sorted((*rest.ranking, *turn.ranking), key=lambda one: one.confidence)}
    return replace(rest, text=turn.text, parts=tuple(parts), ranking=tuple(likely.values()))


def _ends_at_last(turn: Turn, ends: Callable[[Turn], bool]) -> bool:
    """Whether the last clause ends it, and the whole puts it off or lets it go ("I will think of it… no, leave it")."""
    return ends(turn.only(turn.parts[-1])) and turn.reading.probability(PUTS_OFF) >= SURELY_OFF


def _asks(rest: Turn) -> bool:
    return rest.inquiry is not None and rest.inquiry.is_question


def _is_courtesy(part: Turn) -> bool:
    """Whether a clause surely thanks, greets or takes leave, and no more."""
    return part.intent in COURTESIES and part.confidence >= SURE


def _ends(part: Turn, names_it: bool, may_skip: bool) -> bool:
    """Whether a part ends what is open, by its words or as the situation hears it ("no need to look up the fund").

    One that names what is open, and no other service, may be longer. What may be left out is refused with a bare no:
    that ends nothing, unless its words surely do.
    """
    if is_no_end(part):
        return False
    in_words = part.intent == CANCELS and part.confidence >= ENDS
    hears = part.reading.of_model and (names_it or not may_skip)
    heard = part.reading.probability(LETS_GO if names_it else HEARD) if hears else 0.0
    return (in_words or heard >= (NAMED if names_it else ENDS)) and (names_it or len(part.text.strip()) <= BRIEF)
