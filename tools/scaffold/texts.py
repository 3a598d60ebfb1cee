"""Texts of a new service as catalogs: Simplified and English from its templates, Traditional by OpenCC."""

from collections.abc import Mapping

from babel.messages.catalog import Catalog
from babel.messages.pofile import generate_po

from desk.contract.wire import LOCALES, Locale
from desk.texts.catalogs import traditional

PLURALS: Mapping[Locale, str] = {
    "zh_Hans": "nplurals=1; plural=0;",
    "zh_Hant": "nplurals=1; plural=0;",
    "en": "nplurals=2; plural=(n != 1);",
}
QUOTES = str.maketrans("“”‘’", "「」『』")

type Forms = str | list[str]
"""A text; several forms where it counts."""


def in_all(texts: Mapping[str, Mapping[str, Forms]]) -> dict[Locale, dict[str, Forms]]:
    """Texts by locale and key; zh_Hant is made from zh_Hans where it is not given, with the quotes of its readers."""
    return {
        locale: {
            key: forms[locale] if locale in forms else _traditional(forms["zh_Hans"]) for key, forms in texts.items()
        }
        for locale in LOCALES
    }


def catalog(locale: Locale, texts: Mapping[str, Forms]) -> str:
    """The catalog file of a locale."""
    made = Catalog(locale=locale)
    for key, forms in texts.items():
        made.add(key if isinstance(forms, str) else (key, key), forms if isinstance(forms, str) else tuple(forms))
    lines = [
        'msgid ""',
        'msgstr ""',
        f'"Language: {locale}\\n"',
        '"Content-Type: text/plain; charset=utf-8\\n"',
        '"Content-Transfer-Encoding: 8bit\\n"',
        f'"Plural-Forms: {PLURALS[locale]}\\n"',
    ]
    entries = "".join(generate_po(made, omit_header=True, width=0))
    return "\n".join(lines) + "\n\n" + entries.strip("\n") + "\n"


def _traditional(forms: Forms) -> Forms:
    if isinstance(forms, str):
        return traditional(forms).translate(QUOTES)
    return [traditional(form).translate(QUOTES) for form in forms]
