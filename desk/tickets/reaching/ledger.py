"""What tells residents of answers, as the store keeps it: found, taken to be sent, put off, ended.

It waits out quiet hours, counts among what one telephone or address gets in a day, and goes to nobody who wants nothing
unasked, who has come back, or who wrote meanwhile. How it ends stands in the ticket's history, for the clerk.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Literal

import structlog
from prometheus_client import Counter
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.accounts.people import person_of
from desk.city.files import City
from desk.contract.messages import Reply
from desk.contract.rendered import RenderedMessage
from desk.conversations.live import Live
from desk.conversations.service import OF_STAFF
from desk.conversations.stream import BULK
from desk.sealing.opening import KEY, Purpose, opened
from desk.store.keys import Keys
from desk.texts.catalogs import Catalogs
from desk.tickets.history import SYSTEM, happened
from desk.tickets.hours import agency_of
from desk.tickets.reaching.wishes import Way, send_later
from desk.tickets.reference import reference_of

log = structlog.get_logger(__name__)
TOLD = Counter(
    "desk_contact_texts_total",
    "Text messages and mails that tell of a clerk's answer, by way and by what became of them",
    ["way", "state"],
)

type Fate = Literal["sent", "unknown", "failed", "unwanted", "needless"]
"""How it ends. Unwanted: whose it is wants none. Needless: the resident is there again."""

TRIES = 8
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
TOO_OLD = timedelta(hours=48)
STATES: Mapping[Fate, str] = {
    "sent": "sent",
    "unknown": "unknown",
    "failed": "failed",
    "unwanted": "dropped",
    "needless": "dropped",
}
HAPPENED: Mapping[Way, Mapping[Fate, str]] = {
    "phone": {"sent": "texted", "unknown": "text_unsure", "failed": "text_failed", "unwanted": "text_unwanted"},
    "mail": {"sent": "mailed", "failed": "mail_failed"},  # it is sent until that is known, and TD is of telephones
}
"""What stands in the ticket's history then."""
UNREACHED = frozenset({"text_unsure", "text_failed", "text_unwanted", "mail_failed"})
"""Of these, after which the clerk reaches the resident otherwise."""
SETTLES = frozenset({"said", "contact_left", "contact_taken_back", "texted", "mailed"})
"""What happens to a ticket after which nobody needs to."""

FIND = text(f"""
    SELECT one.id, one.kind, one.ticket_id, one.conversation_id, one.contact, one.state, one.tries, one.made_at,
           ticket.city, ticket.agency, ticket.service, conversation.channel, conversation.locale, conversation.manner,
           {KEY.format("one.conversation_id")} AS wrapped,
           EXISTS (SELECT FROM inbound_messages AS message
                   WHERE message.conversation_id = one.conversation_id AND message.received_at > one.made_at
                     AND message.external_id NOT LIKE '{OF_STAFF}%') AS wrote
    FROM contact_texts AS one
    JOIN tickets AS ticket ON ticket.id = one.ticket_id
    JOIN conversations AS conversation ON conversation.id = one.conversation_id
    WHERE one.id = :id AND one.kind = :kind AND one.state IN ('waiting', 'sending') FOR UPDATE OF one
""")
# Of two to one person at once one waits here for the other's commit.
HOLD = text("SELECT pg_advisory_xact_lock(hashtextextended(:person, 58))")
BEFORE = text(f"""
    SELECT EXISTS (SELECT FROM text_stops WHERE person = :person)
        OR EXISTS (SELECT FROM residents
                   WHERE person = :person AND (muted_at IS NOT NULL OR state = 'left')) AS wants_none,
           (SELECT count(*) FROM contact_texts AS other
            WHERE other.person = :person AND other.id <> :id AND other.state IN ('sending', 'sent', 'unknown')
              AND other.made_at >= :today)
         + (SELECT count(*) FROM residents AS resident
            JOIN conversations AS conversation ON conversation.resident_id = resident.id
            JOIN deliveries AS delivery ON delivery.conversation_id = conversation.id
            WHERE resident.person = :person AND delivery.lane = {BULK} AND delivery.state <> 'dropped'
              AND delivery.created_at >= :today) AS today
""")
TAKE = text("""
    UPDATE contact_texts SET state = 'sending', person = :person, account_id = :account_id, tries = tries + 1
    WHERE id = :id
""")
LATER = text("""
    UPDATE contact_texts SET state = 'waiting', reason = :reason, due_at = :due WHERE id = :id
    RETURNING kind
""")
END = text("""
    UPDATE contact_texts
    SET state = :state, reason = :reason, contact = NULL, parts = :parts, ended_at = clock_timestamp()
    WHERE id = :id AND state IN ('waiting', 'sending') RETURNING ticket_id, kind
""")


@dataclass(frozen=True)
class Ledger:
    """The rows of `contact_texts`. `address` is where residents reach the desk, without a trailing slash."""

    live: Live
    catalogs: Catalogs
    cities: Mapping[str, City]
    keys: Keys
    address: str
    now: Callable[[], datetime]

    async def find(self, connection: AsyncConnection, number: int, way: Way) -> Row[Any] | None:
        """Lock what is to be sent by a way; None: it is not, any more. What is needless, or too late, ends here."""
        row = (await connection.execute(FIND, {"id": number, "kind": way})).one_or_none()
        if row is None:
            return None
        if row.wrote or await self.live.is_watched(row.conversation_id):
            await self.end(connection, number, "needless", "the resident is there again")
            return None
        if self.now() - row.made_at > TOO_OLD:
            await self.end(connection, number, "failed", "it could not be sent in time")
            return None
        if row.city not in self.cities:
            await self.end(connection, number, "failed", "its city is not served any more")
            return None
        return row

    def contact(self, connection: AsyncConnection, row: Row[Any]) -> str:
        """The telephone or address that was left."""
        key = opened(connection, row.conversation_id, row.wrapped, Purpose.DELIVERY)
        return str(key.open(row.contact, "contact")["value"])

    async def take(
        self, connection: AsyncConnection, row: Row[Any], channel: str, to: str, account_id: int | None = None
    ) -> bool:
        """Mark it as being sent to somebody by a channel: unless they want none, or get it later."""
        city, person = self.cities[row.city], person_of(self.keys, channel, to)
        local = city.local(self.now())
        today = datetime.combine(local.date(), time(), tzinfo=local.tzinfo)
        await connection.execute(HOLD, {"person": person})
        before = (await connection.execute(BEFORE, {"person": person, "id": row.id, "today": today})).one()
        if before.wants_none:
            await self.end(connection, row.id, "unwanted", "they want nothing unasked")
            return False
        due = city.announcing.on(channel).next_time(local, before.today)
        if due is not None:
            await self.put_off(connection, row.id, due, "it waits for its time")
            return False
        await connection.execute(TAKE, {"id": row.id, "person": person, "account_id": account_id})
        return True

    def said(self, row: Row[Any], key: str) -> RenderedMessage:
        """A text about the answer in the resident's language: who answered what, and where it is read."""
        city = self.cities[row.city]
        agency = agency_of(city, row.agency, channel=row.channel, service=row.service)
        args: dict[str, Any] = {
            "agency": {"name": agency.names.model_dump(exclude_none=True)},
            "reference": reference_of(row.ticket_id),
            "address": f"{self.address}/{city.slug}",
        }
        return self.catalogs.in_manner(row.manner).render(Reply(key=key, args=args), row.locale)

    async def again(
        self, connection: AsyncConnection, number: int, tries: int, why: str, *, at_least: timedelta = timedelta()
    ) -> None:
        """Try it again later, unless it was tried `TRIES` times: then it could not be delivered."""
        if tries >= TRIES:
            await self.end(connection, number, "failed", why)
            return
        wait = max(min(FIRST_WAIT * 2 ** (tries - 1), LONGEST_WAIT), at_least)
        await self.put_off(connection, number, self.now() + wait, why)

    async def put_off(self, connection: AsyncConnection, number: int, due: datetime, why: str) -> None:
        """Send it later."""
        way = (await connection.execute(LATER, {"id": number, "due": due, "reason": why})).scalar_one_or_none()
        if way is not None:
            await send_later(connection, number, way, max(due - self.now(), timedelta(0)))

    async def end(
        self, connection: AsyncConnection, number: int, fate: Fate, why: str | None, *, parts: int = 0
    ) -> None:
        """End it, and keep in the ticket's history what the clerk is to know."""
        values = {"id": number, "state": STATES[fate], "reason": why, "parts": parts}
        ended = (await connection.execute(END, values)).one_or_none()
        if ended is None:
            return
        TOLD.labels(way=ended.kind, state=fate).inc()
        log.info("contact_text", number=number, way=ended.kind, outcome=fate, why=why)
        kind = HAPPENED[ended.kind].get(fate)
        if kind is not None:
            await happened(connection, ended.ticket_id, kind, actor=SYSTEM, at=self.now())
