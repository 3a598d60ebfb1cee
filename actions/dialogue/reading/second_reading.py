"""Asks a city's larger model about a message of which the account's own model is not sure.

In a city without one nothing is done. It is never asked about what sounded like an emergency, nor while a clerk is
waited for. Whatever goes wrong, the turn is answered as it would be without it; what came of it is counted and logged.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import structlog
from prometheus_client import Counter
from pydantic import ValidationError

from actions.dialogue.answers.offer import Offer
from actions.dialogue.handlers import Handlers
from actions.dialogue.ports import Claim
from actions.dialogue.reading.inquiry import LIKELY
from actions.dialogue.reading.proposing import Argument, Candidate, Proposal, Proposes
from actions.dialogue.reading.reading import SURE
from actions.dialogue.state.session import Session
from actions.dialogue.state.turn import COMMAND, Turn
from desk.city.files import City
from desk.contract.commands import COMMANDS, Command
from desk.contract.errors import BackendError, BackendNonsense, BackendTimeout, CircuitOpen
from desk.contract.messages import Entity
from desk.contract.situation import ALWAYS, Situation
from desk.texts.masking import Span, redacted

SURE_WORDS = 0.9
"""Of the words alone: so sure of an intent, a message in the middle of something is not asked about."""
NOTHING: frozenset[Command] = frozenset({"unclear"})
"""What a message is that is nothing; no proposal is the same."""

ASKED = Counter(
    "desk_larger_model_total", "Messages that a city's larger model was asked about, by what came of it",
    ["city", "outcome"],
)  # fmt: skip

log = structlog.get_logger(__name__)


class SecondReading:
    """Larger models by city, and what of their answers is taken."""

    def __init__(self, models: Mapping[str, Proposes], handlers: Handlers, offer: Offer) -> None:
        self._models = models
        self._handlers = handlers
        self._offer = offer

    async def of(self, turn: Turn, session: Session) -> Turn:
        """The turn, with what its city's larger model makes sure of it; as it is where nothing is."""
        model = self._models.get(turn.city.slug)
        if model is None or not await self._is_unsure(turn, session):
            return turn
        situation = _stated(turn)
        if situation is None:
            return turn
        candidates = self._candidates(turn.city, situation, session)
        try:
            proposal = await model.propose(redacted(turn.text, self._personal(turn)), situation, candidates)
        except BackendError as exc:
            _count(turn.city, _failure(exc))
            return turn
        chosen = proposal.harmless
        _count(turn.city, _outcome(proposal), proposal)
        if not chosen:
            return turn
        arguments = [argument for one in chosen for argument in one.arguments]
        proposed = tuple(one.candidate for one in chosen)
        return replace(turn, proposed=proposed, entities=(*turn.entities, *_named(turn, arguments)))

    async def _is_unsure(self, turn: Turn, session: Session) -> bool:
        """Whether neither situation nor words surely say what a text is, and nothing that is open surely takes it."""
        if turn.kind != "text" or not turn.commands or COMMAND.match(turn.text):
            return False
        if turn.harmless or turn.context.in_line or _is_said_surely(turn, session) or _agrees(turn):
            return False
        shown = session.finished[-1] if session.finished else None
        for frame in (session.front, shown):
            if await self._handlers.claim(turn, frame) is Claim.SURE:
                return False
        return True

    def _candidates(self, city: City, situation: Situation, session: Session) -> list[Candidate]:
        """What means something here, as the situation states; each service of the city is a beginning of its own."""
        declared = self._offer.declared
        front = None if session.front is None else declared.get(session.front.service)
        asked = frozenset(front.entities if front is not None else ()) | {situation.asks_for or ""} - {""}
        possible = set(situation.commands or ALWAYS) - {"start"}
        if not asked:
            possible.discard("provide")
        starts = [Candidate("start", name, frozenset(declared[name].entities)) for name in self._offer.titles(city)]
        others = [
            Candidate(command, arguments=asked if command == "provide" else frozenset())
            for command in COMMANDS
            if command in possible
        ]
        return [*starts, *others]

    def _personal(self, turn: Turn) -> Iterable[Span]:
        """Values of the text that are personal data, as the model found them."""
        personal = self._offer.personal_entities
        for one in turn.entities:
            if one.entity in personal:
                yield from _spans(turn.text, one)


def _is_said_surely(turn: Turn, session: Session) -> bool:
    inquiry = turn.inquiry
    if inquiry is not None and inquiry.is_question and inquiry.likeliest_guide >= LIKELY:
        return True  # a guide tells it
    if turn.intent == "nlu_fallback":
        return turn.reading.sure not in (None, "start")
    if not (session.open or session.finished or session.pending):
        return turn.confidence >= SURE  # where nothing was said before, words are learnt from more
    return turn.reading.sure is not None or turn.confidence >= SURE_WORDS


def _agrees(turn: Turn) -> bool:
    """Whether its words say yes to what a yes does: that is for the situation to hear, too, and for nobody else."""
    return turn.intent == "affirm" and (turn.context.situation or {}).get("confirms") not in (None, "go_on")


def _stated(turn: Turn) -> Situation | None:
    """The situation as it was stated; an empty one where nothing was said before, None where it cannot be read."""
    stated = turn.context.situation
    try:
        return Situation() if stated is None else Situation.model_validate(stated)
    except ValidationError:  # stated by an older release
        _count(turn.city, "unreadable")
        return None


def _spans(text: str, entity: Entity) -> Iterable[Span]:
    """Where a value stands: as the model says, else wherever it is written."""
    if entity.start is not None and entity.end is not None:
        yield Span(entity.start, entity.end, entity.entity)
        return
    at = text.find(entity.value) if entity.value else -1
    while at >= 0:
        yield Span(at, at + len(entity.value), entity.entity)
        at = text.find(entity.value, at + len(entity.value))


def _named(turn: Turn, arguments: Sequence[Argument]) -> Iterable[Entity]:
    """Arguments as values of the turn: those that the model did not find, and that are written as they were sent."""
    for one in arguments:
        start = turn.text.find(one.written)
        if start >= 0 and not turn.has((one.entity,)):
            yield Entity(entity=one.entity, value=one.written, start=start, end=start + len(one.written))


def _outcome(proposal: Proposal) -> str:
    """`sure` · `not_enough`: what it chose needs more than its word · `nothing`: it is none of the candidates."""
    if not proposal.chosen or any(one.candidate.command in NOTHING for one in proposal.chosen):
        return "nothing"
    return "sure" if proposal.harmless else "not_enough"


def _failure(error: BackendError) -> str:
    """`late` · `left_alone`: it failed several times in a row · `refused`: it may not say that · `unavailable`."""
    match error:
        case BackendTimeout():
            return "late"
        case CircuitOpen():
            return "left_alone"
        case BackendNonsense():
            return "refused"
    return "unavailable"


def _count(city: City, outcome: str, proposal: Proposal | None = None) -> None:
    ASKED.labels(city=city.slug, outcome=outcome).inc()
    model = None if proposal is None else proposal.model
    chosen = [] if proposal is None else [one.candidate.name for one in proposal.chosen]
    log.info("larger_model_asked", city=city.slug, outcome=outcome, model=model, chosen=chosen)
