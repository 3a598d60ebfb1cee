"""What is said of an installation: each fault is named, by `/readyz` and by `desk doctor`, and nothing else is."""

import asyncio
import json
import resource
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from fixtures.certificates import signed_by_itself
from fixtures.desk_command import Typed
from fixtures.fake_bot import FakeBot
from fixtures.house import KEYS, SECRET, VAULT, House
from sqlalchemy import text

from desk.app.health import SILENT_SECONDS, parts_of_serve
from desk.app.runtime import Runtime
from desk.app.settings import Settings
from desk.http.peers import guard, verifier
from desk.http.serving import measures
from desk.http.sockets import free_port
from desk.store.database import create_engine, transaction
from desk.store.keys import Keys
from desk.store.migrations import OURS
from desk.store.valkey import create_client
from desk.web.health import Effect, Finding, Health, Part, add_readiness
from roles.mac import DESK_TO_ACTIONS

OTHER = Keys("another secret of as many characters as are wanted")
CLOCK = "clock_timestamp() RETURNS timestamptz LANGUAGE sql AS $$ SELECT pg_catalog.clock_timestamp() {} $$"
ARCHIVING = (
    "pg_postmaster_start_time() RETURNS timestamptz LANGUAGE sql AS $$ SELECT now() - interval '1 hour' $$",
    "current_setting(name text) RETURNS text LANGUAGE sql AS"
    " $$ SELECT CASE name WHEN 'archive_mode' THEN 'on' ELSE pg_catalog.current_setting(name) END $$",
)
"""A database that is archived, and whose first copy is due for an hour."""
LIVES = "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())"


class FakeActions:
    """The actions server as far as its health goes."""

    def __init__(self) -> None:
        self.keys = KEYS
        self.feeds: list[dict[str, str]] = []
        self.url = ""

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        app = web.Application(middlewares=[guard({}, verifier(self.keys, DESK_TO_ACTIONS))])
        app.router.add_get("/health", self._health)
        async with TestServer(app) as server:
            self.url = str(server.make_url("/")).rstrip("/")
            yield

    async def _health(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok", "feeds": self.feeds})


@dataclass
class Town:
    """An installation that is well, and what can go wrong with it. `given` are settings."""

    house: House
    bot: FakeBot
    actions: FakeActions
    folder: Path
    patch: pytest.MonkeyPatch
    given: dict[str, str] = field(default_factory=dict)
    undo: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def run(self, statement: str, **values: Any) -> None:
        """Change the store."""
        async with transaction(self.house.engine) as connection:
            await connection.execute(text(statement), values)

    async def alter(self, what: str) -> None:
        """Change the database itself, from the outside."""
        url = self.house.database_url
        name = url.rsplit("/", 1)[1].split("?")[0]
        async with await psycopg.AsyncConnection.connect(
            url.replace(f"/{name}", "/postgres"), autocommit=True
        ) as connection:
            await connection.execute(f"ALTER DATABASE {name} {what}".encode())

    async def shadow(self, *functions: str) -> None:
        """Have the database find these functions before its own of the same names."""
        for one in functions:
            await self.run(f"CREATE FUNCTION public.{one}")
        await self.alter("SET search_path = public, pg_catalog")
        self.undo.push_async_callback(self.alter, "RESET search_path")

    @property
    def settings(self) -> dict[str, str]:
        return {
            "database_url": self.house.database_url,
            "redis_url": self.house.redis_url,
            "secret_key": SECRET,
            "bot_url": self.bot.url,
            "actions_url": self.actions.url,
            **self.given,
        }

    @asynccontextmanager
    async def health(self) -> AsyncIterator[Health]:
        """What looks at it for `/readyz`, on connections of its own."""
        at = Runtime(Settings(_env_file=None, **self.settings), self.folder, self.folder, {})  # type: ignore[call-arg, arg-type]
        engine = create_engine(self.house.database_url, pool_size=2, vault=VAULT)
        redis = create_client(at.redis_url)
        try:
            yield Health(parts_of_serve(at, engine, redis))
        finally:
            await redis.aclose()
            await engine.dispose()

    async def seen(self) -> list[Finding]:
        async with self.health() as health:
            return await health.findings()


@pytest_asyncio.fixture
async def town(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    """All is well."""
    actions, address = FakeActions(), house.database_url
    async with FakeBot() as bot, actions.serving():
        town = Town(house, bot, actions, tmp_path, monkeypatch)
        await town.run(LIVES)
        try:
            yield town
        finally:
            house.database_url = address
            await town.undo.aclose()


async def _reads_only(town: Town) -> None:
    await town.alter("SET default_transaction_read_only = on")
    town.undo.push_async_callback(town.alter, "RESET default_transaction_read_only")


async def _away(town: Town) -> None:
    town.house.database_url = town.house.database_url.rsplit("/", 1)[0] + "/nowhere"


async def _older(town: Town) -> None:
    await town.run("UPDATE alembic_version SET version_num = '0001'")


async def _newer(town: Town) -> None:
    await town.run("UPDATE alembic_version SET version_num = '9999', serves_from = '9998'")


async def _never_made(town: Town) -> None:
    await town.run("ALTER TABLE alembic_version RENAME TO other_version")
    town.undo.push_async_callback(town.run, "ALTER TABLE other_version RENAME TO alembic_version")


async def _no_keys(town: Town) -> None:
    town.given["master_keys_command"] = "false"


async def _key_is_gone(town: Town) -> None:
    await town.house.open()
    await town.run("UPDATE conversation_keys SET master = 'lost'")


async def _no_worker(town: Town) -> None:
    await town.run("DELETE FROM procrastinate_workers")


async def _frozen_worker(town: Town) -> None:
    silent = "UPDATE procrastinate_workers SET last_heartbeat = now() - make_interval(secs => :seconds)"
    await town.run(silent, seconds=2 * SILENT_SECONDS)


async def _waiting(town: Town) -> None:
    await town.house.say(await town.house.open(), "hello")
    await town.run("UPDATE inbound_messages SET received_at = now() - interval '2 minutes'")


async def _ahead(town: Town) -> None:
    await town.shadow(CLOCK.format("- interval '60 s'"))


async def _behind(town: Town) -> None:
    await town.shadow(CLOCK.format("+ interval '60 s'"))


async def _full(town: Town) -> None:
    found = shutil.disk_usage(town.folder)
    town.patch.setattr(shutil, "disk_usage", lambda _: found._replace(free=10_000_000))


async def _restored(town: Town) -> None:
    await town.run("UPDATE announcement_arming SET store = 'another/1'")


async def _not_copied(town: Town) -> None:
    await town.shadow(*ARCHIVING)


async def _certificate_ends(town: Town) -> None:
    context = signed_by_itself(town.folder, until=datetime.now(UTC) + timedelta(days=3))

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await town.undo.enter_async_context(await asyncio.start_server(hang_up, "127.0.0.1", 0, ssl=context))
    town.given["public_url"] = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def _no_descriptors(town: Town) -> None:
    town.patch.setattr(resource, "getrlimit", lambda _: (1, 1))


async def _no_bot(town: Town) -> None:
    await town.bot.down()


async def _strange_bot(town: Town) -> None:
    await town.bot.down()
    town.bot.keys = OTHER
    await town.bot.up()


async def _one_bot_of_two(town: Town) -> None:
    town.given["bot_url"] = f"{town.bot.url}, http://127.0.0.1:{free_port()}"


async def _no_actions(town: Town) -> None:
    town.given["actions_url"] = f"http://127.0.0.1:{free_port()}"


async def _not_the_actions(town: Town) -> None:
    town.given["actions_url"] = town.bot.url


async def _feed_is_over(town: Town) -> None:
    town.actions.feeds = [{"city": "testville", "trouble": "the timetable ended on 2026-01-01"}]


async def _no_valkey(town: Town) -> None:
    town.given["redis_url"] = f"redis://127.0.0.1:{free_port()}/0"


type Inject = Callable[[Town], Awaitable[None]]

FAULTS: dict[str, tuple[Inject, list[str], int, int]] = {
    # (what is done, which parts are named, `/readyz`, `/readyz/intake`)
    "database away": (_away, ["database"], 503, 503),
    "database takes no writes": (_reads_only, ["database"], 503, 503),
    "older schema": (_older, ["schema"], 503, 503),
    "newer schema": (_newer, ["schema"], 503, 503),
    "never migrated": (_never_made, ["schema"], 503, 503),
    "master keys cannot be read": (_no_keys, ["keys"], 503, 503),
    "a master key is gone": (_key_is_gone, ["keys"], 503, 503),
    "no worker": (_no_worker, ["workers"], 503, 200),
    "frozen worker": (_frozen_worker, ["workers"], 503, 200),
    "somebody waits": (_waiting, ["waiting"], 503, 200),
    "clock ahead": (_ahead, ["clocks"], 200, 200),
    "clock behind": (_behind, ["clocks"], 200, 200),
    "disk full": (_full, ["disk"], 200, 200),
    "no bot": (_no_bot, ["bot"], 503, 200),
    "a bot of another secret": (_strange_bot, ["bot"], 503, 200),
    "one bot of two": (_one_bot_of_two, ["bot"], 200, 200),
    "no actions": (_no_actions, ["actions"], 503, 200),
    "another server at its address": (_not_the_actions, ["actions"], 503, 200),
    "a feed is over": (_feed_is_over, ["feeds"], 200, 200),
    "no Valkey": (_no_valkey, ["valkey"], 200, 200),
    "restored, and not armed": (_restored, ["arming"], 200, 200),
    "the log of changes is not copied": (_not_copied, ["archive"], 200, 200),
    "a certificate ends": (_certificate_ends, ["certificate"], 200, 200),
    "no descriptors left": (_no_descriptors, ["descriptors"], 503, 503),
}


PARTS = {name for _, named, *_ in FAULTS.values() for name in named}
"""All parts that there are: each has a fault here."""


async def asked(town: Town) -> tuple[list[str], int, int]:
    """Which parts are named, and both answers."""
    async with town.health() as health:
        application = measures()
        add_readiness(application, health)
        async with TestClient(TestServer(application)) as monitor:
            ready = await monitor.get("/readyz")
            intake = await monitor.get("/readyz/intake")
            return (await ready.json())["faulty"], ready.status, intake.status


async def test_nothing_is_named_where_all_is_well(town: Town) -> None:
    """Ready, and every part says what it saw; of each there is a fault below."""
    assert await asked(town) == ([], 200, 200)
    assert all(one.saw for one in await town.seen())
    assert {one.name for one in await town.seen()} == PARTS - {"certificate"}


@pytest.mark.parametrize("fault", list(FAULTS))
async def test_each_fault_is_named_alone(town: Town, fault: str) -> None:
    """By the part that is to be mended; a load balancer goes on sending residents where messages can be taken in."""
    inject, *expected = FAULTS[fault]
    await inject(town)
    assert await asked(town) == tuple(expected)
    assert [one.mend for one in await town.seen() if one.is_faulty] != [""]


async def test_what_needs_a_faulty_part_is_not_looked_at(town: Town) -> None:
    """It is not called faulty itself, and is looked at again as soon as the other is back."""
    address = town.house.database_url
    await _away(town)
    found = {one.name: one for one in await town.seen()}
    town.house.database_url = address
    assert found["workers"].saw == "not looked at: database is faulty"
    assert not found["workers"].is_faulty


async def test_a_part_that_hangs_is_faulty_and_holds_up_no_other() -> None:
    """It has some seconds."""

    async def hangs() -> str:
        await asyncio.sleep(60)
        return ""

    async def well() -> str:
        return "well"

    parts = [Part("slow", Effect.ANSWERS, hangs, "End it."), Part("quick", Effect.INTAKE, well, "None.")]
    async with asyncio.timeout(10):
        found = await Health(parts).findings()
    assert [(one.name, one.mend) for one in found] == [("slow", "End it."), ("quick", None)]


async def test_monitors_that_ask_at_once_cost_one_look() -> None:
    """What was seen counts for some seconds; a fault is looked at again soon, however seldom the part is."""
    looks: list[str] = []

    async def look() -> str:
        looks.append("")
        return "well"

    health = Health([Part("part", Effect.INTAKE, look, "None.", fresh_seconds=60.0)])
    await asyncio.gather(*(health.findings() for _ in range(50)))
    assert len(looks) == 1


@pytest.mark.parametrize("fault", list(FAULTS))
async def test_the_doctor_names_it_too(town: Town, typed: Typed, fault: str) -> None:
    """By the same name, with what to do, and nothing else of what `/readyz` names."""
    inject, named, *_ = FAULTS[fault]
    await inject(town)
    for name, value in town.settings.items():
        town.patch.setenv(f"DESK_{name.upper()}", value)
    code, out, errors = await typed("doctor", "--json", who=None)
    assert code == 1, errors
    findings = [one for one in json.loads(out)["findings"] if one["subject"] in PARTS and one["mend"]]
    # how many files this machine lets a process open is no fault of the test's
    assert [one["subject"] for one in findings if one["subject"] in {*named, *PARTS - {"descriptors"}}] == named


async def test_the_doctor_draws_a_table(town: Town, typed: Typed) -> None:
    """One row for each part, and below it what to do."""
    await _older(town)
    _, out, _ = await typed("doctor")
    rows = [line.split() for line in out.splitlines()]
    [row] = [place for place, words in enumerate(rows) if words[:2] == ["✗", "schema"]]
    assert rows[row][-1] == f"{OURS.newest}."
    assert rows[row + 1][:1] == ["→"]
    assert ["✓", "workers"] in [words[:2] for words in rows]
