"""An order as a turn may know it, and what it pays for: the part of what turns say that lists of orders read, too."""

from typing import Annotated, Literal

from pydantic import Field

from desk.contract.text import Text
from desk.contract.wire import Slug, Wire

type Money = Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,9})\.[0-9]{2}$", description="Yuan.")]
type OrderNumber = Annotated[str, Field(pattern=r"^[0-9]{24}$", description="Day, and sixteen digits.")]
type OrderStatus = Literal["open", "paid", "booked", "refunding", "refunded", "closed"]


class OrderItem(Wire):
    """One thing that an order pays for; `reference` is the agency's number of it."""

    reference: Annotated[str, Field(min_length=1, max_length=64)]
    amount: Money
    title: Text


class OrderNote(Wire):
    """An order of this conversation as a turn may know it. Times carry their offset.

    `city` is the one whose agency is paid: the conversation may have moved on since. `ticket` is where a clerk settles
    something of it.
    """

    order: OrderNumber
    city: Slug
    service: str
    agency: str
    status: OrderStatus
    amount: Money
    refunded: Money = "0.00"
    items: list[OrderItem]
    subject: Text
    subject_of: dict[str, str] = Field(default_factory=dict)
    created_at: str
    expires_at: str
    paid_at: str | None = None
    receipt: str | None = None
    ticket: str | None = None
