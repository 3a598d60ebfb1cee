"""A feed's dated entries as a calendar that programs subscribe to (RFC 5545, RFC 7986).

`UID` stays; what is taken back or corrected is cancelled under it, so that it leaves the calendars that have it.
"""

from datetime import timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from desk.announcements.feeds.feed import Entry, Feed, plain

CONTENT_TYPE = "text/calendar"
PRODUCT = "-//Citydesk//Announcements//EN"
AGAIN = timedelta(hours=1)


def write(feed: Feed, zone: ZoneInfo) -> bytes:
    """Write the calendar; times are in `zone`, whose rules stand in it."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", feed.title)
    calendar.add("x-wr-calname", feed.title)
    calendar.add("description", feed.subtitle)
    calendar.add("url", feed.page)
    calendar.add("last-modified", feed.updated)
    calendar.add("refresh-interval", AGAIN, parameters={"value": "DURATION"})
    for entry in feed.entries:
        calendar.add_component(_event(feed, entry, zone))
    if feed.entries:
        calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _event(feed: Feed, entry: Entry, zone: ZoneInfo) -> Event:
    language = {"language": entry.language}
    event = Event()
    event.add("uid", feed.id_of(entry))
    event.add("sequence", 1 if entry.is_off else 0)
    event.add("dtstamp", entry.updated)
    event.add("last-modified", entry.updated)
    event.add("created", entry.published)
    event.add("dtstart", (entry.begins or entry.published).replace(microsecond=0).astimezone(zone))
    if entry.ends is not None:
        event.add("dtend", entry.ends.replace(microsecond=0).astimezone(zone))
    event.add("summary", plain(entry.title), parameters=language)
    event.add("description", plain("\n\n".join(entry.paragraphs)), parameters=language)
    event.add("location", plain(entry.place), parameters=language)
    event.add("categories", [plain(entry.category[1])])
    event.add("url", entry.url)
    for one in entry.documents:  # RFC 5545, 3.8.1.1, with SIZE and FILENAME of RFC 8607
        about = {"fmttype": one.content_type, "size": str(one.size), "filename": plain(one.name)}
        event.add("attach", one.url, parameters=about)
    event.add("status", "CANCELLED" if entry.is_off else "CONFIRMED")
    event.add("transp", "TRANSPARENT")  # nobody is busy because of it
    return event
