"""How fast an announcement is told: in the city's quiet hours not at all, and no faster than its desk can answer.

Of a hundred residents who are told something one writes back (`ECHO`). A clerk answers a ticket in about `ANSWERED`.
So while it heeds the desk an announcement brings no more answers than the clerks who are present can take up, and
waits while a queue is there already.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from desk.announcements.audience.whom import Reach
from desk.announcements.content import State
from desk.announcements.rows import AnnouncementRow
from desk.city.files import City
from desk.contract.messages import Text

ECHO = 0.01  # of those who are told write back
ANSWERED = timedelta(minutes=6)  # a clerk's time for a ticket
QUEUE = 3  # tickets that wait for each clerk: more, and nobody else is told for now
LOOK_AGAIN = timedelta(seconds=30)
OVER = {State.DONE, State.CANCELLED, State.REJECTED}
LET_GO = {State.APPROVED, State.SENDING}
SLOWEST_A_MINUTE = 20  # without anybody at the desk: what comes back waits for the morning


@dataclass(frozen=True, slots=True)
class Desk:
    """How the desk of an agency stands: tickets that wait for a clerk, and clerks who are there."""

    waiting: int
    clerks: int


def a_minute(desk: Desk) -> int:
    """How many may be told a minute; 0: nobody for now."""
    if not desk.clerks:
        return 0 if desk.waiting > QUEUE else SLOWEST_A_MINUTE
    if desk.waiting > QUEUE * desk.clerks:
        return 0
    answered = desk.clerks / (ANSWERED / timedelta(minutes=1))
    return max(SLOWEST_A_MINUTE, int(answered / ECHO))


def put_off(
    row: AnnouncementRow, city: City, now: datetime, instead_of: Sequence[AnnouncementRow] = ()
) -> datetime | None:
    """When the telling begins, or goes on, after quiet hours in which it would be; None: they do not keep it.

    Of what is being told they are those of now, of all else those of its time. What is over has none. A correction is
    kept only from those who still wait, for `instead_of`: whoever was told what is wrong is told at once.
    """
    kept = [one for one in instead_of if not row.is_hurried] if row.corrects is not None else [row]
    if row.state in OVER or not any(one.heeds_quiet_hours for one in kept):
        return None
    return quiet_until(city, now if row.state is State.SENDING else max(row.due_at or row.schedule.at or now, now))


def quiet_of(row: AnnouncementRow, reach: Reach, city: City, now: datetime) -> Text | None:
    """When it begins, or goes on, after quiet hours, once it was approved; None: they keep it from nobody."""
    until = quiet_end(row, reach, city, now)
    which = "now" if row.corrects is None else "waiting"
    return None if until is None else Text(key=f"console.announcement_quiet_{which}", args=quiet_args(city, until))


def quiet_end(row: AnnouncementRow, reach: Reach, city: City, now: datetime) -> datetime | None:
    """The same as a time."""
    return put_off(row, city, now, reach.instead_of) if row.state in LET_GO else None


def quiet_args(city: City, until: datetime) -> dict[str, JsonValue]:
    """The city's quiet hours and when they end, by its clock."""
    quiet = city.announcing.quiet
    assert quiet is not None
    at = f"{until.astimezone(ZoneInfo(city.timezone)):%Y-%m-%d %H:%M}"
    return {"begins": f"{quiet.begins:%H:%M}", "ends": f"{quiet.ends:%H:%M}", "at": at}


def quiet_until(city: City, now: datetime) -> datetime | None:
    """When the city's quiet hours end; None: they do not hold now, or there are none."""
    quiet = city.announcing.quiet
    if quiet is None:
        return None
    here = now.astimezone(ZoneInfo(city.timezone))
    clock = here.time()
    over_night = quiet.begins > quiet.ends
    is_quiet = clock >= quiet.begins or clock < quiet.ends if over_night else quiet.begins <= clock < quiet.ends
    if not is_quiet:
        return None
    day = here.date() + timedelta(days=1 if over_night and clock >= quiet.begins else 0)
    return datetime.combine(day, quiet.ends, here.tzinfo)
