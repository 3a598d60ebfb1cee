"""The consents of a conversation, as somebody sees them who answers in it: to what, and when; no value."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.contract.staff import WITHIN, Places

MOST = 50
CONSENTS = text(f"""
    SELECT agency, service, field, purpose, given_at FROM consents
    WHERE conversation_id = :id AND {WITHIN.format(city="city", agency="agency")}
    ORDER BY given_at DESC, id DESC LIMIT :most
""")


@dataclass(frozen=True, slots=True)
class ConsentBeside:
    """A consent: which field of which service an agency asked for, to what purpose."""

    agency: str
    service: str
    field: str
    purpose: str
    given_at: datetime


async def consents_beside(connection: AsyncConnection, conversation_id: UUID, places: Places) -> list[ConsentBeside]:
    """The last consents of a conversation that somebody may see, the newest first."""
    rows = await connection.execute(CONSENTS, {"id": conversation_id, "most": MOST, **places.values()})
    return [ConsentBeside(**row._mapping) for row in rows]
