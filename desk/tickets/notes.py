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
from desk.tickets.room import Room, insist_conversation
from desk.tickets.rows import TicketRow

LONGEST = 4000  # characters
MENTION = re.compile(r"(?<![\w@])@([a-z][a-z0-9._-]{0,30}[a-z0-9])")
ADD = text("""
    INSERT INTO ticket_notes (ticket_id, author, body, mentions)
    VALUES (:id, :author, CAST(:body AS jsonb), :mentions)
""")
KNOWN = text("SELECT login FROM staff WHERE login = ANY (:logins) AND disabled_at IS NULL ORDER BY login")
OF_TICKET = text("SELECT author, at, body, mentions FROM ticket_notes WHERE ticket_id = :id ORDER BY id")


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

    async def add(self, actor: Actor, ticket_id: int, said: str) -> list[str]:
        """Add a note. Answers the logins of those who are mentioned in it (`@login`) and can read it.

        Raises:
            NotFound: there is no such ticket.
            NotPermitted: the actor may not read it.
            Conflict: it is empty or too long, or the conversation was erased.
        """
        note = said.replace("\x00", "").strip()
        if not 0 < len(note) <= LONGEST:
            too_long = Text(key="console.error_ticket_note", args={"most": LONGEST})
            raise Conflict(f"A note has 1 to {LONGEST} characters.", said=too_long)
        async with self._room.act(actor, ticket_id, Permission.TICKET_READ) as act:
            conversation = insist_conversation(act)
            named = list(dict.fromkeys(MENTION.findall(note.lower())))
            mentions = list((await act.connection.execute(KNOWN, {"logins": named})).scalars()) if named else []
            key = await key_of(act.connection, conversation.id, Purpose.WRITE)
            body = json.dumps(key.seal({"text": note}, "note"))
            values = {"id": ticket_id, "author": actor.login, "body": body, "mentions": mentions}
            await act.connection.execute(ADD, values)
            act.done("noted", "ticket.note", mentions=mentions)
        return mentions


async def notes_of(connection: AsyncConnection, ticket: TicketRow, key: DataKey) -> list[Note]:
    """The notes on a ticket, oldest first. `key` is the conversation's, opened for a person: that leaves a trace."""
    rows = await connection.execute(OF_TICKET, {"id": ticket.id})
    return [Note(row.author, row.at, key.open(row.body, "note")["text"], row.mentions) for row in rows]
