"""What the web's handlers are given: the parts of the desk, in one place of the application."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.cases.pages import CalendarPages
from desk.city.files import City, Names
from desk.city.guides import LocalGuide, holding
from desk.city.topics import Topic
from desk.conversations.bell import Bell
from desk.conversations.live import Live
from desk.conversations.ports import TurnPart
from desk.conversations.reader import Reader
from desk.conversations.rounds import Rounds
from desk.conversations.rows import ConversationRow
from desk.intake.opening import Channels
from desk.media.links import MediaLinks
from desk.media.scanning import NoScanner, Scanner
from desk.payments.opening import PaymentParts
from desk.store.keys import Keys
from desk.store.terms import Retentions
from desk.texts.catalogs import Catalogs
from desk.texts.masking import NONE
from desk.web.access import Network
from desk.web.bundle import Bundle
from desk.web.limits import Buckets, Limits, Open
from desk.web.origins import Origins
from desk.web.problems import Problem
from desk.web.proxies import Unnamed


class Option(Protocol):
    """One of the things that can be chosen."""

    @property
    def value(self) -> str: ...

    @property
    def names(self) -> Names: ...


class Asked(Protocol):
    """A field of a service file, as far as pages need it."""

    @property
    def name(self) -> str: ...

    @property
    def validation(self) -> str: ...

    @property
    def options(self) -> Sequence[Option]: ...


class Named(Protocol):
    """A service file, as far as pages need it."""

    @property
    def title(self) -> str: ...

    @property
    def description(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def called(self) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class FieldWords:
    """How the values of a field are called: its kind, and of a choice the names by value."""

    kind: str
    options: Mapping[str, Names] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ServiceWords:
    """How a service is called: keys of the catalogs. `fields` are what it asks for, by name; `called` are words by
    which residents name it, in all languages.
    """

    title: str
    description: str
    fields: Mapping[str, FieldWords] = field(default_factory=dict)
    kind: str = "code"
    called: Sequence[str] = ()


def words_of(services: Mapping[str, Named]) -> dict[str, ServiceWords]:
    """How services are called, by their name."""
    return {
        name: ServiceWords(one.title, one.description, _fields_of(one), one.kind, tuple(one.called))
        for name, one in services.items()
    }


def _fields_of(service: Named) -> dict[str, FieldWords]:
    fields: Sequence[Asked] = getattr(service, "fields", ())  # a service in code has none
    return {one.name: FieldWords(one.validation, {each.value: each.names for each in one.options}) for one in fields}


@dataclass(frozen=True, slots=True)
class Parts:
    """What handlers work with. `services` and `cities` are by name; `proxies` are those whose word on a caller counts,
    `unnamed` sees others; `is_https`: residents come by HTTPS, whatever a proxy says; `turn` are the parts of turns,
    which give out and erase what rooms keep; `published` the telephones that masked texts show; `scanner` looks for
    malware in files.
    """

    engine: AsyncEngine
    bell: Bell
    live: Live
    rounds: Rounds
    reader: Reader
    catalogs: Catalogs
    cities: Mapping[str, City]
    services: Mapping[str, ServiceWords]
    limits: Limits
    keys: Keys
    buckets: Buckets
    posts: Open
    uploads: Open
    staff_uploads: Open
    streams: Open
    now: Callable[[], datetime]
    script: Bundle
    turn: tuple[TurnPart, ...]
    origins: Origins = field(default_factory=Origins)
    retentions: Retentions = field(default_factory=Retentions)
    published: frozenset[str] = NONE
    topics: Mapping[str, Topic] = field(default_factory=dict)
    proxies: tuple[Network, ...] = ()
    is_https: bool = False
    unnamed: Unnamed = field(default_factory=Unnamed)
    scanner: Scanner = field(default_factory=NoScanner)
    closing: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class Announced:
    """What public pages and feeds of announcements need besides.

    `public_url` is where residents reach the desk, without a trailing slash; `authority` is what ids of feeds begin
    with, a domain and a year (RFC 4151); `hub` is a WebSub hub, if one is told of changes.
    """

    topics: Mapping[str, Topic]
    public_url: str
    authority: str
    hub: str | None = None


@dataclass(frozen=True, slots=True)
class Records:
    """Under which numbers a site is on record with the authorities, as every page's foot says; None: it is not.

    `icp` of the ministry of industry (ICP filing), `police` of the public security bureau.
    """

    icp: str | None = None
    police: str | None = None


PARTS = web.AppKey("parts", Parts)
RECORDS = web.AppKey("records", Records)
PAYMENTS = web.AppKey("payments", PaymentParts)  # absent where nothing can be paid
CALENDAR = web.AppKey("calendar", CalendarPages)
ANNOUNCED = web.AppKey("announced", Announced)
MEDIA = web.AppKey("media", MediaLinks)
GUIDES = web.AppKey("guides", Mapping[str, Mapping[str, LocalGuide]])  # by city, then by slug


def guides_of(request: web.Request, city: City) -> Mapping[str, LocalGuide] | None:
    """The guides that a city tells of today; None: it offers none at all."""
    guides = request.app[GUIDES].get(city.slug)
    return None if guides is None else holding(guides, city.local(request.app[PARTS].now()).date())


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
