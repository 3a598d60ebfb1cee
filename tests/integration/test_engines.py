"""The embedded engines, on disk and over TCP."""

import asyncio
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fixtures.clusters import copied
from fixtures.patience import HANG_SECONDS
from redis.asyncio import Redis

from desk.contract.errors import StartError
from desk.store.migrations import upgrade
from tools.engines.postgres import Postgres
from tools.engines.valkey import Valkey

FAST = {"fsync": "off"}
MORE_THAN_ANY_DISK = 2**63

type Damage = Callable[[Path], None]

HOLD = """
import asyncio, sys
from pathlib import Path
from tools.engines.postgres import Postgres
from tools.engines.valkey import Valkey

async def hold():
    async with Postgres(Path(sys.argv[1])) as postgres, Valkey(Path(sys.argv[1])) as valkey:
        print(postgres.pid, valkey.pid, flush=True)
        await asyncio.sleep(600)

asyncio.run(hold())
"""


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A data directory where wrappers of the wheels fail: a space and 汉字 in its path."""
    return tmp_path / "城市 desk 数据"


async def write(url: str, value: int) -> None:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("CREATE TABLE IF NOT EXISTS kept (value int)")
        await connection.execute("INSERT INTO kept VALUES (%s)", (value,))


async def read(url: str) -> list[int]:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        rows = await (await connection.execute("SELECT value FROM kept ORDER BY value")).fetchall()
        return [row[0] for row in rows]


async def killed(pid: int) -> None:
    """Kill a process, and wait until it is gone."""
    os.kill(pid, signal.SIGKILL)
    async with asyncio.timeout(HANG_SECONDS):
        while Path(f"/proc/{pid}").exists():
            await asyncio.sleep(0.01)


async def test_engines_that_are_there_start_again_with_little_room(data_dir: Path) -> None:
    """What is free decides whether something new is made, not whether what is there goes on after a crash."""
    for engine in (Postgres, Valkey):
        with pytest.raises(StartError, match="needs room"):
            await engine(data_dir, least_free_bytes=MORE_THAN_ANY_DISK).start()
        async with engine(data_dir):
            pass
        async with engine(data_dir, least_free_bytes=MORE_THAN_ANY_DISK):
            pass


async def test_postgres_keeps_what_was_committed_through_a_kill(data_dir: Path) -> None:
    """After kill -9 the same object starts again on the same port, with all that was acknowledged."""
    postgres = Postgres(data_dir)
    await postgres.start()
    await write(postgres.url, 1)
    before = postgres.url
    await killed(postgres.pid)
    await postgres.start()
    assert postgres.url == before
    assert await read(postgres.url) == [1]
    await postgres.stop()


async def test_postgres_keeps_its_data_from_start_to_start(data_dir: Path) -> None:
    """Stopping in order and starting with another object, on another port, loses nothing."""
    async with Postgres(data_dir) as first:
        await write(first.url, 1)
    async with Postgres(data_dir) as second:
        assert await read(second.url) == [1]


async def test_postgres_never_runs_as_root(data_dir: Path) -> None:
    """PostgreSQL refuses root, and root's folders refuse everybody else: it runs as nobody there all the same."""
    owner = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else os.geteuid()
    data_dir.mkdir(parents=True, mode=0o700)
    async with Postgres(data_dir, settings=FAST) as postgres:
        assert Path(f"/proc/{postgres.pid}").stat().st_uid == owner
    assert data_dir.stat().st_mode & 0o777 == 0o700


async def test_postgres_wants_the_password(data_dir: Path) -> None:
    """Other users of the machine can reach the port, and cannot come in."""
    async with Postgres(data_dir, settings=FAST) as postgres:
        with pytest.raises(psycopg.OperationalError, match="password"):
            await psycopg.AsyncConnection.connect(f"postgresql://desk:guess@127.0.0.1:{postgres.port}/desk")
    assert (data_dir / "postgres.password").stat().st_mode & 0o777 == 0o600


async def test_our_role_is_no_superuser(data_dir: Path) -> None:
    """Who gets a statement through reads no file and runs no program; nobody logs in as the superuser."""
    async with Postgres(data_dir, settings=FAST) as postgres:
        async with await psycopg.AsyncConnection.connect(postgres.url, autocommit=True) as connection:
            for forbidden in (
                "SELECT pg_read_file('/etc/passwd')",
                "COPY (SELECT 1) TO PROGRAM 'cat'",
                "CREATE ROLE another",
                "CREATE DATABASE another",
                "SET ROLE postgres",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    await connection.execute(forbidden)
            await connection.execute("CHECKPOINT")
        password = (data_dir / "postgres.password").read_text(encoding="ascii")
        for given in (password, "", "postgres"):
            with pytest.raises(psycopg.OperationalError):
                await psycopg.AsyncConnection.connect(
                    host="127.0.0.1", port=postgres.port, user="postgres", password=given, dbname="desk"
                )


class _AsBefore(Postgres):
    """An embedded PostgreSQL whose role is its superuser, as older versions left it."""

    async def _demote(self, connection: psycopg.AsyncConnection[Any]) -> None:
        pass


async def test_a_cluster_of_before_is_taken_over_with_all_that_is_in_it(data_dir: Path) -> None:
    """Tables, sequences, functions and types are the role's own after the next start; rows and the password stay."""
    async with _AsBefore(data_dir, settings=FAST) as postgres:
        await asyncio.to_thread(upgrade, postgres.url)
        await write(postgres.url, 1)
    async with Postgres(data_dir, settings=FAST) as postgres:
        assert await read(postgres.url) == [1]
        await write(postgres.url, 2)
        async with await psycopg.AsyncConnection.connect(postgres.url) as connection:
            for query in (
                "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relowner <> :me",
                "SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proowner <> :me",
                "SELECT count(*) FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typowner <> :me",
            ):
                row = await (await connection.execute(query.replace(":me", "current_user::regrole"))).fetchone()
                assert row == (0,), query
            await connection.execute("ALTER TABLE conversations ADD COLUMN tried integer")


async def test_postgres_speaks_unicode_the_same_everywhere(data_dir: Path) -> None:
    """Encoding and collation come from PostgreSQL itself, not from the locale of the machine."""
    async with (
        Postgres(data_dir, settings=FAST) as postgres,
        await psycopg.AsyncConnection.connect(postgres.url) as connection,
    ):
        asked = "SELECT upper('é城'), pg_encoding_to_char(encoding), datlocale FROM pg_database WHERE datname = 'desk'"
        assert await (await connection.execute(asked)).fetchone() == ("É城", "UTF8", "C.UTF-8")


async def test_second_postgres_on_a_cluster_is_refused(data_dir: Path) -> None:
    """Two servers on one cluster would ruin it; the message says what to stop."""
    async with await copied(data_dir):
        with pytest.raises(StartError, match="Another PostgreSQL runs on"):
            await Postgres(data_dir).start()


def cut(name: str) -> Damage:
    def damage(cluster: Path) -> None:
        os.truncate(cluster / name, 10)

    return damage


def lose(name: str) -> Damage:
    def damage(cluster: Path) -> None:
        path = cluster / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    return damage


DAMAGES = {
    "control file cut off": cut("global/pg_control"),
    "control file lost": lose("global/pg_control"),
    "version lost": lose("PG_VERSION"),
    "log lost": lose("pg_wal"),
    "configuration lost": lose("postgresql.conf"),
    "databases lost": lose("base"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
async def test_damaged_cluster_says_what_to_do(data_dir: Path, damage: Damage) -> None:
    """Nobody has to read PostgreSQL's log to learn that the folder is damaged, and which one to move away."""
    damage((await copied(data_dir)).cluster)
    with pytest.raises(StartError, match=r"is damaged.*move .* away and start again"):
        await Postgres(data_dir, settings=FAST).start()


async def test_cluster_of_another_version_says_what_to_do(data_dir: Path) -> None:
    """A later PostgreSQL in the wheel does not read the old cluster, and the message does not call it damaged."""
    cluster = (await copied(data_dir)).cluster
    (cluster / "PG_VERSION").write_text("17\n", encoding="ascii")
    with pytest.raises(StartError, match=r"is of PostgreSQL 17, this is 18\. Dump it"):
        await Postgres(data_dir, settings=FAST).start()


async def test_half_made_cluster_is_made_anew(data_dir: Path) -> None:
    """A first start that was killed in the middle leaves nothing that the next one stumbles over."""
    (data_dir / "postgres.unfinished" / "base").mkdir(parents=True)
    async with Postgres(data_dir, settings=FAST) as postgres:
        await write(postgres.url, 1)


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


@pytest.mark.parametrize("engine", [Postgres, Valkey])
async def test_taken_port_is_named(data_dir: Path, taken_port: int, engine: type[Postgres] | type[Valkey]) -> None:
    """The message names the port and what to do."""
    with pytest.raises(StartError, match=f"Port {taken_port} on 127.0.0.1 is taken.*start again"):
        await engine(data_dir, port=taken_port).start()


async def test_valkey_keeps_what_was_written_through_a_kill(data_dir: Path) -> None:
    """After kill -9 the same object starts again on the same port, with what was on disk."""
    valkey = Valkey(data_dir)
    await valkey.start()
    async with Redis.from_url(valkey.url) as client:
        await client.set("kept", "1")
        await client.waitaof(1, 0, 5000)
    before = valkey.url
    await killed(valkey.pid)
    await valkey.start()
    assert valkey.url == before
    async with Redis.from_url(valkey.url) as client:
        assert await client.get("kept") == b"1"
    await valkey.stop()


async def test_damaged_valkey_says_what_to_do(data_dir: Path) -> None:
    """Nothing in it is the only copy of anything, and the message says so."""
    async with Valkey(data_dir) as valkey, Redis.from_url(valkey.url) as client:
        await client.set("kept", "1")
    for file in (data_dir / "valkey" / "appendonlydir").glob("*.incr.aof"):
        file.write_bytes(b"nonsense\r\n" * 20)
    with pytest.raises(StartError, match=r"damaged.*only copy of anything.*move the folder away"):
        await Valkey(data_dir).start()


def test_engines_end_with_the_process_that_started_them(data_dir: Path) -> None:
    """kill -9 of the supervisor leaves no server behind."""
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(data_dir)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    with holder.stdout:
        pids = [int(pid) for pid in holder.stdout.readline().split()]
    holder.kill()
    holder.wait(timeout=HANG_SECONDS)
    for pid in pids:
        wait_until_gone(pid)


def wait_until_gone(pid: int) -> None:
    """Wait until a process is gone, or a zombie that nobody reaps."""
    for _ in range(200):
        try:
            state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
        except OSError:
            return
        if state == "Z":
            return
        signal.sigtimedwait([], 0.05)
    pytest.fail(f"process {pid} is still there")
