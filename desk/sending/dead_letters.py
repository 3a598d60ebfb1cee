"""Dead letters for operators: what could not be sent, and sending it again."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.store.database import transaction

STATES = ("waiting", "sending", "sent", "unknown", "dead", "dropped")

DEAD = text("""
    SELECT account.slug AS account, delivery.conversation_id AS conversation, delivery.seq, delivery.state,
           delivery.reason, delivery.created_at, delivery.ended_at
    FROM deliveries AS delivery JOIN channel_accounts AS account ON account.id = delivery.account_id
    WHERE delivery.state IN ('dead', 'unknown') AND (CAST(:account AS text) IS NULL OR account.slug = :account)
    ORDER BY delivery.ended_at DESC LIMIT :limit
""")
RETRY = text("""
    UPDATE deliveries SET state = 'waiting', due_at = clock_timestamp(), tries = 0, reason = NULL, ended_at = NULL,
           created_at = clock_timestamp(), uncertain = false,
           pieces = CASE WHEN deliveries.state = 'unknown' THEN 0 ELSE pieces END
    FROM channel_accounts AS account
    WHERE account.id = deliveries.account_id AND account.slug = :account
      AND (deliveries.state = 'dead' OR (deliveries.state = 'unknown' AND :unknown))
      AND (CAST(:conversation AS uuid) IS NULL OR deliveries.conversation_id = :conversation)
""")
COUNTS = text("""
    SELECT account.slug AS account, account.state AS account_state, delivery.lane, delivery.state,
           count(*) AS deliveries, extract(epoch FROM clock_timestamp() - min(delivery.created_at))::float8 AS oldest
    FROM deliveries AS delivery JOIN channel_accounts AS account ON account.id = delivery.account_id
    WHERE delivery.state <> 'sent' AND (CAST(:account AS text) IS NULL OR account.slug = :account)
    GROUP BY account.slug, account.state, delivery.lane, delivery.state ORDER BY account.slug, delivery.lane LIMIT 500
""")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that did not arrive, or of which that is not known. Never what it says, or whom it is to."""

    account: str
    conversation: UUID
    seq: int
    state: str
    reason: str | None
    created_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class Count:
    """How many deliveries of an account are in a state; `oldest` in seconds."""

    account: str
    account_state: str
    lane: int
    state: str
    deliveries: int
    oldest: float


@dataclass(frozen=True)
class DeadLetters:
    """What operators do with the outbox."""

    engine: AsyncEngine

    async def dead(self, account: str | None = None, limit: int = 100) -> list[DeadLetter]:
        """What could not be sent, the latest first."""
        async with self.engine.connect() as connection:
            rows = await connection.execute(DEAD, {"account": account, "limit": limit})
            return [DeadLetter(**row._mapping) for row in rows]

    async def retry(self, account: str, *, conversation: UUID | None = None, unknown: bool = False) -> int:
        """Let dead letters wait again; `unknown` also those that may have arrived. Answers how many."""
        values = {"account": account, "conversation": conversation, "unknown": unknown}
        async with transaction(self.engine) as connection:
            return (await connection.execute(RETRY, values)).rowcount

    async def counts(self, account: str | None = None) -> list[Count]:
        """What waits and what failed, by account and lane."""
        async with self.engine.connect() as connection:
            return [Count(**row._mapping) for row in await connection.execute(COUNTS, {"account": account})]
