"""The orders of a conversation, as somebody sees them who answers in it: nothing of their private part."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.contract.staff import WITHIN, Places
from desk.payments.states import State

MOST = 20
ORDERS = text(f"""
    SELECT number, service, amount, refunded, status, created_at FROM orders
    WHERE conversation_id = :id AND {WITHIN.format(city="city", agency="agency")}
    ORDER BY created_at DESC LIMIT :most
""")


OF_NUMBER = text(f"""
    SELECT conversation_id, agency FROM orders
    WHERE number = :number AND conversation_id IS NOT NULL AND {WITHIN.format(city="city", agency="agency")}
""")


@dataclass(frozen=True, slots=True)
class OrderBeside:
    """An order. Money in yuan."""

    number: str
    service: str
    amount: Decimal
    refunded: Decimal
    status: str
    created_at: datetime

    @property
    def may_be_paid_back(self) -> bool:
        """Whether something of it may be left to pay back on a clerk's word; the ledger knows what is on its way."""
        return self.status in (State.BOOKED, State.REFUNDING) and self.refunded < self.amount


async def orders_beside(connection: AsyncConnection, conversation_id: UUID, places: Places) -> list[OrderBeside]:
    """The last orders of a conversation that somebody may see, the newest first."""
    rows = await connection.execute(ORDERS, {"id": conversation_id, "most": MOST, **places.values()})
    return [OrderBeside(**row._mapping) for row in rows]


async def conversation_of_order(connection: AsyncConnection, number: str, places: Places) -> tuple[UUID, str] | None:
    """The conversation of an order, and its agency; None: somebody may see none, or it was erased."""
    row = (await connection.execute(OF_NUMBER, {"number": number, **places.values()})).one_or_none()
    return None if row is None else (row.conversation_id, row.agency)
