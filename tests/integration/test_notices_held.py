"""Announcements as residents chose to hear them: held, in one message, in the order that matters. Real PostgreSQL."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fixtures.announcing import CITY, EDITOR, NINE, TOPICS, Room
from fixtures.house import House, turn_of
from fixtures.staffed import actor
from sqlalchemy import text

from desk.announcements import arming
from desk.announcements.audience.whom import NOBODY
from desk.announcements.content import State
from desk.announcements.looking import Looking
from desk.announcements.measuring.figures import result_of
from desk.announcements.telling.later import Later
from desk.contract.errors import Conflict
from desk.contract.messages import SetRhythm, ShowAnnouncements, Unsubscribe
from desk.contract.staff import Grant, Role
from desk.conversations.live import Live
from desk.conversations.rows import ConversationRow
from desk.store.database import transaction

OPERATOR = actor("operator", Grant(Role.OPERATOR))
MUTE = text("""
    UPDATE residents SET muted_at = now() FROM conversations
    WHERE conversations.id = :id AND residents.id = conversations.resident_id
""")


@pytest.fixture
def room(house: House) -> Room:
    return Room(house)


async def later(room: Room) -> list[bool]:
    """What is held and due is said; whether it was, by conversation."""
    house = room.house
    saying = Later(house.engine, Live(house.redis), house.catalogs, house.cities, TOPICS, lambda: room.now)
    return [await saying.say(one) for one in await saying.waiting(NOBODY, 100)]


async def rhythm(room: Room, conversation: ConversationRow, **wish: Any) -> None:
    async with transaction(room.house.engine) as connection:
        await room.board.carry_out(turn_of(connection, conversation, [SetRhythm(**wish)]))


async def test_a_digest_is_one_message_with_what_came_since(room: Room) -> None:
    """At the hour that was chosen; once, however often it is looked for; an important one came by itself."""
    reader, other = await room.house.open(), await room.house.open()
    for one in (reader, other):
        await room.wish(one)
    await rhythm(room, reader, rhythm="daily", hour=18)
    for number in range(3):
        await room.publish(titles={"zh_Hans": f"停水{number}", "en": f"No water {number}"})
    await room.publish(urgency="important", titles={"zh_Hans": "重要", "en": "Important"})
    await room.tell()
    assert len(await room.house.texts(other)) == 4
    [said] = await room.house.texts(reader)
    assert "重要" in said
    assert await later(room) == []
    room.now += timedelta(hours=10)
    assert await later(room) == [True]
    assert await later(room) == []
    digest = (await room.house.texts(reader))[-1]
    assert all(f"停水{number}" in digest for number in range(3))
    assert "3条新通知" in digest
    assert await room.house.scalar("SELECT count(*) FROM announcement_deliveries") == 8


async def test_what_does_not_hold_any_more_is_in_no_digest(room: Room) -> None:
    """Withdrawn, over, cancelled: and if nothing is left nothing is said. What was corrected is said as corrected."""
    reader = await room.house.open()
    await room.wish(reader)
    await rhythm(room, reader, rhythm="daily", hour=18)
    gone = await room.publish()
    await room.publish(until=NINE + timedelta(hours=9, minutes=30))
    await room.tell()
    await room.announcements.withdraw(EDITOR, gone)
    room.now += timedelta(hours=10)
    assert await later(room) == [False]
    assert await room.house.texts(reader) == []
    assert await room.house.scalar("SELECT count(*) FROM held_notices") == 0


async def test_what_is_over_before_the_digest_comes_at_once(room: Room) -> None:
    """Whoever waits for a digest would never read it: a cut of today, and by the week one until the day after next."""
    daily, weekly = await room.reader(), await room.reader()
    await rhythm(room, daily, rhythm="daily", hour=18)
    await rhythm(room, weekly, rhythm="weekly", weekday=7, hour=18)
    await room.publish(until=NINE + timedelta(hours=3))
    await room.publish(until=NINE + timedelta(days=2))
    await room.tell()
    assert [len(await room.house.texts(one)) for one in (daily, weekly)] == [1, 2]


async def test_who_chooses_a_later_digest_misses_nothing(room: Room) -> None:
    """What waited for the evening and is over before Sunday comes now."""
    reader = await room.reader()
    await rhythm(room, reader, rhythm="daily", hour=18)
    await room.publish(until=NINE + timedelta(days=1))
    await room.tell()
    await rhythm(room, reader, rhythm="weekly", weekday=7, hour=18)
    assert (await later(room), len(await room.house.texts(reader))) == ([True], 1)


async def test_a_single_one_that_was_held_is_told_as_it_is(room: Room) -> None:
    """With its button to hear no more."""
    reader = await room.house.open()
    await room.wish(reader)
    await rhythm(room, reader, rhythm="weekly", weekday=5, hour=9)
    await room.publish()
    await room.tell()
    room.now += timedelta(days=3)
    assert await later(room) == [True]
    [text] = await room.house.texts(reader)
    assert "文三路停水" in text
    assert "条新通知" not in text


async def test_one_too_many_in_a_day_comes_the_next(room: Room) -> None:
    """What is urgent comes at once."""
    reader = await room.house.open()
    await room.wish(reader)
    for number in range(12):
        await room.publish(titles={"zh_Hans": f"通知{number}", "en": f"Notice {number}"})
    await room.tell()
    assert len(await room.house.texts(reader)) == 10
    assert await room.house.scalar("SELECT count(*) FROM held_notices") == 2
    room.now += timedelta(days=1)
    assert await later(room) == [True]
    assert "2条新通知" in (await room.house.texts(reader))[-1]


async def test_another_rhythm_holds_for_what_waits(room: Room) -> None:
    """And who follows nothing of it any more is not told of it."""
    reader, other = await room.house.open(), await room.house.open()
    for one in (reader, other):
        await room.wish(one)
        await rhythm(room, one, rhythm="daily", hour=18)
    await room.publish()
    await room.tell()
    await rhythm(room, reader, rhythm="at_once")
    async with transaction(room.house.engine) as connection:
        await room.board.carry_out(turn_of(connection, other, [Unsubscribe()]))
    room.now += timedelta(minutes=1)
    assert await later(room) == [True]
    assert len(await room.house.texts(reader)) == 1
    assert await room.house.scalar("SELECT count(*) FROM held_notices") == 0


async def states(room: Room, number: int) -> dict[str, int]:
    """How many residents are in each state, as its page, the API and the command say."""
    async with room.house.engine.connect() as connection:
        result = await result_of(connection, number)
    found = {one.state: one.residents for one in result.outcomes}
    assert result.told == sum(found.values()) - found.get("later", 0) - found.get("untold", 0)
    return found


async def test_the_states_of_its_residents_add_up(room: Room) -> None:
    """Told, for later, or not told: whoever it was for is in one of them, and stays so when the digest comes."""
    now, evening, leaves, all_ended, muted = [await room.reader() for _ in range(5)]
    for one in (evening, leaves, all_ended):
        await rhythm(room, one, rhythm="daily", hour=18)
    async with transaction(room.house.engine) as connection:
        await connection.execute(MUTE, {"id": muted.id})
    number = await room.publish()
    await room.tell()
    assert await states(room, number) == {"shown": 1, "later": 3, "untold": 1}
    async with transaction(room.house.engine) as connection:
        await room.board.carry_out(turn_of(connection, leaves, [Unsubscribe(topic="water")]))
        await room.board.carry_out(turn_of(connection, all_ended, [Unsubscribe()]))
    assert await states(room, number) == {"shown": 1, "later": 1, "untold": 3}
    room.now += timedelta(hours=10)
    assert await later(room) == [True]
    assert await states(room, number) == {"shown": 2, "untold": 3}
    assert len(await room.house.texts(now)) == len(await room.house.texts(evening)) == 1
    [found] = (await Looking(room.announcements).totals([await room.find(number)])).values()
    assert found == {"shown": 2, "untold": 3}


async def test_what_is_for_later_can_be_cancelled_when_the_telling_is_over(room: Room) -> None:
    """It is done, and many wait for their digest: these are told no more, and it is over then."""
    reader = await room.reader()
    await rhythm(room, reader, rhythm="daily", hour=18)
    number = await room.publish()
    await room.tell()
    assert (await room.find(number)).state is State.DONE
    assert (await room.announcements.cancel(EDITOR, number, "The street is another.")).state is State.CANCELLED
    assert await states(room, number) == {"untold": 1}
    room.now += timedelta(hours=10)
    assert await later(room) == [False]
    assert await room.house.texts(reader) == []
    assert await states(room, number) == {"untold": 1}
    with pytest.raises(Conflict):
        await room.announcements.cancel(EDITOR, number, "Once more.")


async def test_what_everybody_was_told_is_over(room: Room) -> None:
    """Nobody waits for it: there is nothing to cancel."""
    await room.reader()
    number = await room.publish()
    await room.tell()
    with pytest.raises(Conflict):
        await room.announcements.cancel(EDITOR, number, "Too late.")


async def test_what_matters_to_the_resident_is_shown_first(room: Room) -> None:
    """Urgent, then followed in their district, then the newest."""
    reader = await room.house.open()
    here, there = (one.slug for one in room.house.cities[CITY].districts[:2])
    await room.wish(reader, topic="water", district=here)
    await room.publish(topic="water", districts=(here,), titles={"zh_Hans": "本区停水", "en": "Here"})
    for name, more in (("停电", {"topic": "power"}), ("他区停水", {"topic": "water", "districts": (there,)})):
        room.now += timedelta(minutes=1)
        await room.publish(titles={"zh_Hans": name, "en": name}, **more)
    async with transaction(room.house.engine) as connection:
        done = await room.board.carry_out(turn_of(connection, reader, [ShowAnnouncements()]))
    shown = [room.house.catalogs.render(reply, "zh_Hans").text.split("】")[0] for reply in done.said]
    assert shown[1:] == ["【本区停水", "【他区停水", "【停电"]


async def test_until_when_is_said_in_a_line(room: Room) -> None:
    """With the link, in the city's time; one that names no end is shown whole."""
    reader = await room.house.open()
    await room.publish(until=datetime(2026, 11, 24, 9, tzinfo=UTC), link="https://city.example/17")
    room.now += timedelta(minutes=1)
    await room.publish(titles={"zh_Hans": "另一处停水", "en": "Elsewhere"})
    async with transaction(room.house.engine) as connection:
        asked = [ShowAnnouncements(topic="water", asks="end")]
        done = await room.board.carry_out(turn_of(connection, reader, asked))
    whole, line = [room.house.catalogs.render(reply, "zh_Hans").text for reply in done.said]
    assert "另一处停水" in whole
    assert "预计11月24日17时结束" in line
    assert line.endswith("https://city.example/17")
    assert "检修" not in line


async def test_who_wants_nothing_unasked_is_told_of_alerts_alone(room: Room) -> None:
    """Urgent news neither; and what is subscribed anew is told again."""
    reader = await room.house.open()
    await room.wish(reader)
    async with room.house.engine.begin() as connection:
        await connection.exec_driver_sql(
            "INSERT INTO residents (id, account_id, external_id, muted_at)"
            f" SELECT id, account_id, 'x', now() FROM conversations WHERE id = '{reader.id}'"
        )
        await connection.exec_driver_sql(f"UPDATE conversations SET resident_id = id WHERE id = '{reader.id}'")
    await room.publish()
    await room.publish(urgency="urgent")
    await room.tell()
    assert await room.house.texts(reader) == []
    await room.wish(reader, topic="power")
    await room.publish()
    await room.tell()
    assert len(await room.house.texts(reader)) == 1


async def test_restored_store_says_nothing_that_was_held(room: Room) -> None:
    """Another store may have said it: nothing comes until this one is armed."""
    reader = await room.house.open()
    await room.wish(reader)
    await rhythm(room, reader, rhythm="daily", hour=18)
    await room.publish()
    await room.tell()
    room.now += timedelta(hours=10)
    async with transaction(room.house.engine) as connection:
        await connection.execute(text("UPDATE announcement_arming SET store = 'another/1'"))
    assert await later(room) == []
    await arming.arm(room.house.engine, OPERATOR)
    assert await later(room) == [True]
