"""What a site owes its visitors to say: how accessible it is, and what it does with what they tell it."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from aiohttp import web
from babel.dates import format_date
from pydantic import BaseModel, ConfigDict, Field

from channels.webchat import NAME
from desk.city.files import City
from desk.city.yaml_files import read_yaml
from desk.contract.wire import Locale
from desk.texts.catalogs import CLDR, seal_of
from desk.tickets.hours import answering_agency
from desk.web import languages
from desk.web.access import public
from desk.web.pages import hours_lines, page
from desk.web.parts import PARTS
from desk.web.problems import Problem

ACCESSIBILITY = "/{city:[a-z][a-z0-9_]*}/accessibility"
PRIVACY = "/{city:[a-z][a-z0-9_]*}/privacy"
FILE = Path(__file__).parent / "statement.yml"


class Statement(BaseModel):
    """`pages` are addresses in a city that are checked, by what they show; `known` names what is known not to hold."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    standard: str
    checked: date
    pages: Mapping[str, Annotated[str, Field(pattern="^/")]]
    known: list[str]


@cache
def statement() -> Statement:
    """The statement as the file has it."""
    return Statement.model_validate(read_yaml(FILE))


@public
async def accessibility_page(request: web.Request) -> web.Response:
    """How accessible the pages are, how that is checked, and what is known not to hold."""
    said = statement()
    city, locale = _city(request)
    checked = format_date(said.checked, "long", locale=CLDR[locale])
    return _page(request, "accessibility.html", city, locale, statement=said, checked=checked)


@public
async def privacy_page(request: web.Request) -> web.Response:
    """What is asked, who has it, how long it is kept, and what one can have done with it."""
    parts = request.app[PARTS]
    city, locale = _city(request)
    kept = parts.retentions.of(city.slug)
    stays = parts.catalogs.text(kept.stays.said, locale)
    return _page(request, "privacy.html", city, locale, days=kept.conversation_days, stays=stays)


def _page(request: web.Request, template: str, city: City, locale: Locale, **values: Any) -> web.Response:
    catalogs = request.app[PARTS].catalogs
    agency = answering_agency(city, channel=NAME, service=None)
    return page(
        request,
        template,
        locale,
        city.languages,
        city=city.slug,
        name=catalogs.name((city.greeting_names or city.names).model_dump(), locale),
        seal=seal_of(city.names.model_dump(), locale),
        agency=catalogs.name(agency.names.model_dump(), locale),
        phone=agency.phone,
        hours=hours_lines(catalogs, agency.hours, locale),
        **values,
    )


def _city(request: web.Request) -> tuple[City, Locale]:
    cities = request.app[PARTS].cities
    city = cities.get(request.match_info["city"])
    if city is None:
        raise Problem("unknown_city", cities=[*sorted(cities)])
    return city, languages.requested(request, city.languages)
