"""Stopping the bot's voice and letting it speak again. Who did it, when and why stays in the store.

Every turn reads whether it may speak in the statement that reads its message (`SILENT`), and once more in the one that
writes its answer: a stop holds from its commit on, in every process, with no cache in between and no hint to be lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.contract.errors import Conflict, NotFound
from desk.store.database import transaction

log = structlog.get_logger(__name__)

type ScopeKind = Literal["everything", "city", "account"]

LONGEST_REASON = 500  # characters

# Of a conversation in the statement around it, by the alias `conversation`.
SILENT = """
    SELECT EXISTS (
        SELECT FROM voice_stops AS stop
        WHERE stop.started_at IS NULL
          AND (stop.scope = 'everything'
               OR (stop.scope = 'city' AND stop.subject = conversation.city)
               OR (stop.scope = 'account' AND stop.account_id = conversation.account_id))
    )
"""
SILENT_FOR = text(
    f"SELECT ({SILENT}) FROM (SELECT CAST(:city AS text) AS city, CAST(:account_id AS bigint) AS account_id)"
    " AS conversation"
)
SILENT_IN = text(f"SELECT ({SILENT}) FROM conversations AS conversation WHERE conversation.id = :id")
ACCOUNT = text("SELECT id FROM channel_accounts WHERE slug = :slug")
COLUMNS = "id, scope AS kind, subject, reason, stopped_by, stopped_at, started_by, started_reason, started_at"
STOP = text("""
    INSERT INTO voice_stops (scope, subject, account_id, reason, stopped_by)
    VALUES (:scope, :subject, :account_id, :reason, :by)
    ON CONFLICT (scope, subject) WHERE started_at IS NULL DO NOTHING RETURNING id
""")
START = text("""
    UPDATE voice_stops SET started_at = clock_timestamp(), started_by = :by, started_reason = :reason
    WHERE scope = :scope AND subject = :subject AND started_at IS NULL RETURNING id
""")
HOLDING = text(f"SELECT {COLUMNS} FROM voice_stops WHERE started_at IS NULL ORDER BY id")
HISTORY = text(f"SELECT {COLUMNS} FROM voice_stops ORDER BY id DESC LIMIT :limit")


@dataclass(frozen=True, slots=True)
class Scope:
    """What a stop is of: everything, a city, or an account, by its slug."""

    kind: ScopeKind
    subject: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}".strip()


@dataclass(frozen=True, slots=True)
class StopRow:
    """A stop that holds, or held until `started_at`. Times are aware."""

    id: int
    kind: ScopeKind
    subject: str
    reason: str
    stopped_by: str
    stopped_at: datetime
    started_by: str | None
    started_reason: str | None
    started_at: datetime | None

    @property
    def scope(self) -> Scope:
        return Scope(self.kind, self.subject)


async def is_silent(connection: AsyncConnection, *, city: str, account_id: int) -> bool:
    """Whether the bot says nothing in a city, through an account."""
    return bool((await connection.execute(SILENT_FOR, {"city": city, "account_id": account_id})).scalar_one())


@dataclass(frozen=True)
class KillSwitch:
    """The operator's side. `by` is who acts: a person, or `selftest`."""

    engine: AsyncEngine

    async def stop(self, scope: Scope, *, reason: str, by: str) -> bool:
        """Stop the voice. Answers False where it is stopped already: then the first reason stays.

        Raises:
            NotFound: there is no such account.
            Conflict: the reason is empty or too long.
        """
        said = _checked(reason)
        async with transaction(self.engine) as connection:
            account_id = await _account(connection, scope)
            values = {"scope": scope.kind, "subject": scope.subject, "account_id": account_id, "reason": said, "by": by}
            stopped = (await connection.execute(STOP, values)).one_or_none() is not None
        if stopped:
            log.warning("voice_stopped", scope=scope.kind, subject=scope.subject, by=by)
        return stopped

    async def start(self, scope: Scope, *, reason: str, by: str) -> None:
        """Let the bot speak again. Tickets that were opened stay with the clerks.

        Raises:
            NotFound: no stop of just this scope holds.
            Conflict: the reason is empty or too long.
        """
        said = _checked(reason)
        async with transaction(self.engine) as connection:
            values = {"scope": scope.kind, "subject": scope.subject, "reason": said, "by": by}
            if (await connection.execute(START, values)).one_or_none() is None:
                raise NotFound(f"The voice is not stopped for {scope}. What is stopped: desk voice status")
        log.warning("voice_started", scope=scope.kind, subject=scope.subject, by=by)

    async def holding(self) -> Sequence[StopRow]:
        """The stops that hold, oldest first."""
        async with self.engine.connect() as connection:
            return [StopRow(**row._mapping) for row in await connection.execute(HOLDING)]

    async def history(self, limit: int = 100) -> Sequence[StopRow]:
        """All stops, newest first."""
        async with self.engine.connect() as connection:
            return [StopRow(**row._mapping) for row in await connection.execute(HISTORY, {"limit": limit})]


async def _account(connection: AsyncConnection, scope: Scope) -> int | None:
    if scope.kind != "account":
        return None
    found: int | None = (await connection.execute(ACCOUNT, {"slug": scope.subject})).scalar_one_or_none()
    if found is None:
        raise NotFound(f"There is no account {scope.subject!r}; city files name them under `accounts`.")
    return found


def _checked(reason: str) -> str:
    said = reason.replace("\x00", "").strip()
    if not 0 < len(said) <= LONGEST_REASON:
        raise Conflict(f"A reason has 1 to {LONGEST_REASON} characters; it stays in the record.")
    return said
