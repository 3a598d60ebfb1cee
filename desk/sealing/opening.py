"""The one way to read what is sealed: with a purpose. What a person reads leaves a row, without content.

The vault comes with the connection (`desk.store.database.create_engine`), so that nobody hands keys from room to room.
Each statement that reads sealed values reads the wrapped key beside them (`KEY`): that costs no round trip.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from prometheus_client import Counter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.sealing.carried import vault_of
from desk.sealing.vault import DataKey
from desk.store.keys import Unsealable

OPENED = Counter("desk_openings_total", "Times that a conversation's key was opened", ["purpose"])


class Purpose(StrEnum):
    """Why something is opened."""

    TURN = "turn"  # the bot answers
    WRITE = "write"  # something is added
    STREAM = "stream"  # residents read their own conversation
    DELIVERY = "delivery"  # a channel sends
    INTAKE = "intake"  # a numbered answer is matched with what was offered
    CODE = "code"  # a one-time code is sent
    EMERGENCY = "emergency"  # words that told of an emergency are taken up again, or deleted
    UPKEEP = "upkeep"  # sealing anew
    TRANSCRIPT = "transcript"  # a clerk reads
    LIST = "list"  # a list that a clerk reads says what each ticket is about
    GATHER = "gather"  # messages are looked through for those that trainers should see
    LABEL = "label"  # a trainer reads a message without values of persons
    QUESTION = "question"  # the bot reads what was asked, for suggestions to a clerk
    WATCH = "watch"  # a page that a clerk has opened, with a trace, is kept fresh
    EXPORT = "export"  # residents take their data
    PICTURE = "picture"  # an agency looks at a report's picture
    CASE = "case"  # an operator looks at a case


# A person reads: that leaves a trace.
TRACED = frozenset({Purpose.TRANSCRIPT, Purpose.EXPORT, Purpose.PICTURE, Purpose.CASE})

KEY = "(SELECT sealing.wrapped FROM conversation_keys AS sealing WHERE sealing.conversation_id = {})"
"""The wrapped key, as a column of a statement; the braces stand for the conversation's id."""

type Opener = Callable[[UUID, bytes | None], DataKey]
"""Opens wrapped keys that a statement read, for one purpose."""

FIND = text("SELECT wrapped FROM conversation_keys WHERE conversation_id = :id")
FIND_ALL = text("SELECT conversation_id, wrapped FROM conversation_keys WHERE conversation_id = ANY (:ids)")
ENTER = text("""
    INSERT INTO conversation_keys (conversation_id, generation, master, wrapped)
    VALUES (:conversation_id, :generation, :master, :wrapped) ON CONFLICT (conversation_id) DO NOTHING
""")
FIRST = """
    INSERT INTO conversation_keys (conversation_id, generation, master, wrapped)
    SELECT conversation.id, :generation, :master, :wrapped FROM conversation
"""
"""Keeps the first key, as a part of the statement that opens a `conversation`."""
HOLD = text("SELECT wrapped, generation FROM conversation_keys WHERE conversation_id = :id FOR UPDATE")
REPLACE = text("""
    UPDATE conversation_keys
    SET generation = :generation, master = :master, wrapped = :wrapped, made_at = clock_timestamp()
    WHERE conversation_id = :conversation_id
""")
TRACE = text("INSERT INTO openings (conversation_id, purpose, reader) VALUES (:id, :purpose, :reader)")

TRACE_MANY = text("""
    INSERT INTO openings (conversation_id, purpose, reader)
    SELECT wanted.id, :purpose, :reader FROM unnest(CAST(:ids AS uuid[])) AS wanted (id)
    WHERE NOT EXISTS (SELECT FROM openings AS before
                      WHERE before.conversation_id = wanted.id AND before.reader = :reader
                        AND before.purpose = :purpose AND before.at > clock_timestamp() - interval '1 day')
    RETURNING conversation_id
""")

LET_GO = text("SELECT let_go_of_openings(:before)")
"""Deletes; whoever adds traces need not hold the right to (docs/how-to/secure-an-installation.md)."""


def session_hash(connection: AsyncConnection, conversation_id: UUID) -> bytes:
    """The keyed hash that tells a conversation's session in what outlives it; it opens nothing."""
    return vault_of(connection).masters.session_hash(conversation_id)


def opened(connection: AsyncConnection, conversation_id: UUID, wrapped: bytes | None, purpose: Purpose) -> DataKey:
    """Open a key that a statement read, for a purpose that leaves no trace.

    None: the conversation is of before data were sealed; what is plain in it can be read.

    Raises:
        Unsealable: its master key is not here.
    """
    if purpose in TRACED:
        raise ValueError(f"Reading for {purpose} leaves a trace: use `traced`.")
    OPENED.labels(purpose=purpose).inc()
    if wrapped is None:
        return DataKey(conversation_id, 0, None)
    return vault_of(connection).opened(conversation_id, wrapped)


def opener(connection: AsyncConnection, purpose: Purpose) -> Opener:
    """What opens further keys of one statement, as `opened`."""
    return lambda conversation_id, wrapped: opened(connection, conversation_id, wrapped, purpose)


async def traced(connection: AsyncConnection, conversation_id: UUID, purpose: Purpose, *, reader: str) -> DataKey:
    """Open a conversation's key for a person, and keep that they read. `reader` is their name, or their role.

    Raises:
        Unsealable: its master key is not here.
    """
    OPENED.labels(purpose=purpose).inc()
    key = await _found(connection, conversation_id)
    await connection.execute(TRACE, {"id": conversation_id, "purpose": purpose.value, "reader": reader})
    return key


async def traced_newly(
    connection: AsyncConnection, ids: Iterable[UUID], purpose: Purpose, *, reader: str
) -> list[UUID]:
    """Keep that a person reads a little of many conversations, once a day of each. Answers where it is new."""
    values = {"ids": list(ids), "purpose": purpose.value, "reader": reader}
    return list((await connection.execute(TRACE_MANY, values)).scalars())


async def let_go_of_traces(connection: AsyncConnection, before: datetime) -> int:
    """Drop the traces of before a time; those of the last 180 days stay, whatever it is. Answers how many."""
    return int((await connection.execute(LET_GO, {"before": before})).scalar_one())


async def key_of(connection: AsyncConnection, conversation_id: UUID, purpose: Purpose) -> DataKey:
    """Open a conversation's key; one of before data were sealed gets its key now.

    Raises:
        Unsealable: its master key is not here.
    """
    if purpose in TRACED:
        raise ValueError(f"Reading for {purpose} leaves a trace: use `traced`.")
    OPENED.labels(purpose=purpose).inc()
    return await _found(connection, conversation_id)


async def keys_of(connection: AsyncConnection, ids: Iterable[UUID], purpose: Purpose) -> dict[UUID, DataKey]:
    """Open the keys of many conversations, as `key_of`."""
    wanted, vault = list(ids), vault_of(connection)
    rows = await connection.execute(FIND_ALL, {"ids": wanted})
    found = {row.conversation_id: vault.opened(row.conversation_id, row.wrapped) for row in rows}
    missing = [one for one in wanted if one not in found]
    if missing:
        await connection.execute(ENTER, [vault.fresh(one).values() for one in missing])
        rows = await connection.execute(FIND_ALL, {"ids": missing})
        found |= {row.conversation_id: vault.opened(row.conversation_id, row.wrapped) for row in rows}
    OPENED.labels(purpose=purpose).inc(len(found))
    return found


def first(connection: AsyncConnection, conversation_id: UUID) -> tuple[DataKey, dict[str, object]]:
    """Make the key of a conversation that is being opened; with the values of `FIRST`, which keeps it."""
    vault = vault_of(connection)
    fresh = vault.fresh(conversation_id)
    return vault.opened(conversation_id, fresh.wrapped), fresh.values()


async def renew(connection: AsyncConnection, conversation_id: UUID) -> tuple[DataKey | None, DataKey]:
    """Drop a conversation's key and make the next; answers both, the dropped one to reseal what stays.

    Whoever takes in a message with the old key has committed before, or finds it dropped. None: there was no key, or
    its master key is gone.
    """
    vault = vault_of(connection)
    held = (await connection.execute(HOLD, {"id": conversation_id})).one_or_none()
    if held is None:
        return None, await _found(connection, conversation_id)
    fresh = vault.fresh(conversation_id, held.generation + 1)
    await connection.execute(REPLACE, fresh.values())
    try:
        dropped: DataKey | None = vault.opened(conversation_id, held.wrapped)
    except Unsealable:
        dropped = None
    return dropped, vault.opened(conversation_id, fresh.wrapped)


async def _found(connection: AsyncConnection, conversation_id: UUID) -> DataKey:
    vault = vault_of(connection)
    wrapped = (await connection.execute(FIND, {"id": conversation_id})).scalar_one_or_none()
    if wrapped is None:
        await connection.execute(ENTER, vault.fresh(conversation_id).values())
        wrapped = (await connection.execute(FIND, {"id": conversation_id})).scalar_one()
    return vault.opened(conversation_id, wrapped)
