"""Cities as data: what `cities/*.yml` may say, read and checked.

A city file holds no conditions and no Python paths. `endpoint` is a URL, a file path relative to the root, or
`sandbox:/path`, which stands for the sandbox's address.
"""

from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from desk.city.alerting import AlertsHere
from desk.city.answering import Answering
from desk.city.holidays import Calendar, load_calendar
from desk.city.places import Loc, faults, place
from desk.city.telling import USUAL, ADay, QuietHours, TellingThere
from desk.city.yaml_files import read_yaml
from desk.contract.errors import ConfigurationError
from desk.contract.refunds import RefundRule
from desk.contract.wire import Slug


class CityModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Names(CityModel):
    """A name as data has it. zh_Hant is derived from zh_Hans where it is not given."""

    zh_Hans: str
    zh_Hant: str | None = None
    en: str

    @property
    def is_said(self) -> bool:
        """Whether it is written in Chinese and in English, and not left out in either."""
        chinese = any("\u4e00" <= char <= "\u9fff" for char in self.zh_Hans)
        return chinese and any(char.isascii() and char.isalpha() for char in self.en)


class Hours(CityModel):
    """Office hours: weekdays 1 (Monday) to 7, local time."""

    days: list[Annotated[int, Field(ge=1, le=7)]]
    opens: time
    closes: time


type RegionCode = Annotated[str, Field(pattern=r"^[1-9][0-9]{5}$")]
"""A place in China by GB/T 2260: two digits of the province, two of the city, two of the district."""


class District(CityModel):
    """A part of the city: a district, a county, or a city of its own within it.

    `code` is of GB/T 2260. `centre` is where its name stands on drawings of the city, to a kilometre.
    """

    slug: Slug
    code: RegionCode | None = None
    names: Names
    centre: "Point | None" = None


class Agency(CityModel):
    """An office of the city. `handler` names who answers for personal information there, where it is not the office."""

    slug: Slug
    names: Names
    phone: str
    hours: list[Hours]
    answering: Answering = Answering()
    handler: Slug | None = None

    @property
    def handled_by(self) -> str:
        """Who answers for personal information there: offices of one name are of one handler."""
        return self.handler or self.slug


# Scheme, host and port, as a browser sends them. Besides https this machine's own, to try a page before publishing it.
ORIGIN = r"^(https://[a-z0-9-]+(\.[a-z0-9-]+)*(:[0-9]{1,5})?|http://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?)$"
type Origin = Annotated[str, Field(pattern=ORIGIN)]


class RetentionHere(CityModel):
    """For how long a city keeps what, where it is not as the installation's settings say. Residents are told.

    Conversations after their last message, emergencies after theirs; receipts of consent after they were parted; of
    erased residents paid orders after the end of the year in which they were paid, others after they were made.
    """

    conversation_days: Annotated[int, Field(ge=1, le=3650)] | None = None
    emergency_days: Annotated[int, Field(ge=1, le=3650)] | None = None
    consent_years: Annotated[int, Field(ge=1, le=100)] | None = None
    order_years: Annotated[int, Field(ge=1, le=100)] | None = None
    unpaid_days: Annotated[int, Field(ge=1, le=3650)] | None = None


class Announcing(CityModel):
    """How agencies of a city announce.

    One resident gets at most `a_day` announcements in a day; what is more comes later, as one message. `channels` says
    what is otherwise on a channel; `keywords` are words of the city for topics, by their slugs.
    """

    alone_up_to: Annotated[int, Field(ge=0)] = (
        200  # residents whom one person tells in 24 hours; what goes to more is approved by another
    )
    quiet: QuietHours | None = QuietHours()  # null: there are none
    a_day: ADay = 10
    channels: dict[Slug, TellingThere] = Field(default_factory=dict)
    keywords: dict[Slug, list[Annotated[str, Field(min_length=2, max_length=20)]]] = Field(default_factory=dict)

    def on(self, channel: str) -> TellingThere:
        """What holds on a channel; `quiet` are hours of the channel's own, in which residents are told later."""
        here, usual = self.channels.get(channel, TellingThere()), USUAL.get(channel, TellingThere())
        return TellingThere(
            a_day=here.a_day or usual.a_day or self.a_day,
            quiet=here.quiet or usual.quiet,
            price=here.price if here.price is not None else usual.price,
        )


class ChannelAccount(CityModel):
    """An account of an agency on a channel. `origins` are sites whose pages may hold the web chat of this city."""

    channel: Slug
    slug: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    agency: Slug
    origins: list[Origin] = Field(default_factory=list)


class Bounds(CityModel):
    """The city on the map, WGS 84 degrees."""

    south: float
    west: float
    north: float
    east: float

    def contain(self, lat: float, lon: float) -> bool:
        return self.south <= lat <= self.north and self.west <= lon <= self.east


class Point(CityModel):
    """A place on the map, WGS 84 degrees."""

    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]


type Link = Annotated[str, Field(pattern=r"^https://[^\s]+$")]


class Elsewhere(CityModel):
    """An account of the city on another platform, as residents find it: its name there, and its address.

    The city's page shows it with a code for phones. The address is what the platform itself gives out for it.
    """

    names: Names
    address: Link


class GuideHere(CityModel):
    """What is different in a city from the text of a guide that holds for the country. See `desk.city.guides.Guide`."""

    agency: Slug | None = None
    place: Names | None = None
    fee: Names | None = None
    days: Names | None = None
    link: Link | None = None
    dated: date | None = None


type Number = Annotated[str, Field(pattern=r"^[0-9][0-9-]{2,14}$")]
"""A telephone number in digits; an area code is set apart by a hyphen."""


class LineWords(CityModel):
    """Words by which people name a telephone or the matter it is called for, by language; Cantonese among zh_Hant."""

    zh_Hans: list[str] = Field(default_factory=list)
    zh_Hant: list[str] = Field(default_factory=list)
    en: list[str] = Field(default_factory=list)

    @property
    def all(self) -> tuple[str, ...]:
        return (*self.zh_Hans, *self.zh_Hant, *self.en)


class LineHere(CityModel):
    """What is different in a city of a telephone of the directory, or all of one more: `desk.city.directory.Line`."""

    number: Number | None = None
    names: Names | None = None
    about: Names | None = None
    agency: Slug | None = None
    local: bool | None = None
    hours: list[Hours] | None = None
    words: LineWords | None = None
    guides: list[Slug] | None = None
    source: Names | None = None


class OfferedGuides(CityModel):
    """The guides that a city offers: all, or `only` some, `besides` those it does not."""

    only: list[Slug] | None = None
    besides: list[Slug] = Field(default_factory=list)
    here: dict[Slug, GuideHere] = Field(default_factory=dict)


class FactHere(CityModel):
    """What a city says otherwise than a fact that holds for the country. See `desk.city.facts.Fact`."""

    said: Names
    source: Names
    dated: date


type Document = Literal["hk_macau_permit", "passport", "taiwan_permit"]
"""What somebody may be known by who has no resident identity card."""


type Relative = Literal["parent", "child", "spouse"]
"""Whom somebody may book for beside themselves."""


class OfferedService(CityModel):
    """A service as this city offers it: who is responsible and where its systems are.

    `agencies` are those responsible for single options of a service that is divided (water, electricity, gas).
    """

    agency: Slug
    agencies: dict[Slug, Slug] = Field(default_factory=dict)
    endpoints: dict[Slug, str] = Field(default_factory=dict)
    key_env: dict[Slug, str] = Field(default_factory=dict)  # names of environment variables that hold keys
    settings: dict[Slug, dict[Slug, str | int | bool]] = Field(default_factory=dict)  # what protocols leave to servers
    documents: list[Document] = Field(default_factory=list)  # that its agency takes beside the resident identity card
    relatives: list[Relative] | None = None  # that may be booked for, where it is not all of the service's
    refund: RefundRule | None = None  # where it is not the service's own rule
    guides: OfferedGuides | None = None  # of a service that answers from guides; None: all of them
    facts: dict[Slug, FactHere] = Field(default_factory=dict)  # what is answered otherwise here, by the fact's name
    proved_phone: bool = False  # of an appointment: booked once a one-time code has proved the telephone

    @model_validator(mode="after")
    def _can_send_codes(self) -> Self:
        if self.proved_phone and "sms" not in self.endpoints:
            raise ValueError("proved_phone sends codes: add endpoints.sms")
        return self


LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
"""This machine, to try something before it is published."""


def _answering(url: str) -> str:
    """Refuse an address at which no OpenAI-compatible endpoint can be, or that residents' messages must not take."""
    if url.startswith("sandbox:/"):
        return url
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOCAL):
        raise ValueError(f"{url!r} is no https:// address; http:// is only for this machine")
    if not parts.hostname or "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError(
            "give scheme, host and path alone: no user, password, query or fragment; the key has `key_env`"
        )
    if parts.path.rstrip("/").endswith("/completions"):
        raise ValueError("give the base address, which ends before /chat/completions")
    return url.rstrip("/")


class LargerModel(CityModel):
    """A larger model of the city's own, asked where the account's model is not sure: an OpenAI-compatible endpoint.

    `key_env` names the environment variable that holds its key; None: it wants none.
    """

    url: Annotated[str, Field(max_length=500), AfterValidator(_answering)]
    model: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,99}$")]
    key_env: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{1,99}$")] | None = None


def _readable(colour: str) -> str:
    """Refuse a colour on which white text is not readable: contrast 4.5:1, WCAG 2.2, 1.4.3."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    if 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05) < 4.5:
        raise ValueError(f"white text on {colour} is not readable (contrast below 4.5:1); take a darker colour")
    return colour


type Colour = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$"), AfterValidator(_readable)]


class City(CityModel):
    """One city."""

    slug: Slug
    names: Names
    code: RegionCode | None = None  # of GB/T 2260: by it alerts say that they hold here
    greeting_names: Names | None = None  # what the account calls itself, where it is not the city's name
    languages: Annotated[list[Literal["zh_Hans", "zh_Hant", "en"]], Field(min_length=1)]
    colour: Colour = "#1d5a8c"  # of the city's pages; white text stands on it
    timezone: str = "Asia/Shanghai"
    bounds: Bounds
    centre: Point | None = None  # decides, the nearest, where boxes of cities overlap; else the box's middle
    districts: list[District] = Field(default_factory=list)
    examples: dict[Slug, Names] = Field(default_factory=dict)  # beside questions, by entity: the city's own places
    agencies: list[Agency]
    accounts: list[ChannelAccount]
    elsewhere: Annotated[list[Elsewhere], Field(max_length=8)] = Field(default_factory=list)  # shown on its page
    services: dict[Slug, OfferedService]
    announcing: Announcing = Announcing()
    retention: RetentionHere = RetentionHere()  # where it keeps things for another time than the settings say
    larger_model: LargerModel | None = None  # asked where the account's own is not sure; None: nobody is
    alerts: AlertsHere = AlertsHere()  # from where emergency alerts come
    directory: dict[Slug, LineHere] = Field(default_factory=dict)  # telephones that differ from the nation's, and more
    holidays: list[date] = Field(default_factory=list)  # as read from a file: the nation's and the city's own
    working_weekends: list[date] = Field(default_factory=list)

    @model_validator(mode="after")
    def _backstops_are_other_agencies(self) -> Self:
        slugs = {one.slug for one in self.agencies}
        for one in self.agencies:
            backstop = one.answering.backstop
            if backstop is not None and backstop not in slugs - {one.slug}:
                raise ValueError(f"agencies.{one.slug}.answering.backstop names no other agency: {backstop}")
        return self

    @model_validator(mode="after")
    def _alerts_have_a_region(self) -> Self:
        if self.alerts.sources and self.code is None:
            raise ValueError("alerts.sources needs `code`, the city's region by GB/T 2260: alerts are numbered by it")
        return self

    @model_validator(mode="after")
    def _centre_lies_within(self) -> Self:
        if self.centre is not None and not self.bounds.contain(self.centre.lat, self.centre.lon):
            raise ValueError("centre lies outside of bounds")
        return self

    def agency(self, slug: str) -> Agency:
        return next(agency for agency in self.agencies if agency.slug == slug)

    def hours_on(self, agency: Agency, day: date) -> list[Hours]:
        """When an agency is open on a day; nobody is there on a holiday, but where somebody is every day of the week.

        On a working weekend the hours of a Monday hold.
        """
        weekday = 1 if day in self.working_weekends else day.isoweekday()
        every_day = {one for hours in agency.hours for one in hours.days} == set(range(1, 8))
        if day in self.holidays and not every_day:
            return []
        return [hours for hours in agency.hours if weekday in hours.days]

    def responsible(self, service: str, option: str | None = None) -> Agency:
        """The agency of a service that the city offers; of one of its options, where that has its own."""
        offered = self.services[service]
        return self.agency(offered.agencies.get(option or "", offered.agency))

    def agency_of_account(self, channel: str) -> Agency:
        """The agency that has the city's account on a channel; where there is none, the first agency."""
        found = (one.agency for one in self.accounts if one.channel == channel)
        return next(map(self.agency, found), self.agencies[0])

    @property
    def texting_service(self) -> str | None:
        """The service by whose gateway codes go that are of no service: the first that has one. None: none has."""
        return next((name for name, one in self.services.items() if "sms" in one.endpoints), None)

    @property
    def key_names(self) -> set[str]:
        """The environment variables that hold keys of the city's systems."""
        named = {name for service in self.services.values() for name in service.key_env.values()}
        named |= {one.key_env for one in self.alerts.sources if one.key_env is not None}
        larger = self.larger_model
        return named if larger is None or larger.key_env is None else named | {larger.key_env}

    def local(self, moment: datetime) -> datetime:
        """An aware moment in the city's time zone."""
        return moment.astimezone(ZoneInfo(self.timezone))

    @property
    def middle(self) -> Point:
        """Where the city's centre is."""
        box = self.bounds
        return self.centre or Point(lat=(box.south + box.north) / 2, lon=(box.west + box.east) / 2)


def load_city(path: Path, national: Calendar | None = None) -> City:
    """Read one city file. To its holidays come the national ones: `national`, else those of the folder.

    Raises:
        ConfigurationError: the file is not YAML, breaks the schema, or names an agency it does not have; the national
            calendar is absent or wrong.
    """
    national = national or load_calendar(path.parent)
    try:
        city = City.model_validate(read_yaml(path))
        own = Calendar(holidays=city.holidays, working_weekends=city.working_weekends)
    except ValueError as exc:
        raise ConfigurationError(
            f"{faults(path, exc)}. Mend the file; its fields are in docs/reference/city-files.md."
        ) from exc
    if city.slug != path.stem:
        raise ConfigurationError(f"{path.name}: slug is {city.slug!r}; it must be the file's name, {path.stem!r}.")
    known = {agency.slug for agency in city.agencies}
    for said, where, agency in _named_agencies(city):
        if agency not in known:
            raise ConfigurationError(
                f"{place(path, where)}: {said} names agency {agency!r}; there are {sorted(known)}."
            )
    return city.model_copy(update=national.also(own).model_dump())


def _named_agencies(city: City) -> Iterator[tuple[str, Loc, str]]:
    """Who names an agency, where that stands, and which."""
    for number, account in enumerate(city.accounts):
        yield f"account {account.slug}", ("accounts", number, "agency"), account.agency
    for number, source in enumerate(city.alerts.sources):
        yield f"source of alerts {source.slug}", ("alerts", "sources", number, "agency"), source.agency
    for name, service in city.services.items():
        yield f"service {name}", ("services", name, "agency"), service.agency
        for option, agency in service.agencies.items():
            yield f"service {name}", ("services", name, "agencies", option), agency


def load_cities(folder: Path) -> dict[str, City]:
    """Read all city files of a folder, by slug, in alphabetical order.

    Raises:
        ConfigurationError: there is none, or one is wrong.
    """
    paths = sorted(folder.glob("*.yml"))
    if not paths:
        raise ConfigurationError(f"No city file in {folder}. Add one with: uv run desk new city NAME")
    national = load_calendar(folder)
    return {path.stem: load_city(path, national) for path in paths}


def resolve_endpoint(endpoint: str, *, sandbox_url: str | None, root: Path) -> str:
    """Turn an endpoint of a city file into a URL or an absolute file path.

    Raises:
        ConfigurationError: it is a `sandbox:` endpoint and there is no sandbox.
    """
    if endpoint.startswith("sandbox:"):
        if sandbox_url is None:
            raise ConfigurationError(
                f"Endpoint {endpoint} needs the sandbox. Name a real one in the city file; to try first: start"
                " `python -m sandbox` and set DESK_SANDBOX_URL (docs/how-to/run-on-servers.md)."
            )
        return sandbox_url.rstrip("/") + endpoint.removeprefix("sandbox:")
    if endpoint.startswith(("http://", "https://")):
        return endpoint
    return str((root / endpoint).resolve())
