"""A service of the kind `appointment` in the dialogue."""

from collections.abc import Mapping, Sequence
from datetime import date

from actions.backends.appointments import Appointments, Office, Payment
from actions.dialogue.ports import Claim, Step
from actions.dialogue.session import Frame, Question
from actions.dialogue.turn import Turn
from actions.forms import filling as forms
from actions.forms import summary
from actions.forms.filling import Filling, has_words, strings
from actions.forms.given import FormField, Given, given
from actions.forms.replies import CANCEL, HUMAN, agency_name
from actions.kinds import bill_replies
from actions.kinds.appointment import replies as say
from actions.kinds.appointment.changing import Changing
from actions.kinds.appointment.commands import UNKNOWN, Desk, case_of, key_of
from actions.kinds.appointment.offer import AgencyOffer
from actions.kinds.appointment.wish import chosen_office, fee_of, form_fields, next_step
from actions.kinds.statements import NotTaken
from actions.kinds.statements import Payment as Paid
from actions.services import AppointmentService
from actions.services.appointment import DATE, OFFICE, TIME
from actions.services.eligibility import unmet
from actions.surroundings import Opened, Surroundings, by_city
from desk.errands import StatusAnswer
from desk.errors import BackendError, BackendRefused
from desk.messages import Button, CaseNote, Reply, Text

FINAL = frozenset({"already-paid", "wrong-amount", "cancelled", "not-found"})
"""Refusals of a payment that asking again cannot change."""


class Appointment:
    """`offers` are the agencies by city."""

    def __init__(self, name: str, declared: AppointmentService, offers: Mapping[str, AgencyOffer]) -> None:
        self._name = name
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
        report = Payment(order=payment.order, amount=payment.amount, trade_no=payment.trade_no, paid_at=payment.paid_at)
        try:
            booking = await self._desks[city].offer.agency.pay(payment.reference, report)
        except BackendRefused as exc:
            if exc.code in FINAL:
                return NotTaken(exc.code)
            raise
        return booking.receipt or booking.reference

    async def status(self, case: CaseNote) -> StatusAnswer:
        """How an appointment stands at the agency.

        Raises:
            BackendError: the agency's system failed.
        """
        try:
            booking = await self._desks[case.city].offer.agency.booking(str(case.facts["key"]))
        except BackendRefused as exc:
            if exc.code != "not-found":
                raise
            gone = case.model_copy(update={"status": "not_booked", "over": True})
            return StatusAnswer(case=gone, said=Text(key="appointment.status_not_booked"))
        changed: dict[str, object] = {
            "status": booking.status,
            "reference": booking.reference,
            "over": booking.status != "booked",
        }
        if (booking.slot.date, booking.slot.time) != (case.facts.get(DATE), case.facts.get(TIME)):
            offset = (case.at or "")[19:]
            changed |= {
                "at": f"{booking.slot.date}T{booking.slot.time}:00{offset}",
                "facts": {**case.facts, DATE: booking.slot.date, TIME: booking.slot.time},
            }
        return StatusAnswer(case=case.model_copy(update=changed), said=Text(key=f"appointment.status_{booking.status}"))

    async def claims(self, turn: Turn, frame: Frame) -> Claim:
        """A value that can be given here; after a booking a correction of it."""
        found = given(
            await self._fields(turn, frame, []), turn, asked=forms.asked_field(frame), before=strings(frame.values)
        )
        if frame.finished:
            corrects = turn.intent == "correct" and case_of(turn, frame, self._name) is not None
            return Claim.SURE if corrects and turn.kind == "text" else Claim.NO
        if turn.kind == "text" and has_words(turn, self._declared.requirements_words):
            return Claim.MAYBE
        return forms.claim(turn, frame, found)

    async def answer(self, turn: Turn, frame: Frame) -> Step:
        """Take what was given, ask for what is missing, sum up, book on a yes."""
        desk = self._desks[turn.city.slug]
        case = case_of(turn, frame, self._name)
        failed: BackendError | None = None
        offices: tuple[Office, ...] = ()
        try:
            offices = await desk.offer.offices()
        except BackendError as exc:
            failed = exc
        fields = await self._fields(turn, frame, offices)
        found = given(fields, turn, asked=forms.asked_field(frame), before=strings(frame.values))
        filling = forms.begun(turn, frame, turn.city.agency(turn.city.services[self._name].agency), fields)
        if case is not None and failed is None:
            return await Changing(desk, self._declared).answer(filling, found, frame, case, offices)
        if turn.kind == "text" and has_words(turn, self._declared.requirements_words) and not found.readings:
            return self._requirements(filling, frame)
        if summary.is_summed_up(frame) and turn.intent == "affirm" and failed is None:
            return await self._book(filling, frame, desk, offices)
        return await self._filled(filling, found, frame, desk, offices, failed)

    async def _fields(self, turn: Turn, frame: Frame, offices: Sequence[Office]) -> list[FormField]:
        known = tuple(offices)
        if not known:
            try:
                known = await self._desks[turn.city.slug].offer.offices()
            except BackendError:
                known = ()
        return form_fields(self._declared.fields, turn, known, frame.text(OFFICE))

    def _requirements(self, filling: Filling, frame: Frame) -> Step:
        """Say what is needed; a form that is open goes on, else it can be begun."""
        assert self._declared.requirements is not None
        begin = Button(title=Text(key="button.book"), payload=f"/{self._name}")
        text = Reply(
            key=self._declared.requirements,
            args={"agency": agency_name(filling.agency), "phone": filling.agency.phone},
            buttons=[] if frame.question else [begin],
        )
        filling = filling.say(text)
        if frame.question is not None:
            return Step(filling.said, dict(filling.values), dict(filling.shown), frame.question)
        return Step(filling.said, finished=True)

    async def _filled(
        self,
        filling: Filling,
        found: Given,
        frame: Frame,
        desk: Desk,
        offices: tuple[Office, ...],
        failed: BackendError | None,
    ) -> Step:
        turn = filling.turn
        wished = summary.field_to_change(turn, filling)
        if wished is not None:
            filling = filling.without(wished)
        elif summary.is_summed_up(frame) and turn.intent in ("deny", "correct") and not found.readings:
            return summary.change_what(filling)
        elif turn.intent == "go_back" and not found.readings:
            filling = _without_last(filling)
        before = dict(filling.values)
        filling = forms.taken(filling, found)
        if failed is not None:
            return filling.say(bill_replies.failed(self._name, failed.text_key)).step()
        if found.rejected:
            return forms.rejected(filling, found)
        if wished is None:
            filling = forms.helped(filling, frame, before)
        try:
            checked = await next_step(filling, desk.offer, offices)
        except BackendError as exc:
            return filling.say(bill_replies.failed(self._name, exc.text_key)).step()
        if isinstance(checked, Step):
            return checked
        return self._rest(checked, offices)

    def _rest(self, filling: Filling, offices: tuple[Office, ...]) -> Step:
        """Ask for persons and telephone, check who may come, sum up."""
        rule = unmet(self._declared.eligibility, filling.values, date.fromisoformat(filling.values[DATE]))
        if rule is not None:
            names = [rule.of] if isinstance(rule.of, str) else list(rule.of)
            last = names[-1]
            return forms.ask(filling.say(Reply(key=rule.text)).without(last), last)
        missing = filling.missing
        if missing is not None:
            return forms.ask(filling, missing.name)
        office = chosen_office(offices, filling)
        assert office is not None
        title = Text(key=self._declared.title)
        fee = fee_of(office, filling.values.get("department") or None)
        return summary.summed_up(filling, "appointment.summary", title, more=say.office_rows(office, fee))

    async def _book(self, filling: Filling, frame: Frame, desk: Desk, offices: tuple[Office, ...]) -> Step:
        turn, key = filling.turn, key_of(filling.turn, frame)
        office = chosen_office(offices, filling)
        if office is None:
            return forms.ask(filling.without(OFFICE), OFFICE)
        try:
            booking = await desk.book(filling, key)
        except BackendRefused as exc:
            return await self._refused(filling, desk, offices, exc)
        except BackendError as exc:
            kept = desk.case(turn, frame.id, key, UNKNOWN, office, filling.values, key[:20].upper())
            question = Question(None, Reply(key="appointment.try_again", buttons=[say.AGAIN, CANCEL]))
            said = (*filling.said, Reply(key=exc.text_key), Reply(key="appointment.not_known"))
            return Step(said, dict(filling.values), dict(filling.shown), question, effects=(kept,))
        return desk.done(turn, filling, frame.id, key, booking, office, "appointment.booked")

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
                said = Reply(key="appointment.already_booked", buttons=[say.CHANGE, HUMAN])
                return Step((*filling.said, said), finished=True)
            case _:
                raise refusal
        try:
            checked = await next_step(filling, desk.offer, offices)
        except BackendError as exc:
            return filling.say(bill_replies.failed(self._name, exc.text_key)).step()
        return checked if isinstance(checked, Step) else self._rest(checked, offices)


def _without_last(filling: Filling) -> Filling:
    known = [one.name for one in filling.fields if filling.values.get(one.name)]
    return filling.without(known[-1]) if known else filling


def open_appointment(name: str, declared: AppointmentService, at: Surroundings, opened: Opened) -> Appointment:
    """Open a service of the kind.

    Raises:
        ConfigurationError: a city file lacks its address or key.
    """
    offers = by_city(name, declared.backend, lambda endpoint, _: AgencyOffer(Appointments(endpoint)), at, opened)
    return Appointment(name, declared, offers)
