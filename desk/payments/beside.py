"""The orders of a conversation, as somebody sees them who answers in it: nothing of their private part."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.contract.staff import WITHIN, Places

MOST = 20
ORDERS = text(f"""
    SELECT number, service, amount, refunded, status, created_at FROM orders
    WHERE conversation_id = :id AND {WITHIN.format(city="city", agency="agency")}
    ORDER BY created_at DESC LIMIT :most
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


async def orders_beside(connection: AsyncConnection, conversation_id: UUID, places: Places) -> list[OrderBeside]:
    """The last orders of a conversation that somebody may see, the newest first."""
    rows = await connection.execute(ORDERS, {"id": conversation_id, "most": MOST, **places.values()})
    return [OrderBeside(**row._mapping) for row in rows]
