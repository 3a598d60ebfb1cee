"""What the web's handlers are given: the parts of the desk, in one place of the application."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.cases.pages import CalendarPages
from desk.city.files import City
from desk.city.guides import LocalGuide
from desk.conversations.bell import Bell
from desk.conversations.live import Live
from desk.conversations.ports import TurnPart
from desk.conversations.rows import ConversationRow
from desk.intake.opening import Channels
from desk.media.links import MediaLinks
from desk.payments.opening import PaymentParts
from desk.store.keys import Keys
from desk.store.retention import Retentions
from desk.texts.catalogs import Catalogs
from desk.web.access import Network
from desk.web.bundle import Bundle
from desk.web.limits import Buckets, Limits, Open
from desk.web.origins import Origins
from desk.web.problems import Problem


class Named(Protocol):
    """A service file, as far as pages need it."""

    @property
    def title(self) -> str: ...

    @property
    def description(self) -> str: ...


@dataclass(frozen=True, slots=True)
class ServiceWords:
    """How a service is called: keys of the catalogs."""

    title: str
    description: str


def words_of(services: Mapping[str, Named]) -> dict[str, ServiceWords]:
    """How services are called, by their name."""
    return {name: ServiceWords(one.title, one.description) for name, one in services.items()}


@dataclass(frozen=True, slots=True)
class Parts:
    """What handlers work with. `services` and `cities` are by name; `proxies` are those whose word on a caller counts;
    `turn` are the parts of turns, which give out and erase what rooms keep.
    """

    engine: AsyncEngine
    bell: Bell
    live: Live
    catalogs: Catalogs
    cities: Mapping[str, City]
    services: Mapping[str, ServiceWords]
    limits: Limits
    keys: Keys
    buckets: Buckets
    posts: Open
    uploads: Open
    streams: Open
    now: Callable[[], datetime]
    script: Bundle
    turn: tuple[TurnPart, ...]
    origins: Origins = field(default_factory=Origins)
    retentions: Retentions = field(default_factory=Retentions)
    proxies: tuple[Network, ...] = ()
    closing: asyncio.Event = field(default_factory=asyncio.Event)


PARTS = web.AppKey("parts", Parts)
PAYMENTS = web.AppKey("payments", PaymentParts)  # absent where nothing can be paid
CALENDAR = web.AppKey("calendar", CalendarPages)
MEDIA = web.AppKey("media", MediaLinks)
GUIDES = web.AppKey("guides", Mapping[str, Mapping[str, LocalGuide]])  # by city, then by slug
CHANNELS = web.AppKey("channels", Channels)
TOKEN_OF = web.RequestKey("token", str)  # the token itself, likewise
COOKIE_OF = web.RequestKey("cookie", str)  # the name of the cookie that it came in, where it did
CONVERSATION = web.RequestKey("conversation", ConversationRow)  # once the request's token was seen


def conversation_of(request: web.Request) -> ConversationRow:
    """The conversation whose token the request carries; only in handlers that are @session."""
    return request[CONVERSATION]


def payments_of(request: web.Request) -> PaymentParts:
    """Gives what pages of payments need.

    Raises:
        Problem: nothing can be paid here.
    """
    payments = request.app.get(PAYMENTS)
    if payments is None:
        raise Problem("not_found")
    return payments
