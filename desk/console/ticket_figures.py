"""Figures of tickets: a table by agency and day, the same as CSV, and a plot of how many were opened."""

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
from desk.tickets import grade_figures
from desk.tickets.figures import LONGEST_DAYS, REASONS, Figures, Row, as_csv, by_day_alone
from desk.web.parts import PARTS

PATH = f"{visits.ROOT}/figures/tickets"
GRADES = f"{visits.ROOT}/figures/grades.csv"
USUAL = timedelta(days=13)  # before today: two weeks


@staff(Permission.FIGURES_READ)
async def figures_page(request: web.Request) -> web.Response:
    """The figures as a table and a plot."""
    asked = query_of(request)
    since, until, faults = _days(asked)
    rows = await _rows(request, asked, since, until)
    words = shell.words_of(request)
    return shell.page(
        request,
        "ticket_figures.html",
        status=422 if faults else 200,
        faults=faults,
        asked=asked,
        since=since,
        until=until,
        rows=rows,
        reasons=[one for one in (*REASONS, "other") if any(row.reasons.get(one) for row in rows)],
        tickets=TicketWords(request),
        bars=_bars(dict(by_day_alone(rows)), since, until),
        cities=[(slug, words.city(slug), "") for slug in request.app[PARTS].cities],
        grades=await _grades(request, asked, since, until),
        grade_columns=(*grade_figures.COUNTS, *grade_figures.AFTER),
        grades_csv=f"{GRADES}?{urlencode({'since': since, 'until': until, 'city': asked['city']})}",
        csv=f"{PATH}.csv?{urlencode({'since': since, 'until': until, 'city': asked['city']})}",
        clock=clock,
    )


@staff(Permission.FIGURES_READ)
async def figures_csv(request: web.Request) -> web.Response:
    """The same figures as CSV."""
    asked = query_of(request)
    since, until, _ = _days(asked)
    body = as_csv(await _rows(request, asked, since, until))
    headers = {"Content-Disposition": f'attachment; filename="tickets-{since}-{until}.csv"'}
    return web.Response(text=body, content_type="text/csv", charset="utf-8", headers=headers)


@staff(Permission.FIGURES_READ)
async def grades_csv(request: web.Request) -> web.Response:
    """The figures of grades as CSV."""
    asked = query_of(request)
    since, until, _ = _days(asked)
    body = grade_figures.as_csv(await _grades(request, asked, since, until))
    headers = {"Content-Disposition": f'attachment; filename="grades-{since}-{until}.csv"'}
    return web.Response(text=body, content_type="text/csv", charset="utf-8", headers=headers)


def clock(seconds: int | None) -> str:
    """Seconds as hours, minutes and seconds; nothing where there are none."""
    if seconds is None:
        return ""
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


async def _rows(request: web.Request, asked: Form, since: date, until: date) -> list[Row]:
    figures = Figures(request.app[CONSOLE].engine)
    return await figures.by_day(visits.actor_of(request), since, until, city=asked["city"] or None)


async def _grades(request: web.Request, asked: Form, since: date, until: date) -> list[grade_figures.GradesOf]:
    figures = grade_figures.GradeFigures(request.app[CONSOLE].engine)
    return await figures.by_agency(visits.actor_of(request), since, until, city=asked["city"] or None)


def _days(asked: Form) -> tuple[date, date, list[Fault]]:
    """The first and the last day, both counted; two weeks where none are given."""
    today = datetime.now(shell.ZONE).date()
    try:
        until = date.fromisoformat(asked["until"]) if asked["until"] else today
        since = date.fromisoformat(asked["since"]) if asked["since"] else until - USUAL
    except (ValueError, OverflowError):
        return today - USUAL, today, [Fault(Text(key="console.error_day"), "since")]
    if not timedelta(0) <= until - since < timedelta(days=LONGEST_DAYS):
        return (
            today - USUAL,
            today,
            [Fault(Text(key="console.error_figures_days", args={"most": LONGEST_DAYS}), "since")],
        )
    return since, until, []


def _bars(opened: Mapping[date, int], since: date, until: date) -> list[tuple[date, int, float]]:
    """Every day with its number and the height of its bar, in percent of the highest."""
    most = max(opened.values(), default=1)
    days = [since + timedelta(days=one) for one in range((until - since).days + 1)]
    return [(day, opened.get(day, 0), round(100 * opened.get(day, 0) / most, 1)) for day in days]


SECTION = Section(
    routes=(web.get(PATH, figures_page), web.get(f"{PATH}.csv", figures_csv), web.get(GRADES, grades_csv)),
    places=(Place("ticket_figures", PATH, "f", 20, Permission.FIGURES_READ),),
)
