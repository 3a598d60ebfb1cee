"""Looking after accounts whose platform does not tell all: what is said of them, how long credentials hold."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from aiohttp import ClientSession
from prometheus_client import Counter, Gauge
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.accounts.register import Register
from desk.contract.errors import BackendError
from desk.conversations.stream import dump
from desk.intake.service import Intake
from desk.publicity.ports import Expires, Standing, Watches
from desk.store.database import transaction
from desk.store.deferring import UPKEEP, defer

log = structlog.get_logger(__name__)
LOOK, CHECK = "publicity.look", "publicity.check"
PAGE = 500
SOON = timedelta(days=14)  # how long before its end credentials are called for
EXPIRING = Gauge(
    "desk_accounts_expiring", "Accounts whose credentials are refused, or end within two weeks", ["channel", "standing"]
)
LOOKS = Counter("desk_account_looks_total", "Looks at what is said of an account in public", ["channel", "outcome"])

SINCE = text("SELECT since FROM account_watches WHERE account_id = :account FOR UPDATE")
OPEN = text("INSERT INTO account_watches (account_id) VALUES (:account) ON CONFLICT DO NOTHING")
LOOKED = text("""
    UPDATE account_watches SET since = CAST(:since AS jsonb), looked_at = :now WHERE account_id = :account
""")
CHECKED = text("""
    INSERT INTO account_watches (account_id, good, expires_at, why, checked_at)
    VALUES (:account, :good, :expires_at, :why, :now)
    ON CONFLICT (account_id) DO UPDATE
    SET good = excluded.good, expires_at = excluded.expires_at, why = excluded.why, checked_at = excluded.checked_at
""")
STANDING = text("SELECT good, expires_at, why, checked_at FROM account_watches WHERE account_id = :account")
COUNTS = text("""
    SELECT account.channel,
           count(*) FILTER (WHERE NOT watch.good) AS refused,
           count(*) FILTER (WHERE watch.good AND watch.expires_at < :soon) AS expiring
    FROM account_watches AS watch JOIN channel_accounts AS account ON account.id = watch.account_id
    WHERE watch.good IS NOT NULL GROUP BY account.channel
""")


@dataclass(frozen=True)
class Watching:
    """The room for jobs and commands."""

    engine: AsyncEngine
    register: Register
    http: ClientSession
    intake: Intake
    now: Callable[[], datetime]

    async def queue(self, job: str) -> int:
        """Queue a job for each account whose channel has the ability that the job needs; how many."""
        able: type[Watches] | type[Expires] = Watches if job == LOOK else Expires
        channels = [name for name, channel in self.register.channels.items() if isinstance(channel, able)]
        queued = 0
        for channel in channels:
            after = 0
            while page := await self.register.all(channel=channel, after=after, limit=PAGE):
                after = page[-1].id
                async with transaction(self.engine) as connection:
                    for row in page:
                        if row.state != "stopped":
                            await defer(connection, job, lane=UPKEEP, account=row.id)
                            queued += 1
        return queued

    async def look(self, account_id: int) -> int:
        """Look at what was said of an account since the last time, and take it in; how much it was.

        What was taken in is known by its id: if the mark is lost, the same look is repeated and changes nothing.
        """
        account = await self.register.of(account_id)
        if account is None or account.state == "stopped":
            return 0
        channel = self.register.channel_of(account)
        if not isinstance(channel, Watches):
            return 0
        async with transaction(self.engine) as connection:
            await connection.execute(OPEN, {"account": account_id})
            since = (await connection.execute(SINCE, {"account": account_id})).scalar_one()
        try:
            seen = await channel.look(self.http, self.register.opened(account), since)
        except BackendError as exc:  # the next look finds it
            LOOKS.labels(channel=channel.name, outcome="failed").inc()
            log.warning("account_not_looked_at", account=account.slug, error=type(exc).__name__)
            return 0
        await self.intake.take(account, channel, seen.happened)
        async with transaction(self.engine) as connection:
            values = {"account": account_id, "since": dump(dict(seen.since)), "now": self.now()}
            await connection.execute(LOOKED, values)
        LOOKS.labels(channel=channel.name, outcome="done").inc()
        return len(seen.happened)

    async def check(self, account_id: int) -> Standing | None:
        """Ask how an account's credentials stand; raise the alarm where an operator must act. None: not told."""
        account = await self.register.of(account_id)
        if account is None or account.state == "stopped":
            return None
        channel = self.register.channel_of(account)
        if not isinstance(channel, Expires):
            return None
        try:
            standing = await channel.standing(self.http, self.register.opened(account))
        except BackendError as exc:
            log.warning("account_not_checked", account=account.slug, error=type(exc).__name__)
            return None
        expires_at = None if standing.expires_in is None else self.now() + standing.expires_in
        async with transaction(self.engine) as connection:
            values = {"account": account_id, "good": standing.good, "expires_at": expires_at, "why": standing.why}
            await connection.execute(CHECKED, {**values, "now": self.now()})
            await self._count(connection)
        if not standing.good:
            log.error("account_refused", account=account.slug, why=standing.why)
        elif standing.expires_in is not None and standing.expires_in < SOON:
            log.warning("account_expires", account=account.slug, days=standing.expires_in.days)
        return standing

    async def _count(self, connection: AsyncConnection) -> None:
        for row in await connection.execute(COUNTS, {"soon": self.now() + SOON}):
            EXPIRING.labels(channel=row.channel, standing="refused").set(row.refused)
            EXPIRING.labels(channel=row.channel, standing="expiring").set(row.expiring)


async def known_standing(connection: AsyncConnection, account_id: int) -> dict[str, Any] | None:
    """How an account stood when its platform was asked last, for whoever shows accounts; None where nobody ever asked.

    `expires_at` and `checked_at` are ISO 8601 in UTC; what is not known is left out.
    """
    row = (await connection.execute(STANDING, {"account": account_id})).mappings().one_or_none()
    if row is None or row["checked_at"] is None:
        return None
    known = {name: value for name, value in row.items() if value not in (None, "")}
    times = {name: value.isoformat(timespec="seconds") for name, value in known.items() if isinstance(value, datetime)}
    return known | times
