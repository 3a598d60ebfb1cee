"""What the payments room hands out: frozen rows."""

from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from desk.contract.orders import OrderItem, OrderNote
from desk.contract.text import Text
from desk.contract.wire import Wire
from desk.payments.links import Links
from desk.payments.numbers import receipt_number
from desk.payments.states import State
from desk.store.keys import Keys
from desk.tickets.reference import reference_of

if TYPE_CHECKING:  # a list shows no page of an order
    from desk.contract.rendered import PaymentState

SEALED = "order"  # the purpose for which the private part of an order is sealed


class Private(Wire):
    """The part of an order that is about a person."""

    items: list[OrderItem]
    subject: Text
    subject_of: dict[str, str]

    def about(self, *, parted: bool) -> tuple[str, ...]:
        """Whom or what it is about, as pages show it; masked where the order is parted from its conversation."""
        return tuple(map(_hidden if parted else str, self.subject_of.values()))


def _hidden(value: str) -> str:
    """A value as it is masked for staff; of one that no mask knows, such as a name, the first character is seen."""
    from desk.texts.masking import masked  # the values of the dialogue

    seen = masked(value)
    return seen if seen != value else f"{value[:1]}**"


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order. Money in yuan; times are aware, in UTC. `receipt` is the serial of its receipt.

    `ticket` is the number of that in which a clerk settles something of it, where a turn has read it.
    """

    number: str
    conversation_id: UUID | None
    city: str
    service: str
    agency: str
    locale: str
    amount: Decimal
    refunded: Decimal
    status: str
    private: bytes
    trade_no: str | None
    qr_code: str | None
    created_at: datetime
    expires_at: datetime
    opened_page_at: datetime | None
    paid_at: datetime | None
    booked_at: datetime | None
    may_be_booked: bool
    receipt: int | None = None
    ticket: int | None = None

    @property
    def state(self) -> State:
        return State(self.status)

    @property
    def receipt_number(self) -> str | None:
        return None if self.receipt is None else receipt_number(self.receipt)

    @property
    def parted(self) -> bool:
        """Whether its resident had everything erased, or was forgotten: it stays, as an account of money."""
        return self.conversation_id is None

    def opened(self, keys: Keys) -> Private:
        """Open the private part.

        Raises:
            Unsealable: the secret has changed.
        """
        return Private.model_validate_json(keys.open(self.private, purpose=SEALED, of=self.number))

    def payment(self, links: Links) -> "PaymentState":
        """The order as residents' programs see it."""
        from desk.contract.rendered import PaymentState  # all that is rendered of a turn

        return PaymentState(
            order=self.number, amount=f"{self.amount:.2f}", status=self.status, url=links.pay_page(self.number)
        )

    def note(self, keys: Keys) -> OrderNote:
        """The order as a turn may know it."""
        private = self.opened(keys)
        return OrderNote(
            order=self.number,
            city=self.city,
            service=self.service,
            agency=self.agency,
            status=State(self.status).value,
            amount=f"{self.amount:.2f}",
            refunded=f"{self.refunded:.2f}",
            items=private.items,
            subject=private.subject,
            subject_of=private.subject_of,
            created_at=self.created_at.isoformat(),
            expires_at=self.expires_at.isoformat(),
            paid_at=None if self.paid_at is None else self.paid_at.isoformat(),
            receipt=self.receipt_number,
            ticket=None if self.ticket is None else reference_of(self.ticket),
        )


COLUMNS = ", ".join(f"orders.{field.name}" for field in fields(OrderRow) if field.name not in ("receipt", "ticket"))
SELECT = f"""
    SELECT {COLUMNS}, receipts.serial AS receipt
    FROM orders LEFT JOIN receipts ON receipts.order_number = orders.number
"""


@dataclass(frozen=True, slots=True)
class RefundRow:
    """Money on its way back. `status` is pending, done or refused."""

    id: str
    order_number: str
    amount: Decimal
    reason: str
    status: str
    code: str | None
    attempts: int
    tried_at: datetime | None
    created_at: datetime
