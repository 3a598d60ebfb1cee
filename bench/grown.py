"""A store that has grown: conversations by the million with all that rooms hold of them, entered at once.

Rows have the number, the size and the spread that years of use leave. What is opened is sealed with the real keys of
its conversation, and the audit is a chain that verifies. Of all other conversations the sealed values are of the right
length only: nobody opens them here.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg import AsyncConnection, AsyncCursor, sql
from psycopg.types.json import Jsonb

from bench.ground import Tell
from bench.grown_rooms import Rooms
from desk.audit.rows import Chain, Record, canonical
from desk.audit.seals import Sealer
from desk.contract.rendered import RenderedMessage
from desk.contract.staff import Role
from desk.conversations.rows import message_event, turn_done_event
from desk.sealing.vault import DataKey, Vault
from desk.store.keys import Keys
from desk.tickets.reference import reference_of
from values.lexicon import lexicon

CHUNK = 50_000
OPENED_LINES = 20  # of the resident, in a conversation that is opened; each is answered
ENDED_OPENED = 1_000  # ended tickets that are opened, beside all that are not ended
LEAST_LIVE = 300
LEAST_REQUESTS, OPEN_REQUESTS = 200, 60
SERVICES = ("report_problem", "utility_bills", "traffic_fines", "marriage_registration", "social_insurance")
AUDITED = ("ticket.claim", "ticket.read", "ticket.reply", "ticket.close")
ROLES = (Role.CLERK,) * 14 + (Role.EDITOR,) * 2 + (Role.APPROVER, Role.AGENCY_ADMIN, Role.AGENCY_ADMIN, Role.CLERK)
"""Of twenty members of staff of an agency."""
_WORDS = lexicon(__file__)

# Where people live: a few places have most of them. The first city has a seventh of all conversations.
PLACES = """
    CREATE UNLOGGED TABLE grown_places AS
    SELECT row_number() OVER (ORDER BY city) - 1 AS number, id AS account, city,
           (SELECT array_agg(slug ORDER BY id) FROM agencies WHERE agencies.city = accounts.city) AS agencies
    FROM channel_accounts AS accounts WHERE channel = 'webchat'
"""
PEOPLE = """
    CREATE UNLOGGED TABLE grown AS
    SELECT n, id, place.account, place.city,
           place.agencies[1 + floor(cardinality(place.agencies) * chosen ^ 2)::integer] AS agency,
           n <= %(tickets)s AS has_ticket, n <= %(live)s AS is_live, n <= %(opened)s AS is_opened,
           now() - CASE WHEN n <= %(live)s THEN interval '3 days' ELSE interval '365 days' END * moment AS at
    FROM (SELECT n, gen_random_uuid() AS id, random() AS moment, random() AS chosen,
                 floor((SELECT count(*) FROM grown_places) * random() ^ 2)::bigint AS number
          FROM generate_series(1, %(conversations)s) AS n OFFSET 0) AS one
    JOIN grown_places AS place USING (number)
"""
FILLING: Mapping[str, str] = {
    "residents": """
        INSERT INTO residents (id, account_id, external_id, created_at)
        SELECT id, account, md5(id::text) || md5(n::text), at FROM grown WHERE n BETWEEN %(first)s AND %(last)s
    """,
    "conversations": """
        INSERT INTO conversations (id, account_id, resident_id, channel, city, locale, created_at)
        SELECT id, account, id, 'webchat', city,
               CASE n %% 10 WHEN 0 THEN 'en' WHEN 1 THEN 'zh_Hant' ELSE 'zh_Hans' END, at
        FROM grown WHERE n BETWEEN %(first)s AND %(last)s
    """,
    "counters": """
        INSERT INTO conversation_counters (conversation_id, seq)
        SELECT id, CASE WHEN is_opened THEN %(lines)s * 2 ELSE 5 END FROM grown WHERE n BETWEEN %(first)s AND %(last)s
    """,
    "keys": """
        INSERT INTO conversation_keys (conversation_id, generation, master, wrapped, made_at)
        SELECT id, 1, 'secret', decode(repeat(md5(n::text), 5), 'hex'), at
        FROM grown WHERE NOT is_opened AND n BETWEEN %(first)s AND %(last)s
    """,
    "states": """
        INSERT INTO dialogue_states (conversation_id, state, offered, situation, updated_at)
        SELECT id, jsonb_build_object('sealed', repeat(md5(n::text), 30)),
               jsonb_build_object('sealed', repeat(md5(n::text), 4)),
               jsonb_build_object('sealed', repeat(md5(n::text), 8)), at
        FROM grown WHERE NOT is_opened AND n BETWEEN %(first)s AND %(last)s
    """,
    "messages": """
        INSERT INTO inbound_messages (conversation_id, account_id, external_id, kind, body, received_at, answered_at,
                                      outcome, understanding)
        SELECT id, account, id || ':' || line, 'text', jsonb_build_object('sealed', repeat(md5(n::text), 4)),
               at + interval '1 minute' * line, at + interval '61 seconds' * line, 'answered',
               jsonb_build_object('sealed', repeat(md5(n::text), 10))
        FROM grown CROSS JOIN generate_series(1, 2) AS line WHERE NOT is_opened AND n BETWEEN %(first)s AND %(last)s
    """,
    "events": """
        INSERT INTO outbound_messages (conversation_id, seq, type, body, created_at)
        SELECT id, seq, CASE WHEN seq IN (3, 5) THEN 'turn_done' ELSE 'message' END,
               jsonb_build_object('sealed', repeat(md5(n::text), CASE WHEN seq IN (3, 5) THEN 6 ELSE 14 END)),
               at + interval '31 seconds' * seq
        FROM grown CROSS JOIN generate_series(1, 5) AS seq WHERE NOT is_opened AND n BETWEEN %(first)s AND %(last)s
    """,
}
"""Statements by what they enter, of the people of a chunk."""

TICKETS = """
    INSERT INTO tickets (conversation_id, city, agency, state, opened_by, reason, service, claimed_by, opened_at,
        claimed_at, ended_at, close_reason, reopens_until, held_until, snoozed_until, first_answer_due, resolution_due,
        first_answer_seconds, resolution_seconds, urgency, tags, matter, priority)
    SELECT id, city, agency, state, CASE n %% 3 WHEN 0 THEN 'bot' ELSE 'resident' END, reason,
           CASE WHEN n %% 4 > 0 THEN (%(services)s::text[])[1 + n %% cardinality(%(services)s::text[])] END,
           CASE WHEN state IN ('claimed', 'closed', 'handed_back') THEN city || '.' || left(agency, 8) || '.' || n %% 5
           END, at, CASE WHEN state IN ('claimed', 'closed', 'handed_back') THEN at + interval '20 minutes' END,
           CASE WHEN state IN ('closed', 'handed_back', 'withdrawn') THEN at + interval '5 hours' END,
           CASE WHEN state = 'closed' THEN 'solved' END, CASE WHEN state = 'closed' THEN at + interval '7 days' END,
           CASE WHEN state = 'claimed' AND n %% 7 = 1 THEN now() + interval '1 day' END,
           CASE WHEN state = 'claimed' AND n %% 7 = 2 THEN now() + interval '3 hours' END,
           CASE WHEN state = 'open' THEN at + interval '2 hours' END,
           CASE WHEN state IN ('open', 'claimed') THEN at + interval '7 days' END,
           CASE WHEN state IN ('closed', 'handed_back') THEN 600 + n %% 9000 END,
           CASE WHEN state IN ('closed', 'handed_back') THEN 9000 + n %% 90000 END,
           CASE n %% 20 WHEN 0 THEN 'urgent' WHEN 1 THEN 'complex' ELSE 'usual' END,
           CASE WHEN n %% 10 = 0 THEN ARRAY['follow-up'] WHEN n %% 5000 = 1 THEN ARRAY['rare'] ELSE '{}'::text[] END,
           CASE WHEN reason LIKE 'emergency%%' THEN 'emergency:' || n END,
           CASE WHEN reason LIKE 'emergency%%' AND state = 'open' THEN 1 ELSE 0 END
    FROM (SELECT *, CASE WHEN NOT is_live THEN (ARRAY['closed', 'closed', 'handed_back', 'withdrawn'])[1 + n %% 4]
                         WHEN n %% 8 < 5 THEN 'open' ELSE 'claimed' END AS state,
                    CASE WHEN n %% 400 = 0 THEN 'emergency_fire' ELSE
                    (ARRAY['asked', 'asked', 'asked', 'not_understood', 'anger', 'failed'])[1 + n %% 6] END AS reason
          FROM grown WHERE has_ticket) AS one
    ORDER BY at
"""
HAPPENINGS = """
    INSERT INTO ticket_events (ticket_id, at, kind, actor, agency)
    SELECT ticket.id, ticket.opened_at + one.after, one.kind,
           CASE WHEN one.is_clerk THEN coalesce(ticket.claimed_by, 'system') ELSE 'resident' END, ticket.agency
    FROM tickets AS ticket JOIN (VALUES
        (interval '0', 'opened', false, '{open,claimed,closed,handed_back,withdrawn}'::text[]),
        (interval '20 minutes', 'claimed', true, '{claimed,closed,handed_back}'),
        (interval '25 minutes', 'answered', true, '{claimed,closed,handed_back}'),
        (interval '40 minutes', 'said', false, '{claimed,closed,handed_back}'),
        (interval '60 minutes', 'answered', true, '{claimed,closed,handed_back}'),
        (interval '5 hours', 'closed', true, '{closed}'),
        (interval '5 hours', 'handed_back', true, '{handed_back}'),
        (interval '5 hours', 'withdrawn', false, '{withdrawn}')
    ) AS one (after, kind, is_clerk, states) ON ticket.state = ANY (one.states)
    ORDER BY ticket.id, one.after
"""
NOTES = """
    INSERT INTO ticket_notes (ticket_id, author, at, body, mentions)
    SELECT ticket.id, coalesce(ticket.claimed_by, 'system'), ticket.opened_at + interval '30 minutes',
           jsonb_build_object('sealed', repeat(md5(ticket.id::text), 3)),
           CASE WHEN ticket.id %% 20 = 0 THEN ARRAY[ticket.claimed_by] ELSE '{}'::text[] END
    FROM tickets AS ticket JOIN grown ON grown.id = ticket.conversation_id
    WHERE NOT grown.is_opened AND ticket.id %% 5 = 0 AND ticket.claimed_by IS NOT NULL
"""
OPENINGS = """
    INSERT INTO openings (at, conversation_id, purpose, reader)
    SELECT claimed_at, conversation_id, 'transcript', claimed_by FROM tickets WHERE claimed_by IS NOT NULL ORDER BY id
"""
REQUESTS = """
    INSERT INTO staff_requests (kind, city, agency, subject, what, reason, requested_by, requested_at, good_until,
                                state, decided_by, decided_at)
    SELECT 'staff_grant', city, agency, subject,
           jsonb_build_object('login', login, 'role', 'clerk', 'city', city, 'agency', agency), 'newcomer', 'asks', at,
           at + interval '3 days', CASE WHEN n <= %(open)s THEN 'open' ELSE 'done' END,
           CASE WHEN n > %(open)s THEN 'allows' END, CASE WHEN n > %(open)s THEN at + interval '1 hour' END
    FROM (SELECT n, grown.city, grown.agency, 'r' || n AS subject,
                 grown.city || '.' || left(grown.agency, 8) || '.' || n %% 5 AS login,
                 now() - CASE WHEN n <= %(open)s THEN interval '1 hour' ELSE interval '300 days' END * random() AS at
          FROM grown WHERE n <= %(requests)s) AS one
    ORDER BY at
"""
CANNED = """
    INSERT INTO canned_answers (city, agency, name, texts, changed_by)
    SELECT place.city, CASE WHEN n %% 2 = 0 THEN '' ELSE place.agencies[1] END, 'answer ' || n, %(texts)s, 'tests'
    FROM grown_places AS place CROSS JOIN generate_series(1, 20) AS n
"""
AGENCIES = "SELECT city, agencies FROM grown_places ORDER BY city"
OPENED = """
    SELECT grown.id, grown.account, grown.at, ticket.id AS ticket, ticket.claimed_by
    FROM grown JOIN tickets AS ticket ON ticket.conversation_id = grown.id WHERE grown.is_opened
"""
OF_AUDIT = """
    SELECT id, city, agency, claimed_at, claimed_by FROM tickets WHERE claimed_by IS NOT NULL ORDER BY claimed_at
"""
LINK = """
    UPDATE audit_chain SET last_number = %(last_number)s, last_seal = %(last_seal)s, seal = %(seal)s
"""


@dataclass(frozen=True)
class Size:
    """How much a store holds."""

    conversations: int
    tickets: int
    live: int
    opened: int
    staff: int
    requests: int
    open_requests: int

    @classmethod
    def of(cls, conversations: int) -> "Size":
        """One conversation in five became a ticket, one ticket in fifty is open or claimed."""
        tickets = max(conversations // 5, min(conversations, LEAST_LIVE))
        live = min(tickets, max(LEAST_LIVE, tickets // 50))
        opened = min(tickets, live + ENDED_OPENED)
        requests = max(LEAST_REQUESTS, conversations // 200)
        return cls(conversations, tickets, live, opened, max(40, conversations // 333), requests, OPEN_REQUESTS)

    @classmethod
    def sealed(cls, conversations: int) -> "Size":
        """Every conversation became a ticket and is sealed by its own key: it packs as badly as what is true."""
        live = min(conversations, LEAST_LIVE)
        return cls(conversations, conversations, live, conversations, 40, LEAST_REQUESTS, OPEN_REQUESTS)


async def fill(url: str, keys: Keys, vault: Vault, size: Size, tell: Tell) -> None:
    """Fill an empty store that knows its agencies and accounts. `url` is its address."""
    async with await AsyncConnection.connect(url, autocommit=True) as connection:
        rooms = Rooms(connection, keys, size.conversations, tell)
        filling = _Filling(connection, vault, rooms, size, tell)
        await filling.conversations()
        await filling.tickets()
        await rooms.fill()
        await filling.opened()
        await filling.staff()
        await filling.audit()
        tell.step("analysing")
        await connection.execute("DROP TABLE grown, grown_places")
        await connection.execute("VACUUM ANALYZE")


@dataclass(frozen=True)
class _Filling:
    connection: AsyncConnection[Any]
    vault: Vault
    rooms: Rooms
    size: Size
    tell: Tell

    async def conversations(self) -> None:
        """People, their conversations, and what was said."""
        size = self.size
        await self.connection.execute("SET synchronous_commit = off")
        await self.connection.execute("SELECT setseed(0.2026)")
        await self.connection.execute(PLACES)
        await self._execute(PEOPLE, asdict(size))
        await self.connection.execute("CREATE INDEX ON grown (n)")
        await self.connection.execute("ANALYZE grown")
        self.tell.step(f"entering {size.conversations:,} conversations")
        for first in range(1, size.conversations + 1, CHUNK):
            last = min(first + CHUNK - 1, size.conversations)
            for statement in FILLING.values():
                await self._execute(statement, {"first": first, "last": last, "lines": OPENED_LINES})
            self.tell.progress(last, size.conversations)

    async def tickets(self) -> None:
        """Tickets, what happened to them, notes, requests, canned answers."""
        self.tell.step(f"entering {self.size.tickets:,} tickets")
        await self._execute(TICKETS, {"services": list(SERVICES)})
        await self.connection.execute("ANALYZE tickets")
        for statement in (HAPPENINGS, NOTES, OPENINGS):
            await self._execute(statement, {})
        await self._execute(REQUESTS, {"requests": self.size.requests, "open": self.size.open_requests})
        await self._execute(CANNED, {"texts": Jsonb(_WORDS.by_name("canned"))})

    async def opened(self) -> None:
        """The conversations that are opened: keys, states, lines, notes, sealed as the product seals them."""
        rows = await (await self.connection.execute(OPENED)).fetchall()
        self.tell.step(f"sealing {len(rows):,} conversations")
        for begin in range(0, len(rows), 500):
            await self.rooms.opened(await self._sealed(rows[begin : begin + 500]))
            self.tell.progress(begin + 500, len(rows))
        await self.rooms.grouped()

    async def _sealed(self, rows: list[Any]) -> Mapping[UUID, DataKey]:
        wrapped = {row[0]: self.vault.fresh(row[0]) for row in rows}
        keys = {one: self.vault.opened(one, key.wrapped) for one, key in wrapped.items()}
        async with self._copied("conversation_keys", "conversation_id", "generation", "master", "wrapped") as copy:
            for made in wrapped.values():
                await copy.write_row((made.conversation_id, made.generation, made.master, made.wrapped))
        async with self._copied("dialogue_states", "conversation_id", "offered", "situation") as copy:
            for one, key in keys.items():
                situation = {"service": SERVICES[0], "asks_for": "place", "waiting": []}
                await copy.write_row((one, Jsonb(key.seal([], "state")), Jsonb(key.seal(situation, "state"))))
        columns = ("conversation_id", "account_id", "external_id", "kind", "body", "received_at", "answered_at")
        async with self._copied("inbound_messages", *columns, "outcome", "understanding") as copy:
            for conversation, account, at, *_ in rows:
                for row in _said(keys[conversation], conversation, account, at):
                    await copy.write_row(row)
        async with self._copied("outbound_messages", "conversation_id", "seq", "type", "body", "created_at") as copy:
            for conversation, _, at, *_ in rows:
                for row in _answered(keys[conversation], conversation, at):
                    await copy.write_row(row)
        async with self._copied("ticket_notes", "ticket_id", "author", "body", "mentions") as copy:
            for place, (conversation, _, _, ticket, clerk) in enumerate(rows):
                if place % 3 == 0:
                    note = keys[conversation].seal({"text": _one("note", place)}, "note")
                    await copy.write_row((ticket, clerk or "system", Jsonb(note), [clerk] if clerk else []))
        return keys

    async def staff(self) -> None:
        """Members of staff of all agencies in turn, who can log in and do not."""
        self.tell.step(f"entering {self.size.staff:,} members of staff")
        places = await (
            await self.connection.execute("SELECT city, agencies FROM grown_places ORDER BY city")
        ).fetchall()
        agencies = [(city, agency) for city, slugs in places for agency in slugs]
        hired = [
            (uuid4(), f"{city}.{agency[:8]}.{place // len(agencies)}"[:32], city, agency, ROLES[place % len(ROLES)])
            for place in range(self.size.staff)
            for city, agency in [agencies[place % len(agencies)]]
        ]
        known = {login: (one, login, city, agency, role) for one, login, city, agency, role in hired}
        async with self._copied("staff", "id", "login", "name", "password", "created_by") as copy:
            for one, login, *_ in known.values():
                await copy.write_row((one, login, login.title(), "none fits", "bench"))
        async with self._copied("staff_grants", "staff_id", "role", "city", "agency", "granted_by") as copy:
            for one, _, city, agency, role in known.values():
                await copy.write_row((one, str(role), city, agency, "bench"))

    async def audit(self) -> None:
        """Four records of each ticket that somebody had, in a chain that verifies."""
        rows = await (await self.connection.execute(OF_AUDIT)).fetchall()
        self.tell.step(f"entering {len(rows) * len(AUDITED):,} records of the audit")
        columns = ("number", "at", "actor", "via", "address", "act", "city", "agency", "subject", "reason", "details")
        sealer, before, last = Sealer(self.vault.masters.audit_key), b"", 0
        async with self._copied("audit_records", *columns, "seal") as copy:
            for record in _records(rows):
                sealed = sealer.sealed(record, before)
                before, last = sealed.seal, sealed.number
                values = {**sealed.fields(), "at": sealed.at, "details": canonical(sealed.details)}
                await copy.write_row((*(values[name] for name in columns), before))
                if last % CHUNK == 0:
                    self.tell.progress(last, len(rows) * len(AUDITED))
        ends = sealer.ended(Chain(1, b"", last, before, b""))
        await self._execute(LINK, {"last_number": last, "last_seal": before, "seal": ends.seal})

    @asynccontextmanager
    async def _copied(self, table: str, *columns: str) -> AsyncIterator[psycopg.AsyncCopy]:
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
        async with self.connection.cursor() as cursor, cursor.copy(statement) as copy:
            yield copy

    async def _execute(self, statement: str, values: Mapping[str, Any]) -> AsyncCursor[Any]:
        return await self.connection.execute(statement.encode(), values)


def _records(rows: list[Any]) -> Iterator[Record]:
    number = 0
    for ticket, city, agency, at, clerk in rows:
        for act in AUDITED:
            number += 1
            moment = at.astimezone(UTC) + timedelta(seconds=number % 60)
            about = (city, agency, reference_of(ticket), "")
            yield Record(number, moment, clerk, "console", "198.51.100.7", act, *about, {}, b"")


def _one(what: str, place: int) -> str:
    words = _WORDS[what]
    return words[place % len(words)]


def _said(key: DataKey, conversation: UUID, account: int, at: datetime) -> Iterator[tuple[Any, ...]]:
    understood = key.seal({"intent": {"name": SERVICES[0], "confidence": 0.93}}, "message")
    for line in range(OPENED_LINES):
        moment = at + timedelta(seconds=60 * line)
        body = key.seal({"text": _one("resident", line)}, "message")
        yield (
            *(conversation, account, f"{conversation}:{line}", "text", Jsonb(body), moment, moment),
            *("with_clerk" if line > 3 else "answered", Jsonb(understood)),
        )


def _answered(key: DataKey, conversation: UUID, at: datetime) -> Iterator[tuple[Any, ...]]:
    for line in range(OPENED_LINES):
        moment = at + timedelta(seconds=60 * line + 20)
        author = "clerk" if line > 3 else "bot"
        message = message_event(RenderedMessage(text=_one(author, line), locale="zh_Hans"), author=author)
        done = turn_done_event(line + 1)
        for place, event in enumerate((message, done)):
            yield conversation, 2 * line + place + 1, event.type, Jsonb(key.seal(event.body, "event")), moment
