"""kill -9 of any part at any point of a turn: exactly one answer, and the conversation goes on where it was."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any
from uuid import uuid4

import psycopg
from aiohttp import ClientError
from fixtures.patience import RESTART_SECONDS
from fixtures.product import Product
from fixtures.slowness import AGAIN, is_slow
from fixtures.web import Caller
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from product.talk import Talk

CITY = "hangzhou"
STORIES = int(os.environ.get("CITYDESK_STORIES", "2"))

parts = st.sampled_from(["worker", "bot", "actions", "serve", "postgres", "valkey"])
moments = st.sampled_from([0.0, 0.002, 0.006, 0.012, 0.03, 0.2])


async def stubborn[T](ask: Callable[[], Awaitable[T]]) -> T:
    """Ask again until there is an answer that is none of the server's failures, as a page does."""
    while True:
        try:
            return await ask()
        except (ClientError, AssertionError, OSError, psycopg.OperationalError):
            await asyncio.sleep(0.1)


async def post(caller: Caller, name: str, text: str) -> str:
    """Post until accepted; the same name each time."""

    async def once() -> str:
        status, body = await caller.post(name, text=text)
        assert status in {200, 202}, body
        return str(body["message_id"])

    return await stubborn(once)


async def healthy(product: Product) -> None:
    """Wait until every part answers again."""
    while True:
        try:
            urls = product.state["urls"]
            for url in (
                f"{urls['bot_health']}/health",
                f"{urls['actions_health']}/health",
                f"{urls['serve_health']}/readyz/intake",
            ):
                status, _, _ = await product.site.ask_at(url)
                if status != 200:
                    break
            else:
                return
        except (ClientError, OSError, KeyError):
            pass
        await asyncio.sleep(0.1)


@settings(
    max_examples=STORIES,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(st.tuples(parts, moments), min_size=1, max_size=2))
@example([("worker", 0.006)])
@example([("bot", 0.006)])
@example([("actions", 0.006)])
@example([("serve", 0.0)])
@example([("postgres", 0.006)])
@example([("valkey", 0.002)])
async def test_a_killed_part_costs_no_answer_and_makes_none_twice(
    product: Product, kills: list[tuple[str, float]]
) -> None:
    """In the middle of a fine, parts are killed: one turn_done a message, in order, and the fine is shown."""
    async with asyncio.timeout(RESTART_SECONDS):  # the story before may have left a connection that is none any more
        await stubborn(lambda: product.reset(CITY))  # somebody else may have paid the fine
        facts = await product.facts(CITY)
        caller = await stubborn(lambda: product.site.open(locale="zh_Hans", city=CITY))
    talk = Talk(caller, facts)
    await talk.begin()
    await talk.turn({"say": "查违章 {plate_with_unpaid_fine}"})

    posting = asyncio.create_task(post(caller, uuid4().hex, facts["vin_last6"]))
    for part, moment in kills:
        await asyncio.sleep(moment)
        with suppress(ProcessLookupError):  # it is dead already
            product.kill(part)
    async with asyncio.timeout(RESTART_SECONDS):
        sent = [await posting]
        await healthy(product)
    said = await _said_to(caller, talk.after, sent[-1])
    for _ in range(AGAIN):
        if is_slow(said):  # a bot that has just begun on a busy machine: done as it asks for
            sent.append(await post(caller, uuid4().hex, facts["vin_last6"]))
            said = await _said_to(caller, talk.after, sent[-1])
    assert facts["fine_amount"] in said
    sent.append(await post(caller, uuid4().hex, "谢谢"))
    await _said_to(caller, talk.after, sent[-1])
    everything = await stubborn(lambda: caller.page(after=0))
    done = [event["in_reply_to"] for event in everything if event["type"] == "turn_done"]
    assert len(done) == len(set(done)) == talk.messages + len(sent)
    assert done[talk.messages :] == sent
    assert [event["seq"] for event in everything] == list(range(1, len(everything) + 1))


async def _said_to(caller: Caller, after: int, message: str) -> str:
    """Wait until a message is done; the text that came of it."""
    async with asyncio.timeout(RESTART_SECONDS):
        events = await stubborn(lambda: _until_done(caller, after, message))
    texts = [event["message"] for event in events if event["type"] == "message"]
    return "\n".join(text["text"] for text in texts if text["in_reply_to"] == message)


async def _until_done(caller: Caller, after: int, message: str) -> list[dict[str, Any]]:
    """All events after `after`, once the message is done."""
    while True:
        events = await caller.page(after=after, wait=1)
        if any(event["type"] == "turn_done" and event["in_reply_to"] == message for event in events):
            return events
        await asyncio.sleep(0.05)
