"""Dead letters for operators: what could not be sent, and sending it again."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.audit.trail import record
from desk.contract.staff import Actor, Permission
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
      AND (CAST(:state AS text) IS NULL OR deliveries.state = :state)
      AND (CAST(:why AS text) IS NULL OR coalesce(deliveries.reason, '') = :why)
""")
GROUPS = text("""
    SELECT account.slug AS account, delivery.state, coalesce(delivery.reason, '') AS reason, count(*) AS deliveries,
           min(delivery.ended_at) AS first_at, max(delivery.ended_at) AS last_at
    FROM deliveries AS delivery JOIN channel_accounts AS account ON account.id = delivery.account_id
    WHERE delivery.state IN ('dead', 'unknown') AND (CAST(:account AS text) IS NULL OR account.slug = :account)
    GROUP BY account.slug, delivery.state, delivery.reason ORDER BY last_at DESC LIMIT 200
""")
# A part for each index: what was sent or dropped is millions, and is passed over.
COUNTS = text("""
    SELECT account.slug AS account, account.state AS account_state, delivery.lane, delivery.state,
           count(*) AS deliveries, extract(epoch FROM clock_timestamp() - min(delivery.created_at))::float8 AS oldest
    FROM (
        SELECT account_id, lane, state, created_at FROM deliveries WHERE state = 'waiting'
        UNION ALL
        SELECT account_id, lane, state, created_at FROM deliveries WHERE state = 'sending'
        UNION ALL
        SELECT account_id, lane, state, created_at FROM deliveries WHERE state IN ('dead', 'unknown')
    ) AS delivery JOIN channel_accounts AS account ON account.id = delivery.account_id
    WHERE (CAST(:account AS text) IS NULL OR account.slug = :account)
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
class Group:
    """Dead letters of an account that ended the same way."""

    account: str
    state: str
    reason: str
    deliveries: int
    first_at: datetime
    last_at: datetime


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

    async def groups(self, actor: Actor, account: str | None = None) -> list[Group]:
        """What could not be sent, by account and reason, the latest first; of no single conversation.

        Raises:
            NotPermitted: the actor does not look after what is sent.
        """
        actor.require(Permission.SENDING_MANAGE)
        async with self.engine.connect() as connection:
            return [Group(**row._mapping) for row in await connection.execute(GROUPS, {"account": account})]

    async def retry(
        self,
        actor: Actor,
        account: str,
        *,
        conversation: UUID | None = None,
        unknown: bool = False,
        state: str | None = None,
        why: str | None = None,
        reason: str = "",
    ) -> int:
        """Let dead letters wait again; `unknown` also those that may have arrived. Answers how many.

        Args:
            actor: who does it; that it was done stands in the audit.
            account: whose, by its slug.
            conversation: of one alone.
            unknown: whether what may have arrived goes, too: residents may read it twice.
            state: those alone that ended so.
            why: those alone that ended for this reason.
            reason: why they are sent again, in the actor's words.

        Raises:
            NotPermitted: the actor does not look after what is sent.
        """
        actor.require(Permission.SENDING_MANAGE)
        values = {"account": account, "conversation": conversation, "unknown": unknown, "state": state, "why": why}
        async with transaction(self.engine) as connection:
            again = (await connection.execute(RETRY, values)).rowcount
            details = {"unknown": unknown, "count": again, **({} if why is None else {"why": why})}
            await record(connection, actor, "sending.retry", subject=account, reason=reason, details=details)
            return again

    async def counts(self, account: str | None = None) -> list[Count]:
        """What waits and what failed, by account and lane."""
        async with self.engine.connect() as connection:
            return [Count(**row._mapping) for row in await connection.execute(COUNTS, {"account": account})]
