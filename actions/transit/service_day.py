"""Times of a timetable, which count from noon minus 12 hours of a service day and may pass 24:00.

https://gtfs.org/documentation/schedule/reference/#field-types ("Time", "Local time").
"""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_TIME = re.compile(r"(\d{1,3}):([0-5]?\d):([0-5]?\d)")
_NUMBER = re.compile(r"[0-9]{1,9}")
_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")


def number(text: str) -> int | None:
    """Read a count of at most nine digits. None for anything else: larger ones no table can hold."""
    return int(text) if _NUMBER.fullmatch(text) else None


def seconds(text: str) -> int | None:
    """Read `H:MM:SS` as seconds of the service day; 25:10:00 is ten past one the next morning. None for no time."""
    match = _TIME.fullmatch(text.strip())
    return None if match is None else int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3])


def day(text: str) -> date | None:
    """Read `YYYYMMDD`. None if it is no date."""
    match = _DATE.fullmatch(text.strip())
    try:
        return None if match is None else date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


def origin(service_day: date, zone: ZoneInfo) -> int:
    """Give the moment from which a service day's seconds count, as a Unix time.

    Noon minus 12 hours: it differs from midnight on the two days a year when clocks change.
    """
    noon = datetime(service_day.year, service_day.month, service_day.day, 12, tzinfo=zone)
    return int(noon.timestamp()) - 12 * 3600


def days_around(moment: int, zone: ZoneInfo, *, back: int, ahead: int = 0) -> list[date]:
    """Give the service days from `back` days before a Unix time's local day to `ahead` days after it."""
    today = datetime.fromtimestamp(moment, UTC).astimezone(zone).date()
    return [today + timedelta(days=offset) for offset in range(-back, ahead + 1)]
