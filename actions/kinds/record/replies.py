"""What the kind `record` says: keys `record.*`, and what the service file names."""

from pydantic import JsonValue

from actions.backends.records import Fact, Record
from actions.forms.replies import agency_name
from actions.forms.summary import details
from desk.city.files import Agency
from desk.contract.messages import Button, Card, Reply, Row, Text


def result(name: str, title: Text, record: Record, agency: Agency) -> Reply:
    """Show a record: complete in the text, once more as a card."""
    rows = [_row(fact) for fact in record.facts]
    args: dict[str, JsonValue] = {
        "service": {"text": title.model_dump()},
        "details": details(rows),
        "agency": agency_name(agency),
        "as_of": {"datetime": record.as_of.isoformat()},
        "also": {"text": Text(key=f"{name}.also", args={"phone": agency.phone}).model_dump()},
    }
    return Reply(key="record.result", args=args, cards=[Card(kind="record", title=title, rows=rows)])


def only_own(name: str, agency: Agency, *, begins: bool) -> Reply:
    """Refuse somebody else's record, and say what that person can do; `begins`: nothing is being asked."""
    own = Button(title=Text(key="button.own_record"), payload=f"/{name}")
    args: dict[str, JsonValue] = {"agency": agency_name(agency), "phone": agency.phone}
    return Reply(key="record.only_own", args=args, buttons=[own] if begins else [])


def _row(fact: Fact) -> Row:
    label = Text(key="card.value", args={"value": {"name": fact.label.model_dump()}})
    if fact.months is not None:
        return Row(label=label, value=Text(key="record.months", args={"count": fact.months}))
    value: JsonValue
    if fact.month is not None:
        value = {"month": fact.month}
    elif fact.money is not None:
        value = {"money": fact.money}
    elif fact.date is not None:
        value = {"date": fact.date}
    else:
        assert fact.name is not None
        value = {"name": fact.name.model_dump()}
    return Row(label=label, value=Text(key="card.value", args={"value": value}))
