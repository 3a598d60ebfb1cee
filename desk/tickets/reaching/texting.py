"""Sends a text that says that a clerk has answered, and where that is read. Never what was said.

At most once: before it is handed to the gateway it is marked as being sent, and whoever finds it so later leaves it
alone. It waits out the quiet hours of text messages, counts among those that one telephone gets in a day, and goes to
nobody who wants nothing unasked, who has come back, or who wrote meanwhile.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Literal

import structlog
from aiohttp import ClientSession
from prometheus_client import Counter
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.accounts.people import person_of
from desk.accounts.register import Register
from desk.accounts.rows import AccountRow
from desk.city.files import City
from desk.contract.channel import Channel, Outcome, Rejected, RetryAfter, Sent, Stopped, Unknown
from desk.contract.errors import ConfigurationError
from desk.contract.messages import Reply
from desk.contract.rendered import RenderedMessage
from desk.contract.telephones import home
from desk.conversations.live import Live
from desk.conversations.service import OF_STAFF
from desk.conversations.stream import BULK
from desk.sealing.opening import KEY, Purpose, opened
from desk.store.database import transaction
from desk.store.keys import Keys
from desk.texts.catalogs import Catalogs
from desk.tickets.contact import takes_texts
from desk.tickets.history import SYSTEM, happened
from desk.tickets.hours import agency_of
from desk.tickets.reaching.wishes import send_later
from desk.tickets.reference import reference_of

log = structlog.get_logger(__name__)
TEXTED = Counter(
    "desk_contact_texts_total", "Text messages that tell of a clerk's answer, by what became of them", ["state"]
)

type End = Literal["sent", "unknown", "dropped"]

TRIES = 8
NO_ACCOUNT: tuple[End, str] = ("dropped", "no account of the city sends text messages")
PAUSED_WAIT = timedelta(minutes=10)
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
TOO_OLD = timedelta(hours=48)

FIND = text(f"""
    SELECT one.id, one.ticket_id, one.conversation_id, one.contact, one.state, one.tries, one.made_at,
           ticket.city, ticket.agency, ticket.service, conversation.channel, conversation.locale, conversation.manner,
           {KEY.format("one.conversation_id")} AS wrapped,
           EXISTS (SELECT FROM inbound_messages AS message
                   WHERE message.conversation_id = one.conversation_id AND message.received_at > one.made_at
                     AND message.external_id NOT LIKE '{OF_STAFF}%') AS wrote
    FROM contact_texts AS one
    JOIN tickets AS ticket ON ticket.id = one.ticket_id
    JOIN conversations AS conversation ON conversation.id = one.conversation_id
    WHERE one.id = :id FOR UPDATE OF one
""")
# The account of the ticket's agency before others of its city; one that sends before one that is paused.
ACCOUNT = text("""
    SELECT account.id FROM channel_accounts AS account JOIN agencies AS agency ON agency.id = account.agency_id
    WHERE account.city = :city AND account.channel = ANY (:channels) AND account.secrets IS NOT NULL
      AND account.state <> 'stopped'
    ORDER BY account.state = 'paused', agency.slug <> :agency, account.id LIMIT 1
""")
# Of two texts to one telephone at once one waits here for the other's commit.
HOLD = text("SELECT pg_advisory_xact_lock(hashtextextended(:person, 58))")
TOLD = text(f"""
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
    RETURNING id
""")
END = text("""
    UPDATE contact_texts
    SET state = :state, reason = :reason, contact = NULL, parts = :parts, ended_at = clock_timestamp()
    WHERE id = :id AND state IN ('waiting', 'sending') RETURNING ticket_id
""")


@dataclass(frozen=True, slots=True)
class Taken:
    """A text in our hands."""

    id: int
    telephone: str
    message: RenderedMessage
    account: AccountRow
    channel: Channel
    tries: int


@dataclass(frozen=True)
class Texting:
    """The room for jobs. `address` is where residents reach the desk, without a trailing slash."""

    engine: AsyncEngine
    live: Live
    catalogs: Catalogs
    cities: Mapping[str, City]
    keys: Keys
    register: Register
    http: ClientSession
    address: str
    now: Callable[[], datetime]

    async def send(self, text_id: int) -> None:
        """Send a text, put it off, or drop it."""
        async with transaction(self.engine) as connection:
            taken = await self._take(connection, text_id)
        if taken is not None:
            await self._note(taken, await self._call(taken))

    async def _take(self, connection: AsyncConnection, text_id: int) -> Taken | None:
        """Mark a text as being sent; None: it is not to be, or not now."""
        row = (await connection.execute(FIND, {"id": text_id})).one_or_none()
        if row is None or row.state not in ("waiting", "sending"):
            return None
        over, account = await self._over(row), await self._account(connection, row)
        if over is not None or account is None:
            await self._end(connection, text_id, *(over or NO_ACCOUNT))
            return None
        if account.state == "paused":
            await self._put_off(connection, text_id, self.now() + PAUSED_WAIT, "the account is paused")
            return None
        key = opened(connection, row.conversation_id, row.wrapped, Purpose.DELIVERY)
        return await self._granted(connection, row, account, home(str(key.open(row.contact, "contact")["value"])))

    async def _over(self, row: Row[Any]) -> tuple[End, str] | None:
        """Why a text is not sent any more; None: it is."""
        if row.state == "sending":
            return "unknown", "whoever sent it ended in the middle"
        if row.wrote or await self.live.is_watched(row.conversation_id):
            return "dropped", "the resident is there again"
        if self.now() - row.made_at > TOO_OLD:
            return "dropped", "it could not be sent in time"
        return None

    async def _granted(
        self, connection: AsyncConnection, row: Row[Any], account: AccountRow, telephone: str
    ) -> Taken | None:
        """The same once it is known by which account and to whom: unless they want none, or get it later."""
        city, person = self.cities[row.city], person_of(self.keys, account.channel, telephone)
        local = city.local(self.now())
        today = datetime.combine(local.date(), time(), tzinfo=local.tzinfo)
        await connection.execute(HOLD, {"person": person})
        told = (await connection.execute(TOLD, {"person": person, "id": row.id, "today": today})).one()
        if told.wants_none or not takes_texts(telephone):
            why = "the telephone wants nothing unasked" if told.wants_none else "the telephone takes no text messages"
            await self._end(connection, row.id, "dropped", why)
            return None
        due = city.announcing.on(account.channel).next_time(local, told.today)
        if due is not None:
            await self._put_off(connection, row.id, due, "it waits for its time")
            return None
        await connection.execute(TAKE, {"id": row.id, "person": person, "account_id": account.id})
        channel = self.register.channels[account.channel]
        return Taken(row.id, telephone, self._said(row, city), account, channel, row.tries + 1)

    async def _account(self, connection: AsyncConnection, row: Row[Any]) -> AccountRow | None:
        channels = [name for name, one in self.register.channels.items() if one.abilities.by_telephone]
        wanted = {"city": row.city, "agency": row.agency, "channels": channels}
        found = (await connection.execute(ACCOUNT, wanted)).scalar_one_or_none()
        return None if found is None or row.city not in self.cities else await self.register.of(found)

    def _said(self, row: Row[Any], city: City) -> RenderedMessage:
        agency = agency_of(city, row.agency, channel=row.channel, service=row.service)
        args: dict[str, Any] = {
            "agency": {"name": agency.names.model_dump(exclude_none=True)},
            "reference": reference_of(row.ticket_id),
            "address": f"{self.address}/{city.slug}",
        }
        return self.catalogs.in_manner(row.manner).render(Reply(key="ticket.texted", args=args), row.locale)

    async def _call(self, taken: Taken) -> Outcome:
        try:
            account = self.register.opened(taken.account)
        except ConfigurationError:
            return Rejected("the account's secrets cannot be opened", account=True)
        [piece] = taken.channel.render(taken.message)
        return await taken.channel.send(self.http, account, taken.telephone, piece)

    async def _note(self, taken: Taken, outcome: Outcome) -> None:
        async with transaction(self.engine) as connection:
            match outcome:
                case Sent():
                    await self._end(connection, taken.id, "sent", None, parts=outcome.parts)
                case Unknown():
                    await self._end(connection, taken.id, "unknown", outcome.why)
                case RetryAfter() | Rejected(account=True) if taken.tries < TRIES:
                    wait = min(FIRST_WAIT * 2 ** (taken.tries - 1), LONGEST_WAIT)
                    if isinstance(outcome, RetryAfter):
                        wait = max(wait, timedelta(seconds=outcome.seconds))
                    await self._put_off(connection, taken.id, self.now() + wait, outcome.why)
                case RetryAfter() | Rejected() | Stopped():
                    await self._end(connection, taken.id, "dropped", outcome.why)
                case _:  # moved: telephones do not
                    await self._end(connection, taken.id, "dropped", "the gateway names another telephone")

    async def _put_off(self, connection: AsyncConnection, text_id: int, due: datetime, why: str) -> None:
        if (await connection.execute(LATER, {"id": text_id, "due": due, "reason": why})).one_or_none() is not None:
            await send_later(connection, text_id, max(due - self.now(), timedelta(0)))

    async def _end(
        self, connection: AsyncConnection, text_id: int, state: End, why: str | None, *, parts: int = 0
    ) -> None:
        values = {"id": text_id, "state": state, "reason": why, "parts": parts}
        ticket = (await connection.execute(END, values)).scalar_one_or_none()
        if ticket is None:
            return
        TEXTED.labels(state=state).inc()
        log.info("contact_text", number=text_id, outcome=state, why=why)
        if state != "dropped":
            await happened(connection, ticket, "texted", actor=SYSTEM, at=self.now(), detail={"state": state})
