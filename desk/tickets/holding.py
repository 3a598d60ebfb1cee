"""Putting a ticket aside: on hold, which stops its resolution clock, or out of sight, which stops nothing."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.audit.trail import reason_of
from desk.city.files import City
from desk.contract.errors import Conflict
from desk.contract.messages import Text
from desk.contract.staff import Actor
from desk.staff.news import News
from desk.store.database import transaction
from desk.store.deferring import UPKEEP, defer
from desk.tickets.history import SYSTEM, happened, keep_clocks
from desk.tickets.office_time import OfficeTime
from desk.tickets.queue import COLUMNS
from desk.tickets.room import TOPIC, Act, Room, insist_owned, utc_now
from desk.tickets.rows import TicketRow
from desk.tickets.service import insist_no_mending

RESUME = "tickets.resume_held"
LONGEST_DAYS = 30

HOLD = text(f"UPDATE tickets SET held_until = :until WHERE id = :id RETURNING {COLUMNS}")
RESUME_NOW = text(f"""
    UPDATE tickets SET held_until = NULL, snoozed_until = NULL
    WHERE id = :id AND (held_until IS NOT NULL OR snoozed_until IS NOT NULL) RETURNING {COLUMNS}
""")
SNOOZE = text(f"UPDATE tickets SET snoozed_until = :until WHERE id = :id RETURNING {COLUMNS}")
# The fence: a job that runs twice, or whose hold was ended or made longer, changes nothing.
RESUME_DUE = text("""
    UPDATE tickets SET held_until = NULL
    WHERE id = :id AND state = 'claimed' AND held_until <= :now RETURNING id
""")


class Holding:
    """Holding and snoozing what one has claimed."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def hold(
        self, actor: Actor, ticket_id: int, until: datetime, *, reason: str, in_office: bool = False
    ) -> TicketRow:
        """Wait for somebody else, until a time at the longest; a message of the resident ends the hold.

        What is on hold is held until the new time. `in_office`: the hold ends while the ticket's agency is open: when
        it next opens after the time.

        Raises:
            NotFound: there is no such ticket.
            NotPermitted: the actor may not answer it.
            Conflict: this clerk has not claimed it, a bad grade is mended in it, the time is past or too far, no reason
                is given.
        """
        said = reason_of(reason)
        async with self._room.act(actor, ticket_id) as act:
            insist_owned(act, "held")
            insist_no_mending(act, "held")
            _insist_ahead(act, until)
            until = _when_open(act, until) if in_office else until
            await act.change(HOLD, until=until)
            # A lock of its own would hold up nothing; the fence is in the statement.
            await defer(act.connection, RESUME, lane=UPKEEP, after=until - act.now, ticket_id=ticket_id)
            act.done("held", "ticket.hold", reason=said, until=until.isoformat(timespec="seconds"))
        return act.ticket

    async def snooze(self, actor: Actor, ticket_id: int, until: datetime) -> TicketRow:
        """Not see a ticket until a time; its clocks run, and a message of the resident brings it back.

        Raises:
            NotFound: there is no such ticket.
            NotPermitted: the actor may not answer it.
            Conflict: this clerk has not claimed it, or the time is past or too far.
        """
        async with self._room.act(actor, ticket_id) as act:
            insist_owned(act, "snoozed")
            _insist_ahead(act, until)
            await act.change(SNOOZE, until=until)
            act.done("snoozed", "ticket.snooze", until=until.isoformat(timespec="seconds"))
        return act.ticket

    async def resume(self, actor: Actor, ticket_id: int) -> TicketRow:
        """Go on with a ticket that is on hold or out of sight.

        Raises:
            NotFound: there is no such ticket.
            NotPermitted: the actor may not answer it.
            Conflict: this clerk has not claimed it, or it is neither.
        """
        async with self._room.act(actor, ticket_id) as act:
            insist_owned(act, "resumed")
            if not await act.change(RESUME_NOW):
                raise Conflict(f"{act.ticket.reference} is not on hold.", said=_about("not_held", act))
            act.done("resumed", "ticket.resume")
        return act.ticket


async def resume_due(
    engine: AsyncEngine, news: News, cities: Mapping[str, City], ticket_id: int, now: datetime | None = None
) -> bool:
    """Bring back a ticket whose hold is over. Answers whether it was."""
    at = now or utc_now()
    async with transaction(engine) as connection:
        if (await connection.execute(RESUME_DUE, {"id": ticket_id, "now": at})).one_or_none() is None:
            return False
        await happened(connection, ticket_id, "resumed", actor=SYSTEM, at=at)
        await keep_clocks(connection, cities, ticket_id, at)
    await news.tell(TOPIC)
    return True


def _insist_ahead(act: Act, until: datetime) -> None:
    if not act.now < until <= act.now + timedelta(days=LONGEST_DAYS):
        raise Conflict(
            f"Choose a time within the next {LONGEST_DAYS} days.",
            said=Text(key="console.error_ticket_until", args={"days": LONGEST_DAYS}),
        )


def _when_open(act: Act, until: datetime) -> datetime:
    """The same time where the ticket's agency is open then, else when it next opens; if it never does, the same."""
    city = act.cities.get(act.ticket.city)
    opens = None if city is None else OfficeTime(city).open_from(act.ticket.agency, until)
    return opens or until


def _about(what: str, act: Act) -> Text:
    return Text(key=f"console.error_ticket_{what}", args={"reference": act.ticket.reference})
