"""What has changed in the pretend cities since they began: one SQLite file.

A record is durable when the call returns: killing the sandbox loses nothing. Reset deletes records; the rest is seed.
"""

import json
import sqlite3
from pathlib import Path
from typing import Any

SCHEMA = """
create table if not exists records (
    id integer primary key,
    system text not null, city text not null, kind text not null, key text not null,
    body text not null,
    unique (system, city, kind, key)
)
"""

type Body = dict[str, Any]


class StateError(Exception):
    """The state of the sandbox cannot be opened. The message says what to do."""


class State:
    """Records by system, city, kind and key; each a JSON object. Without a path they are kept in memory only."""

    def __init__(self, path: Path | None) -> None:
        """
        Raises:
            StateError: the file is damaged, or its folder cannot be written.
        """
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path or ":memory:", autocommit=True, timeout=5)
            self._db.execute("pragma journal_mode = wal")
            self._db.execute("pragma synchronous = normal")
            self._db.execute(SCHEMA)
        except (sqlite3.Error, OSError) as exc:
            raise StateError(
                f"{path} cannot be opened ({exc}). If it is damaged delete it: the pretend cities then begin anew. "
                "Else make its folder writable, or free some space on the disk."
            ) from exc

    def close(self) -> None:
        self._db.close()

    def get(self, system: str, city: str, kind: str, key: str) -> Body | None:
        row = self._db.execute(
            "select body from records where (system, city, kind, key) = (?, ?, ?, ?)", (system, city, kind, key)
        ).fetchone()
        return None if row is None else json.loads(row[0])

    def all(self, system: str, city: str | None, kind: str) -> list[tuple[str, Body]]:
        """Keys and bodies in the order in which they came; of every city if `city` is None."""
        rows = self._db.execute(
            "select key, body from records where system = ? and kind = ? and city = coalesce(?, city) order by id",
            (system, kind, city),
        )
        return [(key, json.loads(body)) for key, body in rows]

    def put(self, *records: tuple[str, str, str, str, Body]) -> None:
        """Write records (system, city, kind, key, body) at once: all or none."""
        rows = [(*record[:4], json.dumps(record[4], ensure_ascii=False)) for record in records]
        self._db.execute("begin immediate")
        try:
            self._db.executemany(
                "insert into records (system, city, kind, key, body) values (?, ?, ?, ?, ?) "
                "on conflict do update set body = excluded.body",
                rows,
            )
        except sqlite3.Error:
            self._db.execute("rollback")
            raise
        self._db.execute("commit")

    def delete(self, system: str, city: str, kind: str, key: str) -> None:
        self._db.execute(
            "delete from records where (system, city, kind, key) = (?, ?, ?, ?)", (system, city, kind, key)
        )

    def clear(self, city: str | None) -> None:
        """Forget all that changed in the city, or in every city."""
        if city is None:
            self._db.execute("delete from records")
        else:
            self._db.execute("delete from records where city = ?", (city,))
