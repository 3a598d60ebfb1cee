"""All that an editor, and who approves, is told of an announcement before it goes out."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from desk.announcements.audience.whom import Reach
from desk.announcements.beginning import times_of
from desk.announcements.checking.districts import warnings_of_districts
from desk.announcements.checking.times import Named, differing, named_in
from desk.announcements.content import SOURCE, Draft, Earlier, State
from desk.announcements.looking import Looking
from desk.announcements.rows import AnnouncementRow
from desk.announcements.service import Standing
from desk.announcements.telling.pace import put_off, quiet_args
from desk.city.files import City
from desk.contract.messages import Text
from desk.contract.staff import Actor
from desk.contract.wire import LOCALES, Locale
from values.lexicon import lexicon

_WORDS = lexicon(__file__)
CHINESE, ENGLISH = _WORDS.pattern("zh"), _WORDS.pattern("en", re.IGNORECASE)
RELATIVE: dict[Locale, re.Pattern[str]] = {"zh_Hans": CHINESE, "zh_Hant": CHINESE, "en": ENGLISH}
"""Words whose day is another once the day is over."""
CHINESE_TIMES, ENGLISH_TIMES = _WORDS.pattern("zh_times"), _WORDS.pattern("en_times", re.IGNORECASE)
TIMES: dict[Locale, re.Pattern[str]] = {"zh_Hans": CHINESE_TIMES, "zh_Hant": CHINESE_TIMES, "en": ENGLISH_TIMES}
"""Clock times, days and dates."""
FIELDS = ("valid_from", "until")
LONG = timedelta(days=1)
"""What is shown for longer is read when such words are wrong."""


async def checks_on(looking: Looking, actor: Actor, standing: Standing) -> list[Text]:
    """What to look at once more of one that is not approved yet; of others nothing."""
    row, room = standing.row, looking.room
    if row.state not in (State.DRAFT, State.RETURNED, State.PENDING):
        return []
    is_correction = row.corrects is not None and row.earlier is not Earlier.OVER
    before = (await room.find(actor, row.corrects)).draft if row.corrects is not None and is_correction else None
    alike = await looking.alike(row)
    return list(checks_of(row, standing.reach, room.cities[row.city], room.now(), before, alike))


def checks_of(
    row: AnnouncementRow,
    reach: Reach,
    city: City,
    now: datetime,
    corrected: Draft | None = None,
    alike: int | None = None,
) -> Iterator[Text]:
    """All that an editor, and who approves, is told of one.

    `corrected` is what it corrects, if it does; `alike` one that said the same lately (`Looking.alike`).
    """
    zone = ZoneInfo(city.timezone)
    if alike is not None:
        yield Text(key="console.announcement_check_again", args={"number": alike})
    yield from warnings_of(row.draft, reach.residents, now)
    until = put_off(row, city, now, reach.instead_of)
    if until is not None:
        is_over = row.until is not None and row.until <= until
        which = "quiet" if row.corrects is None else "quiet_waiting"
        key = f"announcement_check_{which}{'_over' if is_over else ''}"
        yield Text(key=f"console.{key}", args=quiet_args(city, until))
    kept = []
    if corrected is not None:
        if row.earlier is None:
            yield from warnings_of_correction(corrected, row.draft, reach.residents)
            yield from _unchanged(corrected, row.draft)
        kept = kept_times(corrected, row.draft, zone)
    if row.earlier is not Earlier.OVER:
        yield from warnings_of_districts(row.draft, city, corrected)
    yield from warnings_of_times(row.draft, kept, zone)


def warnings_of_correction(before: Draft, after: Draft, recipients: int) -> Iterator[Text]:
    """What a correction may have forgotten: to say anything else, or what was wrong."""
    if (before.titles, before.texts) == (after.titles, after.texts):
        yield Text(key="console.announcement_check_same", args={"count": recipients})
    if not after.mistake:
        yield Text(key="console.announcement_check_mistake")


def _unchanged(before: Draft, after: Draft) -> Iterator[Text]:
    """Languages that a correction says as before, while others say another thing: one may have been forgotten."""
    written = [one for one in after.languages if one in before.languages]
    same = [one for one in written if (before.titles[one], before.texts[one]) == (after.titles[one], after.texts[one])]
    if len(same) < len(written):
        for one in same:
            yield Text(key="console.announcement_check_unchanged", args={"language": _language(one)})


def kept_times(before: Draft, after: Draft, zone: ZoneInfo) -> list[str]:
    """Fields of a correction that are as before, while the times of its texts are others and name them no more."""
    if all(times_in(before, one) == times_in(after, one) for one in after.languages if one in before.languages):
        return []
    return [
        field
        for field in FIELDS
        if (at := getattr(after, field)) is not None
        and at == getattr(before, field)
        and _is_named(before, at, zone)
        and not _is_named(after, at, zone)
    ]


def warnings_of_times(draft: Draft, kept: Sequence[str], zone: ZoneInfo) -> Iterator[Text]:
    """Times that the languages say differently, and fields that none of them names, some of them `kept` as before."""
    said = {one: named_in(draft, one, zone) for one in draft.languages}
    for locale, found in said.items():
        if locale != SOURCE and SOURCE in said:
            yield from _differing(said[SOURCE], found, locale)
    for field in FIELDS:
        at = getattr(draft, field)
        is_other = any(one.says_a_time for one in said.values()) and at is not None and not _is_named(draft, at, zone)
        if at is not None and (field in kept or is_other):
            key = f"announcement_check_{'kept' if field in kept else 'other'}_{field}"
            yield Text(key=f"console.{key}", args={"at": f"{at.astimezone(zone):%Y-%m-%d %H:%M}"})


def _is_named(draft: Draft, at: datetime, zone: ZoneInfo) -> bool:
    """Whether the text names a time in any language that names hours or days; or none does."""
    said = [found for one in draft.languages if (found := named_in(draft, one, zone)) != Named()]
    return not said or any(one.names(at.astimezone(zone)) for one in said)


def _differing(source: Named, other: Named, locale: Locale) -> Iterator[Text]:
    found, others = differing(source, other)
    for some, lacking, language, elsewhere in ((found, others, SOURCE, locale), (others, found, locale, SOURCE)):
        if not some or (lacking and language != SOURCE):
            continue
        args: dict[str, JsonValue] = {"language": _language(language), "other": _language(elsewhere)}
        args |= {"times": " · ".join(some), "others": " · ".join(lacking)}
        yield Text(key=f"console.announcement_check_times{'' if lacking else '_alone'}", args=args)


def times_in(draft: Draft, locale: Locale) -> list[str]:
    """Times, days and dates that the texts say in a language, in the order in which they stand."""
    return [one.group() for one in TIMES[locale].finditer(_written(draft, locale))]


def warnings_of(draft: Draft, recipients: int, now: datetime) -> Iterator[Text]:
    """What an editor, and who approves, is told of a draft: nobody to tell, words that will be wrong, times unsent."""
    if recipients == 0:
        where = "_public" if draft.public else "" if draft.is_on_pages else "_nowhere"
        yield Text(key=f"console.announcement_check_nobody{where}")
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
    return Text(key=f"console.{key}", args={"language": _language(locale), "words": " · ".join(found)})


def _language(locale: Locale) -> JsonValue:
    return {"text": {"key": f"console.ticket_language_{locale}"}}
