"""What agencies have in hand for a resident: how it stands, and which appointment is to be changed. Knows no service.

A turn knows the cases of its conversation; how one stands now its service asks its agency, for a short while.
"""

import asyncio
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import structlog
from pydantic import JsonValue, TypeAdapter

from actions.dialogue.answers import orders
from actions.dialogue.answers import replies as say
from actions.dialogue.answers.offer import Offer
from actions.dialogue.answers.reference_proof import PAYMENTS, PROVED, TRACE, WISH, Found, ReferenceProof, again
from actions.dialogue.ports import Claim, Follows, ServiceHandler, Step
from actions.dialogue.reading import negation
from actions.dialogue.reading.appointments_meant import CASE, asks_when
from actions.dialogue.reading.finder import telephone_args
from actions.dialogue.reading.intents import ANSWERS
from actions.dialogue.state import stack
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.session import Frame, Session
from actions.dialogue.state.turn import NOT_UNDERSTOOD, Turn
from actions.phrases import phrases, plain
from actions.schema import AppointmentService
from desk.city.files import Agency
from desk.contract.agency_commands import StatusAnswer
from desk.contract.errors import BackendError
from desk.contract.messages import Button, CaseNote, Effect, Entity, KeepCase, Reply, Text
from desk.contract.proving import Tried
from values.calendar import mentions
from values.types.reference import normal

INTENTS = frozenset({"request_status", "change_appointment"})
STATUS_SECONDS = 2.0
"""So long an agency is waited for; then what is known is said, and of when it is."""
REPORTED = 5
"""So many cases are reported at once, the newest first."""
WHICH = "which_case"
"""Kind of the question which appointment is to be changed; it holds what was said, for when that is known."""

KNOWN = frozenset(
    {"booked", "submitted", "received", "accepted", "in_progress", "open", "approved", "rejected", "ready", "issued"}
    | {"done", "closed", "cancelled", "not_booked", "kept", "missed", "unknown", "withdrawn", "not_sent"}
)
"""Statuses for which there is a text `cases.known_<status>`, where the agency's own words are not to be had."""
TICKET = re.compile(r"[Tt]-?\d+-\d")
PLACES = ("office", "department", "place")
"""Entities that name where an appointment is."""

_entities = TypeAdapter(list[Entity])
log = structlog.get_logger(__name__)


class InProgress:
    """Answers for all services what they have in hand. `handlers` are by service; `seconds` an agency is waited for."""

    def __init__(
        self, handlers: Mapping[str, ServiceHandler], offer: Offer, reference_proof: ReferenceProof, seconds: float
    ) -> None:
        self._handlers = handlers
        self._reference_proof = reference_proof
        self._offer = offer
        self._seconds = seconds

    async def answer(self, turn: Turn, session: Session, claim: Claim) -> Outcome:
        """Answer one of `INTENTS`; `claim` is that of the service in front."""
        if turn.intent == "request_status":
            return await self._status(turn, session)
        return await self._change(turn, session, claim)

    async def settled(self, turn: Turn, session: Session, pending: Mapping[str, JsonValue]) -> Outcome | None:
        """Go on with the appointment that was asked for, if this turn says which; what was said before counts on."""
        answers = turn.intent in INTENTS | ANSWERS | NOT_UNDERSTOOD
        if pending.get("kind") != WHICH or not answers or turn.intent == "request_status":
            return None
        meant = _named(turn, _changeable(turn)) or _where_and_when(turn, _changeable(turn))
        if len(meant) != 1:
            return None
        before = _entities.validate_python(pending["entities"])
        said = str(pending["text"])
        wish = replace(
            turn,
            kind="text" if said else "payload",
            intent="change_appointment",
            text=said,
            entities=tuple(before),
        )
        return await self._hand(wish, replace(session, failures=0), meant[0])

    async def _status(self, turn: Turn, session: Session) -> Outcome:
        """How things stand: the one whose number was given, else all that are not over, else the newest."""
        given = [*turn.values("reference"), *turn.values(CASE)]
        meant = _named(turn, turn.context.cases)
        if given and not meant:
            if orders.named(turn):
                return orders.payment_status(turn, session, self._offer)
            return await self._elsewhere(turn, session, given[-1])
        of_appointment = asks_when(turn, self._offer.declared.get(turn.intent))
        cases = [one for one in turn.context.cases if one.kind == "appointment" or not of_appointment]
        live = [case for case in cases if not _is_past(case, turn.now)]
        chosen = meant[:REPORTED] or live[:REPORTED] or cases[:1]
        if not chosen and session.open:
            key = "cases.not_booked_yet" if of_appointment else "cases.none_yet"
            return stack.returned(session, turn, (Reply(key=key),), self._offer)
        if not chosen and any(one.status != "closed" for one in turn.context.orders):
            return orders.payment_status(turn, session, self._offer)  # what was just paid is all that there is
        if not chosen:
            args = self._knows(turn, self._responsible(turn))
            buttons = [*say.service_buttons(self._offer.titles(turn.city)), say.HUMAN]
            return stack.returned(session, turn, (Reply(key="cases.none", args=args, buttons=buttons),), self._offer)
        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(self._asked(case)) for case in chosen]
        answers = [task.result() for task in asked]
        pairs = list(zip(chosen, answers, strict=True))
        lines = [_line(case, answer) for case, answer in pairs]
        if len(chosen) == 1:
            now = answers[0].case if answers[0] is not None else chosen[0]
            agency = turn.city_of(now).agency(now.agency)
            args = {"status": say.nested(lines[0]), **say.agency_args(agency)}
            reply = Reply(key="cases.status_one", args=args, buttons=_change_buttons(now, turn))
        else:
            reply = Reply(key="cases.status_many", args={"cases": say.listed(lines, "numbered")})
        effects: tuple[Effect, ...] = tuple(
            KeepCase.model_validate(answer.case.model_dump())
            for case, answer in pairs
            if answer is not None and _differ(case, answer.case)
        )
        return stack.returned(session, turn, (reply,), self._offer, Step(finished=True, effects=effects))

    def _responsible(self, turn: Turn) -> Agency:
        """Whom to ask of what was filed elsewhere: the agency of the service that is named, else the account's."""
        about = None if turn.inquiry is None else turn.inquiry.service
        named = [name for name in negation.heard(turn, self._offer).wanted if self._offer.offers(turn.city, name)]
        likely = [about] if about is not None and self._offer.offers(turn.city, about) else []
        name = next(iter([*named, *likely]), None)
        account = self._offer.account_agency(turn.city, turn.context.channel)
        return account if name is None else turn.city.responsible(name)

    def _knows(self, turn: Turn, otherwise: Agency) -> dict[str, JsonValue]:
        """Arguments that name who knows of what was filed elsewhere: the telephone that it has a word of."""
        found = self._offer.finder.fitting(turn, turn.city, named=True)
        return say.agency_args(otherwise) if found is None else telephone_args(found)

    async def _asked(self, case: CaseNote) -> StatusAnswer | None:
        """How the agency has it now; None: it does not say so, or not soon."""
        handler: object = self._handlers.get(case.service)
        if not isinstance(handler, Follows) or case.over:
            return None
        try:
            async with asyncio.timeout(self._seconds):
                return await handler.status(case)
        except (BackendError, TimeoutError) as exc:
            log.warning("status_not_known", service=case.service, error=type(exc).__name__)
            return None

    async def _change(self, turn: Turn, session: Session, claim: Claim) -> Outcome:
        """Move or give up an appointment: the one that is named, or the only one; else it is asked which."""
        changeable = _changeable(turn)
        named = _named(turn, changeable)
        front = session.front
        if front is not None and not named and (front.shown.get(CASE) or (claim is Claim.MAYBE and not changeable)):
            return await stack.hand(self._handler(front), turn, session, front, self._offer)
        given = [*turn.values("reference"), *turn.values(CASE)]
        if given and not named:
            return await self._elsewhere(turn, session, given[-1])
        meant = named or (_where_and_when(turn, changeable) if len(changeable) > 1 else changeable) or changeable
        if not meant:
            args = say.agency_args(self._offer.account_agency(turn.city, turn.context.channel))
            buttons = [*say.service_buttons(self._bookable(turn)), say.HUMAN, say.LIST]
            reply = Reply(key="cases.no_appointment", args=args, buttons=buttons)
            return stack.returned(session, turn, (reply,), self._offer)
        if len(meant) == 1:
            return await self._hand(turn, session, meant[0])
        buttons = [Button(title=case.about, payload=_payload({CASE: case.case})) for case in meant]
        reply = Reply(key="cases.which_appointment", buttons=[*buttons, say.CANCEL])
        pending: dict[str, JsonValue] = {
            "kind": WHICH,
            "text": turn.text,
            "entities": [one.model_dump(mode="json") for one in turn.entities],
        }
        return Outcome(replace(session, pending=pending), turn.locale, (reply,))

    def _bookable(self, turn: Turn) -> dict[str, Text]:
        """What can be booked here: who has nothing to change may want that."""
        titles = self._offer.titles(turn.city)
        return {name: one for name, one in titles.items() if isinstance(self._offer.declared[name], AppointmentService)}

    async def _hand(self, turn: Turn, session: Session, case: CaseNote) -> Outcome:
        """Hand the turn to the case's service: to the frame that changes it already, or to a new one."""
        city, handler = turn.city_of(case), self._handlers.get(case.service)
        args: dict[str, JsonValue] = {"about": say.nested(case.about), **say.agency_args(city.agency(case.agency))}
        if city.slug != turn.city.slug:
            there = Reply(key="cases.change_there", args={**args, "city": say.named(city)}, buttons=[say.move(city)])
            return stack.returned(session, turn, (there,), self._offer)
        if handler is None or not self._offer.offers(city, case.service):
            by_phone = Reply(key="cases.change_at_agency", args=args, buttons=[say.HUMAN])
            return stack.returned(session, turn, (by_phone,), self._offer)
        frame = next((one for one in session.open if one.shown.get(CASE) == case.case), None)
        if frame is None:
            session, frame = _begun(session, case, turn.now)
        return await stack.hand(handler, turn, session, frame, self._offer)

    def _handler(self, frame: Frame) -> ServiceHandler:
        return self._reference_proof.handler(frame) or self._handlers[frame.service]

    async def paid_elsewhere(self, turn: Turn, session: Session) -> Outcome:
        """A question about the payment of a number that is none of this conversation's."""
        return await self._elsewhere(turn, session, turn.values("reference")[-1])

    async def _elsewhere(self, turn: Turn, session: Session, reference: str) -> Outcome:
        """A number that was not given in this conversation: whoever proves that it is theirs sees how it stands."""
        paying = turn.intent in PAYMENTS
        wish: dict[str, JsonValue] = {WISH: turn.intent} if paying else {}
        proved = next(
            (one for one in session.finished if one.shown.get(PROVED) and self._is_about(one, reference)), None
        )
        if paying and proved is not None:
            proved = replace(proved, shown={**proved.shown, **wish})
            return await stack.hand(self._handler(proved), turn, session, proved, self._offer)
        running = next((one for one in session.open if self._is_about(one, reference)), None)
        if running is not None:
            return await stack.hand(self._handler(running), turn, session, running, self._offer)
        found = (
            Found(None)
            if TICKET.fullmatch(reference.strip())
            else await self._reference_proof.find(turn, reference, paying=paying)
        )
        if found.service is not None:
            session, frame = session.begin(found.service, turn.now)
            frame = replace(frame, shown={TRACE: normal(reference), **wish})
            return await stack.hand(self._handler(frame), turn, session, frame, self._offer)
        tried = () if found.failed is not None else _unknown(reference)
        if paying and found.failed is None:
            told = orders.payment_status if turn.intent == "payment_status" else orders.refund
            outcome = told(turn, session, self._offer)
            return replace(outcome, effects=(*outcome.effects, *tried))
        said = self._not_here(turn, reference) if found.failed is None else self._not_asked(turn, reference)
        outcome = stack.returned(session, turn, (said,), self._offer)
        return replace(outcome, effects=(*outcome.effects, *tried))

    def _is_about(self, frame: Frame, reference: str) -> bool:
        return frame.shown.get(TRACE) == normal(reference)

    def _not_asked(self, turn: Turn, reference: str) -> Reply:
        """Say that not every agency answered, so that nobody knows whose the number is."""
        args = say.agency_args(self._offer.account_agency(turn.city, turn.context.channel))
        return Reply(
            key="cases.not_asked",
            args={**args, "reference": reference[:40]},
            buttons=[again(reference, turn.intent if turn.intent in PAYMENTS else "request_status"), say.HUMAN],
        )

    def _not_here(self, turn: Turn, reference: str) -> Reply:
        """Say that nobody here gave out a number."""
        args: dict[str, JsonValue] = {"reference": reference[:40]}
        if TICKET.fullmatch(reference.strip()):
            return Reply(key="cases.ticket_not_open", args=args, buttons=[say.HUMAN])
        args |= self._knows(turn, self._offer.account_agency(turn.city, turn.context.channel))
        return Reply(key="cases.not_here", args=args, buttons=[say.HUMAN])


def _unknown(reference: str) -> tuple[Effect, ...]:
    """What the desk counts of a number that nobody gave out: numbers can be guessed, too."""
    known = normal(reference)[:128]
    return (Tried(what="reference", service=None, subject=known, right=False),) if known else ()


def moves_appointment(turn: Turn) -> bool:
    """Whether a day or a time that is given means an appointment that there is, though no intent says so."""
    says = turn.kind == "text" and turn.has(("date", "time")) and phrases("moves_it").within(plain(turn.text))
    return says and turn.intent in ANSWERS | NOT_UNDERSTOOD and bool(_changeable(turn))


def asks_news(turn: Turn) -> bool:
    """Whether it is asked what became of what is in hand; where nothing is, news are the city's."""
    live = any(not _is_past(case, turn.now) for case in turn.context.cases)
    return live and turn.kind == "text" and phrases("asks_news").whole(plain(turn.text))


def still_booked(turn: Turn, session: Session) -> Outcome | None:
    """What "call it off" is answered right after an appointment was made: it stays, and here is how to give it up."""
    newest = session.finished[-1] if session.finished else None
    made = {} if newest is None else newest.shown
    case = next((one for one in _changeable(turn) if one.case == made.get(CASE)), None)
    if case is None or turn.kind != "text" or turn.open_order is not None:
        return None
    said = Reply(key="cases.still_booked", args={"about": say.nested(case.about)}, buttons=_change_buttons(case, turn))
    return Outcome(session, turn.locale, (said,))


def _begun(session: Session, case: CaseNote, now: datetime) -> tuple[Session, Frame]:
    session, frame = session.begin(case.service, now)
    return session, replace(frame, shown={CASE: case.case})


def _changeable(turn: Turn) -> Sequence[CaseNote]:
    return [case for case in turn.context.cases if case.kind == "appointment" and not _is_past(case, turn.now)]


def _is_past(case: CaseNote, now: datetime) -> bool:
    """Whether nothing is to be expected of a case any more."""
    return case.over or (case.at is not None and datetime.fromisoformat(case.at) <= now)


def _named(turn: Turn, cases: Iterable[CaseNote]) -> list[CaseNote]:
    """The cases whose number was given, or that a button is about."""
    given = {normal(value) for value in turn.values("reference")}
    ids = set(turn.values(CASE))
    return [case for case in cases if case.case in ids or normal(case.reference) in given]


def _where_and_when(turn: Turn, cases: Iterable[CaseNote]) -> list[CaseNote]:
    """The cases on a day, or at a place, that a message names."""
    days = {one.day for one in mentions(turn.text, turn.now.date()) if one.day is not None}
    places = [normal(value) for name in PLACES for value in turn.values(name)]
    said = normal(turn.text)
    found = []
    for case in cases:
        names = [normal(name) for text in (case.about, case.place) if text is not None for name in _names(text.args)]
        here = any(place in name for place in places for name in names) or any(
            len(name) > 2 and name in said for name in names
        )
        on_the_day = case.at is not None and datetime.fromisoformat(case.at).date() in days
        if here or on_the_day:
            found.append(case)
    return found


def _names(value: JsonValue) -> Iterable[str]:
    """Names of the data that stand in a text's arguments."""
    if isinstance(value, list):
        for one in value:
            yield from _names(one)
    elif isinstance(value, dict):
        for name, one in value.items():
            if name == "name" and isinstance(one, dict):
                yield from (said for said in one.values() if isinstance(said, str))
            else:
                yield from _names(one)


def _line(case: CaseNote, answer: StatusAnswer | None) -> Text:
    """One case and how it stands: in the agency's words, else as it was known last."""
    if answer is not None:
        args = {"about": say.nested(answer.case.about), "reference": answer.case.reference}
        return Text(key="cases.status", args={**args, "said": say.nested(answer.said)})
    fallback = "over" if case.over else "other"
    said = Text(key=f"cases.known_{case.status if case.status in KNOWN else fallback}")
    args = {"about": say.nested(case.about), "reference": case.reference, "said": say.nested(said)}
    if case.over or case.known_at is None:
        return Text(key="cases.status", args=args)
    return Text(key="cases.status_as_of", args={**args, "at": {"datetime": case.known_at}})


def _differ(before: CaseNote, after: CaseNote) -> bool:
    return before.model_copy(update={"known_at": None}) != after.model_copy(update={"known_at": None})


def _change_buttons(case: CaseNote, turn: Turn) -> list[Button]:
    if case.kind != "appointment" or _is_past(case, turn.now) or case.city != turn.city.slug:
        return []
    give_up = {CASE: case.case, "field": "give_up"}
    return [
        Button(title=Text(key="button.move_appointment"), payload=_payload({CASE: case.case})),
        Button(title=Text(key="button.drop_appointment"), payload=_payload(give_up)),
    ]


def _payload(values: Mapping[str, str]) -> str:
    return f"/change_appointment{json.dumps(dict(values), ensure_ascii=False)}"
