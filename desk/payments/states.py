"""The states of an order, and what leads from one to another. Pure: a table.

    open ──paid──► paid ──booked──► booked
     │              ▲ └──refund──► refunding ──refunded──► refunded
     └─closed─► closed┘               ▲ booked ──refund──┘

`closed` is no end: money that arrives for a closed order is booked if the agency takes it, else refunded.
"""

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    """Where an order is. `orders.status`, and `status` of the web chat API."""

    OPEN = "open"  # can be paid
    PAID = "paid"  # the money is with the gateway; the agency is being told
    BOOKED = "booked"  # the agency has taken it; there is a receipt
    REFUNDING = "refunding"  # all of it is on its way back
    REFUNDED = "refunded"
    CLOSED = "closed"  # expired, cancelled or replaced; nothing was paid


class OrderEvent(StrEnum):
    """What happens to an order. `order_events.happening`."""

    OPENED = "opened"
    PAID = "paid"
    BOOKED = "booked"  # all items, or some: then the rest is refunded
    REFUND = "refund"  # all of it is to be paid back
    PART_REFUND = "part_refund"  # what the agency did not take is to be paid back
    PART_REFUNDED = "part_refunded"
    REFUNDED = "refunded"
    CLOSED = "closed"


TRANSITIONS: Mapping[tuple[State, OrderEvent], State] = {
    (State.OPEN, OrderEvent.PAID): State.PAID,
    (State.OPEN, OrderEvent.CLOSED): State.CLOSED,
    (State.CLOSED, OrderEvent.PAID): State.PAID,
    (State.PAID, OrderEvent.BOOKED): State.BOOKED,
    (State.PAID, OrderEvent.REFUND): State.REFUNDING,
    (State.BOOKED, OrderEvent.REFUND): State.REFUNDING,
    (State.BOOKED, OrderEvent.PART_REFUND): State.BOOKED,
    (State.BOOKED, OrderEvent.PART_REFUNDED): State.BOOKED,
    (State.REFUNDING, OrderEvent.PART_REFUNDED): State.REFUNDING,
    (State.REFUNDING, OrderEvent.REFUNDED): State.REFUNDED,
}

HAS_MONEY = frozenset({State.PAID, State.BOOKED, State.REFUNDING, State.REFUNDED})
"""States that an order cannot be in without having been paid."""

ENDED = frozenset({State.CLOSED, State.REFUNDED})
"""States after which the same items may be ordered again."""


def after(state: State, event: OrderEvent) -> State | None:
    """The state after something happened; None when it cannot happen there, or has happened before."""
    return TRANSITIONS.get((state, event))
