"""Looking through what residents wrote for what is worth a trainer's look, some time after it was answered.

Turns record nothing for it: a job reads the messages in the order of their ids, once, a quarter of an hour after they
came, when it is known what the resident did next. What it keeps of one is sealed by the key of its conversation, so
that erasing makes it unreadable, whenever it was read.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.conversations.service import OF_STAFF
from desk.conversations.stream import dump
from desk.sealing.opening import KEY, Opener, Purpose, opener
from desk.sealing.vault import DataKey
from desk.store.database import transaction
from desk.store.keys import Unsealable
from desk.teaching.hiding import Value, hidden, shown_values, without_values
from desk.teaching.signals import GIVES, Heard, Next, Signal, offered, pressed_command, signals_of

AT_ONCE = 200  # messages in a transaction
SETTLED = timedelta(minutes=15)
"""So long after a message it is known what the resident did next."""
GIVEN_UP = timedelta(days=1)
"""A message that is not answered by then is passed by."""
MOST_A_DAY = 5_000
"""So many messages of a city, worth a look, are kept of a day: more than trainers can look at, in groups."""
SAMPLE = 200
"""So many messages of each week are drawn: the share that is right is known to about 5 points either way."""
BLIND = 0.1
"""This share of lines gets a second opinion."""
GRADED_BEFORE = 3  # messages before the ticket that was graded badly
LONGEST = 1000  # characters: what the bot reads
ZONE = ZoneInfo("Asia/Shanghai")

READ = f"""
    message.outcome IS DISTINCT FROM 'erased' AND message.outcome IS DISTINCT FROM 'graded'
    AND message.external_id NOT LIKE '{OF_STAFF}%'
"""
NEXT = "SELECT * FROM inbound_messages WHERE id > :after ORDER BY id LIMIT :most"
GRADED = f"""
    SELECT DISTINCT said.* FROM ticket_grades AS graded JOIN tickets AS ticket ON ticket.id = graded.ticket_id
    CROSS JOIN LATERAL (
        SELECT message.* FROM inbound_messages AS message
        WHERE message.conversation_id = ticket.conversation_id AND message.received_at <= ticket.opened_at
          AND message.kind = 'text' AND message.understanding IS NOT NULL
        ORDER BY message.received_at DESC LIMIT {GRADED_BEFORE}
    ) AS said
    WHERE graded.grade IN ('dissatisfied', 'very_dissatisfied')
      AND graded.graded_at > clock_timestamp() - interval '2 days'
      AND NOT EXISTS (SELECT FROM teaching_lines AS line
                      WHERE line.message_id = said.id AND 'bad_grade' = ANY (line.signals))
"""
COLUMNS = f"""
    SELECT message.id, message.conversation_id, message.kind, message.body, message.understanding, message.outcome,
           message.received_at, message.answered_at, conversation.city, {READ} AS is_readable,
           {KEY.format("message.conversation_id")} AS wrapped,
           later.kind AS next_kind, later.body AS next_body, later.understanding AS next_understanding,
           CASE WHEN later.id IS NULL
                THEN (SELECT situation FROM dialogue_states WHERE conversation_id = message.conversation_id)
           END AS stands,
           (SELECT jsonb_agg(jsonb_build_object('body', earlier.body, 'understanding', earlier.understanding))
            FROM (SELECT body, understanding FROM inbound_messages AS earlier
                  WHERE earlier.conversation_id = message.conversation_id AND earlier.kind = 'text'
                    AND earlier.received_at <= message.received_at AND earlier.id < message.id
                    AND earlier.outcome IS DISTINCT FROM 'erased' AND earlier.outcome IS DISTINCT FROM 'graded'
                  ORDER BY earlier.received_at DESC, earlier.id DESC LIMIT 2) AS earlier) AS before
"""
BESIDE = """
    JOIN conversations AS conversation ON conversation.id = message.conversation_id
    LEFT JOIN LATERAL (
        SELECT id, kind, body, understanding FROM inbound_messages AS next
        WHERE next.conversation_id = message.conversation_id AND next.received_at >= message.received_at
          AND next.id > message.id AND next.outcome IS DISTINCT FROM 'erased'
        ORDER BY next.received_at, next.id LIMIT 1
    ) AS later ON true
    ORDER BY message.id
"""
LOOK = text(f"{COLUMNS} FROM ({NEXT}) AS message {BESIDE}")
LOOK_GRADED = text(f"{COLUMNS} FROM ({GRADED}) AS message {BESIDE}")
PROGRESS = text("SELECT message_id FROM teaching_progress FOR UPDATE")
ADVANCE = text("UPDATE teaching_progress SET message_id = :id")
TODAY = text("""
    SELECT city, count(*) AS lines FROM teaching_lines
    WHERE said_at > clock_timestamp() - interval '1 day' AND signals <> '{}' GROUP BY city
""")
FULL = text(f"""
    SELECT sampled_in, max(chance) AS largest FROM teaching_lines
    WHERE sampled_in = ANY (:weeks) GROUP BY sampled_in HAVING count(*) >= {SAMPLE}
""")
COUNT = text("""
    INSERT INTO teaching_weeks (week, messages) VALUES (:week, :messages)
    ON CONFLICT (week) DO UPDATE SET messages = teaching_weeks.messages + EXCLUDED.messages
""")
KEEP = text("""
    INSERT INTO teaching_lines (message_id, conversation_id, city, said_at, language, heard, confidence, place, signals,
                                sampled_in, chance, is_blind, content)
    VALUES (:message_id, :conversation_id, :city, :said_at, :language, :heard, :confidence, :place, :signals,
            :sampled_in, :chance, :is_blind, CAST(:content AS jsonb))
    ON CONFLICT (message_id) DO UPDATE
    SET signals = (SELECT coalesce(array_agg(DISTINCT one), '{}')
                   FROM unnest(teaching_lines.signals || EXCLUDED.signals) AS one),
        sampled_in = coalesce(teaching_lines.sampled_in, EXCLUDED.sampled_in),
        chance = least(teaching_lines.chance, EXCLUDED.chance)
""")
BEYOND = f"""
    SELECT id FROM (
        SELECT id, row_number() OVER (PARTITION BY sampled_in ORDER BY chance) AS rank
        FROM teaching_lines WHERE sampled_in = ANY (:weeks)
    ) AS drawn WHERE rank > {SAMPLE}
"""
UNDRAW = text(f"UPDATE teaching_lines SET sampled_in = NULL WHERE id IN ({BEYOND}) RETURNING id")
TIDY = text("DELETE FROM teaching_lines WHERE id = ANY (:ids) AND signals = '{}' AND state = 'open'")


@dataclass(frozen=True)
class Gathering:
    """Looks through messages.

    Attributes:
        known: keys of texts; what a situation says by another is left out.
        now: the clock, aware.
        drawn: a number from 0 to 1 by chance.
    """

    engine: AsyncEngine
    known: Collection[str]
    now: Callable[[], datetime]
    drawn: Callable[[], float] = field(default=random.SystemRandom().random)

    async def gather(self) -> int:
        """Look through the next messages. Answers how many were looked at; 0: none is due."""
        async with transaction(self.engine) as connection:
            after = (await connection.execute(PROGRESS)).scalar_one()
            rows = (await connection.execute(LOOK, {"after": after, "most": AT_ONCE})).all()
            due = self._due(rows)
            if not due:
                return 0
            await self._keep(connection, due)
            await connection.execute(ADVANCE, {"id": due[-1].id})
        return len(due)

    async def gather_graded(self) -> int:
        """Take up what was said before tickets that were graded badly. Answers how many messages."""
        async with transaction(self.engine) as connection:
            rows = (await connection.execute(LOOK_GRADED)).all()
            opens = opener(connection, Purpose.GATHER)
            read = [one for row in rows if (one := _read(row, opens)) is not None]
            found = [self._line(one, [Signal.BAD_GRADE, *one.signals], (1.0, self.drawn()), None) for one in read]
            if found:
                await connection.execute(KEEP, found)
        return len(found)

    def _due(self, rows: Sequence[Row[Any]]) -> list[Row[Any]]:
        """Those before the first of which it is not known yet what came of it."""
        now, found = self.now(), []
        for row in rows:
            age = now - row.received_at
            if age < SETTLED or (row.answered_at is None and age < GIVEN_UP):
                break
            found.append(row)
        return found

    async def _keep(self, connection: AsyncConnection, rows: Sequence[Row[Any]]) -> None:
        weeks = {"weeks": sorted({week_of(row.received_at) for row in rows})}
        today = Counter({row.city: row.lines for row in await connection.execute(TODAY)})
        full = {row.sampled_in: row.largest for row in await connection.execute(FULL, weeks)}
        opens = opener(connection, Purpose.GATHER)
        counts: Counter[date] = Counter()
        kept = []
        for row in rows:
            await asyncio.sleep(0)  # turns of this process go on
            read = _read(row, opens)
            if read is None:
                continue
            week, chance, second = week_of(row.received_at), self.drawn(), self.drawn()
            counts[week] += 1
            is_drawn = chance < full.get(week, 1.0)
            signals = read.signals if today[row.city] < MOST_A_DAY else []
            if signals or is_drawn:
                kept.append(self._line(read, signals, (chance, second), week if is_drawn else None))
                today[row.city] += bool(signals)
        if counts:
            await connection.execute(COUNT, [{"week": week, "messages": count} for week, count in counts.items()])
        if kept:
            await connection.execute(KEEP, kept)
            undrawn = list((await connection.execute(UNDRAW, weeks)).scalars())
            await connection.execute(TIDY, {"ids": undrawn})

    def _line(
        self, read: "Read", signals: Sequence[Signal], drawn: tuple[float, float], week: date | None
    ) -> dict[str, Any]:
        """A message as it is kept; `drawn` are its chances for the sample and for a second opinion."""
        row, heard = read.row, read.heard
        said, spans = without_persons(read.said, read.understood)
        content = {
            "text": said,
            "spans": [one.said() for one in spans],
            "offers": offered(heard, read.after),
            "likely": dict(heard.commands),
            "pressed": pressed_command(read.after),
            "situation": without_values(heard.situation, self.known),
            "before": [without_persons(*one)[0] for one in reversed(read.before)],
        }
        return {
            "message_id": row.id,
            "conversation_id": row.conversation_id,
            "city": row.city,
            "said_at": row.received_at,
            "language": str(read.understood.get("language") or ""),
            "heard": heard.likeliest,
            "confidence": heard.confidence,
            "place": heard.place,
            "signals": [one.value for one in signals],
            "sampled_in": week,
            "chance": drawn[0],
            "is_blind": drawn[1] < BLIND,
            "content": dump(read.key.seal(content, "line")),
        }


@dataclass(frozen=True, slots=True)
class Read:
    """A message that was opened: what the bot understood, what came after, and what was said before, newest first."""

    row: Row[Any]
    key: DataKey
    said: str
    understood: Mapping[str, Any]
    heard: Heard
    after: Next
    before: Sequence[tuple[str, Mapping[str, Any]]]

    @property
    def signals(self) -> list[Signal]:
        """Why it is worth a look; empty: it is not."""
        return signals_of(self.heard, self.row.outcome, self.after)


def _read(row: Row[Any], opens: Opener) -> Read | None:
    """A message that the bot has read; None: it has not, or the message cannot be opened, or kept sealed."""
    if row.kind != "text" or row.understanding is None or row.wrapped is None or not row.is_readable:
        return None
    try:
        key = opens(row.conversation_id, row.wrapped)
        understood = key.open(row.understanding, "message")
        heard = Heard.of(understood)
        if heard is None:
            return None
        said = str(key.open(row.body, "message")["text"])
        before = [_said(one["body"], one["understanding"], key) for one in row.before or ()]
        return Read(row, key, said, understood, heard, _after(row, key), before)
    except Unsealable:
        return None


def week_of(at: datetime) -> date:
    """The Monday of a time's week, in the country's time."""
    day = at.astimezone(ZONE).date()
    return day - timedelta(days=day.weekday())


def _after(row: Row[Any], key: DataKey) -> Next:
    """What came after a message."""
    if row.next_kind is None:
        return Next(None if row.stands is None else key.open(row.stands, "state"))
    understood = {} if row.next_understanding is None else key.open(row.next_understanding, "message")
    payload = key.open(row.next_body, "message").get("payload") if row.next_kind == "payload" else None
    return Next(understood.get("situation"), payload, Heard.of(understood) if row.next_kind == "text" else None)


def without_persons(said: str, understood: Mapping[str, Any]) -> tuple[str, list[Value]]:
    """A message as trainers see it: without what may be somebody's, and the values in it that stay."""
    entities = understood.get("entities") or ()
    situation = understood.get("situation") or {}
    likely = [str(one["name"]) for one in (understood.get("commands") or ())[:2]]
    gives = not likely or not GIVES.isdisjoint(likely)
    asked_for = situation.get("asks_for")
    text = hidden(said[:LONGEST], entities, asked_for=asked_for, gives=gives)
    return text, shown_values(text, entities)


def _said(body: Any, understanding: Any, key: DataKey) -> tuple[str, Mapping[str, Any]]:
    understood = {} if understanding is None else key.open(understanding, "message")
    return str(key.open(body, "message").get("text", "")), understood
