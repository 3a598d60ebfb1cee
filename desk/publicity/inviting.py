"""Mentions are answered where everybody reads them: with an invitation to a private message, and nothing else.

Each at most once, whatever dies; each resident at most once a day; none while the voice is stopped.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from aiohttp import ClientSession
from prometheus_client import Counter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.accounts.register import Register
from desk.accounts.rows import AccountRow
from desk.city.files import City
from desk.contract.channel import Mentioned, Rejected, RetryAfter, Sent, Unknown
from desk.contract.messages import Text
from desk.intake.service import MENTION
from desk.kill_switch.service import is_silent
from desk.store.database import transaction
from desk.store.deferring import UPKEEP, defer
from desk.texts.catalogs import Catalogs

log = structlog.get_logger(__name__)
INVITED = Counter("desk_mentions_total", "Public mentions of accounts, by what became of them", ["channel", "outcome"])

QUIET = timedelta(days=1)  # between two invitations of one resident
OF_USE = timedelta(days=2)  # after so long an invitation is of no use any more
PAUSE = timedelta(minutes=10)  # between looks at an account that is paused

# Mentions of one resident are decided one after the other.
TAKE = text("""
    SELECT account_id, body ->> 'post' AS post, body ->> 'kind' AS kind, body ->> 'by' AS by,
           received_at, pg_advisory_xact_lock(hashtextextended(body ->> 'by', 0))
    FROM channel_events WHERE id = :id AND kind = 'mentioned' AND coalesce(outcome, 'waiting') = 'waiting'
    FOR UPDATE
""")
INVITED_LATELY = text("""
    SELECT EXISTS (
        SELECT FROM channel_events
        WHERE account_id = :account AND kind = 'mentioned' AND id <> :id AND body ->> 'by' = :by
          AND outcome IN ('sending', 'sent', 'unknown') AND received_at > :since
    )
""")
SET = text("UPDATE channel_events SET outcome = :outcome WHERE id = :id")


@dataclass(frozen=True)
class Inviting:
    """The room for jobs. `now` is the clock."""

    engine: AsyncEngine
    register: Register
    http: ClientSession
    catalogs: Catalogs
    cities: Mapping[str, City]
    now: Callable[[], datetime]

    async def invite(self, event: int) -> None:
        """Answer a mention, or leave it."""
        taken = await self._take(event)
        if taken is None:
            return
        row, account = taken
        channel, city = self.register.channel_of(account), self.cities[account.city]
        names = (city.greeting_names or city.names).model_dump(exclude_none=True)
        words = self.catalogs.text(
            Text(key="channels.public_invitation", args={"city": {"name": names}}), city.languages[0]
        )
        asked = Mentioned(post=row.post, text="", kind=row.kind)
        outcome = await channel.say_publicly(self.http, self.register.opened(account), asked, words)
        later = isinstance(outcome, RetryAfter) or (isinstance(outcome, Rejected) and outcome.account)
        if later:
            wait = timedelta(seconds=outcome.seconds) if isinstance(outcome, RetryAfter) else PAUSE
            await self._end(event, account, "waiting", wait=wait)
        else:
            named = "sent" if isinstance(outcome, Sent) else "unknown" if isinstance(outcome, Unknown) else "dead"
            await self._end(event, account, named)
        if isinstance(outcome, Rejected) and outcome.account:
            await self.register.set_state(account.slug, "paused", outcome.why)

    async def _take(self, event: int) -> tuple[Any, AccountRow] | None:
        """Mark a mention as being answered; None where it is not, or not yet."""
        async with transaction(self.engine) as connection:
            row = (await connection.execute(TAKE, {"id": event})).one_or_none()
            account = None if row is None else await self.register.of(row.account_id)
            if row is None or account is None or account.city not in self.cities:
                return None
            since = {"account": account.id, "id": event, "by": row.by, "since": self.now() - QUIET}
            outcome = "sending"
            if account.state == "stopped" or await is_silent(connection, city=account.city, account_id=account.id):
                outcome = "silent"
            elif row.received_at < self.now() - OF_USE:
                outcome = "dead"
            elif (await connection.execute(INVITED_LATELY, since)).scalar_one():
                outcome = "invited"
            elif account.state == "paused":
                outcome = "waiting"
                await defer(connection, MENTION, lane=UPKEEP, after=PAUSE, event=event)
            await connection.execute(SET, {"id": event, "outcome": outcome})
        if outcome == "sending":
            return row, account
        INVITED.labels(channel=account.channel, outcome=outcome).inc()
        return None

    async def _end(self, event: int, account: AccountRow, outcome: str, *, wait: timedelta | None = None) -> None:
        async with transaction(self.engine) as connection:
            await connection.execute(SET, {"id": event, "outcome": outcome})
            if wait is not None:
                await defer(connection, MENTION, lane=UPKEEP, after=wait, event=event)
        INVITED.labels(channel=account.channel, outcome=outcome).inc()
        if outcome not in ("sent", "waiting"):
            log.warning("mention_not_answered", event_id=event, channel=account.channel, outcome=outcome)
