"""Orders as staff see them: found, and one with all that happened to it. Nothing personal is shown.

Still an order says what one resident paid and when: who found or opened it stands in the audit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.audit.trail import record
from desk.contract.errors import NotFound
from desk.contract.staff import WITHIN, Actor, Permission
from desk.contract.text import Text
from desk.payments.numbers import serial_of
from desk.payments.rows import SELECT, OrderRow
from desk.store.database import transaction

PAGE = 50

LIST = text(f"""
    {SELECT}
    WHERE (CAST(:city AS text) IS NULL OR orders.city = :city)
      AND (CAST(:status AS text) IS NULL OR orders.status = :status)
      AND (CAST(:before AS timestamptz) IS NULL OR (orders.created_at, orders.number) < (:before, :before_number))
      AND {WITHIN.format(city="orders.city", agency="orders.agency")}
    ORDER BY orders.created_at DESC, orders.number DESC LIMIT :limit
""")
ONE = text(f"{SELECT} WHERE orders.number = :number")
# Its own number before that of a receipt, and that before the gateway's.
FOUND = text("""
    SELECT number, city, agency FROM (
        SELECT number, city, agency, 1 AS rank FROM orders WHERE number = :given
        UNION ALL
        SELECT orders.number, orders.city, orders.agency, 2 FROM receipts
        JOIN orders ON orders.number = receipts.order_number WHERE receipts.serial = CAST(:serial AS bigint)
        UNION ALL
        SELECT number, city, agency, 3 FROM orders WHERE trade_no = :given
    ) AS found ORDER BY rank LIMIT 1
""")
EVENTS = text("""
    SELECT happening, status, source, amount::text, at FROM order_events WHERE order_number = :number ORDER BY id
""")
ITEMS = text("""
    SELECT place, amount::text, outcome, code, agency_receipt FROM order_items WHERE order_number = :number
    ORDER BY place
""")
REFUNDS = text("""
    SELECT id, amount::text, reason, status, code, attempts, created_at FROM refunds WHERE order_number = :number
    ORDER BY id
""")


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """Something that happened to an order; `status` is its state from then on."""

    happening: str
    status: str
    source: str
    amount: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderItem:
    """A thing that an order pays; `outcome` is what its agency made of it, None: it was not told yet."""

    place: int
    amount: str
    outcome: str | None
    code: str | None
    agency_receipt: str | None


@dataclass(frozen=True, slots=True)
class OrderRefund:
    """Money on its way back, or back."""

    id: str
    amount: str
    reason: str
    status: str
    code: str | None
    attempts: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class OrderSheet:
    """An order with all that stands in the book about it."""

    order: OrderRow
    items: Sequence[OrderItem]
    refunds: Sequence[OrderRefund]
    events: Sequence[OrderEvent]


@dataclass(frozen=True)
class OrderBook:
    """The room for pages and commands."""

    engine: AsyncEngine

    async def page(
        self,
        actor: Actor,
        *,
        city: str | None = None,
        status: str | None = None,
        before: str | None = None,
        limit: int = PAGE,
    ) -> list[OrderRow]:
        """Orders of the actor's agencies, the newest first; of those older than the order `before`."""
        actor.require_somewhere(Permission.PAYMENT_READ)
        values = {"city": city, "status": status, "limit": limit, **actor.places(Permission.PAYMENT_READ).values()}
        async with self.engine.connect() as connection:
            last = None
            if before is not None:
                last = (await connection.execute(ONE, {"number": before})).one_or_none()
            values |= {
                "before": None if last is None else last.created_at,
                "before_number": None if last is None else last.number,
            }
            return [OrderRow(**row._mapping) for row in await connection.execute(LIST, values)]

    async def one(self, actor: Actor, number: str) -> OrderSheet:
        """An order. That it was read stands in the audit.

        Raises:
            NotFound: there is none.
            NotPermitted: it is of another agency.
        """
        about = {"number": number}
        async with transaction(self.engine) as connection:
            row = (await connection.execute(ONE, about)).one_or_none()
            if row is None:
                raise NotFound(f"There is no order {number}.", said=Text(key="console.error_no_order"))
            order = OrderRow(**row._mapping)
            actor.require(Permission.PAYMENT_READ, order.city, order.agency)
            sheet = OrderSheet(
                order,
                [OrderItem(**one._mapping) for one in await connection.execute(ITEMS, about)],
                [OrderRefund(**one._mapping) for one in await connection.execute(REFUNDS, about)],
                [OrderEvent(**one._mapping) for one in await connection.execute(EVENTS, about)],
            )
            await record(connection, actor, "order.read", subject=number, of=order)
        return sheet

    async def find(self, actor: Actor, given: str) -> str:
        """The number of the order that is meant by its own number, that of its receipt, or the gateway's.

        That it was found stands in the audit; what was typed does not.

        Raises:
            NotFound: there is none of the actor's agencies.
        """
        async with transaction(self.engine) as connection:
            row = (await connection.execute(FOUND, {"given": given, "serial": _serial(given)})).one_or_none()
            if row is None or not actor.may(Permission.PAYMENT_READ, row.city, row.agency):
                raise NotFound(f"There is no order {given[:60]!r}.", said=Text(key="console.error_no_order"))
            await record(connection, actor, "order.find", subject=row.number, of=row)
        return str(row.number)


def _serial(given: str) -> int | None:
    """The serial of a receipt by its number; None: it is no such number."""
    try:
        return serial_of(given)
    except NotFound:
        return None
