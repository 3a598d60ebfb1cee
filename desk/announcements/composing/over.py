"""What those are told whom an announcement reached that was taken back: that it no longer holds, and why.

The words are the desk's own, but for a reason. So whoever may take back may have it said at once; a reason, which
somebody writes freely, waits for another person where it would reach many.
"""

from collections.abc import Collection, Mapping
from zoneinfo import ZoneInfo

from desk.announcements.content import (
    IN_BRACES,
    LONGEST_TEXT,
    LONGEST_TITLE,
    NEEDED,
    Audience,
    Draft,
    Kind,
    Schedule,
    fault,
    fitted,
)
from desk.announcements.rows import AnnouncementRow
from desk.announcements.words import Notice, in_zone, written
from desk.city.files import City
from desk.contract.messages import Text
from desk.contract.wire import LOCALES, Locale
from desk.texts.catalogs import Catalogs, traditional

LONGEST_WHY = 200  # characters of a reason for residents

type Why = Mapping[Locale, str]


def insist_on_why(why: Why, needed: Collection[Locale]) -> None:
    """Insist that a reason for residents, where there is one, can be said in all languages.

    Args:
        why: it, by language.
        needed: languages in which whoever was told reads.

    Raises:
        AnnouncementFault: it lacks a language that is needed, is too long, or has braces.
    """
    given = {locale: said.strip() for locale, said in why.items() if said.strip()}
    for locale in LOCALES if given else ():
        have = len(given.get(locale, ""))
        if (locale in needed or locale in given) and not 0 < have <= LONGEST_WHY:
            raise fault("why", "error_announcement_length", language=locale, have=have, most=LONGEST_WHY)
        for name in IN_BRACES.findall(given.get(locale, "")):
            raise fault("why", "error_announcement_placeholder", language=locale, name=f"{{{name}}}")


def draft_of(row: AnnouncementRow, city: City, catalogs: Catalogs, why: Why) -> Draft:
    """What is said of one that was published and taken back; in the languages in which that was written."""
    assert row.published_at is not None
    titles, _ = written(in_zone(Notice.of(row, at=row.published_at), ZoneInfo(city.timezone)), city)
    at = {"datetime": city.local(row.published_at).isoformat()}
    reasons = {locale: said.strip() for locale, said in why.items() if said.strip()}
    if reasons and "zh_Hant" not in reasons:
        reasons["zh_Hant"] = traditional(reasons["zh_Hans"])

    def title(locale: Locale) -> str:
        key = "alerts.lifted_title" if row.kind is Kind.ALERT else "announcements.over_title"
        said = catalogs.text(Text(key=key, args={"headline": str(titles[locale])}), locale)
        return fitted(said, LONGEST_TITLE)

    def words(locale: Locale) -> str:
        key = "announcements.over_alert" if row.kind is Kind.ALERT else "announcements.over"
        lines = [catalogs.text(Text(key=key, args={"at": at}), locale)]
        if locale in reasons:
            lines.append(catalogs.text(Text(key="announcements.over_why", args={"why": reasons[locale]}), locale))
        return fitted("\n".join(lines), LONGEST_TEXT)

    languages = [one for one in LOCALES if one in NEEDED or one in row.draft.languages]
    return row.draft.model_copy(
        update={
            "titles": {locale: title(locale) for locale in languages},
            "texts": {locale: words(locale) for locale in languages},
            "mistake": {},
            "link": None,
            "image": None,
            "documents": (),
            "valid_from": None,
            "until": None,
            "public": (),
            "audience": Audience(),
            "schedule": Schedule(quiet=False),
        }
    )
