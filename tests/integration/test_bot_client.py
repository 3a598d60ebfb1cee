"""The bot's client, against a bot on the wire: which failure is which."""

import asyncio

import pytest
from aiohttp import web
from fixtures.fake_bot import KEYS, FakeBot
from fixtures.patience import HANG_SECONDS

from desk.contract.errors import BotError, BotInterrupted, BotUnreachable
from desk.contract.messages import Context, Message
from desk.contract.turns import TurnRequest
from desk.conversations.bot import BotBusy, BotClient, BotStateUnreadable, BotTimeout
from desk.conversations.candidate import Candidate
from desk.http.peers import guard, verifier
from roles.mac import DESK_TO_BOT


def asking(said: str, *, message_id: str = "1", state: dict[str, object] | None = None) -> TurnRequest:
    return TurnRequest(
        conversation="c",
        message=Message(id=message_id, kind="text", text=said),
        state=state,
        context=Context(city="x", locale="en", channel="webchat", now="2026-11-24T15:00:00+08:00"),
    )


FAILURES = {
    "an error": ("error=1", None, BotError),
    "late actions": ("late=1", None, BotError),
    "not ready": ("unready=1", None, BotUnreachable),
    "a cut connection": ("drop=1", None, BotInterrupted),
    "a late answer": ("slow=1", None, BotTimeout),
    "nonsense": ("nonsense=1", None, BotError),
    "an unreadable state": ("hello", {"spoilt": True}, BotStateUnreadable),
}


@pytest.mark.parametrize(("said", "state", "error"), FAILURES.values(), ids=FAILURES.keys())
async def test_each_failure_has_its_name(said: str, state: dict[str, object] | None, error: type[BotError]) -> None:
    """What is a try and what is none is told by the type."""
    seconds = 0.4 if "slow" in said else HANG_SECONDS
    async with FakeBot() as bot, BotClient(bot.url, seconds, KEYS) as client:
        with pytest.raises(BotError) as caught:
            await client.turn(asking(said, state=state))
    assert type(caught.value) is error


@pytest.mark.parametrize(("said", "seconds"), [("slow=1", 0.4), ("late=1 slow=0.1", HANG_SECONDS)])
async def test_a_busy_bot_is_no_message_s_fault(said: str, seconds: float) -> None:
    """Who waits too long beside others was interrupted: many who write at once do not all come to clerks."""
    async with FakeBot() as bot, BotClient(bot.url, seconds, KEYS) as client:
        turns = [client.turn(asking(said, message_id=f"m{number}")) for number in range(3)]
        ends = await asyncio.gather(*turns, return_exceptions=True)
    assert {type(end) for end in ends} == {BotBusy}


async def test_nobody_there_is_unreachable() -> None:
    """A refused connection is no try."""
    async with FakeBot() as bot:
        url = bot.url
    async with BotClient(url, HANG_SECONDS, KEYS) as client:
        with pytest.raises(BotUnreachable):
            await client.turn(asking("hello"))


async def test_a_bot_that_refused_is_left_in_peace_by_all_but_one() -> None:
    """Of a hundred turns at once few reach a bot that is starting; when it is ready, all do again."""
    now = 0.0
    async with FakeBot() as bot, BotClient(bot.url, HANG_SECONDS, KEYS, clock=lambda: now) as client:
        with pytest.raises(BotUnreachable):
            await client.turn(asking("unready=1"))
        turns = [client.turn(asking("hello", message_id=f"m{number}")) for number in range(100)]
        results = await asyncio.gather(*turns, return_exceptions=True)
        assert sum(isinstance(result, BotUnreachable) for result in results) == 100
        assert len(bot.requests) == 1
        now += 0.15
        assert (await client.turn(asking("hello"))).replies
        await asyncio.gather(*(client.turn(asking("hello")) for _ in range(20)))


async def test_an_answer_that_says_nothing_is_an_error() -> None:
    """Neither replies nor effects: silence is never an answer."""

    async def silent(_: web.Request) -> web.Response:
        return web.json_response(
            {"replies": [], "state": {}, "nlu": {"intent": {"name": "x", "confidence": 1}}, "locale": "en"}
        )

    app = web.Application(middlewares=[guard({}, verifier(KEYS, DESK_TO_BOT))])
    app.router.add_post("/turn", silent)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
    async with BotClient(f"http://127.0.0.1:{port}", HANG_SECONDS, KEYS) as client:
        with pytest.raises(BotError, match="neither replies nor effects"):
            await client.turn(asking("hello"))
    await runner.cleanup()


async def test_a_frozen_bot_is_no_message_s_fault() -> None:
    """Who was in the middle was interrupted; all others wait, without asking it, until it lives again."""
    asked: list[bytes] = []

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        await reader.read()
        writer.close()

    frozen = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = frozen.sockets[0].getsockname()[1]
    now = 0.0
    async with BotClient(f"http://127.0.0.1:{port}", 0.4, KEYS, clock=lambda: now) as client:
        with pytest.raises(BotInterrupted):
            await client.turn(asking("hello"))
        now += 0.2
        with pytest.raises(BotUnreachable):
            await client.turn(asking("hello"))
        frozen.close()
        frozen.close_clients()
        assert [line.split()[1] for line in asked] == [b"/turn", b"/health", b"/health"]
        async with FakeBot(port):
            now += 0.3
            assert (await client.turn(asking("hello"))).replies


async def test_a_bot_that_moved_is_asked_where_it_is_now() -> None:
    """A turn that is in flight ends where it began; saying nothing changes nothing."""
    async with FakeBot() as before, FakeBot() as after, BotClient(before.url, 5.0, KEYS) as client:
        going_on = asyncio.create_task(client.turn(asking("slow=0.5", message_id="m1")))
        async with asyncio.timeout(5):
            while not before.requests:
                await asyncio.sleep(0.01)
        client.stands_at(after.url)
        client.stands_at("")
        assert (await client.turn(asking("hello", message_id="m2"))).replies
        assert (await going_on).replies
        assert ([*before.asked], [*after.asked]) == (["m1"], ["m2"])


async def test_a_model_on_trial_is_asked_where_it_answers_and_its_answer_says_so() -> None:
    """Its conversations alone, and only where the caller lets it be tried."""
    async with FakeBot() as usual, FakeBot() as tried, BotClient(usual.url, 5.0, KEYS) as client:
        client.tries(Candidate("b2", frozenset(), 100), tried.url)
        assert (await client.turn(asking("hello", message_id="m1"), may_be_tried=True)).candidate == "b2"
        assert (await client.turn(asking("hello", message_id="m2"))).candidate == ""
        client.tries(Candidate("b2", frozenset({"nowhere"}), 100), tried.url)
        assert (await client.turn(asking("hello", message_id="m3"), may_be_tried=True)).candidate == ""
        client.tries(None)
        assert (await client.turn(asking("hello", message_id="m4"), may_be_tried=True)).candidate == ""
        assert ([*tried.asked], [*usual.asked]) == (["m1"], ["m2", "m3", "m4"])


@pytest.mark.parametrize("said", ["unready=9", "hello"], ids=["is not ready", "is away"])
async def test_what_a_model_on_trial_cannot_take_is_answered_by_the_other(said: str) -> None:
    """At once, in the same turn."""
    async with FakeBot() as usual, FakeBot() as tried, BotClient(usual.url, 5.0, KEYS) as client:
        client.tries(Candidate("b2", frozenset(), 100), tried.url)
        if said == "hello":
            await tried.down()
        usual.answers.append({"service": "next_bus"})
        request = asking("hello" if said == "hello" else "unready=1")
        if said != "hello":
            usual.asked[request.message.id] = 1  # of its attempts the first is over
        found = await client.turn(request, may_be_tried=True)
        assert (found.candidate, found.passed_over, found.service) == ("", "b2", "next_bus")


async def test_a_state_that_a_model_on_trial_cannot_read_is_not_forgotten() -> None:
    """The other is asked with the same state."""
    async with FakeBot() as usual, FakeBot() as tried, BotClient(usual.url, 5.0, KEYS) as client:
        client.tries(Candidate("b2", frozenset(), 100), tried.url)
        state = {"turns": 3, "spoilt": True}
        with pytest.raises(BotStateUnreadable):  # of the other, whose it is to say
            await client.turn(asking("hello").model_copy(update={"state": state}), may_be_tried=True)
        assert [one["state"] for one in (*tried.requests, *usual.requests)] == [state, state]
