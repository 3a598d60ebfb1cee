"""One person speaks over all channels that a resident has linked. Real stores, the worker in this process."""

import asyncio
from typing import Any

import pytest
from fixtures import loaded
from fixtures.fake_bot import FakeBot
from fixtures.house import House, until
from fixtures.staffed import actor
from fixtures.tickets import CLERK, QUEUE, link, seated, waits
from sqlalchemy import text

from desk.conversations.live import Live
from desk.conversations.rows import ConversationRow
from desk.linking.person import leave
from desk.store.database import transaction
from desk.tickets.asking import Asks
from desk.tickets.queue import is_with_clerk
from desk.tickets.workbench import Workbench

LI, WANG = actor("li"), actor("wang")
IN_LINE = """
    SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()
"""
"""Whether anybody waits for what another holds."""
SENDS = text("UPDATE conversations SET pushes = 'everything' WHERE id = :id")


async def linked(house: House) -> tuple[ConversationRow, ConversationRow, int]:
    """A conversation with a ticket that waits, one on Telegram that is linked with it, and the ticket."""
    here, ticket = await waits(house)
    there = await house.open()
    await link(house, here, there)
    async with transaction(house.engine) as connection:
        await connection.execute(SENDS, {"id": there.id})
    return here, there, ticket.id


async def said(house: House, conversation: ConversationRow) -> list[tuple[str, str]]:
    """Who said what."""
    events = [event.body["message"] for event in await house.events(conversation) if event.type == "message"]
    return [(message["author"], message["text"]) for message in events]


async def say(house: House, conversation: ConversationRow, *texts: str, **more: Any) -> None:
    for one in texts:
        await house.say(conversation, one, **more)
    await house.settle(conversation)


async def test_the_bot_is_silent_on_linked_channels_and_the_clerk_is_told(house: House) -> None:
    """Once it is said who reads there; what is written is the clerk's, who has it in one timeline."""
    async with FakeBot() as bot, house.worker(bot.url):
        _, there, ticket = await linked(house)
        await say(house, there, "before")
        await house.clerks.claim(LI, ticket)
        await say(house, there, "one", "two")
    told = await said(house, there)
    assert told[0] == ("bot", "1:before")
    assert [author for author, _ in told[1:]] == ["notice"]
    assert (await house.clerks.find(LI, ticket)).reference in told[1][1]
    assert len(bot.requests) == 1
    sheet = await Workbench(house.clerks).open(LI, ticket)
    lines = [(line.text, line.channel) for line in sheet.lines]
    assert ("one", "telegram") in lines
    assert ("two", "telegram") in lines
    waited = "SELECT count(*) FROM ticket_events WHERE ticket_id = :id AND kind = 'said'"
    assert await house.scalar(waited, id=ticket) == 2


async def test_what_the_clerk_says_reaches_every_channel_that_was_written_on(house: House) -> None:
    """In each once, and in the clerk's timeline once; when the ticket has ended the bot goes on in both."""
    async with FakeBot() as bot, house.worker(bot.url):
        here, there, ticket = await linked(house)
        await house.clerks.claim(LI, ticket)
        await Live(house.redis).watched(here.id, "page")
        await house.clerks.reply(LI, ticket, "first")
        await say(house, there, "I am on Telegram now")
        await house.clerks.reply(LI, ticket, "second")
        shown = [line.text for line in (await Workbench(house.clerks).open(LI, ticket)).lines]
        await house.clerks.close(LI, ticket)
        await say(house, there, "back")
        await say(house, here, "back")
    assert shown.count("second") == 1
    assert [told for author, told in await said(house, here) if author == "clerk"] == ["first", "second"]
    assert [told for author, told in await said(house, there) if author == "clerk"] == ["second"]
    closing = [event.body["message"] for event in await house.events(there) if event.type == "message"][-2]
    assert (closing["author"], closing["buttons"]) == ("bot", [])
    assert [told for _, told in await said(house, there)][-1] == "1:back"
    assert [told for _, told in await said(house, here)][-1] == "1:back"


@pytest.mark.parametrize("is_watched", [True, False])
async def test_who_has_left_the_page_is_answered_where_they_are_reached(house: House, *, is_watched: bool) -> None:
    """A page shows what is said in it; nobody is sent what they read there."""
    async with FakeBot() as bot, house.worker(bot.url):
        here, there, ticket = await linked(house)
        await house.clerks.claim(LI, ticket)
        if is_watched:
            await Live(house.redis).watched(here.id, "page")
        await house.clerks.reply(LI, ticket, "please bring your card")
    sent = [told for author, told in await said(house, there) if author == "clerk"]
    assert sent == ([] if is_watched else ["please bring your card"])
    queued = "SELECT count(*) FROM deliveries WHERE conversation_id = :id"
    assert await house.scalar(queued, id=there.id) == len(sent)


async def test_a_claim_waits_for_a_turn_on_a_linked_channel(house: House) -> None:
    """What the bot has begun to answer there is said before the claim, and nothing of it after."""
    async with FakeBot() as bot, house.worker(bot.url):
        _, there, ticket = await linked(house)
        await house.say(there, "hold hello")

        async def asked() -> bool:
            return bool(bot.requests)

        await until(asked)
        await house.say(there, "more")
        claim = asyncio.create_task(house.clerks.claim(LI, ticket))
        await until(lambda: house.scalar(IN_LINE))
        bot.let_go.set()
        await claim
        answered = await said(house, there)
        await house.settle(there)
    assert [author for author, _ in answered] == ["bot"]
    assert [author for author, _ in await said(house, there)] == ["bot", "notice"]


async def test_tickets_of_linked_conversations_are_claimed_at_once(house: House) -> None:
    """Each waits for nobody who waits for it."""
    for _ in range(10):
        here, first = await waits(house)
        there, second = await waits(house)
        await link(house, here, there)
        claims = (house.clerks.claim(LI, first.id), house.clerks.claim(WANG, second.id))
        assert [ticket.state for ticket in await asyncio.gather(*claims)] == ["claimed", "claimed"]


async def test_a_consent_that_is_asked_for_is_given_on_a_linked_channel(house: House) -> None:
    """The buttons are offered in both, and count in both."""
    async with FakeBot() as bot, house.worker(bot.url):
        _, there, ticket = await linked(house)
        await house.clerks.claim(LI, ticket)
        await say(house, there, "hello")
        await Asks(house.clerks, loaded.asking()).consent(LI, ticket, "pass_on_documents")
        asked = [event.body["message"] for event in await house.events(there) if event.type == "message"][-1]
        await say(house, there, asked["buttons"][0]["payload"], kind="payload")
    assert [ask.state for ask in (await Workbench(house.clerks).open(LI, ticket)).asks] == ["given"]


async def test_channels_that_were_parted_are_the_bots_again(house: House) -> None:
    """And nothing that the clerk says goes there."""
    async with FakeBot() as bot, house.worker(bot.url):
        _, there, ticket = await linked(house)
        await house.clerks.claim(LI, ticket)
        await say(house, there, "hello")
        async with transaction(house.engine) as connection:
            assert await is_with_clerk(connection, there.id)
            await leave(connection, there.id)
            assert not await is_with_clerk(connection, there.id)
        await house.clerks.reply(LI, ticket, "not for there")
        await say(house, there, "again")
    assert [told for _, told in await said(house, there)][-1] == "1:again"
    assert all(author != "clerk" for author, _ in await said(house, there))


async def test_the_page_says_where_the_answer_goes(house: House) -> None:
    """Beside the reply, once it is more than one place."""
    async with FakeBot() as bot, house.worker(bot.url):
        _, there, ticket = await linked(house)
        async with seated(house, CLERK) as (chair, known):
            reference = (await house.clerks.claim(actor(known.login), ticket)).reference
            before = await chair.get(f"{QUEUE}/{reference}")
            await say(house, there, "hello")
            after = await chair.get(f"{QUEUE}/{reference}")
    assert "Also sent on" not in before.text
    assert "Also sent on: Telegram" in after.text


@pytest.mark.parametrize("is_watched", [True, False])
async def test_a_channel_that_sends_news_alone_sends_what_nobody_sees(house: House, *, is_watched: bool) -> None:
    """A mini program that was left: the platform tells its user that something was answered."""
    async with FakeBot() as bot, house.worker(bot.url):
        here, ticket = await waits(house)
        async with transaction(house.engine) as connection:
            await connection.execute(
                text("UPDATE conversations SET pushes = 'news', channel = 'alipay' WHERE id = :id"), {"id": here.id}
            )
        await house.clerks.claim(LI, ticket.id)
        if is_watched:
            await Live(house.redis).watched(here.id, "page")
        await house.clerks.reply(LI, ticket.id, "please bring your card")
    queued = "SELECT count(*) FROM deliveries WHERE conversation_id = :id"
    assert await house.scalar(queued, id=here.id) == (0 if is_watched else 1)
