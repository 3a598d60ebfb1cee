"""The announcements room: published, told once to who wants it, withdrawn, shown, forgotten. Real PostgreSQL."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from fixtures.announcing import CITY, EDITOR, NINE, Room
from fixtures.fake_bot import FakeBot
from fixtures.house import House, going, turn_of, until

from desk.announcements.content import State
from desk.announcements.telling import teller
from desk.contract.errors import Conflict, NotFound
from desk.contract.messages import Unsubscribe
from desk.contract.rendered import RenderedMessage
from desk.conversations import service
from desk.conversations.live import Live
from desk.store.database import transaction


@pytest.fixture
def room(house: House) -> Room:
    return Room(house)


async def test_subscribers_are_told_once_in_their_language(room: Room) -> None:
    """Who wants to hear of the topic hears of it, once, however often and by however many the telling is done."""
    reader, other = await room.house.open(locale="en"), await room.house.open()
    await room.wish(reader)
    await room.wish(other, topic="traffic")
    await room.publish()
    await asyncio.gather(*(room.tell() for _ in range(4)))
    [text] = await room.house.texts(reader)
    assert "No water in Wensan Road" in text
    assert await room.house.texts(other) == []


async def test_button_to_hear_no_more_counts(room: Room) -> None:
    """What was said unasked offers to hear no more of its topic."""
    reader = await room.house.open()
    await room.wish(reader)
    await room.publish()
    await room.tell()
    offered = await room.house.opened(
        reader, "SELECT offered FROM dialogue_states WHERE conversation_id = :id", "state"
    )
    assert '/unsubscribe{"topic": "water"}' in offered


async def test_districts_narrow_the_telling(room: Room) -> None:
    """Of a district hear those who asked for it or for the whole city; of the city everybody."""
    district, other = (one.slug for one in room.house.cities[CITY].districts[:2])
    everywhere, here, there = [await room.house.open() for _ in range(3)]
    await room.wish(everywhere)
    await room.wish(here, district=district)
    await room.wish(there, district=other)
    await room.publish(districts=(district,))
    await room.tell()
    assert [len(await room.house.texts(one)) for one in (everywhere, here, there)] == [1, 1, 0]
    await room.publish(districts=(district, other))
    await room.publish()
    await room.tell()
    assert [len(await room.house.texts(one)) for one in (everywhere, here, there)] == [3, 3, 2]


async def test_loop_tells_chunk_by_chunk(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """More subscribers than a chunk are told one chunk after the other, everybody once; then it is done."""
    monkeypatch.setattr(teller, "CHUNK", 2)
    readers = [await room.house.open() for _ in range(5)]
    for reader in readers:
        await room.wish(reader)
    number = await room.publish()

    async def done() -> bool:
        return (await room.announcements.find(EDITOR, number)).state is State.DONE

    async with going(room.teller.run()):
        await until(done)
    assert [len(await room.house.texts(reader)) for reader in readers] == [1] * 5


async def test_withdrawn_and_outdated_are_neither_shown_nor_told(room: Room) -> None:
    """What was taken back, or is out of date, is not said any more."""
    reader = await room.house.open()
    await room.wish(reader)
    gone = await room.publish()
    await room.publish(until=NINE + timedelta(hours=1))
    await room.announcements.withdraw(EDITOR, gone)
    room.now += timedelta(hours=2)
    assert await room.shown() == ["杭州目前没有仍然有效的通知。您可以订阅，一有新通知就在这里告诉您。"]
    [empty] = await room.shown(topic="traffic")
    assert "交通管制" in empty
    await room.tell()
    assert await room.house.texts(reader) == []
    with pytest.raises(NotFound):
        await room.announcements.withdraw(EDITOR, gone)


async def test_latest_come_first_and_by_topic(room: Room) -> None:
    """The newest five that hold, of a topic or of all."""
    for number in range(7):
        await room.publish(titles={"zh_Hans": f"通知{number}", "en": f"Notice {number}"})
        room.now += timedelta(minutes=1)
    await room.publish(topic="traffic", titles={"zh_Hans": "封路", "en": "Closed"})
    shown = await room.shown()
    assert [text.split("】")[0] for text in shown] == [
        "杭州近期的通知：",
        "【封路",
        "【通知6",
        "【通知5",
        "【通知4",
        "【通知3",
    ]
    assert [text.split("】")[0] for text in await room.shown(topic="traffic")] == [
        "杭州近期关于“交通管制”的通知：",
        "【封路",
    ]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"city": "atlantis"}, NotFound),
        ({"agency": "nobody"}, NotFound),
        ({"topic": "gossip"}, NotFound),
        ({"districts": ("mars",)}, NotFound),
        ({"titles": {"zh_Hans": "", "en": "x"}}, Conflict),
        ({"titles": {"zh_Hans": "无"}}, Conflict),
        ({"texts": {"zh_Hans": "长" * 1001, "en": "long"}}, Conflict),
        ({"until": NINE}, Conflict),
    ],
)
async def test_drafts_are_checked(room: Room, changes: dict[str, Any], error: type[Exception]) -> None:
    """What names nothing there is, is empty, too long or out of date is not published."""
    with pytest.raises(error):
        await room.publish(**changes)
    assert await room.house.scalar("SELECT count(*) FROM announcements") == 0


async def test_what_was_told_is_given_out_and_erased(room: Room) -> None:
    """Who asks what is kept of them reads which announcements were said here; erasing forgets that they were."""
    reader, other = await room.house.open(), await room.house.open()
    for one in (reader, other):
        await room.wish(one)
    await room.publish()
    await room.tell()
    async with transaction(room.house.engine) as connection:
        data = await service.data_of(connection, reader.id, room.house.parts())
    assert [(one["topic"], one["titles"]["en"]) for one in data["announcements"]] == [
        ("water", "No water in Wensan Road")
    ]
    erased = RenderedMessage(text="erased", locale="zh_Hans")
    await service.erase(room.house.engine, Live(room.house.redis), reader.id, erased, room.house.parts())
    left = "SELECT count(*) FROM announcement_deliveries WHERE conversation_id = :id"
    assert [await room.house.scalar(left, id=one.id) for one in (reader, other)] == [0, 1]


async def test_wishes_reach_the_bot_and_end(room: Room) -> None:
    """The next turn knows the subscriptions of its city; ended ones are gone; erasing forgets all."""
    reader = await room.house.open()
    await room.wish(reader)
    await room.wish(reader, topic="traffic")
    await room.wish(reader)
    async with FakeBot() as bot, room.house.worker(bot.url):
        await room.house.say(reader, "hello")
        await room.house.settle(reader)
    wishes = [one["topic"] for one in bot.requests[-1]["context"]["subscriptions"]]
    assert sorted(wishes) == ["traffic", "water"]
    async with transaction(room.house.engine) as connection:
        await room.board.carry_out(turn_of(connection, reader, [Unsubscribe(topic="water")]))
        data = await service.data_of(connection, reader.id, room.house.parts())
    assert [one["topic"] for one in data["subscriptions"]] == ["traffic"]
    await service.erase(
        room.house.engine,
        Live(room.house.redis),
        reader.id,
        RenderedMessage(text="erased", locale="zh_Hans"),
        room.house.parts(),
    )
    assert await room.house.scalar("SELECT count(*) FROM subscriptions") == 0
