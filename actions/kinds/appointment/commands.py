"""Booking, moving and giving up: idempotent commands to the agency, and what becomes of them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from actions.backends.appointments import Booking, Office, Person, Slot, Wish
from actions.dialogue import orders
from actions.dialogue.ports import Step
from actions.dialogue.session import Frame
from actions.dialogue.turn import Turn
from actions.forms.filling import Filling
from actions.kinds.appointment import replies as say
from actions.kinds.appointment.offer import AgencyOffer
from actions.kinds.paying import Due, order_items, order_number
from actions.services.appointment import DATE, DEPARTMENT, OFFICE, PHONE, TIME, AppointmentService
from desk.errors import BackendRefused
from desk.messages import CaseNote, Effect, KeepCase, OpenOrder, Text

UNKNOWN = "unknown"
"""Status of a booking of which the agency has not said whether it was made."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The agency's counter for one service in one city."""

    service: str
    declared: AppointmentService
    offer: AgencyOffer

    async def book(self, filling: Filling, key: str) -> Booking:
        """Book what the form says. A booking under this key that is another one of ours is moved.

        Raises:
            BackendError: the agency refused, or its system failed.
        """
        slot = slot_of(filling.values)
        persons = [
            Person(name=filling.values[one.name], id_number=filling.values[one.id_number])
            for one in self.declared.persons
        ]
        try:
            return await self.offer.agency.book(key, Wish(slot=slot, persons=persons, phone=filling.values[PHONE]))
        except BackendRefused as exc:
            if exc.code != "key-reused":
                raise
            return await self.offer.agency.move(key, slot)

    def case(
        self, turn: Turn, case: str, key: str, status: str, office: Office, values: Mapping[str, str], reference: str
    ) -> KeepCase:
        """What the desk keeps of an appointment."""
        title = Text(key=self.declared.title)
        department = values.get(DEPARTMENT) or None
        facts: dict[str, JsonValue] = {"key": key, "minutes": self.declared.minutes, **slot_facts(values)}
        zone = turn.now.strftime("%z")
        offset = f"{zone[:3]}:{zone[3:]}"
        return KeepCase(
            case=case,
            city=turn.city.slug,
            service=self.service,
            agency=turn.city.services[self.service].agency,
            kind="appointment",
            reference=reference,
            about=say.about(title, office, values),
            facts=facts,
            status=status,
            at=f"{values[DATE]}T{values[TIME]}:00{offset}",
            place=say.place(office, department),
            over=status not in ("booked", UNKNOWN),
        )

    def fee_order(self, turn: Turn, booking: Booking, key: str) -> OpenOrder | None:
        """The order of a fee that can be paid here now."""
        if not turn.pays or booking.fee is None or booking.paid or booking.fee == "0.00":
            return None
        due = Due(key, booking.fee, Text(key=self.declared.title), "")
        return OpenOrder(
            order=order_number(turn, [due]),
            service=self.service,
            agency=turn.city.services[self.service].agency,
            items=order_items([due]),
            amount=booking.fee,
            subject=Text(
                key="appointment.fee_of", args={"service": {"text": Text(key=self.declared.title).model_dump()}}
            ),
            subject_of={"reference": booking.reference},
        )

    def done(
        self,
        turn: Turn,
        filling: Filling,
        case: str,
        key: str,
        booking: Booking,
        office: Office,
        text: str,
    ) -> Step:
        """Say what was booked, keep it, and offer to pay its fee."""
        values = {**filling.values, DATE: booking.slot.date, TIME: booking.slot.time, OFFICE: booking.slot.office}
        bring = self.declared.bring if text == "appointment.booked" else None
        filling = filling.say(say.booked(text, booking, office, values, case, bring))
        effects: list[Effect] = [self.case(turn, case, key, booking.status, office, values, booking.reference)]
        order = self.fee_order(turn, booking, key) if text == "appointment.booked" else None
        if order is not None:
            filling = filling.say(orders.offered(order, turn))
            effects.append(order)
        return Step(
            filling.said, shown={"case": case}, finished=True, effects=tuple(effects), consents=filling.consents
        )


def key_of(turn: Turn, frame: Frame) -> str:
    """The key of a command: the same whenever this turn, or this form, is answered again."""
    return hashlib.sha256(f"{turn.conversation}\n{frame.id}".encode()).hexdigest()[:32]


def slot_of(values: Mapping[str, str]) -> Slot:
    """The slot that a form names."""
    return Slot(office=values[OFFICE], department=values.get(DEPARTMENT) or None, date=values[DATE], time=values[TIME])


def slot_facts(values: Mapping[str, str]) -> dict[str, JsonValue]:
    """The slot as it is kept with a case."""
    return {name: values[name] for name in (OFFICE, DEPARTMENT, DATE, TIME) if values.get(name)}


def case_of(turn: Turn, frame: Frame, service: str) -> CaseNote | None:
    """The appointment that a frame is about to change, if it is there and not over."""
    wished = frame.shown.get("case")
    return next((one for one in turn.cases if one.case == wished and one.service == service and not one.over), None)
