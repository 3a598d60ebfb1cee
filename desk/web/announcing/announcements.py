"""Public pages of a city's announcements: the archive with its search, and one announcement at its lasting address."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from aiohttp import web

from desk.announcements.feeds import archive
from desk.announcements.feeds.archive import Public, Wanted
from desk.announcements.feeds.terms import LONGEST
from desk.city.files import City
from desk.contract.wire import Locale
from desk.texts.catalogs import seal_of
from desk.web import languages
from desk.web.access import public
from desk.web.announcing.announced import Words, words_of
from desk.web.conditional import validated
from desk.web.gate import WITH_FORM, insist_on_pace
from desk.web.limits import Rate
from desk.web.pages import page
from desk.web.parts import ANNOUNCED, PARTS
from desk.web.problems import Problem

LIST = "/{city:[a-z][a-z0-9_]*}/announcements"
ONE = LIST + "/{number:[1-9][0-9]{0,17}}"
PAGE = 20
READING = Rate(per_second=5, capacity=60)  # of one address, which may be that of many
SEARCHING = Rate(per_second=1, capacity=30)
TERRITORIES: Mapping[Locale, str] = {"zh_Hans": "zh_CN", "zh_Hant": "zh_TW", "en": "en_GB"}
"""Languages as https://ogp.me names them, with a territory."""
MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")
NUMBER = re.compile(r"[1-9][0-9]{0,17}")
CACHE = "public, no-cache"  # kept, and asked for anew each time: what was taken back is gone at once


@dataclass(frozen=True, slots=True)
class Preview:
    """How others show an announcement where somebody passes its address on.

    `properties` are those of https://ogp.me, `card` is that of X (https://developer.x.com/en/docs/x-for-websites/cards).
    """

    title: str
    description: str
    properties: Sequence[tuple[str, str]]
    card: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that the archive can be narrowed to."""

    value: str
    name: str
    is_chosen: bool


@public
async def announcements_page(request: web.Request) -> web.Response:
    """What a city announced, the newest first; narrowed, searched, and in pages."""
    city, locale = _city(request)
    wanted = _wanted(request, city)
    await insist_on_pace(
        request, "searches" if wanted.words else "announcements", SEARCHING if wanted.words else READING
    )
    words = words_of(request, city, locale)
    async with request.app[PARTS].engine.connect() as connection:
        rows = await archive.page(connection, city.slug, wanted, words.zone, words.now, PAGE + 1)
        first = await archive.first_at(connection, city.slug, words.now)
        changed = await archive.changed_at(connection, city.slug, None, words.now)
    shown, kept = rows[:PAGE], _kept(request)
    response = page(
        request,
        "announcements.html",
        locale,
        city.languages,
        headers={"Cache-Control": CACHE, "Content-Security-Policy": WITH_FORM},
        kept=urlencode(kept),
        notices=[words.line(row) for row in shown],
        older=None if len(rows) <= PAGE else urlencode({**kept, "before": shown[-1].id, "lang": locale}),
        is_first=wanted.beyond is None,
        is_narrowed=replace(wanted, beyond=None) != Wanted(),
        newest=urlencode({**{name: value for name, value in kept.items() if name != "before"}, "lang": locale}),
        written=wanted.words,
        longest=LONGEST,
        topic=wanted.topic,
        topics=[Choice(slug, words.topic(slug), slug == wanted.topic) for slug in words.topics],
        districts=[Choice(one.slug, words.name(one.names), one.slug == wanted.district) for one in city.districts],
        agencies=[Choice(one.slug, words.name(one.names), one.slug == wanted.agency) for one in city.agencies],
        months=_months(words, first, wanted.month),
        **_head(words),
    )
    return validated(request, response, _modified(changed, shown, words.now), words.now)


@public
async def announcement_page(request: web.Request) -> web.Response:
    """One announcement, with what corrects it before it. Of one that was taken back: that it was, by whom and when."""
    city, locale = _city(request)
    await insist_on_pace(request, "announcements", READING)
    words, number = words_of(request, city, locale), int(request.match_info["number"])
    async with request.app[PARTS].engine.connect() as connection:
        row = await archive.find(connection, city.slug, number, words.now)
        newer = None
        if row is not None and row.corrected_by is not None:
            newer = await archive.find(connection, city.slug, row.corrected_by, words.now)
        changed = await archive.changed_at(connection, city.slug, None, words.now)
    if row is None:
        raise Problem("not_found")
    newer_gone = ""
    if newer is not None and newer.withdrawn_at is not None:
        newer_gone = words.text("correction_gone", at=words.at(newer.withdrawn_at))
        newer = None
    if row.withdrawn_at is not None:
        gone = words.text("gone_by", agency=words.agency(row)[0], at=words.at(row.withdrawn_at))
        headers = {"Cache-Control": CACHE, "X-Robots-Tag": "noindex"}
        return page(
            request,
            "announcement_gone.html",
            locale,
            city.languages,
            headers=headers,
            http_status=410,
            gone=gone,
            newer=newer.id if newer else None,
            **_head(words),
        )
    response = page(
        request,
        "announcement.html",
        locale,
        city.languages,
        headers={"Cache-Control": CACHE},
        notice=words.sheet(row),
        newer=words.sheet(newer) if newer else None,
        newer_gone=newer_gone,
        preview=_preview(request.app[ANNOUNCED].public_url, words, row, newer or row),
        corrects=row.corrects,
        **_head(words),
    )
    return validated(request, response, _modified(changed, [row, *([newer] if newer else [])], words.now), words.now)


def _preview(base: str, words: Words, asked: Public, row: Public) -> Preview:
    """What is shown of the page of one: the words of the one that holds in its place, where that was corrected."""
    line = words.line(row)
    title = words.headed(row, line.title.text)
    address = f"{base}/{words.city.slug}/announcements/{asked.id}?lang={words.locale}"
    properties = [
        ("og:type", "article"),
        ("og:site_name", words.text("title", city=words.city_name())),
        ("og:title", title),
        ("og:description", line.excerpt.text),
        ("og:url", address),
        ("og:locale", TERRITORIES[words.locale]),
        *(("og:locale:alternate", TERRITORIES[one]) for one in words.city.languages if one != words.locale),
    ]
    if line.picture is not None:
        properties += [
            ("og:image", f"{base}{line.picture.address}"),
            ("og:image:type", line.picture.content_type),
            ("og:image:width", str(line.picture.width)),
            ("og:image:height", str(line.picture.height)),
            ("og:image:alt", line.picture.alternative.text),
        ]
    return Preview(title, line.excerpt.text, properties, "summary" if line.picture is None else "summary_large_image")


def _city(request: web.Request) -> tuple[City, Locale]:
    parts = request.app[PARTS]
    city = parts.cities.get(request.match_info["city"])
    if city is None:
        raise Problem("unknown_city", cities=[*sorted(parts.cities)])
    return city, languages.requested(request, city.languages)


def _wanted(request: web.Request, city: City) -> Wanted:
    """Read what the archive is narrowed to; what names nothing that there is, is not found."""
    asked = {name: value.strip() for name, value in request.query.items() if value.strip()}
    month = MONTH.fullmatch(asked.get("month", ""))
    beyond = NUMBER.fullmatch(asked.get("before", ""))
    known = (
        ("topic", asked.get("topic") is None or asked["topic"] in words_of(request, city, "zh_Hans").topics),
        ("district", asked.get("district") in (None, *(one.slug for one in city.districts))),
        ("agency", asked.get("agency") in (None, *(one.slug for one in city.agencies))),
        ("month", "month" not in asked or month is not None),
        ("before", "before" not in asked or beyond is not None),
    )
    if not all(is_known for _, is_known in known):
        raise Problem("not_found")
    return Wanted(
        topic=asked.get("topic"),
        district=asked.get("district"),
        agency=asked.get("agency"),
        month=None if month is None else (int(month[1]), int(month[2])),
        words=asked.get("q", "")[:LONGEST],
        beyond=None if beyond is None else int(beyond[0]),
    )


def _kept(request: web.Request) -> dict[str, str]:
    """What an address of another page, or in another language, keeps of this one's."""
    names = ("q", "topic", "district", "agency", "month", "before")
    return {name: value for name in names if (value := request.query.get(name, "").strip())}


def _months(words: Words, first: datetime | None, chosen: tuple[int, int] | None) -> list[Choice]:
    """The months that there is something of, the newest first."""
    if first is None:
        return []
    at, end = (_month(moment, words.zone) for moment in (first, words.now))
    found: list[Choice] = []
    while at <= end:
        value = f"{at[0]:04}-{at[1]:02}"
        found.append(Choice(value, words.text("month", month={"month": value}), at == chosen))
        at = (at[0] + 1, 1) if at[1] == 12 else (at[0], at[1] + 1)
    return found[::-1]


def _month(moment: datetime, zone: ZoneInfo) -> tuple[int, int]:
    here = moment.astimezone(zone)
    return here.year, here.month


def _modified(changed: datetime | None, rows: list[Public], now: datetime) -> datetime | None:
    """When a page became what it is: by a change in the city, or because one of its announcements began or ended."""
    moments = [moment for row in rows for moment in (row.valid_from, row.until) if moment is not None and moment <= now]
    return max([*moments, *([changed] if changed else []), *(row.changed_at for row in rows)], default=None)


def _head(words: Words) -> Mapping[str, Any]:
    """What the head of a city's page shows."""
    seal = seal_of(words.city.names.model_dump(), words.locale)
    return {"city": words.city.slug, "name": words.city_name(), "seal": seal}
