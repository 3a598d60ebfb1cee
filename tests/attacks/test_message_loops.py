"""Loops of other machines, and a person who writes the same again and again since they are in danger."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fixtures.fake_bot import FakeBot
from fixtures.house import House, until
from fixtures.post import PostOffice, post_office

from desk.intake.loops import LIMIT

WHO = 13800138000


@pytest.fixture
async def office(house: House, tmp_path: Path) -> AsyncIterator[PostOffice]:
    async with post_office(house, tmp_path, channel="sms") as office:
        yield office


async def taken(office: PostOffice, text: str) -> int:
    """How many of a text are taken in beyond those that are answered in any case: of three."""

    async def waiting() -> int:
        return int(await office.house.scalar("SELECT count(*) FROM inbound_messages WHERE answered_at IS NULL"))

    async with FakeBot() as bot, office.house.worker(bot.url):
        for times in (LIMIT, 3):
            await office.do(WHO, text=text, times=times)
            await until(waiting, becomes=0)
    return int(await office.house.scalar("SELECT count(*) FROM inbound_messages")) - LIMIT


async def test_of_an_emergency_nothing_is_left_out(office: PostOffice) -> None:
    """Who writes the same for the thirteenth time in ten minutes is heard like the first time."""
    assert await taken(office, "家里煤气泄漏了") == 3
    assert await office.house.scalar("SELECT said FROM emergencies") == LIMIT + 3


async def test_a_machine_is_not_answered_for_ever(office: PostOffice) -> None:
    """What is answered and is of no emergency is a machine's by then."""
    assert await taken(office, "您好，我们会尽快与您联系") == 0


async def test_what_nobody_has_listened_to_is_no_loop(office: PostOffice) -> None:
    """The workers are away: nothing was answered that a machine could answer, and it may be of an emergency."""
    await office.do(WHO, text="家里煤气泄漏了", times=LIMIT + 3)
    assert await office.house.scalar("SELECT count(*) FROM inbound_messages") == LIMIT + 3
