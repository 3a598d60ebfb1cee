"""Whether guides helped, by guide and language: a table, and the same by day as CSV."""

from collections.abc import Sequence
from urllib.parse import urlencode

from aiohttp import web

from desk.console import shell, visits
from desk.console.access import staff
from desk.console.figures.sites import cities_of
from desk.console.forms import query_of
from desk.console.parts import CONSOLE
from desk.console.sections import Place, Section
from desk.console.tables import csv_of
from desk.console.ticket_figures import days_of
from desk.contract.staff import Permission
from desk.sites import votes
from desk.sites.votes import GuideVotes
from desk.web.parts import GUIDES, PARTS

PATH = f"{visits.ROOT}/figures/guides"
COUNTS = ("yes", "no", *votes.REASONS)
MOST = 500  # rows that a person looks at; the CSV has all


@staff(Permission.FIGURES_READ)
async def guides_page(request: web.Request) -> web.Response:
    """The guides of which anybody said anything; those that helped least often first."""
    asked = query_of(request)
    since, until, faults = days_of(asked)
    found = await _votes(request, by_day=False)
    kept = {"city": asked["city"]} if asked["city"] else {}
    return shell.page(
        request,
        "guide_figures.html",
        status=422 if faults else 200,
        faults=faults,
        asked=asked,
        since=since,
        until=until,
        rows=found[:MOST],
        most=MOST if len(found) > MOST else None,
        counts=COUNTS,
        title_of=lambda one: _title(request, one),
        choices=cities_of(request),
        csv=f"{PATH}.csv?{urlencode({'since': since, 'until': until, **kept})}",
    )


@staff(Permission.FIGURES_READ)
async def guides_csv(request: web.Request) -> web.Response:
    """The same as CSV, a line for each day."""
    words = shell.words_of(request)
    since, until, _ = days_of(query_of(request))
    heads = [words.t(one) for one in ("figures_day", "ticket_city", "guides_guide", "guides_slug", "guides_language")]
    heads += [words.t(f"guides_{one}") for one in COUNTS]
    rows = (
        [one.day, words.city(one.city), _title(request, one), one.guide, words.t(f"ticket_language_{one.locale}")]
        + [getattr(one, name) for name in COUNTS]
        for one in await _votes(request, by_day=True)
    )
    return csv_of(f"guides-{since}-{until}", heads, rows)


async def _votes(request: web.Request, *, by_day: bool) -> Sequence[GuideVotes]:
    """What was said of the guides whose agency's figures somebody may see."""
    asked, actor = query_of(request), visits.actor_of(request)
    since, until, _ = days_of(asked)
    async with request.app[CONSOLE].engine.connect() as connection:
        found = await votes.votes_of(connection, actor, since, until, city=asked["city"] or None, by_day=by_day)
    guides = request.app[GUIDES]

    def agency(one: GuideVotes) -> str | None:
        local = guides.get(one.city, {}).get(one.guide)
        return None if local is None else local.agency.slug

    return [one for one in found if actor.may(Permission.FIGURES_READ, one.city, agency(one))]


def _title(request: web.Request, one: GuideVotes) -> str:
    """What a guide is called, in the reader's language; its file's name where there is none any more."""
    local = request.app[GUIDES].get(one.city, {}).get(one.guide)
    if local is None:
        return one.guide
    return request.app[PARTS].catalogs.name(local.guide.names.model_dump(), visits.locale_of(request))


SECTION = Section(
    routes=(web.get(PATH, guides_page), web.get(f"{PATH}.csv", guides_csv)),
    places=(Place("guide_figures", PATH, "q", 22, Permission.FIGURES_READ, group="figures"),),
)
