"""Receipts as anyone may verify them: what was paid, to whom, and whether it still holds."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from sqlalchemy import text

from desk.contract.messages import Text
from desk.payments.dependencies import PaymentDependencies
from desk.payments.numbers import receipt_number, serial_of
from desk.payments.states import State
from desk.texts.masking import masked

FIND = text("""
    SELECT receipts.order_number, receipts.issued_at,
           (SELECT sum(item.amount) FROM order_items AS item
            WHERE item.order_number = receipts.order_number AND item.outcome = 'booked') AS amount,
           (SELECT coalesce(sum(item.amount), 0) FROM order_items AS item
            WHERE item.order_number = receipts.order_number AND item.outcome = 'refused') AS refused,
           (SELECT array_agg(item.agency_receipt ORDER BY item.place) FROM order_items AS item
            WHERE item.order_number = receipts.order_number AND item.agency_receipt IS NOT NULL) AS agency_receipts
    FROM receipts WHERE receipts.serial = :serial
""")


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """A receipt. `about` are masked values (a plate, a name once the conversation is erased); `agency_receipts` the
    agency's own numbers.

    `amount` is what the agency took, `returned` what of that is back with the payer; what it refused of the same order
    is in neither.
    """

    number: str
    order: str
    city: str
    service: str
    agency: str
    amount: Decimal
    returned: Decimal
    subject: Text
    about: tuple[str, ...]
    agency_receipts: tuple[str, ...]
    paid_at: datetime
    issued_at: datetime
    standing: Literal["valid", "refunding", "refunded"]


STANDINGS: dict[State, Literal["valid", "refunding", "refunded"]] = {
    State.BOOKED: "valid",
    State.REFUNDING: "refunding",
    State.REFUNDED: "refunded",
}
"""Of the states that an order with a receipt can be in."""


async def find_receipt(dependencies: PaymentDependencies, number: str) -> ReceiptRow | None:
    """Find a receipt by its number; None when there is none of this number.

    Raises:
        NotFound: it is no receipt's number.
    """
    serial = serial_of(number)
    async with dependencies.engine.connect() as connection:
        row = (await connection.execute(FIND, {"serial": serial})).one_or_none()
        order = None if row is None else await dependencies.ledger.find(connection, row.order_number)
    if row is None or order is None:
        return None
    assert order.paid_at is not None
    private = order.opened(dependencies.keys)
    return ReceiptRow(
        number=receipt_number(serial),
        order=order.number,
        city=order.city,
        service=order.service,
        agency=order.agency,
        amount=row.amount,
        returned=max(order.refunded - row.refused, Decimal(0)),
        subject=private.subject,
        about=tuple(map(masked, private.about(parted=order.parted))),
        agency_receipts=tuple(row.agency_receipts or ()),
        paid_at=order.paid_at,
        issued_at=row.issued_at,
        standing=STANDINGS[order.state],
    )
