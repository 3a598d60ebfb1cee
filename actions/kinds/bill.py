"""The kind `bill`: identify, look up, show, pay.

All fields are there before anything is looked up. A finished look-up is kept with its values: another subject, a
corrected one, or "pay" continue it. For money, what was shown is the summary: the next yes yields the payment.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from pydantic import JsonValue

from actions.dialogue.ports import Claim, Step
from actions.dialogue.session import Frame
from actions.dialogue.turn import Turn
from actions.fields.kinds import field_kind
from actions.fields.reading import Circumstances
from actions.forms import filling as forms
from actions.forms.filling import Filling, has_words, strings
from actions.forms.given import FormField, Given, given
from actions.kinds import bill_replies as say
from actions.kinds import paying
from actions.kinds.settling import settled
from actions.kinds.sources import SOURCES
from actions.kinds.statements import BillSource, NotTaken, Payment, Refusal
from actions.services import BillService
from actions.surroundings import Opened, Surroundings, by_city, zone_of
from desk.cities import Agency, City
from desk.errors import BackendError, ConfigurationError

WRONG_PROOFS = 3
"""So many wrong proofs in a row, and no further one is tried for REST: nobody may guess their way in."""
REST = timedelta(minutes=10)

ANSWERS = frozenset({"inform", "correct", "nlu_fallback", "out_of_scope"})
"""Intents under which a value that is given means this service, if it was just spoken of."""
AGREEMENTS = frozenset({"affirm", "choose"})


class Bill:
    """A service of the kind `bill`; `sources` are the agencies' systems by city."""

    def __init__(self, name: str, declared: BillService, sources: Mapping[str, BillSource]) -> None:
        self._name = name
        self._declared = declared
        self._sources = sources

    @property
    def service(self) -> str:
        return self._name

    async def settle(self, city: str, payment: Payment) -> str | NotTaken:
        """Report a payment to a city's agency; the same may be reported any number of times.

        Raises:
            BackendError: the agency's system failed.
            KeyError: no such city offers the service.
        """
        return await self._sources[city].settle(payment)

    async def claims(self, turn: Turn, frame: Frame) -> Claim:
        """A value that can be given here; after a look-up another value, or agreement to what is due."""
        found = self._given(turn, frame)
        own = turn.intent == self._name
        if frame.finished:
            if found.readings:
                return Claim.SURE if own or turn.intent in ANSWERS else Claim.NO
            if turn.kind == "text" and turn.intent == "correct":
                return Claim.MAYBE  # something was wrong; what, is asked
            if turn.kind == "payload" and turn.intent == "choose" and turn.first("reference") is not None:
                return Claim.SURE if frame.shown.get("due") else Claim.NO
            words = (*self._declared.settle_words, *self._declared.again_words)
            settles = turn.intent in AGREEMENTS or (not turn.understood and has_words(turn, words))
            continues = turn.kind == "text" and (own or settles) and not has_words(turn, self._declared.other_words)
            return Claim.SURE if continues and frame.shown.get("due") else Claim.NO
        return forms.claim(turn, frame, found)

    async def answer(self, turn: Turn, frame: Frame) -> Step:
        """Take what was given, ask for what is missing, look up when nothing is."""
        found = self._given(turn, frame)
        filling = self._begin(turn, frame, found)
        if turn.intent in ("go_back", "correct") and not found.readings:
            return forms.gone_back(filling, to_the_first=frame.finished)
        if frame.finished and frame.shown.get("due") and not found.readings and self._agrees(turn):
            return settled(self._name, self._declared, turn, frame, filling.agency)
        before = dict(filling.values)
        filling = forms.taken(filling, found)
        if found.rejected:
            return forms.rejected(filling, found)
        missing = filling.missing
        if missing is None:
            return await self._look_up(filling)
        return forms.ask(forms.helped(filling, frame, before), missing.name)

    def _fields(self, turn: Turn) -> list[FormField]:
        at = Circumstances(turn.now.astimezone(zone_of(turn.city)), turn.city)
        return [FormField(one, field_kind(one.validation, at)) for one in self._declared.fields]

    def _given(self, turn: Turn, frame: Frame) -> Given:
        return given(self._fields(turn), turn, asked=forms.asked_field(frame), before=strings(frame.values))

    def _begin(self, turn: Turn, frame: Frame, found: Given) -> Filling:
        filling = forms.begun(turn, frame, agency_of(turn.city, self._name), self._fields(turn))
        if not frame.finished:
            return filling
        subject = forms.value_of(found, self._declared.subject)
        other = subject is not None and subject != filling.values.get(self._declared.subject)
        # the proof belongs to the other subject
        if other or has_words(turn, self._declared.other_words) or found.rejected:
            corrected = other and turn.intent == "correct"
            kept = {
                name: value for name, value in filling.values.items() if corrected and name == self._declared.subject
            }
            filling = replace(filling, values=kept)
        return replace(filling, shown={"noticed": filling.shown.get("noticed", [])})

    def _agrees(self, turn: Turn) -> bool:
        if turn.intent in AGREEMENTS:
            return True
        if turn.kind != "text" or has_words(turn, self._declared.other_words):
            return False
        if turn.intent == self._name:
            return turn.pays and paying.wants_to_pay(turn)
        return not turn.understood and has_words(turn, self._declared.settle_words)

    async def _look_up(self, filling: Filling) -> Step:
        wait = _rest_left(filling)
        if wait is not None:
            return self._wait(filling, wait)
        try:
            found = await self._sources[filling.turn.city.slug].look_up(filling.values)
        except BackendError as exc:
            return filling.say(say.failed(self._name, exc.text_key)).step()
        if isinstance(found, Refusal):
            return self._refuse(filling, found)
        subject = filling.values[self._declared.subject]
        filling = filling.say(say.result(self._name, self._declared, subject, found))
        items = paying.remembered(f"{self._name}.item_short", found.items)
        if found.items:
            offered = paying.due({"items": items})
            pays = filling.turn.pays and offered
            next_step = say.pay_offer(self._name, offered) if pays else say.next_step(self._name, filling.agency)
            filling = filling.say(next_step)
        filling = replace(filling, shown={"noticed": list(filling.noticed)})
        return filling.step(finished=True, due=bool(found.items), items=items)

    def _refuse(self, filling: Filling, refusal: Refusal) -> Step:
        """Ask again for what the agency did not know. A wrong proof counts; what else was given stays."""
        said = say.refused(self._name, refusal.field, filling.values)
        filling = filling.without(refusal.field)
        if refusal.field == self._declared.subject:
            return forms.ask(filling.say(said), refusal.field)
        wrong = _count(filling.shown.get("wrong")) + 1
        if wrong >= WRONG_PROOFS:
            until = (filling.turn.now + REST).isoformat()
            return self._wait(replace(filling, shown={**filling.shown, "wrong": 0, "rest_until": until}), REST)
        return forms.ask(replace(filling, shown={**filling.shown, "wrong": wrong}).say(said), refusal.field)

    def _wait(self, filling: Filling, wait: timedelta) -> Step:
        """Try nothing for a while, and ask nothing: a proof that comes afterwards is taken. The subject stays."""
        kept = {name: value for name, value in filling.values.items() if name == self._declared.subject}
        return replace(filling, values=kept).say(say.too_many_wrong(self._name, wait)).step()


def open_bill(name: str, declared: BillService, at: Surroundings, opened: Opened) -> Bill:
    """Open a service of the kind.

    Raises:
        ConfigurationError: the backend is unknown, or a city file lacks its address or key.
    """
    if declared.backend not in SOURCES:
        known = ", ".join(sorted(SOURCES))
        raise ConfigurationError(f"{name}/service.yml: backend {declared.backend!r} is unknown; there are {known}.")
    make = SOURCES[declared.backend]
    sources = by_city(name, declared.backend, lambda endpoint, city: make(endpoint, zone_of(city)), at, opened)
    return Bill(name, declared, sources)


def agency_of(city: City, service: str) -> Agency:
    """The agency that is responsible for a service that the city offers."""
    return city.agency(city.services[service].agency)


def _count(value: JsonValue) -> int:
    return value if isinstance(value, int) else 0


def _rest_left(filling: Filling) -> timedelta | None:
    until = filling.shown.get("rest_until")
    left = datetime.fromisoformat(until) - filling.turn.now if isinstance(until, str) else timedelta()
    return left if left > timedelta() else None
