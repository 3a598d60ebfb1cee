"""The payments room, opened with what this installation is at Alipay."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.app.runtime import Runtime, now
from desk.city.files import City
from desk.payments.opening import PaymentParts, open_payments
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
        sandbox_url=at.sandbox_url,
        now=now,
    ) as paying:
        yield paying
