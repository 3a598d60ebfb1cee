"""Handing a conversation over to a person, and what is said until a clerk has it.

All of it happens under the conversation's row lock, in the transaction of the turn.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.city.files import Agency, City
from desk.contract.consent import Consent
from desk.contract.messages import Reply
from desk.contract.rendered import RenderedMessage
from desk.conversations.answers import Answer
from desk.conversations.outcomes import Outcome
from desk.conversations.rows import ConversationRow, Event, ticket_event
from desk.conversations.waiting import Waiting
from desk.texts.catalogs import Catalogs
from desk.tickets import asking, contact, history, notices, queue, transferring
from desk.tickets.ending.reopening import REOPENS, reopen_for_resident
from desk.tickets.grades import notices as grade_notices
from desk.tickets.grades.grading import AWAITED, Grading
from desk.tickets.hours import agency_of, answering_agency
from desk.tickets.rows import TicketRow
from desk.tickets.staffing import backstop

HOLDS = """
    EXISTS (SELECT FROM tickets AS holding
             WHERE holding.conversation_id = message.conversation_id
               AND (holding.state = 'claimed' OR (holding.state = 'open' AND holding.matter IS NULL)))
"""
"""Whether a ticket holds a conversation, beside `message`: one waits in it, or a clerk has it."""

ELSEWHERE = """
    EXISTS (SELECT FROM linked_conversations AS mine
            JOIN linked_conversations AS theirs ON theirs.person_id = mine.person_id
            JOIN tickets AS holding ON holding.conversation_id = theirs.conversation_id
            WHERE mine.conversation_id = message.conversation_id AND theirs.conversation_id <> mine.conversation_id
              AND mine.staff_may_read AND theirs.staff_may_read AND holding.state = 'claimed')
"""
"""Whether a clerk has a conversation that is linked with this one (`desk.tickets.talk`)."""

WAKE = text("""
    UPDATE tickets SET held_until = NULL, snoozed_until = NULL
    WHERE id = :id AND (held_until IS NOT NULL OR snoozed_until IS NOT NULL)
""")


BACK_MINUTES = int(queue.REJOINS.total_seconds() // 60)


class HandOver:
    """Opens tickets and speaks for those that wait (`desk.conversations.ports.HandOver`)."""

    columns: ClassVar[Mapping[str, str]] = {
        "has_ticket": HOLDS,
        "clerk_elsewhere": ELSEWHERE,
        "reopens_ticket": REOPENS,
        "grade_words": AWAITED,
    }
    payloads: ClassVar[frozenset[str]] = frozenset(
        {
            *(notices.WITHDRAW, notices.REOPEN, notices.ALLOW_TRANSFER, notices.REFUSE_TRANSFER),
            *(notices.ALLOW_BACKSTOP, notices.REFUSE_BACKSTOP, *contact.PAYLOADS),
            *(grade_notices.GRADE, grade_notices.SKIP),
            *notices.CONSENT,
        }
    )

    def __init__(
        self, catalogs: Catalogs, cities: dict[str, City], now: Callable[[], datetime], reach: contact.Reach
    ) -> None:
        self._catalogs = catalogs
        self._cities = cities
        self._now = now
        self._contacts = contact.Contacts(catalogs, cities, reach)
        self._grading = Grading(catalogs, cities)

    async def open(
        self,
        connection: AsyncConnection,
        conversation: ConversationRow,
        *,
        opened_by: str,
        reason: str,
        service: str | None,
    ) -> tuple[list[RenderedMessage], list[Event]]:
        """Open a ticket and say so; nothing if one is live already. Answers messages and events."""
        city = self._cities[conversation.city]
        agency = answering_agency(city, channel=conversation.channel, service=service)
        back = await queue.rejoin(connection, conversation, agency=agency.slug, service=service)
        if back is not None:
            return await self._rejoined(connection, conversation, back, agency)
        ticket, created = await queue.open_ticket(
            connection, conversation, agency=agency.slug, opened_by=opened_by, reason=reason, service=service
        )
        if not created:
            return [], []
        await history.keep_clocks(connection, self._cities, ticket.id, self._now())
        reply = notices.opened(
            city,
            agency=agency,
            reference=ticket.reference,
            place=await queue.place_of(connection, ticket),
            minutes=await queue.minutes_of(connection, ticket),
            now=self._now(),
        )
        return [self._said(reply, conversation)], [ticket_event(ticket.reference, "open")]

    async def _rejoined(
        self, connection: AsyncConnection, conversation: ConversationRow, ticket: TicketRow, agency: Agency
    ) -> tuple[list[RenderedMessage], list[Event]]:
        """Say to who has come back to the queue which place is theirs again."""
        now = self._now()
        await history.keep_clocks(connection, self._cities, ticket.id, now)
        reply = notices.reopened(
            "ticket.rejoined",
            self._cities[ticket.city],
            agency=agency,
            reference=ticket.reference,
            place=await queue.place_of(connection, ticket),
            minutes=await queue.minutes_of(connection, ticket),
            now=now,
        )
        return [self._said(reply, conversation)], [ticket_event(ticket.reference, "open")]

    async def answer(
        self, connection: AsyncConnection, conversation: ConversationRow, waiting: Waiting
    ) -> "Answer | InLine | None":
        """Answer while a ticket is live. InLine: it waits, and what is wished meanwhile is the bot's to answer.

        What is written while a clerk has a linked conversation, and nothing waits in this one, is the clerk's.
        None: there is no ticket.
        """
        graded = await self._grading.answer(connection, conversation, waiting, self._now())
        if graded is not None:
            return graded
        ticket = await self._ticket(connection, conversation, waiting)
        if ticket is None:
            return await self._reopened(connection, conversation, waiting)
        if waiting.kind == "media":
            await asking.document_came(connection, ticket)
        of_backstop = await self._of_backstop(connection, conversation, waiting, ticket)
        if of_backstop is not None:
            return of_backstop
        of_contact = await self._of_contact(connection, conversation, waiting, ticket)
        if of_contact is not None:
            return of_contact
        consent = await self._consented(connection, conversation, waiting, ticket)
        if consent is not None:
            return consent
        if ticket.state == "claimed":
            return await self._with_clerk(connection, conversation, waiting, ticket)
        if waiting.is_silent:
            return await self.notice(connection, conversation, waiting, ticket)
        pressed = waiting.payload == notices.WITHDRAW
        typed = waiting.text is not None and notices.goes_on(waiting.text)
        if (pressed or typed) and notices.WITHDRAW in waiting.offered:
            return await self.leave(connection, conversation, ticket)
        return InLine(self, ticket)

    async def _ticket(
        self, connection: AsyncConnection, conversation: ConversationRow, waiting: Waiting
    ) -> TicketRow | None:
        """The ticket that holds the conversation: its own, else that of a linked one which a clerk has."""
        if waiting.read["has_ticket"]:
            return await queue.live_ticket(connection, conversation.id)
        if waiting.read["clerk_elsewhere"]:
            return await queue.ticket_elsewhere(connection, conversation.id)
        return None

    async def _reopened(
        self, connection: AsyncConnection, conversation: ConversationRow, waiting: Waiting
    ) -> Answer | None:
        """Reopen a ticket that was closed, if the resident asks for it or was waited for. None: there is no ticket."""
        pressed = waiting.payload == notices.REOPEN and notices.REOPEN in waiting.offered
        if not pressed and not (waiting.read["reopens_ticket"] and waiting.text is not None):
            return None
        now = self._now()
        ticket = await reopen_for_resident(connection, self._cities, conversation.id, now, pressed=pressed)
        if ticket is None:
            return None
        reply = notices.reopened(
            "ticket.reopened_by_button" if pressed else "ticket.reopened",
            self._cities[ticket.city],
            agency=self._agency(conversation, ticket),
            reference=ticket.reference,
            place=await queue.place_of(connection, ticket),
            minutes=await queue.minutes_of(connection, ticket),
            now=now,
        )
        return Answer(
            Outcome.NOTICED,
            messages=[self._said(reply, conversation)],
            events=[ticket_event(ticket.reference, "open")],
            handed_over=True,
        )

    async def _of_contact(
        self, connection: AsyncConnection, conversation: ConversationRow, waiting: Waiting, ticket: TicketRow
    ) -> Answer | None:
        """Answer who leaves a contact, which is sealed with the ticket's conversation. None: nothing of it is said."""
        if ticket.conversation_id != conversation.id:
            return None
        ask = await asking.ask_with_number(connection, ticket) if ticket.state == "claimed" else None
        answer = await self._contacts.answer(connection, conversation, waiting, ticket, by_clerk=ask is not None)
        if answer is not None and ask is not None:
            await self._number_came(connection, waiting, ticket, ask)
        return answer

    async def _of_backstop(
        self, connection: AsyncConnection, conversation: ConversationRow, waiting: Waiting, ticket: TicketRow
    ) -> Answer | None:
        """Answer who says whether the backstop may read the conversation. None: nothing of it is said."""
        to = ticket.backstop_asked if waiting.payload in waiting.offered else None
        if to is None:
            return None
        author: Literal["bot", "notice"] = "notice" if ticket.state == "claimed" else "bot"
        if waiting.payload == notices.transfer_payload(notices.ALLOW_BACKSTOP, ticket.reference, to):
            await backstop.allow(connection, ticket, to)
            await history.happened(connection, ticket.id, "backstopped", actor=history.RESIDENT, detail={"to": to})
            reply = notices.backstopped(self._cities[ticket.city].agency(to), reference=ticket.reference)
            effects: tuple[Consent, ...] = (backstop.consent_of(ticket, to),)
        elif waiting.payload == notices.transfer_payload(notices.REFUSE_BACKSTOP, ticket.reference, to):
            await backstop.refuse(connection, ticket, to)
            await history.happened(connection, ticket.id, "backstop_refused", actor=history.RESIDENT)
            reply, effects = Reply(key="ticket.no_backstop", args={"reference": ticket.reference}), ()
        else:
            return None
        said = [self._said(reply, conversation)]
        return Answer(Outcome.NOTICED, messages=said, handed_over=True, author=author, effects=effects)

    async def _with_clerk(
        self, connection: AsyncConnection, conversation: ConversationRow, waiting: Waiting, ticket: TicketRow
    ) -> Answer:
        """Nothing is said while a clerk has the conversation, but to who answers whether another agency may have it."""
        to = ticket.transfer_to if waiting.payload in waiting.offered else None
        time = await transferring.times_asked(connection, ticket.id) if to else 0
        if to and waiting.payload == notices.transfer_payload(notices.ALLOW_TRANSFER, ticket.reference, to, time):
            given = await transferring.allow(connection, ticket)
            if given is not None:
                return await self._transferred(connection, conversation, given)
        if to and waiting.payload == notices.transfer_payload(notices.REFUSE_TRANSFER, ticket.reference, to, time):
            await transferring.refuse(connection, ticket)
            await history.happened(connection, ticket.id, "transfer_refused", actor=history.RESIDENT)
            await self._told_clerk(connection, waiting, ticket)
            reply = notices.not_transferred(self._agency(conversation, ticket), reference=ticket.reference)
            said = [self._said(reply, conversation)]
            return Answer(Outcome.NOTICED, messages=said, handed_over=True, author="notice")
        await self._told_clerk(connection, waiting, ticket)
        if waiting.payload == notices.WITHDRAW:  # of before the clerk came
            said = [self._said(notices.with_clerk(ticket.reference), conversation)]
            return Answer(Outcome.NOTICED, messages=said, handed_over=True, author="notice")
        if ticket.conversation_id != conversation.id and await queue.say_also_in(connection, ticket, conversation.id):
            reply = notices.also_here(self._agency(conversation, ticket), reference=ticket.reference)
            said = [self._said(reply, conversation)]
            return Answer(Outcome.WITH_CLERK, messages=said, handed_over=True, author="notice")
        return Answer(Outcome.WITH_CLERK, handed_over=True)

    async def _consented(
        self, connection: AsyncConnection, conversation: ConversationRow, waiting: Waiting, ticket: TicketRow
    ) -> Answer | None:
        """Note the answer to a question for consent, and say so: it counts, though a clerk speaks. None: it is none."""
        if waiting.payload is None or waiting.payload.partition("{")[0] not in notices.CONSENT:
            return None
        came = None
        if waiting.payload in waiting.offered:
            word, reference, ask = notices.consent_in(waiting.payload)
            if reference == ticket.reference:
                came = await asking.consent_came(connection, ticket, ask, given=word == notices.ALLOW_CONSENT)
        if came is None:
            reply = Reply(key="ticket.consent_expired")
        else:
            state, what, is_new = came
            asks_number = is_new and state == "given" and await asking.ask_with_number(connection, ticket) == ask
            reply = notices.consent_noted(state, what, is_new=is_new, asks_number=asks_number)
            if is_new and ticket.state == "claimed":
                await self._told_clerk(connection, waiting, ticket)
            if asks_number and ticket.conversation_id == conversation.id:
                kept = await self._contacts.keep_said(connection, conversation, waiting, ticket)
                if kept is not None:
                    return kept
        said = [self._said(reply, conversation)]
        return Answer(Outcome.NOTICED, messages=said, handed_over=True, author="notice")

    async def _number_came(self, connection: AsyncConnection, waiting: Waiting, ticket: TicketRow, ask: int) -> None:
        """Who writes the telephone that they were asked for agrees to what it was asked for."""
        now = await queue.live_ticket(connection, ticket.conversation_id) if ticket.conversation_id else None
        if now is not None and now.contact_kind == "phone":
            await asking.consent_came(connection, ticket, ask, given=True)
        await self._told_clerk(connection, waiting, ticket)

    async def _transferred(
        self, connection: AsyncConnection, conversation: ConversationRow, ticket: TicketRow
    ) -> Answer:
        now, city = self._now(), self._cities[ticket.city]
        await queue.remind_later(connection, ticket)
        await history.happened(connection, ticket.id, "transferred", actor=history.RESIDENT, at=now)
        await history.keep_clocks(connection, self._cities, ticket.id, now)
        reply = notices.transferred(
            city,
            city.agency(ticket.agency),
            reference=ticket.reference,
            place=await queue.place_of(connection, ticket),
            now=now,
        )
        is_here = ticket.conversation_id == conversation.id
        return Answer(
            Outcome.NOTICED,
            messages=[self._said(reply, conversation)],
            events=[ticket_event(ticket.reference, "open")] if is_here else [],
            handed_over=True,
        )

    async def _told_clerk(self, connection: AsyncConnection, waiting: Waiting, ticket: TicketRow) -> None:
        """The clerk was told something: an answer is waited for, and a hold or a snooze is over."""
        now = self._now()
        await connection.execute(WAKE, {"id": ticket.id})
        waited = timedelta(0) if ticket.held_until else timedelta(seconds=max(waiting.age, 0))
        await history.happened(connection, ticket.id, "said", actor=history.RESIDENT, at=now - waited)
        await history.keep_clocks(connection, self._cities, ticket.id, now)

    async def leave_no_contact(
        self, connection: AsyncConnection, conversation: ConversationRow, ticket: TicketRow
    ) -> Answer:
        """Keep nothing by which who waits could be called."""
        return await self._contacts.decline(connection, conversation, ticket)

    async def leave(self, connection: AsyncConnection, conversation: ConversationRow, ticket: TicketRow) -> Answer:
        """End a ticket that waits: the resident goes on with the bot."""
        await queue.withdraw(connection, ticket)
        await history.keep_clocks(connection, self._cities, ticket.id, self._now())
        return Answer(
            Outcome.WITHDRAWN,
            messages=[self._said(notices.withdrawn(ticket.reference, back_minutes=BACK_MINUTES), conversation)],
            events=[ticket_event(ticket.reference, "withdrawn")],
        )

    async def notice(
        self,
        connection: AsyncConnection,
        conversation: ConversationRow,
        waiting: Waiting,
        ticket: TicketRow,
        *,
        asks_place: bool = False,
        asks_call: bool = False,
    ) -> Answer:
        """Say where in the queue a ticket stands, or ask whether a telephone that was written is to be called."""
        await queue.count_notice(connection, ticket)
        offered = None if waiting.is_silent else self._contacts.offered(conversation, waiting, ticket)
        if offered is not None:
            return offered
        standing = await queue.standing_of(connection, ticket)
        reply = notices.received(
            self._cities[ticket.city],
            agency=self._agency(conversation, ticket),
            reference=ticket.reference,
            place=standing.place,
            overtaken=standing.overtaken,
            minutes=await queue.minutes_of(connection, ticket),
            notices=ticket.notices,
            now=self._now(),
            bot_speaks=not waiting.is_silent,
            has_contact=ticket.contact_kind is not None,
            asks_place=asks_place,
            asks_call=asks_call,
        )
        return Answer(Outcome.NOTICED, messages=[self._said(reply, conversation)], handed_over=True)

    async def instead_of_the_bot(self, connection: AsyncConnection, conversation: ConversationRow) -> Answer:
        """Answer a message while the voice is stopped: a notice and a ticket. What the bot remembers stays."""
        city = self._cities[conversation.city]
        agency = answering_agency(city, channel=conversation.channel, service=None)
        ticket, created = await queue.open_ticket(
            connection, conversation, agency=agency.slug, opened_by="system", reason="voice_stopped", service=None
        )
        if created:
            await history.keep_clocks(connection, self._cities, ticket.id, self._now())
        reply = notices.voice_stopped(
            city,
            agency=self._agency(conversation, ticket),
            reference=ticket.reference,
            place=await queue.place_of(connection, ticket),
            minutes=await queue.minutes_of(connection, ticket),
            now=self._now(),
        )
        return Answer(
            Outcome.VOICE_STOPPED,
            messages=[self._said(reply, conversation)],
            events=[ticket_event(ticket.reference, "open")],
            handed_over=True,
        )

    def _agency(self, conversation: ConversationRow, ticket: TicketRow) -> Agency:
        city = self._cities[ticket.city]
        return agency_of(city, ticket.agency, channel=conversation.channel, service=ticket.service)

    def _said(self, reply: Reply, conversation: ConversationRow) -> RenderedMessage:
        return self._catalogs.in_manner(conversation.manner).render(reply, conversation.locale)


@dataclass(frozen=True, slots=True)
class InLine:
    """A resident whose ticket waits."""

    hand_over: HandOver
    ticket: TicketRow

    async def notice(
        self,
        connection: AsyncConnection,
        conversation: ConversationRow,
        waiting: Waiting,
        *,
        asks_place: bool = False,
        asks_call: bool = False,
    ) -> Answer:
        """Say where in the queue the ticket stands."""
        return await self.hand_over.notice(
            connection, conversation, waiting, self.ticket, asks_place=asks_place, asks_call=asks_call
        )

    async def leave_no_contact(self, connection: AsyncConnection, conversation: ConversationRow) -> Answer:
        """Keep no contact; the ticket keeps its place."""
        return await self.hand_over.leave_no_contact(connection, conversation, self.ticket)

    async def leave(self, connection: AsyncConnection, conversation: ConversationRow) -> Answer:
        """End the ticket: the resident goes on with the bot."""
        return await self.hand_over.leave(connection, conversation, self.ticket)
