"""What clerks do with tickets: list, claim, read, reply, hand back, close.

A claim takes the conversation's row lock, so that no turn of the bot is in flight, and is one atomic update: of any
number of clerks one has it. While it is claimed only that clerk speaks.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from sqlalchemy import text

from desk.audit.trail import reason_of
from desk.contract.errors import Conflict, NotFound
from desk.contract.messages import Text
from desk.contract.rendered import RenderedMessage
from desk.contract.staff import Actor, Permission
from desk.texts.masking import masked
from desk.tickets import notices
from desk.tickets.canned import unfilled_in
from desk.tickets.ending.closing import REOPENS, CloseReason, Ending, ending, other_of, reopens_days, wanted_in
from desk.tickets.grades import ledger as grades
from desk.tickets.grades import notices as grade_notices
from desk.tickets.grades.ledger import HIDDEN
from desk.tickets.lists.waiting import waiting
from desk.tickets.opening import opening
from desk.tickets.queue import COLUMNS, NO_CONTACT, OF_MY_TEAMS, ORDER, PUT_BACK_BY_ME, SEEN, introduce_soon
from desk.tickets.room import Act, Room, find, insist_conversation, insist_owned, opened_by, refused
from desk.tickets.rows import Line, TicketRow
from desk.tickets.talk import keys_for, shown, timeline

LINES = 40  # of a talk, as a command shows it
LONGEST_REPLY = 4000

NEXT = text(f"""
    SELECT id FROM tickets
    WHERE state = 'open' AND (CAST(:city AS text) IS NULL OR city = :city) AND id <> ALL (:tried) AND {SEEN}
      AND NOT {HIDDEN}
    ORDER BY tickets.priority DESC, {PUT_BACK_BY_ME}, (tickets.team_id IS NULL OR {OF_MY_TEAMS}) DESC, {ORDER} LIMIT 1
""")
CLAIM = text(f"""
    UPDATE tickets SET state = 'claimed', claimed_by = :clerk, claimed_at = clock_timestamp(), given_at = NULL
    WHERE id = :id AND state = 'open' AND NOT EXISTS (
        SELECT FROM tickets AS other WHERE other.conversation_id = tickets.conversation_id
        AND other.state = 'claimed' AND other.claimed_by <> :clerk
    ) RETURNING {COLUMNS}
""")
END = text(f"""
    UPDATE tickets
    SET state = :state, ended_at = clock_timestamp(), close_reason = :close_reason, reopens_until = :reopens_until,
        held_until = NULL, snoozed_until = NULL, transfer_to = NULL,
        {NO_CONTACT}
    WHERE id = :id AND state = 'claimed' AND claimed_by = :clerk RETURNING {COLUMNS}
""")


@dataclass(frozen=True)
class Clerks(Room):
    """The clerks' side of tickets. `actor` is always the member of staff who acts; what they do is in the audit."""

    async def waiting(
        self, actor: Actor, *, city: str | None = None, states: tuple[str, ...] = ("open", "claimed")
    ) -> list[TicketRow]:
        """List the tickets of the actor's agencies: emergencies first, then the oldest."""
        return await waiting(self.engine, actor, city=city, states=states)

    async def find(self, actor: Actor, ticket_id: int) -> TicketRow:
        """Find a ticket.

        Raises:
            NotFound: there is no such ticket.
            NotPermitted: it is another agency's.
        """
        async with self.engine.connect() as connection:
            ticket = await find(connection, ticket_id)
            await grades.insist_not_about(connection, ticket, actor)
        ticket.insist(actor, Permission.TICKET_READ)
        return ticket

    async def claim(self, actor: Actor, ticket_id: int) -> TicketRow:
        """Claim an open ticket. The conversation's turn in flight, if any, ends first.

        Raises:
            NotFound: there is no such ticket.
            NotPermitted: the actor may not answer it.
            Conflict: somebody else has it, or it has ended.
        """
        async with self.act(actor, ticket_id) as act:
            if not await act.change(CLAIM, clerk=actor.login):
                raise refused(act.ticket, "claimed", by=actor)
            act.tell_state()
            await introduce_soon(act.connection, ticket_id)
            act.done("claimed", "ticket.claim")
        return act.ticket

    async def claim_next(self, actor: Actor, *, city: str | None = None) -> TicketRow | None:
        """Claim an emergency, else what is due first; None when none waits for the actor.

        What comes to teams that the actor does not belong to is taken last, and what they put back themselves after
        all others.
        """
        tried: list[int] = []
        places = actor.places(Permission.TICKET_ANSWER).values()
        while True:
            async with self.engine.connect() as connection:
                values = {"city": city, "tried": tried, "me": actor.login, **places}
                found = (await connection.execute(NEXT, values)).scalar_one_or_none()
            if found is None:
                return None
            try:
                return await self.claim(actor, found)
            except (Conflict, NotFound):  # another clerk was faster: the next one, then
                tried.append(found)

    async def reply(self, actor: Actor, ticket_id: int, message: str) -> TicketRow:
        """Write to the resident, in the clerk's own words.

        Raises:
            NotFound: there is no such ticket.
            NotPermitted: the actor may not answer it.
            Conflict: this clerk has not claimed it, or the text is empty, too long or not filled in.
        """
        said = insist_said(message, "reply")
        async with self.act(actor, ticket_id) as act:
            insist_owned(act, "answered")
            rendered = RenderedMessage(text=said, locale=insist_conversation(act).locale)
            await act.speak(rendered)
            act.done("answered", "ticket.reply")
        return act.ticket

    async def hand_back(self, actor: Actor, ticket_id: int) -> TicketRow:
        """Give the conversation back to the bot, which says so.

        Raises:
            NotFound: there is no such ticket.
            NotPermitted: the actor may not answer it.
            Conflict: this clerk has not claimed it, or a bad grade is mended in it.
        """
        async with self.act(actor, ticket_id) as act:
            insist_no_mending(act, "handed_back")
            await self.end_handed_back(act)
            act.tell_state()
            said = notices.handed_back(act.ticket.reference)
            act.say(grade_notices.asked_with(said, act.ticket.reference) if await _asks(act) else said, there=said)
            act.done("handed_back", "ticket.hand_back")
        return act.ticket

    async def close(
        self, actor: Actor, ticket_id: int, reason: str = CloseReason.SOLVED, *, told: str = "", why_not: str = ""
    ) -> TicketRow:
        """End a ticket, for a `CloseReason`. The resident is told, and may reopen what is solved.

        A ticket in which a bad grade is mended ends with the call-back: `told` is what the resident is told of it, and
        once it is solved they are asked for a grade again. An emergency in which nobody has answered is closed only by
        who says why not: `why_not`, for the audit.

        Raises:
            NotFound: there is no such ticket.
            NotPermitted: the actor may not answer it.
            Conflict: this clerk has not claimed it, there is no such reason, a call-back says nothing, or nobody has
                answered an emergency and it is not said why.
        """
        if reason not in set(CloseReason):
            raise Conflict(f"{reason!r} is no reason to close a ticket; there are: {', '.join(CloseReason)}.")
        async with self.act(actor, ticket_id) as act:
            before, said_why = act.ticket, why_not.strip()
            insist_owned(act, "ended")
            if before.needs_a_person and not said_why:
                raise unanswered(before)
            await self._end(act, "closed", CloseReason(reason))
            act.tell_state()
            if before.is_mending:
                await _end_mending(act, before, told, solved=reason == CloseReason.SOLVED)
            else:
                end = await _ending(act, CloseReason(reason))
                asks = reason in REOPENS and await _asks(act)
                said = grade_notices.asked_with(end.said, act.ticket.reference) if asks else end.said
                act.say(said, there=end.said_there)
            kept = reason_of(said_why) if before.needs_a_person else ""
            act.done("closed", "ticket.close", reason=kept, why=str(reason))
        return act.ticket

    async def transcript(self, actor: Actor, ticket: TicketRow) -> list[Line]:
        """The last lines of the talk with the ticket's resident, masked, oldest first; none where it was erased.

        That the clerk read them is kept.

        Raises:
            NotPermitted: the ticket is another agency's.
        """
        async with opening(self.engine, actor, ticket.id, Permission.TICKET_READ, "ticket.read") as opened:
            if not opened.talk:
                opened.nothing_new()
                return []
            keys = await keys_for(opened.connection, opened.talk, reader=actor.login, traces=True)
            until = await grades.seen_until(opened.connection, opened.ticket, actor)
            await opened_by(opened.connection, opened.ticket, actor.login)
            lines = await timeline(opened.connection, opened.talk, keys, limit=LINES, until=until)
        return shown(lines, partial(masked, published=self.published))

    async def end_handed_back(self, act: Act) -> None:
        """End a ticket because the bot goes on; what is said of it, the caller says.

        Raises:
            Conflict: this clerk has not claimed it, or nobody has answered an emergency.
        """
        insist_owned(act, "ended")
        insist_answered(act)
        await self._end(act, "handed_back", None)

    async def _end(self, act: Act, state: str, reason: CloseReason | None) -> None:
        days = reopens_days(act.ticket, act.agency, reason)
        until = act.now + timedelta(days=days) if days else None
        if not await act.change(END, clerk=act.actor.login, state=state, close_reason=reason, reopens_until=until):
            raise refused(act.ticket, "ended")


async def _ending(act: Act, reason: CloseReason) -> Ending:
    """How the ticket ends: not its agency's, where to go on; a duplicate, of which; unfinished, what is missing."""
    other = await other_of(act.connection, act.ticket) if reason == CloseReason.DUPLICATE else None
    wanted = None
    if reason in REOPENS and act.conversation is not None:
        wanted = await wanted_in(act.connection, act.conversation.id, act.catalogs.keys("zh_Hans"))
    return ending(act.ticket, act.agency, reason, wanted=wanted, other=other)


async def _asks(act: Act) -> bool:
    return await grades.ask(act.connection, act.ticket, act.cities.get(act.ticket.city), act.now)


async def _end_mending(act: Act, before: TicketRow, told: str, *, solved: bool) -> None:
    """Call the resident back, if they have not had everything erased, and keep whether there was still time."""
    await grades.end_mending(act.connection, before, act.now, solved=solved)
    if act.conversation is None:
        return
    said = insist_said(told, "call_back")
    await act.speak(RenderedMessage(text=said, locale=act.conversation.locale))
    await grades.call_back(act.connection, before, act.now)
    if solved:
        act.say(grade_notices.asked_again(before.reference), only_here=True)


def insist_said(message: str, what: str) -> str:
    """Insist that there is something to say to a resident: a `reply` or a `call_back`. Answers it without margins.

    Raises:
        Conflict: it is empty or too long, or a `{name}` of a canned answer is not filled in.
    """
    said = message.replace("\x00", "").strip()
    if not 0 < len(said) <= LONGEST_REPLY:
        said_of = Text(key=f"console.error_ticket_{what}", args={"most": LONGEST_REPLY})
        raise Conflict(f"A {what.replace('_', '-')} has 1 to {LONGEST_REPLY} characters.", said=said_of)
    if unfilled := unfilled_in(said):
        names = ", ".join(unfilled)
        told = Text(key="console.error_ticket_unfilled", args={"names": names})
        raise Conflict(f"Fill in {names} first: residents read what is sent as it is.", said=told)
    return said


def insist_answered(act: Act) -> None:
    """Insist that a ticket is of no emergency in which nobody has answered.

    Raises:
        Conflict: it is.
    """
    if act.ticket.needs_a_person:
        raise unanswered(act.ticket)


def unanswered(ticket: TicketRow) -> Conflict:
    """That an emergency does not end before somebody has answered, or has said why not."""
    return Conflict(
        f"Nobody has answered in the emergency {ticket.reference}: answer it, or close it and say why nobody does.",
        said=Text(key="console.error_ticket_unanswered", args={"reference": ticket.reference}),
    )


def insist_no_mending(act: Act, done: str) -> None:
    """Insist that no bad grade is mended in a ticket: that ends with a call-back, within its days.

    Raises:
        Conflict: one is.
    """
    if act.ticket.is_mending:
        raise Conflict(
            f"{act.ticket.reference} cannot be {done}: a bad grade is mended in it. Close it with a call-back.",
            said=Text(key="console.error_grade_mending", args={"reference": act.ticket.reference}),
        )
