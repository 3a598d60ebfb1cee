"""The summary before something is booked or submitted, and what is said to it: yes, no, or what to change."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from pydantic import JsonValue

from actions.dialogue.ports import Step
from actions.dialogue.state.session import Frame, Question
from actions.dialogue.state.turn import Turn
from actions.forms import replies as say
from actions.forms.field import FormField
from actions.forms.filling import SKIPPED, Filling
from actions.forms.naming import named
from desk.contract.messages import Button, Card, Reply, Row, Text
from desk.contract.proving import Reserve
from desk.contract.situation import Confirmed

CONFIRM = Button(title=Text(key="button.confirm"), payload="/affirm")
CHANGE = Button(title=Text(key="button.change"), payload="/correct")
FIELD = "field"
SUMMED_UP = "summed_up"
SUMMARY_GOOD = timedelta(hours=2)
"""So long a yes counts; so long the desk counts it as open (desk.attempts.limits)."""


def summed_up(filling: Filling, key: str, title: Text, *, confirms: Confirmed, more: Sequence[Row] = ()) -> Step:
    """Ask whether all is right: every value that was given, masked as it is shown.

    `key` is a text with `{details}`, and ends in the question, whose yes does what `confirms` says; `more` are facts
    beside the fields (a fee, an address).
    """
    rows = [*_rows(filling), *more]
    args: dict[str, JsonValue] = {"details": details(rows)}
    card = Card(kind="summary", title=title, rows=rows)
    reply = Reply(key=key, args=args, buttons=[CONFIRM, CHANGE, say.CANCEL], cards=[card])
    question = Question(None, reply, confirms=confirms, further=_changes(filling))
    return Step(
        filling.said, dict(filling.values), {**filling.shown, SUMMED_UP: True}, question, consents=filling.consents
    )


def reserving(step: Step, service: str, frame: Frame, fields: Sequence[FormField]) -> Step:
    """The step, with what the desk counts as open once it was summed up: by telephone, id and who speaks."""
    if not step.shown.get(SUMMED_UP) or step.question is None or step.question.asks_for is not None:
        return step

    def given(kind: str) -> list[str]:
        found = [step.values.get(one.name) for one in fields if one.declared.validation == kind]
        return [one for one in found if isinstance(one, str) and one != SKIPPED]

    wish = Reserve(service=service, frame=frame.id, phones=given("phone"), id_numbers=given("id_number"))
    return replace(step, effects=(*step.effects, wish))


def is_confirmed(turn: Turn, frame: Frame) -> bool:
    """Whether a turn says yes to the summary; after a long while it is summed up anew."""
    return turn.intent == "affirm" and is_summed_up(frame) and turn.now - frame.touched_at < SUMMARY_GOOD


def is_summed_up(frame: Frame) -> bool:
    """Whether the resident has the summary before them."""
    return bool(frame.shown.get(SUMMED_UP)) and frame.question is not None and frame.question.asks_for is None


def field_to_change(turn: Turn, filling: Filling) -> str | None:
    """The field that is to be changed, if a button named it."""
    wished = turn.first(FIELD) if turn.kind == "payload" else None
    return wished if wished in {one.name for one in filling.fields} else None


def field_in_words(turn: Turn, filling: Filling) -> str | None:
    """The field that is to be changed, if words name one that was given ("change the time", "another number")."""
    given = [one for one in filling.fields if filling.values.get(one.name, SKIPPED) != SKIPPED]
    return next((one.name for one in named(turn, given)), None)


def change_what(filling: Filling, frame: Frame) -> Step:
    """Ask which of the values is to be changed; whose words agree is asked for the yes again."""
    ranking = filling.turn.ranking
    if filling.turn.kind == "text" and ranking and ranking[0].name == "affirm" and frame.question is not None:
        return Step(filling.said, dict(filling.values), dict(filling.shown), frame.question)
    buttons = [_change(one.name, one.name) for one in filling.fields]
    question = Question(None, Reply(key="form.change_what", buttons=[*buttons, say.CANCEL]))
    shown: dict[str, JsonValue] = {**filling.shown, SUMMED_UP: False}  # a yes to this question confirms nothing
    return Step(filling.said, dict(filling.values), shown, question, consents=filling.consents)


def details(rows: Sequence[Row]) -> JsonValue:
    """An argument that lists facts with their labels, a line each."""
    lines: list[JsonValue] = [
        Text(
            key="form.detail",
            args={"label": {"text": row.label.model_dump()}, "value": {"text": row.value.model_dump()}},
        ).model_dump()
        for row in rows
    ]
    return {"items": lines, "join": "lines"}


def row(name: str, value: JsonValue) -> Row:
    """A fact with its label, `card.<name>`."""
    return Row(label=Text(key=f"card.{name}"), value=Text(key="card.value", args={"value": value}))


def near(day: str, today: date | None) -> JsonValue:
    """An argument that names a day, with its weekday; with `today`, also by how near it is."""
    return {"day": day} if today is None else {"day": day, "today": today.isoformat()}


def _changes(filling: Filling) -> tuple[Button, ...]:
    """For each row of what was given, what changes it: a press that stands beside the row where there is room."""
    given = [one for one in filling.fields if filling.values.get(one.name, SKIPPED) != SKIPPED]
    return tuple(_change(one.name, say.label_of(one, filling.values[one.name])) for one in given)


def _change(name: str, label: str) -> Button:
    return Button(title=Text(key=f"card.{label}"), payload=f'/correct{{"{FIELD}": "{name}"}}')


def _rows(filling: Filling) -> list[Row]:
    today = filling.turn.now.date()

    def shown(name: str) -> JsonValue:
        match filling.named(name):
            case {"day": str(day)}:
                return near(day, today)
            case value:
                return value

    return [
        row(say.label_of(one, filling.values[one.name]), shown(one.name))
        for one in filling.fields
        if filling.values.get(one.name, SKIPPED) != SKIPPED
    ]
