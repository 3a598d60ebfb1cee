"""What forms say: keys and arguments.

Keys: what the service file names; `form.noted`, `form.changed`, `form.needed`, `form.needed_why`, `form.which_option`,
`form.no_such_option`; labels of fields are `card.<field>`.
"""

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from pydantic import JsonValue

from actions.dialogue.state.session import Question
from actions.fields.choice import Choice
from actions.fields.identity import Identity, parted
from actions.forms.field import EVERY, FormField
from desk.city.files import Agency, City
from desk.contract.messages import Button, Reply, Text
from values.definition import Accepted, Rejected

CANCEL = Button(title=Text(key="button.cancel"), payload="/cancel")
HUMAN = Button(title=Text(key="button.human_agent"), payload="/human_agent")
SKIP = Button(title=Text(key="button.skip"), payload="/deny")
CHOICES_SHOWN = 12
"""So many choices stand on buttons."""
FEW = 3
"""No more choices than these are shown again as they are."""


def agency_name(agency: Agency) -> JsonValue:
    """An argument that names an agency."""
    return {"name": agency.names.model_dump(exclude_none=True)}


def question(
    field: FormField,
    agency: Agency,
    args: Mapping[str, JsonValue] = MappingProxyType({}),
    *,
    with_notice: bool,
    with_choices: bool = True,
) -> Question:
    """Ask for a field, with its choices on buttons; for personal data with the notice why and by whom.

    `args` is what is known already, by field, for questions that name it.
    """
    declared = field.declared
    notice = Text(key=declared.why, args={"agency": agency_name(agency)}) if with_notice and declared.why else None
    choices = choice_buttons(field) if with_choices else []
    buttons = [*choices, *([SKIP] if declared.optional else []), CANCEL]
    key, more = declared.ask, dict(args)
    if isinstance(field.kind, Identity) and field.kind.documents and declared.ask_with_documents is not None:
        key = declared.ask_with_documents
        more["documents"] = documents_named(field.kind.documents)
    return Question(declared.entity, Reply(key=key, args=more, buttons=buttons), notice, field=field.name)


def documents_named(documents: Sequence[str]) -> JsonValue:
    """An argument that names documents."""
    return {"items": [Text(key=f"identity.{one}").model_dump() for one in documents], "join": "or"}


def which_of_these(field: FormField, likeliest: Sequence[str]) -> Question:
    """Ask again for a choice that words did not tell: which of the likeliest, or in other words; all on a button."""
    every = Button(title=Text(key="form.all_choices"), payload=_gives(field, EVERY))
    key = "form.which_of_these" if likeliest else "form.say_otherwise"
    said = Reply(
        key=key,
        args={"field": label(field.name)},
        buttons=[*(value_button(field, value) for value in likeliest), every, CANCEL],
    )
    return Question(field.declared.entity, said, field=field.name)


def choice_buttons(field: FormField) -> list[Button]:
    """A button for each thing that can be chosen, if the field is a choice."""
    options = field.kind.options if isinstance(field.kind, Choice) else ()
    return [value_button(field, option.value) for option in options[:CHOICES_SHOWN]]


def value_button(field: FormField, value: str) -> Button:
    """A button that gives a value."""
    return Button(title=Text(key="card.value", args={"value": field.kind.shown(value)}), payload=_gives(field, value))


def _gives(field: FormField, value: str) -> str:
    return f"/inform{json.dumps({field.name: value}, ensure_ascii=False)}"


def noted(field: FormField, value: Accepted, *, changed: bool) -> Reply:
    """Say what was taken, or changed."""
    args: dict[str, JsonValue] = {"value": field.kind.shown(value.value), "field": label(label_of(field, value.value))}
    key = None if changed else field.declared.noted
    return Reply(key=key or field.declared.changed, args=args)


def label_of(field: FormField, value: str) -> str:
    """Which label, `card.<name>`, a value has: that of the field, or of the document that a number is of."""
    document = parted(value)[0] if isinstance(field.kind, Identity) else None
    return document or field.name


def label(name: str) -> JsonValue:
    """An argument that is the label of a field."""
    return {"text": Text(key=f"card.{name}").model_dump()}


def remark(key: str, field: FormField, value: str) -> Reply:
    """Say that only a part was taken."""
    return Reply(key=key, args={"value": field.kind.shown(value)})


def needed(field: FormField, agency: Agency) -> Reply:
    """Say that it does not go on without a value, what that is needed for, and what can be done instead."""
    if field.declared.why is None:
        return Reply(key="form.needed", args={"field": label(field.name)})
    why = Text(key=field.declared.why, args={"agency": agency_name(agency)})
    return Reply(key="form.needed_why", args={"field": label(field.name), "why": {"text": why.model_dump()}})


def example(field: FormField, city: City) -> dict[str, JsonValue]:
    """An argument that shows what a value looks like: one of the city's own, else the service's."""
    names = city.examples.get(field.entity, field.declared.example)
    return {} if names is None else {"example": {"name": names.model_dump(exclude_none=True)}}


def rejected(field: FormField, why: Rejected, shown: Mapping[str, JsonValue] = MappingProxyType({})) -> Reply:
    """Say why a value cannot be; what may be meant stands on buttons. `shown` is what one looks like."""
    return Reply(
        key=why.reason, args={**why.args, **shown}, buttons=[value_button(field, guess) for guess in why.guesses]
    )
