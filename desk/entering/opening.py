"""Opens the entering room, with one session to the outside."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime

from aiohttp import ClientSession, DummyCookieJar

from desk.accounts.register import Register
from desk.cities import City
from desk.entering.certificates import Certificates
from desk.entering.service import Entering
from desk.entrance import load_entrances
from desk.intake.residents import Greet, Residents


@asynccontextmanager
async def open_entering(
    register: Register, *, cities: Mapping[str, City], greet: Greet, now: Callable[[], datetime]
) -> AsyncIterator[Entering]:
    """Open the doors of all platforms while the block lasts. `greet` makes the first words of a conversation."""
    async with ClientSession(cookie_jar=DummyCookieJar(), trust_env=False) as http:
        yield Entering(
            register=register,
            residents=Residents(register.keys, greet),
            entrances=load_entrances(),
            certificates=Certificates(register.keys),
            cities=cities,
            now=now,
            http=http,
        )
