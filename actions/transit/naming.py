"""Names as people write them: one spelling for comparing, and the languages of a name."""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

from desk.texts.scripts import converter
from values.writing import has_han

type Names = dict[str, str]
"""A name by language: `zh_Hans` always, `zh_Hant` and `en` where the data have them."""

_BRACKETS = re.compile(r"[(\[（【〔「『<《].*?[)\]）】〕」』>》]")
_NOISE = re.compile(r"[\W_]+")
_ACCENTS = re.compile("[\u0300-\u036f]")
"""Marks over and under Latin letters, as Unicode writes them apart (NFD); those of kana are others."""
_STROKES = str.maketrans("łøđħŧı", "lodhti")
"""Letters whose mark Unicode does not write apart."""
_LOCALES = {
    "zh": "zh_Hans", "zh-cn": "zh_Hans", "zh-hans": "zh_Hans", "zh-hans-cn": "zh_Hans", "zh-sg": "zh_Hans",
    "zh-hant": "zh_Hant", "zh-tw": "zh_Hant", "zh-hk": "zh_Hant", "zh-mo": "zh_Hant", "yue": "zh_Hant",
    "zh-hant-hk": "zh_Hant", "zh-hant-tw": "zh_Hant",
}  # fmt: skip


def locale_of(language: str) -> str | None:
    """Give the catalogs' locale for a BCP 47 tag of a feed, or None where we have none."""
    tag = language.strip().lower().replace("_", "-")
    return _LOCALES.get(tag) or ("en" if tag.split("-")[0] == "en" else None)


def simplified(text: str) -> str:
    """Write Traditional characters as Simplified ones."""
    return converter("t2s").convert(text) if has_han(text) else text


def names_of(text: str, translations: Mapping[str, str], feed_locale: str | None) -> Names:
    """Sort a name of a feed and its translations (by locale) into languages.

    The feed's own language is believed only where the script agrees: feeds say "zh" of English names and the reverse.
    """
    if has_han(text):
        own = feed_locale if feed_locale in ("zh_Hans", "zh_Hant") else None
        own = own or ("zh_Hans" if simplified(text) == text else "zh_Hant")
    else:
        own = "en"
    names = {own: text, **{locale: value for locale, value in translations.items() if value}}
    if "zh_Hans" not in names:
        names["zh_Hans"] = simplified(names["zh_Hant"]) if "zh_Hant" in names else names["en"]
    return names


def spelt(text: str) -> str:
    """Spell a text as anybody can type it: NFKC, Simplified, lower case, Latin letters without accents."""
    bare = _ACCENTS.sub("", unicodedata.normalize("NFD", simplified(unicodedata.normalize("NFKC", text)).casefold()))
    return unicodedata.normalize("NFC", bare).translate(_STROKES)


@lru_cache(maxsize=20_000)
def plain(text: str) -> str:
    """Spell a text for comparing: as anybody can type it, nothing but letters and digits."""
    return _NOISE.sub("", spelt(text))


def without_brackets(text: str) -> str:
    """Leave out what stands in brackets, unless nothing else remains."""
    rest = _BRACKETS.sub(" ", text).strip()
    return rest or text


@lru_cache(maxsize=20_000)
def pinyin(text: str) -> str:
    """Give the pinyin without tones, joined: gong chen qiao → gongchenqiao; what is not Chinese stays."""
    return "".join(lazy_pinyin(plain(text), errors="default"))


@lru_cache(maxsize=20_000)
def initials(text: str) -> str:
    """Give the first letters of the pinyin: gongchenqiao → gcq."""
    return "".join(lazy_pinyin(plain(text), style=Style.FIRST_LETTER, errors="default"))
