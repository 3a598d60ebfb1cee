"""Hints to pages of staff: what was lost while Valkey was away is looked for by everybody."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest
from fixtures.house import House, Mortal, until

from desk.staff.news import TOPICS, News


async def test_pages_look_at_everything_after_a_time_without_hints(mortal: Mortal) -> None:
    """Valkey is killed and comes back: nobody told anything meanwhile, and pages that are open look all the same."""
    news = News(mortal.house.redis)
    async with aclosing(news.topics(0.2)) as topics:
        assert await anext(topics) is None
        os.kill(mortal.valkey.pid, signal.SIGKILL)
        await asyncio.sleep(0.5)
        await mortal.valkey.start()
        heard = await all_told(topics)
    assert heard == list(TOPICS)


async def test_pages_look_at_everything_after_a_frozen_valkey(mortal: Mortal) -> None:
    """Its connection stood all the while, and said nothing."""
    news = News(mortal.house.redis)
    async with aclosing(news.topics(0.2)) as topics:
        assert await anext(topics) is None
        os.kill(mortal.valkey.pid, signal.SIGSTOP)
        await asyncio.sleep(8)
        os.kill(mortal.valkey.pid, signal.SIGCONT)
        heard = await all_told(topics)
    assert heard == list(TOPICS)


@pytest.mark.parametrize("topic", TOPICS)
async def test_a_hint_is_heard_as_it_is_told(house: House, topic: str) -> None:
    """And no page looks at anything else for that it has just been opened."""
    news = News(house.redis)
    async with aclosing(news.topics(0.2)) as topics:
        assert await anext(topics) is None

        async def listened() -> bool:
            return bool(await house.redis.pubsub_numsub("desk:news") == [("desk:news", 1)])

        await until(listened)
        await news.tell(topic)
        assert await all_told(topics, 1) == [topic]


async def all_told(topics: AsyncIterator[str | None], count: int = len(TOPICS)) -> list[str]:
    """The next topics that are told of, however long it is quiet before."""
    found: list[str] = []
    async with asyncio.timeout(20):
        async for topic in topics:
            if topic is not None:
                found.append(topic)
            if len(found) == count:
                break
    return found
