"""What staff tell each other about a ticket; residents never see it. Sealed with the conversation's key."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.contract.errors import Conflict
from desk.contract.messages import Text
from desk.contract.staff import Actor, Permission
from desk.sealing.opening import Purpose, key_of
from desk.sealing.vault import DataKey
from desk.staff.register import actors_of
from desk.tickets.grades.ledger import about_of
from desk.tickets.room import Act, Room, insist_conversation
from desk.tickets.rows import TicketRow

LONGEST = 4000  # characters
MENTION = re.compile(r"(?<![\w@])@([a-z][a-z0-9._-]{0,30}[a-z0-9])", re.IGNORECASE)
ADD = text("""
    INSERT INTO ticket_notes (ticket_id, author, body, mentions)
    VALUES (:id, :author, CAST(:body AS jsonb), :mentions)
""")
OF_TICKET = text("SELECT author, at, body, mentions FROM ticket_notes WHERE ticket_id = :id ORDER BY id")


class UnknownMention(Conflict):
    """A note names somebody who is not there, or who may not read the ticket."""


@dataclass(frozen=True, slots=True)
class Note:
    """A note, open."""

    author: str
    at: datetime
    text: str
    mentions: Sequence[str]


class Notes:
    """Notes on tickets."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def add(self, actor: Actor, ticket_id: int, said: str, *, anyway: bool = False) -> list[str]:
        """Add a note. Answers the logins of those who are mentioned in it (`@login`) and can read it.

        With `anyway` also where it names somebody who cannot: they are not told.

        Raises:
            NotFound: there is no such ticket.
            NotPermitted: the actor may not read it.
            UnknownMention: it names somebody who is not there, or may not read the ticket.
            Conflict: it is empty or too long, or the conversation was erased.
        """
        note = said.replace("\x00", "").strip()
        if not 0 < len(note) <= LONGEST:
            too_long = Text(key="console.error_ticket_note", args={"most": LONGEST})
            raise Conflict(f"A note has 1 to {LONGEST} characters.", said=too_long)
        async with self._room.act(actor, ticket_id, Permission.TICKET_READ) as act:
            conversation = insist_conversation(act)
            named = list(dict.fromkeys(MENTION.findall(note.lower())))
            mentions = await _readers(act, named) if named else []
            if not anyway:
                _insist_known([one for one in named if one not in mentions])
            key = await key_of(act.connection, conversation.id, Purpose.WRITE)
            body = json.dumps(key.seal({"text": note}, "note"))
            values = {"id": ticket_id, "author": actor.login, "body": body, "mentions": mentions}
            await act.connection.execute(ADD, values)
            act.done("noted", "ticket.note", mentions=mentions)
        return mentions


async def _readers(act: Act, logins: Sequence[str]) -> list[str]:
    """Who of some may read a ticket, by login; whom a grade is about that it mends may not."""
    about = await about_of(act.connection, act.ticket)
    return [
        one.login
        for one in await actors_of(act.connection, logins)
        if act.ticket.admits(one, Permission.TICKET_READ) and (one.login != about or act.ticket.claimed_by == about)
    ]


def _insist_known(unknown: Sequence[str]) -> None:
    if unknown:
        logins = ", ".join(f"@{one}" for one in unknown)
        raise UnknownMention(
            f"Nobody who can read this ticket has the login {logins}.",
            said=Text(key="console.error_ticket_note_unknown", args={"logins": logins}),
        )


async def notes_of(connection: AsyncConnection, ticket: TicketRow, key: DataKey) -> list[Note]:
    """The notes on a ticket, oldest first. `key` is the conversation's, opened for a person: that leaves a trace."""
    rows = await connection.execute(OF_TICKET, {"id": ticket.id})
    return [Note(row.author, row.at, key.open(row.body, "note")["text"], row.mentions) for row in rows]
