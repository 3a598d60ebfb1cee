"""Opens the login room, with one session to the outside."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime

from aiohttp import ClientSession, DummyCookieJar

from desk.accounts.register import Register
from desk.city.files import City
from desk.intake.residents import Greet, Residents
from desk.login.certificates import Certificates
from desk.login.service import Logins
from desk.platforms.loading import load_logins


@asynccontextmanager
async def open_logins(
    register: Register, *, cities: Mapping[str, City], greet: Greet, now: Callable[[], datetime]
) -> AsyncIterator[Logins]:
    """Open the doors of all platforms while the block lasts. `greet` makes the first words of a conversation."""
    async with ClientSession(cookie_jar=DummyCookieJar(), trust_env=False) as http:
        yield Logins(
            register=register,
            residents=Residents(register.keys, greet),
            logins=load_logins(),
            certificates=Certificates(register.keys),
            cities=cities,
            now=now,
            http=http,
        )
