"""Subjects that a resident wants kept for the next time: offered after a result, offered again, forgotten.

The desk keeps them (`Remember`, `Forget`); a turn brings them back. They carry their city: an account is one city's.
Keys of a service: `keep`, `kept`, `forget`, `forgotten`, `which_to_forget`, `saved`.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import JsonValue

from actions.dialogue.ports import Step
from actions.dialogue.state.session import Frame, Question
from actions.dialogue.state.turn import Turn
from actions.forms.field import FormField
from actions.forms.filling import has_words
from actions.kinds.bill.settling import shown_still
from actions.schema import BillService
from desk.contract.messages import Button, Forget, Remember, Reply, Text

MEMORY, KEEP, FORGET = "memory", "keep", "forget"
CITY = "city"
TAIL = 4
"""So many digits of a subject stand on its button; fields that prove a right are never kept."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """One service's subjects in one turn. `fields` read and show their values."""

    name: str
    declared: BillService
    turn: Turn
    fields: Sequence[FormField]

    @property
    def known(self) -> list[dict[str, str]]:
        """What is kept of this service in this city, as values of the form."""
        mine = (one.values for one in self.turn.context.remembered if one.service == self.name)
        here = (values for values in mine if values.get(CITY) == self.turn.city.slug)
        return [{field: value for field, value in values.items() if field in self.kept_fields} for values in here]

    @property
    def kept_fields(self) -> tuple[str, ...]:
        """The fields that are kept: what names the subject, never its proof."""
        divided = self.declared.divided
        return (*((divided.field,) if divided else ()), self.declared.subject)

    def button(self, values: Mapping[str, str]) -> list[Button]:
        """The button beside a result: keep its subject, or forget it if it is kept."""
        if self.declared.keeping is None:
            return []
        kept = {field: values[field] for field in self.kept_fields}
        return [self._button(FORGET if kept in self.known else KEEP, kept)]

    def asked(self, question: Question, values: Mapping[str, str]) -> Question:
        """A question with what is kept as further choices, where it fits what was given."""
        fitting = [one for one in self.known if all(values.get(name, value) == value for name, value in one.items())]
        if self.declared.keeping is None or question.field not in self.kept_fields or not fitting:
            return question
        own, rest = _parted(question.reply.buttons)
        saved = [
            Button(title=Text(key=f"{self.name}.saved", args=self._named(one)), payload=f"/inform{_json(one)}")
            for one in fitting
        ]
        return replace(question, reply=question.reply.model_copy(update={"buttons": [*own, *saved, *rest]}))

    def wished(self, frame: Frame) -> bool:
        """Whether a turn is about keeping or forgetting."""
        if self.declared.keeping is None:
            return False
        if self.turn.kind == "payload":
            return self.turn.intent == self.name and self.turn.first(MEMORY) in (KEEP, FORGET)
        if self.turn.kind != "text":
            return False
        if has_words(self.turn, self.declared.keeping.forget_words):
            return bool(self.known)
        return has_words(self.turn, self.declared.keeping.words) and bool(looked_up(frame))

    def answer(self, frame: Frame) -> Step:
        """Keep or forget what a button names, else what was shown last."""
        keeping = self.declared.keeping
        assert keeping is not None
        shown = [{name: one[name] for name in self.kept_fields} for one in looked_up(frame)]
        if self.turn.kind == "payload":
            named = {name: self.turn.first(name) or "" for name in self.kept_fields}
            return self._kept(frame, named) if self.turn.first(MEMORY) == KEEP else self._forgotten(frame, named)
        if not has_words(self.turn, keeping.forget_words):
            return self._kept(frame, shown[-1])
        candidates = [one for one in shown[-1:] if one in self.known] or self.known
        if len(candidates) == 1:
            return self._forgotten(frame, candidates[0])
        which = Reply(key=f"{self.name}.which_to_forget", buttons=[self._button(FORGET, one) for one in candidates])
        return _beside(frame, which)

    def _kept(self, frame: Frame, values: Mapping[str, str]) -> Step:
        reply = Reply(key=f"{self.name}.kept", args=self._named(values), buttons=[self._button(FORGET, values)])
        effect = Remember(service=self.name, values={CITY: self.turn.city.slug, **values})
        return replace(_beside(frame, reply), effects=(effect,))

    def _forgotten(self, frame: Frame, values: Mapping[str, str]) -> Step:
        reply = Reply(key=f"{self.name}.forgotten", args=self._named(values))
        effect = Forget(service=self.name, values={CITY: self.turn.city.slug, **values})
        return replace(_beside(frame, reply), effects=(effect,))

    def _button(self, what: str, values: Mapping[str, str]) -> Button:
        title = Text(key=f"{self.name}.{what}", args=self._named(values))
        return Button(title=title, payload=f"/{self.name}{_json({MEMORY: what, **values})}")

    def _named(self, values: Mapping[str, str]) -> dict[str, JsonValue]:
        shown = {one.name: one.kind.shown(values[one.name]) for one in self.fields if one.name in values}
        return {**shown, "tail": values[self.declared.subject][-TAIL:]}


def looked_up(frame: Frame) -> list[dict[str, str]]:
    """The values of the look-ups that a frame has shown, in order."""
    return looked_up_in(frame.shown)


def looked_up_in(shown: Mapping[str, JsonValue]) -> list[dict[str, str]]:
    """The same of what is remembered of a frame."""
    found = shown.get("looked_up")
    return [
        {str(name): str(value) for name, value in one.items()}
        for one in (found if isinstance(found, list) else [])
        if isinstance(one, dict)
    ]


def _beside(frame: Frame, reply: Reply) -> Step:
    """Say something beside what a frame is about; a frame that was only begun for it ends."""
    step = shown_still(frame, reply)
    return step if frame.finished or frame.question is not None or frame.values else replace(step, finished=True)


def _parted(buttons: Iterable[Button]) -> tuple[list[Button], list[Button]]:
    """Choices of a question, and what stands beside them."""
    every = list(buttons)
    choices = [one for one in every if one.payload.startswith("/inform{")]
    return choices, [one for one in every if one not in choices]


def _json(values: Mapping[str, str]) -> str:
    return json.dumps(dict(values), ensure_ascii=False)
