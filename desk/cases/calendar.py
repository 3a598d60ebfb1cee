"""An appointment as an iCalendar file (RFC 5545), for any calendar to take in.

`UID` stays and `SEQUENCE` grows, so a file that is taken in again moves the entry instead of adding one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event, vDuration

PRODUCT = "-//Citydesk//Appointments//EN"
LENGTH = timedelta(minutes=30)
"""How long an appointment is when its service does not say."""
ALARM = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a calendar. Times are aware; texts are in the resident's language.

    `uid` is worldwide one of its kind, `revision` grows with each change, starting at 1.
    """

    uid: str
    revision: int
    summary: str
    description: str
    location: str | None
    begins: datetime
    length: timedelta
    cancelled: bool
    changed_at: datetime
    language: str  # BCP 47


def write(entry: Entry, zone: ZoneInfo) -> bytes:
    """Write the file; times are in `zone`, whose rules stand in it."""
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.revision - 1)
    event.add("dtstamp", entry.changed_at)
    event.add("last-modified", entry.changed_at)
    event.add("dtstart", entry.begins.astimezone(zone))
    event.add("dtend", (entry.begins + entry.length).astimezone(zone))
    event.add("summary", entry.summary, parameters={"language": entry.language})
    event.add("description", entry.description, parameters={"language": entry.language})
    if entry.location is not None:
        event.add("location", entry.location, parameters={"language": entry.language})
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    if not entry.cancelled:
        event.add_component(_alarm(entry))
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _alarm(entry: Entry) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", entry.summary)
    alarm.add("trigger", vDuration(-ALARM))
    return alarm
