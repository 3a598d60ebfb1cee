"""Figures of tickets by agency, district, channel or day: a table, the same as CSV, and a plot of what was opened."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from aiohttp import web

from desk.console import shell, visits
from desk.console.access import staff
from desk.console.faults import Fault
from desk.console.forms import Form, query_of
from desk.console.parts import CONSOLE
from desk.console.sections import Place, Section
from desk.console.tables import csv_of, zone_of
from desk.console.ticket_words import TicketWords
from desk.contract.messages import Text
from desk.contract.staff import Permission
from desk.tickets.figures import (
    DIMENSIONS,
    LONGEST_DAYS,
    REASONS,
    UNKNOWN,
    USUAL,
    Dimension,
    Figures,
    Row,
    Wanted,
)
from desk.tickets.grades import figures as grade_figures
from desk.web.parts import PARTS

PATH = f"{visits.ROOT}/figures/tickets"
GRADES = f"{visits.ROOT}/figures/grades.csv"
TWO_WEEKS = timedelta(days=13)  # with the last day
COUNTS = ("opened", "waiting", "in_work", "settled", "withdrawn")
TIMES = {
    "first_answer_median": "first_median",
    "first_answer_p90": "first_p90",
    "resolution_median": "resolution_median",
    "resolution_p90": "resolution_p90",
}
"""Times of a row, and how their texts are called."""
MOST = 500  # rows that a person looks at; the CSV has all


@staff(Permission.FIGURES_READ)
async def figures_page(request: web.Request) -> web.Response:
    """The figures as a table and a plot."""
    asked = query_of(request)
    wanted, faults = _wanted(asked)
    figures, actor = Figures(request.app[CONSOLE].engine), visits.actor_of(request)
    found = await figures.rows(actor, wanted, most=MOST + 1)
    rows = found[:MOST]
    kept = {name: asked[name] for name in ("city", "agency", "district", "channel") if asked[name]}
    by = {f"by_{one}": "yes" for one in DIMENSIONS if one in wanted.by}
    return shell.page(
        request,
        "ticket_figures.html",
        status=422 if faults else 200,
        faults=faults,
        asked=asked,
        wanted=wanted,
        rows=rows,
        most=MOST if len(found) > MOST else None,
        reasons=[one for one in (*REASONS, "other") if any(row.reasons.get(one) for row in rows)],
        tickets=TicketWords(request),
        bars=bars_of(await figures.opened(actor, wanted), wanted.since, wanted.until),
        choices=_choices(request, asked["city"]),
        dimensions=DIMENSIONS,
        grades=await _grades(request, asked, wanted.since, wanted.until),
        grade_columns=(*grade_figures.COUNTS, *grade_figures.AFTER),
        grades_csv=f"{GRADES}?{urlencode({'since': wanted.since, 'until': wanted.until, 'city': asked['city']})}",
        csv=f"{PATH}.csv?{urlencode({'since': wanted.since, 'until': wanted.until, **kept, **by})}",
        clock=clock,
    )


@staff(Permission.FIGURES_READ)
async def figures_csv(request: web.Request) -> web.Response:
    """The same figures as CSV."""
    wanted, _ = _wanted(query_of(request))
    found = await Figures(request.app[CONSOLE].engine).rows(visits.actor_of(request), wanted)
    _, zone = zone_of(request, [row.city for row in found])
    words, tickets = shell.words_of(request), TicketWords(request)
    unknown = words.t("figures_unknown")
    columns: dict[str, tuple[str, Callable[[Row], object]]] = {
        "day": (words.t("csv_time", name=words.t("figures_day"), zone=zone), lambda row: row.day),
        "city": (words.t("ticket_city"), lambda row: words.city(row.city)),
        "agency": (words.t("ticket_agency"), lambda row: words.agency(row.city, row.agency or "")),
        "district": (words.t("figures_district"), lambda row: words.district(row.city, row.district or "") or unknown),
        "channel": (words.t("ticket_channel"), lambda row: tickets.channel(row.channel) if row.channel else unknown),
    }
    apart = [column for name, column in columns.items() if name == "city" or name in wanted.by]
    reasons = (*REASONS, "other")
    heads = [
        *(head for head, _ in apart),
        *(words.t(f"figures_{one}") for one in COUNTS),
        *(words.t("csv_seconds", name=words.t(f"figures_{key}")) for key in TIMES.values()),
        *(words.t("figures_other") if one == "other" else tickets.reason_of(one) for one in reasons),
    ]
    rows = (
        [
            *(value(row) for _, value in apart),
            *(getattr(row, one) for one in (*COUNTS, *TIMES)),
            *(row.reasons.get(one, 0) for one in reasons),
        ]
        for row in found
    )
    return csv_of(f"tickets-{wanted.since}-{wanted.until}", heads, rows)


@staff(Permission.FIGURES_READ)
async def grades_csv(request: web.Request) -> web.Response:
    """The figures of grades as CSV."""
    asked = query_of(request)
    since, until, _ = days_of(asked)
    words, counts = shell.words_of(request), (*grade_figures.COUNTS, *grade_figures.AFTER)
    heads = [words.t("ticket_city"), words.t("ticket_agency"), *(words.t(f"grades_{one}") for one in counts)]
    rows = (
        [words.city(row.city), words.agency(row.city, row.agency), *(getattr(row, one) for one in counts)]
        for row in await _grades(request, asked, since, until)
    )
    return csv_of(f"grades-{since}-{until}", heads, rows)


def clock(seconds: int | None) -> str:
    """Seconds as hours, minutes and seconds; nothing where there are none."""
    if seconds is None:
        return ""
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _wanted(asked: Form) -> tuple[Wanted, list[Fault]]:
    since, until, faults = days_of(asked)
    chosen: frozenset[Dimension] = frozenset(one for one in DIMENSIONS if asked[f"by_{one}"])
    wanted = Wanted(
        since,
        until,
        city=asked["city"] or None,
        agency=asked["agency"] or None,
        district=_or_unknown(asked["district"]),
        channel=_or_unknown(asked["channel"]),
        by=chosen or USUAL,
    )
    return wanted, faults


def _or_unknown(given: str) -> str | None:
    return "" if given == UNKNOWN else given or None


def _choices(request: web.Request, chosen: str) -> Mapping[str, list[tuple[str, str, str]]]:
    """What can be chosen in filters; agencies and districts of the city that was chosen."""
    words, cities = shell.words_of(request), request.app[PARTS].cities
    city, unknown = cities.get(chosen), (UNKNOWN, words.t("figures_unknown"), "")
    tickets = TicketWords(request)
    districts = [(one.slug, words.district(chosen, one.slug), "") for one in city.districts] if city else []
    return {
        "city": [(slug, words.city(slug), "") for slug in cities],
        "agency": [(one.slug, words.agency(chosen, one.slug), "") for one in city.agencies] if city else [],
        "district": [*districts, unknown] if city else [],
        "channel": [*((one, tickets.channel(one), "") for one in tickets.channels), unknown],
    }


async def _grades(request: web.Request, asked: Form, since: date, until: date) -> list[grade_figures.GradesOf]:
    figures = grade_figures.GradeFigures(request.app[CONSOLE].engine)
    return await figures.by_agency(visits.actor_of(request), since, until, city=asked["city"] or None)


def days_of(asked: Form) -> tuple[date, date, list[Fault]]:
    """The first and the last day, both counted; two weeks where none are given."""
    today = datetime.now(shell.ZONE).date()
    try:
        until = date.fromisoformat(asked["until"]) if asked["until"] else today
        since = date.fromisoformat(asked["since"]) if asked["since"] else until - TWO_WEEKS
    except (ValueError, OverflowError):
        return today - TWO_WEEKS, today, [Fault(Text(key="console.error_day"), "since")]
    if not timedelta(0) <= until - since < timedelta(days=LONGEST_DAYS):
        return (
            today - TWO_WEEKS,
            today,
            [Fault(Text(key="console.error_figures_days", args={"most": LONGEST_DAYS}), "since")],
        )
    return since, until, []


def bars_of(opened: Mapping[date, int], since: date, until: date) -> list[tuple[date, int, float]]:
    """Every day with its number and the height of its bar, in percent of the highest."""
    most = max(opened.values(), default=0) or 1
    days = [since + timedelta(days=one) for one in range((until - since).days + 1)]
    return [(day, opened.get(day, 0), round(100 * opened.get(day, 0) / most, 1)) for day in days]


SECTION = Section(
    routes=(web.get(PATH, figures_page), web.get(f"{PATH}.csv", figures_csv), web.get(GRADES, grades_csv)),
    places=(Place("ticket_figures", PATH, "f", 20, Permission.FIGURES_READ, group="figures"),),
)
