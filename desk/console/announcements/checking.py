"""What to look at once more before an announcement is submitted. It stops nobody."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from pydantic import JsonValue

from desk.announcements.beginning import times_of
from desk.announcements.content import Draft
from desk.contract.messages import Text
from desk.contract.wire import LOCALES, Locale
from values.lexicon import lexicon

_WORDS = lexicon(__file__)
CHINESE, ENGLISH = _WORDS.pattern("zh"), _WORDS.pattern("en", re.IGNORECASE)
RELATIVE: dict[Locale, re.Pattern[str]] = {"zh_Hans": CHINESE, "zh_Hant": CHINESE, "en": ENGLISH}
"""Words whose day is another once the day is over."""
LONG = timedelta(days=1)
"""What is shown for longer is read when such words are wrong."""


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
    written = f"{draft.titles.get(locale, '')}\n{draft.texts.get(locale, '')}"
    return list(dict.fromkeys(one.group() for one in RELATIVE[locale].finditer(written)))


def _relative(draft: Draft, locale: Locale, found: list[str]) -> Text:
    key = "announcement_check_relative_open" if draft.until is None else "announcement_check_relative"
    language: JsonValue = {"text": {"key": f"console.ticket_language_{locale}"}}
    return Text(key=f"console.{key}", args={"language": language, "words": " · ".join(found)})
