"""Corrections of what some still wait for: they read what is right, once, and never what was wrong. Real PostgreSQL."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fixtures.announcing import APPROVER, CITY, EDITOR, NINE, Room
from fixtures.house import House, turn_of
from fixtures.tickets import link

from desk.announcements.audience.whom import NOBODY
from desk.announcements.content import Schedule, State
from desk.announcements.measuring.figures import result_of
from desk.announcements.rows import AnnouncementRow
from desk.announcements.telling import teller
from desk.announcements.telling.later import Later
from desk.announcements.telling.pace import quiet_end
from desk.contract.errors import Conflict
from desk.contract.messages import SetRhythm
from desk.conversations.live import Live
from desk.conversations.rows import ConversationRow
from desk.store.database import transaction

NIGHT, MORNING = datetime(2026, 11, 24, 20, 0, tzinfo=UTC), datetime(2026, 11, 25, 0, 0, tzinfo=UTC)
RIGHT = {"zh_Hans": "周五13时至17时检修。", "en": "Friday, 1 pm to 5 pm."}


@pytest.fixture
def room(house: House) -> Room:
    return Room(house)


async def corrected(room: Room, wrong: int, **changes: Any) -> AnnouncementRow:
    """A correction that was submitted, and begins where it reaches few."""
    right = await room.announcements.correct(EDITOR, wrong, room.draft(**{"texts": RIGHT, **changes}))
    return await room.announcements.submit(EDITOR, right.id)


async def waiting(room: Room, wrong: int) -> int:
    """How many would read a correction alone."""
    return (await room.announcements.reach(EDITOR, room.draft(texts=RIGHT), wrong)).waiting


async def read(room: Room, *readers: ConversationRow) -> list[list[bool]]:
    """For each the messages they got, in order: whether each says what is right."""
    return [["13时" in text for text in await room.house.texts(one)] for one in readers]


async def digests(room: Room, reader: ConversationRow, hour: int = 18) -> None:
    async with transaction(room.house.engine) as connection:
        wish = SetRhythm(rhythm="daily", weekday=1, hour=hour)
        await room.board.carry_out(turn_of(connection, reader, [wish]))


async def say_held(room: Room) -> None:
    house = room.house
    later = Later(
        house.engine, Live(house.redis), house.catalogs, house.cities, room.announcements.topics, lambda: room.now
    )
    for one in await later.waiting(NOBODY, 100):
        await later.say(one)


async def test_in_quiet_hours_the_correction_waits_in_its_place(room: Room) -> None:
    """What nobody has received yet is corrected: in the morning everybody reads the correction, and nothing else."""
    readers = [await room.reader() for _ in range(5)]
    room.now = NIGHT
    wrong = await room.publish()
    await room.tell()
    assert await waiting(room, wrong) == 5
    right = await corrected(room, wrong)
    await room.tell()
    assert await read(room, *readers) == [[]] * 5
    assert ((await room.find(wrong)).state, (await room.find(right.id)).state) == (State.CANCELLED, State.SENDING)
    room.now = MORNING
    await room.tell()
    assert await read(room, *readers) == [[True]] * 5
    assert (await room.find(right.id)).state is State.DONE
    assert (await room.announcements.standing(EDITOR, right.id)).recipients == 5


async def test_an_urgent_correction_waits_for_no_morning(room: Room) -> None:
    """Who still waits in quiet hours is told at once of what is urgent now."""
    reader = await room.reader()
    room.now = NIGHT
    wrong = await room.publish()
    await room.tell()
    await corrected(room, wrong, urgency="urgent")
    await room.tell()
    assert await read(room, reader) == [[True]]


async def test_in_the_middle_both_numbers_are_counted(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it is submitted it says how many were told and how many wait; all get the correction once."""
    monkeypatch.setattr(teller, "CHUNK", 2)
    readers = sorted([await room.reader() for _ in range(5)], key=lambda one: one.id)
    wrong = await room.publish()
    assert await room.teller.step()
    draft = room.draft(texts=RIGHT)
    reach = await room.announcements.reach(EDITOR, draft, wrong)
    assert (reach.residents, sum(one.residents for one in reach.parts), reach.waiting) == (5, 5, 3)
    right = await room.announcements.correct(EDITOR, wrong, draft)
    assert (await room.announcements.standing(EDITOR, right.id)).recipients == 5
    await room.announcements.submit(EDITOR, right.id)
    await room.tell()
    assert await read(room, *readers) == [[False, True], [False, True], [True], [True], [True]]
    assert (await room.announcements.standing(EDITOR, right.id)).recipients == 5


async def test_a_correction_of_a_correction_reaches_all(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waited for the first, and then for the correction, reads the last one alone."""
    monkeypatch.setattr(teller, "CHUNK", 1)
    readers = sorted([await room.reader() for _ in range(4)], key=lambda one: one.id)
    wrong = await room.publish()
    assert await room.teller.step()
    half = await corrected(room, wrong, texts={"zh_Hans": "周五。", "en": "Friday."})
    assert await room.teller.step()
    await corrected(room, half.id)
    await room.tell()
    assert [one[-1] for one in await read(room, *readers)] == [True] * 4
    assert await read(room, *readers[2:]) == [[True]] * 2


async def test_who_waits_for_a_digest_reads_the_last_correction(room: Room) -> None:
    """Of what was held and corrected twice the digest says what is right."""
    reader = await room.reader()
    await digests(room, reader)
    wrong = await room.publish()
    await room.tell()
    half = await corrected(room, wrong, texts={"zh_Hans": "周五。", "en": "Friday."})
    assert (await room.announcements.standing(EDITOR, half.id)).recipients == 1
    await corrected(room, half.id)
    await room.tell()
    assert await read(room, reader) == [[]]
    room.now = NINE + timedelta(hours=9)
    await say_held(room)
    assert await read(room, reader) == [[True]]


async def test_a_paused_telling_goes_on_with_the_correction(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody paused what is wrong; corrected, the rest is told what is right."""
    monkeypatch.setattr(teller, "CHUNK", 1)
    readers = sorted([await room.reader() for _ in range(3)], key=lambda one: one.id)
    wrong = await room.publish()
    assert await room.teller.step()
    await room.announcements.pause(APPROVER, wrong, "It is wrong.")
    await corrected(room, wrong)
    await room.tell()
    assert await read(room, *readers) == [[False, True], [True], [True]]


async def test_who_has_several_channels_waits_once(room: Room) -> None:
    """Linked channels are one resident's: counted once, and told on one of them."""
    one, other = await room.reader(), await room.reader()
    await link(room.house, one, other)
    room.now = NIGHT
    wrong = await room.publish()
    assert await waiting(room, wrong) == 1
    await corrected(room, wrong)
    room.now = MORNING
    await room.tell()
    assert sorted(await read(room, one, other)) == [[], [True]]


async def test_a_withdrawn_correction_is_told_to_nobody_who_waits(room: Room) -> None:
    """Taken back in quiet hours, neither is said in the morning."""
    readers = [await room.reader() for _ in range(2)]
    room.now = NIGHT
    wrong = await room.publish()
    right = await corrected(room, wrong)
    await room.announcements.withdraw(APPROVER, right.id)
    standing = await room.announcements.standing(EDITOR, right.id)
    assert (standing.recipients, standing.reach.instead_of) == (0, [])
    room.now = MORNING
    await room.tell()
    assert await read(room, *readers) == [[]] * 2


async def test_many_who_wait_need_a_second_person(room: Room) -> None:
    """Who still waits counts for the limit of what one person sends alone."""
    here = room.house.cities[CITY]
    announcing = here.announcing.model_copy(update={"alone_up_to": 0})
    room.house.cities[CITY] = here.model_copy(update={"announcing": announcing})
    await room.reader()
    room.now = NIGHT
    wrong = await room.publish()
    await room.approve(await room.find(wrong))
    assert (await corrected(room, wrong)).state is State.PENDING


async def test_who_was_told_in_its_place_is_counted_and_nobody_else(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped in the middle, a correction is for whom it came to: who still waited is told nothing any more."""
    monkeypatch.setattr(teller, "CHUNK", 1)
    for _ in range(4):
        await room.reader()
    wrong = await room.publish()
    right = await corrected(room, wrong)
    assert (await room.announcements.standing(EDITOR, right.id)).recipients == 4
    for _ in range(2):  # nobody knows the first; the first of those who wait
        assert await room.teller.step()
    assert (await room.announcements.standing(EDITOR, right.id)).recipients == 4
    await room.announcements.cancel(APPROVER, right.id, "Wrong, too.")
    assert (await room.announcements.standing(EDITOR, right.id)).recipients == 1


async def test_it_says_until_when_those_wait_who_were_not_told(room: Room) -> None:
    """Quiet hours keep a correction from them alone; urgent, or for any hour, from nobody; in the morning neither."""
    await room.reader()
    room.now = NIGHT
    city = room.house.cities[CITY]
    wrong = await room.publish()
    right = await corrected(room, wrong)
    for now, ends in ((NIGHT, MORNING), (MORNING, None)):
        standing = await room.announcements.standing(EDITOR, right.id)
        assert quiet_end(standing.row, standing.reach, city, now) == ends
    urgent = await room.announcements.standing(EDITOR, (await corrected(room, right.id, urgency="urgent")).id)
    assert quiet_end(urgent.row, urgent.reach, city, NIGHT) is None


async def test_an_account_is_named_once(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """A paused correction stands on an account to two kinds of readers, and is one line; so is one that goes on."""
    monkeypatch.setattr(teller, "CHUNK", 1)
    for _ in range(2):
        await room.reader()
    wrong = await room.publish()
    assert await room.teller.step()
    right = await corrected(room, wrong)
    async with room.house.engine.connect() as connection:
        before = (await result_of(connection, right.id)).sends
    await room.announcements.pause(APPROVER, right.id, "Look again.")
    async with room.house.engine.connect() as connection:
        after = (await result_of(connection, right.id)).sends
    assert [[(one.state, one.why) for one in some] for some in (before, after)] == [
        [("going", None)],
        [("paused", "Look again.")],
    ]


async def test_what_was_corrected_is_corrected_by_its_newest(room: Room) -> None:
    """Another correction of the same would divide those who know it: refused, naming the newest; taken back, not."""
    await room.reader()
    wrong = await room.publish()
    await room.tell()
    other = await room.announcements.correct(EDITOR, wrong, room.draft(texts=RIGHT))
    first = await corrected(room, wrong)
    second = await corrected(room, first.id)
    with pytest.raises(Conflict, match=f"correct {second.id}"):
        await room.announcements.correct(EDITOR, wrong, room.draft(texts=RIGHT))
    with pytest.raises(Conflict, match=f"correct {second.id}"):
        await room.announcements.submit(EDITOR, other.id)
    await room.announcements.withdraw(APPROVER, second.id, tell=False)
    await room.announcements.withdraw(APPROVER, first.id, tell=False)
    assert (await room.announcements.submit(EDITOR, other.id)).state is State.SENDING


async def test_of_two_corrections_for_later_the_first_is_sent(room: Room) -> None:
    """The other ends when its time comes, and says why."""
    await room.reader()
    wrong = await room.publish()
    await room.tell()
    soon, late = (Schedule(at=NINE + timedelta(hours=hours)) for hours in (1, 2))
    rows = [await corrected(room, wrong, schedule=one) for one in (soon, late)]
    assert [one.state for one in rows] == [State.APPROVED] * 2
    room.now = NINE + timedelta(hours=3)
    await room.announcements.begin_due()
    assert [(await room.find(one.id)).state for one in rows] == [State.SENDING, State.CANCELLED]
    history = (await room.announcements.standing(EDITOR, rows[1].id)).history
    assert history[-1].reason == "another correction was sent first"
