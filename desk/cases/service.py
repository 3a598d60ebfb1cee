"""What jobs do with cases: remind of appointments, ask agencies, say news.

What is said is written in the transaction that marks it as said, under the conversation's lock: each is said once,
whatever is killed and whoever else is at it.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import structlog
from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.cases import notices, times
from desk.cases.register import UNSURE, Register, matter_of, unsure_matter_of
from desk.cases.rows import CaseRow, changes
from desk.city.files import City
from desk.contract.agency_commands import StatusAnswer
from desk.contract.errors import BackendError, DeskError, NotFound
from desk.contract.messages import CaseNote, Reply
from desk.conversations import stream
from desk.conversations.live import Live
from desk.conversations.rows import About, ConversationRow, message_event, offers_after
from desk.store.database import transaction
from desk.store.deferring import REPLIES, defer
from desk.store.keys import Keys
from desk.texts.catalogs import Catalogs
from desk.tickets.queue import open_matter

REMIND, HEAR = "cases.remind", "cases.hear"
MOST_REMINDED = 2000  # in one run
MOST_LOOKED_AT = 200
MOST_LATE = 500
LATE, AWAY = "report_late", "agency_away"  # reasons of tickets
AT_ONCE = 8
LOOK_SECONDS = 40.0
"""So long a run asks; what is left is asked about the next time that it is due."""

SAID = Counter("desk_cases_said_total", "Reminders of appointments and news of cases that were said", ["what"])
LOOKS = Counter("desk_cases_looks_total", "Times that an agency was asked about a case, by what it said", ["outcome"])
log = structlog.get_logger(__name__)


class Agencies(Protocol):
    """Who knows how a case stands: `desk.cases.agencies.ActionsStatus`."""

    async def status(self, case: CaseNote) -> StatusAnswer | None:
        """Ask how a case stands; None: it cannot be followed. Raises `BackendError`."""


@dataclass(frozen=True)
class Cases:
    """Jobs' side of the room. `now` is the clock."""

    engine: AsyncEngine
    register: Register
    agencies: Agencies
    live: Live
    catalogs: Catalogs
    cities: Mapping[str, City]
    keys: Keys
    now: Callable[[], datetime]

    async def find_due(self) -> int:
        """Queue a job for each appointment of which to remind. One job more does no harm. Answers how many."""
        async with transaction(self.engine) as connection:
            due = await self.register.to_remind(connection, now=self.now(), limit=MOST_REMINDED)
            for case_id in due:
                await defer(connection, REMIND, lane=REPLIES, case=case_id)
        return len(due)

    async def remind(self, case_id: int) -> bool:
        """Remind of an appointment, unless that was done, or it was moved or called off. Answers whether it did."""
        async with transaction(self.engine) as connection:
            conversation = await self._conversation(connection, case_id)
            if conversation is None:
                return False
            case = await self.register.mark_reminded(connection, case_id, now=self.now())
            if case is None:
                return False
            city = self.cities[case.city]
            said = notices.reminder(case.note(self.keys, city), city)
            await self._say(connection, conversation, said, about="reminder")
        await self._said(conversation, "reminder")
        return True

    async def find_late(self) -> int:
        """Have clerks see to reports of which nothing was heard for long, and say so. Answers how many there were."""
        async with self.engine.connect() as connection:
            silent = await self.register.silent(connection, now=self.now(), limit=MOST_LATE)
        return sum([await self._see_to_late(case_id) for case_id in silent])

    async def _see_to_unconfirmed(self, case_id: int) -> bool:
        """Open the one ticket of a case that is not confirmed, beside its conversation, and say so."""
        async with transaction(self.engine) as connection:
            conversation = await self._conversation(connection, case_id)
            known = await self.register.lock(connection, case_id)
            if conversation is None or known is None or known.city not in self.cities:
                return False
            case = await self.register.mark_unconfirmed(connection, known, now=self.now())
            if case is None:
                return False
            ticket = await open_matter(
                connection,
                conversation.id,
                city=case.city,
                agency=case.agency,
                reason=AWAY,
                service=case.service,
                matter=unsure_matter_of(case.id),
            )
            if ticket is None:
                return False
            city = self.cities[case.city]
            said = notices.unconfirmed(case.note(self.keys, city), city, reference=ticket.reference)
            await self._say(connection, conversation, said)
        log.error("agency_away", case=case_id, city=case.city, service=case.service, ticket=ticket.reference)
        await self._said(conversation, "unconfirmed")
        return True

    async def _see_to_late(self, case_id: int) -> bool:
        """Open a ticket of a late report beside its conversation, once until there is news of it."""
        async with transaction(self.engine) as connection:
            conversation = await self._conversation(connection, case_id)
            known = await self.register.lock(connection, case_id)
            if conversation is None or known is None or known.city not in self.cities:
                return False
            case = await self.register.mark_late(connection, known, now=self.now())
            if case is None:
                return False
            city = self.cities[case.city]
            ticket = await open_matter(
                connection,
                conversation.id,
                city=case.city,
                agency=case.agency,
                reason=LATE,
                service=case.service,
                matter=matter_of(case.id, case.revision),
            )
            if ticket is None:
                return False
            days = city.agency(case.agency).answering.report_days
            said = notices.late(case.note(self.keys, city), city, days=days, reference=ticket.reference)
            await self._say(connection, conversation, said)
        await self._said(conversation, "late")
        return True

    async def look(self) -> int:
        """Ask the agencies about cases that are due, and queue a job for each of which there is news.

        Answers about how many it asked, each at most once.
        """
        async with transaction(self.engine) as connection:
            due = await self.register.to_look_at(connection, now=self.now(), limit=MOST_LOOKED_AT)
        due = [case for case in due if case.city in self.cities]
        slots = asyncio.Semaphore(AT_ONCE)

        async def one(case: CaseRow) -> None:
            async with slots:
                await self._look_at(case)

        try:
            async with asyncio.timeout(LOOK_SECONDS), asyncio.TaskGroup() as group:
                for case in due:
                    group.create_task(one(case))
        except TimeoutError:
            log.warning("looks_cut_off", due=len(due))
        return len(due)

    async def hear(self, case_id: int) -> bool:
        """Ask how a case stands, keep it and say so, unless it is known by now. Answers whether something was said."""
        async with self.engine.connect() as connection:
            known = await self.register.find(connection, case_id)
        if known is None or known.over:
            return False
        before = known.note(self.keys, self.cities[known.city])
        answer = await self._asked(before)
        if answer is None:
            return False
        found = changes(before, answer.case)
        async with transaction(self.engine) as connection:
            conversation = await self._conversation(connection, case_id)
            case = await self.register.lock(connection, case_id)
            if conversation is None or case is None or case.revision != known.revision:
                return False  # a turn, or another job, was faster
            if found or _kept(answer.case) != _kept(before):
                case = await self.register.keep(connection, conversation.id, answer.case, now=self.now())
            if found:
                city, moved = self.cities[case.city], bool(found & {"at", "place"})
                now = case.note(self.keys, city)  # its time is the city's
                said = notices.news(now, answer.said, city, moved=moved)
                await self._say(connection, conversation, said)
        if found:
            await self._said(conversation, "news")
        return bool(found)

    async def _look_at(self, case: CaseRow) -> None:
        await self._ask_about(case)
        if case.status in UNSURE:
            async with self.engine.connect() as connection:
                is_unconfirmed = await self.register.is_unconfirmed(connection, case, now=self.now())
            if is_unconfirmed:
                await self._see_to_unconfirmed(case.id)

    async def _ask_about(self, case: CaseRow) -> None:
        try:
            before = case.note(self.keys, self.cities[case.city])
            answer = await self.agencies.status(before)
        except DeskError as exc:  # also one that cannot be opened: the others are looked at all the same
            LOOKS.labels(outcome="failed").inc()
            log.warning("look_failed", case=case.id, error=type(exc).__name__)
            return
        async with transaction(self.engine) as connection:
            if answer is None:
                LOOKS.labels(outcome="not_followed").inc()
                await self.register.look_later(connection, case, now=self.now(), after=times.NOT_FOLLOWED)
            elif _kept(answer.case) == _kept(before):
                LOOKS.labels(outcome="unchanged").inc()
                await self.register.note_unchanged(connection, case, now=self.now())
            else:
                LOOKS.labels(outcome="changed").inc()
                await defer(connection, HEAR, lane=REPLIES, case=case.id)

    async def _asked(self, case: CaseNote) -> StatusAnswer | None:
        try:
            return await self.agencies.status(case)
        except BackendError as exc:  # the next look finds the news again
            log.warning("news_not_heard", error=type(exc).__name__)
            return None

    async def _conversation(self, connection: AsyncConnection, case_id: int) -> ConversationRow | None:
        case = await self.register.find(connection, case_id)
        if case is None:
            return None
        try:
            return await stream.lock(connection, case.conversation_id)
        except NotFound:  # forgotten in between
            return None

    async def _say(
        self,
        connection: AsyncConnection,
        conversation: ConversationRow,
        reply: Reply,
        *,
        about: About = "progress",
    ) -> None:
        """Append a message with its buttons to the stream: the last thing of a transaction."""
        message = self.catalogs.in_manner(conversation.manner).render(reply, conversation.locale)
        offered = await stream.offered_in(connection, conversation.id)
        await stream.offer(connection, conversation.id, offers_after(offered, [message]))
        event = message_event(message, author="bot", about=about)
        await stream.append(connection, conversation.id, [event], lane=stream.BULK)

    async def _said(self, conversation: ConversationRow, what: str) -> None:
        SAID.labels(what=what).inc()
        await self.live.publish(conversation.id)


def _kept(case: CaseNote) -> CaseNote:
    """A case without the time at which it was heard of; its own time however it is written."""
    at = None if case.at is None else datetime.fromisoformat(case.at).astimezone(UTC).isoformat()
    return case.model_copy(update={"known_at": None, "at": at})
