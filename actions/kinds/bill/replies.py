"""What the kind `bill` says: keys and arguments.

Keys of a service: `item`, `item_title`, `result`, `result_more`, `nothing_due`, `next_step`, `another`,
`refused_<field>`, `too_many_wrong`, and what its file names; of one that is divided `offer_all`, `not_here`,
`not_in_this_city`, `in_turn`, `passed_over`, too. Labels of facts are `card.<fact>`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from pydantic import JsonValue

from actions.forms.replies import CANCEL, HUMAN, agency_name
from actions.kinds.bill.paying import Due, all_of
from actions.kinds.statements import Item, Statement
from actions.schema import BillService
from actions.schema.bill import Note
from actions.schema.field import DeclaredOption
from desk.city.files import Agency
from desk.contract.messages import Button, Card, Reply, Row, Text

ITEMS_SHOWN = 10
"""More than so many are counted and summed up, not listed."""


def refused(name: str, field: str, args: Mapping[str, JsonValue]) -> Reply:
    """Say that the agency knows no such thing; `args` is what was given, and which agency."""
    return Reply(key=f"{name}.refused_{field}", args=dict(args))


def too_many_wrong(name: str, wait: timedelta) -> Reply:
    """Say that no more will be tried for a while, and what can be done instead."""
    minutes = max(1, -(-int(wait.total_seconds()) // 60))
    return Reply(key=f"{name}.too_many_wrong", args={"count": minutes}, buttons=[HUMAN, CANCEL])


def result(
    name: str, service: BillService, subject: str, statement: Statement, names: Mapping[str, JsonValue]
) -> Reply:
    """Show what is due: complete in the text, once more as cards. `names` are further facts of each item."""
    known: dict[str, JsonValue] = {
        **names,
        **statement.about,
        "subject": subject,
        "as_of": {"datetime": statement.as_of.isoformat()},
    }
    if not statement.items:
        return Reply(key=f"{name}.nothing_due", args=known, buttons=[another(name)])
    items = [replace(item, facts={**names, **item.facts}) for item in statement.items]
    shown, count = items[:ITEMS_SHOWN], len(items)
    lines: list[JsonValue] = [Text(key=f"{name}.item", args=dict(item.facts)).model_dump() for item in shown]
    known |= {
        "count": count,
        "total": {"money": f"{statement.total:.2f}"},
        "items": {"items": lines, "join": "numbered"},
    }
    if count > len(shown):
        known["shown"] = len(shown)
    return Reply(
        key=f"{name}.result" if count == len(shown) else f"{name}.result_more",
        args=known,
        cards=[_card(name, service, item) for item in shown],
    )


def next_step(name: str, agency: Agency) -> Reply:
    """Say what can be done about what is due."""
    return Reply(
        key=f"{name}.next_step",
        args={"agency": agency_name(agency), "phone": agency.phone},
        buttons=[another(name)],
    )


def pay_offer(name: str, dues: Sequence[Due]) -> Reply:
    """Offer to pay what was shown."""
    if len(dues) == 1:
        pay = Button(title=Text(key="button.pay", args=_amount(dues)), payload=_choose(dues[0].reference))
        return Reply(key="payments.offer_one", args=_amount(dues), buttons=[pay, another(name)])
    return Reply(key="payments.offer_many", args=_amount(dues), buttons=[*_choices(dues), another(name)])


def not_now(name: str, *, pays: bool) -> Reply:
    """Say that nothing is paid, and how it can be later; who refused it is not offered it again."""
    return Reply(key="bill.not_now") if pays else Reply(key="bill.not_now_here", buttons=[another(name)])


def not_ordered(name: str, dues: Sequence[Due]) -> Reply:
    """Say that nothing was ordered, where it was not sure that it is paid; with what pays it."""
    return Reply(key="bill.not_ordered", buttons=pay_offer(name, dues).buttons)


def offer_all(name: str, dues: Sequence[Due]) -> Reply:
    """Offer to pay at once what was shown of several subjects."""
    pay = Button(title=Text(key="button.pay_all", args=_amount(dues)), payload=_choose(all_of(dues)))
    return Reply(key=f"{name}.offer_all", args=_amount(dues), buttons=[pay])


def not_here(name: str, option: DeclaredOption, agency: Agency, *, its_own: bool) -> Reply:
    """Say that something of the same sort cannot be had here, and who has it; `its_own`: that agency supplies it."""
    args: dict[str, JsonValue] = {
        "option": {"name": option.names.model_dump(exclude_none=True)},
        "agency": agency_name(agency),
        "phone": agency.phone,
    }
    key = "not_here" if its_own else "not_in_this_city"
    return Reply(key=f"{name}.{key}", args=args, buttons=[another(name)])


def passed_over(name: str, options: Sequence[JsonValue]) -> Reply:
    """Say that some of several things are not looked up."""
    return Reply(key=f"{name}.passed_over", args={"options": _listed(options)})


def in_turn(name: str, options: Sequence[JsonValue]) -> Reply:
    """Say that several things come one after the other."""
    return Reply(key=f"{name}.in_turn", args={"options": _listed(options)})


def _listed(values: Sequence[JsonValue]) -> JsonValue:
    items: list[JsonValue] = [Text(key="card.value", args={"value": value}).model_dump() for value in values]
    return {"items": items, "join": "and"}


def noted(name: str, note: Note, agency: Agency) -> Reply:
    """Say first what cannot be done here."""
    return Reply(key=f"{name}.{note.text}", args={"agency": agency_name(agency), "phone": agency.phone})


def which(dues: Sequence[Due]) -> Reply:
    """Ask which of several things is to be paid."""
    items: list[JsonValue] = [Text(key=one.title.key, args=one.title.args).model_dump() for one in dues[:ITEMS_SHOWN]]
    args: dict[str, JsonValue] = {**_amount(dues), "items": {"items": items, "join": "numbered"}}
    return Reply(key="payments.which", args=args, buttons=[*_choices(dues), CANCEL])


def whole_alone(dues: Sequence[Due]) -> Reply:
    """Say that each thing is paid as a whole; what can be paid stands on buttons."""
    buttons = _choices(dues)[-1:] if len(dues) == 1 else _choices(dues)
    return Reply(key="payments.not_in_parts", args=_amount(dues), buttons=[*buttons, CANCEL])


def _choices(dues: Sequence[Due]) -> list[Button]:
    one_by_one = [
        Button(
            title=Text(key="button.pay_number", args={"number": number, "amount": {"money": one.amount}}),
            payload=_choose(one.reference),
        )
        for number, one in enumerate(dues[:ITEMS_SHOWN], start=1)
    ]
    return [*one_by_one, Button(title=Text(key="button.pay_all", args=_amount(dues)), payload=_choose(all_of(dues)))]


def _choose(reference: str) -> str:
    return f'/choose{{"reference": "{reference}"}}'


def _amount(dues: Sequence[Due]) -> dict[str, JsonValue]:
    total = sum((Decimal(one.amount) for one in dues), Decimal(0))
    return {"amount": {"money": f"{total:.2f}"}, "count": len(dues)}


def another(name: str) -> Button:
    """The button that begins anew with another subject."""
    return Button(title=Text(key=f"{name}.another"), payload=f"/{name}")


def _card(name: str, service: BillService, item: Item) -> Card:
    return Card(
        kind=f"{name}_item",
        title=Text(key=f"{name}.item_title", args=dict(item.facts)),
        rows=[
            Row(label=Text(key=f"card.{fact}"), value=Text(key="card.value", args={"value": item.facts[fact]}))
            for fact in service.item_facts
        ],
    )
