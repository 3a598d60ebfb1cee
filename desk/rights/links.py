"""Links by which a resident sees what is kept of them, and erases it: a code that alone opens them, for a day.

The store keeps a hash of the code. A conversation has one link at a time: a new one ends what was given before.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

GOOD = timedelta(hours=24)
CODE_BYTES = 16
PATH = "/my-data"
CODE = re.compile(rf"[0-9a-f]{{{2 * CODE_BYTES}}}")

MAKE = text("""
    INSERT INTO data_links (conversation_id, code_hash, made_by, erases, good_until)
    VALUES (:conversation_id, :code_hash, :made_by, :erases, clock_timestamp() + :good)
    ON CONFLICT (conversation_id) DO UPDATE
    SET code_hash = excluded.code_hash, made_by = excluded.made_by, erases = excluded.erases,
        made_at = clock_timestamp(), good_until = excluded.good_until, opened_at = NULL
""")
FIND = text("""
    SELECT link.conversation_id, conversation.city, conversation.locale, link.made_by, link.erases,
           link.good_until
    FROM data_links AS link JOIN conversations AS conversation ON conversation.id = link.conversation_id
    WHERE link.code_hash = :code_hash AND link.good_until > clock_timestamp()
""")
OPENED = text("""
    UPDATE data_links SET opened_at = coalesce(opened_at, clock_timestamp()) WHERE conversation_id = :conversation_id
""")
END = text("DELETE FROM data_links WHERE conversation_id = :id")
TIDY = text("DELETE FROM data_links WHERE good_until < clock_timestamp()")


@dataclass(frozen=True, slots=True)
class DataLink:
    """A link that holds: whose conversation it opens, and until when.

    `made_by` is the login of who had it made. Unless it `erases` it only shows.
    """

    conversation_id: UUID
    city: str
    locale: str
    made_by: str
    erases: bool
    good_until: datetime


async def make(connection: AsyncConnection, conversation_id: UUID, *, made_by: str, erases: bool) -> str:
    """Make the link of a conversation; one that `erases` does that, too. Answers its path, told this once."""
    code = secrets.token_hex(CODE_BYTES)
    values = {"conversation_id": conversation_id, "code_hash": hash_of(code), "made_by": made_by, "erases": erases}
    await connection.execute(MAKE, {**values, "good": GOOD})
    return f"{PATH}/{code}"


async def find(connection: AsyncConnection, code: str) -> DataLink | None:
    """Find what a code opens; None: nothing, any more."""
    if CODE.fullmatch(code) is None:
        return None
    row = (await connection.execute(FIND, {"code_hash": hash_of(code)})).one_or_none()
    return None if row is None else DataLink(**row._mapping)


async def note_opened(connection: AsyncConnection, link: DataLink) -> None:
    """Keep that a link was used."""
    await connection.execute(OPENED, {"conversation_id": link.conversation_id})


def hash_of(code: str) -> bytes:
    """What the store keeps of a code."""
    return hashlib.sha256(code.encode()).digest()
