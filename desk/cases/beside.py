"""The cases of a conversation, as somebody sees them who answers in it: nothing of their private part."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.contract.staff import WITHIN, Places

MOST = 20
CASES = text(f"""
    SELECT service, kind, status, at, over, created_at FROM cases
    WHERE conversation_id = :id AND {WITHIN.format(city="city", agency="agency")}
    ORDER BY created_at DESC, id DESC LIMIT :most
""")


@dataclass(frozen=True, slots=True)
class CaseBeside:
    """A case; `at` is of an appointment."""

    service: str
    kind: str
    status: str
    at: datetime | None
    over: bool
    created_at: datetime


async def cases_beside(connection: AsyncConnection, conversation_id: UUID, places: Places) -> list[CaseBeside]:
    """The last cases of a conversation that somebody may see, the newest first."""
    rows = await connection.execute(CASES, {"id": conversation_id, "most": MOST, **places.values()})
    return [CaseBeside(**row._mapping) for row in rows]
