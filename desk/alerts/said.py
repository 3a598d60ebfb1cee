"""What an alert says of a city, in the languages that it says it in: as it is kept, and as residents read it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from desk.alerts.cap import Info
from desk.alerts.codes import WORST_FIRST, Severity
from desk.alerts.events import event_code, named
from desk.alerts.rows import AlertRow
from desk.contract.wire import LOCALES, Locale
from desk.texts.catalogs import LANGUAGE_TAGS, locale_of, traditional

TEXTS = ("event", "sender_name", "headline", "description", "instruction", "contact", "web")
OTHERWISE: Mapping[Locale, tuple[Locale, ...]] = {
    "zh_Hans": ("zh_Hans", "zh_Hant", "en"),
    "zh_Hant": ("zh_Hant", "zh_Hans", "en"),
    "en": ("en", "zh_Hans", "zh_Hant"),
}
"""In which language it is read that is not said in one's own. Traditional characters are derived from Simplified."""


def kept(info: Info) -> dict[str, Any]:
    """An info as it is kept: texts, codes, and where it says that it holds."""
    return {
        "language": info.language,
        "categories": [one.value for one in info.categories],
        "responses": [one.value for one in info.responses],
        "urgency": info.urgency.value,
        "severity": info.severity.value,
        "certainty": info.certainty.value,
        "code": event_code(info),
        "areas": [one.description for one in info.areas],
        "expires": None if info.expires is None else info.expires.isoformat(),
        **{name: getattr(info, name) for name in TEXTS},
    }


def gravest(infos: Sequence[Info]) -> Severity:
    """The gravest severity of what is said."""
    return min((one.severity for one in infos), key=WORST_FIRST.index, default=Severity.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Said:
    """An alert in one language. `tag` is the language that its texts are in, which need not be the one asked for.

    Where it is not, the headline begins with what happens in the reader's language, if that is known.
    """

    id: int
    number: str
    tag: str
    severity: str
    urgency: str
    certainty: str
    headline: str
    areas: str
    description: str
    instruction: str
    sender: str
    link: str | None
    since: datetime
    until: datetime
    districts: tuple[str, ...] | None
    categories: tuple[str, ...]


def said(row: AlertRow, locale: Locale) -> Said:
    """An alert as residents who speak a language read it: of the gravest it says in that language, else in another."""
    spoken = {name: [one for one in row.infos if _locale(one) == name] for name in LOCALES}
    found = next((name for name in OTHERWISE[locale] if spoken[name]), None)
    infos = spoken[found] if found is not None else list(row.infos)
    info = min(infos, key=lambda one: WORST_FIRST.index(Severity(one["severity"])))

    def write(text: str | None) -> str:
        return "" if text is None else traditional(text) if (found, locale) == ("zh_Hans", "zh_Hant") else text

    derived = locale if (found, locale) == ("zh_Hans", "zh_Hant") else found
    link = info["web"] or ""
    headline = write(info["headline"] or info["event"])
    if derived != locale:
        headline = named(headline, info.get("code"), locale)  # what was kept before codes were has none
    return Said(
        id=row.id,
        number=row.number or "",
        tag=info["language"] if derived is None else LANGUAGE_TAGS[derived],
        severity=info["severity"],
        urgency=info["urgency"],
        certainty=info["certainty"],
        headline=headline,
        areas=" · ".join(dict.fromkeys(write(area) for one in infos for area in one["areas"])),
        description=write(info["description"]),
        instruction=write(info["instruction"]),
        sender=write(info["sender_name"]) or row.sender,
        link=link if urlsplit(link).scheme == "https" else None,
        since=row.effective,
        until=row.expires,
        districts=row.districts,
        categories=tuple(dict.fromkeys(category for one in infos for category in one["categories"])),
    )


def _locale(info: Mapping[str, Any]) -> Locale | None:
    return locale_of(info["language"])
