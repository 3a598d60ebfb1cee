"""The staff console with the rooms that it stands on, put together."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from aiohttp import ClientSession
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.accounts.keeping import AccountKeeping
from desk.accounts.register import Register
from desk.app.acting import authentication
from desk.app.alerts import mailing
from desk.app.announcing import announcing, lists
from desk.app.library import library
from desk.app.menus import menus
from desk.app.model import fingerprint, revision
from desk.app.rights import opened_rights
from desk.app.runtime import Runtime, now
from desk.app.staffing import staff
from desk.cases.looking import CaseBook
from desk.city.asking import load_asking
from desk.city.files import City
from desk.console.parts import Console
from desk.contract.errors import ConfigurationError
from desk.http.reach import reaching
from desk.payments.bill_book import BillBook
from desk.payments.clerk_refunds import ClerkRefunds
from desk.payments.opening import PaymentParts
from desk.staff.authentication import Authentication
from desk.staff.news import News
from desk.staff.openid import Client, OpenId, is_safe
from desk.staff.own import Own
from desk.staff.passkeys import Challenges, Passkeys
from desk.staff.wanted import AlertWishes
from desk.teaching.models import Files
from desk.texts.catalogs import Catalogs
from desk.tickets.presence import Presence


@asynccontextmanager
async def opened_console(
    at: Runtime,
    engine: AsyncEngine,
    redis: Redis,
    cities: Mapping[str, City],
    paying: PaymentParts | None,
    *,
    catalogs: Catalogs,
    register: Register,
) -> AsyncIterator[Console]:
    """The console while the block lasts.

    Raises:
        ConfigurationError: an identity provider is named, and not what this installation is called there.
    """
    refunds = ClerkRefunds(paying.payments.dependencies, at.settings.refund_limit) if paying else None
    door = authentication(at, engine)
    rights = opened_rights(at, engine, redis, cities, paying, public_url=at.serve_url)
    async with ClientSession(trust_env=False, connector=reaching(at.settings.openid_issuer)) as http:
        yield Console(
            engine=engine,
            staff=staff(engine, cities, refunds, rights),
            door=door,
            passkeys=Passkeys(door, Challenges(redis)),
            own=Own(engine),
            alerts=AlertWishes(engine, at.keys()),
            news=News(redis),
            presence=Presence(redis),
            rights=rights,
            asking=load_asking(at.root / "cities"),
            announcements=announcing(at, engine, catalogs=catalogs, register=register),
            lists=lists(at, engine),
            channels=register.channels,
            accounts=AccountKeeping(register),
            cases=CaseBook(engine, at.keys()),
            bills=BillBook(engine, paying.payments if paying else None),
            menus=menus(at),
            files=lambda: Files(fingerprint(at.root), revision(at.product)),
            library=library(at, cities, catalogs),
            platforms=lambda: ClientSession(trust_env=False, connector=reaching(at.running.get("sandbox"))),
            mail=mailing(at),
            address=at.settings.public_url,
            openid=_openid(at, http, door),
            refunds=refunds,
        )


def _openid(at: Runtime, http: ClientSession, door: Authentication) -> OpenId | None:
    read = at.settings
    if read.openid_issuer is None:
        return None
    if read.openid_client_id is None:
        raise ConfigurationError("DESK_OPENID_ISSUER is set: set DESK_OPENID_CLIENT_ID, too.")
    if not is_safe(read.openid_issuer):
        raise ConfigurationError("DESK_OPENID_ISSUER begins with https://.")
    secret = read.openid_client_secret
    client = Client(
        read.openid_issuer, read.openid_client_id, secret.get_secret_value() if secret else None, read.openid_claim
    )
    return OpenId(client, http, door, at.keys(), now)
