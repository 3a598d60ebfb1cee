"""Public pages of guides: all that a city offers, and one of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from babel.dates import format_date

from desk.city.files import City, Names
from desk.city.guides import LIFE_EVENTS, LifeEvent, LocalGuide
from desk.contract.wire import Locale
from desk.sites.votes import REASONS
from desk.texts.catalogs import CLDR, seal_of
from desk.web import languages
from desk.web.access import public
from desk.web.gate import WITH_FORM
from desk.web.pages import hours_lines, page
from desk.web.parts import PARTS, guides_of
from desk.web.problems import Problem
from desk.web.site.index import LONGEST

FORM = {"Content-Security-Policy": WITH_FORM}
LIST = "/{city:[a-z][a-z0-9_]*}/guides"
ONE = LIST + "/{guide:[a-z][a-z0-9_]*}"
ASKED_AFTER = {"no": "why", "thanks": "thanks"}
"""What a page asks of who has answered: after a no the reason, else it thanks."""
LINES = ("whom", "not_for", "place", "fee", "days", "who", "responsible")
"""Texts of a guide that are one line each, in the page's order; the label is `web.guide_<name>`."""


@dataclass(frozen=True, slots=True)
class GuideLine:
    """A guide as the list shows it."""

    slug: str
    title: str
    answer: str


@dataclass(frozen=True, slots=True)
class GuideSheet:
    """A guide as its page shows it; `lines` are labels of the catalogs with their texts."""

    title: str
    answer: str
    lines: list[tuple[str, str]]
    papers: list[str]
    steps: list[str]
    cases: list[tuple[str, str]]
    notes: list[str]
    sources: list[str]
    agency: str
    phone: str
    hours: list[str]
    link: str | None
    dated: str


@public
async def guides_page(request: web.Request) -> web.Response:
    """All guides of a city, by life event."""
    city, guides, locale = _offered(request)
    lines = dict[LifeEvent, list[GuideLine]]()
    for slug, local in guides.items():
        title, answer = (_said(request, text, locale) for text in (local.guide.names, local.guide.answer))
        lines.setdefault(local.guide.life_event, []).append(GuideLine(slug, title, answer))
    groups = [(event, lines[event]) for event in LIFE_EVENTS if event in lines]
    return page(
        request,
        "guides.html",
        locale,
        city.languages,
        groups=groups,
        longest=LONGEST,
        headers=FORM,
        **_head(request, city, locale),
    )


@public
async def guide_page(request: web.Request) -> web.Response:
    """One guide of a city."""
    city, guides, locale = _offered(request)
    local = guides.get(request.match_info["guide"])
    if local is None:
        raise Problem("not_found")
    sheet = _sheet(request, local, locale)
    return page(
        request,
        "guide.html",
        locale,
        city.languages,
        guide=sheet,
        slug=local.slug,
        asks=ASKED_AFTER.get(request.query.get("said", ""), "ask"),
        reasons=REASONS,
        headers=FORM,
        **_head(request, city, locale),
    )


def _offered(request: web.Request) -> tuple[City, Mapping[str, LocalGuide], Locale]:
    parts = request.app[PARTS]
    city = parts.cities.get(request.match_info["city"])
    if city is None:
        raise Problem("unknown_city", cities=[*sorted(parts.cities)])
    guides = guides_of(request, city)
    if guides is None:
        raise Problem("not_found")
    return city, guides, languages.requested(request, city.languages)


def _head(request: web.Request, city: City, locale: Locale) -> dict[str, Any]:
    """What the head of a city's page shows."""
    name = _said(request, city.greeting_names or city.names, locale)
    return {"city": city.slug, "name": name, "seal": seal_of(city.names.model_dump(), locale)}


def _sheet(request: web.Request, local: LocalGuide, locale: Locale) -> GuideSheet:
    def said(names: Names) -> str:
        return _said(request, names, locale)

    def each(several: Iterable[Names]) -> list[str]:
        return [said(names) for names in several]

    guide = local.guide
    lines = [(name, said(text)) for name in LINES if (text := getattr(guide, name)) is not None]
    return GuideSheet(
        title=said(guide.names),
        answer=said(guide.answer),
        lines=lines,
        papers=each(guide.papers),
        steps=each(guide.steps),
        cases=[(said(case.about), said(case.said)) for case in guide.cases],
        notes=each(guide.notes),
        sources=each(guide.sources),
        agency=said(local.agency.names),
        phone=local.agency.phone,
        hours=hours_lines(request.app[PARTS].catalogs, local.agency.hours, locale),
        link=guide.link,
        dated=format_date(guide.dated, "long", locale=CLDR[locale]),
    )


def _said(request: web.Request, names: Names, locale: Locale) -> str:
    return request.app[PARTS].catalogs.name(names.model_dump(), locale)
