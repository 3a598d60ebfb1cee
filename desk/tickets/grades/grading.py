"""A resident gives a grade, changes it, and writes what went wrong: by a button, its number or its words.

All of it happens under the conversation's row lock, in the transaction of the turn.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.city.files import City
from desk.contract.messages import Reply
from desk.contract.wire import LOCALES
from desk.conversations.answers import Answer
from desk.conversations.numbered import bare
from desk.conversations.outcomes import Outcome
from desk.conversations.rows import ConversationRow
from desk.conversations.waiting import Waiting
from desk.texts.catalogs import Catalogs
from desk.tickets import history, queue
from desk.tickets.grades import notices as grade_notices
from desk.tickets.grades.ledger import BAD, COLUMNS, Grade, GradeRow
from desk.tickets.hours import agency_of
from desk.tickets.reference import reference_of, ticket_id_of
from desk.tickets.rows import MENDING_MATTER, TicketRow

WORDS_WITHIN = timedelta(minutes=30)
"""So long after a bad grade is the next message taken for what went wrong: `ASKED_AT`."""
LONGEST_WORDS = 1000  # characters

ASKED_AT = "grade.words_until - interval '30 minutes'"
AWAITED = f"""
    SELECT max(grade.id) FROM ticket_grades AS grade JOIN tickets AS graded ON graded.id = grade.ticket_id
    WHERE graded.conversation_id = message.conversation_id AND grade.words_until > clock_timestamp()
      AND message.received_at > {ASKED_AT}
      AND NOT EXISTS (SELECT FROM inbound_messages AS between_them
                      WHERE between_them.conversation_id = message.conversation_id
                        AND between_them.id < message.id AND between_them.received_at > {ASKED_AT})
"""
"""The grade of which a resident was asked what went wrong, if `message` is the next that they wrote."""
FIND = text(f"""
    SELECT {COLUMNS}, graded.state, graded.service FROM ticket_grades AS grade
    JOIN tickets AS graded ON graded.id = grade.ticket_id
    WHERE graded.conversation_id = :conversation_id AND (grade.ticket_id = :ticket OR grade.mending_id = :ticket)
    FOR NO KEY UPDATE OF grade
""")
GIVE = text("UPDATE ticket_grades SET grade = :grade, graded_at = :now WHERE id = :id")
ASK_WORDS = text("UPDATE ticket_grades SET words_until = :words_until WHERE id = :id")
GIVE_SECOND = text("UPDATE ticket_grades SET second_grade = :grade, second_at = :now WHERE id = :id")
OPENED = text("UPDATE ticket_grades SET mending_id = :mending WHERE id = :id")
# Only what settled itself: what a clerk has, or has ended, stays as it is.
REOPEN = text("UPDATE tickets SET state = 'open', ended_at = NULL WHERE id = :id AND state = 'withdrawn' RETURNING id")
KEEP_WORDS = text("""
    UPDATE ticket_grades SET words = CAST(:words AS jsonb), words_until = NULL WHERE id = :id RETURNING ticket_id
""")
SKIP_WORDS = text("UPDATE ticket_grades SET words_until = NULL WHERE id = :id")


@dataclass(frozen=True, slots=True)
class Graded:
    """A grade with the ticket that it is of."""

    row: GradeRow
    state: str
    service: str | None


class Grading:
    """Takes grades. `titles` are what they are called in any language."""

    def __init__(self, catalogs: Catalogs, cities: Mapping[str, City]) -> None:
        self._catalogs = catalogs
        self._cities = cities
        self._titles = {
            bare(catalogs.text(title, locale)): grade for grade, title in grade_notices.titles() for locale in LOCALES
        }

    async def answer(
        self, connection: AsyncConnection, conversation: ConversationRow, waiting: Waiting, now: datetime
    ) -> Answer | None:
        """Answer a message that is a grade, or what was written with one. None: it is neither.

        While a clerk has the conversation a pressed grade is kept and nothing is said: exactly one speaks.
        """
        live = await queue.live_ticket(connection, conversation.id) if waiting.read["has_ticket"] else None
        payload = self._offered(waiting, typed=live is None)
        given = None if payload is None else grade_notices.read_payload(payload)
        if given is not None:
            found = await _find(connection, conversation, given[0])
            if found is None:
                return None
            reply = await self._take(connection, conversation, found, given, now, silent=_speaks(live))
            return self._said(reply, conversation, live)
        if payload is not None and payload.startswith(f"{grade_notices.SKIP}{{"):
            return await self._skipped(connection, conversation, payload, live)
        if waiting.read["grade_words"] is not None and waiting.text is not None and live is None:
            return await self._words(connection, conversation, waiting)
        return None

    def _offered(self, waiting: Waiting, *, typed: bool) -> str | None:
        """The button that was pressed, or whose words were written, if it was offered here."""
        if waiting.payload is not None:
            return waiting.payload if waiting.payload in waiting.offered else None
        if not typed or waiting.text is None:
            return None
        grade = self._titles.get(bare(waiting.text))
        wanted = None if grade is None else f'"grade": "{grade}"'
        return next(
            (
                one
                for one in reversed(waiting.offered)
                if wanted is not None and wanted in one and one.startswith(f"{grade_notices.GRADE}{{")
            ),
            None,
        )

    async def _take(
        self,
        connection: AsyncConnection,
        conversation: ConversationRow,
        found: Graded,
        given: tuple[str, Grade],
        now: datetime,
        *,
        silent: bool,
    ) -> Reply:
        reference, grade = given
        row = found.row
        if ticket_id_of(reference) == row.mending_id:
            return await _take_second(connection, row, reference, grade, now)
        if not row.is_open:
            return grade_notices.stays(reference, row.grade or grade)
        if found.state in ("open", "claimed"):
            return grade_notices.not_yet(reference)
        is_bad = grade in BAD
        asks = is_bad and row.words is None and not silent
        words_until = now + WORDS_WITHIN if asks else None
        await connection.execute(ASK_WORDS, {"id": row.id, "words_until": words_until})
        if row.grade != grade:
            await connection.execute(GIVE, {"id": row.id, "grade": grade, "now": now})
            assert row.ticket_id is not None
            detail = {"grade": str(grade)}
            await history.happened(connection, row.ticket_id, "graded", actor=history.RESIDENT, at=now, detail=detail)
            if is_bad:
                await self._open_mending(connection, conversation, found, reference, now)
            elif row.mending_id is not None:  # nobody has begun: it needs no ticket; what a clerk has goes on
                await queue.settle_matter(connection, f"{MENDING_MATTER}{reference}")
        if not is_bad:
            return grade_notices.kept(reference, grade)
        city = self._cities[row.city]
        agency = agency_of(city, row.agency, channel=conversation.channel, service=found.service)
        return grade_notices.kept_bad(reference, grade, agency, asks=asks)

    async def _open_mending(
        self,
        connection: AsyncConnection,
        conversation: ConversationRow,
        found: Graded,
        reference: str,
        now: datetime,
    ) -> None:
        """Open the ticket in which a grade is mended, or open it again where it was good in between."""
        row = found.row
        if row.mending_id is not None:
            if (await connection.execute(REOPEN, {"id": row.mending_id})).one_or_none() is not None:
                await history.happened(connection, row.mending_id, "reopened", actor=history.RESIDENT, at=now)
                await history.keep_clocks(connection, self._cities, row.mending_id, now)
            return
        ticket = await queue.open_matter(
            connection,
            conversation.id,
            city=row.city,
            agency=row.agency,
            reason="bad_grade",
            service=found.service,
            matter=f"{MENDING_MATTER}{reference}",
        )
        assert ticket is not None, "a ticket has one grade"
        await connection.execute(OPENED, {"id": row.id, "mending": ticket.id})
        await history.keep_clocks(connection, self._cities, ticket.id, now)

    async def _skipped(
        self,
        connection: AsyncConnection,
        conversation: ConversationRow,
        payload: str,
        live: TicketRow | None,
    ) -> Answer | None:
        reference = json.loads(payload.removeprefix(grade_notices.SKIP))["ticket"]
        found = await _find(connection, conversation, reference)
        if found is None:
            return None
        await connection.execute(SKIP_WORDS, {"id": found.row.id})
        return self._said(grade_notices.words_skipped(reference), conversation, live)

    async def _words(self, connection: AsyncConnection, conversation: ConversationRow, waiting: Waiting) -> Answer:
        assert waiting.text is not None
        words = json.dumps(waiting.key.seal({"text": waiting.text[:LONGEST_WORDS]}, "grade"))
        values = {"id": waiting.read["grade_words"], "words": words}
        ticket_id = (await connection.execute(KEEP_WORDS, values)).scalar_one()
        return self._said(grade_notices.words_kept(reference_of(ticket_id)), conversation, None)

    def _said(self, reply: Reply, conversation: ConversationRow, live: TicketRow | None) -> Answer:
        if _speaks(live):
            return Answer(Outcome.GRADED, handed_over=True)
        message = self._catalogs.in_manner(conversation.manner).render(reply, conversation.locale)
        return Answer(Outcome.GRADED, messages=[message], handed_over=live is not None)


async def _find(connection: AsyncConnection, conversation: ConversationRow, reference: str) -> Graded | None:
    values = {"conversation_id": conversation.id, "ticket": ticket_id_of(reference)}
    found = (await connection.execute(FIND, values)).one_or_none()
    if found is None:
        return None
    kept = found._mapping
    return Graded(GradeRow(**{one.name: kept[one.name] for one in fields(GradeRow)}), found.state, found.service)


async def _take_second(
    connection: AsyncConnection, row: GradeRow, reference: str, grade: Grade, now: datetime
) -> Reply:
    if row.second_grade is not None and row.second_grade != grade:
        return grade_notices.stays(reference, row.second_grade)
    if row.second_grade is None:
        await connection.execute(GIVE_SECOND, {"id": row.id, "grade": grade, "now": now})
    return grade_notices.second_kept(reference, grade, is_bad=grade in BAD)


def _speaks(live: TicketRow | None) -> bool:
    """Whether a clerk has the conversation."""
    return live is not None and live.state == "claimed"
