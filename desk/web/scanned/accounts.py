"""The city's accounts on other platforms: each by its name, with a code that a phone scans."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from desk.city.files import City
from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs
from desk.web.access import public
from desk.web.parts import PARTS
from desk.web.problems import Problem
from desk.web.qr import qr_svg

ADDRESS = "/{city:[a-z][a-z0-9_]*}/elsewhere/{number:[1-8]}.svg"


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account as the page shows it; `code` is the address of its picture."""

    name: str
    address: str
    code: str


def account_lines(catalogs: Catalogs, city: City, locale: Locale) -> Sequence[AccountLine]:
    """The accounts that the city's file names, in its order."""
    return [
        AccountLine(catalogs.name(one.names.model_dump(), locale), one.address, f"/{city.slug}/elsewhere/{number}.svg")
        for number, one in enumerate(city.elsewhere, start=1)
    ]


@public
async def account_code(request: web.Request) -> web.Response:
    """The code of an account, as SVG."""
    city, number = request.app[PARTS].cities.get(request.match_info["city"]), int(request.match_info["number"])
    if city is None or number > len(city.elsewhere):
        raise Problem("not_found")
    drawn = qr_svg(city.elsewhere[number - 1].address)
    return web.Response(body=drawn, content_type="image/svg+xml", headers={"Cache-Control": "public, max-age=3600"})
