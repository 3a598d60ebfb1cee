"""Telegram over a store: what residents do there is taken in once, answered, and reaches them. Real stores, a wire."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fixtures.fake_bot import FakeBot
from fixtures.house import House
from fixtures.post import PostOffice, post_office

from desk.contract.channel import Polled

RESIDENT = 5001


@pytest.fixture
async def office(house: House, tmp_path: Path) -> AsyncIterator[PostOffice]:
    async with post_office(house, tmp_path) as office:
        yield office


async def test_a_resident_is_greeted_and_answered(office: PostOffice) -> None:
    """The first words make the conversation, with a greeting before the answer; both arrive."""
    async with FakeBot() as bot, office.house.worker(bot.url), office.sender():
        done = await office.do(RESIDENT, say="你好")
        assert done["status"] == 200
        texts = await office.hears(RESIDENT, 2)
    assert "杭州" in texts[0]
    assert len(texts) == 2


async def test_an_unknown_account_says_nothing(office: PostOffice) -> None:
    """Whether an account exists cannot be asked."""
    for path in ("telegram/nobody_telegram", f"weibo/{office.account.slug}", "telegram/hangzhou"):
        async with office.http.post(f"{office.desk_url}/channels/{path}", json={}) as response:
            assert response.status == 404
    async with office.http.post(office.webhook, json={"update_id": 1}) as response:
        assert (response.status, await response.read()) == (403, b"")


async def test_what_is_asked_for_is_taken_once_and_nothing_unreadable_stops_it(office: PostOffice) -> None:
    """Polling ends the webhook; it goes on after its mark, past an update that nobody can read; repeats are known."""
    account, channel = office.account, office.register.channel_of(office.account)
    assert isinstance(channel, Polled)
    opened = office.register.opened(account)
    polled = asyncio.create_task(channel.poll(office.http, opened, None))
    while (await office.steer("GET", "bot"))["webhook"] is not None:
        await asyncio.sleep(0.05)
    await office.do(RESIDENT, say="一")
    happened, mark = await polled
    await office.do(RESIDENT, update={"message": {"message_id": "none"}})
    await office.do(RESIDENT, say="二")
    again, mark = await channel.poll(office.http, opened, mark)
    assert [type(one.what).__name__ for one in (*happened, *again)] == ["TextReceived", "EventIgnored", "TextReceived"]
    taken = [await office.channels.intake.take(account, channel, found) for found in (happened, again, again)]
    assert taken == [1, 1, 0]
    assert await channel.poll(office.http, opened, str(int(mark or 0) - 1)) == (again[-1:], mark)
