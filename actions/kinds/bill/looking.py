"""Looking up what is due, and showing it: one subject after the other, with what waits behind it.

What stands ready is asked of the agencies at once. What one of them cannot say holds up only what waits behind it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pydantic import JsonValue

from actions.dialogue.ports import Step
from actions.dialogue.state.session import Frame
from actions.dialogue.state.session_timeout import KEPT
from actions.forms import filling as forms
from actions.forms.filling import Filling
from actions.forms.replies import agency_name
from actions.kinds.bill import paying
from actions.kinds.bill import replies as say
from actions.kinds.bill.keeping import Keeping, looked_up_in
from actions.kinds.bill.paying import About
from actions.kinds.bill.settling import without_ordered
from actions.kinds.replies import system_failed
from actions.kinds.statements import BillSource, Refusal, Statement
from actions.schema import BillService
from actions.schema.field import CHOICE
from desk.contract.errors import BackendError
from desk.contract.messages import Button, Effect, Reply
from desk.contract.proving import Tried, What

WRONG_PROOFS = 3
"""So many wrong proofs in a row, and no further one is tried for REST: nobody may guess their way in."""
REST = timedelta(minutes=10)


def waiting(shown: Mapping[str, JsonValue]) -> list[dict[str, str]]:
    """What is wanted after what is being asked about, as values of the form; not all of them may be known."""
    found = shown.get("waiting")
    return [
        {str(name): str(value) for name, value in one.items()}
        for one in (found if isinstance(found, list) else [])
        if isinstance(one, dict)
    ]


def after_timeout(frame: Frame, now: datetime, declared: BillService) -> Frame:
    """An open frame as it is after a while: what was shown and which subjects wait is personal, and forgotten."""
    if frame.finished or now - frame.touched_at < KEPT or declared.divided is None:
        return frame
    kept = [{name: value for name, value in one.items() if name != declared.subject} for one in waiting(frame.shown)]
    queue: list[JsonValue] = [dict[str, JsonValue](one) for one in kept if one]
    return replace(frame, shown={"waiting": queue})


def responsible(filling: Filling, name: str, declared: BillService) -> Filling:
    """The form with the agency that its option has."""
    option = None if declared.divided is None else filling.values.get(declared.divided.field)
    return replace(filling, agency=filling.turn.city.responsible(name, option))


@dataclass(frozen=True, slots=True)
class LookUp:
    """One turn's look-ups in one city."""

    name: str
    declared: BillService
    source: BillSource
    keeping: Keeping

    async def answer(self, filling: Filling) -> Step:
        """Look up what is complete, show it, then ask for what is missing of the next."""
        wait = _rest_left(filling)
        if wait is not None:
            return self._wait(filling, wait)
        queue = [{**self._inherited(filling), **one} for one in waiting(filling.shown)]
        ready = [filling.known]
        while queue and all(one.name in queue[0] for one in filling.fields):
            ready.append(queue.pop(0))
        answers = await self._ask_all(ready)
        tried = self._tried(ready, answers)
        for place, (values, answer) in enumerate(zip(ready, answers, strict=True)):
            behind = [*ready[place + 1 :], *queue]
            filling = self._at(filling, values, behind)
            if isinstance(answer, BackendError):
                return replace(filling.say(system_failed(self.name, answer.text_key)).step(), effects=tried)
            if isinstance(answer, Refusal):
                return replace(self._refuse(filling, answer), effects=tried)
            filling = self._show(filling, answer)
        if queue:
            filling = self._at(filling, queue[0], queue[1:], anew=True)
            missing = filling.missing
            assert missing is not None
            return replace(forms.ask(filling, missing.name), effects=tried)
        return replace(self.finished(filling), effects=tried)

    def _tried(
        self, ready: Sequence[Mapping[str, str]], answers: Sequence[Statement | Refusal | BackendError]
    ) -> tuple[Effect, ...]:
        """What the desk counts: each subject whose proof was right or wrong. What the agency did not say counts not."""
        proved = any(
            one.name != self.declared.subject and one.validation != CHOICE for one in self.declared.fields
        )  # a plate is public, and what is guessed is its proof; of a number alone it is the number
        what: What = "plate" if proved else "account"
        return tuple(
            Tried(
                what=what, service=self.name, subject=values[self.declared.subject], right=isinstance(answer, Statement)
            )
            for values, answer in zip(ready, answers, strict=True)
            if not isinstance(answer, BackendError)
        )

    async def _ask_all(self, ready: Sequence[Mapping[str, str]]) -> list[Statement | Refusal | BackendError]:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._ask(values)) for values in ready]
        return [task.result() for task in tasks]

    async def _ask(self, values: Mapping[str, str]) -> Statement | Refusal | BackendError:
        try:
            return await self.source.look_up(values)
        except BackendError as exc:
            return exc

    def _inherited(self, filling: Filling) -> dict[str, str]:
        """What a waiting subject has of the one before it: its option, if it has none of its own."""
        divided = self.declared.divided
        return {} if divided is None else {divided.field: filling.values[divided.field]}

    def _at(
        self, filling: Filling, values: Mapping[str, str], behind: Sequence[Mapping[str, str]], *, anew: bool = False
    ) -> Filling:
        """The form at one of the look-ups; `anew`: nothing of the one before it was asked for this one."""
        noticed = [name for name in filling.noticed if not anew or name != self.declared.subject]
        shown = {**filling.shown, "noticed": list[JsonValue](noticed)}
        if self.declared.divided is not None:
            shown["waiting"] = [dict(one) for one in behind]
        return responsible(replace(filling, values=dict(values), shown=shown), self.name, self.declared)

    def _show(self, filling: Filling, found: Statement) -> Filling:
        """Say what is due, and offer to pay it; it is kept with what was shown before."""
        subject, about = filling.values[self.declared.subject], self._about(filling)
        dues = paying.remembered(f"{self.name}.item_short", found.items, about)
        said = [say.result(self.name, self.declared, subject, found, about.names)]
        if found.items:
            pays = filling.turn.context.pays and dues
            said.append(say.pay_offer(self.name, dues) if pays else say.next_step(self.name, filling.agency))
        said[-1] = _with_buttons(said[-1], self.keeping.button(filling.values))
        every = [*paying.without(paying.due(filling.shown), about), *dues]
        shown: dict[str, JsonValue] = {
            "noticed": list[JsonValue](filling.noticed),
            "items": paying.to_json(every),
            "due": bool(found.items or every),
        }
        if self.declared.divided is not None:
            earlier = [one for one in looked_up_in(filling.shown) if one != filling.values]
            shown |= {
                "waiting": filling.shown.get("waiting"),
                "looked_up": [dict[str, JsonValue](one) for one in (*earlier, filling.values)],
            }
        return replace(filling.say(*said), shown=shown)

    def finished(self, filling: Filling) -> Step:
        """The end of the last look-up; what several have shown may be paid at once, but for what is paid already."""
        fresh = [one for one in paying.due(filling.shown) if one.fresh]
        fresh = without_ordered(self.name, filling.turn, fresh)
        if len(paying.by_about(fresh)) > 1 and filling.turn.context.pays:
            filling = filling.say(say.offer_all(self.name, fresh))
        return filling.step(finished=True)

    def _about(self, filling: Filling) -> About:
        divided, subject = self.declared.divided, self.declared.subject
        choices = [one.name for one in filling.fields if one.declared.validation == CHOICE and one.name != subject]
        names = {name: filling.named(name) for name in choices}  # water, gas: what every text of it may name
        option = None if divided is None else filling.values[divided.field]
        return About(filling.agency.slug, {subject: filling.values[subject]}, names, option)

    def _refuse(self, filling: Filling, refusal: Refusal) -> Step:
        """Ask again for what the agency did not know. A wrong proof counts; what else was given stays."""
        named = {name: filling.named(name) for name in filling.known}
        args = {**named, "agency": agency_name(filling.agency), "phone": filling.agency.phone}
        said = say.refused(self.name, refusal.field, args)
        filling = filling.without(refusal.field)
        if refusal.field == self.declared.subject:
            return forms.ask(filling.say(said), refusal.field)
        wrong = _count(filling.shown.get("wrong")) + 1
        if wrong >= WRONG_PROOFS:
            until = (filling.turn.now + REST).isoformat()
            return self._wait(replace(filling, shown={**filling.shown, "wrong": 0, "rest_until": until}), REST)
        return forms.ask(replace(filling, shown={**filling.shown, "wrong": wrong}).say(said), refusal.field)

    def _wait(self, filling: Filling, wait: timedelta) -> Step:
        """Try nothing for a while, and ask nothing: a proof that comes afterwards is taken. The subject stays."""
        kept = {name: value for name, value in filling.values.items() if name == self.declared.subject}
        return replace(filling, values=kept).say(say.too_many_wrong(self.name, wait)).step()


def _with_buttons(reply: Reply, buttons: Sequence[Button]) -> Reply:
    return reply.model_copy(update={"buttons": [*reply.buttons, *buttons]})


def _count(value: JsonValue) -> int:
    return value if isinstance(value, int) else 0


def _rest_left(filling: Filling) -> timedelta | None:
    until = filling.shown.get("rest_until")
    left = datetime.fromisoformat(until) - filling.turn.now if isinstance(until, str) else timedelta()
    return left if left > timedelta() else None
