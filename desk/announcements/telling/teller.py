"""The loop that tells: agencies take turns, each gets a chunk; alerts and corrections have a loop of their own.

How far a send is stands in its row, which whoever tells holds by its lock; whom it was said to stands beside what was
said, in one transaction. So whatever is killed, the chunk is told again, and nobody twice. What waits in the outbox for
an account is never more than some seconds of its rate: another agency waits no longer, and what is cancelled is not
sent any more. Who cancels or corrects an announcement holds its row and waits for the send's: a chunk breaks off at its
next part, and they wait no longer than for one.
"""

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.accounts.register import Register
from desk.announcements import arming
from desk.announcements.audience.whom import Whom
from desk.announcements.beginning import CLOCK
from desk.announcements.composing.documents import attached
from desk.announcements.composing.images import Going, going_along
from desk.announcements.content import Kind, State
from desk.announcements.history import note
from desk.announcements.room import FIND, one_row
from desk.announcements.rows import AnnouncementRow
from desk.announcements.service import Announcements
from desk.announcements.telling import holding, saying
from desk.announcements.telling.pace import LOOK_AGAIN, Desk, a_minute, quiet_until
from desk.announcements.words import Notice, said, with_documents
from desk.contract.errors import DeskError
from desk.contract.staff import Permission, roles_with
from desk.conversations.live import NEW, NEWS, Live
from desk.conversations.stream import BULK, URGENT
from desk.http.tracing import QUEUE, batch_span, span
from desk.linking.person import place_to_tell
from desk.staff.alerts import AlertKind, raise_alert
from desk.store.backpressure import Backpressure
from desk.store.database import is_outage, single_statements, trace_of, transaction
from desk.tickets.presence import Presence
from desk.tickets.staffing.duty import ON_DUTY

log = structlog.get_logger(__name__)
SAID = Counter("desk_announcements_said_total", "Announcements that were said to residents", ["kind"])

CHUNK = 1_000
AT_ONCE, QUIET_AT_ONCE = (
    25,
    250,
)  # conversations in a transaction: so many are locked for a moment, while nobody waits more
AHEAD_SECONDS = 3.0  # of an account's rate may wait in the outbox
FEWEST_AHEAD = 20
LOOK_SECONDS = 0.5
FULL = timedelta(seconds=0.25)  # until an account whose outbox is full is looked at again
OUTAGE_SECONDS = 1.0
SAMPLE, FEWEST = 500, 50  # of the last who were told, and of those at least so many with an outcome
FAILING = 0.5  # share of messages that did not arrive: then the send is paused

TELLING = {
    "messaging.system": QUEUE,
    "messaging.operation.name": "tell",
    "messaging.operation.type": "process",
    "messaging.destination.name": "announcements",
}
"""Attributes of the span of a chunk: nothing of whom it is told."""
SAYING = {**TELLING, "messaging.operation.name": "say", "messaging.operation.type": "send"}
"""And of one of its transactions."""

TAKE = text("""
    SELECT send.announcement_id, send.account_id, send.in_place_of, send.beyond, send.agency, send.watched_from,
           (SELECT slug FROM channel_accounts WHERE id = send.account_id) AS account
    FROM announcement_sends AS send
    WHERE send.state = 'going' AND send.next_at <= :now AND (send.urgent OR NOT :urgent)
    ORDER BY send.urgent DESC,
             (SELECT max(other.last_at) FROM announcement_sends AS other
              WHERE other.state = 'going' AND other.agency = send.agency),
             send.last_at
    LIMIT 1 FOR UPDATE OF send SKIP LOCKED
""")
# Most of the time there is nothing: one statement says so, and no transaction is begun.
IS_ANY = text("""
    SELECT EXISTS (SELECT FROM announcement_sends WHERE state = 'going' AND next_at <= :now AND (urgent OR NOT :urgent))
        OR EXISTS (SELECT FROM announcements
                   WHERE (:urgent AND state = 'sending') OR (NOT :urgent AND state = 'approved' AND due_at <= :now))
""")
MINE = "announcement_id = :announcement AND account_id = :account AND in_place_of = :in_place_of"
OVER = text(f"UPDATE announcement_sends SET state = 'ended' WHERE {MINE}")
PUT_OFF = text(f"UPDATE announcement_sends SET next_at = :next_at, last_at = clock_timestamp() WHERE {MINE}")
GO_ON = text(f"""
    UPDATE announcement_sends SET beyond = :beyond, told = told + :told, next_at = :next_at,
           last_at = clock_timestamp(), state = CASE WHEN :ended THEN 'ended' ELSE state END
    WHERE {MINE}
""")
PAUSE = text(f"UPDATE announcement_sends SET state = 'paused', why = :why WHERE {MINE}")
# Whoever cancels, corrects or pauses it holds its row, and cannot while a part is told: so none is told after that.
IS_FREE = text("SELECT id FROM announcements WHERE id = :announcement FOR SHARE SKIP LOCKED")
WAITING = text("""
    SELECT count(*) FROM (SELECT FROM deliveries
                          WHERE state = 'waiting' AND lane = :lane AND account_id = :account LIMIT :most) AS waiting
""")
OUTCOMES = text("""
    SELECT count(*) FILTER (WHERE sent.state IN ('dead', 'unknown')) AS failed, count(*) AS ended
    FROM (SELECT told.conversation_id, told.seq FROM announcement_deliveries AS told
          WHERE told.announcement_id = :announcement AND told.conversation_id <= :beyond
            AND (CAST(:since AS uuid) IS NULL OR told.conversation_id > :since)
          ORDER BY told.conversation_id DESC LIMIT :sample) AS last
    JOIN deliveries AS sent ON sent.conversation_id = last.conversation_id AND sent.seq = last.seq
    WHERE sent.account_id = :account AND sent.state IN ('sent', 'dead', 'unknown')
""")
GOING = text("SELECT count(*) FROM announcement_sends WHERE announcement_id = :announcement AND state = 'going'")
TICKETS = text("SELECT count(*) FROM tickets WHERE state = 'open' AND city = :city AND agency = :agency")


class HeldError(DeskError):
    """Somebody cancels, corrects or pauses the announcement at this moment."""


@dataclass(frozen=True, slots=True)
class Told:
    """How far a chunk came.

    Attributes:
        residents: how many of them had not been told before.
        passed: so many conversations of the chunk were gone through, from its first.
    """

    residents: int
    passed: int


@dataclass(frozen=True)
class Teller:
    """Tells until cancelled. Any number may run, in any number of processes."""

    room: Announcements
    live: Live
    register: Register
    presence: Presence
    backpressure: Backpressure

    async def run(self) -> None:
        """Begin what is due and tell what has begun, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._serve(urgent=False), name="telling of announcements")
            group.create_task(self._serve(urgent=True), name="telling of alerts and corrections")

    async def step(self, *, urgent: bool = False) -> bool:
        """Tell the next chunk of the send whose turn it is. Answers whether there was one.

        Args:
            urgent: only of alerts, of what is urgent, and of corrections.
        """
        async with transaction(self.room.engine) as connection:
            taken = (await connection.execute(TAKE, {"now": self.room.now(), "urgent": urgent})).one_or_none()
            if taken is None:
                return False
            row = await one_row(connection, FIND, {"id": taken.announcement_id})
            waits = await one_row(connection, FIND, {"id": taken.in_place_of}) if taken.in_place_of else row
            await self._chunk(connection, row, waits, taken)
        return True

    async def _chunk(
        self, connection: AsyncConnection, row: AnnouncementRow, waits: AnnouncementRow, taken: Any
    ) -> None:
        """Tell the next of a send, whose row is locked. `waits` is what they waited for, if not for this one.

        To whom it is told follows from what they waited for; also when and how fast, unless it is more urgent.
        """
        account, beyond = taken.account_id, taken.beyond
        mine, now = {"announcement": row.id, "account": account, "in_place_of": taken.in_place_of}, self.room.now()
        if row.state is not State.SENDING or (row.until is not None and row.until <= now):
            await connection.execute(OVER, mine)
            return
        like = row if row.is_hurried else waits
        wait, pace = await self._holds(connection, like), await self._pace(connection, like, row.id)
        if pace == 0:
            wait = wait or now + LOOK_AGAIN
        limit = 0 if wait is not None else await self._room_for(connection, like, account)
        if limit <= 0:
            await connection.execute(PUT_OFF, {**mine, "next_at": wait or now + FULL})
            return
        limit = limit if pace is None else min(limit, pace)
        whom = await Whom.of(waits).next(connection, account, beyond, limit)
        told = await self.tell(row, whom, like)
        last = whom[told.passed - 1][0] if told.passed else beyond
        is_broken_off = told.passed < len(whom)
        ended = len(whom) < limit and not is_broken_off
        waits_for = timedelta() if pace is None else timedelta(minutes=told.residents / pace)
        next_at = now + (max(FULL, waits_for) if is_broken_off else waits_for)
        done = {"beyond": last, "told": told.residents, "next_at": next_at, "ended": ended}
        await connection.execute(GO_ON, {**mine, **done})
        if not ended:
            await self._watch(connection, row, taken, last)

    async def tell(
        self, row: AnnouncementRow, whom: Sequence[tuple[UUID, bool]], like: AnnouncementRow | None = None
    ) -> Told:
        """Tell some residents, each on one of their channels, part by part, until somebody holds the announcement.

        Args:
            row: what is said.
            whom: conversations, and whether each is linked with others.
            like: what they waited for, as urgently as which they are told; None: `row`.
        """
        attributes = {**TELLING, "desk.city": row.city, "desk.kind": row.kind.value}
        with batch_span("process announcements", "consumer", attributes, len(whom)) as recorded:
            told = await self._told(row, whom, like or row)
            recorded.attribute("desk.told", told.residents)
        return told

    async def _told(self, row: AnnouncementRow, whom: Sequence[tuple[UUID, bool]], like: AnnouncementRow) -> Told:
        async with self.room.engine.connect() as connection:
            image = await going_along(connection, row.city, row.id, row.image, self.room.public_url)
            places = [await place_to_tell(connection, one) if is_linked else one for one, is_linked in whom]
        passed, told = 0, 0
        while passed < len(places):
            if not like.is_urgent:
                await self.backpressure.give_way()
            part = places[passed : passed + (QUIET_AT_ONCE if self.backpressure.is_quiet else AT_ONCE)]
            wanted = list(dict.fromkeys(part))
            with span("send announcements", "producer", {**SAYING, "messaging.batch.message_count": len(wanted)}):
                told_now, is_through = await self._tell(row, like, image, wanted)
            told += told_now
            if not is_through:
                break
            passed += len(part)
        return Told(told, passed)

    async def _tell(
        self, row: AnnouncementRow, like: AnnouncementRow, image: Going | None, wanted: Sequence[UUID]
    ) -> tuple[int, bool]:
        """Say it in conversations that are free, at once; then in those that were in a turn, one by one.

        Answers how many were told, and whether that is all: not where somebody holds the announcement.
        """
        told, is_through = list[UUID](), False
        with suppress(HeldError):
            free, said_now = await self._say(row, like, image, wanted, is_patient=False)
            told += said_now
            for one in wanted:
                while one not in free:
                    free_now, said_now = await self._say(row, like, image, [one], is_patient=True)
                    free, told = {*free, *free_now}, told + said_now
            is_through = True
        SAID.labels(kind=row.kind).inc(len(told))
        await self.live.publish(*told, hint=NEW if like.is_urgent else NEWS)
        return len(told), is_through

    async def _say(
        self,
        row: AnnouncementRow,
        like: AnnouncementRow,
        image: Going | None,
        wanted: Sequence[UUID],
        *,
        is_patient: bool,
    ) -> tuple[Collection[UUID], list[UUID]]:
        """Say it where nobody was told yet; answers which conversations were free, and who was told.

        A patient one waits for a turn to end, though not so long that whoever stops the announcement waits for it.

        Raises:
            HeldError: somebody holds the announcement.
        """
        room = self.room
        async with transaction(room.engine) as connection:
            locked = await (saying.lock_soon if is_patient else saying.lock)(connection, wanted)
            if (await connection.execute(IS_FREE, {"announcement": row.id})).one_or_none() is None:
                raise HeldError
            if not locked:
                return (), []
            notice = Notice.of(row, at=row.published_at or room.now())
            reply = said(notice, room.cities[row.city], room.topics, unasked=True, audience=row.audience)
            reply = with_documents(reply, attached(row.documents, row.city, row.id, room.public_url))
            messages = {locale: room.catalogs.render(reply, locale) for locale in set(locked.values())}
            if image is not None:
                messages = {locale: image.beside(message, room.catalogs) for locale, message in messages.items()}
            lane, city, now = lane_of(like), room.cities[row.city], room.now()
            if row.kind is Kind.ALERT:
                return locked, await saying.say(connection, row.id, locked, messages, lane=lane, now=now)
            urgency = holding.URGENT if like.is_urgent else like.urgency
            at_once = await holding.hold(connection, row.id, urgency, city, list(locked), now, ends=row.until)
            told = {one: locked[one] for one in at_once}
            return locked, await saying.say(connection, row.id, told, messages, lane=lane, now=now)

    async def _holds(self, connection: AsyncConnection, row: AnnouncementRow) -> datetime | None:
        """Until when nobody is told; None: somebody is told now."""
        now = self.room.now()
        if not await arming.is_armed(connection):
            return now + LOOK_AGAIN
        if row.heeds_quiet_hours:
            return quiet_until(self.room.cities[row.city], now)
        return None

    async def _room_for(self, connection: AsyncConnection, row: AnnouncementRow, account: int) -> int:
        """How many may be told now: a chunk, less what would wait too long in the outbox."""
        found = await self.register.of(account)
        channel = self.register.channels.get(found.channel) if found is not None else None
        if found is None or channel is None:
            return CHUNK  # nothing is sent there: it is read where it is said
        most = max(FEWEST_AHEAD, int(channel.abilities.rate(found.rate) * AHEAD_SECONDS))
        values = {"lane": lane_of(row), "account": account, "most": most}
        return min(CHUNK, most - int((await connection.execute(WAITING, values)).scalar_one()))

    async def _pace(self, connection: AsyncConnection, row: AnnouncementRow, told: int) -> int | None:
        """How many may be told a minute by this send, none of them before that is known; None: as many as can be sent.

        What the announcement that is `told` may, its sends share: there is one for each account.
        """
        paces = [] if row.schedule.a_minute is None else [row.schedule.a_minute]
        if row.schedule.heeds_desk and not row.is_urgent:
            paces.append(a_minute(await self._desk(connection, row)))
        if not paces or min(paces) == 0:
            return min(paces, default=None)
        sends: int = (await connection.execute(GOING, {"announcement": told})).scalar_one()
        return max(1, min(paces) // max(1, sends))

    async def _desk(self, connection: AsyncConnection, row: AnnouncementRow) -> Desk:
        place = {"city": row.city, "agency": row.agency}
        waiting = (await connection.execute(TICKETS, place)).scalar_one()
        roles = list(roles_with(Permission.TICKET_ANSWER))
        on_duty = {**place, "team": None, "roles": roles, "present": await self.presence.present()}
        return Desk(waiting, len((await connection.execute(ON_DUTY, on_duty)).all()))

    async def _watch(self, connection: AsyncConnection, row: AnnouncementRow, taken: Any, beyond: UUID) -> None:
        """Pause a send of whose messages most do not arrive, and have those told who can resume or cancel it.

        What was told before somebody resumed it counts no more: they have looked at it.
        """
        mine = {"announcement": row.id, "account": taken.account_id, "in_place_of": taken.in_place_of}
        wanted = {**mine, "beyond": beyond, "since": taken.watched_from, "sample": SAMPLE}
        found = (await connection.execute(OUTCOMES, wanted)).one()
        if found.ended < FEWEST or found.failed <= FAILING * found.ended:
            return
        why = f"{found.failed} of the last {found.ended} messages did not arrive"
        await connection.execute(PAUSE, {**mine, "why": why})
        await note(connection, CLOCK, row, "pause", at=self.room.now(), reason=f"{taken.account}: {why}")
        await raise_alert(
            connection,
            AlertKind.PAUSE,
            str(row.id),
            to=Permission.ANNOUNCEMENT_WITHDRAW,
            city=row.city,
            agency=row.agency,
            detail=f"{taken.account} {found.failed} {found.ended}",
        )
        log.error("announcement_paused", announcement=row.id, account=taken.account_id, failed=found.failed)

    async def _is_any(self, *, urgent: bool) -> bool:
        """Whether a send may go on, or one begins now; of the urgent loop, whether one may be over."""
        async with single_statements(self.room.engine) as connection:
            found: bool = (await connection.execute(IS_ANY, {"now": self.room.now(), "urgent": urgent})).scalar_one()
        return found

    async def _serve(self, *, urgent: bool) -> None:
        while True:
            try:
                if not await self._is_any(urgent=urgent):
                    await asyncio.sleep(LOOK_SECONDS)
                    continue
                begun = 0 if urgent else await self.room.begin_due()
                wait = 0.0 if await self.step(urgent=urgent) or begun else LOOK_SECONDS
                if wait and urgent:  # this loop has nothing to do most of the time
                    await self.room.finish()
            except Exception as exc:  # noqa: BLE001 - the loop outlives whatever the database does
                wait = OUTAGE_SECONDS
                if is_outage(exc):
                    log.warning("telling_broke", error=type(exc).__name__)
                else:
                    log.error("telling_broke", error=type(exc).__name__, trace=trace_of(exc))
            await asyncio.sleep(wait)


def lane_of(row: AnnouncementRow) -> int:
    """The lane of the outbox that an announcement's messages take."""
    return URGENT if row.is_urgent else BULK
