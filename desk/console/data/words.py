"""What pages of changes call things, and how a guide reads in each language."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from desk.console import shell
from desk.console.parts import CONSOLE
from desk.contract.wire import LOCALES, Locale
from desk.teaching.editing.changes import Changes
from desk.teaching.editing.rows import Finding
from desk.teaching.editing.sheets import ORDER, NoSheet, Sheet, read
from desk.texts.catalogs import LANGUAGE_TAGS

OF_LANGUAGE = ("about", "said", "asked", "title", "add", "drop")
"""Fields that there are of each language: `said_en`."""
MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class Reading:
    """A guide as it reads in a language; `sections` are in the order of its public page."""

    locale: Locale
    tag: str
    heads: Mapping[str, str]
    sheet: Sheet
    sections: tuple[str, ...]


def changes_of(request: web.Request) -> Changes:
    """The room of changes."""
    console = request.app[CONSOLE]
    return Changes(console.engine, console.library)


class DataWords:
    """The words of a page of changes."""

    def __init__(self, request: web.Request) -> None:
        self._words = shell.words_of(request)
        self._heads = request.app[CONSOLE].library.heads

    def language(self, code: str) -> str:
        """What a language is called."""
        return self._words.t("data_mixed" if code == MIXED else f"ticket_language_{code}")

    def field(self, name: str) -> str:
        """What a field of a change is called."""
        base, _, language = name.partition("_")
        if base in OF_LANGUAGE and language:
            return f"{self._words.t(f'data_field_{base}')}: {self.language(language)}"
        return self.language(name) if name in LOCALES else self._words.t(f"data_field_{name}")

    def finding(self, one: Finding) -> str:
        """What is to be said of a change."""
        return self._words.t(f"edit_found_{one.why}", what=one.what)

    def previews(self, fields: Mapping[str, str]) -> list[Reading]:
        """How a guide reads in the languages whose texts are given; what is no guide is left out."""
        found = []
        for locale in LOCALES:
            heads = self._heads[locale]
            try:
                sheet = read(fields.get(locale, ""), heads)
            except NoSheet:
                continue
            told = tuple(
                name
                for name in ORDER
                if sheet.lines.get(name) or sheet.lists.get(name) or (name == "cases" and sheet.cases)
            )
            if sheet.title:
                found.append(Reading(locale, LANGUAGE_TAGS[locale], heads, sheet, told))
        return found
