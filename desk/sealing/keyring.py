"""All keys of conversations at once: wrapped anew, counted, saved and loaded.

Wrapping anew changes keys only, in batches, while everything runs: what they seal stays as it is.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.contract.errors import ConfigurationError, Conflict
from desk.sealing.vault import Vault, generation_of
from desk.store.database import OUTAGES, is_outage, transaction

BATCH = 500
MISSING = (
    "Master keys that wrap keys of conversations are missing: {names}. They are not in {where}. Put them back from"
    " where they are kept (docs/how-to/keep-keys.md); without them nothing that they seal can be read."
)

USED = text("SELECT master, count(*) AS keys FROM conversation_keys GROUP BY master")
PLAIN = text("SELECT count(*) FROM plain_conversations")
OTHERS = text("SELECT count(*) FROM conversation_keys WHERE master <> :current")
# Keys that a turn erases just now are left for the next look.
TAKE = text("""
    SELECT conversation_id, wrapped FROM conversation_keys WHERE master <> :current
    LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED
""")
REWRAP = text("""
    UPDATE conversation_keys SET master = :master, wrapped = :wrapped
    WHERE conversation_id = :conversation_id AND generation = :generation
""")
ALL = text("""
    SELECT conversation_id, generation, master, wrapped FROM conversation_keys
    WHERE conversation_id > :after ORDER BY conversation_id LIMIT :limit
""")
# Of what is always sealed: by which key it was.
SEALED = text("""
    SELECT conversation_id, offered FROM dialogue_states
    WHERE conversation_id > :after ORDER BY conversation_id LIMIT :limit
""")
NEWER = text("SELECT count(*) FROM conversations WHERE created_at > :saved_at")
LOAD = text("""
    INSERT INTO conversation_keys (conversation_id, generation, master, wrapped)
    VALUES (:conversation_id, :generation, :master, :wrapped)
    ON CONFLICT (conversation_id) DO UPDATE
    SET generation = excluded.generation, master = excluded.master, wrapped = excluded.wrapped
""")
# The names alone, from one to the next through the index, however many keys there are.
NAMES = text("""
    WITH RECURSIVE walk AS (
        (SELECT master FROM conversation_keys ORDER BY master LIMIT 1)
        UNION ALL
        SELECT (SELECT master FROM conversation_keys WHERE master > walk.master ORDER BY master LIMIT 1)
        FROM walk WHERE walk.master IS NOT NULL
    )
    SELECT master FROM walk WHERE master IS NOT NULL
""")
FIRST = UUID(int=0)


class SavedKey(BaseModel):
    """A wrapped key in a file."""

    conversation: UUID
    generation: int
    master: str
    wrapped: str


class SavedAt(BaseModel):
    """The first line of a file of keys."""

    saved_at: datetime


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading keys into a restored database found: how many are in use, and which conversations were erased."""

    kept: int
    erased: list[UUID]


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys of all conversations."""

    engine: AsyncEngine
    vault: Vault

    async def used(self) -> Mapping[str, int]:
        """How many keys each master key wraps, by its name."""
        async with self.engine.connect() as connection:
            return {row.master: row.keys for row in (await connection.execute(USED)).all()}

    async def plain(self) -> int:
        """How many conversations hold something that is not sealed yet."""
        async with self.engine.connect() as connection:
            return int((await connection.execute(PLAIN)).scalar_one())

    async def rewrap(self, told: Callable[[int], None] = lambda _: None) -> int:
        """Wrap every key by the current master key. Answers how many; `told` hears how many are left.

        Raises:
            Unsealable: a master key that is still in use is not here.
        """
        current, done = self.vault.masters.current.name, 0
        while True:
            async with transaction(self.engine) as connection:
                rows = (await connection.execute(TAKE, {"current": current, "limit": BATCH})).all()
                if rows:
                    fresh = [self.vault.rewrapped(row.conversation_id, row.wrapped) for row in rows]
                    await connection.execute(REWRAP, [key.values() for key in fresh])
            done += len(rows)
            async with self.engine.connect() as connection:
                left = int((await connection.execute(OTHERS, {"current": current})).scalar_one())
            told(left)
            if left == 0:
                return done

    async def saved(self, write: Callable[[str], object], *, at: datetime) -> int:
        """Write all keys, wrapped as they are, as lines of JSON. Answers how many."""
        write(SavedAt(saved_at=at).model_dump_json() + "\n")
        after, done = FIRST, 0
        async with self.engine.connect() as connection:
            while rows := (await connection.execute(ALL, {"after": after, "limit": BATCH})).all():
                for row in rows:
                    wrapped = base64.b64encode(row.wrapped).decode()
                    key = SavedKey(
                        conversation=row.conversation_id,
                        generation=row.generation,
                        master=row.master,
                        wrapped=wrapped,
                    )
                    write(key.model_dump_json() + "\n")
                after, done = rows[-1].conversation_id, done + len(rows)
        return done

    async def load(self, saved_at: datetime, keys: Mapping[UUID, SavedKey]) -> Loaded:
        """Put saved keys into a restored database, in place of what it may hold.

        Answers which of its conversations were erased or forgotten after the backup: the caller erases them again.

        Raises:
            Conflict: the keys were saved before the backup was taken; some of its conversations would have none.
        """
        kept, erased, after = 0, list[UUID](), FIRST
        async with transaction(self.engine) as connection:
            newer = int((await connection.execute(NEWER, {"saved_at": saved_at})).scalar_one())
            if newer:
                raise Conflict(
                    f"{newer} conversations are newer than these keys ({saved_at:%Y-%m-%d %H:%M}): load keys that were"
                    " saved after the backup was taken. Nothing was changed."
                )
            while rows := (await connection.execute(SEALED, {"after": after, "limit": BATCH})).all():
                there = [row for row in rows if row.conversation_id in keys]
                if there:
                    await connection.execute(LOAD, [_values(keys[row.conversation_id]) for row in there])
                same = {
                    row.conversation_id
                    for row in there
                    if generation_of(row.offered) in (None, keys[row.conversation_id].generation)
                }
                erased += [row.conversation_id for row in rows if row.conversation_id not in same]
                kept, after = kept + len(same), rows[-1].conversation_id
        return Loaded(kept, erased)

    async def check(self) -> None:
        """Make sure that every master key that wraps something is here. Not while the database is away.

        Raises:
            ConfigurationError: names those that are not.
        """
        known = {key.name for key in self.vault.masters.all}
        try:
            async with self.engine.connect() as connection:
                used = set((await connection.execute(NAMES)).scalars())
        except OUTAGES as exc:
            if not is_outage(exc):
                raise
            return
        if missing := sorted(used - known):
            raise ConfigurationError(MISSING.format(names=", ".join(missing), where=self.vault.masters.custody.where))


def _values(key: SavedKey) -> dict[str, object]:
    return {
        "conversation_id": key.conversation,
        "generation": key.generation,
        "master": key.master,
        "wrapped": base64.b64decode(key.wrapped),
    }
