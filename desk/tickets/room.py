"""How something is done with a ticket: under the conversation's row lock, as somebody who may, kept in the audit.

The conversation is locked first, then the ticket, then what counts events, then the end of the audit: the order of
every writer.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic import JsonValue
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.audit.trail import record
from desk.city.files import Agency, City
from desk.contract.errors import Conflict, NotFound
from desk.contract.messages import Reply, Text
from desk.contract.rendered import RenderedMessage
from desk.contract.staff import Actor, Permission
from desk.conversations import stream
from desk.conversations.live import Live
from desk.conversations.rows import WEB_CHAT, ConversationRow, Event, message_event, offers_after, ticket_event
from desk.linking.person import place_to_tell
from desk.staff.news import News
from desk.store.database import transaction
from desk.texts.catalogs import Catalogs
from desk.texts.masking import NONE
from desk.tickets import history
from desk.tickets.grades.ledger import insist_not_about
from desk.tickets.queue import ALSO_IN, COLUMNS, introduce_soon
from desk.tickets.reaching.wishes import ENDS_WITH_NEWS, Left, left_at, wish
from desk.tickets.rows import TicketRow
from desk.tickets.staffing.duty import busy
from desk.tickets.talk import lock_talk, sends

FIND = text(f"SELECT {COLUMNS} FROM tickets WHERE id = :id")
HOLD = text(f"SELECT {COLUMNS} FROM tickets WHERE id = :id FOR NO KEY UPDATE")
NOTHING = "nothing"
BUSY = frozenset({"claimed", "assigned", "taken_over", "closed", "handed_back", "merged"})
"""Acts after which a clerk is idle anew: they have got a ticket, or ended one."""
OPENED = text("UPDATE tickets SET given_at = NULL WHERE id = :id AND claimed_by = :login AND given_at IS NOT NULL")
NUMBER = text("""
    SELECT count(*) FROM staff WHERE created_at <= (SELECT created_at FROM staff WHERE login = :login)
""")
"""A clerk's number: rows of staff stay, so it does too."""
TOPIC = "tickets"
"""Of the hints to pages that show tickets (`desk.staff.news`)."""


def utc_now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Act:
    """Something that is being done with a ticket, in its transaction."""

    connection: AsyncConnection
    actor: Actor
    ticket: TicketRow
    conversation: ConversationRow | None
    catalogs: Catalogs
    cities: Mapping[str, City]
    now: datetime
    kind: str = ""
    name: str = ""
    reason: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    said: list[Event] = field(default_factory=list)
    offers: list[RenderedMessage] = field(default_factory=list)
    also_in: Sequence[ConversationRow] = ()
    said_there: list[Event] = field(default_factory=list)
    offers_there: list[RenderedMessage] = field(default_factory=list)
    left: Left | None = None

    @property
    def is_answer(self) -> bool:
        """Whether the resident is told something that they wait for: by the clerk, or by how it ends."""
        by_clerk = any(one.body.get("message", {}).get("author") == "clerk" for one in self.said)
        return by_clerk or (self.kind == "closed" and self.detail.get("why") in ENDS_WITH_NEWS)

    @property
    def agency(self) -> Agency | None:
        """The agency that has the ticket; None: it is not known any more."""
        city = self.cities.get(self.ticket.city)
        return None if city is None else next((one for one in city.agencies if one.slug == self.ticket.agency), None)

    @property
    def speaking_agency(self) -> Agency | None:
        """The agency that the actor speaks for: that of the ticket, or its backstop; None: it is not known any more."""
        ticket, city = self.ticket, self.cities.get(self.ticket.city)
        if ticket.backstop is None or self.actor.may(Permission.TICKET_ANSWER, ticket.city, ticket.agency):
            return self.agency
        return None if city is None else next((one for one in city.agencies if one.slug == ticket.backstop), None)

    async def change(self, statement: TextClause, **values: Any) -> bool:
        """Change the ticket's row by a statement that returns it. Answers whether there was something to change."""
        row = (await self.connection.execute(statement, {"id": self.ticket.id, **values})).one_or_none()
        if row is not None:
            self.ticket = TicketRow(**row._mapping)
        return row is not None

    def done(self, kind: str, name: str, *, reason: str = "", **detail: Any) -> None:
        """Say what was done: as an event of the ticket (`kind`) and in the audit (`name`)."""
        self.kind, self.name, self.reason, self.detail = kind, name, reason, detail

    def drop(self) -> None:
        """Do nothing after all: nothing is written."""
        self.name = NOTHING

    def tell(self, *events: Event) -> None:
        """Have events of the conversation's stream written at the end."""
        self.said += events

    def tell_state(self) -> None:
        """Tell the resident's page the ticket's state."""
        self.tell(ticket_event(self.ticket.reference, self.ticket.state))

    async def speak(self, message: RenderedMessage, *, only_here: bool = False) -> None:
        """Have the clerk say something, as whom residents see them. `only_here`: on no linked channel."""
        self._said(message, None if only_here else message, author="clerk", speaker=await speaker_of(self))

    def rendered(self, reply: Reply) -> RenderedMessage:
        """A reply in the language and manner of the conversation.

        Raises:
            Conflict: there is none any more.
        """
        conversation = insist_conversation(self)
        return self.catalogs.in_manner(conversation.manner).render(reply, conversation.locale)

    def say(self, reply: Reply, *, there: Reply | None = None, only_here: bool = False) -> None:
        """Have the account say something, where there is a conversation.

        `there` is what is said in linked ones instead, without buttons in any case: what they are of is settled here.
        """
        if self.conversation is not None:
            message = self.rendered(reply)
            plain = (message if there is None else self.rendered(there)).model_copy(update={"buttons": []})
            self._said(message, None if only_here else plain, author="bot")

    def _said(
        self, message: RenderedMessage, there: RenderedMessage | None, *, author: str, speaker: str | None = None
    ) -> None:
        event = message_event(message, author=author, speaker=speaker)
        self.said.append(event)
        self.offers.append(message)
        if there is not None:  # of the same id: where both are read, it was said once
            shown = {**event.body["message"], **there.model_dump(mode="json")}
            self.said_there.append(Event(event.type, {"message": shown}))
            self.offers_there.append(there)


@dataclass(frozen=True)
class Room:
    """What acts on tickets stand on. `news` tells pages that are open, where there are any.

    `published` are the telephones that masked texts show; who reads no texts gives none.
    """

    engine: AsyncEngine
    live: Live
    catalogs: Catalogs
    cities: Mapping[str, City]
    now: Callable[[], datetime] = utc_now
    news: News | None = None
    published: frozenset[str] = NONE

    @asynccontextmanager
    async def act(
        self, actor: Actor, ticket_id: int, permission: Permission = Permission.TICKET_ANSWER
    ) -> AsyncIterator[Act]:
        """Do something with a ticket: the block has it locked and says with `Act.done` what was done.

        Raises:
            NotFound: there is no such ticket, or it mends a grade of the actor's.
            NotPermitted: the permission is not held for its agency.
        """
        async with transaction(self.engine) as connection:
            found = await find(connection, ticket_id)
            found.insist(actor, permission)
            conversation, linked = None, list[ConversationRow]()
            if found.conversation_id is not None:
                conversation, linked = await lock_talk(connection, found.conversation_id)
            ticket = await find(connection, ticket_id, HOLD)
            ticket.insist(actor, permission)
            await insist_not_about(connection, ticket, actor)
            act = Act(connection, actor, ticket, conversation, self.catalogs, self.cities, self.now())
            act.also_in = [one for one in linked if one.id in ticket.also_in]
            act.left = await left_at(connection, ticket)  # gone where the ticket ends
            yield act
            if act.name == NOTHING:
                return
            await self._reach(act, linked)
            await self._write(act)
        if conversation is not None and act.said:
            await self.live.publish(conversation.id, *(one.id for one in act.also_in if act.said_there))
        if self.news is not None:
            await self.news.tell(TOPIC)

    async def _reach(self, act: Act, linked: Sequence[ConversationRow]) -> None:
        """Say it on a linked channel, too, if the resident has left the page that shows it."""
        here = act.conversation
        if here is None or not act.said_there or act.also_in or not linked:
            return
        place = await place_to_tell(act.connection, here.id)
        there = next((one for one in linked if one.id == place), None)
        if there is None or await sends(act.connection, here.id) or not await sends(act.connection, there.id):
            return
        if not await self.live.is_watched(here.id):
            act.also_in = [there]
            await act.change(ALSO_IN, conversation_id=there.id)

    async def _write(self, act: Act) -> None:
        assert act.name, "an act says what it is"
        connection, ticket = act.connection, act.ticket
        await opened_by(connection, ticket, act.actor.login)
        if act.kind in BUSY:
            await busy(connection, act.detail["to"] if act.kind == "assigned" else act.actor.login, act.now)
        await history.happened(connection, ticket.id, act.kind, actor=act.actor.login, at=act.now, detail=act.detail)
        await history.keep_clocks(connection, self.cities, ticket.id, act.now)
        act.ticket = await find(connection, ticket.id)
        await self._tell_who_left(act)
        if act.conversation is not None:
            await self._append(connection, act.conversation, act.said, act.offers)
        for one in act.also_in:
            await self._append(connection, one, act.said_there, act.offers_there)
        await record(
            connection,
            act.actor,
            act.name,
            subject=ticket.reference,
            of=ticket,
            reason=act.reason,
            details=act.detail,
        )

    async def _tell_who_left(self, act: Act) -> None:
        """Have the resident told by text or mail that there is an answer, where nothing else reaches them."""
        here = act.conversation
        if here is None or act.left is None or not act.is_answer or act.also_in:
            return
        if not await sends(act.connection, here.id) and not await self.live.is_watched(here.id):
            await wish(act.connection, act.ticket, act.left)

    async def _append(
        self,
        connection: AsyncConnection,
        conversation: ConversationRow,
        said: Sequence[Event],
        offers: Sequence[RenderedMessage],
    ) -> None:
        if offers:
            offered = await stream.offered_in(connection, conversation.id)
            await stream.offer(connection, conversation.id, offers_after(offered, offers))
        if said:
            away = conversation.channel == WEB_CHAT or not await self.live.is_watched(conversation.id)
            await stream.append(connection, conversation.id, said, news=bool(offers) and away)


async def speaker_of(act: Act) -> str | None:
    """As whom residents see the clerk: the agency, with a name or a number where it wants that."""
    agency, conversation = act.speaking_agency, act.conversation
    if agency is None or conversation is None:
        return None
    args: dict[str, JsonValue] = {"agency": {"name": agency.names.model_dump(exclude_none=True)}}
    if agency.answering.speaker == "name" and act.actor.name:
        args["name"] = act.actor.name
    elif agency.answering.speaker == "number":
        args["number"] = (await act.connection.execute(NUMBER, {"login": act.actor.login})).scalar_one()
    key = "ticket.speaker_name" if "name" in args else "ticket.speaker_number" if "number" in args else "ticket.speaker"
    return act.catalogs.text(Text(key=key, args=args), conversation.locale)


async def opened_by(connection: AsyncConnection, ticket: TicketRow, login: str) -> None:
    """Note that a ticket which was given in turn is looked at: if it is by who has it, it does not go back.

    The resident is told who has it.
    """
    if ticket.given_at is not None and ticket.claimed_by == login:
        opened = await connection.execute(OPENED, {"id": ticket.id, "login": login})
        if opened.rowcount:
            await introduce_soon(connection, ticket.id)


async def find(connection: AsyncConnection, ticket_id: int, statement: TextClause = FIND) -> TicketRow:
    """Find a ticket.

    Raises:
        NotFound: there is no such ticket.
    """
    row = (await connection.execute(statement, {"id": ticket_id})).one_or_none()
    if row is None:
        raise NotFound("There is no such ticket. `desk ticket list` shows those that are open.")
    return TicketRow(**row._mapping)


def insist_owned(act: Act, done: str) -> None:
    """Insist that the actor has claimed the ticket.

    Raises:
        Conflict: they have not.
    """
    if act.ticket.state != "claimed" or act.ticket.claimed_by != act.actor.login:
        raise refused(act.ticket, done)


def insist_conversation(act: Act) -> ConversationRow:
    """Insist that the resident has not had everything erased.

    Raises:
        Conflict: they have.
    """
    if act.conversation is None:
        reference = act.ticket.reference
        raise Conflict(
            f"{reference} has no conversation any more: the resident had it erased.",
            said=Text(key="console.error_ticket_erased", args={"reference": reference}),
        )
    return act.conversation


def refused(ticket: TicketRow, done: str, *, by: Actor | None = None) -> Conflict:
    """That something cannot be done with a ticket, and why: it is another's, nobody's, ended, or theirs (`by`)."""
    reference = ticket.reference
    if ticket.state == "claimed" and by is not None and ticket.claimed_by == by.login:
        said = f"{reference} is yours already."
        return Conflict(said, said=Text(key="console.error_ticket_yours", args={"reference": reference}))
    if ticket.state == "open" and done == "claimed":
        said = f"{reference} cannot be claimed: another clerk speaks in its conversation just now."
        return Conflict(said, said=Text(key="console.error_ticket_another_speaks", args={"reference": reference}))
    if ticket.state == "open":
        said = f"{reference} cannot be {done}: nobody has claimed it. Claim it with: desk ticket claim {reference}"
        return Conflict(said, said=Text(key="console.error_ticket_unclaimed", args={"reference": reference}))
    if ticket.state == "claimed":
        clerk = ticket.claimed_by or ""
        args: dict[str, JsonValue] = {"reference": reference, "clerk": clerk}
        said = f"{reference} cannot be {done}: it is claimed by {clerk}."
        return Conflict(said, said=Text(key="console.error_ticket_claimed", args=args))
    said = f"{reference} cannot be {done}: it is {ticket.state.replace('_', ' ')}."
    return Conflict(said, said=Text(key="console.error_ticket_ended", args={"reference": reference}))
