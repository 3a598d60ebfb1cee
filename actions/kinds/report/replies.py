"""What the kind `report` says: keys `report.*`, and what the service file names."""

from collections.abc import Sequence

from pydantic import JsonValue

from actions.backends.open311 import Receipt
from actions.dialogue.ports import Told
from actions.dialogue.state.session import Question
from actions.fields.kinds import field_kind
from actions.forms.replies import CANCEL
from actions.forms.summary import row
from actions.kinds.report.agency import Asked, Sort
from actions.schema.report import CATEGORY, PLACE, ReportService
from desk.city.files import Agency
from desk.contract.messages import Button, Card, Reply, Row, Text

AGAIN = Button(title=Text(key="button.try_again"), payload="/affirm")
PAGE = "page:"
"""Value of a button that shows further categories."""
PAGE_LENGTH = 11
VALUES_SHOWN = 30
SHORT = 40
"""So many characters of a place stand in lists."""


def named(sort: Sort) -> JsonValue:
    """An argument that names a category."""
    return {"name": sort.names.model_dump(exclude_none=True)}


def which(sorts: Sequence[Sort], guesses: Sequence[Sort], key: str, page: int = 0) -> Question:
    """Ask for the category: with what may be meant, else with all there are, some at a time."""
    first = page * PAGE_LENGTH
    shown = list(guesses) or list(sorts[first : first + PAGE_LENGTH])
    rest = bool(guesses) or first + PAGE_LENGTH < len(sorts)
    further = Button(title=Text(key="report.more"), payload=_value(f"{PAGE}{0 if guesses else page + 1}"))
    buttons = [*(category_button(one) for one in shown), *([further] if rest else []), CANCEL]
    return Question(CATEGORY, Reply(key=key, buttons=buttons), field=CATEGORY)


def otherwise() -> Question:
    """Ask again for the category, which no words have told yet: in other words; all stand behind a button."""
    every = Button(title=Text(key="report.more"), payload=_value(f"{PAGE}0"))
    return Question(CATEGORY, Reply(key="report.say_otherwise", buttons=[every, CANCEL]), field=CATEGORY)


def category_button(sort: Sort) -> Button:
    return Button(title=Text(key="card.value", args={"value": named(sort)}), payload=_value(sort.code))


def _value(code: str) -> str:
    return f'/inform{{"{CATEGORY}": "{code}"}}'


def asks(attribute: Asked) -> Question:
    """Ask for an attribute: in the agency's words, with its values on buttons."""
    buttons = [
        Button(
            title=Text(key="card.value", args={"value": {"name": names.model_dump(exclude_none=True)}}),
            payload=f'/inform{{"attribute": "{key}"}}',
        )
        for key, names in attribute.values[:VALUES_SHOWN]
    ]
    said = Reply(
        key="report.ask_attribute",
        args={"question": {"name": attribute.names.model_dump(exclude_none=True)}},
        buttons=[*buttons, CANCEL],
    )
    return Question("attribute", said, field=f"attribute_{attribute.code}")


def answer_row(attribute: Asked, value: str) -> Row:
    """An answer to an attribute, for the summary."""
    names = dict(attribute.values).get(value)
    shown: JsonValue = value if names is None else {"name": names.model_dump(exclude_none=True)}
    label: JsonValue = {"name": attribute.names.model_dump(exclude_none=True)}
    return Row(label=Text(key="card.value", args={"value": label}), value=Text(key="card.value", args={"value": shown}))


def about(sort: Sort, place: str) -> Text:
    """What a report is called in lists."""
    shown = field_kind(PLACE).shown(place)
    short = f"{shown[:SHORT]}…" if isinstance(shown, str) and len(shown) > SHORT else shown
    return Text(key="report.about", args={"category": named(sort), "place": short})


def told(sort: Sort | None, place: str | None) -> Told:
    """What a report is about; called by its category alone where no place is known, and by its place where no category
    is.
    """
    if sort is None:
        return Told(None, place, Text(key="card.value", args={"value": place}))
    alone = Text(key="card.value", args={"value": named(sort)})
    return Told(sort.code, place, alone if place is None else about(sort, place))


def submitted(declared: ReportService, sort: Sort, place: str, receipt: Receipt, agency: Agency) -> Reply:
    """Say what was submitted, under which number, and what the agency says to it."""
    number = receipt.service_request_id
    key = "report.submitted" if number else "report.submitted_token" if receipt.token else "report.handed_over"
    args: dict[str, JsonValue] = {
        "about": {"text": about(sort, place).model_dump()},
        "agency": {"name": agency.names.model_dump(exclude_none=True)},
        "phone": agency.phone,
    }
    rows = [row(CATEGORY, named(sort)), row(PLACE, field_kind(PLACE).shown(place))]
    if number or receipt.token:
        args["reference"] = number or receipt.token
        rows.append(row("reference", number or receipt.token))
    if receipt.service_notice:
        args = {
            "said": {"text": Text(key=key, args=args).model_dump()},
            "notice": {"name": {"zh_Hans": receipt.service_notice}},
        }
        key = "report.with_notice"
    return Reply(key=key, args=args, cards=[Card(kind="report", title=Text(key=declared.title), rows=rows)])


def called(agency: Agency) -> dict[str, JsonValue]:
    """Arguments that name an agency and its telephone."""
    return {"agency": {"name": agency.names.model_dump(exclude_none=True)}, "phone": agency.phone}


def go_on(service: str) -> Button:
    """The button that tries a form again where it was."""
    return Button(title=Text(key="button.try_again"), payload=f"/{service}")
