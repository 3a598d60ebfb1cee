"""Calendar pages: whoever has an appointment's address takes it into a calendar."""

import math

from aiohttp import web

from desk.cases.calendar import write
from desk.web.access import caller_of, public
from desk.web.limits import Rate
from desk.web.parts import CALENDAR, PARTS
from desk.web.problems import Problem

ADDRESS = "/cases/{code:[A-Z2-7]{26}}.ics"
RATE = Rate(per_second=1, capacity=60)
"""Of one caller. Calendars that subscribe ask a few times a day; who guesses codes asks more often."""


@public
async def calendar_page(request: web.Request) -> web.Response:
    """An appointment as iCalendar."""
    parts = request.app[PARTS]
    admission = await parts.buckets.take("calendars", caller_of(request, parts.proxies), RATE)
    if admission.wait_seconds:
        raise Problem("too_many_at_once", headers={"Retry-After": str(math.ceil(admission.wait_seconds))})
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
