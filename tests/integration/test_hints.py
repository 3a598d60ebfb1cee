"""Bell and live hints. Real Valkey."""

import asyncio
from uuid import uuid4

from fixtures.house import House

from desk.conversations.bell import Bell
from desk.conversations.live import Live


async def test_a_conversation_stands_in_line_once_and_in_order(house: House) -> None:
    """However often it rings, it is heard once, at the place of its first ring."""
    bell, first, second = Bell(house.redis), uuid4(), uuid4()
    for conversation in (first, second, first, first):
        assert await bell.ring(conversation)
        await asyncio.sleep(0.002)
    assert [await bell.wait(), await bell.wait()] == [first, second]
    assert await house.redis.zcard("desk:bell") == 0


async def test_nobody_rings_is_heard_as_nothing(house: House) -> None:
    """Waiting ends after a second."""
    assert await Bell(house.redis).wait() is None


async def test_each_stream_hears_its_own_conversation(house: House) -> None:
    """Two streams of one conversation both hear, a third of another does not."""
    live, mine, other = Live(house.redis), uuid4(), uuid4()
    async with live.subscribe(mine) as one, live.subscribe(mine) as two, live.subscribe(other) as three:
        await live.publish(mine)
        assert [await one.wait(5), await two.wait(5)] == ["new", "new"]
        assert await three.wait(0.1) is None


async def test_news_outweigh_typing(house: House) -> None:
    """A stream that was busy hears of the news, not of who was typing before or after."""
    live, conversation = Live(house.redis), uuid4()
    async with live.subscribe(conversation) as stream:
        for hint in ("typing", "new", "typing"):
            stream.tell(hint)
        assert await stream.wait(1) == "new"
        assert await stream.wait(0.05) is None


async def test_news_for_many_are_heard_by_each(house: House) -> None:
    """What nobody asked for is told to many conversations at once, under a word of its own."""
    live, first, second = Live(house.redis), uuid4(), uuid4()
    async with live.subscribe(first) as one, live.subscribe(second) as two:
        await live.publish(first, second, hint="news")
        assert [await one.wait(5), await two.wait(5)] == ["news", "news"]


async def test_hints_for_many_are_few_messages(house: House) -> None:
    """All who send listen to all hints: one message tells of some hundred conversations, and each hears of its own."""
    live, many = Live(house.redis), [uuid4() for _ in range(700)]
    async with live.subscribe(many[-1]) as last, live.subscribe(many[0]) as first, house.redis.pubsub() as all_hints:
        await all_hints.psubscribe("desk:live*")
        await live.publish(*many, hint="news")
        assert [await first.wait(5), await last.wait(5)] == ["news", "news"]
        messages = []
        while (message := await all_hints.get_message(timeout=0.5)) is not None:
            messages.append(message)
    assert [one["type"] for one in messages] == ["psubscribe", "pmessage", "pmessage"]


async def test_a_stream_that_ended_leaves_nothing_behind(house: House) -> None:
    """When the last stream of a process ends, its listening connection does; a new one begins anew."""
    live, conversation = Live(house.redis), uuid4()
    for _ in range(2):
        async with live.subscribe(conversation) as stream:
            await live.publish(conversation)
            assert await stream.wait(5) == "new"
        assert await house.redis.pubsub_numpat() == 0
