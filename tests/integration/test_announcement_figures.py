"""Figures of announcements: what became of each, counted by a job, as rows, on the page and as CSV. Real PostgreSQL."""

import csv
import io
import re
from datetime import date, timedelta
from itertools import combinations

import pytest
from fixtures.announcing import CITY, EDITOR, NINE, TOPICS, Room
from fixtures.desks import desks_at, hire
from fixtures.fake_bot import FakeBot
from fixtures.house import House, turn_of
from fixtures.staffed import actor
from sqlalchemy import text

from desk.announcements.measuring.counting import AFTER, DIMENSIONS, KINDS, USUAL, Counting, Figures, Row, Wanted
from desk.announcements.measuring.figures import note_read, result_of
from desk.announcements.telling.later import Later
from desk.contract.messages import SetRhythm, Unsubscribe
from desk.contract.staff import Grant, Role
from desk.conversations.live import Live
from desk.conversations.rows import ConversationRow
from desk.store.database import transaction

DAY = date(2026, 11, 24)
ANALYST = Grant(Role.ANALYST)
WANTED = Wanted(DAY, DAY)
REPORT = text("""UPDATE deliveries SET reports = '{"a": false}' WHERE conversation_id = :id""")
ANSWER = text("""
    INSERT INTO inbound_messages (conversation_id, account_id, external_id, kind, body, received_at)
    SELECT id, account_id, id::text, 'text', '{}', :at FROM conversations WHERE id = :id
""")
SAID_LAST = "SELECT max(seq) FROM outbound_messages WHERE conversation_id = :id"
READ_AT = "SELECT read_at FROM announcement_deliveries WHERE conversation_id = :id"
MUTE = text("""
    UPDATE residents SET muted_at = :at
    WHERE id = (SELECT resident_id FROM conversations WHERE conversations.id = :id)
""")
TOLD = ("told", "shown", "delivered", "waiting", "failed", "unknown", "withheld", "digested")


@pytest.fixture
def room(house: House) -> Room:
    return Room(house)


async def counted(room: Room) -> list[int]:
    """Count all that is due; answers what was."""
    counting = Counting(room.house.engine, lambda: room.now)
    return [one for one in await counting.due(100) if await counting.count(one)]


async def unsubscribe(room: Room, conversation: ConversationRow, topic: str | None = "water") -> None:
    async with transaction(room.house.engine) as connection:
        await room.board.carry_out(turn_of(connection, conversation, [Unsubscribe(topic=topic)]))


async def rows(room: Room, wanted: Wanted = WANTED, *grants: Grant) -> list[Row]:
    return await Figures(room.house.engine).rows(actor("an", *(grants or (ANALYST,))), wanted)


async def test_what_became_of_it_adds_up(room: Room) -> None:
    """Everybody who was told is in exactly one of the states; what platforms report later counts."""
    states = ("sent", "sent", "sent", "unknown", "dead", "dropped", "waiting")
    readers = [await room.reader(pushes=True) for _ in states]
    await room.reader()
    await room.publish()
    await room.tell()
    for reader, state in zip(readers, states, strict=True):
        if state != "waiting":
            await room.became(reader, state)
    async with transaction(room.house.engine) as connection:
        await connection.execute(REPORT, {"id": readers[0].id})
    await counted(room)
    (row,) = await rows(room)
    assert [getattr(row, one) for one in TOLD] == [8, 1, 2, 1, 2, 1, 1, 0]
    assert (row.published, row.city, row.day) == (1, CITY, DAY)


async def test_who_is_told_later_or_not_at_all_counts_as_on_its_own_page(room: Room) -> None:
    """Apart from those told: in a digest until it comes, and never where somebody left or wants nothing unasked."""
    now, evening, leaves, silent = await room.reader(), await room.reader(), await room.reader(), await room.reader()
    for one in (evening, leaves):
        async with transaction(room.house.engine) as connection:
            await room.board.carry_out(turn_of(connection, one, [SetRhythm(rhythm="daily", hour=18)]))
    async with transaction(room.house.engine) as connection:
        await connection.execute(MUTE, {"id": silent.id, "at": NINE - timedelta(hours=1)})
    number = await room.publish()
    await room.tell()
    await unsubscribe(room, leaves)
    await counted(room)

    async def on_its_page(*states: str) -> int:
        async with room.house.engine.connect() as connection:
            return (await result_of(connection, number)).in_state(*states)

    (row,) = await rows(room)
    assert (row.told, row.shown, row.later, row.untold) == (1, 1, 1, 2)
    assert [await on_its_page(one) for one in ("shown", "later", "untold")] == [1, 1, 2]
    room.now = NINE + timedelta(hours=10)
    saying = Later(
        room.house.engine, Live(room.house.redis), room.house.catalogs, room.house.cities, TOPICS, lambda: room.now
    )
    assert await saying.say(evening.id)
    await counted(room)
    (row,) = await rows(room)
    assert (row.told, row.later, row.untold) == (2, 0, 2)
    assert await room.house.texts(now)


async def test_what_is_cancelled_while_it_waits_is_not_told(room: Room) -> None:
    """From then on it is counted so."""
    reader = await room.reader()
    async with transaction(room.house.engine) as connection:
        await room.board.carry_out(turn_of(connection, reader, [SetRhythm(rhythm="daily", hour=18)]))
    number = await room.publish()
    await room.tell()
    await room.announcements.cancel(EDITOR, number, "Called off.")
    await counted(room)
    (row,) = await rows(room, Wanted(DAY, DAY, by=frozenset({"channel"})))
    assert (row.channel, row.told, row.later, row.untold) == ("webchat", 0, 0, 1)


async def test_what_was_read_counts_where_the_channel_tells_it(room: Room) -> None:
    """A page says which messages it showed; of channels that keep it to themselves nothing is counted."""
    reader, other = await room.reader(), await room.reader()
    silent = await room.reader(pushes=True)
    async with transaction(room.house.engine) as connection:
        await connection.execute(text("UPDATE conversations SET channel = 'weibo' WHERE id = :id"), {"id": silent.id})
    number = await room.publish()
    await room.tell()
    async with transaction(room.house.engine) as connection:
        for one, at in ((reader, NINE), (reader, NINE + timedelta(hours=1)), (silent, NINE)):
            seq = await room.house.scalar(SAID_LAST, id=one.id)
            await note_read(connection, one.id, [seq, 99_999], at)
    await counted(room)
    (row,) = await rows(room)
    assert (row.told, row.tells, row.read) == (3, 2, 1)
    assert await room.house.scalar(READ_AT, id=reader.id) == NINE
    assert await room.house.scalar(READ_AT, id=other.id) is None
    async with room.house.engine.connect() as connection:
        result = await result_of(connection, number)
        assert (result.tells, result.read) == (2, 1)


async def test_replies_and_unsubscribes_count_within_a_day(room: Room) -> None:
    """Of the topic or of all, by words or a stop word; a day later it has nothing to do with the announcement."""
    early, late, leaves, leaves_all, other, stops, stays = [await room.reader() for _ in range(7)]
    await room.wish(other, topic="traffic")
    await room.publish()
    await room.tell()
    hour, later = NINE + timedelta(hours=1), NINE + timedelta(hours=25)
    async with transaction(room.house.engine) as connection:
        await connection.execute(ANSWER, {"id": early.id, "at": hour})
        await connection.execute(ANSWER, {"id": late.id, "at": later})
        await connection.execute(MUTE, {"id": stops.id, "at": hour})
    room.now = hour
    await unsubscribe(room, leaves)
    await unsubscribe(room, leaves_all, None)
    await unsubscribe(room, other, "traffic")
    room.now = later
    await unsubscribe(room, stays)
    await counted(room)
    (row,) = await rows(room)
    assert (row.told, row.replied, row.unsubscribed) == (7, 1, 3)


async def test_looking_announcements_up_is_no_reply(room: Room) -> None:
    """Whoever does only that; what is said beside it, or wanted as well, is one."""
    looks, asks, both = [await room.reader() for _ in range(3)]
    number = await room.publish()
    await room.tell()
    async with transaction(room.house.engine) as connection:
        await connection.execute(text("UPDATE announcement_deliveries SET said_at = now() - interval '1 minute'"))
    look, wish = {"type": "show_announcements", "topic": "water"}, {"type": "subscribe", "topic": "water"}
    async with FakeBot() as bot, room.house.worker(bot.url):
        for reader, effects in ((looks, [look]), (asks, []), (both, [look, wish])):
            bot.answers = [{"effects": effects}]
            await room.house.say(reader, "any news?")
            await room.house.settle(reader)
    await counted(room)
    (row,) = await rows(room)
    assert row.replied == 2
    async with room.house.engine.connect() as connection:
        assert (await result_of(connection, number)).answered == 2
    outcome = "SELECT outcome FROM inbound_messages WHERE conversation_id = :id"
    assert [await room.house.scalar(outcome, id=one.id) for one in (looks, both)] == ["looked_up", "answered"]


async def test_an_announcement_is_counted_until_nothing_changes_any_more(room: Room) -> None:
    """Each ten minutes, each hour, each day; after nine days never again, and its figures outlive its residents."""
    reader = await room.reader()
    number = await room.publish()
    training = await room.publish(mode="training")
    await room.tell()
    assert number != training
    waits = []
    for since in (timedelta(0), timedelta(hours=3), timedelta(days=3), timedelta(days=10)):
        room.now = NINE + since
        assert (await counted(room), await counted(room)) == ([number], [])
        due = await room.house.scalar("SELECT count_at FROM announcements WHERE id = :id", id=number)
        waits.append(due and due - room.now)
        assert since.days > 9 or await Figures(room.house.engine).oldest(actor("an", ANALYST), WANTED) == room.now
    assert waits == [timedelta(minutes=10), timedelta(hours=1), timedelta(days=1), None]
    assert await Figures(room.house.engine).oldest(actor("an", ANALYST), WANTED) is None
    room.now += timedelta(days=100)
    assert await counted(room) == []
    async with transaction(room.house.engine) as connection:
        for one in room.board.erases:
            await connection.execute(one, {"id": reader.id})
    (row,) = await rows(room)
    assert row.told == 1


async def test_what_was_told_to_nobody_is_published_all_the_same(room: Room) -> None:
    """It has a row without a channel; drafts and trainings have none."""
    await room.publish()
    await room.publish(mode="training")
    await room.pending()
    await counted(room)
    (row,) = await rows(room, Wanted(DAY, DAY, by=frozenset({"channel"})))
    assert (row.channel, row.published, row.told) == ("", 1, 0)
    assert await rows(room, Wanted(DAY, DAY, channel="webchat")) == []


async def test_page_is_csv_is_rows(room: Room) -> None:
    """By each set of agency, topic, channel and day, nothing is counted twice."""
    agencies = [one.slug for one in room.house.cities[CITY].agencies[:2]]
    reader = await room.reader()
    await room.wish(reader, topic="traffic")
    for agency, topic in ((agencies[0], "water"), (agencies[0], "traffic"), (agencies[1], "water")):
        await room.publish(agency=agency, topic=topic)
    await room.tell()
    await counted(room)
    ann = await hire(room.house.engine, "ann", ANALYST)
    async with desks_at(room.house) as desks, desks.chair(ann) as chair:
        for by in [one for count in range(5) for one in combinations(DIMENSIONS, count)]:
            asked = "&".join([f"since={DAY}&until={DAY}", *(f"by_{one}=yes" for one in by)])
            page = await chair.get(f"/console/figures/announcements?{asked}")
            downloaded = await chair.get(f"/console/figures/announcements.csv?{asked}")
            assert page.status == 200
            lines = list(csv.DictReader(io.StringIO(downloaded.text.removeprefix("\ufeff"))))
            page_is_csv(page.text, lines)
            chosen = frozenset(by) or USUAL
            found = await rows(room, Wanted(DAY, DAY, by=chosen))
            assert (sum(row.told for row in found), sum(row.published for row in found)) == (3, 3)
            names = (*KINDS, *AFTER)
            assert [list(line.values())[-len(names) :] for line in lines] == [
                [str(getattr(row, name)) for name in names] for row in found
            ]
            assert {name for name, head in HEADS.items() if head in lines[0]} == {"city", *chosen}


HEADS = {
    "day": "Published on (Asia/Shanghai, UTC+08:00)",
    "city": "City",
    "agency": "Agency",
    "topic": "Topic",
    "channel": "Channel",
}


def page_is_csv(page: str, lines: list[dict[str, str]]) -> None:
    """Each number of the CSV stands on the page, and the plot counts them all."""
    for label in ("Announcements", "Sent", "Shown in web chat"):
        cells = re.findall(rf'data-label="{label}"[^>]*><div>(\d+)</div>', page)
        assert cells == [line[label] for line in lines]
    assert re.search(r'<text class="value"[^>]*>3</text>\s*<text class="day"[^>]*>11-24</text>', page)


async def test_who_may_see_figures_sees_those_of_their_places(room: Room) -> None:
    """Others are not counted; who may see none has no page; days that are no days are said to be wrong."""
    await room.publish()
    await counted(room)
    assert len(await rows(room, WANTED, Grant(Role.ANALYST, CITY))) == 1
    assert await rows(room, WANTED, Grant(Role.ANALYST, "ningbo")) == []
    editor = await hire(room.house.engine, "lin", Grant(Role.EDITOR, CITY))
    ann = await hire(room.house.engine, "ann", ANALYST)
    async with desks_at(room.house) as desks, desks.chair(editor) as chair, desks.chair(ann) as other:
        assert (await chair.get("/console/figures/announcements")).status == 403
        assert (await chair.get("/console/figures/announcements.csv")).status == 403
        assert (await other.get("/console/figures/announcements?since=tomorrow")).status == 422
