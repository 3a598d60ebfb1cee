"""Grades of tickets: the five of the national scheme, what is kept of each, and who may see it.

Grading is voluntary and one a ticket. A bad grade is mended in a ticket of its own (`TicketRow.is_mending`); whom it is
about finds neither that ticket nor the grade, unless nobody else answers and who shares out the work gives it to them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.contract.errors import NotFound
from desk.contract.staff import Actor
from desk.sealing.vault import DataKey
from desk.store.deferring import UPKEEP, defer
from desk.tickets.rows import TicketRow

if TYPE_CHECKING:  # a list needs no files of cities
    from desk.city.files import Agency, City

INVITE = "tickets.invite_grade"
DAY_BEGINS, DAY_ENDS = 9, 20  # hours of the city's time within which residents are invited


class Grade(StrEnum):
    """The five grades of government services, the best first (Guobanfa 2019 no. 51)."""

    VERY_SATISFIED = "very_satisfied"
    SATISFIED = "satisfied"
    FAIRLY_SATISFIED = "fairly_satisfied"
    DISSATISFIED = "dissatisfied"
    VERY_DISSATISFIED = "very_dissatisfied"


BAD = frozenset({Grade.DISSATISFIED, Grade.VERY_DISSATISFIED})
"""What must be mended."""


@dataclass(frozen=True, slots=True)
class GradeRow:
    """A ticket whose resident was asked, as `ticket_grades` has it. `words` are sealed."""

    id: int
    ticket_id: int | None
    city: str
    agency: str
    clerk: str | None
    asked_at: datetime
    invited_at: datetime | None
    is_open: bool
    grade: str | None
    graded_at: datetime | None
    words: Any
    mending_id: int | None
    mend_by: datetime | None
    mended_at: datetime | None
    called_back_at: datetime | None
    second_grade: str | None
    second_at: datetime | None

    @property
    def is_bad(self) -> bool:
        """Whether it must be, or was, mended."""
        return self.grade in BAD


COLUMNS = ", ".join(f"grade.{field.name}" for field in fields(GradeRow))
HIDDEN = """
    EXISTS (SELECT FROM ticket_grades AS about
            WHERE about.mending_id = tickets.id AND about.clerk = :me AND tickets.claimed_by IS DISTINCT FROM :me)
"""
"""Whether a ticket mends a grade of `:me`, and nobody has given it to them."""
IS_HIDDEN = text(f"SELECT {HIDDEN} FROM tickets WHERE id = :id")
ASK = text("""
    INSERT INTO ticket_grades (ticket_id, city, agency, clerk, asked_at) VALUES (:id, :city, :agency, :clerk, :now)
    ON CONFLICT (ticket_id) DO UPDATE
    SET agency = EXCLUDED.agency, clerk = EXCLUDED.clerk, asked_at = EXCLUDED.asked_at
    WHERE ticket_grades.grade IS NULL AND ticket_grades.is_open
    RETURNING id
""")
OF_TICKET = text(f"SELECT {COLUMNS} FROM ticket_grades AS grade WHERE grade.ticket_id = :id OR grade.mending_id = :id")
CALLED_BACK = text("""
    UPDATE ticket_grades SET called_back_at = :now WHERE mending_id = :id
""")
MENDED = text("""
    UPDATE ticket_grades
    SET is_open = false, mend_by = :mend_by, mended_at = CASE WHEN :solved THEN CAST(:now AS timestamptz) END
    WHERE mending_id = :id
""")
ABOUT = text("SELECT clerk FROM ticket_grades WHERE mending_id = :id")
SEEN_UNTIL = text("""
    SELECT graded_at FROM ticket_grades
    WHERE ticket_id = :id AND clerk = :me AND grade IN ('dissatisfied', 'very_dissatisfied')
""")
OF_CONVERSATION = text(f"""
    SELECT {COLUMNS} FROM ticket_grades AS grade JOIN tickets AS graded ON graded.id = grade.ticket_id
    WHERE graded.conversation_id = :id AND grade.grade IS NOT NULL ORDER BY grade.id
""")
# The bare grade stays, and what must still be mended; nothing can be given or changed any more.
ERASE = text("""
    UPDATE ticket_grades SET words = NULL, words_until = NULL, is_open = false
    WHERE ticket_id IN (SELECT id FROM tickets WHERE conversation_id = :id)
""")
FORGET = text("""
    UPDATE ticket_grades SET words = NULL, words_until = NULL, is_open = false, clerk = NULL
    WHERE ticket_id IN (SELECT id FROM tickets WHERE conversation_id = ANY (:ids))
""")


def may_ask(ticket: TicketRow, agency: "Agency") -> bool:
    """Whether residents are asked for a grade of such a ticket, unless they have given one."""
    is_theirs = ticket.conversation_id is not None and not ticket.is_mending
    return agency.answering.grades and is_theirs and not (ticket.matter or "").startswith("emergency:")


async def ask(connection: AsyncConnection, ticket: TicketRow, city: "City | None", now: datetime) -> bool:
    """Have the resident of a ticket that ends asked for a grade, and invited later. Answers whether they are asked.

    Nobody is asked of an emergency, of what mends a grade, or again of what was graded.
    """
    agency = None if city is None else next((one for one in city.agencies if one.slug == ticket.agency), None)
    if city is None or agency is None or not may_ask(ticket, agency):
        return False
    values = {"id": ticket.id, "city": ticket.city, "agency": ticket.agency, "clerk": ticket.claimed_by, "now": now}
    if (await connection.execute(ASK, values)).one_or_none() is None:
        return False
    at = invited_at(city, now + timedelta(days=agency.answering.invitation_days))
    await defer(connection, INVITE, lane=UPKEEP, after=at - now, ticket_id=ticket.id)
    return True


def invited_at(city: "City", moment: datetime) -> datetime:
    """The first moment from one on at which residents may be invited: not in the evening, at night or early."""
    local = city.local(moment)
    morning = local.replace(hour=DAY_BEGINS, minute=0, second=0, microsecond=0)
    if local < morning:
        return morning
    return morning + timedelta(days=1) if local.hour >= DAY_ENDS else moment


async def grade_of(connection: AsyncConnection, ticket_id: int) -> GradeRow | None:
    """The grade of a ticket, or the one that is mended in it."""
    row = (await connection.execute(OF_TICKET, {"id": ticket_id})).one_or_none()
    return None if row is None else GradeRow(**row._mapping)


async def about_of(connection: AsyncConnection, ticket: TicketRow) -> str | None:
    """Whom the grade is about that a ticket mends; None: it mends none."""
    if not ticket.is_mending:
        return None
    return (await connection.execute(ABOUT, {"id": ticket.id})).scalar_one_or_none()


async def insist_not_about(connection: AsyncConnection, ticket: TicketRow, actor: Actor) -> None:
    """Insist that a ticket mends no grade of the actor's, or was given to them.

    Raises:
        NotFound: it does; to them it is not there.
    """
    if ticket.is_mending and (await connection.execute(IS_HIDDEN, {"id": ticket.id, "me": actor.login})).scalar_one():
        raise NotFound("There is no such ticket. `desk ticket list` shows those that are open.")


async def seen_until(connection: AsyncConnection, ticket: TicketRow, actor: Actor) -> datetime | None:
    """Up to when the actor sees the conversation of a ticket: who was graded badly, as it was then. None: all of it."""
    if ticket.state in ("open", "claimed"):
        return None
    values = {"id": ticket.id, "me": actor.login}
    return (await connection.execute(SEEN_UNTIL, values)).scalar_one_or_none()


async def call_back(connection: AsyncConnection, ticket: TicketRow, now: datetime) -> None:
    """Keep that the resident was told what was done about their grade."""
    await connection.execute(CALLED_BACK, {"id": ticket.id, "now": now})


async def end_mending(connection: AsyncConnection, ticket: TicketRow, now: datetime, *, solved: bool) -> None:
    """Keep that a mending has ended, and until when there was time. `ticket` is as it was before."""
    values = {"id": ticket.id, "now": now, "mend_by": ticket.resolution_due, "solved": solved}
    await connection.execute(MENDED, values)


def told_of(row: GradeRow, key: DataKey, at: Callable[[datetime | None], str | None]) -> Mapping[str, Any]:
    """A grade as its resident is given it out; `at` writes a time."""
    words = None if row.words is None else key.open(row.words, "grade")["text"]
    return {
        "grade": row.grade,
        "at": at(row.graded_at),
        "words": words,
        "mended_at": at(row.mended_at),
        "second_grade": row.second_grade,
        "second_at": at(row.second_at),
    }


async def of_conversation(connection: AsyncConnection, conversation_id: UUID) -> list[GradeRow]:
    """The grades that were given in a conversation, the oldest first."""
    rows = await connection.execute(OF_CONVERSATION, {"id": conversation_id})
    return [GradeRow(**row._mapping) for row in rows]
