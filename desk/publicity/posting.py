"""Announcements on the public accounts of the agency that made them: a post for everybody, parts for subscribers.

Whatever dies, nothing is said twice: `sending` is committed before the platform is called. A part holds residents who
subscribed to the topic here and can no longer be written to singly; the platform sees to it that only those get it who
subscribed there too.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from aiohttp import ClientSession
from prometheus_client import Counter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.accounts.people import open_address
from desk.accounts.register import Register
from desk.accounts.rows import AccountRow
from desk.announcements import arming
from desk.announcements.audience.whom import NOBODY
from desk.announcements.content import Image
from desk.contract.channel import Account, Channel, Outcome, Rejected, RetryAfter, Sent, Unknown
from desk.contract.wire import LOCALES
from desk.publicity.planning import CARRY_OUT, OVER, SAID_IN, queue
from desk.publicity.ports import Illustration, Posts, SendsToMany
from desk.store.database import transaction
from desk.store.deferring import UPKEEP, defer
from desk.store.keys import Keys

log = structlog.get_logger(__name__)
POSTED = Counter("desk_public_posts_total", "Announcements on public accounts, by what became of them", ["outcome"])

PAUSE = timedelta(minutes=10)  # between looks at an account that is paused
BEHIND = timedelta(minutes=1)  # until what takes back a post that is being made is tried again
TRIES = 288  # two days of them
OUTCOMES = {Sent: "taken", RetryAfter: "later", Rejected: "refused", Unknown: "unknown"}
"""What is kept of an attempt; of one that nobody ended: `interrupted`."""

FIRST = """other.announcement_id = post.announcement_id AND other.account_id = post.account_id
           AND other.kind = post.kind AND NOT other.withdraws"""
TAKE = text(f"""
    SELECT post.id, post.announcement_id, post.account_id, post.kind, post.beyond, post.said, post.state, post.tries,
           post.asked, post.created_at, post.withdraws,
           announcement.city, announcement.topic, announcement.districts, announcement.image,
           {OVER} AND NOT post.withdraws AS over,
           post.withdraws AND NOT EXISTS (
               SELECT FROM public_posts AS other WHERE {FIRST} AND other.state IN ('sent', 'unknown', 'sending')
           ) AS nothing_stands,
           post.withdraws AND EXISTS (
               SELECT FROM public_posts AS other WHERE {FIRST} AND other.state = 'sending'
           ) AS comes_later
    FROM public_posts AS post JOIN announcements AS announcement ON announcement.id = post.announcement_id
    WHERE post.id = :id FOR UPDATE OF post
""")
MARK = text("UPDATE public_posts SET state = 'sending', residents = :residents WHERE id = :id")
END = text("""
    UPDATE public_posts SET state = :state, platform_id = :platform_id, why = :why, ended_at = :now
    WHERE id = :id
""")
AGAIN = text("UPDATE public_posts SET state = 'waiting', tries = tries + 1, why = :why WHERE id = :id")
TRY = text("""
    INSERT INTO public_post_attempts (post_id, began_at, outcome) VALUES (:post, :now, 'sending') RETURNING id
""")
TRIED = text("""
    UPDATE public_post_attempts SET outcome = :outcome, why = :why, platform_id = :platform_id, ended_at = :now
    WHERE id = :attempt
""")
CUT_OFF = text("""
    UPDATE public_post_attempts SET outcome = 'interrupted', ended_at = :now
    WHERE post_id = :post AND outcome = 'sending'
""")
STANDING = text("""
    SELECT state, tries, (SELECT max(id) FROM public_post_attempts WHERE post_id = public_posts.id) AS attempt
    FROM public_posts WHERE id = :id FOR UPDATE
""")
WAITS = text("UPDATE public_posts SET why = :why WHERE id = :id")
IMAGE = text("SELECT content, content_type FROM announcement_images WHERE sha256 = :sha256")
NEXT_PART = text("""
    SELECT after.beyond FROM public_posts AS after
    WHERE after.announcement_id = :announcement AND after.account_id = :account AND after.kind = 'mass'
      AND after.beyond > :beyond AND after.withdraws = :withdraws
    ORDER BY after.beyond LIMIT 1
""")
RECIPIENTS = text("""
    SELECT DISTINCT resident.id, resident.external_id, resident.address
    FROM subscriptions AS wish
    JOIN conversations AS conversation ON conversation.id = wish.conversation_id
    JOIN residents AS resident ON resident.id = conversation.resident_id
    WHERE wish.city = :city AND wish.topic = :topic
      AND (CAST(:districts AS text[]) = '{}' OR wish.district = '' OR wish.district = ANY (CAST(:districts AS text[])))
      AND resident.account_id = :account AND resident.state = 'reachable' AND resident.address IS NOT NULL
      AND (CAST(:heard_before AS timestamptz) IS NULL OR resident.heard_at < :heard_before)
      AND resident.id > :beyond AND (CAST(:up_to AS uuid) IS NULL OR resident.id <= :up_to)
    ORDER BY resident.id LIMIT :limit
""")


@dataclass(frozen=True)
class Posting:
    """The room for jobs. `now` is the clock."""

    engine: AsyncEngine
    register: Register
    http: ClientSession
    keys: Keys
    now: Callable[[], datetime]

    async def carry_out(self, post: int) -> None:
        """Say one thing, once."""
        taken = await self._take(post)
        if taken is None:
            return
        row, account, residents, attempt = taken
        channel = self.register.channel_of(account)
        outcome = await self._say(channel, self.register.opened(account), row, residents)
        await self._end(row, account, attempt, outcome)

    async def _take(self, post: int) -> tuple[Any, AccountRow, list[str], int] | None:
        """Mark it as being sent, and queue the part after it; None where nothing is to be sent.

        Answers the number of the attempt, too, which is committed before the platform is called.
        """
        async with transaction(self.engine) as connection:
            row = (await connection.execute(TAKE, {"id": post, "now": self.now()})).one_or_none()
            if row is None or row.state not in ("waiting", "sending"):
                return None
            if row.state == "sending":  # whoever had it in hand died: it may have been said
                await connection.execute(CUT_OFF, {"post": post, "now": self.now()})
                await self._write_end(connection, post, Unknown("interrupted"))
                return None
            if row.over:
                await self._write_end(connection, post, Rejected("withdrawn, cancelled, corrected or out of date"))
                return None
            if row.nothing_stands:  # nobody knew, when it was withdrawn, what would become of it
                await self._write_end(connection, post, Rejected("nothing of it was posted there"))
                return None
            if row.comes_later and row.tries < TRIES:
                await self._postpone(connection, post, BEHIND, "the announcement itself is being posted")
                return None
            if not await arming.is_armed(connection):
                await connection.execute(WAITS, {"id": post, "why": "this store is not armed"})
                await defer(connection, CARRY_OUT, lane=UPKEEP, after=PAUSE, post=post)
                return None
            account = await self.register.of(row.account_id)
            if account is None or account.state != "active":
                if row.tries < TRIES:
                    await self._postpone(connection, post, PAUSE, "the account is paused or stopped")
                else:
                    await self._write_end(connection, post, Rejected("the account was paused or stopped for too long"))
                return None
            residents: list[str] = []
            if row.kind == "mass":
                residents = await self._part(connection, row, account)
                if not residents:
                    is_first = row.beyond == NOBODY
                    outcome = Rejected("nobody subscribed who is not told singly") if is_first else Sent()
                    await self._write_end(connection, post, outcome)
                    return None
            await connection.execute(MARK, {"id": post, "residents": len(residents) or None})
            attempt = int((await connection.execute(TRY, {"post": post, "now": self.now()})).scalar_one())
        return row, account, residents, attempt

    async def _part(self, connection: AsyncConnection, row: Any, account: AccountRow) -> list[str]:
        """Addresses of the next residents; more of them become a part of their own.

        Those of the part after it are never among them, whoever has come or gone since that was queued.
        """
        channel = self.register.channel_of(account)
        assert isinstance(channel, SendsToMany)
        place = {"announcement": row.announcement_id, "account": row.account_id, "beyond": row.beyond}
        place["withdraws"] = row.withdraws
        up_to = (await connection.execute(NEXT_PART, place)).scalar_one_or_none()
        window = channel.abilities.reply_window
        # published again it is for the same ones: who was written to singly at the time may be silent by now
        at = min(self.now(), row.created_at) if row.asked else self.now()
        wanted = {
            "city": row.city,
            "topic": row.topic,
            "districts": list(row.districts),
            "account": row.account_id,
            "heard_before": None if window is None else at - window,
            "beyond": row.beyond,
            "up_to": up_to,
            "limit": channel.subscribers_at_once,
        }
        found = (await connection.execute(RECIPIENTS, wanted)).all()
        if len(found) == channel.subscribers_at_once:
            last, again = found[-1].id, row.withdraws
            await queue(connection, row.announcement_id, row.account_id, "mass", last, row.said, withdraws=again)
        return [open_address(self.keys, row.account_id, one.external_id, one.address) for one in found]

    async def _say(self, channel: Channel, account: Account, row: Any, residents: Sequence[str]) -> Outcome:
        if row.kind == "post" and isinstance(channel, Posts):
            return await channel.post(self.http, account, row.said, await self._image(row))
        if row.kind == "mass" and isinstance(channel, SendsToMany):
            return await channel.send_to_subscribers(self.http, account, residents, row.said)
        return Rejected("the channel cannot do this any more")

    async def _image(self, row: Any) -> Illustration | None:
        """Its image, with what is said of it in the language of the post, else in one that there is."""
        if row.image is None or row.withdraws:
            return None
        named = Image.model_validate(row.image)
        async with self.engine.connect() as connection:
            kept = (await connection.execute(IMAGE, {"sha256": named.sha256})).one_or_none()
        said = next((said for one in (SAID_IN, *LOCALES) if (said := named.alternatives.get(one, "").strip())), "")
        return None if kept is None else Illustration(kept.content, kept.content_type, said)

    async def _end(self, row: Any, account: AccountRow, attempt: int, outcome: Outcome) -> None:
        log.info("public_post", account=account.slug, kind=row.kind, outcome=type(outcome).__name__)
        async with transaction(self.engine) as connection:
            standing = (await connection.execute(STANDING, {"id": row.id})).one()
            await connection.execute(TRIED, {"attempt": attempt, **self._told(outcome)})
            if standing.state == "sending" and standing.attempt == attempt:
                await self._settle(connection, row.id, standing.tries, outcome)
            elif isinstance(outcome, Sent) and standing.state not in ("sending", "sent"):
                # whoever was at it was taken for dead, and was only slow: it stands there, and is not said again
                await self._write_end(connection, row.id, outcome)
        if isinstance(outcome, Rejected) and outcome.account:
            await self.register.set_state(account.slug, "paused", outcome.why)

    async def _settle(self, connection: AsyncConnection, post: int, tries: int, outcome: Outcome) -> None:
        if isinstance(outcome, RetryAfter) and tries < TRIES:
            await self._postpone(connection, post, timedelta(seconds=outcome.seconds), outcome.why)
        elif isinstance(outcome, Rejected) and outcome.account and tries < TRIES:
            await self._postpone(connection, post, PAUSE, outcome.why)
        else:
            await self._write_end(connection, post, outcome)

    def _told(self, outcome: Outcome) -> dict[str, Any]:
        """How an attempt ended, as it is kept."""
        return {
            "outcome": OUTCOMES.get(type(outcome), "refused"),
            "why": getattr(outcome, "why", None),
            "platform_id": outcome.id if isinstance(outcome, Sent) else None,
            "now": self.now(),
        }

    async def _postpone(self, connection: AsyncConnection, post: int, wait: timedelta, why: str) -> None:
        await connection.execute(AGAIN, {"id": post, "why": why})
        await defer(connection, CARRY_OUT, lane=UPKEEP, after=wait, post=post)

    async def _write_end(self, connection: AsyncConnection, post: int, outcome: Outcome) -> None:
        state = {Sent: "sent", Unknown: "unknown"}.get(type(outcome), "rejected")
        number = outcome.id if isinstance(outcome, Sent) else None
        why = getattr(outcome, "why", None)
        values = {"id": post, "state": state, "platform_id": number, "why": why, "now": self.now()}
        await connection.execute(END, values)
        POSTED.labels(outcome=state).inc()
