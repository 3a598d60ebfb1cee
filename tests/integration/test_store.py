"""The store: migrations, accounts, sessions, streams, the sweep and the pool. Real PostgreSQL."""

import asyncio
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from fixtures.fake_bot import FakeBot
from fixtures.house import House, until
from fixtures.patience import HANG_SECONDS
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from desk.accounts import service as accounts
from desk.conversations import service, stream
from desk.conversations.rows import Event
from desk.conversations.sweep import Sweep, somebody_waits
from desk.store.database import create_engine, is_outage, trace_of, transaction, why_unreachable
from desk.store.migrations import downgrade, pending, upgrade
from tools.tables import page_of

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "tables.md"
VERSIONS = Path(__file__).parents[2] / "desk" / "store" / "migrations" / "versions"


def test_the_page_of_tables_is_fresh(database_url: str) -> None:
    """It says what the migrations make; `scripts/tables.py` writes it anew."""
    assert PAGE.read_text("utf-8").endswith(page_of(database_url))


def test_every_table_says_what_it_holds(database_url: str) -> None:
    """In the database itself."""
    sections = page_of(database_url).split("## ")[1:]
    assert [one.partition("\n")[0] for one in sections if one.split("\n")[2].startswith("|")] == []


def test_migrations_go_down_and_up_again(database_url: str) -> None:
    """Down leaves nothing but Alembic's own table; up makes all of it again; twice changes nothing."""
    assert pending(database_url) == []
    downgrade(database_url)
    with psycopg.connect(database_url) as connection:
        left = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' UNION ALL "
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace UNION ALL "
            "SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype = 'e'"
        ).fetchall()
    assert left == [("alembic_version",)]
    assert pending(database_url) == [path.name[:4] for path in sorted(VERSIONS.glob("0*.py"))]
    upgrade(database_url)
    upgrade(database_url)
    assert pending(database_url) == []


def test_receipts_of_consent_go_when_the_store_goes_back(database_url: str) -> None:
    """An older version knows no consent without a conversation; those that have one stay."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        account = connection.execute(
            "WITH agency AS (INSERT INTO agencies (city, slug, names) VALUES ('a', 'b', '{}') RETURNING id)"
            " INSERT INTO channel_accounts (agency_id, channel, slug, city)"
            " SELECT id, 'webchat', 'a-web', 'a' FROM agency RETURNING id"
        ).fetchone()
        assert account is not None
        who = {"account": account[0], "resident": uuid4(), "conversation": uuid4()}
        connection.execute(
            "INSERT INTO residents (id, account_id, external_id) VALUES (%(resident)s, %(account)s, 'x')", who
        )
        connection.execute(
            "INSERT INTO conversations (id, account_id, resident_id, channel, city, locale)"
            " VALUES (%(conversation)s, %(account)s, %(resident)s, 'webchat', 'a', 'en')",
            who,
        )
        for conversation, session in ((who["conversation"], None), (None, b"hash")):
            connection.execute(
                "INSERT INTO consents"
                " (conversation_id, session, city, agency, service, field, entity, purpose, given_at)"
                " VALUES (%s, %s, 'a', 'b', 's', 'f', 'e', 'p', now())",
                (conversation, session),
            )
    downgrade(database_url, "0021")
    with psycopg.connect(database_url, autocommit=True) as connection:
        assert connection.execute("SELECT conversation_id FROM consents").fetchall() == [(who["conversation"],)]
    upgrade(database_url)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("DELETE FROM conversations")
        assert connection.execute("SELECT conversation_id FROM consents").fetchall() == [(None,)]


async def test_processes_that_migrate_at_once_take_turns(database_url: str) -> None:
    """Of several upgrades in parallel one works, the others find it done."""
    await asyncio.to_thread(downgrade, database_url)
    await asyncio.gather(*(asyncio.to_thread(upgrade, database_url) for _ in range(4)))
    assert pending(database_url) == []


async def test_accounts_follow_the_city_files(house: House) -> None:
    """Writing them twice changes nothing; a new name is taken over."""
    city = house.cities[house.account.city]
    agency = city.agencies[0].model_copy(update={"names": city.agencies[0].names.model_copy(update={"en": "New"})})
    renamed = city.model_copy(update={"agencies": [agency, *city.agencies[1:]]})
    async with transaction(house.engine) as connection:
        await accounts.sync(connection, house.cities)
        await accounts.sync(connection, {city.slug: renamed})
        again = await accounts.find_account(connection, channel="webchat", city=city.slug)
        names = (
            await connection.execute(
                text("SELECT names ->> 'en' FROM agencies WHERE city = :city AND slug = :slug"),
                {"city": city.slug, "slug": agency.slug},
            )
        ).scalar_one()
        assert await accounts.find_account(connection, channel="pigeon", city=city.slug) is None
    assert again == house.account
    assert names == "New"


async def test_a_token_opens_its_conversation_only(house: House) -> None:
    """The store keeps a hash of it; another token opens nothing."""
    async with transaction(house.engine) as connection:
        conversation_id, token = await service.open_conversation(
            connection, account=house.account, city=house.account.city, locale="en", greeting=[]
        )
        found = await service.find_by_token(connection, token)
        assert await service.find_by_token(connection, token[:-1]) is None
    assert found is not None
    assert (found.id, found.locale) == (conversation_id, "en")
    assert (
        await house.scalar(
            "SELECT count(*) FROM conversations WHERE conversations::text LIKE '%' || :t || '%'", t=token
        )
        == 0
    )


async def test_order_of_seq_is_order_of_commit(house: House) -> None:
    """Forty writers at once: no number is missing, none is there twice, none appears after a higher one was seen."""
    conversation, seen = await house.open(), []

    async def write(number: int) -> None:
        async with transaction(house.engine) as connection:
            await connection.execute(text("SELECT pg_sleep(random() * 0.02)"))
            await stream.append(connection, conversation.id, [Event("ticket", {"n": number})] * 2)

    async def watch() -> None:
        while len(seen) < 80:
            seen.extend(event.seq for event in await house.events(conversation, after=seen[-1] if seen else 0))

    async with asyncio.timeout(HANG_SECONDS), asyncio.TaskGroup() as group:
        group.create_task(watch())
        for number in range(40):
            group.create_task(write(number))
    assert seen == list(range(1, 81))


async def test_a_rolled_back_writer_takes_no_number(house: House) -> None:
    """Numbers have no gaps."""
    conversation = await house.open()
    async with house.engine.connect() as connection, connection.begin() as undone:
        await stream.append(connection, conversation.id, [Event("ticket", {})])
        await undone.rollback()
    async with transaction(house.engine) as connection:
        await stream.append(connection, conversation.id, [Event("ticket", {})])
    assert [event.seq for event in await house.events(conversation)] == [1]


async def test_the_sweep_walks_by_index_and_goes_on_where_it_stopped(house: House) -> None:
    """Each conversation is found once however many messages wait in it; what is not due is counted, not found."""
    conversations = sorted([await house.open() for _ in range(6)], key=lambda conversation: conversation.id)
    for conversation in conversations:
        for number in range(20):
            await house.say(conversation, f"m{number}")
    async with transaction(house.engine) as connection:
        await connection.execute(
            text("""
                UPDATE inbound_messages SET next_try_at = now() + interval '1 hour'
                WHERE id = (SELECT min(id) FROM inbound_messages WHERE conversation_id = :id)
            """),
            {"id": conversations[5].id},
        )
    sweep = Sweep(house.engine, stretch=4)
    stretches = [await sweep.look() for _ in range(3)]
    ids = [conversation.id for conversation in conversations]
    assert [found.due for found in stretches] == [ids[:4], ids[4:5], ids[:4]]
    assert [found.waiting for found in stretches] == [4, 6, 6]


async def test_somebody_waits_while_a_message_that_is_due_is_unanswered(house: House) -> None:
    """What is tried later keeps nobody back, nor does what stands behind it."""
    assert not await somebody_waits(house.engine)
    conversation = await house.open()
    await house.say(conversation, "first")
    await house.say(conversation, "second")
    assert await somebody_waits(house.engine)
    later = "UPDATE inbound_messages SET next_try_at = now() + interval '1 hour' WHERE id = "
    first = "(SELECT min(id) FROM inbound_messages WHERE conversation_id = :id)"
    async with transaction(house.engine) as connection:
        await connection.execute(text(later + first), {"id": conversation.id})
    assert not await somebody_waits(house.engine)


async def test_a_store_that_is_out_has_nobody_wait() -> None:
    """Bulk meets the outage by itself, where it is heeded."""
    engine = create_engine("postgresql://nobody@127.0.0.1:1/none", pool_size=1)
    assert not await somebody_waits(engine)
    await engine.dispose()


async def test_a_pooled_connection_that_died_is_replaced_unseen(house: House) -> None:
    """Sessions that the server ended while they were idle cost no error."""
    await house.open()
    with psycopg.connect(house.database_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
    await asyncio.sleep(0.1)
    assert await house.scalar("SELECT 1") == 1


async def test_what_fills_tables_plans_each_statement_anew(house: House) -> None:
    """A plan made while a table was small stays no longer than a statement."""
    engine = create_engine(house.database_url, pool_size=1, replans=True)
    async with engine.connect() as connection:
        assert (await connection.execute(text("SHOW plan_cache_mode"))).scalar_one() == "force_custom_plan"
    await engine.dispose()


async def test_an_idle_transaction_is_ended_and_counts_as_an_outage(house: House) -> None:
    """What frees the conversation of a frozen worker: it is told apart from a fault of ours."""
    engine = create_engine(house.database_url, pool_size=1, idle_in_transaction_seconds=0.2)

    async def doze() -> None:
        async with engine.begin() as connection:
            await connection.execute(text("SELECT 1"))
            await asyncio.sleep(0.6)
            await connection.execute(text("SELECT 1"))

    with pytest.raises(DBAPIError) as caught:
        await doze()
    assert is_outage(caught.value)
    await engine.dispose()


async def test_why_nobody_can_connect_is_said_in_the_servers_words(database_url: str) -> None:
    """A wrong password is not an absent server. Of a statement nothing is said: it quotes what was written."""
    wrong = make_url(database_url).set(password="another").render_as_string(hide_password=False)
    said = []
    for url, statement in ((wrong, "SELECT 1"), (database_url, "SELECT 'Wang'::int")):
        engine = create_engine(url, pool_size=1)
        with pytest.raises(DBAPIError) as refused:
            async with transaction(engine) as connection:
                await connection.execute(text(statement))
        said.append(why_unreachable(refused.value))
        await engine.dispose()
    assert said == ['password authentication failed for user "desk"', "DataError"]


async def test_traces_for_the_log_hold_no_values(house: House) -> None:
    """The database quotes what it refused; the trace has frames and a code instead."""
    async with house.engine.connect() as connection:
        with pytest.raises(DBAPIError) as caught:
            await connection.execute(text("SELECT CAST(:plate AS integer)"), {"plate": "浙A12345"})
    assert not is_outage(caught.value)
    trace = trace_of(caught.value)
    assert "12345" not in trace
    assert "12345" not in str(caught.value.statement)
    assert "SQLSTATE 22P02" in trace


async def test_intake_does_not_wait_for_a_turn(house: House) -> None:
    """While a turn holds the conversation, new messages are taken in."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        await house.say(conversation, "hold")

        async def asked() -> bool:
            return bot.most_at_once == 1

        await until(asked)
        for number in range(5):
            await house.say(conversation, f"m{number}")
        assert bot.in_flight[str(conversation.id)] == 1
        bot.let_go.set()
        await house.settle(conversation)


async def test_a_connection_to_valkey_tells_nothing_of_its_library(house: House) -> None:
    """It would be looked up on the disk, and told in two commands, for each connection."""
    told = await house.redis.client_info()
    assert (told["lib-name"], told["lib-ver"]) == ("", "")
