"""Stop words on every channel, in every language: nothing more unasked, without the bot. Real stores."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from fixtures import loaded
from fixtures.announcing import Room
from fixtures.fake_bot import FakeBot
from fixtures.house import House, turn_of, until
from fixtures.post import PostOffice, post_office
from fixtures.staffed import actor
from fixtures.tickets import link, waits
from sqlalchemy import text

from desk.contract.commands import STOP
from desk.contract.messages import FollowPlace, Subscribe, Text, Unsubscribe
from desk.contract.wire import Locale
from desk.store.database import transaction

SPOKEN: Mapping[Locale, tuple[str, ...]] = {
    "zh_Hans": ("TD", "ｔｄ", "退订", "全部退订", " 退订。"),
    "zh_Hant": ("退訂", "全部退訂"),
    "en": ("STOP", "Stop all", "unsubscribe", "Stop!"),
}
SAY: Mapping[str, Any] = {
    "telegram": lambda words: {"say": words},
    "weibo": lambda words: {"does": "say", "text": words},
    "sms": lambda words: {"text": words},
}
NONE_OF_THEM = ("取消", "停止", "T", "不要了", "stop the bus", "Q", "退", "TD 停水")
"""Answers to questions of forms, or sentences: the bot's."""
CASES = [(locale, words) for locale, several in SPOKEN.items() for words in several]
LI = actor("li")
FIRST = 13_800_138_000
HELD = """
    SELECT residents.muted_at IS NOT NULL,
           (SELECT count(*) FROM subscriptions WHERE conversation_id = conversations.id),
           (SELECT count(*) FROM inbound_messages WHERE conversation_id = conversations.id AND answered_at IS NULL)
    FROM conversations JOIN residents ON residents.id = conversations.resident_id WHERE conversations.id = :id
"""
FOLLOW = text("""
    INSERT INTO subscriptions (conversation_id, city, topic, district, account_id, created_at)
    SELECT id, city, 'water', '', account_id, now() FROM conversations WHERE id = :id
""")


@pytest.fixture
def room(house: House) -> Room:
    return Room(house)


@pytest.fixture(params=sorted(SAY))
async def office(house: House, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[PostOffice]:
    async with post_office(house, tmp_path, channel=request.param) as office:
        yield office


async def how(house: House, conversation: Any) -> tuple[bool, int, int]:
    """Whether somebody is muted, how much they follow, and how much waits for a turn."""
    async with house.engine.connect() as connection:
        return tuple((await connection.execute(text(HELD), {"id": conversation})).one())  # type: ignore[return-value]


def stopped(house: House, locale: Locale) -> str:
    return house.catalogs.text(Text(key="announcements.stopped"), locale)


async def test_a_stop_word_stops_on_every_platform_without_the_bot(office: PostOffice) -> None:
    """Each word of each language; what is open with the bot stays open, and the bot hears nothing of it."""
    house, say = office.house, SAY[office.channel]
    async with FakeBot() as bot, house.worker(bot.url):
        for place, (locale, words) in enumerate(CASES):
            await office.do(FIRST + place, **say("hello"))
            conversation = (await office.conversations())[place]

            async def answered(one: Any = conversation) -> bool:
                return (await how(house, one))[2] == 0

            await until(answered)
            async with transaction(house.engine) as connection:
                await connection.execute(FOLLOW, {"id": conversation})
                await connection.execute(
                    text("UPDATE conversations SET locale = :locale WHERE id = :id"),
                    {"locale": locale, "id": conversation},
                )
            await office.do(FIRST + place, **say(words))
            await until(answered)
            assert (await how(house, conversation))[:2] == (True, 0), words
        assert {asked["message"].get("text") for asked in bot.requests} == {"hello"}
    assert await house.scalar("SELECT count(*) FROM inbound_messages WHERE outcome = 'noticed'") == len(CASES)


@pytest.mark.parametrize("channel", ["webchat", "alipay", "taobao"])
async def test_a_stop_word_stops_in_pages_and_mini_programs(house: House, channel: str) -> None:
    """It is confirmed in the language of the conversation, once for each time that it is said, in order."""
    async with FakeBot() as bot, house.worker(bot.url):
        for locale, words in CASES:
            conversation = await house.open(locale=locale)
            async with transaction(house.engine) as connection:
                await connection.execute(
                    text("UPDATE conversations SET channel = :channel WHERE id = :id"),
                    {"channel": channel, "id": conversation.id},
                )
                await connection.execute(FOLLOW, {"id": conversation.id})
            for said in ("1", words, words, "2"):
                await house.say(conversation, said)
            await house.settle(conversation)
            once = stopped(house, locale)
            assert await house.texts(conversation) == ["1:1", once, once, "2:2"], words
            assert (await how(house, conversation.id))[:2] == (True, 0)


@pytest.mark.parametrize("words", NONE_OF_THEM)
async def test_what_may_mean_something_else_is_read_by_the_bot(house: House, words: str) -> None:
    """In a chat: a form asks, and its answer ends no notices."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        await house.say(conversation, words)
        await house.settle(conversation)
        assert [asked["message"]["text"] for asked in bot.requests] == [words]
    assert (await how(house, conversation.id))[0] is False


async def test_a_stop_word_counts_while_the_bot_is_away(house: House) -> None:
    """Nobody waits for it in order to be left alone."""
    conversation = await house.open()
    async with FakeBot() as bot:
        url = bot.url
    async with house.worker(url):
        await house.say(conversation, "退订")
        await house.settle(conversation)
    assert await house.texts(conversation) == [stopped(house, "zh_Hans")]


async def asked(house: House, bot: FakeBot, conversation: Any, locale: Locale) -> None:
    """A service asks something."""
    bot.answers = [{"situation": {"service": "next_bus", "step": "asking", "asks_for": "stop"}, "locale": locale}]
    await house.say(conversation, "1")
    await house.settle(conversation)


@pytest.mark.parametrize(("locale", "words"), [("zh_Hans", "TD"), ("zh_Hant", "退訂"), ("en", "STOP")])
async def test_a_stop_word_in_a_form_has_its_question_asked_again(house: House, locale: Locale, words: str) -> None:
    """By the bot, which says the rest as well; notices have ended, and its state is the one after."""
    conversation = await house.open(locale=locale)
    async with FakeBot() as bot, house.worker(bot.url):
        await asked(house, bot, conversation, locale)
        said = {"key": "announcements.stopped_open", "args": {"service": {"text": {"key": "next_bus.title"}}}}
        question = {"key": "test.echo", "args": {"text": "which stop?"}}
        bot.answers = [{"replies": [said, question], "effects": [{"type": "unsubscribe"}], "locale": locale}]
        await house.say(conversation, words)
        await house.settle(conversation)
        assert bot.requests[-1]["message"]["payload"] == STOP
        texts = await house.texts(conversation)
    title = house.catalogs.text(Text(key="next_bus.title"), locale)
    assert (title in texts[-2], texts[-1]) == (True, "which stop?")
    assert (await how(house, conversation.id))[0] is True
    outcomes = "SELECT outcome FROM inbound_messages ORDER BY received_at DESC LIMIT 1"
    assert await house.scalar(outcomes) == "noticed"


@pytest.mark.parametrize("away", [True, False])
async def test_a_stop_word_in_a_form_counts_whatever_the_bot_does(house: House, away: bool) -> None:
    """Away, or with an answer to something else, of which nothing counts: it is said that what was begun is open."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        await asked(house, bot, conversation, "zh_Hans")
        if away:
            await bot.down()
        else:
            bot.answers = [{"effects": [{"type": "subscribe", "topic": "power"}]}]
        await house.say(conversation, "退订")
        await house.settle(conversation)
    still_open = house.catalogs.text(Text(key="announcements.stopped_still_open"), "zh_Hans")
    assert (await house.texts(conversation))[1:] == [still_open]
    assert (await how(house, conversation.id))[:2] == (True, 0)


async def test_a_clerk_goes_on_when_somebody_stops_notices(house: House) -> None:
    """It is confirmed to who waits for a clerk, and although one speaks; they keep the conversation."""
    async with FakeBot() as bot, house.worker(bot.url):
        conversation, ticket = await waits(house)
        before = len(await house.texts(conversation))
        await house.say(conversation, "STOP")
        await house.settle(conversation)
        await house.clerks.claim(LI, ticket.id)
        await house.say(conversation, "TD")
        await house.settle(conversation)
        assert bot.requests == []
    said = (await house.texts(conversation))[before:]
    assert said.count(stopped(house, "zh_Hans")) == 2
    done = [event.body for event in await house.events(conversation) if event.type == "turn_done"]
    assert [one["handed_over"] for one in done] == [True, True]


async def test_who_unsubscribes_from_everything_is_told_nothing_unasked_until_they_follow_again(room: Room) -> None:
    """Not as a user of a service either, on whichever of their channels; an alert comes all the same."""
    reader, other = await room.reader(), await room.house.open()
    await link(room.house, reader, other)
    for effect, is_muted in (
        (Unsubscribe(), True),
        (Subscribe(topic="power"), False),
        (Unsubscribe(), True),
        (FollowPlace(cell=1), False),
        (Unsubscribe(topic="water"), False),
    ):
        async with transaction(room.house.engine) as connection:
            await room.board.carry_out(turn_of(connection, reader, [effect]))
        assert [(await how(room.house, one.id))[0] for one in (reader, other)] == [is_muted, is_muted], effect


def test_each_word_of_the_table_is_in_the_data() -> None:
    """Of every language of the product."""
    assert all(loaded.keywords().is_stop(words) for _, words in CASES)
    assert not any(loaded.keywords().is_stop(words) for words in NONE_OF_THEM)
