"""What is said of refund rules: in a summary, before something is given up, and after."""

from datetime import datetime
from decimal import Decimal

from pydantic import JsonValue

from actions.dialogue.state.turn import Turn
from desk.contract.messages import OrderNote, Reply, Row, Text
from desk.contract.refunds import RefundRule, Share, part


def rule_text(rule: RefundRule, at: datetime | None, now: datetime) -> Text:
    """The rule as it applies from now on; `at` is the time of an appointment."""
    until = None if at is None else rule.full_until(at)
    if until is None or now > until:
        return Text(key=f"refund.rule_{rule.otherwise}")
    return Text(key=f"refund.rule_until_{rule.otherwise}", args={"until": {"datetime": until.isoformat()}})


def rule_row(rule: RefundRule, at: datetime | None, now: datetime) -> Row:
    """The rule as a line of a summary."""
    value: JsonValue = {"text": rule_text(rule, at, now).model_dump(mode="json")}
    return Row(label=Text(key="card.refund"), value=Text(key="card.value", args={"value": value}))


def rule_of(turn: Turn, service: str, declared: RefundRule | None) -> RefundRule | None:
    """The rule of a service in the city of a turn: the city's own, else the service's."""
    return turn.city.services[service].refund or declared


def paid_order(turn: Turn, key: str) -> OrderNote | None:
    """The order of this conversation by which the agency has the fee of what it knows by a key."""
    paid = (order for order in turn.context.orders if order.status == "booked" and order.city == turn.city.slug)
    return next((order for order in paid if any(item.reference == key for item in order.items)), None)


def under_way(turn: Turn, key: str) -> bool:
    """Whether such a fee is paid, and its agency is being told just now."""
    orders = (order for order in turn.context.orders if order.status == "paid" and order.city == turn.city.slug)
    return any(item.reference == key for order in orders for item in order.items)


def foretold(order: OrderNote, share: Share) -> Reply:
    """What becomes of the fee when it is given up."""
    return Reply(key=f"refund.giving_up_{share}", args=_amounts(order, share))


def begun(order: OrderNote, share: Share, turn: Turn, service: str) -> Reply:
    """What becomes of the fee, now that it was given up."""
    agency = turn.city.responsible(service)
    about: dict[str, JsonValue] = {
        "agency": {"name": agency.names.model_dump(exclude_none=True)},
        "phone": agency.phone,
    }
    return Reply(key=f"refund.given_up_{share}", args={**_amounts(order, share), **about})


def _amounts(order: OrderNote, share: Share) -> dict[str, JsonValue]:
    return {"amount": {"money": order.amount}, "back": {"money": f"{part(Decimal(order.amount), share):.2f}"}}
