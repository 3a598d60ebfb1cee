"""Showing residents what is kept of them and erasing it, when they ask a clerk: by whom they are proved to be.

Who writes in a conversation has proved that it is theirs by holding it: they get a link there, which shows and erases.
Who stands at a counter proves it by a document: a clerk looks at it, and another member of staff allows what is asked.
No clerk sees more of it than before: a copy is given out by a link, opened by the resident.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.audit.trail import reason_of, record
from desk.contract.errors import Conflict
from desk.contract.messages import Reply, Text
from desk.contract.staff import Actor, Permission
from desk.conversations import stream
from desk.conversations.erasure import erase_in
from desk.conversations.ports import TurnPart
from desk.conversations.rows import message_event
from desk.rights import links
from desk.staff.requests import After, Kind, Requests, Wish
from desk.staff.rows import RequestRow
from desk.store.database import transaction
from desk.store.terms import Retentions
from desk.texts.masking import masked
from desk.tickets.grades.ledger import HIDDEN
from desk.tickets.reference import ticket_id_of
from desk.tickets.room import Room, find, insist_conversation, insist_owned
from desk.tickets.rows import TicketRow

KEPT = text(f"""
    SELECT
      (SELECT count(*) FROM inbound_messages
        WHERE conversation_id = :id AND (outcome IS NULL OR outcome NOT IN ('erased', 'graded'))) AS received,
      (SELECT count(*) FROM outbound_messages AS message WHERE conversation_id = :id AND type = 'message'
        AND NOT EXISTS (SELECT FROM inbound_messages AS grade
                        WHERE grade.id = message.in_reply_to AND grade.outcome = 'graded')) AS said,
      (SELECT count(*) FROM media_files WHERE conversation_id = :id) AS files,
      (SELECT count(*) FROM tickets WHERE conversation_id = :id AND NOT {HIDDEN}) AS tickets,
      (SELECT count(*) FROM cases WHERE conversation_id = :id) AS cases,
      (SELECT count(*) FROM remembered_values WHERE conversation_id = :id) AS remembered,
      (SELECT count(*) FROM consents WHERE conversation_id = :id) AS consents,
      (SELECT count(*) FROM orders WHERE conversation_id = :id) AS orders
""")
HOLDS_A_PERSON = text("""
    SELECT EXISTS (SELECT FROM orders WHERE conversation_id = :id)
        OR EXISTS (SELECT FROM cases WHERE conversation_id = :id)
        OR EXISTS (SELECT FROM remembered_values WHERE conversation_id = :id)
        OR EXISTS (SELECT FROM certificates WHERE conversation_id = :id)
        OR EXISTS (SELECT FROM proofs WHERE conversation_id = :id)
""")
"""Whether anything of a conversation is of a person who can be named: a document is compared with it."""
TAKE = text("""
    UPDATE staff_requests SET what = what || '{"given": true}'
    WHERE id = :id AND kind = :kind AND state = 'done' AND requested_by = :by AND NOT what ? 'given'
      AND decided_at > clock_timestamp() - :good
    RETURNING subject
""")


class Demand(StrEnum):
    """What a resident asks for at a counter."""

    COPY = "copy"
    ERASE = "erase"


class Document(StrEnum):
    """By what a resident showed who they are."""

    ID_CARD = "id_card"
    PASSPORT = "passport"
    RESIDENCE_PERMIT = "residence_permit"
    TRAVEL_PERMIT = "travel_permit"
    OTHER = "other"


KINDS = {Demand.COPY: Kind.DATA_COPY, Demand.ERASE: Kind.DATA_ERASE}


@dataclass(frozen=True, slots=True)
class Kept:
    """How much is kept of a conversation, by kind: numbers, no content."""

    received: int
    said: int
    files: int
    tickets: int
    cases: int
    remembered: int
    consents: int
    orders: int


@dataclass(frozen=True)
class Rights:
    """What clerks do where residents ask for their rights.

    Attributes:
        public_url: where residents reach the desk, without a trailing slash.
        parts: give out and erase what rooms keep.
    """

    room: Room
    public_url: str
    parts: Sequence[TurnPart]
    retentions: Retentions

    async def kept(self, actor: Actor, ticket: TicketRow) -> Kept | None:
        """How much is kept of a ticket's conversation; None: it was erased.

        Raises:
            NotPermitted: the ticket is another agency's.
        """
        actor.require(Permission.TICKET_READ, ticket.city, ticket.agency)
        if ticket.conversation_id is None:
            return None
        async with self.room.engine.connect() as connection:
            return Kept(
                **(await connection.execute(KEPT, {"id": ticket.conversation_id, "me": actor.login})).one()._mapping
            )

    async def send_link(self, actor: Actor, ticket_id: int) -> TicketRow:
        """Send the resident, in the conversation, the way to see what is kept of it and to erase it.

        Raises:
            NotFound: there is no such ticket.
            NotPermitted: the actor may not answer it.
            Conflict: this clerk has not claimed it, or the resident has had everything erased.
        """
        async with self.room.act(actor, ticket_id) as act:
            insist_owned(act, "answered")
            conversation = insist_conversation(act)
            path = await links.make(act.connection, conversation.id, made_by=actor.login, erases=True)
            reply = Reply(key="rights.link", args={"address": self.public_url + path, "hours": _HOURS})
            await act.speak(act.rendered(reply), only_here=True)
            act.done("answered", "rights.link")
        return act.ticket

    async def ask(
        self, actor: Actor, ticket_id: int, demand: str, document: str, *, reason: str, requests: Requests
    ) -> RequestRow:
        """Ask for what a resident demands at a counter, who has shown a document. The conversation is told of it.

        Raises:
            NotFound: there is no such ticket.
            NotPermitted: the actor may not ask for it.
            Conflict: there is no such demand or document, it is asked for already, no reason is given, or the
                conversation was erased.
        """
        said = reason_of(reason)
        if demand not in set(Demand) or document not in set(Document):
            raise Conflict(
                f"Demand is one of {', '.join(Demand)}, document one of {', '.join(Document)}.",
                said=Text(key="console.error_rights_choose"),
            )
        if masked(said, self.room.published) != said:
            raise Conflict("Write no number of a person here.", said=Text(key="console.error_rights_number"))
        async with transaction(self.room.engine) as connection:
            ticket = await find(connection, ticket_id)
            actor.require(Permission.PERSONAL_ASK, ticket.city, ticket.agency)
            held = await connection.execute(HOLDS_A_PERSON, {"id": ticket.conversation_id})
            if ticket.conversation_id is not None and not held.scalar_one():
                raise Conflict(
                    f"{ticket.reference} holds nothing that a document can be compared with: send the link there.",
                    said=Text(key="console.error_rights_nothing"),
                )
            conversation = await stream.lock(connection, _conversation_of(ticket))
            told = self._asked(ticket, Demand(demand))
            message = self.room.catalogs.in_manner(conversation.manner).render(told, conversation.locale)
            await stream.append(connection, conversation.id, [message_event(message, author="bot")])
            what = {"document": document}
            wish = Wish(KINDS[Demand(demand)], ticket.reference, what, said, ticket.city, ticket.agency)
            asked, _ = await requests.ask_in(connection, actor, wish)
        await self.room.live.publish(conversation.id)
        return asked

    def _asked(self, ticket: TicketRow, demand: Demand) -> Reply:
        args = self._office(ticket)
        if args is None:
            raise Conflict(f"{ticket.reference} is of an agency that there is no more.")
        return Reply(key=f"rights.asked_{demand}", args=args)

    async def take_link(self, actor: Actor, request_id: int) -> str:
        """Give out the link of a copy that was asked for and allowed: once, to who asked, for the resident at hand.

        Raises:
            NotPermitted: the actor may no longer do this.
            Conflict: it is not the actor's, is not allowed (any more), was given out, or there is nothing left.
        """
        async with transaction(self.room.engine) as connection:
            values = {"id": request_id, "kind": Kind.DATA_COPY, "by": actor.login, "good": links.GOOD}
            subject = (await connection.execute(TAKE, values)).scalar_one_or_none()
            if subject is None:
                raise Conflict(
                    f"Request {request_id} is no copy that was allowed to you within a day and not given out yet.",
                    said=Text(key="console.error_rights_given"),
                )
            ticket = await find(connection, ticket_id_of(subject))
            actor.require(Permission.PERSONAL_ASK, ticket.city, ticket.agency)
            path = await links.make(connection, _conversation_of(ticket), made_by=actor.login, erases=False)
            await record(
                connection,
                actor,
                "rights.give",
                subject=ticket.reference,
                of=ticket,
                details={"request": request_id},
            )
        return self.public_url + path

    async def copied(self, connection: AsyncConnection, asked: RequestRow, actor: Actor) -> After | None:  # noqa: ARG002
        """Nothing yet (`desk.staff.requests.Handler`): who asked takes the link; whoever allowed it never sees it."""
        _conversation_of(await find(connection, ticket_id_of(asked.subject)))
        return None

    async def erased(self, connection: AsyncConnection, asked: RequestRow, actor: Actor) -> After:  # noqa: ARG002
        """Erase what was asked for and allowed (`desk.staff.requests.Handler`). The conversation is told of it."""
        ticket = await find(connection, ticket_id_of(asked.subject))
        conversation = await stream.lock(connection, _conversation_of(ticket))
        stays = self.retentions.of(conversation.city).stays
        reply = Reply(key="rights.erased", args=stays.args)
        catalogs = self.room.catalogs.in_manner(conversation.manner)
        await erase_in(connection, conversation.id, catalogs.render(reply, conversation.locale), self.parts)
        return partial(self.room.live.publish, conversation.id)

    async def declined(self, connection: AsyncConnection, asked: RequestRow, actor: Actor) -> After | None:  # noqa: ARG002
        """Tell the conversation that what it was told of the asking of is not done. Nothing else changes."""
        ticket = await find(connection, ticket_id_of(asked.subject))
        if ticket.conversation_id is None:
            return None
        conversation = await stream.lock(connection, ticket.conversation_id)
        demand = next(demand for demand, kind in KINDS.items() if kind == asked.kind)
        args = self._office(ticket)
        if args is None:
            return None
        reply = Reply(key=f"rights.declined_{demand}", args=args)
        message = self.room.catalogs.in_manner(conversation.manner).render(reply, conversation.locale)
        await stream.append(connection, conversation.id, [message_event(message, author="bot")])
        return partial(self.room.live.publish, conversation.id)

    def _office(self, ticket: TicketRow) -> dict[str, JsonValue] | None:
        """The agency of a ticket with its telephone; None: there is none any more."""
        city = self.room.cities.get(ticket.city)
        agency = None if city is None else next((one for one in city.agencies if one.slug == ticket.agency), None)
        if agency is None:
            return None
        return {"agency": {"name": agency.names.model_dump(exclude_none=True)}, "phone": agency.phone}


def _conversation_of(ticket: TicketRow) -> UUID:
    if ticket.conversation_id is None:
        reference = ticket.reference
        raise Conflict(
            f"{reference} has no conversation any more: it was erased.",
            said=Text(key="console.error_ticket_erased", args={"reference": reference}),
        )
    return ticket.conversation_id


_HOURS = links.GOOD.days * 24 + links.GOOD.seconds // 3600
