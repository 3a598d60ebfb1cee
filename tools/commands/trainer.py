"""`desk trainer`: trains models beside the one that answers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
from cyclopts import App
from pydantic import BaseModel, ValidationError

from desk.app.model import bot_python
from desk.app.runtime import Runtime, configure_logs, runtime
from desk.contract.errors import PeerStrange
from desk.http.peers import ask, signer
from desk.http.serving import run_http
from desk.store.database import create_engine
from desk.teaching.course import Course
from roles.mac import DESK_TO_BOT
from tools.trainer import Programs, Trainer

HEALTH_SECONDS = 3.0

app = App(name="trainer", help="Train models beside the one that answers, as staff ask for them.")


class Health(BaseModel):
    """What is read of a bot's health."""

    model: str


@app.default
def trainer() -> None:
    """Train what waits, one at a time, until SIGTERM; one process trains, however many are started."""
    configure_logs()
    asyncio.run(_run(runtime()))


async def _run(at: Runtime) -> None:
    engine = create_engine(at.database_url, pool_size=4, vault=at.vault())
    programs = Programs.of(at.root, bot_python(at.root, at.settings.bot_python), at.cities().values())
    try:
        async with asking(at) as answering, asyncio.TaskGroup() as group:
            training = Trainer(Course(engine), programs, at.data_dir, answering)
            task = group.create_task(training.run(), name="training")
            await run_http(at.measures())
            task.cancel()
    finally:
        await engine.dispose()


@asynccontextmanager
async def asking(at: Runtime) -> AsyncIterator[Callable[[], Awaitable[str | None]]]:
    """What asks the bots which model they answer with: all the same one, else None."""
    by, limits = signer(at.keys(), DESK_TO_BOT), aiohttp.ClientTimeout(total=HEALTH_SECONDS)
    async with aiohttp.ClientSession(timeout=limits, trust_env=False) as http:

        async def answering() -> str | None:
            found: set[str] = set()
            for url in filter(None, (one.strip().rstrip("/") for one in at.bot_urls().split(","))):
                try:
                    status, content = await ask(http, by, url, "/health")
                    found.add(Health.model_validate_json(content).model if status == 200 else "")
                except (aiohttp.ClientError, TimeoutError, ConnectionError, PeerStrange, ValidationError):
                    return None
            return found.pop() or None if len(found) == 1 else None

        yield answering
