"""Tickets that are shared out by themselves: who is on duty, in turn, once each. Real PostgreSQL and Valkey."""

import asyncio
import random
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from fixtures.desks import Known, desks_at, hire
from fixtures.house import VAULT, House, until
from fixtures.staffed import actor, key_in
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from desk.city.answering import Answering
from desk.city.files import City
from desk.contract.errors import Conflict
from desk.contract.staff import Grant, NotPermitted, Role
from desk.conversations.live import Live
from desk.staff.own import Own
from desk.store.database import create_engine, transaction
from desk.tickets.handover import HandOver
from desk.tickets.holding import Holding
from desk.tickets.presence import Presence
from desk.tickets.queue import open_matter
from desk.tickets.room import Room, utc_now
from desk.tickets.rows import TicketRow
from desk.tickets.service import Clerks
from desk.tickets.staffing.duty import Duty, Said
from desk.tickets.staffing.sharing import return_unopened, share_out, share_out_everywhere
from desk.tickets.workbench import Workbench

LI = actor("li")
CLERK = Grant(Role.CLERK, "hangzhou")
CITY = "hangzhou"
SHARED = text("SELECT id, state, claimed_by FROM tickets ORDER BY id")
LOGGED_IN = text("UPDATE staff_sessions SET opened_at = clock_timestamp() WHERE opened_at > clock_timestamp()")
"""The sessions of `key_in` began in the future, so that they stay fresh: what is said in one comes after."""
KILL = text("""
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = 'sharing' AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1
""")


def in_turn(house: House, **more: Any) -> Mapping[str, City]:
    """The cities, with agencies that share tickets out in turn."""
    city = house.cities[CITY]
    answering = Answering(share="in_turn", **more)
    agencies = [one.model_copy(update={"answering": answering}) for one in city.agencies]
    return {**house.cities, CITY: city.model_copy(update={"agencies": agencies})}


def clerks_of(house: House, **more: Any) -> Clerks:
    """The room of tickets in such a city."""
    return replace(house.clerks, cities=in_turn(house, **more))


async def waits(house: House, room: Room, *, locale: str = "zh_Hans") -> TicketRow:
    """A ticket that waits."""
    conversation = await house.open(locale=locale)
    hand_over = HandOver(house.catalogs, dict(room.cities), utc_now, house.guard())
    async with transaction(house.engine) as connection:
        await hand_over.open(connection, conversation, opened_by="resident", reason="asked", service=None)
    return (await house.clerks.waiting(LI, states=("open",)))[-1]


async def on_duty(house: House, *logins: str, grants: tuple[Grant, ...] = (CLERK,)) -> None:
    """Clerks who are logged in and have said that they are on duty, one after the other."""
    async with transaction(house.engine) as connection:
        for login in logins:
            await key_in(connection, login, *grants)
        await connection.execute(LOGGED_IN)
    for login in logins:
        await Duty(house.engine).say(actor(login, *grants), "on")


async def owners(house: House) -> list[str | None]:
    """Who has the tickets, in the order in which they were opened."""
    async with house.engine.connect() as connection:
        return [row.claimed_by for row in await connection.execute(SHARED)]


async def share(house: House, room: Room) -> int:
    """Share out what waits where residents of the city write."""
    agency = await house.scalar("SELECT agency FROM tickets ORDER BY id LIMIT 1")
    return await share_out(room, Presence(house.redis), CITY, agency)


async def test_an_agency_that_has_not_said_so_shares_nothing_out(house: House) -> None:
    """By hand is the usual."""
    await on_duty(house, "wang")
    await waits(house, house.clerks)
    assert await share(house, house.clerks) == 0
    assert await owners(house) == [None]


async def test_a_ticket_goes_to_who_is_on_duty_by_itself(house: House) -> None:
    """No hand is needed: the job is queued where the ticket is opened, and what was given stands in the audit."""
    room = clerks_of(house)
    await on_duty(house, "wang")
    house_in_turn = replace(house, cities=dict(room.cities))
    async with house_in_turn.jobs():
        ticket = await waits(house, room)
        await until(lambda: owners(house), becomes=["wang"])
    record = await house.scalar("SELECT row_to_json(audit_records) FROM audit_records ORDER BY number DESC LIMIT 1")
    assert (record["act"], record["actor"], record["via"]) == ("ticket.share_out", "share_out", "system")
    assert (record["subject"], record["details"]) == (ticket.reference, {"to": "wang"})


async def test_who_is_idle_longest_is_next(house: House) -> None:
    """Of those with the fewest in hand; whoever ends a ticket is idle from then on."""
    room = clerks_of(house)
    await on_duty(house, "wang", "zhao", "qian")
    for _ in range(3):
        await waits(house, room)
    assert await share(house, room) == 3
    assert sorted(filter(None, await owners(house))) == ["qian", "wang", "zhao"]
    by = dict(zip(await owners(house), (await house.clerks.waiting(LI)), strict=True))
    for login in ("zhao", "wang"):
        await house.clerks.close(actor(login), by[login].id)
    for _ in range(3):
        await waits(house, room)
    await share(house, room)
    assert (await owners(house))[3:] == ["zhao", "wang", "qian"]


async def test_the_capacity_of_a_clerk_holds_and_an_end_makes_room(house: House) -> None:
    """Who has two gets no third, until one of them ends or is on hold."""
    room = clerks_of(house, capacity=2)
    await on_duty(house, "wang")
    tickets = [await waits(house, room) for _ in range(4)]
    assert await share(house, room) == 2
    await room.close(actor("wang"), tickets[0].id)
    assert await house.scalar("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'tickets.share_out'") >= 5
    assert await share(house, room) == 1
    await Holding(room).hold(actor("wang"), tickets[1].id, utc_now() + timedelta(hours=1), reason="waits")
    assert await share(house, room) == 1
    assert await owners(house) == ["wang"] * 4


async def test_an_emergency_is_given_over_capacity_and_first(house: House) -> None:
    """At once: whoever is on duty has room for it."""
    room = clerks_of(house, capacity=1)
    await on_duty(house, "wang")
    ticket = await waits(house, room)
    await waits(house, room)
    async with transaction(house.engine) as connection:
        conversation = await house.scalar("SELECT conversation_id FROM tickets LIMIT 1")
        place = {"city": CITY, "agency": ticket.agency, "reason": "emergency_fire", "service": None, "priority": 1}
        await open_matter(connection, conversation, matter="emergency:1", **place)
        queued = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'tickets.share_out'"
    assert await house.scalar(queued) >= 1
    assert await share(house, room) == 1
    assert await owners(house) == [None, None, "wang"]
    assert await share(house, room) == 0


@pytest.mark.parametrize(("locale", "who"), [("en", "smith"), ("zh_Hant", "chan"), ("zh_Hans", "wang")])
async def test_who_answers_in_the_language_comes_first(house: House, locale: str, who: str) -> None:
    """Before who has not said, and these before those who answer in others."""
    room = clerks_of(house)
    await on_duty(house, "smith", "chan", "wang")
    for login, languages in (("smith", ["en"]), ("chan", ["zh_Hant"])):
        await Own(house.engine).answer_in(actor(login), languages)
    await waits(house, room, locale=locale)
    await share(house, room)
    assert await owners(house) == [who]


async def test_who_has_the_console_open_takes_tickets_unless_on_a_break(house: House) -> None:
    """Who says nothing is there while the page is; a break ends that."""
    room = clerks_of(house)
    async with transaction(house.engine) as connection:
        for login in ("wang", "zhao", "editor"):
            await key_in(connection, login, Grant(Role.EDITOR, CITY) if login == "editor" else CLERK)
        await connection.execute(LOGGED_IN)
    presence = Presence(house.redis)
    for login in ("wang", "zhao", "editor"):
        await presence.here(login)
    await Duty(house.engine).say(actor("zhao"), "break")
    for _ in range(2):
        await waits(house, room)
    await share(house, room)
    assert await owners(house) == ["wang", "wang"]


async def test_who_is_of_another_agency_gets_none(house: House) -> None:
    """Nor who may not answer, whatever they say."""
    room = clerks_of(house)
    await on_duty(house, "far", grants=(Grant(Role.CLERK, "ningbo"),))
    await on_duty(house, "gas", grants=(Grant(Role.CLERK, CITY, "gas"),))
    with pytest.raises(NotPermitted):
        await Duty(house.engine).say(actor("editor", Grant(Role.EDITOR)), "on")
    with pytest.raises(Conflict):
        await Duty(house.engine).say(LI, "asleep")
    await waits(house, room)
    assert await share(house, room) == 0


async def test_duty_ends_with_the_login(house: House) -> None:
    """By itself when the session does; a new login begins with nothing said."""
    await on_duty(house, "wang")
    duty = Duty(house.engine)
    assert await duty.of(actor("wang")) is Said.ON
    async with transaction(house.engine) as connection:
        await connection.execute(text("UPDATE staff_sessions SET idle_until = clock_timestamp()"))
    assert await duty.of(actor("wang")) is None
    async with transaction(house.engine) as connection:
        await connection.execute(
            text("""
            UPDATE staff_sessions SET opened_at = clock_timestamp(),
                   idle_until = clock_timestamp() + interval '1 hour'
        """)
        )
    assert await duty.of(actor("wang")) is None


async def test_what_is_not_opened_goes_to_the_next(house: House) -> None:
    """Once, for who opened it not; they are given nothing new until they say that they are on duty."""
    room = clerks_of(house)
    await on_duty(house, "wang")
    ticket = await waits(house, room)
    await share(house, room)
    assert not await return_unopened(room, ticket.id)  # it is not late
    async with transaction(house.engine) as connection:
        await connection.execute(text("UPDATE tickets SET given_at = given_at - interval '5 minutes'"))
    returned = await asyncio.gather(*(return_unopened(room, ticket.id) for _ in range(3)))
    assert sorted(returned) == [False, False, True]
    assert await owners(house) == [None]
    assert await Duty(house.engine).of(actor("wang")) is Said.MISSED
    await on_duty(house, "zhao")
    await share(house, room)
    assert await owners(house) == ["zhao"]
    await Duty(house.engine).say(actor("wang"), "on")
    await waits(house, room)
    await share(house, room)
    assert await owners(house) == ["zhao", "wang"]


@pytest.mark.parametrize("how", ["open", "reply", "transcript"])
async def test_what_is_opened_stays(house: House, how: str) -> None:
    """By the page, by the command or by an answer; a colleague who looks opens nothing."""
    room = clerks_of(house)
    await on_duty(house, "wang")
    ticket = await waits(house, room)
    await share(house, room)
    await Workbench(room).open(LI, ticket.id)
    assert await house.scalar("SELECT given_at IS NOT NULL FROM tickets")
    given = await room.find(actor("wang"), ticket.id)
    match how:
        case "open":
            await Workbench(room).open(actor("wang"), ticket.id)
        case "reply":
            await room.reply(actor("wang"), ticket.id, "hello")
        case _:
            await room.transcript(actor("wang"), given)
    assert await house.scalar("SELECT given_at IS NULL FROM tickets")
    assert not await return_unopened(room, ticket.id)


async def test_each_minute_what_waits_is_looked_for(house: House) -> None:
    """A job for each agency that shares out, and none for others."""
    room = clerks_of(house)
    await waits(house, house.clerks)
    assert await share_out_everywhere(house.clerks) == 0
    assert await share_out_everywhere(room) == 1


async def test_of_many_workers_that_are_killed_each_ticket_is_given_once(house: House) -> None:
    """Six workers share out eighty tickets while clerks claim and connections are killed: one owner each, no more."""
    room = clerks_of(house, capacity=100)
    logins = [f"clerk{number}" for number in range(8)]
    await on_duty(house, *logins)
    tickets = [await waits(house, room) for _ in range(80)]
    at = tickets[0].agency
    ends = asyncio.Event()

    async def works() -> None:
        engine = create_engine(f"{house.database_url}?application_name=sharing", pool_size=2, vault=VAULT)
        own = replace(room, engine=engine, live=Live(house.redis))
        while not ends.is_set():
            with suppress(SQLAlchemyError, OSError):
                await share_out(own, Presence(house.redis), CITY, at)
            await asyncio.sleep(0.01)
        await engine.dispose()

    async def claims() -> None:
        while not ends.is_set():
            with suppress(Conflict):
                await house.clerks.claim_next(actor("hand"))
            await asyncio.sleep(0.2)

    async def kills() -> int:
        killed = 0
        while not ends.is_set():
            async with house.engine.connect() as connection:
                killed += len((await connection.execute(KILL)).all())
            await asyncio.sleep(random.uniform(0.02, 0.1))
        return killed

    async with asyncio.TaskGroup() as group:
        for work in [*(works() for _ in range(6)), claims()]:
            group.create_task(work)
        killing = group.create_task(kills())
        waiting = "SELECT count(*) FROM tickets WHERE state = 'open'"
        await until(lambda: house.scalar(waiting), becomes=0)
        ends.set()
    assert killing.result() > 0
    once = (
        "SELECT max(count) FROM (SELECT count(*) FROM ticket_events WHERE kind = ANY (:kinds) GROUP BY ticket_id) AS x"
    )
    assert await house.scalar(once, kinds=["assigned", "claimed"]) == 1
    assert None not in await owners(house)
    records = "SELECT count(*) FROM audit_records WHERE act IN ('ticket.share_out', 'ticket.claim')"
    assert await house.scalar(records) == 80


async def test_clerks_say_in_the_console_whether_they_are_on_duty(house: House) -> None:
    """On the list; what was given is said there, and logging out ends it."""
    room = clerks_of(house)
    wang: Known = await hire(house.engine, "wang", CLERK)
    async with desks_at(house) as desks, desks.chair(wang) as chair:
        assert "Given tickets while this is open" in (await chair.get("/console/tickets")).text
        page = await chair.post("/console/tickets/duty", {"said": "on"}, of="/console/tickets")
        assert "You are on duty" in page.text
        await waits(house, room)
        await share(house, room)
        page = await chair.get("/console/tickets?show=mine")
        assert "Given to you and not opened yet: 1" in page.text
        assert "New, not opened" in page.text
        page = await chair.post("/console/tickets/duty", {"said": "break"}, of="/console/tickets")
        assert "You are on a break" in page.text
        page = await chair.post("/console/account/languages", {"answers_en": "yes"}, of="/console/account")
        assert "The languages are saved." in page.text
        await chair.post("/console/logout", of="/console")
    assert await Duty(house.engine).of(actor("wang")) is None
    assert await house.scalar("SELECT languages FROM staff WHERE login = 'wang'") == ["en"]


async def test_idle_times_are_of_the_clock(house: House) -> None:
    """When somebody was last busy is kept with their name, whatever they did since."""
    await on_duty(house, "wang")
    ticket = await waits(house, house.clerks)
    await house.clerks.claim(actor("wang"), ticket.id)
    before = await house.scalar("SELECT busy_at FROM ticket_duty WHERE login = 'wang'")
    await house.clerks.close(actor("wang"), ticket.id)
    after = await house.scalar("SELECT busy_at FROM ticket_duty WHERE login = 'wang'")
    assert isinstance(before, datetime)
    assert before < after
