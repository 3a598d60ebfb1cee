"""The cases room: kept in the turn, reminded of once, followed, erased, taken into a calendar. Real PostgreSQL."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fixtures.cases import appointment, report, said
from fixtures.fake_bot import FakeBot
from fixtures.house import KEYS, SITE, House, turn_of, until
from fixtures.staffed import actor
from sqlalchemy import text

from desk.cases.beside import conversation_of_case
from desk.cases.links import Links
from desk.cases.register import Register
from desk.cases.service import Cases
from desk.contract.agency_commands import StatusAnswer
from desk.contract.errors import BackendUnavailable
from desk.contract.messages import CaseNote, Forget, KeepCase, Remember
from desk.contract.rendered import RenderedMessage
from desk.contract.staff import Places
from desk.conversations import service
from desk.conversations.erasure import forget_idle
from desk.conversations.live import Live
from desk.conversations.rows import ConversationRow
from desk.store.database import transaction
from desk.store.terms import Tally, Term

CITY = "hangzhou"
NINE = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)  # 9:00 in China
LINKS = Links(KEYS, SITE)
CONFIRMATION = RenderedMessage(text="erased", locale="zh_Hans")


@dataclass
class Clock:
    """A clock that is set."""

    now: datetime = NINE

    def __call__(self) -> datetime:
        return self.now

    def go_on(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Agency:
    """An agency with memory: what has become of a case, how often it was asked, whether it can be asked."""

    now: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: int = 0
    followed: bool = True
    away: bool = False
    lasts: float = 0.0
    may_answer: asyncio.Event | None = None  # waited for, where it is given

    async def was_asked(self) -> bool:
        return self.asked > 0

    async def status(self, case: CaseNote) -> StatusAnswer | None:
        self.asked += 1
        await asyncio.sleep(self.lasts)
        if self.may_answer is not None:
            await self.may_answer.wait()
        if self.away:
            raise BackendUnavailable
        if not self.followed:
            return None
        return StatusAnswer(case=case.model_copy(update=self.now.get(case.case, {})), said=said("the agency's words"))


@dataclass
class Room:
    """The cases room of a house, on a clock, with an agency."""

    house: House
    clock: Clock = field(default_factory=Clock)
    agency: Agency = field(default_factory=Agency)

    @property
    def cases(self) -> Cases:
        house = self.house
        return Cases(
            engine=house.engine,
            register=Register(KEYS, LINKS, house.cities),
            agencies=self.agency,
            live=Live(house.redis),
            catalogs=house.catalogs,
            cities=house.cities,
            keys=KEYS,
            now=self.clock,
        )

    async def carry_out(self, conversation: ConversationRow, *effects: KeepCase | Remember | Forget) -> None:
        async with transaction(self.house.engine) as connection:
            await self.house.keeper(self.clock).carry_out(turn_of(connection, conversation, effects))

    async def keep(self, conversation: ConversationRow, case: CaseNote) -> int:
        """Keep a case of this house's city; answers its id."""
        agency = self.house.cities[CITY].agencies[0].slug
        kept = KeepCase.model_validate(case.model_dump() | {"city": CITY, "agency": agency, "known_at": None})
        await self.carry_out(conversation, kept)
        return int(await self.house.scalar("SELECT max(id) FROM cases WHERE frame = :frame", frame=case.case))

    async def column(self, case_id: int, name: str) -> Any:
        return await self.house.scalar(f"SELECT {name} FROM cases WHERE id = :id", id=case_id)

    async def in_context(self, conversation: ConversationRow) -> dict[str, Any]:
        """What the bot is told in the next turn."""
        async with FakeBot() as bot, self.house.worker(bot.url, clock=self.clock):
            await self.house.say(conversation, "hello")
            await self.house.settle(conversation)
        return dict(bot.requests[-1]["context"])


@pytest.fixture
def room(house: House) -> Room:
    return Room(house)


async def test_a_case_is_kept_once_and_told_to_the_bot(room: Room) -> None:
    """The same case again changes it: one row, its revision grown, its time in the city's time; sealed in the store."""
    conversation = await room.house.open()
    await room.keep(conversation, appointment(facts={"key": "K-1"}))
    case_id = await room.keep(conversation, appointment(at="2026-12-04T10:00:00+08:00", facts={"key": "K-1"}))
    await room.keep(conversation, report())
    context = await room.in_context(conversation)
    assert [one["case"] for one in context["cases"]] == ["report_problem-9", "marriage_registration-1"]
    [_, kept] = context["cases"]
    assert (kept["at"], kept["reference"], kept["facts"]) == (
        "2026-12-04T10:00:00+08:00",
        "MR2026-0001",
        {"key": "K-1"},
    )
    assert kept["known_at"] == "2026-11-24T09:00:00+08:00"
    assert await room.column(case_id, "revision") == 2
    assert await room.house.scalar("SELECT count(*) FROM cases WHERE cases::text LIKE '%MR2026%'") == 0


async def test_its_conversation_is_found_by_the_agencys_number(room: Room) -> None:
    """However it is written, by whoever may see it there; after erasing by nobody."""
    conversation = await room.house.open()
    await room.keep(conversation, appointment())
    agency = room.house.cities[CITY].agencies[0].slug
    async with room.house.engine.connect() as connection:
        found = await conversation_of_case(connection, KEYS, "mr 2026 0001", Places(cities=(CITY,)))
        assert found == (conversation.id, agency)
        assert await conversation_of_case(connection, KEYS, "MR2026-0001", Places(cities=("ningbo",))) is None
        assert await conversation_of_case(connection, KEYS, "MR2026-0002", Places(everywhere=True)) is None


async def test_ten_cases_are_told_and_those_that_are_over_give_way(room: Room) -> None:
    """What an agency has in hand is never pushed out by what is done with."""
    conversation = await room.house.open()
    await room.keep(conversation, appointment(1))
    for number in range(2, 13):
        room.clock.go_on(minutes=1)
        await room.keep(conversation, appointment(number, over=True, status="kept"))
    told = [one["case"] for one in (await room.in_context(conversation))["cases"]]
    assert len(told) == 10
    assert told[-1] == "marriage_registration-1"


async def test_a_case_of_no_agency_breaks_the_contract(room: Room) -> None:
    """A city or agency that there is not, or a time without offset: nothing is kept."""
    conversation = await room.house.open()
    for wrong in ({"city": "atlantis"}, {"agency": "nobody"}, {"at": "2026-12-03T09:30:00"}):
        given = {"city": CITY, "agency": room.house.cities[CITY].agencies[0].slug, "type": "keep_case"}
        effect = KeepCase.model_validate(appointment().model_dump() | given | wrong)
        with pytest.raises(ValueError, match="case"):
            await room.carry_out(conversation, effect)
    assert await room.house.scalar("SELECT count(*) FROM cases") == 0


async def test_values_are_remembered_and_forgotten(room: Room) -> None:
    """The newest ten of a service, each once; forgotten by any of their values, of their service alone."""
    conversation = await room.house.open()
    for number in [*range(12), 11]:
        await room.carry_out(conversation, Remember(service="utility_bills", values={"account_number": f"A{number}"}))
    await room.carry_out(conversation, Remember(service="other", values={"account_number": "A5", "name": "x"}))
    await room.carry_out(conversation, Forget(service="utility_bills", values={"account_number": "A5"}))
    told = (await room.in_context(conversation))["remembered"]
    assert told[0] == {"service": "other", "values": {"account_number": "A5", "name": "x"}}
    assert [one["values"]["account_number"] for one in told[1:]] == [
        "A11",
        "A10",
        "A9",
        "A8",
        "A7",
        "A6",
        "A4",
        "A3",
        "A2",
    ]
    assert await room.house.scalar("SELECT count(*) FROM remembered_values AS v WHERE v::text LIKE '%A11%'") == 0


@pytest.mark.parametrize(
    ("booked_at", "at", "reminded_at"),
    [
        ("2026-11-24T09:00:00+08:00", "2026-12-03T09:30:00+08:00", "2026-12-02T10:00:00+08:00"),
        ("2026-12-02T09:59:00+08:00", "2026-12-03T09:30:00+08:00", "2026-12-02T10:00:00+08:00"),
        ("2026-12-02T10:00:00+08:00", "2026-12-03T09:30:00+08:00", "2026-12-03T07:30:00+08:00"),
        ("2026-12-03T07:30:00+08:00", "2026-12-03T09:30:00+08:00", None),
    ],
)
async def test_when_a_reminder_is_due(room: Room, booked_at: str, at: str, reminded_at: str | None) -> None:
    """At ten the day before; booked later: two hours before; later still: none."""
    room.clock.now = datetime.fromisoformat(booked_at)
    case_id = await room.keep(await room.house.open(), appointment(at=at))
    due = None if reminded_at is None else datetime.fromisoformat(reminded_at)
    assert await room.column(case_id, "remind_at") == due


async def test_two_workers_remind_once_with_buttons_that_work(room: Room) -> None:
    """Jobs that run at once, and again: one message, in the resident's language, its buttons offered."""
    conversation = await room.house.open(locale="en")
    case_id = await room.keep(conversation, appointment())
    assert await room.cases.find_due() == 0
    assert not await room.cases.remind(case_id)
    room.clock.now = datetime.fromisoformat("2026-12-02T10:00:00+08:00")
    assert await room.cases.find_due() == 1
    assert sorted(await asyncio.gather(*(room.cases.remind(case_id) for _ in range(4)))) == [False] * 3 + [True]
    assert await room.cases.find_due() == 0
    [event] = await room.house.events(conversation)
    message = event.body["message"]
    assert [part for part in ("3 December 2026, 09:30", "Registry 1") if part not in message["text"]] == []
    payloads = [button["payload"] for button in message["buttons"]]
    assert payloads[0] == '/change_appointment{"case": "marriage_registration-1"}'
    query = "SELECT offered FROM dialogue_states WHERE conversation_id = :id"
    offered = await room.house.opened(conversation, query, "state")
    assert set(payloads) <= set(offered)


async def test_a_worker_says_what_is_due(room: Room) -> None:
    """From the queue: the job that was deferred with its id alone reaches the resident."""
    house = room.house
    conversation = await house.open()
    await room.keep(conversation, appointment())
    room.clock.now = datetime.fromisoformat("2026-12-02T10:01:00+08:00")
    await room.cases.find_due()

    async def heard() -> int:
        return len(await house.texts(conversation))

    async with house.jobs({Cases: room.cases}):
        await until(heard, becomes=1)


async def test_a_moved_appointment_is_reminded_of_anew_and_a_cancelled_one_is_not(room: Room) -> None:
    """The reminder follows the time; of what is over nobody is reminded."""
    conversation = await room.house.open()
    case_id = await room.keep(conversation, appointment())
    room.clock.now = datetime.fromisoformat("2026-12-02T10:00:00+08:00")
    assert await room.cases.remind(case_id)
    await room.keep(conversation, appointment(at="2026-12-10T09:30:00+08:00"))
    assert not await room.cases.remind(case_id)
    room.clock.now = datetime.fromisoformat("2026-12-09T10:00:00+08:00")
    assert await room.cases.remind(case_id)
    await room.keep(conversation, appointment(at="2026-12-20T09:30:00+08:00"))
    await room.keep(conversation, appointment(at="2026-12-20T09:30:00+08:00", over=True, status="cancelled"))
    room.clock.now = datetime.fromisoformat("2026-12-19T10:00:00+08:00")
    assert await room.cases.find_due() == 0
    assert not await room.cases.remind(case_id)


async def look_and_hear(room: Room, case_ids: Sequence[int]) -> list[bool]:
    await room.cases.look()
    return list(await asyncio.gather(*(room.cases.hear(case_id) for case_id in case_ids)))


async def test_news_is_said_once(room: Room) -> None:
    """A change of the status, heard by four jobs at once, is one message and one change; then there is no more news."""
    conversation = await room.house.open()
    case_id = await room.keep(conversation, report())
    room.clock.go_on(minutes=1)
    assert await room.cases.look() == 1
    assert await room.house.scalar("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'cases.hear'") == 0
    room.agency.now["report_problem-9"] = {"status": "closed", "over": True}
    room.clock.go_on(minutes=1)
    await room.cases.look()
    jobs = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'cases.hear' AND args = CAST(:args AS jsonb)"
    assert await room.house.scalar(jobs, args=f'{{"case": {case_id}}}') == 1
    room.agency.lasts = 0.05
    assert sorted(await look_and_hear(room, [case_id] * 4)) == [False, False, False, True]
    [heard] = await room.house.texts(conversation)
    assert [part for part in ("路面坑洼", "the agency's words") if part not in heard] == []
    assert (await room.column(case_id, "revision"), await room.column(case_id, "look_at")) == (2, None)
    assert await look_and_hear(room, [case_id]) == [False]


async def test_a_moved_appointment_is_news_with_its_new_time(room: Room) -> None:
    """Moved by the agency: the new time and place, buttons to move or cancel it, and a reminder at the new time."""
    conversation = await room.house.open()
    case_id = await room.keep(conversation, appointment())
    room.agency.now["marriage_registration-1"] = {"at": "2026-12-08T06:00:00+00:00"}
    assert await room.cases.hear(case_id)
    [event] = await room.house.events(conversation)
    assert "2026年12月8日 14:00" in event.body["message"]["text"]
    assert len(event.body["message"]["buttons"]) == 2
    assert await room.column(case_id, "remind_at") == datetime.fromisoformat("2026-12-07T10:00:00+08:00")


async def test_the_same_time_written_otherwise_is_no_news(room: Room) -> None:
    """An agency that writes UTC has not moved the appointment: nothing is said, nothing is written."""
    conversation = await room.house.open()
    case_id = await room.keep(conversation, appointment())
    room.agency.now["marriage_registration-1"] = {"at": "2026-12-03T01:30:00Z"}
    room.clock.go_on(minutes=1)
    assert await look_and_hear(room, [case_id]) == [False]
    assert await room.column(case_id, "revision") == 1


async def test_a_turn_that_was_faster_wins(room: Room) -> None:
    """The case changed while its agency was asked: what was heard of it is not written."""
    conversation = await room.house.open()
    case_id = await room.keep(conversation, appointment())
    room.agency.now["marriage_registration-1"] = {"status": "missed", "over": True}
    room.agency.may_answer = asyncio.Event()
    hearing = asyncio.create_task(room.cases.hear(case_id))
    await until(room.agency.was_asked)
    await room.keep(conversation, appointment(at="2026-12-10T09:30:00+08:00"))
    room.agency.may_answer.set()
    assert await hearing is False
    assert await room.column(case_id, "status") == "booked"
    assert await room.house.texts(conversation) == []


async def test_looks_become_rarer(room: Room) -> None:
    """A tenth of the time since the last change, at least a minute, at most six hours; nothing is asked in between."""
    case_id = await room.keep(await room.house.open(), report())
    waits = []
    for _ in range(40):
        due = await room.column(case_id, "look_at")
        waits.append((due - room.clock.now).total_seconds() / 60)
        assert await room.cases.look() == 0
        room.clock.now = due
        assert await room.cases.look() == 1
    for _ in range(60):
        room.clock.now = await room.column(case_id, "look_at")
        await room.cases.look()
    assert waits[0] == 1
    assert waits == sorted(waits)
    assert ((await room.column(case_id, "look_at")) - room.clock.now).total_seconds() == 6 * 3600


async def test_what_is_over_or_long_past_is_not_looked_at(room: Room) -> None:
    """Asking ends with the case, and a week after an appointment."""
    conversation = await room.house.open()
    await room.keep(conversation, report(over=True))
    case_id = await room.keep(conversation, appointment())
    room.clock.now = datetime.fromisoformat("2026-12-11T09:30:00+08:00")
    assert await room.cases.look() == 1
    assert await room.column(case_id, "look_at") is None


async def test_agencies_that_are_away_or_cannot_be_asked_change_nothing(room: Room) -> None:
    """Down: asked again by the same rule. A service that cannot follow: asked again in a day."""
    conversation = await room.house.open()
    case_id = await room.keep(conversation, report())
    room.agency.away = True
    room.clock.go_on(minutes=1)
    assert await look_and_hear(room, [case_id]) == [False]
    room.agency.away, room.agency.followed = False, False
    room.clock.go_on(minutes=1)
    assert await look_and_hear(room, [case_id]) == [False]
    assert await room.column(case_id, "look_at") == room.clock.now + timedelta(days=1)
    assert await room.house.texts(conversation) == []


async def test_erasing_takes_cases_and_values_and_gives_them_out_before(room: Room) -> None:
    """me/data opens what is sealed; after erasing no row is left, and no job says anything."""
    conversation = await room.house.open()
    case_id = await room.keep(conversation, appointment())
    await room.carry_out(conversation, Remember(service="utility_bills", values={"account_number": "A1"}))
    async with room.house.engine.connect() as connection:
        data = await service.data_of(connection, conversation.id, room.house.parts())
    assert (data["cases"][0]["reference"], data["remembered"][0]["values"]) == ("MR2026-0001", {"account_number": "A1"})
    await service.erase(room.house.engine, Live(room.house.redis), conversation.id, CONFIRMATION, room.house.parts())
    assert await room.house.scalar("SELECT count(*) FROM cases") == 0
    assert await room.house.scalar("SELECT count(*) FROM remembered_values") == 0
    room.clock.now = datetime.fromisoformat("2026-12-02T10:00:00+08:00")
    assert [await room.cases.remind(case_id), await room.cases.hear(case_id)] == [False, False]


async def test_idle_conversations_with_an_appointment_ahead_are_not_forgotten(room: Room) -> None:
    """Else nobody would be reminded: kept until it is past or over; then it goes like any other."""
    room.clock.now = datetime.now(UTC)
    kept, gone = await room.house.open(), await room.house.open()
    ahead = (room.clock.now + timedelta(days=50)).isoformat()
    case_id = await room.keep(kept, appointment(at=ahead))
    await room.keep(gone, appointment(2, at=ahead, over=True))
    async with transaction(room.house.engine) as connection:
        await connection.execute(text("UPDATE conversations SET created_at = now() - interval '40 days'"))
    done = await forget_idle(room.house.engine, Term(30), parts=room.house.parts())
    assert done == Tally({"hangzhou": 1}, {"hangzhou": 1})
    assert await room.column(case_id, "over") is False


async def tickets(room: Room) -> list[tuple[str, str]]:
    """Why there are tickets, and how they stand."""
    async with room.house.engine.connect() as connection:
        rows = await connection.execute(text("SELECT reason, state FROM tickets ORDER BY id"))
        return [(row.reason, row.state) for row in rows]


async def test_a_report_of_which_nothing_is_heard_comes_to_clerks_once(room: Room) -> None:
    """After fifteen days; the resident is told. News end the ticket, and from them on the days count anew."""
    conversation = await room.house.open()
    case_id = await room.keep(conversation, report())
    await room.keep(conversation, appointment(at=None))  # is no report
    room.clock.go_on(days=15)
    assert await room.cases.find_late() == 0
    room.clock.go_on(minutes=1)
    assert [await room.cases.find_late(), await room.cases.find_late()] == [1, 0]
    assert await tickets(room) == [("report_late", "open")]
    told = (await room.house.texts(conversation))[-1]
    assert "已有15天没有新进展" in told
    assert "T-" in told
    assert "路面坑洼" in told
    room.agency.now["report_problem-9"] = {"status": "acknowledged"}
    assert await room.cases.hear(case_id)
    assert await tickets(room) == [("report_late", "withdrawn")]
    room.clock.go_on(days=15, minutes=1)
    assert await room.cases.find_late() == 1
    assert await tickets(room) == [("report_late", "withdrawn"), ("report_late", "open")]


async def test_a_late_report_that_a_clerk_has_taken_stays_theirs(room: Room) -> None:
    """News do not take it out of their hands; what is over, or erased, comes to nobody."""
    conversation, other = await room.house.open(), await room.house.open()
    case_id = await room.keep(conversation, report())
    await room.keep(other, report(10, over=True))
    room.clock.go_on(days=16)
    found = await asyncio.gather(*(room.cases.find_late() for _ in range(3)))
    assert sum(found) == 1
    (ticket,) = await room.house.clerks.waiting(actor("li"))
    await room.house.clerks.claim(actor("li"), ticket.id)
    room.agency.now["report_problem-9"] = {"status": "acknowledged"}
    assert await room.cases.hear(case_id)
    assert await tickets(room) == [("report_late", "claimed")]


@pytest.mark.parametrize(
    ("case", "told"),
    [
        (appointment(status="unknown", at=None), "一直没有确认"),
        (report(status="unknown"), "一直没有确认"),
        (report(status="not_sent"), "没能送到"),
    ],
    ids=["booking", "report", "not_sent"],
)
@pytest.mark.parametrize("is_away", [True, False])
async def test_what_an_agency_does_not_confirm_comes_to_clerks_once(
    room: Room, case: CaseNote, told: str, is_away: bool
) -> None:
    """After half an hour, whether its system is away or knows nothing; tried again and lost again it is the same."""
    conversation = await room.house.open()
    case_id = await room.keep(conversation, case)
    room.agency.away = is_away
    room.clock.go_on(minutes=29)
    await room.cases.look()
    assert await tickets(room) == []
    for _ in range(3):
        room.clock.go_on(minutes=5)
        await asyncio.gather(room.cases.look(), room.cases.look())
    assert await tickets(room) == [("agency_away", "open")]
    [said] = await room.house.texts(conversation)
    assert [part for part in (told, "T-", "不用再") if part not in said] == []
    await room.keep(conversation, case)
    room.clock.go_on(hours=1)
    await room.cases.look()
    assert await tickets(room) == [("agency_away", "open")]
    assert len(await room.house.texts(conversation)) == 1
    assert await room.column(case_id, "status") == case.status


async def test_a_ticket_of_what_is_confirmed_by_now_ends_by_itself(room: Room) -> None:
    """The agency speaks: nothing is left for a clerk, unless one has begun."""
    first, second = await room.house.open(), await room.house.open()
    case_ids = [
        await room.keep(first, appointment(status="unknown", at=None)),
        await room.keep(second, appointment(2, status="unknown", at=None)),
    ]
    room.agency.away = True
    room.clock.go_on(minutes=30)
    await room.cases.look()
    (one, _) = await room.house.clerks.waiting(actor("li"))
    await room.house.clerks.claim(actor("li"), one.id)
    room.agency.away = False
    for number in (1, 2):
        room.agency.now[f"marriage_registration-{number}"] = {"status": "booked"}
    for case_id in case_ids:
        assert await room.cases.hear(case_id)
    assert sorted(await tickets(room)) == [("agency_away", "claimed"), ("agency_away", "withdrawn")]
