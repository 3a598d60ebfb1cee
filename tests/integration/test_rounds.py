"""Streams that are open and idle: what they cost the store, and what they hear although nobody tells them."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any
from uuid import UUID

import pytest
from fixtures.counted import counted
from fixtures.house import VAULT, House, Mortal, until
from fixtures.web import Caller, Stream, serving
from sqlalchemy import event, text

from desk.contract.rendered import RenderedMessage
from desk.conversations import sessions
from desk.conversations.live import Live, Subscription
from desk.conversations.reader import Reader
from desk.conversations.rounds import SLOTS, Follower, Rounds
from desk.conversations.rows import message_event
from desk.conversations.stream import append
from desk.store.database import create_engine, transaction
from desk.store.keys import Unsealable
from desk.web.limits import Limits

MANY = 30
TICK = 0.02
MANY_AT_ONCE = Limits(new_sessions_per_second=1_000)


@contextmanager
def statements(house: House) -> Iterator[list[str]]:
    """What the database is asked during the block."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    engine = house.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


@asynccontextmanager
async def streams(callers: list[Caller]) -> AsyncIterator[list[Stream]]:
    """A stream of each, behind its greeting."""
    async with AsyncExitStack() as opened:
        found = [await opened.enter_async_context(caller.stream(after=1)) for caller in callers]
        for stream in found:
            await stream.frame()
        yield found


async def say(house: House, conversation: str | UUID, words: str = "late") -> None:
    """Append a message, and tell nobody."""
    async with transaction(house.engine) as connection:
        said = message_event(RenderedMessage(text=words, locale="en"), author="bot")
        await append(connection, UUID(str(conversation)), [said])


def words_of(events: list[tuple[str, dict[str, Any]]]) -> list[str]:
    return [data["message"]["text"] for _, data in events]


async def test_idle_streams_are_asked_for_together(house: House) -> None:
    """However many are open, the store is asked twice a second, not once a second for each."""
    async with serving(house, MANY_AT_ONCE) as site:
        callers = [await site.open() for _ in range(MANY)]
        async with streams(callers):
            await asyncio.sleep(1.5)  # all have read what there was
            with statements(house) as asked:
                await asyncio.sleep(3)
    assert len(asked) <= 9, asked


async def test_what_no_hint_told_of_comes_within_seconds(house: House) -> None:
    """Each of many streams gets its own event, once, though nobody published anything."""
    async with serving(house, MANY_AT_ONCE) as site:
        callers = [await site.open() for _ in range(MANY)]
        async with streams(callers) as opened:
            for number, caller in enumerate(callers):
                await say(house, caller.session, f"late {number}")
            async with asyncio.timeout(8):
                told = [words_of(await stream.events(1)) for stream in opened]
    assert told == [[f"late {number}"] for number in range(MANY)]


async def test_a_long_poll_hears_what_no_hint_told_of(house: House) -> None:
    """A page that waits is looked after as streams are."""
    async with serving(house, MANY_AT_ONCE) as site:
        caller = await site.open()
        waiting = asyncio.create_task(caller.page(after=1, wait=20))
        await asyncio.sleep(0.5)
        await say(house, caller.session)
        async with asyncio.timeout(8):
            assert [one["message"]["text"] for one in await waiting] == ["late"]


async def test_a_killed_valkey_loses_no_event(mortal: Mortal) -> None:
    """Said before, while and after it is away: each comes once, in order, and hints are heard again afterwards."""
    house = mortal.house
    async with serving(house, MANY_AT_ONCE) as site:
        caller = await site.open()
        async with streams([caller]) as (stream,):
            os.kill(mortal.valkey.pid, signal.SIGKILL)
            await say(house, caller.session, "away")
            first = await stream.events(1)
            await mortal.valkey.start()
            await say(house, caller.session, "back")
            second = await stream.events(1)
            await until(lambda: house.redis.publish(f"desk:live:{caller.session}", "typing"), becomes=1)
            assert (await stream.frame())["event"] == "typing"
    assert [(number, words_of([(number, data)])[0]) for number, data in first + second] == [
        ("2", "away"),
        ("3", "back"),
    ]


async def test_a_frozen_valkey_loses_no_event(mortal: Mortal) -> None:
    """Its connection stands and says nothing: events come within seconds, and hints once it lives again."""
    house = mortal.house
    async with serving(house, MANY_AT_ONCE) as site:
        caller = await site.open()
        async with streams([caller]) as (stream,):
            os.kill(mortal.valkey.pid, signal.SIGSTOP)
            try:
                await say(house, caller.session, "frozen")
                first = await stream.events(1)
                await asyncio.sleep(6)  # by then it is known to be frozen
                await say(house, caller.session, "still")
                second = await stream.events(1)
            finally:
                os.kill(mortal.valkey.pid, signal.SIGCONT)
            await until(lambda: house.redis.publish(f"desk:live:{caller.session}", "typing"), becomes=1)
            assert (await stream.frame())["event"] == "typing"
    assert [number for number, _ in first + second] == ["2", "3"]


async def test_a_silent_connection_is_given_up(mortal: Mortal) -> None:
    """A Valkey that is frozen is known to be away, so that streams are looked at each second."""
    live, conversation = Live(mortal.house.redis), UUID(int=1)
    async with live.subscribe(conversation):
        gaps = live.gaps
        os.kill(mortal.valkey.pid, signal.SIGSTOP)
        try:

            async def deaf() -> bool:
                return live.is_deaf

            await until(deaf)
        finally:
            os.kill(mortal.valkey.pid, signal.SIGCONT)

        async def hears() -> bool:
            return not live.is_deaf and live.gaps > gaps

        await until(hears)


@asynccontextmanager
async def followed(house: House, *, beat: Any = None) -> AsyncIterator[tuple[Follower, str]]:
    """A conversation that is followed, in quick rounds; with its token."""
    async with serving(house, MANY_AT_ONCE) as site:
        caller = await site.open()
        live = Live(house.redis)
        rounds, conversation = Rounds(house.engine, live, tick_seconds=TICK), UUID(caller.session)
        async with live.subscribe(conversation) as subscription:
            follower = Follower(conversation, 1, sessions.hash_of(caller.token), subscription, beat, "page")
            with rounds.over(follower):
                yield follower, caller.token


async def test_a_session_that_ended_unheard_is_found(house: House) -> None:
    """A stream whose session is over looks whether it is, within a round."""
    async with followed(house) as (follower, token):
        assert await follower.subscription.wait(0.5) is None
        async with transaction(house.engine) as connection:
            await sessions.end(connection, token)
        assert await follower.subscription.wait(5) == "ended"


async def test_an_open_page_is_noted_round_after_round(house: House) -> None:
    """Whoever asks whether somebody looks learns so as long as the page is open."""
    async with followed(house) as (follower, _):
        await until(lambda: Live(house.redis).is_watched(follower.conversation))


async def test_each_stream_shows_once_a_round_that_it_lives(house: House) -> None:
    """One whose resident has left holds up nobody."""
    beats = 0

    async def beat() -> None:
        nonlocal beats
        beats += 1
        if beats == 2:
            raise ConnectionResetError

    async with followed(house, beat=beat):
        await asyncio.sleep(TICK * SLOTS * 6)
    assert 3 <= beats <= 7


async def test_a_conversation_without_newer_events_wakes_its_stream_once(house: House) -> None:
    """Where what was counted has been deleted since, nobody asks for it again and again."""
    async with followed(house) as (follower, _):
        await say(house, follower.conversation)
        assert await follower.subscription.wait(5) == "new"
        assert await follower.subscription.wait(TICK * SLOTS * 3) is None


async def test_an_outage_ends_no_rounds(house: House) -> None:
    """While the database cannot be asked they go on, and find what was missed afterwards."""
    async with followed(house) as (follower, _):
        await house.engine.dispose()
        async with house.engine.connect() as connection:
            await connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        await say(house, follower.conversation)
        assert await follower.subscription.wait(8) == "new"


def conversation_ids(callers: list[Caller]) -> list[UUID]:
    return [UUID(caller.session) for caller in callers]


async def test_who_asks_at_once_is_read_together(house: House) -> None:
    """Fifty that hear a hint are two statements, and each gets its own."""
    async with serving(house, MANY_AT_ONCE) as site:
        ids = conversation_ids([await site.open() for _ in range(MANY)])
    async with counted(house.database_url) as asked:
        engine = create_engine(asked.url, pool_size=2, vault=VAULT)
        reader = Reader(engine)
        found = await asyncio.gather(*(reader.after(one, 0) for one in ids))
        await engine.dispose()
    assert 1 <= asked.about("outbound_messages") <= 2
    assert [[row.seq for row in rows] for rows in found] == [[1]] * MANY


async def test_a_conversation_that_cannot_be_opened_fails_alone(house: House) -> None:
    """Who asks beside it gets what was asked for."""
    async with serving(house, MANY_AT_ONCE) as site:
        good, broken = conversation_ids([await site.open() for _ in range(2)])
    async with transaction(house.engine) as connection:
        changed = "UPDATE conversation_keys SET wrapped = set_byte(wrapped, 20, 255 - get_byte(wrapped, 20))"
        await connection.execute(text(f"{changed} WHERE conversation_id = :id"), {"id": broken})
    reader = Reader(house.engine)
    found, failed = await asyncio.gather(reader.after(good, 0), reader.after(broken, 0), return_exceptions=True)
    assert isinstance(found, list)
    assert len(found) == 1
    assert isinstance(failed, Unsealable)


async def test_who_leaves_while_it_is_read_ends_it_for_nobody_else(house: House) -> None:
    """Two ask the same; one is gone before the answer."""
    async with serving(house, MANY_AT_ONCE) as site:
        (one,) = conversation_ids([await site.open()])
    reader = Reader(house.engine)
    leaving, staying = (asyncio.create_task(reader.after(one, 0)) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    assert [row.seq for row in await staying] == [1]
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_hints_that_wait_keep_the_most_important() -> None:
    """A stream that was found to have grown hears that its session may be over."""
    subscription = Subscription()
    for hint in ("new", "ended", "new", "typing"):
        subscription.tell(hint)
    assert await subscription.wait(1) == "ended"
