"""Asking a resident, by one press, for a document or for a consent; what came of it stands beside the ticket.

What is asked holds while the agency that asked has the ticket and it has not ended: that is read, not written. A
consent is a question with two buttons that name the ticket and this one question; a yes is recorded (`desk.consents`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.city.asking import Asking, Wanted
from desk.consents.service import record_given
from desk.contract.errors import Conflict, NotFound
from desk.contract.messages import Text
from desk.contract.staff import Actor
from desk.contract.wire import Locale
from desk.sealing.opening import Purpose, key_of
from desk.tickets import history, notices
from desk.tickets.contact import Given, telephone_said
from desk.tickets.room import Room, insist_conversation, insist_owned
from desk.tickets.rows import TicketRow
from values.registry import value_types

ASK = text("""
    INSERT INTO ticket_asks (ticket_id, agency, service, what, name, said, asked_by)
    VALUES (:ticket_id, :agency, :service, :what, :name, :said, :by)
    ON CONFLICT (ticket_id, agency, what, name) WHERE state = 'asked' DO NOTHING RETURNING id, asked_at
""")
ASK_NUMBER = text("UPDATE tickets SET contact_asked_at = :at WHERE id = :id")
"""The telephone is asked for in one question with a consent: both bear the same time."""
WITH_NUMBER = text("""
    SELECT ask.id FROM ticket_asks AS ask JOIN tickets AS ticket ON ticket.id = ask.ticket_id
    WHERE ticket.id = :id AND ask.what = 'consent' AND ask.state IN ('asked', 'given')
      AND ask.asked_at = CAST(:asked_at AS timestamptz) AND ask.agency = ticket.agency
""")
OF_TICKET = text(
    "SELECT id, what, name, said, state, asked_at, answered_at FROM ticket_asks WHERE ticket_id = :id ORDER BY id"
)
HOLDS = "ticket.state IN ('open', 'claimed') AND ticket.agency = ask.agency"
RECEIVED = text(f"""
    UPDATE ticket_asks SET state = 'received', answered_at = clock_timestamp()
    WHERE id = (
        SELECT ask.id FROM ticket_asks AS ask JOIN tickets AS ticket ON ticket.id = ask.ticket_id
        WHERE ticket.id = :id AND ask.what = 'document' AND ask.state = 'asked' AND {HOLDS}
        ORDER BY ask.id LIMIT 1
    ) RETURNING name
""")
ANSWER = text(f"""
    UPDATE ticket_asks AS ask SET state = :state, answered_at = clock_timestamp() FROM tickets AS ticket
    WHERE ask.id = :ask AND ticket.id = ask.ticket_id AND ticket.id = :id AND ask.what = 'consent'
      AND ask.state = 'asked' AND {HOLDS}
    RETURNING ask.agency, ask.service, ask.name, ask.said
""")
ANSWERED = text("""
    SELECT state, said FROM ticket_asks
    WHERE id = :ask AND ticket_id = :id AND what = 'consent' AND state <> 'asked'
""")
PURPOSE = "asking.{}"
"""How the record of consents names what was agreed to."""
NO_SERVICE = "human_agent"


@dataclass(frozen=True, slots=True)
class Ask:
    """What a resident was asked for. `what` is document or consent; `state` asked, received, given or refused.

    `said` is what it was called to them.
    """

    id: int
    what: str
    name: str
    said: str
    state: str
    asked_at: datetime
    answered_at: datetime | None


async def asks_of(connection: AsyncConnection, ticket_id: int) -> list[Ask]:
    """All that was asked for in a ticket, in order."""
    return [Ask(**row._mapping) for row in await connection.execute(OF_TICKET, {"id": ticket_id})]


class Asks:
    """Asking. `asking` says what there is to ask for."""

    def __init__(self, room: Room, asking: Asking) -> None:
        self._room = room
        self._asking = asking

    def possible(self, ticket: TicketRow, what: str) -> Sequence[Wanted]:
        """What may be asked for in a ticket."""
        return [one for one in self._asking.all(what) if one.fits(ticket.service, ticket.agency)]

    async def document(self, actor: Actor, ticket_id: int, name: str) -> TicketRow:
        """Ask for a photo or a file of a kind of document.

        Raises:
            NotFound: there is no such ticket, or no such kind.
            NotPermitted: the actor may not answer it.
            Conflict: this clerk has not claimed it, it was asked for and has not come, or all was erased.
        """
        return await self._ask(actor, ticket_id, "document", name)

    async def consent(self, actor: Actor, ticket_id: int, name: str) -> TicketRow:
        """Ask for a consent to a purpose; nothing follows of it but that it is recorded.

        Raises:
            NotFound: there is no such ticket, or no such purpose where it is answered.
            NotPermitted: the actor may not answer it.
            Conflict: this clerk has not claimed it, it was asked for and not answered, or all was erased.
        """
        return await self._ask(actor, ticket_id, "consent", name)

    async def _ask(self, actor: Actor, ticket_id: int, what: str, name: str) -> TicketRow:
        async with self._room.act(actor, ticket_id) as act:
            insist_owned(act, "answered")
            conversation, ticket = insist_conversation(act), act.ticket
            wanted = next((one for one in self.possible(ticket, what) if one.slug == name), None)
            if wanted is None:
                raise NotFound(f"There is no {what} {name!r} to ask for in {ticket.reference}.")
            said = self._said(wanted, conversation.locale)
            values = {"ticket_id": ticket.id, "agency": ticket.agency, "service": ticket.service, "by": actor.login}
            row = await act.connection.execute(ASK, {**values, "what": what, "name": name, "said": said})
            found = row.one_or_none()
            if found is None:
                raise Conflict(
                    f"The resident was asked for it already and has not answered: {name}.",
                    said=Text(key="console.error_ticket_asked_for", args={"what": said}),
                )
            if what == "document":
                reply = notices.send_document(said)
            else:
                asks_number = lacks(wanted, ticket)
                if asks_number:
                    await act.connection.execute(ASK_NUMBER, {"id": ticket.id, "at": found.asked_at})
                known = await _said_before(act.connection, conversation.id) if asks_number else None
                reply = notices.may_we(
                    said,
                    agency=act.agency,
                    reference=ticket.reference,
                    ask=int(found.id),
                    asks_number=asks_number,
                    number=None if known is None else value_types()[known.kind].shown(known.value),
                )
            await act.speak(act.rendered(reply))
            act.done(f"{what}_asked", f"ticket.ask_{what}", what=name)
        return act.ticket

    def _said(self, wanted: Wanted, locale: Locale) -> str:
        return self._room.catalogs.name(wanted.names.model_dump(), locale)


async def _said_before(connection: AsyncConnection, conversation_id: UUID) -> Given | None:
    """The telephone that the resident wrote in the conversation, without leaving it to be called."""
    key = await key_of(connection, conversation_id, Purpose.QUESTION)
    return await telephone_said(connection, key, conversation_id)


def lacks(wanted: Wanted, ticket: TicketRow) -> bool:
    """Whether something cannot be done yet, though the resident agrees: nobody knows their telephone."""
    return wanted.needs is not None and ticket.contact_kind != wanted.needs


async def ask_with_number(connection: AsyncConnection, ticket: TicketRow) -> int | None:
    """The question in which a clerk asked for a telephone that is still waited for; None: there is none."""
    if ticket.contact_asked_at is None:
        return None
    values = {"id": ticket.id, "asked_at": ticket.contact_asked_at}
    found = (await connection.execute(WITH_NUMBER, values)).scalar_one_or_none()
    return None if found is None else int(found)


async def document_came(connection: AsyncConnection, ticket: TicketRow) -> None:
    """A file came: it counts as the document that was asked for first."""
    name = (await connection.execute(RECEIVED, {"id": ticket.id})).scalar_one_or_none()
    if name is not None:
        await history.happened(
            connection, ticket.id, "document_received", actor=history.RESIDENT, detail={"what": name}
        )


async def consent_came(
    connection: AsyncConnection, ticket: TicketRow, ask: int, *, given: bool
) -> tuple[str, str, bool] | None:
    """The resident answered a question for consent: a yes is recorded, once.

    Answers what was said (`given` or `refused`), to what, and whether it is new; None: nothing of this ticket is asked.
    """
    state, about = "given" if given else "refused", {"id": ticket.id, "ask": ask}
    row = (await connection.execute(ANSWER, {**about, "state": state})).one_or_none()
    if row is None:
        before = (await connection.execute(ANSWERED, about)).one_or_none()
        return None if before is None else (before.state, before.said, False)
    await history.happened(connection, ticket.id, f"consent_{state}", actor=history.RESIDENT, detail={"what": row.name})
    if given and ticket.conversation_id is not None:
        await record_given(
            connection,
            ticket.conversation_id,
            city=ticket.city,
            agency=row.agency,
            service=row.service or NO_SERVICE,
            thing=row.name,
            purpose=PURPOSE.format(row.name),
        )
    return state, row.said, True
