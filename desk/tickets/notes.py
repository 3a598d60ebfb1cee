"""What staff tell each other about a ticket; residents never see it. Sealed with the conversation's key."""

import json
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
from desk.staff.register import actors_of, who_may
from desk.tickets.grades.ledger import about_of
from desk.tickets.room import Act, Room, insist_conversation
from desk.tickets.rows import TicketRow
from desk.tickets.staffing.mentions import AT, Mentions, logins_in, mentions_in

LONGEST = 4000  # characters
ADD = text("""
    INSERT INTO ticket_notes (ticket_id, author, body, mentions)
    VALUES (:id, :author, CAST(:body AS jsonb), :mentions)
""")
OF_TICKET = text("SELECT author, at, body, mentions FROM ticket_notes WHERE ticket_id = :id ORDER BY id")


class UnknownMention(Conflict):
    """A note names somebody who is not there or may not read the ticket, or a name that several have."""


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
        """Add a note. Answers the logins of those who are mentioned in it (`@login`, `@name`) and can read it.

        With `anyway` also where it names somebody who cannot, or several: they are not told.

        Raises:
            NotFound: there is no such ticket.
            NotPermitted: the actor may not read it.
            UnknownMention: it names somebody who is not there or may not read the ticket, or several at once.
            Conflict: it is empty or too long, or the conversation was erased.
        """
        note = said.replace("\x00", "").strip()
        if not 0 < len(note) <= LONGEST:
            too_long = Text(key="console.error_ticket_note", args={"most": LONGEST})
            raise Conflict(f"A note has 1 to {LONGEST} characters.", said=too_long)
        async with self._room.act(actor, ticket_id, Permission.TICKET_READ) as act:
            conversation = insist_conversation(act)
            named = await _mentions(act, note)
            if not anyway:
                _insist_known(named)
            mentions = list(named.logins)
            key = await key_of(act.connection, conversation.id, Purpose.WRITE)
            body = json.dumps(key.seal({"text": note}, "note"))
            values = {"id": ticket_id, "author": actor.login, "body": body, "mentions": mentions}
            await act.connection.execute(ADD, values)
            act.done("noted", "ticket.note", mentions=mentions)
        return mentions


async def _mentions(act: Act, note: str) -> Mentions:
    """Whom a note mentions of those who may read the ticket; whom a grade is about that it mends may not."""
    if AT.search(note) is None:
        return Mentions((), (), ())
    about = await about_of(act.connection, act.ticket)

    def reads(one: Actor) -> bool:
        is_hidden = one.login == about and act.ticket.claimed_by != about
        return act.ticket.admits(one, Permission.TICKET_READ) and not is_hidden

    logins = {one.login for one in await actors_of(act.connection, logins_in(note)) if reads(one)}
    people = [one for one in await who_may(act.connection, Permission.TICKET_READ, act.ticket.city) if reads(one)]
    return mentions_in(note, logins, people)


def _insist_known(named: Mentions) -> None:
    if named.unknown:
        logins = ", ".join(f"@{one}" for one in named.unknown)
        raise UnknownMention(
            f"Nobody who can read this ticket is called {logins}.",
            said=Text(key="console.error_ticket_note_unknown", args={"logins": logins}),
        )
    if named.shared:
        names = ", ".join(named.shared)
        raise UnknownMention(
            f"Several who can read this ticket are called {names}: mention one by login.",
            said=Text(key="console.error_ticket_note_shared", args={"names": names}),
        )


async def notes_of(connection: AsyncConnection, ticket: TicketRow, key: DataKey) -> list[Note]:
    """The notes on a ticket, oldest first. `key` is the conversation's, opened for a person: that leaves a trace."""
    rows = await connection.execute(OF_TICKET, {"id": ticket.id})
    return [Note(row.author, row.at, key.open(row.body, "note")["text"], row.mentions) for row in rows]
