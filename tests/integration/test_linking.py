"""Channels of one resident, linked by a code: what is shared, what is not, and what ends it. Real PostgreSQL."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from fixtures import loaded
from fixtures.fake_bot import FakeBot
from fixtures.house import HOME, KEYS, House, turn_of, until
from fixtures.staffed import actor
from sqlalchemy import text

from desk.accounts.register import Register
from desk.announcements.content import Draft, Schedule
from desk.announcements.service import Announcements
from desk.announcements.telling.teller import Teller
from desk.attempts.guard import Guard
from desk.attempts.limits import LINKS_BY_RESIDENT
from desk.contract.linking import LinkChannels
from desk.conversations import service
from desk.conversations.live import Live
from desk.conversations.rows import ConversationRow
from desk.conversations.worker import utc_now
from desk.linking.service import Linker
from desk.store.backpressure import Backpressure
from desk.store.database import transaction
from desk.tickets.presence import Presence

LOCALES = ("zh_Hans", "zh_Hant", "en")
ACCOUNT = {"city": HOME, "utility_type": "water", "account_number": "3101000001"}
SAID = {
    "zh_Hans": ("绑定 ", "要把那边和这里绑定吗", "已和网页对话绑定"),
    "zh_Hant": ("綁定 ", "要把那邊和這裏綁定嗎", "已和網頁對話綁定"),
    "en": ("link ", "Do you want to link", "Linked with the web chat"),
}


@dataclass
class Channels:
    """A resident's two conversations, and a bot that decides what it is told."""

    house: House
    bot: FakeBot
    here: ConversationRow
    there: ConversationRow

    async def turn(self, conversation: ConversationRow, *effects: dict[str, Any], said: str = "x", **more: Any) -> str:
        """One turn with these effects; the last that is said."""
        self.bot.answers.append({"effects": list(effects), **more})
        await self.house.say(conversation, said)
        await self.house.settle(conversation)
        return (await self.house.texts(conversation))[-1]

    async def link(self, conversation: ConversationRow, step: str, **more: Any) -> str:
        return await self.turn(conversation, {"type": "link_channels", "step": step, **more}, replies=[])

    async def code(self) -> str:
        """A code, made here."""
        found = re.search(r"([0-9]{5}) ([0-9]{5})", await self.link(self.here, "offer"))
        assert found is not None
        return "".join(found.groups())

    async def linked(self) -> None:
        await self.link(self.there, "enter", code=await self.code())
        await self.link(self.there, "confirm")

    async def context(self, conversation: ConversationRow) -> dict[str, Any]:
        """What a turn is told of its surroundings."""
        await self.turn(conversation)
        return dict(self.bot.requests[-1]["context"])

    async def data(self, conversation: ConversationRow) -> dict[str, Any]:
        async with self.house.engine.connect() as connection:
            return await service.data_of(connection, conversation.id, self.house.parts())


@pytest.fixture
async def channels(house: House) -> AsyncIterator[Channels]:
    async with FakeBot() as bot, house.worker(bot.url):
        yield Channels(house, bot, await house.open(), await house.open())


@pytest.mark.parametrize("locale", LOCALES)
async def test_code_is_shown_here_typed_there_and_confirmed_there(house: House, locale: str) -> None:
    """In each language; the code is in no table, and the one who gave it is told at once."""
    async with FakeBot() as bot, house.worker(bot.url):
        channels = Channels(house, bot, await house.open(locale=locale), await house.open(locale=locale))
        word, asked, done = SAID[locale]
        offered = await channels.link(channels.here, "offer")
        found = re.search(rf"{word}([0-9]{{5}}) ([0-9]{{5}})", offered)
        assert found is not None, offered
        code = "".join(found.groups())
        stored = await house.scalar("SELECT string_agg(kept::text, ' ') FROM link_codes AS kept")
        assert code not in stored
        assert asked in await channels.link(channels.there, "enter", code=code)
        assert done in await channels.link(channels.there, "confirm")

        async def told() -> bool:
            return len(await house.texts(channels.here)) == 2

        async with house.jobs():
            await until(told)
        assert await house.scalar("SELECT count(*) FROM link_news") == 0
        for conversation in (channels.here, channels.there):
            assert [one["channel"] for one in (await channels.data(conversation))["linked"]] == ["webchat"]


async def test_city_language_subscriptions_and_accounts_are_shared_and_nothing_else(channels: Channels) -> None:
    """Both ways, from the code's side at first; words, files and bookings stay where they are."""
    here, there = channels.here, channels.there
    await channels.turn(here, {"type": "remember", "service": "utility_bills", "values": ACCOUNT}, said="secret words")
    await channels.turn(here, locale="en", city="ningbo")
    await channels.turn(here, {"type": "subscribe", "topic": "water"})
    before = await channels.context(there)
    assert (before["city"], before["locale"], before["remembered"]) == (HOME, "zh_Hans", [])
    await channels.linked()
    shared = await channels.context(there)
    assert (shared["city"], shared["locale"]) == ("ningbo", "en")
    assert [one["topic"] for one in shared["subscriptions"]] == ["water"]
    assert [one["values"] for one in shared["remembered"]] == [ACCOUNT]
    moved = [event.body["city"] for event in await channels.house.events(there) if event.type == "city"]
    assert moved == ["ningbo"]
    assert "secret words" not in str(await channels.data(there))
    assert "secret words" not in str(channels.bot.requests[-1])
    await channels.turn(there, locale="zh_Hant", city=HOME)
    await channels.turn(there, {"type": "subscribe", "topic": "weather"})
    back = await channels.context(here)
    assert (back["city"], back["locale"]) == (HOME, "zh_Hant")
    assert [one["topic"] for one in back["subscriptions"]] == ["weather"]
    await channels.turn(there, {"type": "forget", "service": "utility_bills", "values": ACCOUNT})
    await channels.turn(there, {"type": "unsubscribe", "topic": None})
    assert (await channels.context(here))["remembered"] == []
    assert (await channels.data(here))["subscriptions"] == []


async def test_wrong_codes_are_few_and_a_code_holds_for_minutes(channels: Channels) -> None:
    """After five nothing is tried for an hour, not even the right one; an old code is none; a no uses it up."""
    code = await channels.code()
    assert "不是这里" in await channels.link(channels.here, "enter", code=code)
    await channels.link(channels.there, "enter", code=code)
    assert "没有绑定" in await channels.link(channels.there, "refuse")
    assert "已经过期" in await channels.link(channels.there, "confirm")
    assert "不对" in await channels.link(channels.there, "enter", code=code)
    code = await channels.code()
    async with transaction(channels.house.engine) as connection:
        await connection.execute(text("UPDATE link_codes SET good_until = now()"))
    assert "不对" in await channels.link(channels.there, "enter", code=code)
    for _ in range(LINKS_BY_RESIDENT[0].most - 2):
        assert "不对" in await channels.link(channels.there, "enter", code="0000000000")
    code = await channels.code()
    assert "次数太多" in await channels.link(channels.there, "enter", code=code)
    house = channels.house
    clock = lambda: utc_now() + timedelta(minutes=61)  # noqa: E731
    later = Linker(KEYS, house.cities, clock, Guard(KEYS, house.cities, clock))
    read = {"caller": {"resident": "of another session", "address": None}, "linked": None}
    async with transaction(house.engine) as connection:
        await connection.execute(text("UPDATE link_codes SET good_until = now() + interval '2 hours'"))
        effects = [LinkChannels(step="enter", code=code)]
        (said,) = (await later.carry_out(turn_of(connection, channels.there, effects, read))).said
    assert said.key == "linking.confirm"


async def test_unlinking_leaves_each_what_it_had(channels: Channels) -> None:
    """What was kept here stays here, what was kept there stays there; the other is told."""
    await channels.turn(channels.here, {"type": "subscribe", "topic": "water"})
    await channels.linked()
    assert "已解除" in await channels.link(channels.there, "leave")
    assert "没有和其他渠道绑定" in await channels.link(channels.there, "show")
    assert (await channels.context(channels.there))["subscriptions"] == []
    assert [one["topic"] for one in (await channels.context(channels.here))["subscriptions"]] == ["water"]
    assert await channels.house.scalar("SELECT count(*) FROM linked_persons") == 0
    assert (await channels.data(channels.here))["linked"] == []


async def test_erasing_ends_the_link_and_what_was_shared(channels: Channels) -> None:
    """On both channels; what the other says of itself stays there. Before the yes that is said."""
    await channels.turn(channels.here, {"type": "remember", "service": "utility_bills", "values": ACCOUNT})
    await channels.turn(channels.there, {"type": "subscribe", "topic": "water"})
    await channels.linked()
    assert "在那边也一并删除" in await channels.link(channels.there, "before_erasing")
    await channels.code()
    assert [one["what"] for one in (await channels.data(channels.here))["linking_to_be_told"]] == ["joined"]
    await channels.turn(channels.here, {"type": "erase"})
    for table in ("linked_conversations", "linked_persons", "link_codes", "remembered_values", "subscriptions"):
        assert await channels.house.scalar(f"SELECT count(*) FROM {table}") == 0, table
    news = "SELECT string_agg(what, ' ' ORDER BY id) FROM link_news WHERE conversation_id = :id"
    assert await channels.house.scalar(news, id=channels.here.id) is None
    assert (await channels.house.scalar(news, id=channels.there.id)).endswith("erased")
    assert len((await channels.data(channels.there))["received"]) > 1


async def test_announcement_is_told_once_where_the_resident_spoke_last(channels: Channels) -> None:
    """Subscribed on both, linked: one telling, on the channel that was used last."""
    house = channels.house
    for conversation in (channels.here, channels.there):
        await channels.turn(conversation, {"type": "subscribe", "topic": "water"})
    await channels.linked()
    await channels.turn(channels.here)
    told = {one.id: len(await house.texts(one)) for one in (channels.here, channels.there)}
    topics = loaded.topics()
    room = Announcements(house.engine, house.catalogs, house.cities, topics, utc_now)
    draft = Draft(
        city=HOME,
        agency="city_hall",
        topic="water",
        titles={"zh_Hans": "停水", "en": "No water"},
        texts={"zh_Hans": "停水。", "en": "Off."},
        schedule=Schedule(quiet=False),
    )
    await room.publish(actor("editor"), draft)
    register = Register(house.engine, KEYS, {}, "http://desk.example")
    teller = Teller(room, Live(house.redis), register, Presence(house.redis), Backpressure())
    while await teller.step():
        pass
    assert len(await house.texts(channels.here)) == told[channels.here.id] + 1
    assert len(await house.texts(channels.there)) == told[channels.there.id]
