"""Sessions: tokens that open a conversation for a while. Only hashes are kept.

A token is over when it was not used for a while, when its time is up whatever was done, and when its holder ends it.
"""

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.conversations.rows import ConversationRow
from desk.sealing.opening import KEY
from desk.store.direct import ask

IDLE, LONGEST = timedelta(days=7), timedelta(days=30)
"""A web session: as long as a conversation is kept after its last message (DESK_RETENTION_DAYS), unless it is told."""
NOTED_EACH = timedelta(hours=1)
"""So exact it is known when a token was used last."""
OVERLAP = timedelta(seconds=30)
"""So long the old token is good after a new one was taken: for requests that were on their way."""

KEEP = text("""
    INSERT INTO access_tokens (hash, conversation_id, good_until, idle_until)
    VALUES (:hash, :id, now() + :longest, now() + least(:idle, :longest))
""")
FIND = text(f"""
    SELECT conversation.id, account_id, channel, city, locale, manner, {KEY.format("conversation.id")} AS wrapped,
           token.idle_until < now() + :idle - :noted_each AS is_stale
    FROM access_tokens AS token JOIN conversations AS conversation ON conversation.id = token.conversation_id
    WHERE token.hash = :hash AND token.good_until > now() AND token.idle_until > now()
""")
GOOD = text("""
    SELECT EXISTS (SELECT FROM access_tokens WHERE hash = :hash AND good_until > now() AND idle_until > now())
""")
NOTE = text("UPDATE access_tokens SET idle_until = least(now() + :idle, good_until) WHERE hash = :hash")
FRESH = text("""
    INSERT INTO access_tokens (hash, conversation_id, good_until, idle_until)
    SELECT :fresh, conversation_id, good_until, idle_until FROM access_tokens WHERE hash = :hash RETURNING hash
""")
FOLLOW = text("UPDATE push_devices SET session = :fresh WHERE session = :hash")
"""The device that is told of news stays with its browser."""
FADE = text("UPDATE access_tokens SET good_until = least(good_until, now() + :overlap) WHERE hash = :hash")
END = text("DELETE FROM access_tokens WHERE hash = :hash")
END_ALL = text("DELETE FROM access_tokens WHERE conversation_id = :id")
TIDY = text("DELETE FROM access_tokens WHERE good_until < now() OR idle_until < now()")


async def keep(
    connection: AsyncConnection,
    conversation_id: UUID,
    token: str,
    *,
    longest: timedelta = LONGEST,
    idle: timedelta = IDLE,
) -> None:
    """Let a token open a conversation."""
    values = {"hash": hash_of(token), "id": conversation_id, "longest": longest, "idle": idle}
    await connection.execute(KEEP, values)


async def find(
    connection: AsyncConnection, token: str, idle: timedelta = IDLE
) -> tuple[ConversationRow, bool] | tuple[None, bool]:
    """The conversation that a token opens, and whether its use is to be noted (`note`)."""
    about = {"hash": hash_of(token), "idle": idle, "noted_each": NOTED_EACH}
    rows = await ask(connection, FIND, about)
    if not rows:
        return None, False
    values = rows[0]._asdict()
    is_stale = bool(values.pop("is_stale"))
    return ConversationRow(**values), is_stale


async def is_good(connection: AsyncConnection, token: str) -> bool:
    """Whether a token still opens its conversation."""
    return bool((await connection.execute(GOOD, {"hash": hash_of(token)})).scalar_one())


async def note(connection: AsyncConnection, token: str, idle: timedelta = IDLE) -> None:
    """Note that a token was used."""
    await connection.execute(NOTE, {"hash": hash_of(token), "idle": idle})


async def rotate(connection: AsyncConnection, token: str) -> str | None:
    """A new token in the place of one, which is over in a moment; until when it is good does not change."""
    fresh = secrets.token_urlsafe(32)
    about = {"hash": hash_of(token), "fresh": hash_of(fresh), "overlap": OVERLAP}
    made = (await connection.execute(FRESH, about)).scalar_one_or_none()
    await connection.execute(FADE, about)
    if made is not None:
        await connection.execute(FOLLOW, about)
    return None if made is None else fresh


async def end(connection: AsyncConnection, token: str) -> None:
    """End a session."""
    await connection.execute(END, {"hash": hash_of(token)})


async def end_all(connection: AsyncConnection, conversation_id: UUID) -> None:
    """End all sessions of a conversation: on every device."""
    await connection.execute(END_ALL, {"id": conversation_id})


def hash_of(token: str) -> bytes:
    """As a token is kept."""
    return hashlib.sha256(token.encode()).digest()
