"""All that a clerk sees of one ticket. Reading it leaves a trace, and stands in the audit."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.audit.reading import done_lately, reasons_of
from desk.audit.trail import reason_of
from desk.contract.errors import Conflict, FileHeld, NotFound
from desk.contract.messages import Text
from desk.contract.staff import Actor, Permission
from desk.conversations.rows import MediaRow
from desk.linking.person import readable
from desk.sealing.opening import Purpose, traced
from desk.sealing.vault import DataKey
from desk.texts.addresses import without_codes
from desk.texts.invisible import seen
from desk.texts.masking import masked
from desk.tickets.asking import Ask, asks_of
from desk.tickets.filled import Filled, filled_in
from desk.tickets.grades.ledger import HIDDEN, GradeRow, grade_of, seen_until
from desk.tickets.history import EVENTS
from desk.tickets.lists.looks import looked_at
from desk.tickets.notes import Note, notes_of
from desk.tickets.opening import Opening, opening
from desk.tickets.queue import COLUMNS
from desk.tickets.room import Room, opened_by
from desk.tickets.rows import Line, TicketRow
from desk.tickets.suggesting.questions import NOTHING_ASKED, Asked, asked_in
from desk.tickets.talk import keys_for, shown, timeline, were_opened

LINES = 100
LIVE = ("open", "claimed")
REASONED = {
    "closed": "ticket.close",
    "held": "ticket.hold",
    "reopened": "ticket.reopen",
    "taken_over": "ticket.take_over",
    "transfer_asked": "ticket.transfer",
}
"""What happens to a ticket for a reason, and the act of the audit that keeps it."""
REVEALED = timedelta(hours=1)
"""So long a reason that was given for a ticket opens the files of its resident."""

UNDERSTOOD = text("""
    SELECT said.* FROM unnest(CAST(:conversations AS uuid[])) AS of_resident (id) CROSS JOIN LATERAL (
        SELECT id, conversation_id, received_at, understanding FROM inbound_messages
        WHERE conversation_id = of_resident.id AND understanding IS NOT NULL ORDER BY received_at DESC LIMIT 1
    ) AS said ORDER BY said.id DESC LIMIT 1
""")
REMEMBERED = text("""
    SELECT remembered.situation, remembered.state, conversation.came_from FROM dialogue_states AS remembered
    JOIN conversations AS conversation ON conversation.id = remembered.conversation_id
    WHERE remembered.conversation_id = :id
""")
FILES = text("""
    SELECT id, content_type, octet_length(content) AS bytes, created_at, held FROM media_files
    WHERE conversation_id = ANY (:conversations) ORDER BY created_at DESC LIMIT 20
""")
KEPT_BESIDE = text("""
    SELECT (SELECT count(*) FROM ticket_events WHERE ticket_id = :id),
           (SELECT count(*) FROM ticket_notes WHERE ticket_id = :id)
""")
CONTACT = text("SELECT contact FROM tickets WHERE id = :id")
FILE = text(f"""
    SELECT id, content_type, content, conversation_id, held FROM media_files
    WHERE id = :id AND conversation_id = ANY ({readable("CAST(:conversation_id AS uuid)")})
""")
OTHERS = text(f"""
    SELECT {COLUMNS} FROM tickets WHERE conversation_id = ANY (:conversations) AND id <> :id AND NOT {HIDDEN}
    ORDER BY id DESC LIMIT 10
""")


@dataclass(frozen=True, slots=True)
class Understood:
    """What the bot made of the last message that it was asked about. `confidence` is 0 to 1."""

    at: datetime
    intent: str
    confidence: float


@dataclass(frozen=True, slots=True)
class File:
    """A file that the resident sent. `held`: nobody can open it before it was looked at for malware."""

    id: UUID
    content_type: str
    bytes: int
    at: datetime
    held: bool = False


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that happened to the ticket. `reason` is why, in the words of who did it; empty: none was asked."""

    at: datetime
    kind: str
    actor: str
    detail: Mapping[str, Any]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class GradeSeen:
    """The grade of a ticket, or the one that is mended in it, with what the resident wrote."""

    row: GradeRow
    words: str | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A ticket, opened. `service` runs with the bot and asks for `asks_for`; `waiting` are services behind it.

    `filled` is what the resident gave of them so far, the one in front first; None where it cannot be read.
    `linked` are the channels of the resident's other conversations, whose lines are among `lines`; `also_in` those on
    which what the clerk says is said, too. `contact` is what they left to be reached by. `asked` is which guides are
    near to what was asked last; `came_from` what the page is about on which they began to write.
    """

    ticket: TicketRow
    channel: str | None
    locale: str | None
    linked: Sequence[str]
    lines: Sequence[Line]
    notes: Sequence[Note]
    happened: Sequence[Happened]
    understood: Understood | None
    service: str | None
    asks_for: str | None
    asks_field: str | None
    waiting: Sequence[str]
    filled: Sequence[Filled] | None
    files: Sequence[File]
    others: Sequence[TicketRow]
    asked: Asked = NOTHING_ASKED
    contact: str | None = None
    asks: Sequence[Ask] = ()
    revealed: bool = False
    grade: GradeSeen | None = None
    contact_revealed: bool = False
    also_in: Sequence[str] = ()
    came_from: str | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of a ticket, as it was written, and the state of its dialogue: no page shows this."""

    sheet: Sheet
    state: Mapping[str, Any] | None


class Workbench:
    """Opening tickets."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def open(self, actor: Actor, ticket_id: int, *, again: bool = False) -> Sheet:
        """Open a ticket, masked. `again`: a page that the actor has opened is only kept fresh.

        Raises:
            NotFound: there is no such ticket.
            NotPermitted: the actor may not read it.
        """
        async with opening(self._room.engine, actor, ticket_id, Permission.TICKET_READ, "ticket.read") as opened:
            known = again and await were_opened(opened.connection, opened.talk, actor.login)
            read = await _read(opened, traces=not known)
            await opened_by(opened.connection, opened.ticket, actor.login)
            if known:
                opened.nothing_new()
        return self._shown(read, masks=True)

    async def reveal(self, actor: Actor, ticket_id: int, *, reason: str) -> Sheet:
        """Open a ticket with all that its resident wrote, unmasked.

        Raises:
            NotFound: there is no such ticket.
            NotPermitted: the actor may not see personal data of its agency.
            Conflict: no reason is given.
        """
        said = reason_of(reason)
        async with self._revealing(actor, ticket_id, said) as opened:
            read = await _read(opened, traces=True)
        return self._shown(read, masks=False)

    async def reveal_contact(self, actor: Actor, ticket_id: int, *, reason: str) -> Sheet:
        """Open a ticket, masked but for what its resident left to be reached by.

        Raises:
            NotFound: there is no such ticket.
            NotPermitted: the actor may not see personal data of its agency.
            Conflict: no reason is given.
        """
        said = reason_of(reason)
        async with self._revealing(actor, ticket_id, said) as opened:
            opened.read(what="contact")
            read = await _read(opened, traces=True)
        return self._shown(read, masks=True, masks_contact=False)

    async def file(self, actor: Actor, ticket_id: int, file_id: UUID) -> MediaRow:
        """Open a file that the resident sent, for who has had their personal data revealed within `REVEALED`.

        Raises:
            NotFound: there is no such ticket, or no such file of its conversation.
            NotPermitted: the actor may not see personal data of its agency.
            Conflict: they have given no reason for it lately.
            FileHeld: nobody has looked for malware in it yet.
        """
        permission = Permission.PERSONAL_REVEAL
        async with opening(self._room.engine, actor, ticket_id, permission, "personal.file") as opened:
            connection, ticket = opened.connection, opened.ticket
            if not await done_lately(connection, actor, "personal.reveal", ticket.reference, within=REVEALED):
                raise Conflict(
                    "Show what the resident wrote, with a reason, before you open their files.",
                    said=Text(key="console.error_ticket_reveal_first"),
                )
            values = {"id": file_id, "conversation_id": ticket.conversation_id}
            row = (await connection.execute(FILE, values)).one_or_none()
            if row is None or ticket.conversation_id is None:
                raise NotFound(f"{ticket.reference} has no such file.", said=Text(key="console.error_ticket_no_file"))
            if row.held:
                raise FileHeld(said=Text(key="console.error_ticket_file_held"))
            key = await traced(connection, row.conversation_id, Purpose.TRANSCRIPT, reader=actor.login)
            opened.read(file=str(file_id))
        return MediaRow(row.id, row.content_type, key.open_file(row.content))

    def _revealing(self, actor: Actor, ticket_id: int, reason: str) -> AbstractAsyncContextManager[Opening]:
        permission = Permission.PERSONAL_REVEAL
        return opening(self._room.engine, actor, ticket_id, permission, "personal.reveal", reason=reason)

    def _shown(self, read: Read, *, masks: bool, masks_contact: bool | None = None) -> Sheet:
        """What was read, as it is seen. It takes no transaction: masking a long talk takes a while."""
        sheet, published = read.sheet, self._room.published
        mask = partial(masked, published=published) if masks else seen
        hides = masks if masks_contact is None else masks_contact
        return replace(
            sheet,
            lines=shown(sheet.lines, mask),
            happened=[replace(one, reason=mask(one.reason)) for one in sheet.happened],
            filled=filled_in(read.state, masks=masks, published=published) if sheet.channel is not None else (),
            contact=masked(sheet.contact) if sheet.contact is not None and hides else sheet.contact,
            grade=_grade_shown(sheet.grade, mask),
            revealed=not masks and sheet.channel is not None,
            contact_revealed=not hides and sheet.channel is not None,
        )


async def _read(opened: Opening, *, traces: bool) -> Read:
    connection, actor, ticket, talk = opened.connection, opened.actor, opened.ticket, opened.talk
    await looked_at(connection, ticket, actor.login)
    grade = await _grade(connection, ticket, actor)
    happened = [one for one in await _happened(connection, ticket) if one.kind != "graded" or grade is not None]
    if not talk:
        bare = None if grade is None else GradeSeen(grade, None)
        sheet = Sheet(ticket, None, None, (), (), (), happened, None, None, None, None, (), (), (), (), grade=bare)
        return Read(sheet, None)
    conversation, *linked = talk
    keys = await keys_for(connection, talk, reader=actor.login, traces=traces)
    key = keys[conversation.id]
    remembered = (await connection.execute(REMEMBERED, {"id": conversation.id})).one()
    situation = key.open(remembered.situation, "state") or {}
    others = {"conversations": [one.id for one in talk], "id": ticket.id, "me": actor.login}
    until = await seen_until(connection, ticket, actor)
    sheet = Sheet(
        ticket=ticket,
        channel=conversation.channel,
        locale=conversation.locale,
        linked=tuple(dict.fromkeys(one.channel for one in linked)),
        also_in=tuple(dict.fromkeys(one.channel for one in linked if one.id in ticket.also_in)),
        lines=await timeline(connection, talk, keys, limit=LINES, until=until),
        notes=await notes_of(connection, ticket, key),
        happened=happened,
        understood=await _understood(connection, keys),
        service=situation.get("service"),
        asks_for=situation.get("asks_for"),
        asks_field=situation.get("field"),
        waiting=tuple(situation.get("waiting") or ()),
        filled=(),
        files=[
            File(row.id, row.content_type, row.bytes, row.created_at, row.held)
            for row in await connection.execute(FILES, others)
        ],
        others=[
            one
            for one in (TicketRow(**row._mapping) for row in await connection.execute(OTHERS, others))
            if one.admits(actor, Permission.TICKET_READ)
        ],
        asked=await asked_in(connection, keys) if ticket.state in LIVE else NOTHING_ASKED,
        contact=await _contact(connection, ticket, key),
        asks=await asks_of(connection, ticket.id),
        grade=_read_grade(grade, key),
        came_from=remembered.came_from,
    )
    return Read(sheet, key.open(remembered.state, "state"))


async def kept_beside(connection: AsyncConnection, ticket_id: int) -> tuple[int, int]:
    """How many events and notes there are of a ticket: more than before, and a page that shows them is old."""
    events, notes = (await connection.execute(KEPT_BESIDE, {"id": ticket_id})).one()
    return int(events), int(notes)


async def _happened(connection: AsyncConnection, ticket: TicketRow) -> list[Happened]:
    """What happened to a ticket, the oldest first, with the reasons that stand in the audit as long as it keeps them.

    Each such event has its record: of one's acts of a kind the last belongs to the last record.
    """
    events = (await connection.execute(EVENTS, {"id": ticket.id})).all()
    left = await reasons_of(connection, ticket.reference, REASONED.values())
    happened = []
    for row in reversed(events):
        reasons = left.get((row.actor, REASONED.get(row.kind, "")), [])
        happened.append(Happened(row.at, row.kind, row.actor, row.detail, reasons.pop(0) if reasons else ""))
    return happened[::-1]


async def _contact(connection: AsyncConnection, ticket: TicketRow, key: DataKey) -> str | None:
    if ticket.contact_kind is None:
        return None
    kept = (await connection.execute(CONTACT, {"id": ticket.id})).scalar_one_or_none()
    if kept is None:  # taken back since the ticket was read
        return None
    return str(key.open(kept, "contact")["value"])


async def _grade(connection: AsyncConnection, ticket: TicketRow, actor: Actor) -> GradeRow | None:
    """The grade, where one was given; whom it is about sees it only with its mending in their hands."""
    found = await grade_of(connection, ticket.id)
    if found is None or found.grade is None or (found.clerk == actor.login and found.mending_id != ticket.id):
        return None
    return found


def _read_grade(row: GradeRow | None, key: DataKey) -> GradeSeen | None:
    if row is None:
        return None
    return GradeSeen(row, None if row.words is None else without_codes(str(key.open(row.words, "grade")["text"])))


def _grade_shown(grade: GradeSeen | None, mask: Callable[[str], str]) -> GradeSeen | None:
    return grade if grade is None or grade.words is None else replace(grade, words=mask(grade.words))


async def _understood(connection: AsyncConnection, keys: Mapping[UUID, DataKey]) -> Understood | None:
    row = (await connection.execute(UNDERSTOOD, {"conversations": list(keys)})).one_or_none()
    if row is None:
        return None
    intent = keys[row.conversation_id].open(row.understanding, "message").get("intent") or {}
    return Understood(row.received_at, str(intent.get("name", "")), float(intent.get("confidence", 0.0)))
