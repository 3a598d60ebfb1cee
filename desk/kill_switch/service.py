"""Stopping the bot's voice and letting it speak again. Who did it, when and why stays in the store.

Every turn reads whether it may speak in the statement that reads its message (`SILENT`), and once more in the one that
writes its answer: a stop holds from its commit on, in every process, with no cache in between and no hint to be lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.audit.trail import reason_of, record
from desk.contract.errors import NotFound
from desk.contract.staff import Actor, Permission
from desk.contract.text import Text
from desk.staff.requests import Kind, Requests, Wish
from desk.staff.rows import RequestRow
from desk.store.database import transaction

log = structlog.get_logger(__name__)

type ScopeKind = Literal["everything", "city", "account"]

NOT_STOPPED = "The voice is not stopped for {scope}. What is stopped: desk voice status"

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
# Neither is one that is only asked for (`desk.accounts.entering`): nothing hangs on it, so that it can go again.
ACCOUNT = text("""
    SELECT account.id, agency.city, agency.slug AS agency
    FROM channel_accounts AS account JOIN agencies AS agency ON agency.id = account.agency_id
    WHERE account.slug = :slug AND (account.secrets IS NOT NULL OR account.secrets_asked IS NULL)
""")
ACCOUNTS = text("""
    SELECT account.slug, agency.city, agency.slug AS agency
    FROM channel_accounts AS account JOIN agencies AS agency ON agency.id = account.agency_id
    WHERE account.secrets IS NOT NULL OR account.secrets_asked IS NULL
    ORDER BY agency.city, agency.slug, account.slug
""")
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
HELD = text("SELECT id FROM voice_stops WHERE scope = :scope AND subject = :subject AND started_at IS NULL")
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


@dataclass(frozen=True, slots=True)
class Account:
    """An account whose voice can be stopped, by its slug, with those of its city and agency."""

    slug: str
    city: str
    agency: str


async def silent_in(connection: AsyncConnection, conversation_id: UUID) -> bool:
    """Whether the bot may not speak in a conversation."""
    return bool((await connection.execute(SILENT_IN, {"id": conversation_id})).scalar_one())


async def is_silent(connection: AsyncConnection, *, city: str, account_id: int) -> bool:
    """Whether the bot says nothing in a city, through an account."""
    return bool((await connection.execute(SILENT_FOR, {"city": city, "account_id": account_id})).scalar_one())


@dataclass(frozen=True, slots=True)
class Place:
    """What a scope is of: an account by its id, the city and agency whose staff may decide about it."""

    account_id: int | None = None
    city: str | None = None
    agency: str | None = None


@dataclass(frozen=True)
class KillSwitch:
    """The operator's side. One is enough to stop the voice; to start it takes two (`desk.staff.requests`)."""

    engine: AsyncEngine

    async def stop(self, scope: Scope, *, reason: str, actor: Actor) -> bool:
        """Stop the voice. Answers False where it is stopped already: then the first reason stays.

        Raises:
            NotPermitted: the actor may not.
            NotFound: there is no such account.
            Conflict: the reason is empty or too long.
        """
        said = reason_of(reason)
        async with transaction(self.engine) as connection:
            place = await place_of(connection, scope)
            actor.require(Permission.VOICE_STOP, place.city, place.agency)
            values = {"account_id": place.account_id, "reason": said, "by": actor.login}
            values |= {"scope": scope.kind, "subject": scope.subject}
            stopped = (await connection.execute(STOP, values)).one_or_none() is not None
            if stopped:
                await record(
                    connection,
                    actor,
                    "voice.stop",
                    subject=str(scope),
                    of=place,
                    reason=said,
                )
        if stopped:
            log.warning("voice_stopped", scope=scope.kind, subject=scope.subject, by=actor.login)
        return stopped

    async def ask_to_start(self, scope: Scope, *, reason: str, actor: Actor, requests: Requests) -> RequestRow:
        """Ask that the bot speaks again; another has to allow it.

        Raises:
            NotPermitted: the actor may not.
            NotFound: there is no such account, or no stop of just this scope holds.
            Conflict: the reason is empty or too long; it is asked for already.
        """
        async with transaction(self.engine) as connection:
            place = await place_of(connection, scope)
            held = {"scope": scope.kind, "subject": scope.subject}
            if (await connection.execute(HELD, held)).one_or_none() is None:
                raise not_stopped(scope)
            wish = Wish(Kind.VOICE_START, str(scope), held, reason, place.city, place.agency)
            return (await requests.ask_in(connection, actor, wish))[0]

    async def start_in(self, connection: AsyncConnection, scope: Scope, *, reason: str, by: str) -> None:
        """Let the bot speak again, in a transaction of the caller. Tickets that were opened stay with the clerks.

        Raises:
            NotFound: no stop of just this scope holds.
        """
        values = {"scope": scope.kind, "subject": scope.subject, "reason": reason, "by": by}
        if (await connection.execute(START, values)).one_or_none() is None:
            raise not_stopped(scope)
        log.warning("voice_started", scope=scope.kind, subject=scope.subject, by=by)

    async def holding(self) -> Sequence[StopRow]:
        """The stops that hold, oldest first."""
        async with self.engine.connect() as connection:
            return [StopRow(**row._mapping) for row in await connection.execute(HOLDING)]

    async def accounts(self) -> Sequence[Account]:
        """All accounts, by city and agency."""
        async with self.engine.connect() as connection:
            return [Account(**row._mapping) for row in await connection.execute(ACCOUNTS)]

    async def history(self, limit: int = 100) -> Sequence[StopRow]:
        """All stops, newest first."""
        async with self.engine.connect() as connection:
            return [StopRow(**row._mapping) for row in await connection.execute(HISTORY, {"limit": limit})]


def not_stopped(scope: Scope) -> NotFound:
    """That no stop of just this scope holds."""
    return NotFound(NOT_STOPPED.format(scope=scope), said=Text(key="console.error_voice_not_stopped"))


async def place_of(connection: AsyncConnection, scope: Scope) -> Place:
    """Whose a scope is.

    Raises:
        NotFound: there is no such account.
    """
    if scope.kind != "account":
        return Place(city=scope.subject or None)
    row = (await connection.execute(ACCOUNT, {"slug": scope.subject})).one_or_none()
    if row is None:
        raise NotFound(f"There is no account {scope.subject!r}. `desk account list` shows them.")
    return Place(row.id, row.city, row.agency)
