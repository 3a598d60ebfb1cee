"""Hours, dates and weekdays that the texts of an announcement name: compared over languages, and with its fields."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from desk.announcements.content import Draft
from desk.announcements.words import moment
from desk.contract.wire import Locale
from values.lexicon import lexicon

_WORDS = lexicon(__file__)
_LOOSE, _BETWEEN = _WORDS.pattern("loose"), _WORDS.pattern("between_hours")
_WEEKDAYS = _WORDS.by_name("weekdays")
_HOURS = {"zh": _WORDS.pattern("zh_hours"), "en": _WORDS.pattern("en_hours", re.IGNORECASE)}
_DATES = {"zh": _WORDS.pattern("zh_dates"), "en": _WORDS.pattern("en_dates", re.IGNORECASE)}
_DAYS = {"zh": _WORDS.pattern("zh_days"), "en": _WORDS.pattern("en_days", re.IGNORECASE)}
DAY_ENDS = ((0, 0), (23, 59))
"""Hours at which something ends that ends with the day: texts need not say them."""
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

type Time = tuple[int, int]
"""Of an hour with its minute, or of a month with its day; of a weekday, from 1, Monday, to 7, with nothing."""


@dataclass(frozen=True, slots=True)
class Said:
    """A time as it is written, and what it may mean: 7 o'clock is one of two hours."""

    written: str
    times: frozenset[Time]


@dataclass(frozen=True, slots=True)
class Named:
    """What a text names, in the order in which it stands."""

    hours: Sequence[Said] = ()
    dates: Sequence[Said] = ()
    weekdays: Sequence[Said] = ()

    @property
    def says_a_time(self) -> bool:
        """Whether it names an hour or a date."""
        return bool(self.hours or self.dates)

    def names(self, at: datetime) -> bool:
        """Whether a time, in the city's zone, is among them: its hour, and its date or weekday, where they are named.

        The end of a day need not be named by its hour, and is that of the day before, too, at midnight.
        """
        hour, days = (at.hour, at.minute), [at]
        if hour in DAY_ENDS:
            days += [at - timedelta(days=1)] if at.hour == 0 else []
        elif self.hours and not any(hour in one.times for one in self.hours):
            return False
        if self.dates:
            return any((day.month, day.day) in one.times for one in self.dates for day in days)
        return not self.weekdays or any((day.isoweekday(), 0) in one.times for one in self.weekdays for day in days)


def named_in(draft: Draft, locale: Locale, zone: ZoneInfo) -> Named:
    """What title and text name in a language, with the times of their braces."""
    written = f"{draft.titles.get(locale, '')}\n{draft.texts.get(locale, '')}"
    for name, at in (("from", draft.valid_from), ("until", draft.until)):
        if at is not None:
            written = written.replace(f"{{{name}}}", moment(at.astimezone(zone), locale))
    return named(written, locale)


def named(written: str, locale: Locale) -> Named:
    """What a text in a language names; its digits and colons may be wide."""
    text, language = unicodedata.normalize("NFKC", written), "en" if locale == "en" else "zh"
    hours, dates = _READ[language]
    weekdays = [Said(one[0], frozenset({(_WEEKDAYS[one["day"].lower()], 0)})) for one in _DAYS[language].finditer(text)]
    return Named(list(hours(text)), list(dates(text)), weekdays)


def lacking(some: Sequence[Said], others: Sequence[Said]) -> list[str]:
    """Of times those that are not among others, as they are written, each once."""
    known = frozenset[Time]().union(*(one.times for one in others))
    return list(dict.fromkeys(one.written for one in some if not one.times & known))


def differing(one: Named, other: Named) -> tuple[list[str], list[str]]:
    """What each of two texts names that the other does not. A weekday may stand for a date, and need not be named."""
    found, others = lacking(one.hours, other.hours), lacking(other.hours, one.hours)
    if (one.dates or not one.weekdays) and (other.dates or not other.weekdays):
        found, others = found + lacking(one.dates, other.dates), others + lacking(other.dates, one.dates)
    if one.weekdays and other.weekdays:
        found, others = found + lacking(one.weekdays, other.weekdays), others + lacking(other.weekdays, one.weekdays)
    return found, others


def _chinese_hours(text: str) -> Iterator[Said]:
    before: tuple[int, int, bool] | None = None  # where the last one ended, its hour, whether it was of the afternoon
    for one in _HOURS["zh"].finditer(text):
        given = _number(one["open"] or one["hour"])
        minute = int(one["minute"] or 0) + (_number(one["past"]) if one["past"] else 0) + (30 if one["half"] else 0)
        if given > 24 or minute > 59:
            continue
        afternoon, is_told = bool(one["afternoon"]), bool(one["morning"] or one["noon"] or one["afternoon"])
        if not is_told and before is not None and _BETWEEN.fullmatch(text, before[0], one.start()):
            afternoon = before[2] and before[1] < given + 12 < 24
            is_told = afternoon or given > before[1]
        is_late = given < 12 and (afternoon or (bool(one["noon"]) and given < 10))
        hour = 0 if one["morning"] and given == 12 else (given + 12 * is_late) % 24
        is_loose = not is_told and 0 < given < 12 and _LOOSE.fullmatch(one["unit"] or one["ahead"] or "") is not None
        before = one.end(), hour, afternoon
        yield Said(one[0].strip(), frozenset({(hour, minute), *([(hour + 12, minute)] if is_loose else [])}))


def _english_hours(text: str) -> Iterator[Said]:
    for one in _HOURS["en"].finditer(text):
        if one["noon"] or one["midnight"]:
            yield Said(one[0], frozenset({(12 if one["noon"] else 0, 0)}))
            continue
        minute = int(one["open_minute"] or one["minute"] or one["day_minute"] or 0)
        hour = int(one["open"] or one["hour"] or one["day_hour"])
        if hour > 24 or minute > 59:
            continue
        half = (one["half"] or one["ahead"] or "").lower()
        if not half:
            yield Said(one[0], frozenset({(hour % 24, minute)}))
            continue
        late = {hour % 12 + 12} if half == "p" else {hour % 12}
        yield Said(one[0], frozenset((at, minute) for at in late | ({hour % 12} if one["open"] else set())))


def _chinese_dates(text: str) -> Iterator[Said]:
    month = day = 0
    for one in _DATES["zh"].finditer(text):
        before, day = day, _number(one["iso_day"] or one["day"] or one["more"])
        if not one["more"]:
            month = _number(one["iso_month"] or one["month"])
        elif month and day < before:
            month = month % 12 + 1
        if month:
            yield Said(one[0], frozenset({(month, day)}))


def _english_dates(text: str) -> Iterator[Said]:
    for one in _DATES["en"].finditer(text):
        if one["iso_month"]:
            yield Said(one[0], frozenset({(int(one["iso_month"]), int(one["iso_day"]))}))
            continue
        name = one["month"] or one["month_before"]
        month = MONTHS.index(name[:3].lower()) + 1
        for day in (one["first"], one["day"], one["day_after"], one["last"]):
            if day is not None:
                yield Said(f"{day} {name}", frozenset({(month, int(day))}))


def _number(written: str) -> int:
    """A number in digits, or in Chinese ones up to 99."""
    if written.isdecimal():
        return int(written)
    values = [int(unicodedata.numeric(one)) for one in written]
    if 10 not in values:
        return int("".join(map(str, values)))
    at = values.index(10)
    return (values[at - 1] if at else 1) * 10 + (values[at + 1] if at + 1 < len(values) else 0)


_READ: dict[str, tuple[Callable[[str], Iterator[Said]], Callable[[str], Iterator[Said]]]] = {
    "zh": (_chinese_hours, _chinese_dates),
    "en": (_english_hours, _english_dates),
}
