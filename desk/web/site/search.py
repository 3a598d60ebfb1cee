"""Search over what a city offers: its services, guides, announcements and offices, by whatever people call them, and by
what they mean.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

from aiohttp import web

from desk.announcements.feeds import archive
from desk.announcements.feeds.archive import Public, Wanted
from desk.city.files import City
from desk.city.guides import LocalGuide
from desk.contract.messages import Text
from desk.contract.wire import LOCALES, Locale
from desk.store.database import OUTAGES, is_outage
from desk.texts.catalogs import Catalogs, seal_of
from desk.web import languages
from desk.web.access import caller_of, public
from desk.web.announcing.announced import PATIENCE, NoticeLine, words_of
from desk.web.gate import WITH_FORM, insist_on_pace
from desk.web.limits import Rate
from desk.web.offered import ServiceLine, service_lines
from desk.web.pages import page
from desk.web.parts import PARTS, ServiceWords, guides_of
from desk.web.problems import Problem
from desk.web.site.index import LONGEST, Index, Phrase, best_of
from desk.web.site.meaning import NOTHING_MEANT, NOTICE, Meanings, Meant
from desk.web.site.offices import OfficeLine, office_line

ADDRESS = "/{city:[a-z][a-z0-9_]*}/search"
TYPING = Rate(per_second=5, capacity=60)  # of one address: a page asks while somebody types
MEANING = Rate(per_second=1, capacity=15)  # likewise; beyond it words alone find
SERVICES, GUIDES_SHOWN, NOTICES, OFFICES = 5, 10, 5, 3
"""So many of each are shown."""
RECENT, COMPARED = 50, 24
"""So many announcements in force are looked through where none has the very words, so many of them by meaning."""
SAID = 0.75
"""What is said of a thing counts less than its name."""


class Finder:
    """The index of all services and guides, made when somebody looks for something first: a third of a second."""

    def __init__(
        self,
        catalogs: Catalogs,
        services: Mapping[str, ServiceWords],
        guides: Mapping[str, Mapping[str, LocalGuide]],
    ) -> None:
        self._of = catalogs, services, guides
        self._making = Lock()
        self._index: Index | None = None

    def index(self) -> Index:
        """The index; whoever comes while it is made waits for it. Not for the event loop."""
        with self._making:
            if self._index is None:
                self._index = Index(_phrases(*self._of))
            return self._index


FINDER = web.AppKey("finder", Finder)
MEANINGS = web.AppKey("meanings", Meanings)  # absent where there is no bot to ask


@dataclass(frozen=True, slots=True)
class GuideFound:
    """A guide as a list of what was found shows it."""

    slug: str
    title: str
    answer: str


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, the likeliest of each first; `notices` None: the store is away."""

    services: list[ServiceLine]
    guides: list[GuideFound]
    notices: list[NoticeLine] | None
    offices: list[OfficeLine]

    @property
    def count(self) -> int:
        return len(self.services) + len(self.guides) + len(self.notices or ()) + len(self.offices)


@public
async def search_page(request: web.Request) -> web.Response:
    """What is found for some words; without any, the place to type them."""
    parts = request.app[PARTS]
    city = parts.cities.get(request.match_info["city"])
    if city is None:
        raise Problem("unknown_city", cities=[*sorted(parts.cities)])
    locale = languages.requested(request, city.languages)
    written = request.query.get("q", "").strip()[:LONGEST]
    if written:
        await insist_on_pace(request, "search", TYPING)
    return page(
        request,
        "search.html",
        locale,
        city.languages,
        headers={"Content-Security-Policy": WITH_FORM, "Cache-Control": "no-store"},
        city=city.slug,
        name=parts.catalogs.name((city.greeting_names or city.names).model_dump(), locale),
        seal=seal_of(city.names.model_dump(), locale),
        written=written,
        longest=LONGEST,
        found=await _found(request, city, written, locale) if written else None,
    )


async def _found(request: web.Request, city: City, written: str, locale: Locale) -> Found:
    """By words, then by meaning: what both find stands once, and what has the words first."""
    parts, guides = request.app[PARTS], guides_of(request, city) or {}
    index = await asyncio.to_thread(request.app[FINDER].index)
    rows = await _in_force(request, city)
    meant = await _meant(request, written, [] if rows is None else rows)
    offered = {f"service {name}": name for name in city.services if name in parts.services}
    services = index.find(written, offered.keys(), SERVICES)
    known = index.find(written, {f"guide {slug}" for slug in guides}, GUIDES_SHOWN)
    lines = {line.name: line for line in service_lines(parts.catalogs, city, parts.services, locale)}
    by_meaning = [meant.service] if meant.service in lines and parts.services[meant.service].kind != "guide" else []
    slugs = [*(key.removeprefix("guide ") for key in known), *(slug for slug in meant.guides if slug in guides)]
    return Found(
        [lines[name] for name in _once([*(offered[key] for key in services), *by_meaning], SERVICES)],
        [_guide(parts.catalogs, guides, slug, locale) for slug in _once(slugs, GUIDES_SHOWN)],
        None if rows is None else await _notices(request, city, written, rows, meant, locale),
        [office_line(parts, city, city.agency(key), locale) for key in best_of(written, _called(city), OFFICES)],
    )


def _once(keys: Iterable[str], most: int) -> list[str]:
    return [*dict.fromkeys(keys)][:most]


def _called(city: City) -> dict[str, list[str]]:
    """By what each office of a city may be found."""
    return {one.slug: [name for name in one.names.model_dump().values() if name] for one in city.agencies}


async def _meant(request: web.Request, written: str, rows: Sequence[Public]) -> Meant:
    """What a search means; nothing where the bot is away, or this address asks faster than people type."""
    meanings, parts = request.app.get(MEANINGS), request.app[PARTS]
    if meanings is None:
        return NOTHING_MEANT
    caller = caller_of(request, parts.proxies)
    if (await parts.buckets.take("meanings", caller, MEANING)).wait_seconds:
        return NOTHING_MEANT
    return await meanings.of(written, [_title(row) for row in rows[:COMPARED]])


def _title(row: Public) -> str:
    """The title by which it is compared in meaning: the English one, which is near to a search in any language."""
    return row.titles.get("en") or next(iter(row.titles.values()))


def _guide(catalogs: Catalogs, guides: Mapping[str, LocalGuide], slug: str, locale: Locale) -> GuideFound:
    guide = guides[slug].guide
    title, answer = (catalogs.name(one.model_dump(), locale) for one in (guide.names, guide.answer))
    return GuideFound(slug, title, answer)


async def _in_force(request: web.Request, city: City) -> list[Public] | None:
    """Announcements of a city that hold, the newest first; None while the store is away."""
    try:
        async with asyncio.timeout(PATIENCE), request.app[PARTS].engine.connect() as connection:
            return await archive.in_force(connection, city.slug, request.app[PARTS].now(), RECENT)
    except OUTAGES as exc:
        if not is_outage(exc):
            raise
        return None


async def _notices(
    request: web.Request, city: City, written: str, rows: Sequence[Public], meant: Meant, locale: Locale
) -> list[NoticeLine] | None:
    """Announcements with the very words, else those in force that are like them in words or meaning."""
    words = words_of(request, city, locale)
    try:
        async with asyncio.timeout(PATIENCE), request.app[PARTS].engine.connect() as connection:
            found = await archive.page(connection, city.slug, Wanted(words=written), words.zone, words.now, NOTICES)
    except OUTAGES as exc:
        if not is_outage(exc):
            raise
        return None
    return [words.line(row) for row in found or _like(written, rows, meant)]


def _like(written: str, rows: Sequence[Public], meant: Meant) -> list[Public]:
    by_number = {str(row.id): row for row in rows}
    near = sorted(zip(meant.likeness, by_number, strict=False), reverse=True)
    keys = best_of(written, {number: row.titles.values() for number, row in by_number.items()}, NOTICES)
    return [by_number[key] for key in _once([*keys, *(one for alike, one in near if alike >= NOTICE)], NOTICES)]


def _phrases(
    catalogs: Catalogs, services: Mapping[str, ServiceWords], guides: Mapping[str, Mapping[str, LocalGuide]]
) -> Iterator[Phrase]:
    """All by which something may be found, in every language: of guides that several cities have, once."""
    for name, words in services.items():
        key = f"service {name}"
        for locale in LOCALES:
            yield Phrase(key, catalogs.text(Text(key=words.title), locale))
            yield Phrase(key, catalogs.text(Text(key=words.description), locale), SAID)
        yield from (Phrase(key, word) for word in words.called)
    every = {slug: local.guide for of_city in guides.values() for slug, local in of_city.items()}
    for slug, guide in every.items():
        key = f"guide {slug}"
        for locale in LOCALES:
            yield Phrase(key, catalogs.name(guide.names.model_dump(), locale))
        for asked in guide.asked.all:
            yield Phrase(key, asked)
            if guide.service in services:
                yield Phrase(f"service {guide.service}", asked, SAID)
