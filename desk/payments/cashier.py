"""Payments in a turn: what the bot is told of orders, and what becomes of its effects.

All of it happens in the turn's own transaction, under the conversation's lock; what must be asked of the gateway waits
as a job.
"""

import base64
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.contract.messages import CloseOrder, Effect, OpenOrder, RefundOrder, Reply, ShowOrder
from desk.contract.refunds import part
from desk.conversations.own_matters import Held, OwnMatter
from desk.conversations.ports import Done, Turn, TurnPart
from desk.conversations.rows import ConversationRow, Event
from desk.payments import own
from desk.payments.ledger import BY_RULE, EXPIRY, Ledger
from desk.payments.links import Links
from desk.payments.rows import SELECT, OrderRow
from desk.payments.states import OrderEvent, State
from desk.sealing.opening import Opener
from desk.store.deferring import REPLIES, defer
from desk.store.keys import Keys

CLOSE, REFUND = "payments.close", "payments.refund"

# The newest orders of a conversation.
NEWEST = """
    SELECT coalesce(jsonb_agg(to_jsonb(known) ORDER BY known.created_at DESC), '[]') FROM (
        SELECT orders.number, orders.city, orders.service, orders.agency, orders.locale, orders.amount::text,
               orders.refunded::text, orders.status, encode(orders.private, 'base64') AS private, orders.created_at,
               orders.expires_at, orders.paid_at, receipts.serial AS receipt,
               (SELECT min(ticket.id) FROM tickets AS ticket
                WHERE ticket.conversation_id = orders.conversation_id AND ticket.state IN ('open', 'claimed')
                  AND starts_with(split_part(ticket.matter, ':', 2), orders.number)) AS ticket
        FROM orders LEFT JOIN receipts ON receipts.order_number = orders.number
        WHERE orders.conversation_id = message.conversation_id ORDER BY orders.created_at DESC LIMIT 10
    ) AS known
"""


# Of who is proved to hold a telephone, or has the conversation. What came to nothing a month ago is not shown any more.
HELD = text(f"""
    {SELECT}
    WHERE orders.conversation_id = ANY (CAST(:whole AS uuid[]))
      AND (orders.status <> 'closed' OR orders.created_at > CAST(:now AS timestamptz) - interval '30 days')
    ORDER BY orders.status = 'open' DESC, orders.created_at DESC LIMIT :most
""")
OF_CONVERSATION = text("""
    SELECT number, service, status, amount::text, refunded::text, created_at, paid_at FROM orders
    WHERE conversation_id = :id ORDER BY created_at
""")
PART = text("UPDATE orders SET conversation_id = NULL WHERE conversation_id = :id")


class Orders(TurnPart):
    """Orders where no gateway is asked: they are given out, and parted from what is erased.

    One that is open stays so until a process that asks the gateway closes it: it expires.
    """

    gives: ClassVar[Mapping[str, TextClause]] = {"orders": OF_CONVERSATION}
    erases: ClassVar[Sequence[TextClause]] = (PART,)


class Cashier(Orders):
    """Opens and closes orders for turns, and tells them of those that there are."""

    columns: ClassVar[Mapping[str, str]] = {"orders": NEWEST}

    def __init__(self, keys: Keys, links: Links) -> None:
        self._keys = keys
        self._links = links
        self._ledger = Ledger(keys)

    def known(self, conversation_id: UUID, read: Mapping[str, Any]) -> list[OrderRow]:
        """The orders that were read with the turn's message."""
        return [_row(conversation_id, one) for one in read["orders"]]

    def items(
        self,
        conversation: ConversationRow,
        read: Mapping[str, Any],
        opener: Opener,  # noqa: ARG002 - one shape of all parts
    ) -> Mapping[str, object]:
        """Of the context: orders, and that they can be paid here."""
        return {"pays": True, "orders": [order.note(self._keys) for order in self.known(conversation.id, read)]}

    def filled(self, conversation_id: UUID, reply: Reply) -> Reply:  # noqa: ARG002
        """Put addresses where a reply asks for them."""
        return self._links.reply(reply)

    async def carry_out(self, turn: Turn) -> Done:
        """Carry out what a turn decided about orders; other effects are left alone."""
        orders = self.known(turn.conversation.id, turn.read)
        return await self.apply(turn.connection, turn.conversation, turn.effects, orders)

    async def apply(
        self,
        connection: AsyncConnection,
        conversation: ConversationRow,
        effects: Iterable[Effect],
        orders: Iterable[OrderRow],
    ) -> Done:
        """Carry out effects that may be about these orders of a conversation, and open new ones."""
        known = {order.number: order for order in orders}
        events: list[Event] = []
        shown: OrderRow | None = None
        for effect in effects:
            match effect:
                case OpenOrder():
                    shown, closed = await self._open(connection, conversation, effect)
                    known[shown.number] = shown
                    known |= {order.number: order for order in closed}
                    events += [payment_event(order, self._links) for order in closed]
                case ShowOrder():
                    shown = known.get(effect.order)
                case RefundOrder():
                    undone = await self._refund(connection, effect) if effect.order in known else None
                    if undone is not None:
                        known[undone.number] = undone
                        events.append(payment_event(undone, self._links))
                case CloseOrder():
                    closing = await self._ledger.lock(connection, effect.order) if effect.order in known else None
                    if closing is not None and (ended := await self._close(connection, closing)) is not None:
                        known[ended.number] = ended
                        events.append(payment_event(ended, self._links))
        is_open = shown is not None and shown.state is State.OPEN
        return Done(
            events=tuple(events),
            shown=shown.payment(self._links) if shown is not None and is_open else None,
            named={number: order.payment(self._links) for number, order in known.items()},
        )

    async def own_matters(self, connection: AsyncConnection, held: Held) -> Sequence[OwnMatter]:
        """Orders, with what leads to their pay pages and receipts."""
        about = {"whole": list(held.whole), "now": held.now, "most": own.MOST}
        rows = [OrderRow(**row._mapping) for row in await connection.execute(HELD, about)]
        return [own.own_matter(row, self._keys, self._links, held.now) for row in rows]

    async def erase(self, connection: AsyncConnection, conversation_id: UUID) -> None:
        """Part orders from a conversation that is erased: those that are open are closed, all others are kept.

        They are accounts of money and stay as long as `desk/store/retention.py` says, with the names in them sealed.
        """
        for closed in await self._ledger.release(connection, conversation_id):
            await defer(connection, CLOSE, lane=REPLIES, lock=f"order:{closed.number}", order=closed.number)

    async def _open(
        self, connection: AsyncConnection, conversation: ConversationRow, effect: OpenOrder
    ) -> tuple[OrderRow, list[OrderRow]]:
        if sum((Decimal(item.amount) for item in effect.items), Decimal(0)) != Decimal(effect.amount):
            raise ValueError("An order's amount is not the sum of its items.")
        order, is_new = await self._ledger.open(connection, conversation, effect)
        if not is_new:
            return order, []
        others = await self._ledger.sharing(connection, conversation, effect)
        closed = [ended for other in others if (ended := await self._close(connection, other)) is not None]
        await defer(connection, CLOSE, lane=REPLIES, after=EXPIRY, order=order.number)
        return order, closed

    async def _refund(self, connection: AsyncConnection, effect: RefundOrder) -> OrderRow | None:
        """Promise what a rule gives back, once; None where nothing is with the agency any more."""
        order = await self._ledger.lock(connection, effect.order)
        if order is None or order.state is not State.BOOKED or await self._ledger.rule_was_applied(connection, order):
            return None
        left = await self._ledger.not_promised(connection, order)
        amount = min(part(order.amount, effect.share), left)
        event = OrderEvent.REFUND if amount == left else OrderEvent.PART_REFUND
        undone = await self._ledger.apply(connection, order, event, source="turn", amount=amount)
        assert undone is not None
        refund = await self._ledger.add_refund(connection, undone, amount, BY_RULE)
        await defer(connection, REFUND, lane=REPLIES, lock=f"order:{order.number}", refund=refund.id)
        return undone

    async def _close(self, connection: AsyncConnection, order: OrderRow) -> OrderRow | None:
        closed = await self._ledger.apply(connection, order, OrderEvent.CLOSED, source="turn")
        if closed is not None:
            await defer(connection, CLOSE, lane=REPLIES, lock=f"order:{order.number}", order=order.number)
        return closed


def payment_event(order: OrderRow, links: Links) -> Event:
    """Make the event that tells of an order's new status."""
    return Event("payment", {"payment": order.payment(links).model_dump(mode="json")})


def _row(conversation_id: UUID, read: dict[str, Any]) -> OrderRow:
    def at(name: str) -> datetime | None:
        return None if read[name] is None else datetime.fromisoformat(read[name])

    created_at, expires_at = at("created_at"), at("expires_at")
    assert created_at is not None
    assert expires_at is not None
    return OrderRow(
        number=read["number"],
        conversation_id=conversation_id,
        city=read["city"],
        service=read["service"],
        agency=read["agency"],
        locale=read["locale"],
        amount=Decimal(read["amount"]),
        refunded=Decimal(read["refunded"]),
        status=read["status"],
        private=base64.b64decode(read["private"]),
        trade_no=None,
        qr_code=None,
        created_at=created_at,
        expires_at=expires_at,
        opened_page_at=None,
        paid_at=at("paid_at"),
        booked_at=None,
        may_be_booked=False,
        receipt=read["receipt"],
        ticket=read["ticket"],
    )
