"""The cases of a conversation, as somebody sees them who answers in it: nothing of their private part."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.cases.rows import reference_hash
from desk.contract.staff import WITHIN, Places
from desk.store.keys import Keys

MOST = 20
CASES = text(f"""
    SELECT id, service, kind, status, at, over, created_at FROM cases
    WHERE conversation_id = :id AND {WITHIN.format(city="city", agency="agency")}
    ORDER BY created_at DESC, id DESC LIMIT :most
""")


OF_NUMBER = text(f"""
    SELECT conversation_id, agency FROM cases
    WHERE reference_hash = :hash AND {WITHIN.format(city="city", agency="agency")} ORDER BY id DESC LIMIT 1
""")


@dataclass(frozen=True, slots=True)
class CaseBeside:
    """A case; `at` is of an appointment."""

    id: int
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


async def conversation_of_case(
    connection: AsyncConnection, keys: Keys, reference: str, places: Places
) -> tuple[UUID, str] | None:
    """The conversation of the newest case with an agency's number, and that agency; None: somebody may see none."""
    values = {"hash": reference_hash(keys, reference), **places.values()}
    row = (await connection.execute(OF_NUMBER, values)).one_or_none()
    return None if row is None else (row.conversation_id, row.agency)
