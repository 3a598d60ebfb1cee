"""Programs hear of each change of their agency's announcements: real PostgreSQL, a program that listens."""

import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import ClientSession
from fixtures.announcing import CITY, EDITOR, Room
from fixtures.desks import hire
from fixtures.house import KEYS, House, until
from fixtures.receiver import Receiver, receiver
from fixtures.staffed import actor
from sqlalchemy import text

from desk.announcements import arming
from desk.announcements.programs.callbacks import Callback, Callbacks
from desk.announcements.programs.calling import FIRST_WAIT, PATIENCE, Calling
from desk.contract.staff import Grant, Role
from desk.http.reach import reaching
from desk.store.database import transaction

HERE = "http://localhost"


@dataclass
class World:
    """An announcements room, a program of its agency, and a clock of what is handed on."""

    house: House
    program: Receiver
    calling: Calling
    callback: Callback
    secret: str
    clock: list[datetime] = field(default_factory=list)

    @property
    def room(self) -> Room:
        return Room(self.house)

    async def call(self) -> int:
        return await self.calling.call(self.callback.id)

    def later(self, by: timedelta) -> None:
        self.clock[0] += by

    async def waiting(self) -> int:
        return int(await self.house.scalar("SELECT count(*) FROM announcement_callback_events"))


@pytest.fixture
async def world(house: House) -> AsyncIterator[World]:
    clock = [datetime.now(UTC)]
    agency = house.cities[CITY].agencies[0].slug
    await hire(house.engine, "program", Grant(Role.EDITOR, CITY, agency))
    who = actor("program", Grant(Role.EDITOR, CITY, agency))
    async with receiver() as program, ClientSession(connector=reaching(HERE)) as http:
        made, secret = await Callbacks(house.engine, KEYS, HERE).add(who, CITY, agency, program.url)
        yield World(house, program, Calling(house.engine, http, KEYS, lambda: clock[0]), made, secret, clock)


async def test_a_program_hears_of_each_change_in_order_and_signed(world: World) -> None:
    """Each once, with an id, the state after it, and a signature that its secret makes."""
    number = await world.room.publish()
    await world.room.tell()
    await world.room.announcements.withdraw(EDITOR, number, "Said by mistake.")
    assert await world.call() == 4
    assert [(one["act"], one["state"]) for one in world.program.heard] == [
        ("submit", "pending"),
        ("begin", "sending"),
        ("done", "done"),
        ("withdraw", "done"),
    ]
    assert {(one["announcement"], one["version"]) for one in world.program.heard} == {(number, 1)}
    assert len({one["id"] for one in world.program.heard}) == 4
    for body, signature in world.program.got:
        at, seal = (one.partition("=")[2] for one in signature.split(","))
        assert hmac.digest(world.secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hex() == seal
    assert (await world.call(), await world.waiting()) == (0, 0)


async def test_jobs_hand_on_what_was_committed(world: World) -> None:
    """Without anybody asking; what was rolled back is heard by nobody."""
    async with world.house.jobs({Calling: world.calling}):
        await world.room.publish()
        await until(lambda: _is(len(world.program.got), 2))
    assert [one["act"] for one in world.program.heard] == ["submit", "begin"]


async def _is(have: int, wanted: int) -> bool:
    return have == wanted


async def test_a_restored_store_tells_programs_nothing(world: World) -> None:
    """Until somebody armed it; it is looked at again by itself."""
    await world.room.publish()
    async with transaction(world.house.engine) as connection:
        await connection.execute(text("UPDATE announcement_arming SET store = 'another/1'"))
    assert (await world.call(), world.program.got) == (0, [])
    again = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'announcements.call' AND scheduled_at > now()"
    assert await world.house.scalar(again) == 1
    await arming.arm(world.house.engine, actor("operator", Grant(Role.OPERATOR)))
    assert await world.call() == 2


async def test_another_agencys_changes_are_not_heard(world: World) -> None:
    """Only what the callback names."""
    await world.room.publish(agency=world.house.cities[CITY].agencies[1].slug)
    assert await world.waiting() == 0


@pytest.mark.parametrize("fault", ["refuse", "redirect"])
async def test_what_is_not_taken_waits_and_all_after_it(world: World, fault: str) -> None:
    """Tried again later and later, the same id first; a redirect leads nowhere."""
    world.program.fault = fault  # type: ignore[assignment]
    await world.room.publish()
    assert (await world.call(), await world.waiting(), len(world.program.got)) == (0, 2, 1)
    assert (await world.call(), len(world.program.got)) == (0, 1), "it is left alone for a while"
    world.later(FIRST_WAIT)
    await world.call()
    world.later(FIRST_WAIT)
    assert (await world.call(), len(world.program.got)) == (0, 2), "and for longer each time"
    world.program.fault = None
    world.later(FIRST_WAIT)
    assert await world.call() == 2
    ids = [one["id"] for one in world.program.heard]
    assert ids[0] == ids[1] == ids[2] < ids[3]
    assert await world.house.scalar("SELECT tries FROM announcement_callbacks") == 0
    queued = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'announcements.call'"
    assert await world.house.scalar(queued) == 2 + 2, "two changes, and two that were tried again"


async def test_who_takes_nothing_for_a_day_is_told_no_more(world: World) -> None:
    """Its agency's staff are told so; what waits is forgotten, and no more is kept."""
    world.program.fault = "refuse"
    await world.room.publish()
    await world.call()
    world.later(PATIENCE)
    await world.call()
    assert (await world.waiting(), len(world.program.got)) == (0, 2)
    [shown] = await Callbacks(world.house.engine, KEYS, HERE).own(actor("program"))
    assert (shown.why, shown.disabled_at is not None) == ("takes_nothing", True)
    told = "SELECT kind || ' ' || subject || ' ' || detail || ' ' || permission FROM staff_alerts"
    assert await world.house.scalar(told) == "callback program 127.0.0.1 announcement.publish"
    await world.room.publish()
    assert await world.waiting() == 0


async def test_an_account_that_lost_its_roles_hears_nothing_more(world: World) -> None:
    """Looked at each time that something is handed on."""
    await world.room.publish()
    async with transaction(world.house.engine) as connection:
        await connection.execute(text("DELETE FROM staff_grants"))
    assert (await world.call(), world.program.got, await world.waiting()) == (0, [], 0)
    assert await world.house.scalar("SELECT why FROM announcement_callbacks") == "not_permitted"


async def test_nothing_of_this_machine_is_reached_elsewhere(world: World) -> None:
    """Where the installation has an address of its own, no name may lead to this machine."""
    await world.room.publish()
    async with ClientSession(connector=reaching("https://desk.example")) as http:
        calling = Calling(world.house.engine, http, KEYS, lambda: world.clock[0])
        assert (await calling.call(world.callback.id), world.program.got) == (0, [])
