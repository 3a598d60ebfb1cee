"""A service of the kind `record` in the dialogue."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pydantic import JsonValue

from actions.backends.records import Records
from actions.backends.sms import Sms
from actions.dialogue.ports import Claim, Step
from actions.dialogue.reading.third_party import is_of_kin, is_own
from actions.dialogue.state.session import Frame
from actions.dialogue.state.turn import Turn
from actions.forms import filling as forms
from actions.forms import identity
from actions.forms.field import FormField
from actions.forms.filling import Filling, has_words, strings
from actions.forms.given import Given, given
from actions.forms.reading import readable
from actions.forms.replies import agency_name
from actions.kinds.record import replies as say
from actions.kinds.replies import system_failed
from actions.proof import replies as proof
from actions.proof.codes import Codes, Sending, count, remembered, sent, unsent
from actions.schema.record import CODE, ID_NUMBER, RecordService
from actions.server.surroundings import Opened, Surroundings, by_city, zone_of
from desk.city.files import City
from desk.contract.agency_commands import CodeCommand
from desk.contract.certificate import Certificate
from desk.contract.errors import BackendError, BackendRefused
from desk.contract.messages import Effect, Reply, Text
from desk.contract.proving import SendCode, Tried
from desk.store.one_time import SENDINGS, TRIES
from values.lexicon import lexicon
from values.types.person_name import names_in

_POSSESSIVE = lexicon(__file__)["possessive"]

SOUNDS_LIKE = frozenset({"request_status", "list_services"})
"""Intents that a question about a relative's record may be taken for, where one's own is asked for."""
PROVED = timedelta(minutes=30)
"""So long a proof is good in this conversation."""


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency with its records, and what sends codes for it."""

    records: Records
    codes: Codes


class RecordHandler:
    """`agencies` by city."""

    def __init__(self, name: str, declared: RecordService, agencies: Mapping[str, Agency]) -> None:
        self._name = name
        self._declared = declared
        self._agencies = agencies

    @property
    def service(self) -> str:
        return self._name

    async def claims(self, turn: Turn, frame: Frame) -> Claim:
        """An id, a code, or a wish to see what was shown once more."""
        found = self._given(turn, frame)
        if turn.kind == "text" and not frame.finished and is_of_kin(turn.text):
            return Claim.SURE if turn.intent in SOUNDS_LIKE else Claim.MAYBE
        if frame.finished:
            own = turn.intent == self._name and turn.kind in ("text", "payload")
            return Claim.SURE if own and not found.readings and _is_proved(frame, turn.now) else Claim.NO
        if turn.kind == "payload" and turn.first(CODE) == proof.AGAIN:
            return Claim.SURE
        agency = turn.city.agency(turn.city.services[self._name].agency)
        if forms.asked_field(frame) == CODE and proof.about_the_code(turn, agency) is not None:
            return Claim.SURE
        return forms.claim(turn, frame, found)

    async def answer(self, turn: Turn, frame: Frame) -> Step:
        """Ask whose record it is, send a code, show the record when the code is right."""
        agency = turn.city.agency(turn.city.services[self._name].agency)
        filling = forms.begun(turn, frame, agency, self._fields(turn))
        declared = has_words(turn, self._declared.other_words) and not is_own(turn.text)
        others = declared or is_of_kin(turn.text) or _of_a_named_person(turn)
        if turn.kind == "text" and others:
            refusal, asks = say.only_own(self._name, filling.agency, begins=frame.question is None), frame.question
            values = dict(filling.values) if asks else {}
            return Step((*filling.said, refusal), values, dict(filling.shown) if asks else {}, asks, finished=not asks)
        if _is_proved(frame, turn.now) and ID_NUMBER in filling.values:
            return await self._show(filling)
        certificate = turn.context.certificate
        if certificate is not None and _is_own(certificate, self._given(turn, frame), filling):
            return await self._show_certified(filling, certificate)
        if turn.kind == "payload" and turn.first(CODE) == proof.AGAIN:
            return self._send(filling, frame)
        found = self._given(turn, frame)
        if turn.intent in ("go_back", "correct") and not found.readings:
            return forms.gone_back(replace(filling, shown=unsent(filling.shown)), to_the_first=True)
        before = dict(filling.values)
        code = forms.value_of(found, CODE)
        found = replace(found, readings={name: one for name, one in found.readings.items() if name == ID_NUMBER})
        corrected = filling.values.get(ID_NUMBER) is not None
        filling = forms.taken(filling, found)
        if not corrected:  # that a code was sent shows that the number was taken
            filling = replace(filling, said=())
        if found.rejected:
            return forms.rejected(filling, found)
        if ID_NUMBER not in filling.values:
            return identity.announced(forms.ask(forms.helped(filling, frame, before), ID_NUMBER), filling, frame)
        sending = sent(filling.shown)
        if sending is None or filling.values != before:
            return self._send(replace(filling, shown=unsent(filling.shown)), frame)
        if code is None:
            told = proof.about_the_code(turn, agency)
            return self._ask_code(filling.say(told) if told else forms.helped(filling, frame, before))
        return await self._check(filling, frame, sending, code)

    def _fields(self, turn: Turn) -> list[FormField]:
        return readable(self._name, self._declared.fields, turn)

    def _given(self, turn: Turn, frame: Frame) -> Given:
        asked, before = forms.asked_field(frame), strings(frame.values)
        return given(self._fields(turn), turn, asked=asked, before=before, refused=forms.refused(frame))

    def _ask_code(self, filling: Filling, *effects: Effect) -> Step:
        question = proof.code_question(filling.field(CODE).declared.ask, filling.agency)
        return Step(
            filling.said,
            dict(filling.values),
            dict(filling.shown),
            question,
            effects=effects,
            consents=filling.consents,
        )

    def _send(self, filling: Filling, frame: Frame, why: str | None = None, *effects: Effect) -> Step:
        """Wish a code to the telephone that the agency holds; `why` another one is wished is said.

        Whether the agency knows the person is not asked here, so that the answer is the same for everybody.
        """
        sending = Sending(count(filling.shown, "sendings") + 1, filling.turn.now)
        if sending.number > SENDINGS:
            return replace(self._stopped(filling, "record.too_many_codes"), effects=effects)
        wished = SendCode(
            service=self._name, of="person", value=filling.values[ID_NUMBER], frame=frame.id, number=sending.number
        )
        filling = filling if why is None else filling.say(Reply(key=why))
        return self._ask_code(replace(filling, shown=remembered(filling.shown, sending)), wished, *effects)

    async def _check(self, filling: Filling, frame: Frame, sending: Sending, code: str) -> Step:
        turn, now = filling.turn, filling.turn.now
        if sending.is_over(now):
            return self._send(filling, frame, "record.code_is_old")
        right = self._agencies[turn.city.slug].codes.is_right(turn.conversation, frame.id, sending, code)
        tried = Tried(what="code", service=self._name, subject=filling.values[ID_NUMBER], right=right)
        if right:
            consents = (*filling.consents, CODE)
            proved = {"proved_until": (now + PROVED).isoformat()}
            step = await self._show(replace(filling, shown={**unsent(filling.shown), **proved}, consents=consents))
            return replace(step, effects=(*step.effects, tried))
        wrong = count(filling.shown, "wrong") + 1
        if wrong >= TRIES:
            return self._send(filling, frame, "record.code_is_void", tried)
        filling = replace(filling, shown={**filling.shown, "wrong": wrong})
        return self._ask_code(filling.say(proof.wrong_code(TRIES - wrong)), tried)

    async def holder(self, city: str, value: str) -> str | None:
        """The telephone that the agency of a city holds for an id.

        Raises:
            BackendRefused: `unknown-person`.
            BackendError: its system failed.
        """
        return (await self._agencies[city].records.holder(value)).phone

    async def send_code(self, city: City, command: CodeCommand) -> None:
        """Send a code. Raises `BackendError`."""
        await self._agencies[city.slug].codes.send(command, city.agency(city.services[self._name].agency))

    async def _show_certified(self, filling: Filling, certificate: Certificate) -> Step:
        """Show the record of the person whom the channel's platform proved: nothing is asked, and no code is sent."""
        filling = replace(filling, values={**filling.values, ID_NUMBER: certificate.id_number})
        names: dict[str, JsonValue] = {**certificate.issuer}
        issuer: JsonValue = {"name": names}
        said = Reply(key="record.certified", args={"issuer": issuer, "id_number": filling.named(ID_NUMBER)})
        try:
            await self._agencies[filling.turn.city.slug].records.holder(certificate.id_number)
        except BackendRefused as exc:
            if exc.code != "unknown-person":
                raise
            not_found = Reply(key=f"{self._name}.not_found", args=say_phone(filling))
            return filling.say(said).say(not_found).step(finished=True)
        except BackendError as exc:
            return filling.say(system_failed(self._name, exc.text_key)).step()
        return await self._show(filling.say(said))

    async def _show(self, filling: Filling) -> Step:
        try:
            record = await self._agencies[filling.turn.city.slug].records.record(filling.values[ID_NUMBER])
        except BackendError as exc:
            return filling.say(system_failed(self._name, exc.text_key)).step()
        zoned = record.model_copy(update={"as_of": record.as_of.astimezone(zone_of(filling.turn.city))})
        title = Text(key=self._declared.title)
        return filling.say(say.result(self._name, title, zoned, filling.agency)).step(finished=True)

    def _stopped(self, filling: Filling, key: str) -> Step:
        """Say that identity cannot be proved here; nothing is kept."""
        return Step((*filling.said, proof.no_proof(key, filling.agency)), finished=True, consents=filling.consents)


def _of_a_named_person(turn: Turn) -> bool:
    """Whether a record is wished of somebody who is named (Zhang San's pension)."""
    text = turn.text.casefold()
    names = [*map(str.casefold, turn.values("person_name")), *names_in(turn.text)]
    return any(f"{name}{of}" in text for name in names for of in _POSSESSIVE)


def say_phone(filling: Filling) -> dict[str, JsonValue]:
    """Arguments that name the agency and its telephone."""
    return {"agency": agency_name(filling.agency), "phone": filling.agency.phone}


def _is_own(certificate: Certificate, found: Given, filling: Filling) -> bool:
    """Whether the record that is wished is that of the person whom the platform proved: no other id is written."""
    written = {forms.value_of(found, ID_NUMBER), filling.values.get(ID_NUMBER)} - {None}
    return not found.rejected and written <= {certificate.id_number}


def _is_proved(frame: Frame, now: datetime) -> bool:
    until = frame.shown.get("proved_until")
    return isinstance(until, str) and now < datetime.fromisoformat(until)


def open_record(name: str, declared: RecordService, at: Surroundings, opened: Opened) -> RecordHandler:
    """Open a service of the kind.

    Raises:
        ConfigurationError: a city file lacks an address or a key.
    """
    records = by_city(name, declared.backend, lambda endpoint, _: Records(endpoint), at, opened)
    codes = by_city(name, "sms", lambda endpoint, _: Codes(at.keys, Sms(endpoint)), at, opened)
    agencies = {city: Agency(records[city], codes[city]) for city in records}
    return RecordHandler(name, declared, agencies)
