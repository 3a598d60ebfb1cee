"""The book of orders, on a connection whose transaction the caller owns.

An order's row lock is its fence: whoever changes it takes the lock, and what cannot happen in its state does not.
Lock order: conversation, order, stream counter.
"""

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.contract.agency_commands import Booking
from desk.contract.errors import Conflict
from desk.contract.messages import ORDER_MINUTES, OpenOrder
from desk.conversations.rows import ConversationRow
from desk.payments.metrics import ORDERS
from desk.payments.rows import SEALED, SELECT, OrderRow, Private, RefundRow
from desk.payments.states import OrderEvent, State, after
from desk.store.keys import Keys
from desk.store.terms import OF_CITIES, Category, Tally, Term

REFUND_COLUMNS = ", ".join(field.name for field in fields(RefundRow))
REFERENCE = "reference"  # the purpose of the hashes by which orders of one thing are found
BY_RULE = "rule"  # why money goes back that the agency took, besides a clerk's word
EXPIRY = timedelta(minutes=ORDER_MINUTES)

FIND = text(f"{SELECT} WHERE orders.number = :number")
LOCK = text(f"{SELECT} WHERE orders.number = :number FOR UPDATE OF orders")
INSERT = text("""
    INSERT INTO orders (number, conversation_id, city, service, agency, locale, amount, private, created_at, expires_at)
    VALUES (:number, :conversation_id, :city, :service, :agency, :locale, :amount, :private, clock_timestamp(),
            clock_timestamp() + :expiry)
    ON CONFLICT (number) DO NOTHING RETURNING number
""")
CHANGED = ("status", "refunded", "trade_no", "paid_at", "booked_at", "may_be_booked")
"""Columns of an order that change under its lock."""
CHANGE = text(f"UPDATE orders SET {', '.join(f'{name} = :{name}' for name in CHANGED)} WHERE number = :number")
INSERT_ITEM = text("""
    INSERT INTO order_items (order_number, place, reference_hash, amount)
    VALUES (:order_number, :place, :reference_hash, :amount)
""")
SHARING = text(f"""
    {SELECT}
    WHERE orders.conversation_id = :conversation_id AND orders.status = 'open' AND orders.number <> :number
      AND (orders.city, orders.service, orders.agency) = (:city, :service, :agency)
      AND EXISTS (SELECT FROM order_items AS item
                  WHERE item.order_number = orders.number AND item.reference_hash = ANY (:hashes))
    ORDER BY orders.number FOR UPDATE OF orders
""")
OPEN_OF = text(f"""
    {SELECT} WHERE orders.conversation_id = :conversation_id AND orders.status = 'open'
    ORDER BY orders.number FOR UPDATE OF orders
""")
GONE = """
    WITH gone AS (
        DELETE FROM orders
        WHERE conversation_id IS NULL AND {of_cities} AND {is_over}
          AND NOT EXISTS (SELECT FROM refunds
                          WHERE refunds.order_number = orders.number AND refunds.status = 'pending')
        RETURNING city
    ) SELECT city, count(*) AS deleted FROM gone GROUP BY city
"""
# Terms of accounting begin on the day after the year's end (Measures for Accounting Archives of 2015, article 14).
YEAR_AFTER = "date_trunc('year', paid_at, 'Asia/Shanghai') + interval '1 year'"
FORGET = {
    Category.ORDERS: text(
        GONE.format(
            of_cities=OF_CITIES.format(city="orders.city"),
            is_over=f"({YEAR_AFTER}) + make_interval(years => :length) <= now()",
        )
    ),
    Category.UNPAID: text(
        GONE.format(
            of_cities=OF_CITIES.format(city="orders.city"),
            is_over="paid_at IS NULL AND status = 'closed' AND created_at < now() - make_interval(days => :length)",
        )
    ),
}
"""By the kind of orders."""
RELEASE = text("UPDATE orders SET conversation_id = NULL WHERE conversation_id = :conversation_id")
EVENT = text("""
    INSERT INTO order_events (order_number, happening, status, source, amount)
    VALUES (:order_number, :happening, :status, :source, :amount)
""")
BOOK_ITEM = text("""
    UPDATE order_items SET outcome = :outcome, code = :code, agency_receipt = :receipt
    WHERE order_number = :order_number AND place = :place
""")
ISSUE = text("INSERT INTO receipts (order_number) VALUES (:order_number) RETURNING serial")
ADD_REFUND = text(f"""
    INSERT INTO refunds (id, order_number, amount, reason)
    SELECT :order_number || '-' || (count(*) + 1), :order_number, :amount, :reason
    FROM refunds WHERE order_number = :order_number
    RETURNING {REFUND_COLUMNS}
""")
PROMISED = text(
    "SELECT coalesce(sum(amount), 0) FROM refunds WHERE order_number = :order_number AND status <> 'refused'"
)
UNTAKEN = text(f"""
    SELECT (SELECT coalesce(sum(amount), 0) FROM order_items
            WHERE order_number = :order_number AND outcome = 'refused')
         - (SELECT coalesce(sum(amount), 0) FROM refunds
            WHERE order_number = :order_number AND status <> 'refused' AND reason NOT IN ('clerk', '{BY_RULE}'))
""")
RULED = text(f"SELECT EXISTS (SELECT FROM refunds WHERE order_number = :order_number AND reason = '{BY_RULE}')")
NOTIFIED = text("""
    INSERT INTO payment_notifications (order_number, trade_status, out_biz_no, kind, trade_no)
    VALUES (:order_number, :trade_status, :out_biz_no, :kind, :trade_no) ON CONFLICT DO NOTHING
""")


class Ledger:
    """Orders and what happens to them."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    async def open(
        self, connection: AsyncConnection, conversation: ConversationRow, effect: OpenOrder
    ) -> tuple[OrderRow, bool]:
        """Open an order, or find it: the same number is the same order. Answers whether it is new.

        Raises:
            Conflict: the number is another conversation's.
        """
        private = Private(items=effect.items, subject=effect.subject, subject_of=effect.subject_of)
        sealed = self._keys.seal(private.model_dump_json().encode(), purpose=SEALED, of=effect.order)
        values = {
            "number": effect.order,
            "conversation_id": conversation.id,
            "city": conversation.city,
            "service": effect.service,
            "agency": effect.agency,
            "locale": conversation.locale,
            "amount": Decimal(effect.amount),
            "private": sealed,
            "expiry": EXPIRY,
        }
        is_new = (await connection.execute(INSERT, values)).scalar_one_or_none() is not None
        if is_new:
            items = [
                {
                    "order_number": effect.order,
                    "place": place,
                    "reference_hash": self._hash(effect.service, item.reference),
                    "amount": Decimal(item.amount),
                }
                for place, item in enumerate(effect.items, start=1)
            ]
            await connection.execute(INSERT_ITEM, items)
            await self._record(connection, effect.order, OrderEvent.OPENED, State.OPEN, "turn", Decimal(effect.amount))
        order = await self.lock(connection, effect.order)
        if order is None or order.conversation_id != conversation.id:
            raise Conflict("An order of this number belongs to another conversation.")
        return order, is_new

    async def sharing(
        self, connection: AsyncConnection, conversation: ConversationRow, effect: OpenOrder
    ) -> Sequence[OrderRow]:
        """Lock the other open orders of a conversation that would pay for one of the same things.

        A reference is its agency's: two cities, or two suppliers of one, may have the same.
        """
        values = {
            "conversation_id": conversation.id,
            "number": effect.order,
            "city": conversation.city,
            "service": effect.service,
            "agency": effect.agency,
            "hashes": [self._hash(effect.service, item.reference) for item in effect.items],
        }
        return [OrderRow(**row._mapping) for row in await connection.execute(SHARING, values)]

    async def find(self, connection: AsyncConnection, number: str) -> OrderRow | None:
        """Find an order as it stands."""
        row = (await connection.execute(FIND, {"number": number})).one_or_none()
        return None if row is None else OrderRow(**row._mapping)

    async def lock(self, connection: AsyncConnection, number: str) -> OrderRow | None:
        """Take an order's lock."""
        row = (await connection.execute(LOCK, {"number": number})).one_or_none()
        return None if row is None else OrderRow(**row._mapping)

    async def apply(
        self,
        connection: AsyncConnection,
        order: OrderRow,
        event: OrderEvent,
        *,
        source: str,
        amount: Decimal | None = None,
        **changes: Any,
    ) -> OrderRow | None:
        """Let something happen to a locked order; `changes` are further columns. None: it cannot happen there."""
        state = after(order.state, event)
        if state is None:
            return None
        changed = await self.set(connection, order, status=state.value, **changes)
        await self._record(connection, order.number, event, state, source, amount)
        return changed

    async def set(self, connection: AsyncConnection, order: OrderRow, **changes: Any) -> OrderRow:
        """Change columns of a locked order: those of `CHANGED`."""
        changed = replace(order, **changes)
        await connection.execute(CHANGE, {name: getattr(changed, name) for name in ("number", *CHANGED)})
        return changed

    async def note_bookings(self, connection: AsyncConnection, order: OrderRow, bookings: Iterable[Booking]) -> None:
        """Note what became of each item, in the order's order."""
        values = [
            {
                "order_number": order.number,
                "place": place,
                "outcome": booking.outcome,
                "code": booking.code,
                "receipt": booking.receipt,
            }
            for place, booking in enumerate(bookings, start=1)
        ]
        await connection.execute(BOOK_ITEM, values)

    async def issue_receipt(self, connection: AsyncConnection, order: OrderRow) -> OrderRow:
        """Issue the one receipt of an order, in the transaction that marks it as booked."""
        serial = (await connection.execute(ISSUE, {"order_number": order.number})).scalar_one()
        return replace(order, receipt=serial)

    async def add_refund(self, connection: AsyncConnection, order: OrderRow, amount: Decimal, reason: str) -> RefundRow:
        """Promise to pay money back; the order's lock is held."""
        values = {"order_number": order.number, "amount": amount, "reason": reason}
        return RefundRow(**(await connection.execute(ADD_REFUND, values)).one()._mapping)

    async def not_promised(self, connection: AsyncConnection, order: OrderRow) -> Decimal:
        """What could still be paid back: the amount without all refunds that are done or on their way."""
        promised = (await connection.execute(PROMISED, {"order_number": order.number})).scalar_one()
        return order.amount - Decimal(promised)

    async def rule_was_applied(self, connection: AsyncConnection, order: OrderRow) -> bool:
        """Whether something of it went back by the rule of its service before."""
        return bool((await connection.execute(RULED, {"order_number": order.number})).scalar_one())

    async def untaken(self, connection: AsyncConnection, order: OrderRow) -> Decimal:
        """What the agency has refused and no refund is done or on its way for: the gateway refused to pay it back."""
        return Decimal((await connection.execute(UNTAKEN, {"order_number": order.number})).scalar_one())

    async def note_notification(
        self, connection: AsyncConnection, order: OrderRow, *, trade_status: str, refund_request: str, trade_no: str
    ) -> None:
        """Keep that the gateway said something; the same again changes nothing."""
        values = {
            "order_number": order.number,
            "trade_status": trade_status,
            "out_biz_no": refund_request,
            "kind": "refund" if refund_request else "trade",
            "trade_no": trade_no,
        }
        await connection.execute(NOTIFIED, values)

    async def release(self, connection: AsyncConnection, conversation_id: UUID) -> Sequence[OrderRow]:
        """Part orders from a conversation that is erased, and close those that are open; answers these."""
        found = await connection.execute(OPEN_OF, {"conversation_id": conversation_id})
        closed = []
        for order in [OrderRow(**row._mapping) for row in found]:
            after_it = await self.apply(connection, order, OrderEvent.CLOSED, source="erasure")
            closed.append(after_it or order)
        await connection.execute(RELEASE, {"conversation_id": conversation_id})
        return closed

    def _hash(self, service: str, reference: str) -> bytes:
        return self._keys.digest(f"{service} {reference}", purpose=REFERENCE)

    async def _record(
        self,
        connection: AsyncConnection,
        number: str,
        event: OrderEvent,
        state: State,
        source: str,
        amount: Decimal | None,
    ) -> None:
        await connection.execute(
            EVENT,
            {
                "order_number": number,
                "happening": event.value,
                "status": state.value,
                "source": source,
                "amount": amount,
            },
        )
        ORDERS.labels(event=event.value).inc()


def is_expired(order: OrderRow, now: datetime) -> bool:
    """Whether an order can no longer be paid."""
    return now >= order.expires_at


async def forget(connection: AsyncConnection, kind: Category, term: Term) -> Tally:
    """Delete orders of erased residents whose term is over, paid or unpaid, unless money is still to go back."""
    values = {"length": term.length, "cities": list(term.cities), "all_but": term.all_but}
    return Tally({row.city: row.deleted for row in await connection.execute(FORGET[kind], values)})
