"""What other rooms hold in a grown store: orders and the bills of their days, cases, emergency alerts, trainers' lines.

Where a table keeps hashes the made-up tokens are hashed, too. What is opened is sealed as the product seals it: the
cases of conversations that are opened, and the lines that wait for trainers.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from bench.ground import Tell
from desk.cases.rows import CASE, Private, name_of, reference_hash
from desk.contract.messages import Text
from desk.sealing.vault import DataKey
from desk.store.keys import Keys
from values.lexicon import lexicon

BILL_DAYS = 365
DIFFERENCES_A_DAY = 3
LEAST_ALERTS, ALERTS_LIVE = 40, 12
LINES_OPENED = 3  # messages of a conversation that is opened, which wait for a trainer
GROUPS = 400  # of like lines; a few have most of them
FRAME = "marriage_registration-1"
SERVICES = ("utility_bills", "traffic_fines")
HEARD = f"start:{SERVICES[0]}"
_WORDS = lexicon(__file__)

ORDERS = """
    INSERT INTO orders (number, conversation_id, city, service, agency, locale, amount, refunded, status, private,
                        trade_no, created_at, expires_at, paid_at, booked_at)
    SELECT to_char(at, 'YYYYMMDD') || lpad(n::text, 12, '0'), id, city,
           (%(services)s::text[])[1 + n %% cardinality(%(services)s::text[])], agency, 'zh_Hans', amount,
           CASE WHEN status = 'refunded' THEN amount ELSE 0 END, status, decode(repeat(md5(n::text), 20), 'hex'),
           CASE WHEN is_paid THEN to_char(at, 'YYYYMMDD') || '2200' || lpad(n::text, 12, '0') END, at,
           at + interval '15 minutes', CASE WHEN is_paid THEN at + interval '2 minutes' END,
           CASE WHEN status = 'booked' THEN at + interval '3 minutes' END
    FROM (SELECT *, status IN ('booked', 'refunded') AS is_paid, 20 + n %% 480 AS amount
          FROM (SELECT *, CASE WHEN n / 10 %% 20 < 16 THEN 'booked' WHEN n / 10 %% 20 = 16 THEN 'refunded'
                               ELSE 'closed' END AS status
                FROM grown WHERE n %% 10 = 3) AS one) AS two
"""
ITEMS = """
    INSERT INTO order_items (order_number, place, reference_hash, amount, outcome, agency_receipt)
    SELECT number, 1, sha256(('bill ' || number)::bytea), amount, CASE WHEN status = 'booked' THEN 'booked' END,
           CASE WHEN status = 'booked' THEN 'JF-' || number END
    FROM orders
"""
ORDER_EVENTS = """
    INSERT INTO order_events (order_number, happening, status, source, amount, at)
    SELECT number, one.happening, one.state, one.source, amount, created_at + one.after
    FROM orders JOIN (VALUES
        (interval '0', 'opened', 'open', 'turn', '{booked,refunded,closed}'::text[]),
        (interval '2 minutes', 'paid', 'paid', 'notification', '{booked,refunded}'),
        (interval '3 minutes', 'booked', 'booked', 'job', '{booked}'),
        (interval '3 minutes', 'refund', 'refunding', 'job', '{refunded}'),
        (interval '5 minutes', 'refunded', 'refunded', 'job', '{refunded}'),
        (interval '15 minutes', 'closed', 'closed', 'job', '{closed}')
    ) AS one (after, happening, state, source, states) ON orders.status = ANY (one.states)
    ORDER BY created_at + one.after
"""
RECEIPTS = "INSERT INTO receipts (order_number, issued_at) SELECT number, booked_at FROM orders WHERE status = 'booked'"
REFUNDS = """
    INSERT INTO refunds (id, order_number, amount, reason, status, attempts, created_at, done_at)
    SELECT number || '-1', number, amount, 'not_taken', 'done', 1, created_at + interval '3 minutes',
           created_at + interval '5 minutes'
    FROM orders WHERE status = 'refunded'
"""
BILLS = """
    INSERT INTO bill_days (day, payments, refunds, differences, compared_at)
    SELECT day, coalesce(paid, 0), 0, %(differences)s, day + interval '30 hours'
    FROM (SELECT current_date - back AS day FROM generate_series(1, %(days)s) AS back) AS one
    LEFT JOIN (SELECT created_at::date AS day, count(*) AS paid FROM orders WHERE paid_at IS NOT NULL GROUP BY 1) AS two
        USING (day)
"""
DIFFERENCES = """
    INSERT INTO payment_differences (day, kind, order_number, refund, billed, ours, mended, found_at)
    SELECT day, CASE WHEN number IS NULL THEN 'unknown_order' ELSE (ARRAY['amount', 'missed', 'not_billed'])[place] END,
           coalesce(number, lpad(place::text, 20, '9')), '', 20 + place, amount, place <> 1, day + interval '30 hours'
    FROM bill_days CROSS JOIN generate_series(1, %(differences)s) AS place
    LEFT JOIN LATERAL (SELECT number, amount FROM orders WHERE created_at >= day AND created_at < day + 1
                       ORDER BY created_at LIMIT 1 OFFSET place - 1) AS ours ON true
"""
CASES = """
    INSERT INTO cases (conversation_id, frame, city, service, agency, kind, reference_hash, code_hash, private, status,
                       at, over, look_at, created_at, changed_at, known_at)
    SELECT id, %(frame)s, city, 'marriage_registration', agency,
           (ARRAY['appointment', 'application', 'report'])[1 + n %% 3], sha256(('number ' || n)::bytea),
           sha256(('code ' || n)::bytea), decode(repeat(md5(n::text), 16), 'hex'),
           CASE WHEN is_over THEN 'issued' ELSE (ARRAY['booked', 'accepted', 'open'])[1 + n %% 3] END,
           CASE WHEN n %% 3 = 0 THEN at + interval '9 days' END, is_over,
           CASE WHEN NOT is_over THEN now() + interval '6 hours' END, at, at + interval '1 day', at + interval '2 days'
    FROM (SELECT *, n / 10 %% 10 > 0 AS is_over FROM grown WHERE n %% 10 = 7 AND NOT is_opened) AS one
"""
CASE_OPENED = """
    INSERT INTO cases (conversation_id, frame, city, service, agency, kind, reference_hash, code_hash, private, status,
                       at, look_at, created_at, changed_at, known_at)
    SELECT id, %(frame)s, city, 'marriage_registration', agency, 'appointment', %(reference)s, %(code)s, %(private)s,
           'booked', at + interval '9 days', now() + interval '6 hours', at, at, at
    FROM grown WHERE id = %(id)s
"""
ALERTS = """
    INSERT INTO alerts (city, source, agency, identifier, sender, sent, status, kind, scope, done, state, severity,
                        districts, infos, refers_to, effective, expires, content, digest, via, received_by, received_at,
                        live_at, ended_at)
    SELECT city, 'weather', agency, 'made-up-' || n, 'weather@city.example', at, 'Actual', 'Alert', 'Public', 'public',
           state, 'Severe', NULL, %(infos)s, '[]', at, at + interval '1 day', decode(repeat(md5(n::text), 100), 'hex'),
           encode(sha256(('alert ' || n)::bytea), 'hex'), 'push', 'weather', at,
           CASE WHEN state <> 'pending' THEN at END, CASE WHEN state = 'ended' THEN at + interval '6 hours' END
    FROM (SELECT n, city, agency, CASE WHEN n <= %(live)s THEN now() - interval '1 hour' * n / 12 ELSE at END AS at,
                 CASE WHEN n > %(live)s THEN 'ended' WHEN n %% 3 = 0 THEN 'pending' ELSE 'live' END AS state
          FROM grown WHERE n <= %(alerts)s) AS one
    ORDER BY at
"""
SETTLED = """
    INSERT INTO teaching_lines (message_id, conversation_id, city, said_at, language, heard, confidence, place, signals,
                                sampled_in, chance, is_blind, content, state, commands)
    SELECT message.id, conversation_id, city, received_at, 'zh_Hans', %(heard)s::text, 0.4, 'start', '{unsure}',
           CASE WHEN message.id %% 2 = 0 THEN date_trunc('week', received_at)::date END, random(), false,
           jsonb_build_object('sealed', repeat(md5(message.id::text), 8)),
           CASE WHEN message.id %% 200 = 0 THEN 'passed' ELSE 'settled' END, ARRAY[%(heard)s::text]
    FROM inbound_messages AS message JOIN grown ON grown.id = conversation_id
    WHERE NOT grown.is_opened AND message.id %% 100 = 0
"""
DECISIONS = """
    INSERT INTO teaching_decisions (by, at, kind, commands, lines)
    SELECT 'trainer', min(said_at) + interval '1 day', 'label', ARRAY[%(heard)s::text], count(*)
    FROM teaching_lines WHERE state = 'settled' GROUP BY id / 20 ORDER BY 2
"""
SAID = """
    SELECT message.id, message.conversation_id, grown.city, message.received_at
    FROM inbound_messages AS message JOIN grown ON grown.id = message.conversation_id
    WHERE message.conversation_id = ANY (%(ids)s) ORDER BY message.conversation_id, message.received_at
"""
LINE = """
    INSERT INTO teaching_lines (message_id, conversation_id, city, said_at, language, heard, confidence, place, signals,
                                chance, is_blind, content)
    VALUES (%(message)s, %(conversation)s, %(city)s, %(at)s, 'zh_Hans', %(heard)s, 0.4, 'start', %(signals)s, random(),
            false, %(content)s)
"""
GROUPED = """
    UPDATE teaching_lines AS line SET group_id = first.id
    FROM (SELECT floor(%(groups)s * chance ^ 2) AS bucket, min(id) AS id FROM teaching_lines
          WHERE state = 'open' GROUP BY 1) AS first
    WHERE line.state = 'open' AND floor(%(groups)s * line.chance ^ 2) = first.bucket
"""
SIGNALS = (["unsure"], ["asked_back"], ["handed_over", "unsure"], ["pressed", "asked_back"])


@dataclass(frozen=True)
class Rooms:
    """Fills the rooms of a store in which `grown` says who has what. `keys` seal what is about a person."""

    connection: AsyncConnection[Any]
    keys: Keys
    conversations: int
    tell: Tell

    async def fill(self) -> None:
        """Orders, bills, cases, alerts, and what trainers have decided; nothing of it is opened."""
        self.tell.step(f"entering orders, cases and alerts of {self.conversations:,} conversations")
        await self._execute(ORDERS, {"services": list(SERVICES)})
        await self.connection.execute("ANALYZE orders")
        for statement in (ITEMS, ORDER_EVENTS, RECEIPTS, REFUNDS):
            await self._execute(statement, {})
        for statement in (BILLS, DIFFERENCES):
            await self._execute(statement, {"days": BILL_DAYS, "differences": DIFFERENCES_A_DAY})
        await self._execute(CASES, {"frame": FRAME})
        alerts = max(LEAST_ALERTS, self.conversations // 500)
        await self._execute(ALERTS, {"alerts": alerts, "live": ALERTS_LIVE, "infos": Jsonb([_info()])})
        for statement in (SETTLED, DECISIONS):
            await self._execute(statement, {"heard": HEARD})

    async def opened(self, keys: Mapping[UUID, DataKey]) -> None:
        """A case of each conversation that is opened, and its first messages for trainers, sealed by its key."""
        for one, key in keys.items():
            await self._execute(CASE_OPENED, self._case(one, key))
        said = await (await self._execute(SAID, {"ids": list(keys)})).fetchall()
        async with self.connection.cursor() as cursor:
            await cursor.executemany(LINE.encode(), list(_lines(said, keys)))

    async def grouped(self) -> None:
        """Put lines that wait together: a few groups have most of them."""
        await self._execute(GROUPED, {"groups": GROUPS})

    def _case(self, conversation: UUID, key: DataKey) -> dict[str, Any]:
        reference = f"GH{conversation.int % 10**14:014}"
        private = Private(reference=reference, about=_text(_WORDS["about"][0]), facts={}, place=None)
        sealed = self.keys.seal(private.model_dump_json().encode(), purpose=CASE, of=name_of(conversation, FRAME))
        return {
            "id": conversation,
            "frame": FRAME,
            "reference": reference_hash(self.keys, reference),
            "code": hashlib.sha256(f"code {conversation}".encode()).digest(),
            "private": key.seal_file(sealed, "case"),
        }

    async def _execute(self, statement: str, values: Mapping[str, Any]) -> Any:
        return await self.connection.execute(statement.encode(), values)


def _lines(said: Sequence[tuple[int, UUID, str, datetime]], keys: Mapping[UUID, DataKey]) -> Iterator[dict[str, Any]]:
    """The first messages of each conversation, of rows that are in order."""
    seen: dict[UUID, int] = {}
    for message, conversation, city, at in said:
        place = seen.get(conversation, 0)
        seen[conversation] = place + 1
        if place >= LINES_OPENED:
            continue
        words = _WORDS["lines"]
        content = {
            "text": words[message % len(words)],
            "spans": [],
            "offers": [f"start:{one}" for one in SERVICES],
            "likely": {"start": 0.4},
            "pressed": None,
            "situation": None,
            "before": [],
        }
        yield {
            "message": message,
            "conversation": conversation,
            "city": city,
            "at": at,
            "heard": HEARD,
            "signals": SIGNALS[message % len(SIGNALS)],
            "content": Jsonb(keys[conversation].seal(content, "line")),
        }


def _text(words: str) -> Text:
    return Text(key="card.value", args={"value": words})


def _info() -> dict[str, Any]:
    """What an alert says, as `desk.alerts.said.kept` writes it."""
    return {
        "language": "zh-CN",
        "categories": ["Met"],
        "responses": ["Prepare"],
        "urgency": "Expected",
        "severity": "Severe",
        "certainty": "Likely",
        "areas": list(_WORDS["areas"]),
        "expires": None,
        "contact": None,
        "web": None,
        **_WORDS.by_name("alert"),
    }
