"""Figures of tickets by agency, district, channel or day: a table, the same as CSV, and a plot of what was opened."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from aiohttp import web

from desk.console import shell, visits
from desk.console.access import staff
from desk.console.faults import Fault
from desk.console.forms import Form, query_of
from desk.console.parts import CONSOLE
from desk.console.sections import Place, Section
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
    Wanted,
    as_csv,
)
from desk.tickets.grades import figures as grade_figures
from desk.web.parts import PARTS

PATH = f"{visits.ROOT}/figures/tickets"
GRADES = f"{visits.ROOT}/figures/grades.csv"
TWO_WEEKS = timedelta(days=13)  # with the last day
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
    body = as_csv(await Figures(request.app[CONSOLE].engine).rows(visits.actor_of(request), wanted), wanted.by)
    headers = {"Content-Disposition": f'attachment; filename="tickets-{wanted.since}-{wanted.until}.csv"'}
    return web.Response(text=body, content_type="text/csv", charset="utf-8", headers=headers)


@staff(Permission.FIGURES_READ)
async def grades_csv(request: web.Request) -> web.Response:
    """The figures of grades as CSV."""
    asked = query_of(request)
    since, until, _ = days_of(asked)
    body = grade_figures.as_csv(await _grades(request, asked, since, until))
    headers = {"Content-Disposition": f'attachment; filename="grades-{since}-{until}.csv"'}
    return web.Response(text=body, content_type="text/csv", charset="utf-8", headers=headers)


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
    places=(Place("ticket_figures", PATH, "f", 20, Permission.FIGURES_READ),),
)
