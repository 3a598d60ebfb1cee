"""Booking, moving and giving up: idempotent commands to the agency, and what becomes of them."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from actions.backends.appointments import Booking, Office, Person, Slot, Wish
from actions.dialogue.answers import orders
from actions.dialogue.ports import Step
from actions.dialogue.reading.appointments_meant import CASE
from actions.dialogue.state.session import Frame
from actions.dialogue.state.turn import Turn
from actions.fields.identity import parted
from actions.forms.filling import Filling
from actions.kinds.appointment import replies as say
from actions.kinds.appointment.offer import AgencyOffer
from actions.kinds.fees import fee_order
from actions.phrases import phrases, plain
from actions.schema.appointment import DATE, DEPARTMENT, OFFICE, PHONE, TIME, AppointmentService
from actions.server.surroundings import zone_of
from desk.contract.errors import BackendNonsense, BackendRefused
from desk.contract.messages import CaseNote, CloseOrder, Effect, KeepCase, OpenOrder, OrderNote, Reply, Text
from values.types.person_name import as_on_the_card

UNKNOWN = "unknown"
"""Status of a booking of which the agency has not said whether it was made."""
ATTEMPTED = "attempted"
"""Remembered beside the values: keys under which a booking may have been made."""
KEYS = "keys"
"""A fact of a case that stands under one of several keys; nobody knows which."""
PROVED = "proved_phone"
"""Remembered: the telephone that was proved in this form."""
PAYS_THERE = "pays_there"
"""Remembered: the fee is paid where the appointment is, as was said while it was made."""
ROUNDS = 3
"""So many keys a form may use: another one only after the one before was given up at the agency."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The agency's counter for one service in one city."""

    service: str
    declared: AppointmentService
    offer: AgencyOffer

    async def book(self, filling: Filling, frame: Frame, tried: list[str]) -> tuple[str, Booking]:
        """Book what the form says; answers the key, too. `tried` gets each key before it is used.

        The key follows from conversation, form, persons and telephone: the same wish again finds the first booking, at
        another time moves it. A booking that was tried for other persons is given up first.

        Raises:
            BackendError: the agency refused, or its system failed.
        """
        wish = self._wish(filling.values)
        for key in _keys(filling.turn, frame, wish):
            tried.append(key)  # before anything is given up: a worker that died may have come further than this turn
            for old in [one for one in attempted(frame) if one != key]:
                await self.void(old)
            booking = await self._booked(key, wish)
            if booking is not None:
                return key, booking
        raise BackendNonsense("The agency has given up every booking of this form.")

    async def standing(self, case: CaseNote) -> tuple[str, Booking] | None:
        """The booking of a case, and its key; None where there is none. At most one of its keys holds a live one.

        Raises:
            BackendError: the agency's system failed.
        """
        found: list[tuple[str, Booking]] = []
        for key in keys_of(case):
            try:
                found.append((key, await self.offer.agency.booking(key)))
            except BackendRefused as exc:
                if exc.code != "not-found":
                    raise
        return next((one for one in found if one[1].status != "cancelled"), found[0] if found else None)

    async def void(self, key: str) -> None:
        """Give up what may have been booked under a key; afterwards nothing is.

        Raises:
            BackendError: the agency refused (`past`), or its system failed.
        """
        try:
            await self.offer.agency.cancel(key)
        except BackendRefused as exc:
            if exc.code != "not-found":
                raise

    async def _booked(self, key: str, wish: Wish) -> Booking | None:
        """The booking, at the wished time; None where it was given up."""
        try:
            booking = await self.offer.agency.book(key, wish)
        except BackendRefused as exc:
            if exc.code == "cancelled":
                return None
            if exc.code != "key-reused":
                raise
            booking = await self.offer.agency.booking(key)
        if booking.status == "cancelled":
            return None
        if booking.status == "booked" and booking.slot != wish.slot:
            return await self.offer.agency.move(key, wish.slot)
        return booking

    def _wish(self, values: Mapping[str, str]) -> Wish:
        persons = [_person(values[one.name], values[one.id_number]) for one in self.declared.persons]
        return Wish(slot=slot_of(values), persons=persons, phone=values[PHONE])

    def case(
        self, turn: Turn, case: str, key: str, status: str, office: Office, values: Mapping[str, str], reference: str
    ) -> KeepCase:
        """What the desk keeps of an appointment."""
        department = values.get(DEPARTMENT) or None
        at = datetime.fromisoformat(f"{values[DATE]}T{values[TIME]}").replace(tzinfo=zone_of(turn.city))
        facts: dict[str, JsonValue] = {"key": key, "minutes": self.declared.minutes, **slot_facts(values)}
        return KeepCase(
            case=case,
            city=turn.city.slug,
            service=self.service,
            agency=turn.city.services[self.service].agency,
            kind="appointment",
            reference=reference,
            about=say.about(Text(key=self.declared.title), office, values),
            facts=facts,
            status=status,
            at=at.isoformat(),
            place=say.place(office, department),
            over=status not in ("booked", UNKNOWN),
        )

    def unknown_case(
        self,
        turn: Turn,
        case: str,
        keys: Sequence[str],
        office: Office,
        values: Mapping[str, str],
        *,
        status: str = UNKNOWN,
    ) -> KeepCase:
        """The same of a booking that may stand under one of some keys, the last is the likeliest, and has no number."""
        kept = self.case(turn, case, keys[-1], status, office, values, keys[-1][:12].upper())
        return kept.model_copy(update={"facts": {**kept.facts, KEYS: list(keys)}}) if len(keys) > 1 else kept

    def done(self, filling: Filling, case: str, key: str, booking: Booking, office: Office, text: str) -> Step:
        """Say what was booked or moved, keep it, and offer to pay its fee."""
        turn = filling.turn
        values = {**filling.values, DATE: booking.slot.date, TIME: booking.slot.time}
        bring = say.what_to_bring(self.declared, values) if text == "appointment.booked" else None
        filling = filling.say(say.booked(text, booking, office, values, case, bring, turn.now.date()))
        case_kept = self.case(turn, case, key, booking.status, office, values, booking.reference)
        there = pays_there(filling)
        if there:
            case_kept = case_kept.model_copy(update={"facts": {**case_kept.facts, PAYS_THERE: True}})
        effects: list[Effect] = [proved_by(filling, case_kept)]
        about = say.about(Text(key=self.declared.title), office, values)
        known = open_orders(turn, key)
        kept = [one for one in known if one.amount == booking.fee and all(item.title == about for item in one.items)]
        effects += [CloseOrder(order=one.order) for one in known if one not in kept]  # a moved one names the old day
        order = None if kept or (there and not known) else self._fee_order(turn, booking, key, about)
        due = booking.fee is not None and booking.fee != "0.00" and not booking.paid
        if due and text == "appointment.booked":
            key_of_fee = "appointment.fee_there" if order is None else "appointment.fee_here"
            filling = filling.say(Reply(key=key_of_fee, args={"fee": {"money": booking.fee}}))
        if order is not None:
            filling = filling.say(orders.offered(order, turn))
            effects.append(order)
        shown: dict[str, JsonValue] = {CASE: case}
        return Step(filling.said, shown=shown, finished=True, effects=tuple(effects), consents=filling.consents)

    def _fee_order(self, turn: Turn, booking: Booking, key: str, about: Text) -> OpenOrder | None:
        """The order of a fee that can be paid here now."""
        title = Text(key=self.declared.title)
        subject = Text(key="appointment.fee_of", args={"service": {"text": title.model_dump()}})
        return None if booking.paid else fee_order(turn, self.service, key, booking.fee, about, subject)


def pays_there(filling: Filling) -> bool:
    """Whether who books said that they pay the fee where they go: then no payment is opened here."""
    said = filling.turn.whole or filling.turn.text
    return bool(filling.shown.get(PAYS_THERE)) or phrases("pays_there").within(plain(said))


def _person(name: str, identity: str) -> Person:
    """Somebody as the agency takes them; a name as it stands on the document."""
    document, number = parted(identity)
    if document is None:
        return Person(name=as_on_the_card(name), id_number=number)
    return Person.model_validate({"name": name, "id_number": number, "id_type": document})


def proved_by(filling: Filling, case: KeepCase) -> KeepCase:
    """The case with the telephone of the form, where that was proved for it."""
    proved = filling.shown.get(PROVED)
    held = isinstance(proved, str) and proved == filling.values.get(PHONE)
    return case.model_copy(update={"proved_phone": proved}) if held else case


def attempted(frame: Frame) -> list[str]:
    """Keys under which this form may have booked."""
    keys = frame.shown.get(ATTEMPTED)
    return [str(one) for one in keys] if isinstance(keys, list) else []


def keys_of(case: CaseNote) -> list[str]:
    """Keys under which a case may stand at the agency, the likeliest first."""
    keys = case.facts.get(KEYS)
    return [str(one) for one in reversed(keys)] if isinstance(keys, list) else [str(case.facts["key"])]


def _keys(turn: Turn, frame: Frame, wish: Wish) -> Iterator[str]:
    """Keys of a wish: the same whenever this turn, or this form, is answered again."""
    who = wish.model_dump_json(include={"persons", "phone"})
    for number in range(ROUNDS):
        yield hashlib.sha256(f"{turn.conversation}\n{frame.id}\n{who}\n{number}".encode()).hexdigest()[:32]


def open_orders(turn: Turn, key: str) -> list[OrderNote]:
    """Orders of the fee of a booking that can still be paid."""
    live = (one for one in turn.context.orders if one.status == "open" and not turn.is_over(one))
    return [one for one in live if any(item.reference == key for item in one.items)]


def slot_of(values: Mapping[str, str]) -> Slot:
    """The slot that a form names."""
    return Slot(office=values[OFFICE], department=values.get(DEPARTMENT) or None, date=values[DATE], time=values[TIME])


def slot_facts(values: Mapping[str, str]) -> dict[str, JsonValue]:
    """The slot as it is kept with a case."""
    return {name: values[name] for name in (OFFICE, DEPARTMENT, DATE, TIME) if values.get(name)}


def case_of(turn: Turn, frame: Frame, service: str) -> CaseNote | None:
    """The appointment that a frame is about to change, if it is there and not over."""
    wished = frame.shown.get(CASE)
    return next(
        (one for one in turn.context.cases if one.case == wished and one.service == service and not one.over), None
    )


def over_case(turn: Turn, frame: Frame, service: str) -> CaseNote | None:
    """The same, if it is over by now: the desk, which asks the agency too, may know that first."""
    wished = frame.shown.get(CASE)
    return next((one for one in turn.context.cases if one.case == wished and one.service == service and one.over), None)
