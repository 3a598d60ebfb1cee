"""Versions of the chat's script that sites may have pinned: what was once served under its own address stays there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

KEEP = text("""
    INSERT INTO chat_scripts (version, integrity, content) VALUES (:version, :integrity, :content)
    ON CONFLICT (version) DO NOTHING
""")
FIND = text("SELECT content FROM chat_scripts WHERE version = :version")
ALL = text("""
    SELECT version, integrity, octet_length(content) AS bytes, kept_at FROM chat_scripts
    ORDER BY kept_at DESC LIMIT :most
""")


@dataclass(frozen=True, slots=True)
class Kept:
    """A version, since when it can be pinned, and its size."""

    version: str
    integrity: str
    bytes: int
    kept_at: datetime


async def keep(connection: AsyncConnection, *, version: str, integrity: str, content: bytes) -> None:
    """Keep a version: from now on it is found, whatever is served as the newest."""
    await connection.execute(KEEP, {"version": version, "integrity": integrity, "content": content})


async def find(connection: AsyncConnection, version: str) -> bytes | None:
    """The script of a version; None: it was never served under its own address."""
    found = (await connection.execute(FIND, {"version": version})).scalar_one_or_none()
    return None if found is None else bytes(found)


async def kept(connection: AsyncConnection, most: int) -> Sequence[Kept]:
    """The versions that can be pinned, the newest first."""
    return [Kept(**row._mapping) for row in await connection.execute(ALL, {"most": most})]
