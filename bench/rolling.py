"""`rolling`: a release replaces the one before under load, role by role, goes back, and comes again.

Both stand on one PostgreSQL and one Valkey, each with a worker, a bot and an actions server of its own and a serve
behind one balancer. Lines come at an even pace all the time. Afterwards what each resident saw is looked at, live and
on a page that is opened anew; anything lost, doubled or out of order is an error, not a figure.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from bench.balancer import Balancer
from bench.environment import KEPT
from bench.ground import OurModel, Tell, speaker_at
from bench.machine import machine
from bench.product import LIMITS, NAME
from bench.rolling_residents import Crowd, crowd, ratios
from bench.versions import Before
from desk.app.model import bot_python
from desk.contract.errors import DeskError, StartError
from desk.http.sockets import LOOPBACK, free_port
from desk.sealing.masters import fresh
from desk.store.migrations import OURS
from tools.engines.postgres import Postgres
from tools.engines.valkey import Valkey
from tools.supervisor.http_role import HttpRole
from tools.supervisor.process import Process
from tools.supervisor.role import start

PER_SECOND, SECONDS = 20.0, 30.0
WARM_UP_SECONDS = 15.0
DRAIN_SECONDS = 2.0
"""A balancer has stopped sending residents to a serve, before the serve is asked to end."""
COMMAND_SECONDS = 300.0
BACK = ("actions", "bot", "worker")
"""They answer each other alone: a worker asks the bot of its release, and that one its actions."""
OLDER, NEWER = "the release before", "the release"
BEFORE, UP, AFTER, DOWN, BACK_AGAIN, UP_AGAIN, POST = (
    "before",
    "upgrade",
    "after it",
    "rollback",
    "after it was gone back",
    "upgrade again",
    "what waited for it",
)
NEEDED = (
    *("actions", "bot", "channels", "cities", "desk", "guides", "locales", "nlu", "roles", "sandbox"),
    *("selftest", "tools", "values", "config.yml", "credentials.yml", "domain.yml", "endpoints.yml"),
)
"""Of a checkout what its roles need."""
MIGRATIONS = {
    "9001": ("pre", "ALTER TABLE conversations ADD COLUMN rolling text", "DROP COLUMN rolling"),
    "9002": ("post", "ALTER TABLE conversations DROP COLUMN rolling", "ADD COLUMN rolling text"),
}
MIGRATION = '''"""Of a release that is made for a bench."""

from alembic import op

revision = "{revision}"
down_revision = "{before}"
phase = "{phase}"


def upgrade() -> None:
    op.execute("{up}")


def downgrade() -> None:
    op.execute("ALTER TABLE conversations {down}")
'''


class RollingError(DeskError):
    """Something was lost, doubled, or out of order while one release replaced the other."""


@dataclass(frozen=True)
class Release:
    """A checkout, its Python, the bot's, and the folder of its model."""

    name: str
    root: Path
    python: Path
    bot_python: Path
    models: Path


@dataclass
class Crew:
    """The roles of a release, at ports of their own."""

    release: Release
    folder: Path
    shared: Mapping[str, str]
    balancer: Balancer
    ports: dict[str, int] = field(default_factory=dict)
    running: dict[str, Process] = field(default_factory=dict)

    async def start(self, role: str) -> None:
        """Start a role, and wait until it is ready.

        Raises:
            StartError: it is not.
        """
        for name in ("serve", *BACK):
            for port in (name, f"{name}_health"):
                self.ports.setdefault(port, free_port())
        self.running[role] = await start(
            HttpRole(
                name=role,
                program=(str(self.release.python), "-m", "desk", role),
                port=self.ports[role],
                folder=self.release.root,
                log=self.folder / "logs" / f"{role}.log",
                environment=self._environment(role),
                whole=True,
                health="/readyz/intake" if role == "serve" else "/health",
                health_port=self.ports[f"{role}_health"],
                start_seconds=COMMAND_SECONDS,
                stop_seconds=12.0,
            )
        )
        if role == "serve":
            self.balancer.add(self.ports["serve"], self.ports["serve_health"])
            await self.balancer.ready(self.ports["serve"])

    async def stop(self, role: str) -> None:
        """Ask a role to end; from serve residents are kept away before."""
        if role == "serve":
            self.balancer.remove(self.ports["serve"])
            await asyncio.sleep(DRAIN_SECONDS)
        await self.running.pop(role).stop()

    async def end(self) -> None:
        """End all that runs."""
        await asyncio.gather(*(one.stop() for one in self.running.values()))

    async def run(self, *arguments: str) -> None:
        """Run a command of this release.

        Raises:
            StartError: it failed; the message has the end of what it said.
        """
        child = await asyncio.create_subprocess_exec(
            str(self.release.python),
            "-m",
            "desk",
            *arguments,
            cwd=self.release.root,
            env=self._environment("worker"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                said, _ = await child.communicate()
        except TimeoutError as exc:
            raise StartError(
                f"{' '.join(arguments)} of {self.release.name} took more than {COMMAND_SECONDS} s."
            ) from exc
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        if child.returncode:
            raise StartError(f"{' '.join(arguments)} of {self.release.name} failed.\n{said.decode()[-1500:]}")

    def _environment(self, role: str) -> dict[str, str]:
        here = {
            "DESK_ROOT_DIR": str(self.release.root),
            "DESK_DATA_DIR": str(self.folder),
            "DESK_BOT_PYTHON": str(self.release.bot_python),
            "DESK_BOT_URL": f"http://{LOOPBACK}:{self.ports.get('bot', 0)}",
            "DESK_ACTIONS_URL": f"http://{LOOPBACK}:{self.ports.get('actions', 0)}",
            "DESK_BOT_PORT": str(self.ports.get("bot", 0)),
            "DESK_ACTIONS_PORT": str(self.ports.get("actions", 0)),
            "DESK_PORT": str(self.ports.get("serve", 0)),
            "DESK_METRICS_PORT": str(self.ports.get(f"{role}_health", 0)),
        }
        return {**self.shared, **here}


async def measure(
    ours: OurModel, older: Before | None, tell: Tell, *, per_second: float = PER_SECOND, seconds: float = SECONDS
) -> dict[str, Any]:
    """Upgrade, go back and upgrade again under load. Without a checkout of the version before this one is that one,
    and the release is this one with two migrations more.

    Raises:
        StartError: a role of either does not come up.
        RollingError: something was lost, doubled or out of order.
    """
    with tempfile.TemporaryDirectory(prefix="citydesk-rolling-", ignore_cleanup_errors=True) as work:
        before, release = await asyncio.to_thread(releases, ours, older, Path(work))
        async with standing(before, release, Path(work), tell) as (old, new, balancer):
            async with crowd(balancer.url, speaker_at(ours.root), per_second) as residents:
                figures = await _course(old, new, residents, seconds, tell)
                tell.step("looking at what residents saw")
                faults = await residents.faults()
            if faults:
                raise RollingError(f"{len(faults)} faults: {'; '.join(faults[:20])}")
            refused = balancer.refused
    times = ratios(figures, BEFORE)
    return {
        "name": "rolling",
        "ours": {"name": NAME, "parts": figures, "ratios": times, "connections_refused": refused, "faults": 0},
        "ratio": max(times.values()),
        "machine": machine(ours.load_before),
        "method": {"per_second": per_second, "seconds": seconds, "before": before.name},
    }


async def _course(old: Crew, new: Crew, residents: Crowd, seconds: float, tell: Tell) -> dict[str, dict[str, float]]:
    async def part(name: str) -> None:
        tell.step(name)
        residents.part = name

    async with asyncio.TaskGroup() as group:
        residents.part = "warm-up"
        talking = group.create_task(residents.talk(), name="residents")
        await asyncio.sleep(WARM_UP_SECONDS)
        await part(BEFORE)
        await asyncio.sleep(seconds)
        await part(UP)
        await new.run("migrate", "--pre")
        await replace(old, new)
        await part(AFTER)
        await asyncio.sleep(seconds)
        await part(DOWN)
        await replace(new, old)
        await part(BACK_AGAIN)
        await asyncio.sleep(seconds)
        await part(UP_AGAIN)
        await replace(old, new)
        await part(POST)
        await new.run("migrate")
        await asyncio.sleep(seconds / 2)
        residents.part = ""
        await talking
    await residents.answered()
    figures = residents.figures()
    del figures["warm-up"]
    return figures


async def replace(leaving: Crew, coming: Crew) -> None:
    """Start the roles of one release, each before that of the other is ended."""
    for role in BACK:
        await coming.start(role)
    for role in reversed(BACK):
        await leaving.stop(role)
    await coming.start("serve")
    await leaving.stop("serve")


def releases(ours: OurModel, older: Before | None, work: Path) -> tuple[Release, Release]:
    """The release before, and the one that replaces it."""
    python, models = ours.root / ".venv" / "bin" / "python", ours.model.parent
    own = Release(NEWER, ours.root, python, bot_python(ours.root, None), models)
    if older is not None:
        older_bot = bot_python(older.root, None)
        return Release(older.name, older.root, older.python, older_bot, older.model.parent), own
    root = copied(ours.root, work / "release")
    before = OURS.newest
    for revision, (phase, up, down) in MIGRATIONS.items():
        path = root / OURS.folder.relative_to(ours.root) / "versions" / f"{revision}_rolling.py"
        text = MIGRATION.format(revision=revision, before=before, phase=phase, up=up, down=down)
        path.write_text(text, encoding="utf-8")
        before = revision
    return Release(OLDER, ours.root, python, own.bot_python, models), Release(
        NEWER, root, python, own.bot_python, models
    )


def copied(checkout: Path, root: Path) -> Path:
    """Copy of a checkout what its roles need, compiled, as an installation is. Answers where."""
    root.mkdir()
    for path in (checkout / name for name in NEEDED):
        if path.is_dir():
            shutil.copytree(path, root / path.name, ignore=shutil.ignore_patterns(".venv"))
        else:
            shutil.copy(path, root)
    return root


@asynccontextmanager
async def standing(
    before: Release, release: Release, work: Path, tell: Tell
) -> AsyncIterator[tuple[Crew, Crew, Balancer]]:
    """Have engines, the pretend city and the release before at work; of the other nothing."""
    balancer = Balancer(free_port())
    sandbox, mail = free_port(), free_port()
    async with AsyncExitStack() as stack:
        tell.step("starting engines, the pretend city, and the release before")
        postgres = await stack.enter_async_context(Postgres(work / "engines"))
        valkey = await stack.enter_async_context(Valkey(work / "engines"))
        await stack.enter_async_context(balancer.balancing())
        shared = {name: value for name, value in os.environ.items() if not name.startswith("DESK_") or name in KEPT}
        shared |= dict(one.split("=", 1) for one in LIMITS)
        shared |= {
            "DESK_DATABASE_URL": postgres.url,
            "DESK_REDIS_URL": valkey.url,
            "DESK_SECRET_KEY": token_urlsafe(48),
            "DESK_MASTER_KEYS": fresh(datetime.now(UTC)).line,
            "DESK_PUBLIC_URL": balancer.url,
            "DESK_SANDBOX_URL": f"http://{LOOPBACK}:{sandbox}",
            "DESK_HOST": LOOPBACK,
            "DESK_BIND_HOST": LOOPBACK,
            "DESK_METRICS_HOST": LOOPBACK,
        }
        old, new = (Crew(one, _data_dir(work, one), shared, balancer) for one in (before, release))
        city = await start(
            HttpRole(
                name="sandbox",
                program=(
                    *(str(release.python), "-m", "sandbox", "--port", str(sandbox), "--mail-port", str(mail)),
                    *("--data-dir", str(work / "city"), "--desk-url", balancer.url),
                ),
                port=sandbox,
                folder=release.root,
                log=work / "sandbox.log",
                environment=shared,
                whole=True,
            )
        )
        stack.push_async_callback(city.stop)
        stack.push_async_callback(new.end)
        stack.push_async_callback(old.end)
        await old.run("migrate")
        for role in (*BACK, "serve"):
            await old.start(role)
        yield old, new, balancer


def _data_dir(work: Path, release: Release) -> Path:
    """A data directory with the model of a release."""
    folder = work / f"data of {release.name}"
    folder.mkdir()
    (folder / "models").symlink_to(release.models, target_is_directory=True)
    return folder
