"""Changing an appointment that was made here: another slot, or giving it up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import get_args

from pydantic import JsonValue

from actions.backends.appointments import Booking, Office
from actions.dialogue.answers import refunds
from actions.dialogue.ports import Step
from actions.dialogue.reading.appointments_meant import CASE
from actions.dialogue.state.session import Frame, Question
from actions.dialogue.state.turn import Turn
from actions.forms import filling as forms
from actions.forms import summary
from actions.forms.filling import Filling
from actions.forms.given import Given
from actions.forms.replies import HUMAN
from actions.kinds.appointment import replies as say
from actions.kinds.appointment.commands import Desk, open_orders, slot_of
from actions.kinds.appointment.preference import preferred
from actions.kinds.appointment.wish import PART, chosen_office, next_step, noted
from actions.kinds.replies import system_failed
from actions.phrases import phrases, plain
from actions.schema.appointment import DATE, DEPARTMENT, OFFICE, TIME
from desk.contract.commands import Command
from desk.contract.errors import BackendError, BackendRefused
from desk.contract.messages import (
    Button,
    CaseNote,
    CloseOrder,
    Effect,
    KeepCase,
    OpenTicket,
    OrderNote,
    RefundOrder,
    Reply,
    Text,
)
from desk.contract.refunds import RefundRule, Share

CANCELLING, UNSURE, SHARE = "cancelling", "unsure", "share"
"""Remembered: giving it up is what the question is about; nobody knows whether it was moved; what goes back."""
SHARES: tuple[Share, ...] = get_args(Share.__value__)
MOVES: tuple[Command, ...] = ("move", "provide", "choose")
HEARD = 0.5
"""So likely another day is wished, where a day is named beside the end of an appointment."""
SLOT = (OFFICE, DEPARTMENT, DATE, TIME)
GIVE_UP = Button(title=Text(key="button.drop_appointment"), payload='/change_appointment{"field": "give_up"}')
YES_NO = (
    Button(title=Text(key="button.drop_appointment"), payload="/affirm"),
    Button(title=Text(key="button.keep_appointment"), payload="/deny"),
)


@dataclass(frozen=True, slots=True)
class Changing:
    """One appointment being changed: `case`, at one of `offices`."""

    desk: Desk
    case: CaseNote
    offices: Sequence[Office]

    async def answer(self, filling: Filling, found: Given, frame: Frame) -> Step:
        """Move it, or give it up, after a yes to what is summed up."""
        turn = filling.turn
        filling = replace(filling, fields=[one for one in filling.fields if one.name in SLOT])
        if turn.intent == "cancel" or (turn.intent == "deny" and _leaves(frame)):
            return await self._left(filling, frame)
        if frame.shown.get(CANCELLING) and turn.intent == "affirm":
            return await self._cancel(filling, frame)
        if self._gives_up(turn, found):
            ask = Reply(key="appointment.give_up", args=self._about, buttons=list(YES_NO))
            shown: dict[str, JsonValue] = {**filling.shown, CANCELLING: True}
            order, share = self._refund(turn, frame)
            if order is not None:
                filling = filling.say(refunds.foretold(order, share))
                shown[SHARE] = share
            return Step(filling.said, dict(filling.values), shown, Question(None, ask, confirms="cancel_booking"))
        if summary.is_summed_up(frame) and turn.intent == "affirm":
            return await self._move(filling)
        return await self._wish(filling, found, frame)

    @property
    def _about(self) -> dict[str, JsonValue]:
        return {"about": {"text": self.case.about.model_dump()}}

    @property
    def _key(self) -> str:
        return str(self.case.facts["key"])

    def _gives_up(self, turn: Turn, found: Given) -> bool:
        if turn.kind == "payload":
            return turn.first("field") == "give_up"
        elsewhen = any(name in found.readings for name in (DATE, TIME, OFFICE) if not self._is_old(name, found))
        gives_up = turn.means("withdraw") or phrases("gives_it_up").within(plain(turn.text))
        moves = elsewhen and (not turn.reading.of_model or _moves(turn))  # a day may say when it was, or why
        return turn.intent in ("change_appointment", "correct") and gives_up and not moves

    def _is_old(self, name: str, found: Given) -> bool:
        """Whether a value names the appointment as it is ("move my 3 December appointment"), and is no wish."""
        return getattr(found.readings.get(name), "value", None) == self.case.facts.get(name)

    async def _left(self, filling: Filling, frame: Frame) -> Step:
        """The resident does not want a change after all: say what remains."""
        if frame.shown.get(UNSURE):
            try:
                booking = await self.desk.offer.agency.booking(self._key)
            except BackendError as exc:
                said = (Reply(key=exc.text_key), Reply(key="appointment.move_not_known", args=self._about))
                return Step((*filling.said, *said), finished=True)
            if booking.status == "cancelled" and frame.shown.get(CANCELLING):
                return self.given_up(filling, frame, is_paid=booking.paid)
            if booking.status == "cancelled":
                return self._gone(filling, "cancelled")
            if booking.status == "booked" and booking.slot != slot_of(self._old):
                return self._moved(filling, booking)
        kept = Reply(key="appointment.kept", args=self._about)
        return Step((*filling.said, kept), shown={CASE: self.case.case}, finished=True)

    @property
    def _old(self) -> dict[str, str]:
        return {name: str(self.case.facts[name]) for name in SLOT if self.case.facts.get(name)}

    async def _wish(self, filling: Filling, found: Given, frame: Frame) -> Step:
        """What is not wished otherwise stays: the office, and with a new day the time, if it is free then."""
        turn, begun = filling.turn, not frame.values
        own = {name: one for name, one in found.readings.items() if name in SLOT}
        if begun:
            own = {name: one for name, one in own.items() if not self._is_old(name, found)}
        if found.readings and not any(name in SLOT for name in found.readings):
            again = [GIVE_UP, HUMAN]
            said = (*filling.said, Reply(key="appointment.only_the_slot", args=self._about, buttons=again))
            return Step(said, shown={CASE: self.case.case}, finished=True)
        found = replace(found, readings=own)
        wished = summary.field_to_change(turn, filling)
        values = {**{name: self._old[name] for name in (OFFICE, DEPARTMENT) if name in self._old}, **filling.values}
        if begun and own:
            values = {**self._old, **values}
        shown = {name: value for name, value in filling.shown.items() if name != CANCELLING}
        filling = replace(filling, values=values, shown=shown)
        if wished is not None:
            filling = filling.without(wished)
        elif summary.is_summed_up(frame) and turn.intent in ("deny", "correct") and not own:
            return summary.change_what(filling, frame)
        if OFFICE in found.accepted and found.accepted[OFFICE].value != values.get(OFFICE):
            filling = filling.without(DEPARTMENT)
        if found.rejected:
            return forms.rejected(forms.taken(filling, found), found)
        if TIME in own:
            filling = replace(filling, shown={name: one for name, one in filling.shown.items() if name != PART})
        if begun and own and TIME not in own:
            filling = await self._with_old_time(filling, found)
        return await self._next(filling, found, begun=begun)

    async def _with_old_time(self, filling: Filling, found: Given) -> Filling:
        """Keep the time on another day or at another office only where it is free: else it is asked for."""
        values = {**filling.values, **{name: one.value for name, one in found.accepted.items()}}
        office = next((one for one in self.offices if one.id == values.get(OFFICE)), None)
        if office is None or DATE not in values or preferred(filling.shown).keys() & {TIME, "after", "before"}:
            return filling.without(TIME)
        try:
            slots = await self.desk.offer.slots(office.id, values.get(DEPARTMENT) or None, values[DATE])
        except BackendRefused:
            return filling.without(TIME)
        if any(one.free and one.time == values[TIME] for one in slots):
            return filling
        told = [say.not_free(values[TIME], values[DATE])] if any(one.free for one in slots) else []
        return filling.without(TIME).say(*told)

    async def _next(self, filling: Filling, found: Given, *, begun: bool) -> Step:
        before, taken = filling, replace(forms.taken(filling, found), said=filling.said)
        try:
            checked = await next_step(taken, self.desk.offer, self.offices)
        except BackendError as exc:
            return taken.say(system_failed(self.desk.service, exc.text_key)).step()
        if not isinstance(checked, Step):
            if slot_of(checked.values) == slot_of(self._old):
                checked = await next_step(checked.without(DATE, TIME), self.desk.offer, self.offices)
            else:
                title = Text(key="appointment.move_title")
                checked = summary.summed_up(checked, "appointment.move_summary", title, confirms="move_booking")
        if isinstance(checked, Filling):
            raise AssertionError("without a day the next step asks for one")
        step = noted(before, found, checked)
        return self._introduced(step) if begun else step

    def _introduced(self, step: Step) -> Step:
        """Say first which appointment is changed; giving it up stands beside the question."""
        said = (Reply(key="appointment.changing", args=self._about), *step.replies)
        question = step.question
        if question is not None:
            buttons = [*question.reply.buttons[:-1], GIVE_UP, *question.reply.buttons[-1:]]
            question = replace(question, reply=question.reply.model_copy(update={"buttons": buttons}))
        return replace(step, replies=said, question=question)

    async def _move(self, filling: Filling) -> Step:
        try:
            booking = await self.desk.offer.agency.move(self._key, slot_of(filling.values))
        except BackendRefused as exc:
            return await self._not_moved(filling, exc)
        except BackendError as exc:
            said, question = say.not_known(exc.text_key, "appointment.move_not_known", "/affirm", **self._about)
            shown: dict[str, JsonValue] = {**filling.shown, UNSURE: True}
            return Step((*filling.said, *said), dict(filling.values), shown, question)
        return self._moved(filling, booking)

    def _moved(self, filling: Filling, booking: Booking) -> Step:
        values: Mapping[str, str | None] = booking.slot.model_dump()
        filling = replace(filling, values={name: value for name, value in values.items() if value})
        office = chosen_office(self.offices, filling)
        if office is None:
            said = (*filling.said, Reply(key="appointment.is_gone", args=self._about, buttons=[HUMAN]))
            return Step(said, finished=True)
        return self.desk.done(filling, self.case.case, self._key, booking, office, "appointment.moved")

    async def _not_moved(self, filling: Filling, refusal: BackendRefused) -> Step:
        match refusal.code:
            case "cancelled" | "past" | "not-found":
                return self._gone(filling, refusal.code)
            case "fee-differs":
                said = (*filling.said, Reply(key="appointment.fee_differs", args=self._about, buttons=[GIVE_UP, HUMAN]))
                return Step(said, shown={CASE: self.case.case}, finished=True)
            case "slot-taken":
                filling = filling.say(say.not_free(filling.values[TIME], filling.values[DATE])).without(TIME)
            case "closed":
                filling = filling.without(DATE, TIME)
            case _:
                raise refusal
        try:
            checked = await next_step(filling, self.desk.offer, self.offices)
        except BackendError as exc:
            return filling.say(system_failed(self.desk.service, exc.text_key)).step()
        return checked if isinstance(checked, Step) else forms.ask(checked.without(TIME), TIME)

    def _refund(self, turn: Turn, frame: Frame) -> tuple[OrderNote | None, Share]:
        """The order of its fee, and what goes back of it when it is given up: what was said once counts."""
        said = frame.shown.get(SHARE)
        rule = refunds.rule_of(turn, self.desk.service, self.desk.declared.refund) or RefundRule()
        at = None if self.case.at is None else datetime.fromisoformat(self.case.at)
        share = next((one for one in SHARES if one == said), rule.share(at, turn.now))
        return refunds.paid_order(turn, self._key), share

    async def _cancel(self, filling: Filling, frame: Frame) -> Step:
        try:
            booking = await self.desk.offer.agency.cancel(self._key)
        except BackendRefused as exc:
            if exc.code not in ("past", "not-found"):
                raise
            return self._gone(filling, exc.code)
        except BackendError as exc:
            said, question = say.not_known(exc.text_key, "appointment.cancel_not_known", "/affirm", **self._about)
            shown: dict[str, JsonValue] = {**filling.shown, UNSURE: True}
            return Step((*filling.said, *said), dict(filling.values), shown, question)
        return self.given_up(filling, frame, is_paid=booking.paid)

    def given_up(self, filling: Filling, frame: Frame, *, is_paid: bool | None = None) -> Step:
        """Say that it is cancelled, and what becomes of its fee. `is_paid` is the agency's word, where it is known."""
        turn = filling.turn
        again = Button(title=Text(key="button.book_again"), payload=f"/{self.desk.service}")
        effects: list[Effect] = [self._over("cancelled")]
        effects += [CloseOrder(order=one.order) for one in open_orders(turn, self._key)]
        order, share = self._refund(turn, frame)
        said = (*filling.said, Reply(key="appointment.cancelled", args=self._about, buttons=[again]))
        if order is not None and is_paid is not False and share != "clerk":
            if share != "none":
                effects.append(RefundOrder(order=order.order, share=share))
            said = (*said, refunds.begun(order, share, turn, self.desk.service))
        elif is_paid or (is_paid is None and order is not None):  # an agency has the money: a person decides
            effects.append(OpenTicket(reason="refund", service=self.desk.service))
            said = (*filling.said, Reply(key="appointment.cancelled_refund", args=self._about))
        elif refunds.under_way(turn, self._key):
            said = (*said, Reply(key="refund.given_up_under_way"))
        return Step(said, finished=True, effects=tuple(effects))

    def _gone(self, filling: Filling, code: str) -> Step:
        """Say that it can no longer be changed."""
        key = {"past": "appointment.is_past", "cancelled": "appointment.is_cancelled"}.get(code, "appointment.is_gone")
        effects = () if code == "past" else (self._over("cancelled" if code == "cancelled" else "not_booked"),)
        said = (*filling.said, Reply(key=key, args=self._about, buttons=[HUMAN]))
        return Step(said, finished=True, effects=effects)

    def _over(self, status: str) -> KeepCase:
        kept = self.case.model_dump(exclude={"known_at"})
        return KeepCase.model_validate({**kept, "status": status, "over": True})


def _moves(turn: Turn) -> bool:
    """Whether the whole hears another day given, or a clause a move."""
    clauses = [turn.only(part) for part in turn.parts]
    whole = turn.reading.probability(MOVES) >= HEARD
    return whole or any(one.reading.probability(MOVES[:1]) >= HEARD for one in clauses)


def _leaves(frame: Frame) -> bool:
    """Whether a "no" means that all stays as it is: to giving it up, and to trying once more."""
    gives_up = frame.question is not None and frame.question.reply.key == "appointment.give_up"
    return gives_up or say.asks_to_retry(frame)
