"""Figures of announcements by agency, topic, channel or day: a table, the same as CSV, and a plot of who was told."""

from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from aiohttp import web

from desk.announcements.measuring.counting import (
    AFTER,
    DIMENSIONS,
    KINDS,
    NONE,
    USUAL,
    Dimension,
    Figures,
    Row,
    Wanted,
)
from desk.console import shell, visits
from desk.console.access import staff
from desk.console.announcements.words import AnnouncementWords
from desk.console.faults import Fault
from desk.console.forms import Form, query_of
from desk.console.parts import CONSOLE
from desk.console.sections import Place, Section
from desk.console.tables import csv_of, zone_of
from desk.console.ticket_figures import bars_of, days_of
from desk.console.ticket_words import TicketWords
from desk.contract.staff import Actor, Permission
from desk.web.parts import PARTS

PATH = f"{visits.ROOT}/figures/announcements"
MOST = 500  # rows that a person looks at; the CSV has all


@staff(Permission.FIGURES_READ)
async def figures_page(request: web.Request) -> web.Response:
    """The figures as a table and a plot."""
    asked, actor = query_of(request), visits.actor_of(request)
    wanted, faults = _wanted(asked)
    figures = Figures(request.app[CONSOLE].engine)
    found = await figures.rows(actor, wanted, most=MOST + 1)
    kept = {name: asked[name] for name in ("city", "agency", "topic", "channel") if asked[name]}
    by = {f"by_{one}": "yes" for one in DIMENSIONS if one in wanted.by}
    return shell.page(
        request,
        "announcement_figures.html",
        status=422 if faults else 200,
        faults=faults,
        asked=asked,
        wanted=wanted,
        rows=found[:MOST],
        most=MOST if len(found) > MOST else None,
        announcements=AnnouncementWords(request),
        bars=bars_of(await figures.told(actor, wanted), wanted.since, wanted.until),
        read=bars_of(await figures.read(actor, wanted), wanted.since, wanted.until),
        oldest=await figures.oldest(actor, wanted),
        choices=_choices(request, actor, asked["city"]),
        dimensions=DIMENSIONS,
        counts=("published", *KINDS, *AFTER),
        csv=f"{PATH}.csv?{urlencode({'since': wanted.since, 'until': wanted.until, **kept, **by})}",
    )


@staff(Permission.FIGURES_READ)
async def figures_csv(request: web.Request) -> web.Response:
    """The same figures as CSV."""
    wanted, _ = _wanted(query_of(request))
    found = await Figures(request.app[CONSOLE].engine).rows(visits.actor_of(request), wanted)
    _, zone = zone_of(request, [row.city for row in found])
    places, words = shell.words_of(request), AnnouncementWords(request)
    columns: dict[str, tuple[str, Callable[[Row], object]]] = {
        "day": (words.t("csv_time", name=words.t("announced_day"), zone=zone), lambda row: row.day),
        "city": (words.t("ticket_city"), lambda row: places.city(row.city)),
        "agency": (words.t("ticket_agency"), lambda row: places.agency(row.city, row.agency or "")),
        "topic": (words.t("announcement_topic"), lambda row: words.topic(row.topic or "")),
        "channel": (
            words.t("ticket_channel"),
            lambda row: words.channel(row.channel) if row.channel else words.t("announced_nobody"),
        ),
    }
    apart = [column for name, column in columns.items() if name == "city" or name in wanted.by]
    counts = ("published", *KINDS, *AFTER)
    heads = [*(head for head, _ in apart), *(words.t(f"announced_{one}") for one in counts)]
    rows = ([*(value(row) for _, value in apart), *(getattr(row, one) for one in counts)] for row in found)
    return csv_of(f"announcements-{wanted.since}-{wanted.until}", heads, rows)


def _wanted(asked: Form) -> tuple[Wanted, list[Fault]]:
    since, until, faults = days_of(asked)
    chosen: frozenset[Dimension] = frozenset(one for one in DIMENSIONS if asked[f"by_{one}"])
    wanted = Wanted(
        since,
        until,
        city=asked["city"] or None,
        agency=asked["agency"] or None,
        topic=asked["topic"] or None,
        channel="" if asked["channel"] == NONE else asked["channel"] or None,
        by=chosen or USUAL,
    )
    return wanted, faults


def _choices(request: web.Request, actor: Actor, chosen: str) -> Mapping[str, list[tuple[str, str, str]]]:
    """What can be chosen in filters; agencies of the city that was chosen, if somebody sees figures there."""
    words, cities, places = shell.words_of(request), request.app[PARTS].cities, actor.places(Permission.FIGURES_READ)
    seen = [slug for slug in cities if places.everywhere or slug in places.all_cities]
    topics, tickets = request.app[CONSOLE].announcements.topics, TicketWords(request)
    named = AnnouncementWords(request)
    agencies = cities[chosen].agencies if chosen in seen else []
    return {
        "city": [(slug, words.city(slug), "") for slug in seen],
        "agency": [(one.slug, words.agency(chosen, one.slug), "") for one in agencies],
        "topic": [(slug, named.topic(slug), "") for slug in topics],
        "channel": [
            *((one, tickets.channel(one), "") for one in tickets.channels),
            (NONE, words.t("announced_nobody"), ""),
        ],
    }


SECTION = Section(
    routes=(web.get(PATH, figures_page), web.get(f"{PATH}.csv", figures_csv)),
    places=(Place("announcement_figures", PATH, "v", 20, Permission.FIGURES_READ, group="figures"),),
)
