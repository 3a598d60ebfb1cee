"""The terminal's client against a real server, also while that server is away."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest
from aiohttp import web
from fixtures.fake_bot import FakeBot
from fixtures.house import House
from fixtures.patience import HANG_SECONDS
from fixtures.web import Site, application

from desk.web.client import ChatClient, ChatRefused, Conversation


async def test_a_conversation_waits_for_each_answer(site: Site, house: House) -> None:
    """Each message is said when the one before was answered, and everything is heard in order."""
    heard: list[dict[str, Any]] = []
    async with FakeBot() as bot, house.worker(bot.url), ChatClient(site.url) as client:
        await client.open("hangzhou", "en")
        conversation = Conversation(client, heard.append)
        listening = asyncio.create_task(conversation.listen())
        await conversation.greeted()
        for text in ("one", "two"):
            await conversation.say({"text": text})
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
    assert [event["type"] for event in heard] == ["message", "message", "turn_done", "message", "turn_done"]
    assert [event["seq"] for event in heard] == [1, 2, 3, 4, 5]


async def test_an_unknown_city_is_refused_with_the_cities_there_are(site: Site) -> None:
    """The refusal names the cities."""
    async with ChatClient(site.url) as client:
        with pytest.raises(ChatRefused, match="hangzhou"):
            await client.open("atlantis", "en")


async def test_a_conversation_outlives_a_restart_of_the_server(house: House) -> None:
    """While the server is away messages wait; afterwards all is answered once and the stream has no gap."""
    heard: list[dict[str, Any]] = []
    runner, port = await served(house, 0)
    async with FakeBot() as bot, house.worker(bot.url), ChatClient(f"http://127.0.0.1:{port}") as client:
        await client.open("hangzhou", "en")
        conversation = Conversation(client, heard.append)
        listening = asyncio.create_task(conversation.listen())
        await conversation.say({"text": "before"})
        await runner.cleanup()
        saying = asyncio.create_task(conversation.say({"text": "while it is away"}))
        await asyncio.sleep(1)
        runner, _ = await served(house, port)
        async with asyncio.timeout(HANG_SECONDS):
            await saying
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
        await runner.cleanup()
    assert [event["seq"] for event in heard] == [1, 2, 3, 4, 5]


async def served(house: House, port: int) -> tuple[web.AppRunner, int]:
    """Serve on a port; answers the runner and the port."""
    runner = web.AppRunner(application(house), shutdown_timeout=3)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port, reuse_address=True)
    await site.start()
    return runner, int(runner.addresses[0][1])
