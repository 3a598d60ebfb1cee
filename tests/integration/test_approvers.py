"""Who approved an announcement sees and is told what becomes of it. Real PostgreSQL."""

from datetime import UTC, datetime, timedelta

import pytest
from fixtures.announcing import APPROVER, EDITOR, NINE, SECOND, Room
from fixtures.desk_command import Typed
from fixtures.house import House
from fixtures.staffed import key_at
from sqlalchemy import text

from desk.announcements.content import Schedule
from desk.announcements.looking import Looking
from desk.announcements.rows import AnnouncementRow
from desk.contract.staff import Actor, Grant, Role
from desk.store.database import transaction
from tests.integration.test_console_announcement_checks import BOTH, ONE
from tests.integration.test_console_announcements import seats, tell, write

LATER = Schedule(at=NINE + timedelta(hours=5))
RIGHT = {"zh_Hans": "周五13时至17时检修。", "en": "Friday, 1 pm to 5 pm."}
TOLD = text("SELECT subject || ' ' || detail FROM staff_alerts WHERE kind = 'outcome' ORDER BY id")
TAMPER = text("UPDATE announcements SET texts = jsonb_set(texts, '{en}', '\"Send money\"') WHERE id = :id")


@pytest.fixture
def room(house: House) -> Room:
    room = Room(house)
    room.alone_up_to(0)
    return room


async def told(room: Room) -> list[str]:
    """Which number, who is told, and what."""
    async with room.house.engine.connect() as connection:
        return list((await connection.execute(TOLD)).scalars())


async def approved(room: Room, who: Actor = APPROVER, **changes: object) -> AnnouncementRow:
    return await room.approve(await room.find(await room.publish(**changes)), who)


async def seen(room: Room, who: Actor = APPROVER) -> list[tuple[int, str]]:
    """What stands on somebody's start page: which number, and what ended it by itself or holds it."""
    _, found = await Looking(room.announcements).became(who, 10)
    return sorted((one.row.id, one.why) for one in found)


async def test_who_approved_is_told_that_it_was_sent(room: Room) -> None:
    """Once it is over; nobody who approved another, and nothing while it waits for its time."""
    await room.reader()
    row = await approved(room, schedule=LATER)
    await approved(room, SECOND, mode="training")
    await room.tell()
    assert (await told(room), await seen(room)) == ([], [])
    room.now += timedelta(hours=5)
    await room.announcements.begin_due()
    await room.tell()
    assert await told(room) == [f"{row.id} approver done"]
    assert ([number for number, _ in await seen(room)], await seen(room, SECOND)) == ([row.id], [(2, "")])
    room.now += timedelta(days=4)
    assert await seen(room) == []


async def test_who_approved_is_told_that_it_was_stopped_by_another(room: Room) -> None:
    """Cancelled, returned or withdrawn; not of what they did themselves, which stands there all the same."""
    await room.reader()
    cancelled, own, sent_back = [await approved(room, schedule=LATER) for _ in range(3)]
    withdrawn = await approved(room)
    await room.tell()
    await room.announcements.cancel(EDITOR, cancelled.id, "Not needed.")
    await room.announcements.cancel(APPROVER, own.id, "Not needed.")
    await room.announcements.give_back(SECOND, sent_back.id, "Which road?")
    await room.announcements.withdraw(EDITOR, withdrawn.id, "Wrong.", tell=False, post=False)
    assert await told(room) == [
        f"{withdrawn.id} approver done",
        f"{cancelled.id} approver cancel",
        f"{sent_back.id} approver return",
        f"{withdrawn.id} approver withdraw",
    ]
    assert [number for number, _ in await seen(room)] == [cancelled.id, own.id, sent_back.id, withdrawn.id]


async def test_who_approved_is_told_that_it_was_not_sent(room: Room) -> None:
    """It was too late, or another than what they approved; their start page says which."""
    await room.reader()
    late, other = [await approved(room, schedule=LATER) for _ in range(2)]
    async with transaction(room.house.engine) as connection:
        await connection.execute(TAMPER, {"id": other.id})
    room.now += timedelta(hours=5)
    await room.announcements.begin_due(limit=1)
    await room.announcements.begin_due()
    third = await approved(room, schedule=Schedule(at=room.now + timedelta(hours=1)))
    room.now += timedelta(hours=26)
    await room.announcements.begin_due()
    assert await told(room) == [f"{other.id} approver void", f"{third.id} approver expire"]
    assert await seen(room) == [(late.id, ""), (other.id, "void"), (third.id, "expire")]


async def test_who_approved_is_told_that_it_was_corrected(room: Room) -> None:
    """While it was told, or after; not who approved the correction, too."""
    await room.reader()
    first, second = await approved(room), await approved(room)
    await room.tell()
    for row, who in ((first, SECOND), (second, APPROVER)):
        right = await room.announcements.correct(EDITOR, row.id, room.draft(texts=RIGHT))
        await room.approve(await room.announcements.submit(EDITOR, right.id), who)
    assert (await told(room))[2:] == [f"{first.id} approver corrected"]
    third = await approved(room)
    right = await room.announcements.correct(EDITOR, third.id, room.draft(texts=RIGHT))
    await room.approve(await room.announcements.submit(EDITOR, right.id), SECOND)
    assert (await told(room))[3:] == [f"{third.id} approver corrected"]


async def test_what_is_paused_stands_there(room: Room) -> None:
    """As long as it is."""
    await room.reader()
    row = await approved(room)
    await room.announcements.pause(EDITOR, row.id, "Look again.")
    assert await seen(room) == [(row.id, "pause")]
    await room.announcements.resume(EDITOR, row.id)
    assert await seen(room) == [(row.id, "")]


async def test_each_date_of_a_series_is_of_who_approved_the_first(room: Room) -> None:
    """And what was changed since is nobody's until it is approved again."""
    await room.reader()
    first = await approved(room, schedule=Schedule(at=NINE + timedelta(minutes=1), every="day", times=2))
    changed = await approved(room, schedule=LATER)
    await room.announcements.save(EDITOR, changed.id, 1, room.draft(schedule=LATER))
    await room.announcements.cancel(EDITOR, changed.id, "Not needed.")
    for _ in range(2):
        room.now += timedelta(days=1)
        await room.announcements.begin_due()
        await room.tell()
    assert await told(room) == [f"{first.id} approver done", "2 approver done"]
    found = await room.announcements.all(APPROVER, approved_by="approver")
    assert [one.id for one in found] == [2, first.id]


async def test_the_start_page_and_the_list_show_it(house: House) -> None:
    """To who approved it, by its name; nobody else sees the tile's line."""
    Room(house).alone_up_to(0)
    await Room(house).reader()
    async with seats(house) as (_, writing, reading):
        await write(writing)
        await reading.post(f"{ONE}/approve", BOTH, of=ONE)
        await tell(house)
        start = (await reading.get("/console")).text
        assert ("Announcements you approved: latest news" in start, "No water in Wensan Road" in start) == (True, True)
        assert "Announcements you approved" not in (await writing.get("/console")).text
        await write(writing)
        listed = (await reading.get("/console/announcements?show=all&approved=yes")).text
        assert (ONE in listed, "/console/announcements/2" in listed) == (True, False)


async def test_the_command_lists_what_one_approved(room: Room, typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of what others approved."""
    monkeypatch.setenv("DESK_PUBLIC_URL", "http://desk.example")
    room.now = datetime.now(UTC)
    await room.reader()
    rows = [await room.find(await room.publish()) for _ in range(2)]
    await room.approve(rows[0])
    hong = await key_at(room.house.database_url, "hong", Grant(Role.APPROVER))
    code, _, errors = await typed("announce", "approve", "2", key=hong)
    assert code == 0, errors
    code, out, errors = await typed("announce", "list", "--approved", "--json", key=hong)
    assert (code, '"announcement": 2' in out, '"announcement": 1' in out) == (0, True, False), errors
