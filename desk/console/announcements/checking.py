"""What to look at once more before an announcement is submitted. It stops nobody."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from desk.announcements.audience.whom import Reach
from desk.announcements.beginning import times_of
from desk.announcements.content import Draft
from desk.announcements.rows import AnnouncementRow
from desk.announcements.telling.pace import put_off, quiet_args
from desk.city.files import City
from desk.contract.messages import Text
from desk.contract.wire import LOCALES, Locale
from values.lexicon import lexicon

_WORDS = lexicon(__file__)
CHINESE, ENGLISH = _WORDS.pattern("zh"), _WORDS.pattern("en", re.IGNORECASE)
RELATIVE: dict[Locale, re.Pattern[str]] = {"zh_Hans": CHINESE, "zh_Hant": CHINESE, "en": ENGLISH}
"""Words whose day is another once the day is over."""
CHINESE_TIMES, ENGLISH_TIMES = _WORDS.pattern("zh_times"), _WORDS.pattern("en_times", re.IGNORECASE)
TIMES: dict[Locale, re.Pattern[str]] = {"zh_Hans": CHINESE_TIMES, "zh_Hant": CHINESE_TIMES, "en": ENGLISH_TIMES}
"""Clock times, days and dates."""
LONG = timedelta(days=1)
"""What is shown for longer is read when such words are wrong."""


def checks_of(
    row: AnnouncementRow, reach: Reach, city: City, now: datetime, corrected: Draft | None = None
) -> Iterator[Text]:
    """All that an editor, and who approves, is told of one; `corrected` is what it corrects, if it does."""
    yield from warnings_of(row.draft, reach.residents, now)
    until = put_off(row, city, now, reach.instead_of)
    if until is not None:
        is_over = row.until is not None and row.until <= until
        which = "quiet" if row.corrects is None else "quiet_waiting"
        key = f"announcement_check_{which}{'_over' if is_over else ''}"
        yield Text(key=f"console.{key}", args=quiet_args(city, until))
    if corrected is not None:
        yield from warnings_of_correction(corrected, row.draft, reach.residents, ZoneInfo(city.timezone))


def warnings_of_correction(before: Draft, after: Draft, recipients: int, zone: ZoneInfo) -> Iterator[Text]:
    """What a correction may have forgotten: its dates, where the texts say other times; or to say anything else."""
    if (before.titles, before.texts) == (after.titles, after.texts):
        yield Text(key="console.announcement_check_same", args={"count": recipients})
    if (before.valid_from, before.until) != (after.valid_from, after.until):
        return
    if all(times_in(before, one) == times_in(after, one) for one in after.languages if one in before.languages):
        return
    for field, kept in (("valid_from", after.valid_from), ("until", after.until)):
        if kept is not None:
            at = f"{kept.astimezone(zone):%Y-%m-%d %H:%M}"
            yield Text(key=f"console.announcement_check_kept_{field}", args={"at": at})


def times_in(draft: Draft, locale: Locale) -> list[str]:
    """Times, days and dates that the texts say in a language, in the order in which they stand."""
    return [one.group() for one in TIMES[locale].finditer(_written(draft, locale))]


def warnings_of(draft: Draft, recipients: int, now: datetime) -> Iterator[Text]:
    """What an editor, and who approves, is told of a draft: nobody to tell, words that will be wrong, times unsent."""
    if recipients == 0:
        key = "announcement_check_nobody_public" if draft.public else "announcement_check_nobody"
        yield Text(key=f"console.{key}")
    if draft.until is None or draft.until - max(draft.schedule.at or now, now) > LONG:
        for locale in LOCALES:
            found = relative_words(draft, locale)
            if found:
                yield _relative(draft, locale, found)
    if draft.until is not None and draft.schedule.every is not None:
        over = [at for at in times_of(draft.schedule) if at >= draft.until]
        if over and len(over) < draft.schedule.times:
            args: dict[str, JsonValue] = {"count": len(over), "times": draft.schedule.times}
            yield Text(key="console.announcement_check_over", args=args)


def relative_words(draft: Draft, locale: Locale) -> list[str]:
    """Words of relative time in a language, each once, in the order in which they stand."""
    return list(dict.fromkeys(one.group() for one in RELATIVE[locale].finditer(_written(draft, locale))))


def _written(draft: Draft, locale: Locale) -> str:
    return f"{draft.titles.get(locale, '')}\n{draft.texts.get(locale, '')}"


def _relative(draft: Draft, locale: Locale, found: list[str]) -> Text:
    key = "announcement_check_relative_open" if draft.until is None else "announcement_check_relative"
    language: JsonValue = {"text": {"key": f"console.ticket_language_{locale}"}}
    return Text(key=f"console.{key}", args={"language": language, "words": " · ".join(found)})
