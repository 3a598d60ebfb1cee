"""What a kind `bill` asks of an agency's system, whatever it bills for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from pydantic import JsonValue


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is due. `amount` in yuan; `facts` are arguments of texts, by the names in `item_facts`.

    `words` are others, in lower case, by which a resident may name it among several: its month.
    """

    reference: str
    amount: Decimal
    facts: Mapping[str, JsonValue]
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """What is due for one subject, the newest first; `as_of` says how fresh that is. What was paid is not in it.

    `about` are further arguments of the texts that show it.
    """

    as_of: datetime
    items: tuple[Item, ...]
    about: Mapping[str, JsonValue] = field(default_factory=dict)

    @property
    def total(self) -> Decimal:
        return sum((item.amount for item in self.items), Decimal("0.00"))


@dataclass(frozen=True, slots=True)
class Refusal:
    """The agency knows no such thing: `field` is what is wrong, for all that can be told."""

    field: str


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that has arrived for one item. `amount` in yuan; order and trade number are those of the whole payment."""

    reference: str
    amount: str
    order: str
    trade_no: str
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class NotTaken:
    """The agency refuses the money for good; `code` is its own word for the reason."""

    code: str


class BillSource(Protocol):
    """The system of one city's agency."""

    async def look_up(self, values: Mapping[str, str]) -> Statement | Refusal:
        """Look up what is due. `values` are those of the service's fields, all of them.

        Raises:
            BackendError: the system failed.
        """

    async def settle(self, payment: Payment) -> str | NotTaken:
        """Report a payment; the same may be reported any number of times. Answers the agency's receipt number.

        Raises:
            BackendError: the system failed.
        """
