"""A channel that only a file declares, over a store: taken in once, answered, and it reaches whom it is for."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fixtures.fake_bot import FakeBot
from fixtures.house import House
from fixtures.post import PostOffice, post_office

RESIDENT = 5001


@pytest.fixture
async def office(house: House, tmp_path: Path) -> AsyncIterator[PostOffice]:
    async with post_office(house, tmp_path, channel="city_app") as office:
        yield office


async def test_a_resident_is_greeted_and_answered_once(office: PostOffice) -> None:
    """What the app brings three times is one message; the greeting has buttons, as the declaration writes them."""
    async with FakeBot() as bot, office.house.worker(bot.url), office.sender():
        done = await office.do(RESIDENT, content={"text": "你好"}, times=3)
        texts = await office.hears(RESIDENT, 2)
        heard = await office.heard(RESIDENT)
    assert done["status"] == 200
    assert "杭州" in texts[0]
    assert texts[1:] == ["1:你好"]
    assert all(set(button) == {"label", "value"} for button in heard[0]["buttons"])
    assert heard[0]["buttons"]


@pytest.mark.parametrize("doing", [{"forged": True}, {"minutes_ago": 6}, {"minutes_ago": 1440}])
async def test_what_is_forged_or_too_old_makes_no_conversation(office: PostOffice, doing: dict[str, object]) -> None:
    """The window is the declaration's: five minutes."""
    done = await office.do(RESIDENT, content={"text": "你好"}, **doing)
    assert done["status"] == 403
    assert await office.conversations() == []


async def test_a_message_that_the_app_is_too_busy_for_comes_later(office: PostOffice) -> None:
    """Once: what it refused is sent again, what it took is not."""
    async with FakeBot() as bot, office.house.worker(bot.url), office.sender():
        await office.do(RESIDENT, content={"text": "一"})
        await office.hears(RESIDENT, 2)
        await office.steer("POST", "trouble", {"what": "too-many"})
        await office.do(RESIDENT, content={"text": "二"})
        texts = await office.hears(RESIDENT, 3)
    assert texts[1:] == ["1:一", "2:二"]
