"""Changing an appointment that was made here: another slot, or giving it up."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydantic import JsonValue

from actions.backends.appointments import Office
from actions.dialogue.ports import Step
from actions.dialogue.session import Frame, Question
from actions.dialogue.turn import Turn
from actions.forms import filling as forms
from actions.forms import summary
from actions.forms.filling import Filling, has_words
from actions.forms.given import Given
from actions.forms.replies import CANCEL, HUMAN
from actions.kinds import bill_replies
from actions.kinds.appointment import replies as say
from actions.kinds.appointment.commands import Desk, slot_of
from actions.kinds.appointment.wish import chosen_office, next_step
from actions.services import AppointmentService
from actions.services.appointment import DATE, DEPARTMENT, OFFICE, TIME
from desk.errors import BackendError, BackendRefused
from desk.messages import Button, CaseNote, KeepCase, Reply, Text

GIVING_UP = (
    *(
        "取消",
        "不去了",
        "不来了",
        "不來了",
        "退掉",
        "退号",
        "退號",
        "撤销",
        "撤銷",
        "不约了",
        "不約了",
        "唔去",
        "唔嚟",
        "唔约",
        "唔約",
        "作废",
        "作廢",
    ),
    *("cancel", "give up", "call off", "drop", "not coming", "can't come", "cannot come", "won't come"),
)
"""Words by which an appointment is given up rather than moved."""
CANCELLING = "cancelling"
SLOT = (OFFICE, DEPARTMENT, DATE, TIME)
GIVE_UP = Button(title=Text(key="button.give_up_appointment"), payload='/change_appointment{"field": "give_up"}')


@dataclass(frozen=True, slots=True)
class Changing:
    """One appointment being changed."""

    desk: Desk
    declared: AppointmentService

    async def answer(
        self, filling: Filling, found: Given, frame: Frame, case: CaseNote, offices: Sequence[Office]
    ) -> Step:
        """Move it, or give it up, after a yes to what is summed up."""
        turn = filling.turn
        filling = replace(filling, fields=[one for one in filling.fields if one.name in SLOT])
        if frame.shown.get(CANCELLING) and turn.intent == "affirm":
            return await self._cancel(filling, case)
        if frame.shown.get(CANCELLING) and turn.intent == "deny":
            said = (*filling.said, Reply(key="appointment.kept", args={"about": about(case)}))
            return Step(said, shown={"case": case.case}, finished=True)
        if self._gives_up(turn, found):
            ask = Reply(key="appointment.give_up", args={"about": about(case)}, buttons=list(YES_NO))
            shown: dict[str, JsonValue] = {**filling.shown, CANCELLING: True}
            return Step(filling.said, dict(filling.values), shown, Question(None, ask))
        if summary.is_summed_up(frame) and turn.intent == "affirm":
            return await self._move(filling, case, offices)
        return await self._wish(filling, found, frame, case, offices)

    def _gives_up(self, turn: Turn, found: Given) -> bool:
        if turn.kind == "payload":
            return turn.first("field") == "give_up"
        wanted = any(name in found.readings for name in (DATE, TIME, OFFICE))
        return turn.intent == "change_appointment" and has_words(turn, GIVING_UP) and not wanted

    async def _wish(
        self, filling: Filling, found: Given, frame: Frame, case: CaseNote, offices: Sequence[Office]
    ) -> Step:
        """The old office stays unless another is named; day and time are asked anew."""
        wished = summary.field_to_change(filling.turn, filling)
        values = dict(filling.values)
        for name in (OFFICE, DEPARTMENT):
            if name not in values and isinstance(kept := case.facts.get(name), str):
                values[name] = kept
        filling = replace(filling, values=values, shown={**filling.shown, CANCELLING: False})
        if wished is not None:
            filling = filling.without(wished)
        elif summary.is_summed_up(frame) and filling.turn.intent in ("deny", "correct") and not found.readings:
            return summary.change_what(filling)
        own = {name: one for name, one in found.readings.items() if name in SLOT}
        own = _without_old(own, case) if not frame.values else own
        found = replace(found, readings=own)
        if OFFICE in found.accepted and found.accepted[OFFICE].value != values.get(OFFICE):
            filling = filling.without(OFFICE, DEPARTMENT)
        filling = forms.taken(filling, found)
        if found.rejected:
            return forms.rejected(filling, found)
        if DATE in found.accepted and TIME not in found.accepted and TIME in filling.values and DATE in frame.values:
            filling = filling.without(TIME)
        begun = not frame.values
        try:
            checked = await next_step(filling, self.desk.offer, offices)
        except BackendError as exc:
            return filling.say(bill_replies.failed(self.desk.service, exc.text_key)).step()
        if isinstance(checked, Step):
            return _introduced(checked, case) if begun else checked
        args_title = Text(key="appointment.move_title")
        return summary.summed_up(checked, "appointment.move_summary", args_title)

    async def _move(self, filling: Filling, case: CaseNote, offices: Sequence[Office]) -> Step:
        office = chosen_office(offices, filling)
        if office is None:
            return forms.ask(filling.without(OFFICE), OFFICE)
        key = str(case.facts["key"])
        try:
            booking = await self.desk.offer.agency.move(key, slot_of(filling.values))
        except BackendRefused as exc:
            return await self._not_moved(filling, case, offices, exc)
        except BackendError as exc:
            question = Question(None, Reply(key="appointment.try_again", buttons=[say.AGAIN, CANCEL]))
            said = (
                *filling.said,
                Reply(key=exc.text_key),
                Reply(key="appointment.move_not_known", args={"about": about(case)}),
            )
            return Step(said, dict(filling.values), dict(filling.shown), question)
        return self.desk.done(filling.turn, filling, case.case, key, booking, office, "appointment.moved")

    async def _not_moved(
        self, filling: Filling, case: CaseNote, offices: Sequence[Office], refusal: BackendRefused
    ) -> Step:
        if refusal.code in ("cancelled", "past", "not-found"):
            return self._gone(filling, case, refusal.code)
        if refusal.code == "slot-taken":
            filling = filling.say(say.not_free(filling.values[TIME], filling.values[DATE])).without(TIME)
        elif refusal.code == "closed":
            filling = filling.without(DATE, TIME)
        else:
            raise refusal
        checked = await next_step(filling, self.desk.offer, offices)
        return checked if isinstance(checked, Step) else forms.ask(checked.without(TIME), TIME)

    async def _cancel(self, filling: Filling, case: CaseNote) -> Step:
        try:
            booking = await self.desk.offer.agency.cancel(str(case.facts["key"]))
        except BackendRefused as exc:
            if exc.code not in ("past", "not-found"):
                raise
            return self._gone(filling, case, exc.code)
        except BackendError as exc:
            question = Question(None, Reply(key="appointment.try_again", buttons=[say.AGAIN, CANCEL]))
            said = (
                *filling.said,
                Reply(key=exc.text_key),
                Reply(key="appointment.cancel_not_known", args={"about": about(case)}),
            )
            return Step(said, dict(filling.values), dict(filling.shown), question)
        again = Button(title=Text(key="button.book_again"), payload=f"/{self.desk.service}")
        key = "appointment.cancelled_refund" if booking.paid else "appointment.cancelled"
        said = (*filling.said, Reply(key=key, args={"about": about(case)}, buttons=[again]))
        return Step(said, finished=True, effects=(_over(case, "cancelled"),))

    def _gone(self, filling: Filling, case: CaseNote, code: str) -> Step:
        """Say that it can no longer be changed."""
        key = {"past": "appointment.is_past", "cancelled": "appointment.is_cancelled"}.get(code, "appointment.is_gone")
        effects = () if code == "past" else (_over(case, "cancelled"),)
        said = (*filling.said, Reply(key=key, args={"about": about(case)}, buttons=[HUMAN]))
        return Step(said, finished=True, effects=effects)


YES_NO = (
    Button(title=Text(key="button.give_up_appointment"), payload="/affirm"),
    Button(title=Text(key="button.keep_appointment"), payload="/deny"),
)


def about(case: CaseNote) -> JsonValue:
    """An argument that names an appointment."""
    return {"text": case.about.model_dump()}


def _over(case: CaseNote, status: str) -> KeepCase:
    return KeepCase.model_validate({**case.model_dump(), "status": status, "over": True})


def _without_old[Value](readings: dict[str, Value], case: CaseNote) -> dict[str, Value]:
    """What names the appointment itself ("move my 3 December appointment") is no wish."""
    old = {name: value for name, value in case.facts.items() if name in (DATE, TIME)}
    return {name: one for name, one in readings.items() if getattr(one, "value", None) != old.get(name)}


def _introduced(step: Step, case: CaseNote) -> Step:
    """Say first which appointment is changed; giving it up stands beside the question."""
    said = (Reply(key="appointment.changing", args={"about": about(case)}), *step.replies)
    question = step.question
    if question is not None:
        buttons = [*question.reply.buttons[:-1], GIVE_UP, *question.reply.buttons[-1:]]
        question = replace(question, reply=question.reply.model_copy(update={"buttons": buttons}))
    return replace(step, replies=said, question=question)
