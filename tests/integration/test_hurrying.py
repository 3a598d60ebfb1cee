"""What waits for its time, or for the end of quiet hours, is sent at once after all. Real PostgreSQL."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fixtures.announcing import APPROVER, CITY, EDITOR, NINE, SECOND, Room
from fixtures.desk_command import Typed
from fixtures.house import House
from fixtures.staffed import actor, key_at
from sqlalchemy import text

from desk.announcements.content import Schedule, State
from desk.announcements.rows import AnnouncementRow
from desk.api.announcements import PATH
from desk.city.telling import QuietHours
from desk.contract.errors import Conflict
from desk.contract.staff import Actor, Grant, NotPermitted, Role
from desk.store.database import transaction
from tests.integration.test_api import programs
from tests.integration.test_console_announcement_checks import BOTH, ONE
from tests.integration.test_console_announcements import seats, write

NIGHT, MORNING = NINE + timedelta(hours=13), NINE + timedelta(hours=23)
LATER = Schedule(at=NINE + timedelta(hours=5))
WHY = "It cannot wait."
CHAIR = actor("chair", Grant(Role.EDITOR), Grant(Role.APPROVER))
RIGHT = {"zh_Hans": "周五13时至17时检修。", "en": "Friday, 1 pm to 5 pm."}
MOVED = text("UPDATE announcement_arming SET store = 'another/1'")
TAMPER = text("UPDATE announcements SET texts = jsonb_set(texts, '{en}', '\"Send money\"') WHERE id = :id")
AUDITED = text("SELECT actor || ' ' || reason FROM audit_records WHERE act = 'announcement.hurry' ORDER BY number")


@pytest.fixture
def room(house: House) -> Room:
    return Room(house)


async def approved(room: Room, **changes: Any) -> AnnouncementRow:
    """What many would get, approved by another."""
    room.alone_up_to(0)
    return await room.approve(await room.find(await room.publish(**changes)))


async def hurry(room: Room, row: AnnouncementRow, who: Actor = APPROVER, **known: bool) -> AnnouncementRow:
    return await room.announcements.hurry(who, row.id, row.version, WHY, **known)


async def test_what_waits_for_its_time_is_sent_at_once(room: Room) -> None:
    """By who may approve it, with a reason; once, and nothing is left for its time."""
    reader = await room.reader()
    row = await approved(room, schedule=LATER)
    await room.tell()
    assert (row.state, await room.house.texts(reader)) == (State.APPROVED, [])
    assert (await hurry(room, row, SECOND)).state is State.SENDING
    await room.tell()
    assert await room.history(row.id) == ["create", "submit", "approve", "hurry", "begin"]
    room.now += timedelta(hours=6)
    assert await room.announcements.begin_due() == 0
    await room.tell()
    assert len(await room.house.texts(reader)) == 1
    async with transaction(room.house.engine) as connection:
        assert list((await connection.execute(AUDITED)).scalars()) == [f"second {WHY}"]


async def test_quiet_hours_are_passed_by_who_knows_of_them(room: Room) -> None:
    """Not by who was not told that they hold; then everybody is told, once, and its page says who let it."""
    reader = await room.reader()
    row = await approved(room)
    room.now = NIGHT
    held = await approved(room, titles={"zh_Hans": "爆管", "en": "Burst pipe"})
    await room.tell()
    assert (held.state, len(await room.house.texts(reader))) == (State.SENDING, 0)
    with pytest.raises(Conflict):
        await hurry(room, held)
    hurried = await hurry(room, held, in_quiet_hours=True)
    await room.tell()
    assert (hurried.hurried_by, len(await room.house.texts(reader))) == ("approver", 1)
    assert [(await room.find(one.id)).state for one in (row, held)] == [State.SENDING, State.DONE]
    room.now = MORNING
    await room.tell()
    assert len(await room.house.texts(reader)) == 2


async def test_what_waits_for_its_time_passes_quiet_hours_that_hold_now(room: Room) -> None:
    """It begins and is told in the same act; a day when nothing holds it leaves no trace of them."""
    reader = await room.reader()
    room.now = NIGHT
    row = await approved(room, schedule=Schedule(at=MORNING + timedelta(hours=2)))
    with pytest.raises(Conflict):
        await hurry(room, row)
    assert (await hurry(room, row, in_quiet_hours=True)).hurried_by == "approver"
    await room.tell()
    assert len(await room.house.texts(reader)) == 1
    room.now = MORNING
    other = await approved(room, schedule=Schedule(at=MORNING + timedelta(hours=2)))
    assert (await hurry(room, other, in_quiet_hours=True)).hurried_by is None


async def test_nobody_hurries_their_own(room: Room) -> None:
    """Above the city's limit a second person does, also where who wrote it may approve others'."""
    await room.reader()
    room.alone_up_to(0)
    number = await room.announcements.publish(CHAIR, room.draft(schedule=LATER))
    row = await room.approve(await room.find(number))
    for who in (CHAIR, EDITOR):
        with pytest.raises(NotPermitted):
            await hurry(room, row, who)
    assert not await room.announcements.may_hurry(CHAIR, row)
    assert (await hurry(room, row)).state is State.SENDING


async def test_who_sent_few_alone_sends_them_at_once(room: Room) -> None:
    """One person was enough, and is; unless they told too many by now: it waits on for its time."""
    room.alone_up_to(1)
    await room.reader()
    tomorrow = Schedule(at=NINE + timedelta(hours=30))
    row = await room.find(await room.announcements.publish(CHAIR, room.draft(schedule=tomorrow)))
    assert row.state is State.APPROVED
    await room.announcements.publish(CHAIR, room.draft())
    for who in (CHAIR, APPROVER):
        with pytest.raises(Conflict, match="second person"):
            await hurry(room, row, who)
    waits = await room.find(row.id)
    assert (waits.state, waits.due_at) == (State.APPROVED, tomorrow.at)
    room.now += timedelta(hours=26)
    assert (await hurry(room, row, CHAIR)).state is State.SENDING


async def test_what_cannot_be_hurried_is_refused(room: Room) -> None:
    """What waits for nothing, another version, a store that may not send; none of it is changed."""
    await room.reader()
    row = await approved(room, schedule=LATER)
    with pytest.raises(Conflict):
        await room.announcements.hurry(APPROVER, row.id, 2, WHY)
    with pytest.raises(Conflict):
        await room.announcements.hurry(APPROVER, row.id, 1, " ")
    now = await approved(room)
    with pytest.raises(Conflict):
        await hurry(room, now)
    async with transaction(room.house.engine) as connection:
        await connection.execute(MOVED)
    with pytest.raises(Conflict):
        await hurry(room, row)
    assert await room.find(row.id) == row


async def test_what_is_not_what_was_approved_is_not_sent_at_once(room: Room) -> None:
    """Changed behind everybody's back it is void, as at its time."""
    reader = await room.reader()
    row = await approved(room, schedule=LATER)
    async with transaction(room.house.engine) as connection:
        await connection.execute(TAMPER, {"id": row.id})
    assert (await hurry(room, row)).state is State.CANCELLED
    await room.tell()
    assert await room.house.texts(reader) == []


async def test_of_a_series_one_date_is_sent_at_once(room: Room) -> None:
    """The others keep their times; who wrote the first hurries none of them."""
    await room.reader()
    await approved(room, schedule=Schedule(at=NINE + timedelta(hours=5), every="day", times=3))
    second = await room.find(2)
    with pytest.raises(NotPermitted):
        await hurry(room, second, actor("editor", Grant(Role.EDITOR), Grant(Role.APPROVER)))
    assert (await hurry(room, second)).state is State.SENDING
    assert [(await room.find(one)).state for one in (1, 3)] == [State.APPROVED, State.APPROVED]


async def test_a_correction_comes_at_night_to_who_still_waits(room: Room) -> None:
    """Who waits for the first in the morning gets what is right now, and the first never."""
    reader = await room.reader()
    room.now = NIGHT
    wrong = await approved(room)
    made = await room.announcements.correct(EDITOR, wrong.id, room.draft(texts=RIGHT))
    right = await room.approve(await room.announcements.submit(EDITOR, made.id))
    await room.tell()
    assert await room.house.texts(reader) == []
    assert (await hurry(room, right, in_quiet_hours=True)).hurried_by == "approver"
    await room.tell()
    room.now = MORNING
    await room.tell()
    [said] = await room.house.texts(reader)
    assert "13时" in said


async def test_a_drill_is_hurried_too(room: Room) -> None:
    """As a live one; it is over at once and nobody is told."""
    reader = await room.reader()
    room.now = NIGHT
    drill = await approved(room, mode="training")
    await room.tell()
    assert (await room.find(drill.id)).state is State.SENDING
    await hurry(room, drill, in_quiet_hours=True)
    await room.tell()
    assert ((await room.find(drill.id)).state, await room.house.texts(reader)) == (State.DONE, [])


async def test_the_page_offers_it_to_who_may(house: House) -> None:
    """To who approves, with the version and whether quiet hours hold; not to who wrote it."""
    room = Room(house)
    room.alone_up_to(0)
    here = house.cities[CITY]
    local = here.local(datetime.now(UTC))
    quiet = QuietHours(begins=(local - timedelta(hours=2)).time(), ends=(local + timedelta(hours=2)).time())
    announcing = here.announcing.model_copy(update={"quiet": quiet})
    house.cities[CITY] = here.model_copy(update={"announcing": announcing})
    await room.reader()
    async with seats(house) as (_, writing, reading):
        await write(writing, any_hour="")
        await reading.post(f"{ONE}/approve", BOTH, of=ONE)
        assert 'id="do-hurry"' not in (await writing.get(ONE)).text
        page = (await reading.get(ONE)).text
        assert ("Quiet hours (" in page, 'name="in_quiet_hours" value="yes"' in page) == (True, True)
        fields = {"version": "1", "reason": WHY}
        unknowing = await reading.post(f"{ONE}/hurry", fields, of=ONE)
        assert (unknowing.status, "Confirm that residents are to be told" in unknowing.errors) == (422, True)
        assert (await writing.post(f"{ONE}/hurry", {**fields, "in_quiet_hours": "yes"}, of=ONE)).status == 403
        done = await reading.post(f"{ONE}/hurry", {**fields, "in_quiet_hours": "yes"}, of=ONE)
        assert done.path == f"{ONE}?done=announcement_hurry", done.errors
        page = (await writing.get(ONE)).text
        assert ("let it be sent in quiet hours" in page, WHY in page, 'id="do-hurry"' in page) == (True, True, False)


async def test_programs_and_commands_hurry(house: House, typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    """An approver's program sends at once what another's wrote; the command does as well."""
    monkeypatch.setenv("DESK_PUBLIC_URL", "http://desk.example")
    room = Room(house, now=datetime.now(UTC))
    await room.reader()
    later = Schedule(at=room.now + timedelta(hours=30), quiet=False)
    rows = [await approved(room, schedule=later) for _ in range(2)]
    wanted = {"version": 1, "reason": WHY}
    async with programs(house) as api:
        editor = await api.key("lin", Grant(Role.EDITOR, CITY))
        approver = await api.key("wang", Grant(Role.APPROVER, CITY))
        assert (await api.ask(editor, "POST", f"{PATH}/1/hurry", wanted))[0] == 403
        status, begun = await api.ask(approver, "POST", f"{PATH}/1/hurry", wanted)
        assert (status, begun["state"]) == (200, "sending")
    hong = await key_at(house.database_url, "hong", Grant(Role.APPROVER))
    code, out, errors = await typed("announce", "hurry", str(rows[1].id), "--reason", WHY, key=hong)
    assert (code, "is sending" in out) == (0, True), errors
