"""Opens the room for one process: from credentials, keys and addresses to everything that takes part in payments."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import aiohttp
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.alipay.client import AlipayClient
from desk.alipay.credentials import Credentials
from desk.city.files import City
from desk.conversations.live import Live
from desk.payments.agencies import ActionsAgencies
from desk.payments.cashier import Cashier
from desk.payments.dependencies import PaymentDependencies
from desk.payments.links import Links
from desk.payments.notifier import OrderNotifier
from desk.payments.pages import PayPages
from desk.payments.service import Payments
from desk.store.keys import Keys
from desk.texts.catalogs import Catalogs


@dataclass(frozen=True, slots=True)
class PaymentParts:
    """What takes part in payments: `payments` for jobs and notifications, `pages` for the web, `cashier` for turns."""

    payments: Payments
    pages: PayPages
    cashier: Cashier
    alipay: Credentials


@asynccontextmanager
async def open_payments(
    credentials: Credentials,
    *,
    engine: AsyncEngine,
    redis: Redis,
    catalogs: Catalogs,
    cities: dict[str, City],
    keys: Keys,
    public_url: str,
    actions_url: str,
    now: Callable[[], datetime],
) -> AsyncIterator[PaymentParts]:
    """Open everything, with one session to the outside, while the block lasts.

    Args:
        public_url: where residents and the gateway reach the desk, without a trailing slash.
        actions_url: the actions server, which tells agencies.
        now: the clock; aware.
    """
    links = Links(keys, public_url)
    # no proxy of the environment: what is asked here is about money
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), trust_env=False) as session:
        dependencies = PaymentDependencies(
            engine=engine,
            gateway=AlipayClient(credentials, session, now=now, notify_url=links.notifications),
            keys=keys,
            links=links,
            notifier=OrderNotifier(catalogs, links, Live(redis)),
            catalogs=catalogs,
            cities=cities,
            now=now,
        )
        yield PaymentParts(
            payments=Payments(dependencies, ActionsAgencies(actions_url, session, keys)),
            pages=PayPages(dependencies),
            cashier=Cashier(keys, links),
            alipay=credentials,
        )
