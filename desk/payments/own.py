"""Orders as residents see them on a page of their own: what is to be paid until when, what was, and its receipt."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from desk.contract.messages import Text
from desk.conversations.own_matters import Group, OwnMatter, Way
from desk.payments.links import Links
from desk.payments.rows import OrderRow
from desk.payments.states import State
from desk.store.keys import Keys

MOST = 60
GROUPS: Mapping[State, Group] = {State.OPEN: "to_do", State.PAID: "in_progress", State.REFUNDING: "in_progress"}
"""The others are done."""


def own_matter(order: OrderRow, keys: Keys, links: Links, now: datetime) -> OwnMatter:
    """An order as its resident sees it; whom or what it is about is masked.

    Raises:
        Unsealable: the secret has changed.
        ValueError: it is nobody's any more.
    """
    if order.conversation_id is None:
        raise ValueError("The order is parted from its conversation.")
    private = order.opened(keys)
    expired = order.state is State.OPEN and order.expires_at <= now
    status = "expired" if expired else order.status
    return OwnMatter(
        id=f"order-{order.number}",
        conversation_id=order.conversation_id,
        kind="order",
        group="done" if expired else GROUPS.get(order.state, "done"),
        city=order.city,
        agency=order.agency,
        service=order.service,
        about=private.subject,
        state=(Text(key=f"web.pay_status_{status}"),),
        at=order.expires_at if order.state is State.OPEN and not expired else None,
        changed_at=order.booked_at or order.paid_at or order.created_at,
        lines=_lines(order, private.about(parted=True)),
        ways=_ways(order, links, expired=expired),
    )


def _lines(order: OrderRow, about: Sequence[str]) -> Sequence[tuple[str, Text]]:
    return (
        ("amount", _money(order.amount)),
        *((("refunded", _money(order.refunded)),) if order.refunded else ()),
        *(("of", Text(key="card.value", args={"value": one})) for one in about),
        ("number", Text(key="card.value", args={"value": order.number})),
    )


def _ways(order: OrderRow, links: Links, *, expired: bool) -> Sequence[Way]:
    if order.state is State.OPEN:
        return () if expired else (Way("pay", url=links.pay_page(order.number)),)
    if order.receipt_number is None:
        return ()
    receipt = links.receipt(order.receipt_number)
    seen = (Way("receipt", url=receipt), Way("paper", url=receipt.replace("?c=", ".pdf?c=", 1)))
    if order.state is not State.BOOKED:
        return seen
    return (*seen, Way("refund", payload=f'/refund{{"reference": "{order.number}"}}'))


def _money(amount: Decimal) -> Text:
    return Text(key="card.value", args={"value": {"money": f"{amount:.2f}"}})
