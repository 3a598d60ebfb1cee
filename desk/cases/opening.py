"""Opens the room for one process: from keys and addresses to everything that takes part in cases."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime

import aiohttp
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.cases.agencies import ActionsStatus
from desk.cases.links import Links
from desk.cases.pages import CalendarPages
from desk.cases.register import Register
from desk.cases.service import Cases
from desk.city.files import City
from desk.conversations.live import Live
from desk.store.keys import Keys
from desk.texts.catalogs import Catalogs


def calendar_pages(
    engine: AsyncEngine, catalogs: Catalogs, cities: Mapping[str, City], keys: Keys, public_url: str
) -> CalendarPages:
    """Make what the web shows of cases. `public_url` is where residents reach the desk, without a trailing slash."""
    return CalendarPages(engine, Register(keys, Links(keys, public_url), cities), catalogs, cities, keys)


@asynccontextmanager
async def open_cases(
    *,
    engine: AsyncEngine,
    redis: Redis,
    catalogs: Catalogs,
    cities: Mapping[str, City],
    keys: Keys,
    public_url: str,
    actions_url: str,
    now: Callable[[], datetime],
) -> AsyncIterator[Cases]:
    """Open what jobs need, with one session to the actions server, while the block lasts."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), trust_env=False) as session:
        yield Cases(
            engine=engine,
            register=Register(keys, Links(keys, public_url), cities),
            agencies=ActionsStatus(actions_url, session, keys),
            live=Live(redis),
            catalogs=catalogs,
            cities=cities,
            keys=keys,
            now=now,
        )
