"""The audit: searched, downloaded by the day, verified. Whoever reads it is in it, too."""

from contextlib import aclosing
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

from aiohttp import web

from desk.audit.looking import Auditing
from desk.audit.reading import Filter
from desk.console import shell, visits
from desk.console.access import staff
from desk.console.faults import Fault
from desk.console.forms import Form, query_of
from desk.console.parts import CONSOLE
from desk.console.sections import Place, Section
from desk.contract.messages import Text
from desk.contract.staff import Permission
from desk.web.parts import PARTS

PATH = f"{visits.ROOT}/audit"
PAGE = 50
FILTERS = ("actor", "act", "subject", "city", "since", "until")
LONGEST_NUMBER = 18  # digits


@staff(Permission.AUDIT_READ)
async def audit_page(request: web.Request) -> web.Response:
    """Records of the audit, the newest first."""
    asked = query_of(request)
    wanted, faults = _filter(asked)
    found = await Auditing(request.app[CONSOLE].engine).search(visits.actor_of(request), wanted)
    before = found[PAGE - 1].number if len(found) > PAGE else None
    kept = {name: asked[name] for name in FILTERS if asked[name]}
    return shell.page(
        request,
        "audit.html",
        status=422 if faults else 200,
        faults=faults,
        asked=asked,
        records=found[:PAGE],
        before=before,
        older=urlencode({**kept, "before": before}),
        newest=urlencode(kept),
        cities=_cities(request),
        today=f"{datetime.now(UTC):%Y-%m-%d}",
    )


@staff(Permission.AUDIT_READ)
async def download(request: web.Request) -> web.StreamResponse:
    """A day of the audit as a file, a line of JSON each; a day as UTC has it, like the daily export."""
    day = _day(query_of(request)["day"])
    if day is None:
        return shell.see_other(PATH)
    lines = await Auditing(request.app[CONSOLE].engine).export(visits.actor_of(request), day)
    response = web.StreamResponse(
        headers={
            "Content-Type": "application/x-ndjson; charset=utf-8",
            "Content-Disposition": f'attachment; filename="audit-{day.isoformat()}.jsonl"',
            "Cache-Control": "no-store",
        }
    )
    await response.prepare(request)
    async with aclosing(lines):
        async for line in lines:
            await response.write(line.encode())
    await response.write_eof()
    return response


@staff(Permission.AUDIT_READ)
async def verify_page(request: web.Request) -> web.Response:
    """Look at every record's seal, at their order, and whether any is missing."""
    verdict = await Auditing(request.app[CONSOLE].engine).verify(visits.actor_of(request))
    return shell.page(request, "audit_verdict.html", verdict=verdict)


def _filter(asked: Form) -> tuple[Filter, list[Fault]]:
    """What is looked for: days are those of the country; `until` is the last day that counts."""
    faults, days = list[Fault](), dict[str, datetime | None]()
    for name, more in (("since", 0), ("until", 1)):
        day = _day(asked[name])
        if asked[name] and day is None:
            faults.append(Fault(Text(key="console.error_day"), name))
        days[name] = None if day is None else datetime.combine(day + timedelta(days=more), time(), shell.ZONE)
    before = asked["before"]
    wanted = Filter(
        actor=asked["actor"].lower() or None,
        act=asked["act"].lower() or None,
        subject=asked["subject"] or None,
        city=asked["city"] or None,
        since=days["since"],
        until=days["until"],
        before=int(before) if before.isascii() and before.isdigit() and len(before) <= LONGEST_NUMBER else None,
        limit=PAGE + 1,
    )
    return wanted, faults


def _day(given: str) -> date | None:
    try:
        day = date.fromisoformat(given)
    except ValueError:
        return None
    return day if 2000 <= day.year < 3000 else None


def _cities(request: web.Request) -> list[tuple[str, str, str]]:
    words = shell.words_of(request)
    return [(slug, words.city(slug), "") for slug in request.app[PARTS].cities]


SECTION = Section(
    routes=(
        web.get(PATH, audit_page),
        web.get(f"{PATH}/day", download, allow_head=False),
        web.post(f"{PATH}/verify", verify_page),
    ),
    places=(Place("audit", PATH, "a", 40, Permission.AUDIT_READ),),
)
