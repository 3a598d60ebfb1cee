"""The telephone on which a resident wishes text messages that there is news in a conversation: never what.

It is kept among the values that a resident wanted kept, sealed by the conversation's key, beside a keyed hash by which
whoever writes TD from it is found. It ends by that, by “stop” in the conversation, on the page of one's own matters,
and when everything is erased. Each wording of what is agreed to has a key of its own, which the consent names.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.contract.telephones import home
from desk.devices.service import NONE_LEFT
from desk.sealing.opening import KEY, Purpose, key_of, opened
from desk.store.keys import Keys

SERVICE = "news_by_text"
"""What it is kept for: no service of a city is called so."""
HASHED = "telephone of news"
PURPOSE = "devices.purpose_of_texts_1"
"""What is agreed to: who changes the text gives it the next number."""

KEEP = text("""
    WITH other AS (
        DELETE FROM remembered_values
        WHERE conversation_id = :conversation_id AND service = :service AND values_hash <> :hash
    ), kept AS (
        INSERT INTO remembered_values (conversation_id, service, values_hash, private, created_at)
        VALUES (:conversation_id, :service, :hash, :private, :now)
        ON CONFLICT (conversation_id, service, values_hash) DO NOTHING
    )
    UPDATE conversations SET pushes = 'devices' WHERE id = :conversation_id AND pushes = 'nothing'
""")
OF = text(f"""
    SELECT private, created_at, {KEY.format("remembered_values.conversation_id")} AS wrapped
    FROM remembered_values WHERE conversation_id = :conversation_id AND service = :service
""")
END = text(f"DELETE FROM remembered_values WHERE conversation_id = :id AND service = '{SERVICE}'")
STOP = text("DELETE FROM remembered_values WHERE service = :service AND values_hash = :hash")


@dataclass(frozen=True, slots=True)
class Telephone:
    """A telephone that is told by text message, since when."""

    number: str
    since: datetime


async def keep(connection: AsyncConnection, keys: Keys, conversation_id: UUID, number: str, *, now: datetime) -> None:
    """Keep a telephone that its holder has proved, in the place of the one before."""
    key = await key_of(connection, conversation_id, Purpose.WRITE)
    values = {
        "conversation_id": conversation_id,
        "service": SERVICE,
        "hash": _hash(keys, number),
        "private": key.seal_file(number.encode(), "value"),
        "now": now,
    }
    await connection.execute(KEEP, values)


async def telephone_of(
    connection: AsyncConnection, conversation_id: UUID, purpose: Purpose = Purpose.DELIVERY
) -> Telephone | None:
    """The telephone of a conversation; None: none is to be told."""
    about = {"conversation_id": conversation_id, "service": SERVICE}
    row = (await connection.execute(OF, about)).one_or_none()
    if row is None:
        return None
    key = opened(connection, conversation_id, row.wrapped, purpose)
    return Telephone(key.open_file(bytes(row.private), "value").decode(), row.created_at)


async def end(connection: AsyncConnection, conversation_id: UUID) -> None:
    """Send no text message about a conversation any more."""
    await connection.execute(END, {"id": conversation_id})
    await connection.execute(NONE_LEFT, {"id": conversation_id})


async def stop(connection: AsyncConnection, keys: Keys, number: str) -> None:
    """Send no such text message to a telephone any more, whichever conversation it is about.

    Intake calls it, which changes no conversation: that nobody is left to tell is noted with the next delivery.
    """
    await connection.execute(STOP, {"service": SERVICE, "hash": _hash(keys, number)})


def _hash(keys: Keys, number: str) -> bytes:
    return keys.digest(home(number), purpose=HASHED)
