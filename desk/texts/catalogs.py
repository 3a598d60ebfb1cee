"""Texts of the catalogs in the resident's language: `Text` and `Reply` with arguments become sentences.

The files are the matter of `desk/texts/catalog_files.py`.

A text that cannot be said whole is not said: a missing key or argument is a `TextFault`. Tests and `desk check` use
`Catalogs(folder, strict=True)`, which raises it. In service the turn must not die of it and nobody may overlook it:
the fault is logged as an error, counted (`desk_text_faults_total`), and the resident reads the same text in another
language, or `common.error` if there is none; a button or card at fault is left out, since the text is complete without.
"""

import copy
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import Literal, NoReturn

import structlog
from prometheus_client import Counter
from pydantic import JsonValue, TypeAdapter, ValidationError

from desk.contract.board import Board
from desk.contract.errors import DeskError
from desk.contract.messages import Button, Card, Manner, Reply, Text
from desk.contract.rendered import (
    PaymentState,
    RenderedBoard,
    RenderedButton,
    RenderedCard,
    RenderedLink,
    RenderedMessage,
    RenderedRow,
)
from desk.contract.wire import LOCALES, Locale
from desk.texts.boards import rendered_board
from desk.texts.catalog_files import MARK, catalog_problems, compile_catalogs, load_compiled
from desk.texts.scripts import converter
from values.lexicon import lexicon

__all__ = [
    "LANGUAGE_TAGS",
    "Catalogs",
    "TextFault",
    "catalog_problems",
    "compile_catalogs",
    "spoken_name",
    "traditional",
    "with_weekday",
]

log = structlog.get_logger(__name__)
FAULTS = Counter("desk_text_faults_total", "Texts that could not be said in a language", ["key", "locale"])

LINE = f"{MARK}line"
"""After a key: what may stand above cards or buttons in place of the text."""
NEAR = {0: "day.today", 1: "day.tomorrow", 2: "day.after_tomorrow"}
"""How days are called that are so many days ahead."""
APOLOGY = "common.error"
_WORDS = lexicon(__file__)
CLDR: dict[Locale, str] = {"zh_Hans": "zh_Hans", "zh_Hant": "zh_Hant", "en": "en_GB"}
MONEY: dict[str, str] = _WORDS.by_name("money")
WEEKDAY: dict[Locale, str] = {"en": "EEEE d MMMM y"}
"""How a day is written with its weekday, where it is not the CLDR's full form (which has a comma in English)."""
DATETIME: dict[Locale, str] = {"zh_Hans": "{} {}", "zh_Hant": "{} {}", "en": "{}, {}"}
LANGUAGE_TAGS: dict[Locale, str] = {"zh_Hans": "zh-Hans", "zh_Hant": "zh-Hant", "en": "en"}  # BCP 47, for `lang=`

# s2tw changes characters and no words (a name stays the name it is), and chooses the forms that readers of Traditional
# script everywhere know; s2t and s2hk choose rarer ones for crowd, do, clinic, household and say. What readers in Hong
# Kong, Macau and Guangdong write otherwise (within, what, what goes on) stands among the corrections.
_TRADITIONAL = "s2tw"

_CORRECTIONS = [(re.compile(wrong), right) for wrong, right in _WORDS.by_name("corrections").items()]
"""Where the conversion takes a word for another one: a pattern, and what is written instead."""

_texts = TypeAdapter(list[Text])


# Regions and scripts of BCP 47 tags that read Traditional characters.
TRADITIONAL = frozenset({"hant", "tw", "hk", "mo"})
SIMPLIFIED = "hans"


class TextFault(DeskError):
    """A text cannot be said: its key is in no catalog of the language, or an argument is missing or malformed."""


@lru_cache(maxsize=10_000)
def traditional(simplified: str) -> str:
    """Write a Simplified text in Traditional characters; words stay as they are."""
    written = str(converter(_TRADITIONAL).convert(simplified))
    for wrong, right in _CORRECTIONS:
        written = wrong.sub(right, written)
    return written


def seal_of(names: Mapping[str, str | None], locale: Locale) -> str:
    """The character that stands for a place: the first of its Chinese name, in the script of the language."""
    return spoken_name(names, "zh_Hant" if locale == "zh_Hant" else "zh_Hans")[0]


def locale_of(tag: str) -> Locale | None:
    """Map a BCP 47 tag to a language of ours: zh-HK is zh_Hant, zh-Hans-HK is zh_Hans, en-GB is en, de is none."""
    primary, *rest = tag.strip().lower().replace("_", "-").split("-")
    if primary == "en":
        return "en"
    if primary == "yue":
        return "zh_Hans" if SIMPLIFIED in rest else "zh_Hant"
    if primary == "zh":
        return "zh_Hant" if SIMPLIFIED not in rest and TRADITIONAL & set(rest) else "zh_Hans"
    return None


def spoken_name(names: Mapping[str, str | None], locale: Locale) -> str:
    """Choose a name for a language: zh_Hant is derived where absent, en falls back to zh_Hans.

    Raises:
        ValueError: there is neither that language nor zh_Hans.
    """
    given = names.get(locale)
    if given:
        return given
    simplified = names.get("zh_Hans")
    if not simplified:
        raise ValueError(f"A name has neither {locale} nor zh_Hans: it has {sorted(names)}.")
    return traditional(simplified) if locale == "zh_Hant" else simplified


class Catalogs:
    """All catalogs of a folder, compiled.

    Args:
        folder: the `locales/` folder.
        strict: raise a `TextFault` instead of reporting it and saying something else.

    Raises:
        StartError: a catalog is absent, not compiled, or older than its source.
    """

    def __init__(self, folder: Path, *, strict: bool = False) -> None:
        self._strict = strict
        loaded = {locale: load_compiled(folder, locale) for locale in LOCALES}
        self._translations = {locale: translations for locale, (translations, _) in loaded.items()}
        self._keys = {locale: keys for locale, (_, keys) in loaded.items()}
        self._manners: dict[Manner, Catalogs] = {}
        self._mark = ""

    def in_manner(self, manner: Manner) -> "Catalogs":
        """The same catalogs as they speak in a manner: `<key>@<manner>` where there is such a text, else `<key>`."""
        if manner == "standard":
            return self
        if manner not in self._manners:
            spoken = copy.copy(self)
            spoken._mark = f"{MARK}{manner}"
            self._manners[manner] = spoken
        return self._manners[manner]

    def keys(self, locale: Locale) -> frozenset[str]:
        """All keys that a language has."""
        return self._keys[locale]

    def section(self, prefix: str, locale: Locale) -> dict[str, str]:
        """All texts whose key begins with `prefix`, unformatted, by the rest of the key: what a page's scripts need."""
        translations = self._translations[locale]
        found = sorted(key for key in self._keys[locale] if key.startswith(prefix))
        return {key.removeprefix(prefix): translations.gettext(key) for key in found}

    def text(self, text: Text, locale: Locale) -> str:
        """Say one text in a language. Argument forms are those of `desk.contract.messages.Text`.

        Raises:
            TextFault: only when strict.
        """
        try:
            return self._say(text, locale)
        except TextFault as fault:
            self._report(fault, text, locale)
        for other in LOCALES:
            try:
                return self._say(text, other)
            except TextFault:
                continue
        return self._say(Text(key=APOLOGY), locale)

    def name(self, names: Mapping[str, str | None], locale: Locale) -> str:
        """Choose a name of the data for a language; see `spoken_name`."""
        return spoken_name(names, locale)

    def render(
        self, reply: Reply, locale: Locale, payments: Mapping[str, PaymentState] | None = None
    ) -> RenderedMessage:
        """Say a reply with its buttons and cards; `payments` are the orders that cards may be of, by number.

        Raises:
            TextFault: only when strict.
        """
        return RenderedMessage(
            text=self.text(reply, locale),
            locale=locale,
            line=self._line(reply, locale),
            links=[
                RenderedLink(kind=kind, title=self.text(title, locale), url=url)
                for kind, url, title in _links(reply.args)
            ],
            buttons=self._buttons(reply.buttons, locale),
            cards=[
                card for card in (self._card(card, locale, payments or {}) for card in reply.cards) if card is not None
            ],
        )

    def board(self, board: Board, locale: Locale) -> RenderedBoard:
        """Say the board of a stop.

        Raises:
            TextFault: one of its texts cannot be said.
        """
        return rendered_board(board, locale, lambda text: self._say(text, locale))

    def _line(self, reply: Reply, locale: Locale) -> str | None:
        """What may stand above the cards or buttons of a reply, `<key>@line`; None where there is no such text."""
        key = f"{reply.key}{LINE}"
        return self.text(Text(key=key, args=reply.args), locale) if key in self._keys[locale] else None

    def _buttons(self, buttons: Iterable[Button], locale: Locale) -> list[RenderedButton]:
        rendered = []
        for button in buttons:
            try:
                title = self._say(button.title, locale)
                rendered.append(RenderedButton(title=title, payload=button.payload, url=button.url))
            except TextFault as fault:
                self._report(fault, button.title, locale)
        return rendered

    def _card(self, card: Card, locale: Locale, payments: Mapping[str, PaymentState]) -> RenderedCard | None:
        try:
            return RenderedCard(
                kind=card.kind,
                title=self._say(card.title, locale),
                rows=[
                    RenderedRow(label=self._say(row.label, locale), value=self._say(row.value, locale))
                    for row in card.rows
                ],
                buttons=self._buttons(card.buttons, locale),
                payment=None if card.order is None else payments.get(card.order),
                board=None if card.board is None else self.board(card.board, locale),
            )
        except TextFault as fault:
            self._report(fault, card.title, locale)
            return None

    def _report(self, fault: TextFault, text: Text, locale: Locale) -> None:
        if self._strict:
            raise fault
        FAULTS.labels(key=text.key, locale=locale).inc()
        log.error("text_fault", key=text.key, locale=locale, arguments=sorted(text.args), detail=str(fault))

    def _say(self, text: Text, locale: Locale) -> str:
        sentence = self._sentence(text, locale)
        arguments = {name: self._argument(value, locale, text.key, name) for name, value in text.args.items()}
        try:
            return sentence.format_map(arguments)
        except KeyError as exc:
            raise TextFault(f"{text.key} ({locale}) needs argument {exc}; it got {sorted(arguments)}.") from exc
        except (ValueError, IndexError, AttributeError) as exc:
            raise TextFault(f"{text.key} ({locale}) has a malformed placeholder: {exc}.") from exc

    def _sentence(self, text: Text, locale: Locale) -> str:
        if text.key not in self._keys[locale]:
            raise TextFault(
                f"{text.key} is not in the catalog {locale}: add it to locales/{locale}, then `desk check`."
            )
        translations, count = self._translations[locale], text.args.get("count")
        marked = f"{text.key}{self._mark}"
        key = marked if self._mark and marked in self._keys[locale] else text.key
        if isinstance(count, int) and not isinstance(count, bool):
            plural = translations.ngettext(key, key, count)
            if plural != key:
                return plural
        return translations.gettext(key)

    def _argument(self, value: JsonValue, locale: Locale, key: str, name: str) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        try:
            match value:
                case {"money": str(amount), **rest} if not rest:
                    return MONEY[locale].format(f"{Decimal(amount):.2f}")
                case {"name": dict(names), **rest} if not rest:
                    return spoken_name(
                        {tag: said if isinstance(said, str) else None for tag, said in names.items()}, locale
                    )
                case {"day": str(day), "today": str(today), **rest} if not rest:
                    return self._near(date.fromisoformat(day), date.fromisoformat(today), locale)
                case {"link": dict(link), **rest} if rest.keys() <= {"title"} and len(link) == 1:
                    return str(next(iter(link.values())))
                case {"text": dict(nested), **rest} if not rest:
                    return self._say(Text.model_validate(nested), locale)
                case {"items": list(items), "join": "lines" | "numbered" | "and" | "or" as join, **rest} if not rest:
                    return self._join(_texts.validate_python(items), join, locale)
                case dict() if (moment := _moment(value, locale)) is not None:
                    return moment
                case _:
                    _malformed(key, name, "no form of desk.contract.messages.Text")
        except (InvalidOperation, ValueError, ValidationError) as exc:
            _malformed(key, name, type(exc).__name__)

    def _near(self, day: date, today: date, locale: Locale) -> str:
        """A day with its weekday; one that is near, by that, too."""
        full: JsonValue = {"day": day.isoformat()}
        key = NEAR.get((day - today).days, "card.value")
        return self._say(Text(key=key, args={"value" if key == "card.value" else "day": full}), locale)

    def _join(self, items: Sequence[Text], join: Literal["lines", "numbered", "and", "or"], locale: Locale) -> str:
        from babel.lists import format_list

        said = [self._say(item, locale) for item in items]
        match join:
            case "lines":
                return "\n".join(said)
            case "numbered":
                return "\n".join(f"{number}. {line}" for number, line in enumerate(said, start=1))
            case "and":
                return format_list(said, style="standard", locale=CLDR[locale])
            case "or":
                return format_list(said, style="or", locale=CLDR[locale])


def _links(args: Mapping[str, JsonValue]) -> Iterator[tuple[str, str, Text]]:
    """The addresses in arguments, also in texts within them: kind, address and what it is called, in their order."""
    for value in args.values():
        match value:
            case {"link": dict(link), **rest}:
                for kind, url in link.items():
                    yield kind, str(url), Text.model_validate(rest.get("title") or {"key": f"link.{kind}"})
            case {"text": {"args": dict(nested)}}:
                yield from _links(nested)
            case {"items": list(items)}:
                for item in items:
                    yield from _links(Text.model_validate(item).args)


def _moment(value: Mapping[str, JsonValue], locale: Locale) -> str | None:
    """A day, a month or a time; None: it is none of these."""
    from babel.dates import format_skeleton

    match value:
        case {"date": str(day), **rest} if not rest:
            return _date(date.fromisoformat(day), locale)
        case {"day": str(day), **rest} if not rest:
            return with_weekday(date.fromisoformat(day), locale)
        case {"month": str(month), **rest} if not rest:
            return str(format_skeleton("yMMMM", date.fromisoformat(f"{month}-01"), locale=CLDR[locale]))
        case {"time": str(clock), **rest} if not rest:
            return f"{time.fromisoformat(clock):%H:%M}"
        case {"datetime": str(moment), **rest} if not rest:
            at = datetime.fromisoformat(moment)
            return DATETIME[locale].format(_date(at.date(), locale), f"{at:%H:%M}")
        case _:
            return None


def with_weekday(day: date, locale: Locale) -> str:
    """A day with its weekday, as an official of the language writes it."""
    from babel.dates import format_date

    return str(format_date(day, WEEKDAY.get(locale, "full"), locale=CLDR[locale]))


def _date(day: date, locale: Locale) -> str:
    from babel.dates import format_date

    return str(format_date(day, "long", locale=CLDR[locale]))


def _malformed(key: str, name: str, why: str) -> NoReturn:
    """The value stays out of the message: it may be somebody's plate."""
    raise TextFault(f"{key}: argument {name} is malformed ({why}).")
