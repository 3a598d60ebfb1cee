"""The publicity room in one piece: what its jobs work with."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from aiohttp import ClientSession
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.city.files import City
from desk.intake.opening import Channels
from desk.publicity.inviting import Inviting
from desk.publicity.posting import Posting
from desk.publicity.watching import Watching
from desk.store.keys import Keys
from desk.texts.catalogs import Catalogs


def publicity(
    engine: AsyncEngine,
    channels: Channels,
    http: ClientSession,
    keys: Keys,
    catalogs: Catalogs,
    cities: Mapping[str, City],
    now: Callable[[], datetime],
) -> dict[type[Any], Any]:
    """The parts of the room, by class, as jobs find them."""
    register = channels.register
    return {
        Posting: Posting(engine, register, http, keys, now),
        Watching: Watching(engine, register, http, channels.intake, now),
        Inviting: Inviting(engine, register, http, catalogs, cities, now),
    }
