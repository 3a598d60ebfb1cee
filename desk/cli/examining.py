"""Why does it not run here? Looks at the machine, the data directory and each role, for `desk doctor`."""

import asyncio
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
from pydantic import BaseModel, SecretStr, ValidationError
from sqlalchemy.exc import DBAPIError

from desk.app.health import parts_of_installation
from desk.app.model import bot_python, trained
from desk.app.runtime import Runtime
from desk.cli.held_files import BRING_UP, NO_SCHEMA, held_files
from desk.cli.report import CheckResult, looked
from desk.contract.errors import ConfigurationError, StartError
from desk.http.descriptors import WANTED, raise_limit, room_for_streams
from desk.http.sockets import LOOPBACK, is_free
from desk.intake.spool import SPOOL, SUFFIX
from desk.kill_switch.service import KillSwitch, Scope
from desk.store.database import create_engine, lacks_schema
from desk.store.disk import make_folder, require_room
from desk.store.engines import postgres_program as postgres_binary
from desk.store.engines import valkey_program as valkey_binary
from desk.store.keys import Keys
from desk.store.running import is_held
from desk.store.valkey import create_client
from desk.texts.catalogs import Catalogs
from desk.web.health import Health

PROBE_SECONDS = 60
HEALTH = {"serve": "/readyz"}
PORTS_OF = {"http": 80, "https": 443}


class _Readiness(BaseModel):
    """What is read of `/readyz`."""

    faulty: list[str] = []


def findings(at: Runtime) -> Iterator[CheckResult]:
    """What was seen, one thing after the other."""
    yield CheckResult("machine", f"{platform.platform()}, {os.cpu_count()} cores")
    yield CheckResult("Python of the desk", f"{platform.python_version()} ({sys.executable})")
    yield looked("Python of the bot", lambda: python_of_bot(at))
    yield looked("PostgreSQL", lambda: engine(lambda: postgres_binary("postgres"), at.settings.database_url))
    yield looked("Valkey", lambda: engine(valkey_binary, at.settings.redis_url))
    yield looked("disk", lambda: _disk(at.data_dir))
    yield looked("data directory", lambda: _data_dir(at.data_dir))
    yield looked("model", lambda: _model(at))
    yield looked("texts", lambda: _texts(at.root / "locales"))
    running = is_held(at.data_dir)
    if not running:
        yield looked("port", lambda: _port(at))
        roles = "each role runs by itself" if at.settings.database_url else "does not run; start it with: make run"
        yield CheckResult("stack", roles)
    else:
        yield CheckResult("stack", f"runs at {at.running.get('serve', 'an address not yet known')}")
    yield from asyncio.run(_parts(at))
    yield from asyncio.run(_roles(at))
    yield _descriptors()
    yield _on_disk(at.data_dir / SPOOL)
    if database := _database(at):
        yield from asyncio.run(_voice(database))
        yield held_files(at)


def python_of_bot(at: Runtime) -> str:
    """The bot's environment; where its address is named it may be elsewhere, in a container of its own.

    Raises:
        StartError: it is missing, or does not work.
    """
    try:
        python = bot_python(at.root, at.settings.bot_python)
    except StartError:
        if at.settings.bot_url is None or at.settings.bot_python is not None:
            raise
        return "not here: DESK_BOT_URL names where the bot is"
    probe = "import platform, importlib.metadata as m; print(platform.python_version(), 'with rasa', m.version('rasa'))"
    done = subprocess.run(
        [str(python), "-c", probe], capture_output=True, text=True, timeout=PROBE_SECONDS, check=False
    )
    if done.returncode != 0:
        raise StartError(f"{python} does not work: {done.stderr.strip()[-300:]} Set it up anew: make clean setup")
    return done.stdout.strip()


def engine(program: Callable[[], Path], server: SecretStr | None) -> str:
    """The version of an embedded engine; where a server is named none is needed.

    Raises:
        StartError: its wheel is missing, or it does not run.
    """
    return _version(program()) if server is None else "a setting names a server: the embedded one is not used"


def _version(program: Path) -> str:
    done = subprocess.run(
        [str(program), "--version"], capture_output=True, text=True, timeout=PROBE_SECONDS, check=False
    )
    if done.returncode != 0:
        raise StartError(
            f"{program} does not run on this machine: {done.stderr.strip()[-300:]} "
            "Set DESK_DATABASE_URL and DESK_REDIS_URL to servers."
        )
    return done.stdout.strip()


def _disk(data_dir: Path) -> str:
    there = next(folder for folder in (data_dir, *data_dir.parents) if folder.exists())
    require_room(there)
    return f"{shutil.disk_usage(there).free / 1e9:.0f} GB free"


def _data_dir(data_dir: Path) -> str:
    if not data_dir.exists():
        return f"{data_dir} does not exist yet; the first start makes it"
    make_folder(data_dir)
    return str(data_dir)


def _model(at: Runtime) -> str:
    model = trained(at.root, at.models)
    return model.name if model else "none for these words and this pipeline; the next start trains it"


def _texts(folder: Path) -> str:
    Catalogs(folder)
    return "compiled"


def _port(at: Runtime) -> str:
    host, port = at.settings.host, at.settings.port
    if not is_free(host, port) and asyncio.run(_is_ours(port)):
        return f"{port} on {host}: our own serve answers there"
    if not is_free(host, port):
        raise StartError(
            f"Port {port} on {host} is taken. End the program that has it, or: desk run --port {port + 10}"
        )
    return f"{port} on {host} is free"


async def _is_ours(port: int) -> bool:
    """Whether a serve of this product has a port of this machine: it need not have been started from here."""
    limits = aiohttp.ClientTimeout(total=2)
    try:
        async with (
            aiohttp.ClientSession(timeout=limits, trust_env=False) as session,
            session.get(f"http://{LOOPBACK}:{port}/openapi.json") as answer,
        ):
            return answer.status == 200 and b"/chat/v1/sessions" in await answer.read()
    except (aiohttp.ClientError, OSError, TimeoutError):
        return False


def _on_disk(folder: Path) -> CheckResult:
    """What waits on disk because the database was away. It does not say of whom."""
    kept = [path.stat().st_size for path in folder.glob(f"*{SUFFIX}")]
    if not sum(kept):
        return CheckResult("webhooks on disk", "none wait")
    return CheckResult(
        "webhooks on disk",
        f"{sum(kept):,} bytes wait in {folder}",
        "Bring the database up: `desk serve` on this computer takes them in by itself, and deletes the file.",
    )


async def _parts(at: Runtime) -> list[CheckResult]:
    """What `/readyz` of serve looks at, seen from here; the disk is looked at in any case."""
    database, redis_url = _database(at), _redis(at)
    if database is None:
        return []
    engine = create_engine(database, pool_size=2)
    redis = create_client(redis_url) if redis_url else None
    try:
        parts = [one for one in parts_of_installation(at, engine, redis, _keys(at)) if one.name != "disk"]
        found = await Health(parts).findings()
    finally:
        if redis is not None:
            await redis.aclose()
        await engine.dispose()
    return [CheckResult(one.name, one.saw, one.mend) for one in found]


async def _roles(at: Runtime) -> list[CheckResult]:
    """Reach the roles that answer everybody here, and whose address is known."""
    asked = {"sandbox": at.sandbox_url, "serve": at.running.get("serve_health")}
    return await asyncio.gather(*(_reach(name, url.strip()) for name, url in asked.items() if url))


def _keys(at: Runtime) -> Keys | None:
    """The keys of this installation; None before its first start."""
    try:
        return at.keys()
    except ConfigurationError:
        return None


def _redis(at: Runtime) -> str | None:
    given = at.settings.redis_url
    return given.get_secret_value() if given else at.running.get("redis")


def _descriptors() -> CheckResult:
    """How many files and connections a process may open that is started as this one was."""
    limit = raise_limit()
    if limit >= WANTED:
        return CheckResult("descriptors", f"a process may open {limit:,}")
    room = room_for_streams(limit)
    return CheckResult(
        "descriptors",
        f"a process may open {limit:,}: streams of {room.of_residents:,} residents",
        f"Allow {WANTED:,}: LimitNOFILE= of a systemd unit, --ulimit nofile= of a container, `ulimit -Hn` of a shell.",
    )


def _database(at: Runtime) -> str | None:
    given = at.settings.database_url
    return given.get_secret_value() if given else at.running.get("database")


async def _voice(database_url: str) -> list[CheckResult]:
    """Where the bot may not speak."""
    engine = create_engine(database_url, pool_size=1)
    try:
        stops = await KillSwitch(engine).holding()
    except DBAPIError as exc:
        if lacks_schema(exc):
            return [CheckResult("voice", NO_SCHEMA)]
        return [CheckResult("voice", f"its stops cannot be read ({type(exc).__name__})", BRING_UP)]
    finally:
        await engine.dispose()
    if not stops:
        return [CheckResult("voice", "speaks everywhere")]
    return [
        CheckResult(
            "voice",
            f"stopped for {one.scope} since {one.stopped_at.astimezone():%Y-%m-%d %H:%M}"
            f" by {one.stopped_by}: {one.reason}",
            f"When the cause is mended: desk voice start {_option(one.scope)} --reason …",
        )
        for one in stops
    ]


def _option(scope: Scope) -> str:
    return f"--{scope.kind} {scope.subject}".strip()


async def _reach(name: str, url: str) -> CheckResult:
    """Ask a role whether it is well, and which part is not."""
    parts = urlsplit(url)
    where = f"{parts.hostname}:{parts.port or PORTS_OF.get(parts.scheme, 0)}"
    mend = f"Look into logs/{name}.log of the data directory; a stack that runs starts it again by itself."
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5), trust_env=False) as session,
            session.get(url.rstrip("/") + HEALTH.get(name, "/health")) as answer,
        ):
            said = _Readiness.model_validate_json(await answer.read())
    except ValidationError:
        said = _Readiness()
    except (aiohttp.ClientError, OSError, TimeoutError) as exc:
        return CheckResult(name, f"{where} cannot be reached ({type(exc).__name__})", mend)
    if answer.status != 200:
        faulty = f", for {', '.join(said.faulty)}" if said.faulty else ""
        return CheckResult(name, f"{where} answers {answer.status}{faulty}", mend)
    return CheckResult(name, f"{where} answers")
