"""The outbox in the store: what waits, who has it in hand, and what became of it.

A delivery is written in the transaction that wrote its message (`desk.conversations.stream.DELIVER`), and is:
`waiting`, due at a time; `sending`, in somebody's hands until a lease ends; then for good `sent`, `unknown` (it may
have been taken: never sent again unless a person says so), `dead` (refused, too old) or `dropped` (nobody is there).

What shares a call with others is `prepared` until the call begins: who ends before that has shown it to nobody, and it
waits again. Whether the call may begin is decided by the row (`Outbox.begin`), so that who was away for longer than the
lease does not show what another has taken meanwhile.
"""

from collections import Counter as Tally
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any, Literal
from uuid import UUID

from prometheus_client import Counter
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.contract.channel import Sent
from desk.conversations.rows import About
from desk.conversations.stream import BULK, dump
from desk.sealing.opening import KEY, Purpose, opened
from desk.store.arming import IS_ARMED
from desk.store.database import single_statements
from desk.store.gathering import Gathering

ENDED = Counter("desk_deliveries_total", "Messages that were sent on channels, or not", ["state"])
AGAIN = Counter("desk_deliveries_again_total", "Messages that wait again: who had prepared them ended before the call")

type End = Literal["sent", "unknown", "dead", "dropped"]

NOTHING = Sent()
LEASE_SECONDS = 60.0  # longer than any call of a platform
PREPARING_SECONDS = 15.0  # longer than opening and sorting some hundred takes
LONGEST_REASON = 200
ACCOUNTS_AT_ONCE = 200
ENDED_AT_ONCE = 200

# From account to account through the index, however many deliveries wait for one. An account that is paused is passed
# over, unless its platform fails and it is time to try. In a store that is not armed nothing is due.
DUE = text(f"""
    WITH RECURSIVE walk AS (
        (SELECT account_id FROM deliveries WHERE state = 'waiting' AND lane = :lane AND account_id > :after
         ORDER BY account_id LIMIT 1)
        UNION ALL
        SELECT following.account_id FROM walk CROSS JOIN LATERAL (
            SELECT account_id FROM deliveries
            WHERE state = 'waiting' AND lane = :lane AND account_id > walk.account_id ORDER BY account_id LIMIT 1
        ) AS following
    )
    SELECT walk.account_id, account.state <> 'active' AS probes,
           (SELECT extract(epoch FROM min(due_at) - clock_timestamp())::float8 FROM deliveries
            WHERE state = 'waiting' AND lane = :lane AND account_id = walk.account_id) AS due_in,
           account.state = 'active' OR (account.state = 'paused' AND account.probe_at <= clock_timestamp()) AS open
    FROM walk JOIN channel_accounts AS account ON account.id = walk.account_id
    WHERE (SELECT {IS_ARMED})
    LIMIT :limit
""")
# Of each conversation the oldest of its lane, and nothing while another of it is in somebody's hands. What two claim at
# once one gets: the other skips the locked row, and later finds it `sending`. The others of a conversation are read by
# their key (OFFSET 0 keeps it so): the small indexes of what waits and is sent look cheaper, and in a send to a million
# hold as many entries of the past for each row that is claimed.
CLAIM = text(f"""
    WITH head AS (
        SELECT one.conversation_id, one.seq FROM deliveries AS one
        WHERE one.state = 'waiting' AND one.lane = :lane AND one.account_id = :account_id
          AND one.due_at <= clock_timestamp()
          AND NOT EXISTS (
              SELECT FROM (SELECT seq, state, lane FROM deliveries AS said
                           WHERE said.conversation_id = one.conversation_id OFFSET 0) AS other
              WHERE other.seq <> one.seq
                AND (other.state = 'sending'
                     OR (other.state = 'waiting' AND other.lane = one.lane AND other.seq < one.seq)))
        ORDER BY one.due_at LIMIT :limit FOR UPDATE OF one SKIP LOCKED
    ), taken AS (
        UPDATE deliveries SET state = 'sending', attempt = attempt + 1, prepared = :together,
               lease_until = clock_timestamp() + make_interval(secs => :lease)
        FROM head WHERE deliveries.conversation_id = head.conversation_id AND deliveries.seq = head.seq
        RETURNING deliveries.*
    )
    SELECT taken.conversation_id, taken.seq, taken.account_id, taken.lane, taken.pieces, taken.tries, taken.attempt,
           taken.uncertain, extract(epoch FROM clock_timestamp() - taken.created_at)::float8 AS age,
           message.body, {KEY.format("taken.conversation_id")} AS wrapped,
           resident.id AS resident_id, resident.external_id, resident.address,
           resident.state AS resident_state, resident.muted_at IS NOT NULL AS is_muted,
           extract(epoch FROM clock_timestamp() - resident.heard_at)::float8 AS silence
    FROM taken
    JOIN outbound_messages AS message
      ON message.conversation_id = taken.conversation_id AND message.seq = taken.seq
    JOIN conversations AS conversation ON conversation.id = taken.conversation_id
    JOIN residents AS resident ON resident.id = conversation.resident_id
""")
MINE = "conversation_id = :conversation_id AND seq = :seq AND attempt = :attempt"
STEP = text(f"""
    UPDATE deliveries SET pieces = :pieces, uncertain = uncertain OR :uncertain,
           platform_ids = platform_ids || CAST(:ids AS jsonb), parts = parts + :parts, prepared = :together,
           lease_until = clock_timestamp() + make_interval(secs => :lease)
    WHERE {MINE} AND state = 'sending'
""")
BEGIN = text("""
    UPDATE deliveries AS delivery
    SET prepared = false, lease_until = clock_timestamp() + make_interval(secs => :lease)
    FROM jsonb_to_recordset(CAST(:mine AS jsonb)) AS one (conversation_id uuid, seq bigint, attempt bigint)
    WHERE delivery.conversation_id = one.conversation_id AND delivery.seq = one.seq
      AND delivery.attempt = one.attempt AND delivery.state = 'sending'
    RETURNING delivery.conversation_id, delivery.seq
""")
LATER = text("""
    UPDATE deliveries AS delivery
    SET state = 'waiting', lease_until = NULL, prepared = false, tries = delivery.tries + one.tries,
        reason = one.reason,
        due_at = clock_timestamp() + make_interval(secs => one.seconds)
    FROM jsonb_to_recordset(CAST(:later AS jsonb)) AS one (
        conversation_id uuid, seq bigint, attempt bigint, tries bigint, reason text, seconds double precision)
    WHERE delivery.conversation_id = one.conversation_id AND delivery.seq = one.seq
      AND delivery.attempt = one.attempt AND delivery.state = 'sending'
""")
# Also of what was given up as unknown meanwhile: whoever had it in hand knows better. Many at once: see `Gathering`.
# Of the reports that came before the ids did its own are kept.
END = text("""
    UPDATE deliveries AS delivery
    SET state = one.state, lease_until = NULL, reason = one.reason, ended_at = clock_timestamp(),
        pieces = coalesce(one.pieces, delivery.pieces), platform_ids = delivery.platform_ids || one.ids,
        parts = delivery.parts + one.parts,
        reports = CASE WHEN delivery.reports = '{}' THEN delivery.reports ELSE (
            SELECT coalesce(jsonb_object_agg(report.key, report.value), '{}')
            FROM jsonb_each(delivery.reports) AS report WHERE delivery.platform_ids || one.ids ? report.key) END
    FROM jsonb_to_recordset(CAST(:ended AS jsonb)) AS one (
        conversation_id uuid, seq bigint, attempt bigint, state text, reason text, pieces bigint, ids jsonb,
        parts bigint)
    WHERE delivery.conversation_id = one.conversation_id AND delivery.seq = one.seq
      AND delivery.attempt = one.attempt AND delivery.state IN ('sending', 'unknown')
""")
DROP = text("""
    UPDATE deliveries SET state = 'dropped', reason = :reason, ended_at = clock_timestamp()
    WHERE conversation_id = :conversation_id AND state = 'waiting'
""")
DROP_NEWS = text("""
    UPDATE deliveries SET state = 'dropped', reason = :reason, ended_at = clock_timestamp()
    WHERE conversation_id = :conversation_id AND state = 'waiting' AND lane = :lane
""")
# What is locked is being ended by whoever has it in hand.
LOOK = text("""
    WITH lost AS (
        SELECT conversation_id, seq, lane, prepared FROM deliveries
        WHERE state = 'sending' AND lease_until < clock_timestamp() FOR UPDATE SKIP LOCKED
    ), unknown AS (
        UPDATE deliveries SET state = 'unknown', lease_until = NULL, ended_at = clock_timestamp(),
               reason = 'whoever sent it ended in the middle'
        FROM lost WHERE deliveries.conversation_id = lost.conversation_id AND deliveries.seq = lost.seq
          AND NOT lost.prepared
        RETURNING 1
    ), again AS (
        UPDATE deliveries SET state = 'waiting', lease_until = NULL, prepared = false
        FROM lost WHERE deliveries.conversation_id = lost.conversation_id AND deliveries.seq = lost.seq
          AND lost.prepared
        RETURNING deliveries.lane
    )
    SELECT (SELECT count(*) FROM unknown) AS lost, (SELECT count(*) FROM again) AS again, ARRAY(
        SELECT one.lane FROM unnest(CAST(:lanes AS bigint[])) AS one (lane)
        WHERE EXISTS (SELECT FROM deliveries WHERE state = 'waiting' AND deliveries.lane = one.lane)
           OR one.lane IN (SELECT lane FROM again)
    ) AS waiting
""")
MOVED = text("UPDATE residents SET external_id = :external_id, address = :address WHERE id = :id")
LEFT = text("UPDATE residents SET state = 'left', state_at = clock_timestamp() WHERE id = :id")


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery in our hands. Seconds throughout; `silence` is since the resident did anything."""

    conversation_id: UUID
    seq: int
    account_id: int
    lane: int
    pieces: int
    tries: int
    attempt: int
    uncertain: bool
    age: float
    message: dict[str, Any]
    resident_id: UUID
    external_id: str
    address: bytes | None
    resident_state: str
    is_muted: bool
    silence: float | None
    about: About | None = None
    author: str = "bot"

    @property
    def mine(self) -> dict[str, Any]:
        return {"conversation_id": self.conversation_id, "seq": self.seq, "attempt": self.attempt}


@dataclass(frozen=True, slots=True)
class Due:
    """An account for which something waits: `due_in` seconds. `probes`: its platform fails; one message is tried."""

    account_id: int
    probes: bool
    due_in: float
    open: bool


class Outbox:
    """The outbox."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._ending = Gathering(self._end, most=ENDED_AT_ONCE)
        self._putting_off = Gathering(self._put_off, most=ENDED_AT_ONCE)

    async def due(self, lane: int, after: int = 0) -> list[Due]:
        """Accounts for which something waits in a lane, from `after` on."""
        async with single_statements(self._engine) as connection:
            rows = await connection.execute(DUE, {"lane": lane, "after": after, "limit": ACCOUNTS_AT_ONCE})
            return [Due(**row._mapping) for row in rows]

    async def claim(self, lane: int, account_id: int, limit: int, *, together: bool = False) -> list[Claimed]:
        """Take up to `limit` deliveries in hand; `together`: they share calls, each of which `begin` allows."""
        lease = PREPARING_SECONDS if together else LEASE_SECONDS
        values = {"lane": lane, "account_id": account_id, "limit": limit, "lease": lease, "together": together}
        async with single_statements(self._engine) as connection:
            return [_claimed(connection, row) for row in await connection.execute(CLAIM, values)]

    async def begin(self, claimed: Sequence[Claimed]) -> list[bool]:
        """Of each whether its next piece may be shown now: then its call begins, and is unknown if we end in it.

        Else it is not in our hands any more.
        """
        values = {"mine": dump([_mine(one) for one in claimed]), "lease": LEASE_SECONDS}
        async with single_statements(self._engine) as connection:
            ours = {tuple(row) for row in await connection.execute(BEGIN, values)}
        return [(one.conversation_id, one.seq) in ours for one in claimed]

    async def step(self, claimed: Claimed, pieces: int, sent: Sent, *, uncertain: bool, together: bool = False) -> None:
        """Note that a piece was sent; `together`: the next shares a call, which `begin` allows."""
        values = {"pieces": pieces, "ids": _ids(sent), "parts": sent.parts, "uncertain": uncertain}
        await self._write(STEP, {**claimed.mine, **values, "together": together})

    async def later(self, claimed: Claimed, seconds: float, reason: str | None, *, counts: bool = False) -> None:
        """Put a delivery back. `counts`: it was a try of its own."""
        values = {"seconds": seconds, "reason": _cut(reason), "tries": int(counts)}
        await self._putting_off.ask({**_mine(claimed), **values})

    async def end(
        self,
        claimed: Claimed,
        state: End,
        reason: str | None = None,
        *,
        pieces: int | None = None,
        sent: Sent = NOTHING,
    ) -> None:
        """Note what became of a delivery for good, and with `pieces` that its last one was sent."""
        ENDED.labels(state=state).inc()
        await self._ending.ask(ended(claimed, state, reason, pieces=pieces, sent=sent))

    async def end_all(self, ends: Sequence[dict[str, Any]]) -> None:
        """Note what became of many, as `ended` says it."""
        for state, count in Tally(one["state"] for one in ends).items():
            ENDED.labels(state=state).inc(count)
        for some in batched(ends, ENDED_AT_ONCE, strict=False):
            await self._end(some)

    async def leave(self, claimed: Claimed, reason: str) -> None:
        """Note that a resident is not there any more: nothing that waits is sent."""
        async with self._engine.begin() as connection:
            await connection.execute(LEFT, {"id": claimed.resident_id})
            await connection.execute(END, {"ended": dump([ended(claimed, "dropped", reason)])})
            await drop(connection, claimed.conversation_id, reason)
        ENDED.labels(state="dropped").inc()

    async def move(self, claimed: Claimed, external_id: str, address: bytes) -> None:
        """Note another name of the resident."""
        await self._write(MOVED, {"id": claimed.resident_id, "external_id": external_id, "address": address})

    async def look(self, lanes: Collection[int]) -> tuple[int, list[int]]:
        """What somebody had in hand who ended in the middle is unknown: how many; and in which lanes any wait.

        What was only prepared waits again.
        """
        async with single_statements(self._engine) as connection:
            found = (await connection.execute(LOOK, {"lanes": list(lanes)})).one()
        ENDED.labels(state="unknown").inc(found.lost)
        AGAIN.inc(found.again)
        return found.lost, found.waiting

    async def _end(self, ended: Sequence[dict[str, Any]]) -> Sequence[None]:
        async with single_statements(self._engine) as connection:
            await connection.execute(END, {"ended": dump(list(ended))})
        return [None] * len(ended)

    async def _put_off(self, later: Sequence[dict[str, Any]]) -> Sequence[None]:
        async with single_statements(self._engine) as connection:
            await connection.execute(LATER, {"later": dump(list(later))})
        return [None] * len(later)

    async def _write(self, statement: Any, values: dict[str, Any]) -> None:
        async with single_statements(self._engine) as connection:
            await connection.execute(statement, {"lease": LEASE_SECONDS, **values} if statement is STEP else values)


async def drop(connection: AsyncConnection, conversation_id: UUID, reason: str) -> None:
    """Drop what waits in a conversation: nobody is there to read it."""
    await connection.execute(DROP, {"conversation_id": conversation_id, "reason": _cut(reason)})


async def drop_news(connection: AsyncConnection, conversation_id: UUID, reason: str) -> None:
    """Drop what waits in a conversation and nobody has asked for."""
    await connection.execute(DROP_NEWS, {"conversation_id": conversation_id, "reason": _cut(reason), "lane": BULK})


def ended(
    claimed: Claimed, state: End, reason: str | None = None, *, pieces: int | None = None, sent: Sent = NOTHING
) -> dict[str, Any]:
    """What became of a delivery, as `Outbox.end_all` takes it."""
    ids = [sent.id] if sent.id else []
    return {**_mine(claimed), "state": state, "reason": _cut(reason), "pieces": pieces, "ids": ids, "parts": sent.parts}


def _mine(claimed: Claimed) -> dict[str, Any]:
    """Which delivery it is, for JSON."""
    return {**claimed.mine, "conversation_id": str(claimed.conversation_id)}


def _ids(sent: Sent) -> str:
    return dump([sent.id] if sent.id else [])


def _claimed(connection: AsyncConnection, row: Row[Any]) -> Claimed:
    found = row._asdict()
    key = opened(connection, row.conversation_id, found.pop("wrapped"), Purpose.DELIVERY)
    body = key.open(found.pop("body"), "event")
    message = body["message"]
    return Claimed(**found, message=message, about=body.get("about"), author=message.get("author", "bot"))


def _cut(reason: str | None) -> str | None:
    return None if reason is None else reason[:LONGEST_REASON]
