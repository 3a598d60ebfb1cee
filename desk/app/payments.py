"""The payments room, opened with what this installation is at Alipay."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.app import logs
from desk.app.runtime import Runtime, now
from desk.city.files import City
from desk.contract.errors import StartError
from desk.payments.opening import PaymentParts, open_payments
from desk.store.database import create_engine
from desk.store.valkey import create_client
from desk.texts.catalogs import Catalogs


@asynccontextmanager
async def payments(
    at: Runtime, engine: AsyncEngine, redis: Redis, catalogs: Catalogs, cities: dict[str, City]
) -> AsyncIterator[PaymentParts | None]:
    """Open the payments room while the block lasts; None where nothing can be paid.

    Raises:
        ConfigurationError: a setting of payments is wrong.
    """
    credentials = at.alipay()
    if credentials is None:
        yield None
        return
    async with open_payments(
        credentials,
        engine=engine,
        redis=redis,
        catalogs=catalogs,
        cities=cities,
        keys=at.keys(),
        public_url=at.serve_url,
        actions_url=at.actions_url,
        now=now,
    ) as paying:
        yield paying


@asynccontextmanager
async def opened_payments(at: Runtime) -> AsyncIterator[PaymentParts]:
    """Open the payments room for a command, with connections of its own.

    Raises:
        StartError: nothing can be paid here.
        ConfigurationError: a setting of payments is wrong.
    """
    logs.configure("warning", at.settings.log_format)  # to the standard error: the output is for people and scripts
    engine = create_engine(at.database_url, pool_size=2, vault=at.vault())
    redis = create_client(at.redis_url)
    try:
        async with payments(at, engine, redis, Catalogs(at.root / "locales"), at.cities()) as room:
            if room is None:
                raise StartError("Nothing can be paid here: set DESK_ALIPAY_GATEWAY, or start the sandbox: desk run.")
            yield room
    finally:
        await redis.aclose()
        await engine.dispose()
