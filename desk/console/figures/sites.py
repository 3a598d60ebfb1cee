"""How the chat is used on other sites, by site and day: a table, and the same as CSV."""

from urllib.parse import urlencode

from aiohttp import web

from desk.console import shell, visits
from desk.console.access import staff
from desk.console.forms import query_of
from desk.console.parts import CONSOLE
from desk.console.sections import Place, Section
from desk.console.tables import csv_of
from desk.console.ticket_figures import days_of
from desk.contract.staff import Permission
from desk.sites import counts
from desk.web.parts import PARTS

PATH = f"{visits.ROOT}/figures/sites"
MOST = 500  # rows that a person looks at; the CSV has all


@staff(Permission.FIGURES_READ)
async def sites_page(request: web.Request) -> web.Response:
    """The sites on which something happened, each with its days."""
    asked, actor = query_of(request), visits.actor_of(request)
    since, until, faults = days_of(asked)
    async with request.app[CONSOLE].engine.connect() as connection:
        found = await counts.days_of(connection, actor, since, until, city=asked["city"] or None, most=MOST + 1)
    kept = {"city": asked["city"]} if asked["city"] else {}
    return shell.page(
        request,
        "site_figures.html",
        status=422 if faults else 200,
        faults=faults,
        asked=asked,
        since=since,
        until=until,
        rows=found[:MOST],
        most=MOST if len(found) > MOST else None,
        counts=counts.HAPPENINGS,
        choices=cities_of(request),
        csv=f"{PATH}.csv?{urlencode({'since': since, 'until': until, **kept})}",
    )


@staff(Permission.FIGURES_READ)
async def sites_csv(request: web.Request) -> web.Response:
    """The same as CSV."""
    asked, words = query_of(request), shell.words_of(request)
    since, until, _ = days_of(asked)
    async with request.app[CONSOLE].engine.connect() as connection:
        found = await counts.days_of(connection, visits.actor_of(request), since, until, city=asked["city"] or None)
    heads = [words.t(one) for one in ("figures_day", "ticket_city", "sites_origin")]
    heads += [words.t(f"sites_{one}") for one in counts.HAPPENINGS]
    rows = (
        [one.day, words.city(one.city), one.origin, *(getattr(one, name) for name in counts.HAPPENINGS)]
        for one in found
    )
    return csv_of(f"sites-{since}-{until}", heads, rows)


def cities_of(request: web.Request) -> list[tuple[str, str, str]]:
    """The cities whose figures somebody sees, as choices of a filter."""
    words, places = shell.words_of(request), visits.actor_of(request).places(Permission.FIGURES_READ)
    seen = (one for one in request.app[PARTS].cities if places.everywhere or one in places.all_cities)
    return [(slug, words.city(slug), "") for slug in seen]


SECTION = Section(
    routes=(web.get(PATH, sites_page), web.get(f"{PATH}.csv", sites_csv)),
    places=(Place("site_figures", PATH, "j", 21, Permission.FIGURES_READ, group="figures"),),
)
