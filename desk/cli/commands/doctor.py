"""`desk doctor`: why does it not run here? Looks at the machine, the data directory and each role."""

import asyncio
import os
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import aiohttp
from cyclopts import App, Parameter
from sqlalchemy.exc import DBAPIError

from desk.app.model import bot_python, trained
from desk.app.runtime import Runtime, runtime
from desk.cli.report import CheckResult, looked, show
from desk.contract.errors import ConfigurationError, PeerStrange, StartError
from desk.http.peers import ask, signer
from desk.http.sockets import is_free
from desk.intake.spool import SPOOL, SUFFIX
from desk.kill_switch.service import KillSwitch, Scope
from desk.store.database import create_engine
from desk.store.disk import make_folder, require_room
from desk.store.engines import postgres_program as postgres_binary
from desk.store.engines import valkey_program as valkey_binary
from desk.store.keys import Keys
from desk.store.running import is_held
from desk.texts.catalogs import Catalogs
from roles.mac import DESK_TO_ACTIONS, DESK_TO_BOT, Signer

PROBE_SECONDS = 60
HEALTH = {"serve": "/readyz"}
PAIRS = {"bot": DESK_TO_BOT, "actions": DESK_TO_ACTIONS}
"""The roles that answer the desk alone, and by which key."""
PORTS_OF = {"postgresql": 5432, "redis": 6379, "http": 80, "https": 443}

app = App(name="doctor", help="Look at the machine, the data directory and each role, and say the mend.")


@app.default
def doctor(
    *, as_json: Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")] = False
) -> None:
    """Look at everything that a start needs; exits with 1 when something is to be mended."""
    if not show(_findings(runtime()), as_json=as_json):
        sys.exit(1)


def _findings(at: Runtime) -> Iterator[CheckResult]:
    yield CheckResult("machine", f"{platform.platform()}, {os.cpu_count()} cores")
    yield CheckResult("Python of the desk", f"{platform.python_version()} ({sys.executable})")
    yield looked("Python of the bot", lambda: _bot(at))
    yield looked("PostgreSQL", lambda: _version(postgres_binary("postgres")))
    yield looked("Valkey", lambda: _version(valkey_binary()))
    yield looked("disk", lambda: _disk(at.data_dir))
    yield looked("data directory", lambda: _data_dir(at.data_dir))
    yield looked("model", lambda: _model(at))
    yield looked("texts", lambda: _texts(at.root / "locales"))
    running = is_held(at.data_dir)
    if not running:
        yield looked("port", lambda: _port(at))
        yield CheckResult("stack", "does not run; start it with: make run")
    else:
        yield CheckResult("stack", f"runs at {at.running.get('serve', 'an address not yet known')}")
    yield from asyncio.run(_roles(at))
    yield _on_disk(at.data_dir / SPOOL)
    if database := _database(at):
        yield from asyncio.run(_voice(database))


def _bot(at: Runtime) -> str:
    python = bot_python(at.root, at.settings.bot_python)
    probe = "import platform, importlib.metadata as m; print(platform.python_version(), 'with rasa', m.version('rasa'))"
    done = subprocess.run(
        [str(python), "-c", probe], capture_output=True, text=True, timeout=PROBE_SECONDS, check=False
    )
    if done.returncode != 0:
        raise StartError(f"{python} does not work: {done.stderr.strip()[-300:]} Set it up anew: make clean setup")
    return done.stdout.strip()


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
    if not is_free(host, port):
        raise StartError(
            f"Port {port} on {host} is taken. End the program that has it, or: desk run --port {port + 10}"
        )
    return f"{port} on {host} is free"


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


async def _roles(at: Runtime) -> list[CheckResult]:
    """Reach every role whose address is known."""
    read = at.settings
    known = {
        "database": _database(at),
        "redis": read.redis_url.get_secret_value() if read.redis_url else at.running.get("redis"),
        "bot": read.bot_url or at.running.get("bot"),
        "actions": read.actions_url or at.running.get("actions"),
        "sandbox": at.sandbox_url,
        "serve": at.running.get("serve_health"),
    }
    signers = {name: signer(keys, pair) for name, pair in PAIRS.items()} if (keys := _keys(at)) else {}
    asked = [
        (name, url.strip(), signers.get(name))
        for name, several in known.items()
        if several
        for url in (several.split(",") if name in PAIRS else [several])
    ]
    return await asyncio.gather(*(_reach(*one) for one in asked))


def _keys(at: Runtime) -> Keys | None:
    """The keys of this installation; None before its first start."""
    try:
        return at.keys()
    except ConfigurationError:
        return None


def _database(at: Runtime) -> str | None:
    given = at.settings.database_url
    return given.get_secret_value() if given else at.running.get("database")


async def _voice(database_url: str) -> list[CheckResult]:
    """Where the bot may not speak."""
    engine = create_engine(database_url, pool_size=1)
    try:
        stops = await KillSwitch(engine).holding()
    except DBAPIError as exc:
        return [
            CheckResult("voice", f"its stops cannot be read ({type(exc).__name__})", "Bring the database up: desk run")
        ]
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


async def _reach(name: str, url: str, by: Signer | None) -> CheckResult:
    """Reach a role, as another role does where it answers no one else."""
    parts = urlsplit(url)
    where = f"{parts.hostname}:{parts.port or PORTS_OF.get(parts.scheme, 0)}"
    mend = f"Look into logs/{name}.log of the data directory; a stack that runs starts it again by itself."
    try:
        if parts.scheme.startswith("http"):
            status = await _status(url.rstrip("/"), HEALTH.get(name, "/health"), by)
            if status != 200:
                return CheckResult(name, f"{where} answers {status}", mend)
        else:
            await asyncio.to_thread(_connect, parts.hostname or "", parts.port or PORTS_OF.get(parts.scheme, 0))
    except PeerStrange as exc:
        return CheckResult(name, f"{where} is no {name} of this installation", str(exc))
    except (aiohttp.ClientError, OSError, TimeoutError) as exc:
        return CheckResult(name, f"{where} cannot be reached ({type(exc).__name__})", mend)
    return CheckResult(name, f"{where} answers")


async def _status(url: str, path: str, by: Signer | None) -> int:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
        if by is not None:
            status, _ = await ask(session, by, url, path)
            return status
        async with session.get(url + path) as answer:
            return answer.status


def _connect(host: str, port: int) -> None:
    with socket.create_connection((host, port), timeout=5):
        pass
