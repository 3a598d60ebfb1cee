"""A service of the kind `appointment` in the dialogue."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from pydantic import JsonValue

from actions.backends.appointments import Appointments, Booking, Office
from actions.backends.references import Referenced
from actions.backends.sms import Sms
from actions.dialogue.answers import refunds
from actions.dialogue.ports import Claim, Step
from actions.dialogue.reading.appointments_meant import CASE
from actions.dialogue.state.session import NEEDS_TOLD, Frame, Question
from actions.dialogue.state.turn import NOT_UNDERSTOOD, Turn
from actions.fields.identity import parted
from actions.forms import filling as forms
from actions.forms import identity, summary
from actions.forms.field import FormField
from actions.forms.filling import Filling, has_words, strings
from actions.forms.given import Given, given, puts_right
from actions.forms.replies import CANCEL, HUMAN, agency_name
from actions.kinds.appointment import others, preference, telephone
from actions.kinds.appointment import replies as say
from actions.kinds.appointment.changing import CANCELLING, SLOT, Changing
from actions.kinds.appointment.commands import (
    ATTEMPTED,
    KEYS,
    PAYS_THERE,
    Desk,
    attempted,
    case_of,
    keys_of,
    over_case,
    pays_there,
    proved_by,
)
from actions.kinds.appointment.offer import AgencyOffer
from actions.kinds.appointment.telephone import Telephone
from actions.kinds.appointment.wish import (
    chosen_office,
    fee_of,
    form_fields,
    next_step,
    noted,
    office_in_words,
    wants_to_book,
)
from actions.kinds.fees import settle_fee
from actions.kinds.replies import system_failed
from actions.kinds.statements import NotTaken
from actions.kinds.statements import Payment as Paid
from actions.proof.checks import SMS
from actions.proof.codes import Codes
from actions.schema import AppointmentService
from actions.schema.appointment import DATE, DEPARTMENT, OFFICE, STATUS_TEXTS, TIME
from actions.schema.eligibility import unmet
from actions.server.surroundings import Opened, Surroundings, by_city, zone_of
from desk.city.files import City
from desk.contract.agency_commands import CodeCommand, StatusAnswer
from desk.contract.errors import BackendError, BackendNonsense, BackendRefused, BackendTimeout
from desk.contract.messages import Button, CaseNote, KeepCase, Reply, Text
from values.writing import compact

COMMAND_SECONDS = 4.3
"""Within the actions server's 4.7 s: after it a booking counts as unknown, and the resident is told so."""
WITHDRAWING = "withdrawing"
"""Remembered: what may have been booked is being given up, and the agency has not answered."""
BRIEF = 8
"""A question of no more characters names no other matter."""
DECIDING = frozenset({"affirm", "deny", "correct"})
NOT_OTHER = (*NOT_UNDERSTOOD, "service_guide", "inform", "affirm", "choose")
"""Intents under which a question what is needed is about what is being talked about."""
OTHERS = ("topic", "permit_type", "plate", "utility_type", "account_number", "bus_line", "stop")
"""Entities that name another matter."""


class Appointment:
    """`offers` are the agencies by city; `telephones` prove those of bookings, in cities that demand it."""

    def __init__(
        self,
        name: str,
        declared: AppointmentService,
        offers: Mapping[str, AgencyOffer],
        telephones: Mapping[str, Telephone] | None = None,
    ) -> None:
        self._name = name
        self._telephones = telephones or {}
        self._declared = declared
        self._desks = {city: Desk(name, declared, offer) for city, offer in offers.items()}

    @property
    def service(self) -> str:
        return self._name

    async def settle(self, city: str, payment: Paid) -> str | NotTaken:
        """Report a fee's payment to the agency; the same may be reported any number of times.

        Raises:
            BackendError: the agency's system failed.
        """
        return await settle_fee(self._desks[city].offer.agency.pay, payment)

    async def status(self, case: CaseNote) -> StatusAnswer:
        """How an appointment stands at the agency.

        Raises:
            BackendError: the agency's system failed.
        """
        found = await self._desks[case.city].standing(case)
        if found is None:
            gone = case.model_copy(update={"status": "not_booked", "over": True})
            return StatusAnswer(case=gone, said=Text(key=STATUS_TEXTS["not_booked"]))
        key, booking = found
        facts = {**{name: value for name, value in case.facts.items() if name != KEYS}, "key": key}
        case = case.model_copy(update={"facts": facts})
        return StatusAnswer(case=await self._as_it_stands(case, booking), said=Text(key=STATUS_TEXTS[booking.status]))

    async def adopted(self, turn: Turn, case: str, found: Referenced) -> KeepCase:
        """Make a case of an appointment that was made elsewhere.

        Raises:
            BackendError: the agency's system failed, or does not know the place.
        """
        desk = self._desks[turn.city.slug]
        booking = await desk.offer.agency.booking(found.key)
        office = next((one for one in await desk.offer.offices() if one.id == booking.slot.office), None)
        if office is None:
            raise BackendNonsense("The agency does not list the office of its own booking.")
        values = {name: value for name, value in booking.slot.model_dump().items() if value}
        return desk.case(turn, case, found.key, booking.status, office, values, booking.reference)

    async def _as_it_stands(self, case: CaseNote, booking: Booking) -> CaseNote:
        """The case with what the agency has made of it; it may have moved it, too."""
        now = {"status": booking.status, "reference": booking.reference, "over": booking.status != "booked"}
        slot = {name: value for name, value in booking.slot.model_dump().items() if value}
        if slot == {name: case.facts[name] for name in (OFFICE, DEPARTMENT, DATE, TIME) if case.facts.get(name)}:
            return case.model_copy(update=now)
        offices = await self._desks[case.city].offer.offices()
        office = next((one for one in offices if one.id == booking.slot.office), None)
        if office is None:
            return case.model_copy(update=now)
        zone = "" if case.at is None else datetime.fromisoformat(case.at).strftime("%z")
        moved = {
            "at": f"{booking.slot.date}T{booking.slot.time}:00{zone[:3]}:{zone[3:]}" if zone else None,
            "about": say.about(Text(key=self._declared.title), office, slot),
            "place": say.place(office, booking.slot.department),
            "facts": {**case.facts, **slot},
        }
        return case.model_copy(update={**now, **moved})

    async def claims(self, turn: Turn, frame: Frame) -> Claim:
        """A value that can be given here, a yes or no to the summary, a question what is needed; after a booking a
        correction of it.
        """
        asks_needs = self._asks_what_is_needed(turn, frame)
        if telephone.asks_code(frame):
            if asks_needs or telephone.is_about_code(turn) or telephone.is_another(turn):
                return Claim.SURE
            frame = telephone.set_aside(frame)
        if frame.finished:
            there = turn.kind == "text" and case_of(turn, frame, self._name) is not None
            if frame.shown.get(NEEDS_TOLD) and not there and wants_to_book(turn):
                return Claim.SURE
            if asks_needs and frame.shown.get(NEEDS_TOLD):
                return Claim.SURE
            return Claim.SURE if there and (asks_needs or turn.intent == "correct") else Claim.NO
        if turn.intent == "cancel" and (attempted(frame) or frame.shown.get(CASE)):
            return Claim.SURE  # what the agency has must be seen to
        if frame.question is not None and frame.question.asks_for is None and turn.intent in DECIDING:
            return Claim.SURE
        if asks_needs:
            return Claim.SURE
        if self._says_whose(turn, frame):
            return Claim.SURE
        if forms.asked_field(frame) in SLOT and (wish := preference.heard(turn)) is not None and wish.bare:
            return Claim.SURE
        if forms.asked_field(frame) == OFFICE and forms.says(turn, "which_is_near"):
            return Claim.SURE
        fields = form_fields(self._name, self._declared.fields, turn, await self._offices(turn), frame.text(OFFICE))
        asked, before = forms.asked_field(frame), strings(frame.values)
        found = given(fields, turn, asked=asked, before=before, refused=forms.refused(frame))
        found = preference.on_offer(turn, frame, found)
        return max(forms.claim(turn, frame, found), forms.chooses(turn, frame, fields))

    async def puts_right(self, turn: Turn, frame: Frame) -> bool:
        """Whether words put another value in the place of one that was given: another day, another person's name."""
        if frame.finished or telephone.asks_code(frame) or attempted(frame):
            return False
        fields = form_fields(self._name, self._declared.fields, turn, await self._offices(turn), frame.text(OFFICE))
        before = strings(frame.values)
        found = given(fields, turn, asked=forms.asked_field(frame), before=before, refused=forms.refused(frame))
        return puts_right(fields, turn, found, before)

    async def answer(self, turn: Turn, frame: Frame) -> Step:
        """Take what was given, ask for what is missing, sum up, book on a yes: where it is demanded, by a code."""
        if telephone.asks_code(frame):
            if (step := await self._at_code(turn, frame, self._desks[turn.city.slug])) is not None:
                return step
            frame = telephone.set_aside(frame)
        return await self._at_form(turn, frame)

    async def _at_form(self, turn: Turn, frame: Frame) -> Step:
        desk, case = self._desks[turn.city.slug], case_of(turn, frame, self._name)
        agency = turn.city.agency(turn.city.services[self._name].agency)
        if (ended := await self._ended(turn, frame, desk, case)) is not None:
            return ended
        begun, heard = frame, others.Heard(turn, frame)
        if case is None:
            heard = others.heard_in(turn, frame, self._name, self._declared)
        turn, frame = heard.turn, heard.frame
        failed: BackendError | None = None
        offices: tuple[Office, ...] = ()
        try:
            offices = await desk.offer.offices()
        except BackendError as exc:
            failed = exc
        fields = self._fields(turn, frame, offices)
        before = strings(frame.values) or ({} if case is None else strings(case.facts))
        asked, refused = forms.asked_field(frame), forms.refused(frame)
        found = given(fields, turn, asked=asked, before=before, refused=refused)
        found = preference.on_offer(turn, frame, preference.exact(turn, found))
        found = heard.without_kin(found, self._declared)
        filling = _with_way_of_paying(heard.told(forms.begun(turn, frame, agency, fields)), case)
        filling, found = preference.taken(filling, found, forms.asked_field(frame), offices)
        filling = forms.passed_over(filling, found, frame)
        if self._asks_what_is_needed(turn, frame):
            filling = filling.say(self._needed(filling, frame))
            if not found.readings or frame.finished:
                return self._as_before(filling, frame)
        if failed is not None:
            filling = replace(forms.taken(filling, found), said=filling.said)
            return filling.say(system_failed(self._name, failed.text_key)).step()
        if case is not None and len(keys_of(case)) > 1:
            try:
                case = (await self.status(case)).case
            except BackendError as exc:
                return filling.say(system_failed(self._name, exc.text_key)).step()
            if case.over:
                return Step((*filling.said, Reply(key="appointment.is_over", buttons=[HUMAN])), finished=True)
        if case is not None:
            return await Changing(desk, case, offices).answer(filling, found, frame)
        step = await self._filled(filling, found, frame, desk, offices)
        step = summary.reserving(identity.announced(step, filling, begun), self._name, begun, fields)
        return others.offered(step, others.taken(turn, self._name, self._declared), self._declared)

    async def _ended(self, turn: Turn, frame: Frame, desk: Desk, case: CaseNote | None) -> Step | None:
        """What needs no form: a case that is over, a booking that was tried and is given up, the yes to the summary."""

        if frame.shown.get(CASE) and case is None:
            over = over_case(turn, frame, self._name)
            if frame.shown.get(CANCELLING) and over is not None and over.status == "cancelled":
                return Changing(desk, over, ()).given_up(self._begun(turn, frame), frame)
            return Step((Reply(key="appointment.is_over", buttons=[HUMAN]),), finished=True)
        if attempted(frame) and _gives_up(turn, frame):
            return await self._withdraw(self._begun(turn, frame), frame, desk)
        if others.asks_guardian(frame) and turn.intent == "deny":
            return others.no_guardian(self._begun(turn, frame))
        if case is None and summary.is_confirmed(turn, frame):
            filling, proving = self._begun(turn, frame), self._telephones.get(turn.city.slug)
            if proving is not None and not proving.is_proved(filling):
                return proving.send(filling, frame)
            return await self._book(filling, frame, desk)
        return None

    async def _at_code(self, turn: Turn, frame: Frame, desk: Desk) -> Step | None:
        """A turn while the code to the telephone is asked for; None where it is about the form."""
        filling, proving = self._begun(turn, frame), self._telephones.get(turn.city.slug)
        if self._asks_what_is_needed(turn, frame):
            return self._as_before(filling.say(self._needed(filling, frame)), frame)
        if proving is None:
            return None
        if turn.intent != "affirm" and not telephone.is_about_code(turn):
            fields = self._fields(turn, frame, await self._offices(turn))
            gives = given(fields, turn, asked=None, before=filling.values).readings
            if gives or (turn.intent in telephone.LEAVING and not telephone.is_another(turn)):
                return None
        taken = proving.taken(filling, frame)
        if isinstance(taken, Step):
            return taken
        filling, tried = taken
        step = await self._book(filling, telephone.set_aside(frame), desk)
        return replace(step, effects=(*step.effects, tried))

    def _begun(self, turn: Turn, frame: Frame) -> Filling:
        """The form without what the agency's system has to choose from."""
        agency = turn.city.agency(turn.city.services[self._name].agency)
        return forms.begun(turn, frame, agency, self._fields(turn, frame, ()))

    async def send_code(self, city: City, command: CodeCommand) -> None:
        """Send a code.

        Raises:
            KeyError: the city demands none.
            BackendError: the gateway failed.
        """
        await self._telephones[city.slug].codes.send(command, city.responsible(self._name))

    async def _offices(self, turn: Turn) -> tuple[Office, ...]:
        try:
            return await self._desks[turn.city.slug].offer.offices()
        except BackendError:  # the answer says so
            return ()

    def _fields(self, turn: Turn, frame: Frame, offices: Sequence[Office]) -> list[FormField]:
        fields = form_fields(self._name, self._declared.fields, turn, offices, frame.text(OFFICE))
        return others.asked_of(fields, frame.text(others.WHOM), self._declared)

    def _says_whose(self, turn: Turn, frame: Frame) -> bool:
        """Whether it says whose appointment it is, where persons are asked for or summed up."""
        person = self._declared.persons[0]
        here = forms.asked_field(frame) in (person.name, person.id_number) or summary.is_summed_up(frame)
        return here and others.meant(turn, frame, self._declared) is not None

    def _asks_what_is_needed(self, turn: Turn, frame: Frame) -> bool:
        """Whether the text asks what is needed: for this, not for another matter that it names.

        A brief question in the middle of the form ("how much?") is about it, whatever it is understood as.
        """
        is_open = frame.question is not None and not frame.finished
        words = [*self._declared.requirements_words]
        if is_open or frame.shown.get(NEEDS_TOLD) or turn.intent == self._name:
            words += [word for one in self._declared.further for word in one.words]
        asks = turn.kind == "text" and has_words(turn, words)
        own = turn.intent in (self._name, *NOT_OTHER) or (is_open and len(compact(turn.text)) <= BRIEF)
        return asks and own and not turn.has(OTHERS)

    def _needed(self, filling: Filling, frame: Frame) -> Reply:
        assert self._declared.requirements is not None
        begun = frame.finished and not frame.shown.get(NEEDS_TOLD)
        begins = frame.question is None and not begun and not frame.values
        begin = Button(title=Text(key="button.book"), payload=f"/{self._name}")
        args = {"agency": agency_name(filling.agency), "phone": filling.agency.phone}
        special = next((one for one in self._declared.further if has_words(filling.turn, one.words)), None)
        key = self._declared.requirements if special is None else special.text
        return Reply(key=key, args=args, buttons=[begin] if begins else [])

    def _as_before(self, filling: Filling, frame: Frame) -> Step:
        """A form that is open goes on, an appointment stays as it is; else nothing was begun."""
        if frame.question is not None:
            return Step(filling.said, dict(filling.values), dict(filling.shown), frame.question)
        kept = dict(filling.shown) if frame.finished else {NEEDS_TOLD: True}
        return Step(filling.said, shown=kept, finished=True)

    async def _filled(
        self, filling: Filling, found: Given, frame: Frame, desk: Desk, offices: tuple[Office, ...]
    ) -> Step:
        turn = filling.turn
        wished = summary.field_to_change(turn, filling)
        corrects = turn.intent == "correct" and not found.readings
        refuses = summary.is_summed_up(frame) and turn.intent == "deny" and not found.readings
        if wished is None and (corrects or refuses):
            wished = summary.field_in_words(turn, filling)
        if wished is not None:
            filling = filling.without(wished)
        elif summary.is_summed_up(frame) and turn.intent in ("deny", "correct") and not found.readings:
            return summary.change_what(filling, frame)
        elif turn.intent == "go_back" and not found.readings:
            filling = filling.without_last()
        if found.rejected:
            return forms.rejected(forms.taken(filling, found), found)
        taken = replace(forms.taken(filling, found), said=filling.said)
        if wished is None:
            taken = forms.helped(taken, frame, strings(frame.values))
            if turn.kind == "text" and not found.readings and len(taken.said) == len(filling.said):
                taken = taken.say(*office_in_words(taken, forms.asked_field(frame), offices))
        try:
            checked = await next_step(taken, desk.offer, offices)
        except BackendError as exc:
            return taken.say(system_failed(self._name, exc.text_key)).step()
        step = checked if isinstance(checked, Step) else self._rest(checked, offices)
        return noted(filling, found, step)

    def _rest(self, filling: Filling, offices: Sequence[Office]) -> Step:
        """Ask for persons and telephone, check who may come, sum up."""
        rule = unmet(self._declared.eligibility, filling.values, date.fromisoformat(filling.values[DATE]))
        if rule is not None:
            last = rule.of if isinstance(rule.of, str) else rule.of[-1]
            return forms.ask(filling.say(Reply(key=rule.text)).without(last), last)
        missing = filling.missing
        if missing is not None:
            return forms.ask(filling, missing.name)
        if (consent := others.ask_guardian(filling, self._declared)) is not None:
            return consent
        office = chosen_office(offices, filling)
        assert office is not None
        title = Text(key=self._declared.title)
        fee = fee_of(office, filling.values.get(DEPARTMENT) or None)
        more = [*others.rows(filling), *say.office_rows(office, fee)]
        refund = refunds.rule_of(filling.turn, self._name, self._declared.refund)
        if fee is not None and refund is not None and filling.turn.context.pays:
            at = datetime.fromisoformat(f"{filling.values[DATE]}T{filling.values[TIME]}")
            more += [refunds.rule_row(refund, at.replace(tzinfo=zone_of(filling.turn.city)), filling.turn.now)]
        return summary.summed_up(filling, "appointment.summary", title, confirms="book", more=more)

    async def _book(self, filling: Filling, frame: Frame, desk: Desk) -> Step:
        tried: list[str] = []
        offices: tuple[Office, ...] = ()
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                offices = await desk.offer.offices()
                filling = replace(filling, fields=self._fields(filling.turn, frame, offices))
                office = chosen_office(offices, filling)
                if office is None:
                    return forms.ask(filling.without(OFFICE, DEPARTMENT), OFFICE)
                key, booking = await desk.book(filling, frame, tried)
        except BackendRefused as exc:
            return await self._refused(filling, desk, offices, exc)
        except (BackendError, TimeoutError) as exc:
            failed = exc if isinstance(exc, BackendError) else BackendTimeout("The agency did not book in time.")
            if not tried:
                return Step((*filling.said, Reply(key=failed.text_key)), filling.values, filling.shown, frame.question)
            return self._not_known(filling, frame, desk, offices, tried, failed)
        return desk.done(filling, frame.id, key, booking, office, "appointment.booked")

    def _not_known(
        self,
        filling: Filling,
        frame: Frame,
        desk: Desk,
        offices: Sequence[Office],
        tried: Sequence[str],
        failed: BackendError,
    ) -> Step:
        """Nobody knows whether it was booked: the desk follows it, and trying again finds it, if it was."""
        office = chosen_office(offices, filling)
        assert office is not None
        before = [one for one in attempted(frame) if one not in tried]
        keys: list[JsonValue] = [*before, *dict.fromkeys(tried)]
        said, question = say.not_known(failed.text_key, "appointment.not_known", "/affirm")
        shown: dict[str, JsonValue] = {**filling.shown, ATTEMPTED: keys, WITHDRAWING: False}
        unsure = desk.unknown_case(filling.turn, frame.id, [str(one) for one in keys], office, filling.values)
        kept = proved_by(filling, unsure)
        return Step((*filling.said, *said), dict(filling.values), shown, question, effects=(kept,))

    async def _withdraw(self, filling: Filling, frame: Frame, desk: Desk) -> Step:
        """The resident wants nothing any more that may have been booked: see to it that nothing is."""
        keys = attempted(frame)
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                offices = await desk.offer.offices()
                for key in keys:
                    await desk.void(key)
        except BackendRefused:
            return Step((*filling.said, Reply(key="appointment.is_over", buttons=[HUMAN])), finished=True)
        except (BackendError, TimeoutError) as exc:
            failed = exc if isinstance(exc, BackendError) else BackendTimeout("The agency did not answer in time.")
            said, question = say.not_known(failed.text_key, "appointment.withdraw_not_known", "/cancel")
            shown: dict[str, JsonValue] = {**filling.shown, summary.SUMMED_UP: False, WITHDRAWING: True}
            return Step((*filling.said, *said), dict(filling.values), shown, question)
        said = (*filling.said, Reply(key="appointment.withdrawn"))
        office = next((one for one in offices if one.id == filling.values.get(OFFICE)), offices[0])
        values = {DATE: filling.turn.now.date().isoformat(), TIME: "00:00", **filling.values}
        over = desk.unknown_case(filling.turn, frame.id, keys[-1:], office, values, status="cancelled")
        return Step(said, finished=True, effects=(over,))

    async def _refused(
        self, filling: Filling, desk: Desk, offices: tuple[Office, ...], refusal: BackendRefused
    ) -> Step:
        """Say why it was not booked; what else was given stays."""
        match refusal.code:
            case "slot-taken":
                taken = say.not_free(filling.values[TIME], filling.values[DATE])
                filling = filling.say(taken).without(TIME)
            case "closed":
                filling = filling.without(DATE, TIME)
            case "already-booked":
                return _held_already(filling, self._name)
            case "document-not-taken":
                one = next(one for one in self._declared.persons if parted(filling.values[one.id_number])[0])
                return forms.ask(filling.say(Reply(key="identity.refused")).without(one.id_number), one.id_number)
            case _:
                raise refusal
        try:
            checked = await next_step(filling, desk.offer, offices)
        except BackendError as exc:
            return filling.say(system_failed(self._name, exc.text_key)).step()
        return checked if isinstance(checked, Step) else self._rest(checked, offices)


def _with_way_of_paying(filling: Filling, case: CaseNote | None) -> Filling:
    """The form with the wish to pay the fee where the appointment is, once that was said, of this one or at first."""
    there = pays_there(filling) or (case is not None and bool(case.facts.get(PAYS_THERE)))
    return replace(filling, shown={**filling.shown, PAYS_THERE: True}) if there else filling


def _gives_up(turn: Turn, frame: Frame) -> bool:
    """Whether what may have been booked is not wished any more: a cancel, or the answer to whether to try again."""
    if say.asks_to_retry(frame) and turn.intent in ("affirm", "deny"):
        return turn.intent == "deny" or bool(frame.shown.get(WITHDRAWING))
    return turn.intent == "cancel"


def _held_already(filling: Filling, service: str) -> Step:
    """One of the persons has an appointment: one of this conversation can be changed, of another the agency knows.

    An id can be corrected; what was given stays.
    """
    cases = (one for one in filling.turn.context.cases if one.service == service and not one.over)
    own = next((one for one in cases if one.city == filling.turn.city.slug), None)
    if own is not None:
        args: dict[str, JsonValue] = {"about": {"text": own.about.model_dump()}}
        buttons = [say.change(own.case), summary.CHANGE, HUMAN, CANCEL]
        question = Question(None, Reply(key="appointment.already_booked", args=args, buttons=buttons))
    else:
        args = {"agency": agency_name(filling.agency), "phone": filling.agency.phone}
        told = Reply(key="appointment.booked_elsewhere", args=args, buttons=[summary.CHANGE, HUMAN, CANCEL])
        question = Question(None, told, explains=Reply(key="appointment.not_seen_here", args=args))
    return Step(filling.said, dict(filling.values), {**filling.shown, summary.SUMMED_UP: False}, question)


def open_appointment(name: str, declared: AppointmentService, at: Surroundings, opened: Opened) -> Appointment:
    """Open a service of the kind.

    Raises:
        ConfigurationError: a city file lacks its address or key.
    """
    offers = by_city(name, declared.backend, lambda endpoint, _: AgencyOffer(Appointments(endpoint)), at, opened)
    demanding = {slug: city for slug, city in at.cities.items() if demands_proved_phone(city, name)}
    telephones = by_city(
        name,
        SMS,
        lambda endpoint, _: Telephone(name, Codes(at.keys, Sms(endpoint))),
        replace(at, cities=demanding),
        opened,
    )
    return Appointment(name, declared, offers, telephones)


def demands_proved_phone(city: City, service: str) -> bool:
    """Whether a city books this service with proved telephones alone."""
    offered = city.services.get(service)
    return offered is not None and offered.proved_phone
