"""The devices of a conversation, as the store keeps them: one of each session, sealed by the conversation's key.

A device ends with its session, whichever way that ends; when its push service knows it no more; when the resident wants
nothing unasked, or has everything erased.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.conversations.stream import dump
from desk.sealing.opening import KEY, Purpose, key_of, opened
from desk.sealing.vault import Thing

THING: Thing = "device"

# Only where nothing is sent otherwise, which is the web chat.
KEEP = text("""
    WITH kept AS (
        INSERT INTO push_devices (conversation_id, session, sealed, server_key, announcements)
        SELECT conversation_id, hash, CAST(:sealed AS jsonb), :server_key, :announcements FROM access_tokens
        WHERE hash = :session AND conversation_id = :conversation_id
        ON CONFLICT (session) DO UPDATE
        SET sealed = excluded.sealed, server_key = excluded.server_key, announcements = excluded.announcements
        RETURNING id
    ), told AS (
        UPDATE conversations SET pushes = 'devices'
        WHERE id = :conversation_id AND pushes = 'nothing' AND EXISTS (SELECT FROM kept)
    )
    SELECT id FROM kept
""")
OF = text(f"""
    SELECT device.id, device.sealed, device.server_key, device.announcements,
           {KEY.format("device.conversation_id")} AS wrapped
    FROM push_devices AS device JOIN access_tokens AS token ON token.hash = device.session
    WHERE device.conversation_id = :conversation_id AND token.good_until > now() AND token.idle_until > now()
    ORDER BY device.id
""")
COUNT = text("""
    SELECT (SELECT count(*) FROM push_devices WHERE conversation_id = :conversation_id)
         + (SELECT count(*) FROM remembered_values
            WHERE conversation_id = :conversation_id AND service = 'news_by_text')
""")
OF_SESSION = text("SELECT server_key, announcements FROM push_devices WHERE session = :session")
END = text("DELETE FROM push_devices WHERE session = :session AND conversation_id = :conversation_id")
GONE = text("DELETE FROM push_devices WHERE id = :id")
END_ALL = text("DELETE FROM push_devices WHERE conversation_id = :id")
NONE_LEFT = text("""
    UPDATE conversations SET pushes = 'nothing'
    WHERE id = :id AND pushes = 'devices' AND NOT EXISTS (SELECT FROM push_devices WHERE conversation_id = :id)
      AND NOT EXISTS (SELECT FROM remembered_values WHERE conversation_id = :id AND service = 'news_by_text')
""")


@dataclass(frozen=True, slots=True)
class Wished:
    """A device as a browser says it."""

    endpoint: str
    p256dh: str
    auth: str
    announcements: bool


@dataclass(frozen=True, slots=True)
class Device:
    """A device on which a resident is told."""

    id: int
    endpoint: str
    p256dh: str
    auth: str
    server_key: str
    announcements: bool


@dataclass(frozen=True, slots=True)
class Here:
    """What is kept of this browser: by which key of ours it is told, and whether of announcements."""

    server_key: str
    announcements: bool


async def keep(
    connection: AsyncConnection, conversation_id: UUID, session: bytes, wished: Wished, server_key: str
) -> bool:
    """Keep the device of a session in the place of the one before; False: the session is over in this very moment."""
    key = await key_of(connection, conversation_id, Purpose.WRITE)
    sealed = key.seal({"endpoint": wished.endpoint, "p256dh": wished.p256dh, "auth": wished.auth}, THING)
    values = {
        "conversation_id": conversation_id,
        "session": session,
        "sealed": dump(sealed),
        "server_key": server_key,
        "announcements": wished.announcements,
    }
    return (await connection.execute(KEEP, values)).scalar_one_or_none() is not None


async def here(connection: AsyncConnection, session: bytes) -> Here | None:
    """What is kept of the browser of a session."""
    row = (await connection.execute(OF_SESSION, {"session": session})).one_or_none()
    return None if row is None else Here(**row._mapping)


async def count(connection: AsyncConnection, conversation_id: UUID) -> int:
    """On how many devices the resident is told, a telephone by text message among them."""
    return int((await connection.execute(COUNT, {"conversation_id": conversation_id})).scalar_one())


async def devices_of(connection: AsyncConnection, conversation_id: UUID) -> list[Device]:
    """The devices whose session holds, the oldest first."""
    rows = (await connection.execute(OF, {"conversation_id": conversation_id})).all()
    if not rows:
        return []
    key = opened(connection, conversation_id, rows[0].wrapped, Purpose.DELIVERY)
    return [
        Device(row.id, **key.open(row.sealed, THING), server_key=row.server_key, announcements=row.announcements)
        for row in rows
    ]


async def end(connection: AsyncConnection, conversation_id: UUID, session: bytes) -> None:
    """End the device of a session."""
    await connection.execute(END, {"session": session, "conversation_id": conversation_id})
    await connection.execute(NONE_LEFT, {"id": conversation_id})


async def forget(connection: AsyncConnection, conversation_id: UUID, device: int) -> None:
    """Forget a device that takes nothing any more."""
    await connection.execute(GONE, {"id": device})
    await connection.execute(NONE_LEFT, {"id": conversation_id})


async def none_left(connection: AsyncConnection, conversation_id: UUID) -> None:
    """Note that nothing is to be sent, where no device is left."""
    await connection.execute(NONE_LEFT, {"id": conversation_id})
