"""What a turn asks of the database: counted on the wire, so that it is noticed when it grows."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from uuid import UUID

import pytest
from fixtures import loaded
from fixtures.counted import Counted, counted
from fixtures.fake_bot import FakeBot
from fixtures.house import HASTE, KEYS, VAULT, House, until
from fixtures.patience import HANG_SECONDS
from fixtures.web import serving
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.contract.rendered import RenderedMessage
from desk.conversations.bot import BotClient
from desk.conversations.live import Live
from desk.conversations.rows import message_event
from desk.conversations.stream import append
from desk.conversations.turn import TurnTaker
from desk.conversations.worker import utc_now
from desk.store.database import create_engine, is_outage, single_statements, transaction
from desk.store.direct import ask, begun

PREPARED_BY = 12
"""So often a statement is sent before it is prepared on every connection, which is a round trip more."""
READING = "AS asked (id, seq, place)"
ONE = text("SELECT 1 AS found")
SPEAK = text("UPDATE conversations SET locale = 'en' WHERE id = :id")


@asynccontextmanager
async def engine_at(count: Counted) -> AsyncIterator[AsyncEngine]:
    """One connection, so that every statement is soon prepared there."""
    engine = create_engine(count.url, pool_size=1, vault=VAULT)
    try:
        yield engine
    finally:
        await engine.dispose()


async def test_a_turn_is_four_round_trips(house: House) -> None:
    """It begins and takes the conversation; it reads; it writes; it commits."""
    conversation = await house.open()
    async with (
        counted(house.database_url) as count,
        engine_at(count) as engine,
        FakeBot() as bot,
        BotClient(bot.url, HANG_SECONDS, KEYS) as client,
    ):
        taker = TurnTaker(
            engine=engine,
            bot=client,
            live=Live(house.redis),
            catalogs=house.catalogs,
            cities=house.cities,
            now=utc_now,
            patience=HASTE,
            emergencies=loaded.safety(client, house.catalogs, house.cities),
            hand_over=house.hand_over(),
            parts=house.parts(),
            is_stop=loaded.keywords().is_stop,
        )
        for number in range(PREPARED_BY):
            await house.say(conversation, f"hello {number}")
            count.again()
            assert await taker.take(conversation.id) is None
        assert (len(count.statements), count.trips) == (4, 4), count.statements
    assert len(await house.done(conversation)) == PREPARED_BY


async def test_a_post_is_two_statements_in_two_round_trips(house: House) -> None:
    """Whose session it is, and that it is stored."""
    async with (
        counted(house.database_url) as count,
        engine_at(count) as engine,
        serving(replace(house, engine=engine)) as site,
    ):
        caller = await site.open()
        for number in range(PREPARED_BY):
            count.again()
            status, _ = await caller.post(str(number), text="hello")
            assert status == 202
    assert (len(count.statements), count.trips) == (2, 2), count.statements


async def test_a_stream_reads_once_for_each_hint(house: House) -> None:
    """And once when it is opened; what came while it read has rung."""
    async with (
        counted(house.database_url) as count,
        engine_at(count) as engine,
        serving(replace(house, engine=engine)) as site,
    ):
        caller = await site.open()
        async with caller.stream(after=1) as stream:
            await stream.frame()
            await until(lambda: house.redis.publish(f"desk:live:{caller.session}", "typing"), becomes=1)
            assert (await stream.frame())["event"] == "typing"
            count.again()
            for number in range(5):
                async with transaction(house.engine) as connection:
                    said = message_event(RenderedMessage(text=str(number), locale="en"), author="bot")
                    await append(connection, UUID(caller.session), [said, said])
                await Live(house.redis).publish(UUID(caller.session))
                assert len(await stream.events(2)) == 2
            assert count.about(READING) in (5, 6), count.statements  # one more: what "typing" woke it for


async def test_a_transaction_that_breaks_leaves_nothing_and_no_connection_behind(house: House) -> None:
    """The error is SQLAlchemy's, and says whether the database is away; what follows commits and rolls back as ever."""
    conversation = await house.open(locale="zh_Hans")
    about = {"id": conversation.id}
    async with counted(house.database_url) as way, engine_at(way) as engine:

        async def spoken() -> str:
            return str(await house.scalar("SELECT locale FROM conversations WHERE id = :id", **about))

        with pytest.raises(DBAPIError) as wrong:
            async with begun(engine, text("SELECT 1 / 0"), {}):
                pass
        assert not is_outage(wrong.value)
        with suppress(ZeroDivisionError):
            async with begun(engine, ONE, {}) as (connection, rows):
                assert rows[0].found == 1
                await connection.execute(SPEAK, about)
                raise ZeroDivisionError  # of ours
        async with engine.begin() as connection:  # SQLAlchemy's own, on the same connection
            await connection.execute(SPEAK, about)
            await connection.rollback()
        assert await spoken() == "zh_Hans"
        with pytest.raises(DBAPIError) as lost:
            async with begun(engine, text("SELECT pg_terminate_backend(pg_backend_pid())"), {}):
                pass
        assert is_outage(lost.value)
        async with begun(engine, ONE, {}) as (connection, _):
            await connection.execute(SPEAK, about)
        assert await spoken() == "en"


async def test_who_is_cancelled_in_a_statement_leaves_the_connection_as_it_was(house: House) -> None:
    """The next transaction on it is one, and rolls back."""
    conversation = await house.open(locale="zh_Hans")
    async with counted(house.database_url) as way, engine_at(way) as engine:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3), single_statements(engine) as connection:
                await ask(connection, text("SELECT pg_sleep(60)"), {})
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3), begun(engine, text("SELECT pg_sleep(60)"), {}):
                pass
        async with engine.connect() as connection:
            await connection.execute(SPEAK, {"id": conversation.id})
            await connection.rollback()
    assert await house.scalar("SELECT locale FROM conversations WHERE id = :id", id=conversation.id) == "zh_Hans"
