"""Calendar pages: whoever has an appointment's address takes it into a calendar."""

from aiohttp import web

from desk.cases.calendar import write
from desk.web.access import public
from desk.web.gate import insist_on_pace
from desk.web.limits import Rate
from desk.web.parts import CALENDAR
from desk.web.problems import Problem

ADDRESS = "/cases/{code:[A-Z2-7]{26}}.ics"
RATE = Rate(per_second=1, capacity=60)
"""Of one caller. Calendars that subscribe ask a few times a day; who guesses codes asks more often."""


@public
async def calendar_page(request: web.Request) -> web.Response:
    """An appointment as iCalendar."""
    await insist_on_pace(request, "calendars", RATE)
    found = await request.app[CALENDAR].find(request.match_info["code"])
    if found is None:
        raise Problem("not_found")
    entry, zone = found
    return web.Response(
        body=write(entry, zone),
        content_type="text/calendar",
        charset="utf-8",
        headers={"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="appointment.ics"'},
    )
