"""Days that can be chosen, as months of a calendar. Pure."""

from calendar import Calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from babel.dates import format_skeleton, get_day_names

from desk.contract.wire import Locale
from desk.texts.catalogs import CLDR, with_weekday

WEEK = Calendar(firstweekday=0)  # Monday first, as calendars here have it


@dataclass(frozen=True, slots=True)
class Day:
    """A day as a cell shows it; `named` is its date in full, with the day of the week."""

    iso: str
    number: int
    named: str
    is_free: bool


@dataclass(frozen=True, slots=True)
class Month:
    """A month; `weeks` are rows of seven, with None for days of other months."""

    title: str
    weeks: Sequence[Sequence[Day | None]]


def weekdays(locale: Locale) -> list[tuple[str, str]]:
    """The days of the week, Monday first: short and in full."""
    short = get_day_names("narrow" if locale.startswith("zh") else "abbreviated", locale=CLDR[locale])
    full = get_day_names("wide", locale=CLDR[locale])
    return [(short[day], full[day]) for day in range(7)]


def months(free: Iterable[str], locale: Locale) -> list[Month]:
    """The months from the first free day to the last, without weeks before and after these."""
    days = sorted({date.fromisoformat(one) for one in free})
    if not days:
        return []
    found, first, last = [], days[0], days[-1]
    year, month = first.year, first.month
    while (year, month) <= (last.year, last.month):
        weeks = [
            [_day(one, month, days, locale) for one in week]
            for week in WEEK.monthdatescalendar(year, month)
            if any(one.month == month and first <= one <= last for one in week)
        ]
        title = format_skeleton("yMMMM", date(year, month, 1), locale=CLDR[locale])
        found.append(Month(title, weeks))
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return found


def _day(one: date, month: int, free: Sequence[date], locale: Locale) -> Day | None:
    if one.month != month:
        return None
    return Day(one.isoformat(), one.day, with_weekday(one, locale), one in free)
