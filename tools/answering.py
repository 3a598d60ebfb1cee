"""Which model the bots answer with, for who trains the next."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
from pydantic import BaseModel, ValidationError

from desk.app.runtime import Runtime
from desk.contract.errors import PeerStrange
from desk.http.peers import ask, signer
from roles.mac import DESK_TO_BOT

HEALTH_SECONDS = 3.0


class Health(BaseModel):
    """What is read of a bot's health."""

    model: str


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
