"""How texts speak: no word of `locales/words.yml`, and signs as those of print (docs/explanation/voice.md)."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from architecture.sources import ROOT

from desk.city.yaml_files import read_yaml
from desk.contract.wire import LOCALES
from desk.texts.catalog_files import forms_of, key_of, read_catalog

WORDS: dict[str, dict[str, dict[str, dict[str, str]]]] = read_yaml(ROOT / "locales" / "words.yml")
CHINESE = ("zh_Hans", "zh_Hant")
HAN = "[\u3400-\u9fff]"
COUNTED = r"\{(?:count|days|hours|minutes|metres|place|many|shown|left|points)\}"
NOT_SAID = {"answers", "asked", "sources", "words"}
"""Parts of data files that no text says so: how residents ask, what is looked for, names of laws."""


@cache
def texts(locale: str) -> tuple[tuple[str, str], ...]:
    """All texts of a catalog, plural forms too, by their key."""
    files = sorted((ROOT / "locales" / locale / "LC_MESSAGES").glob("*.po"))
    messages = [message for path in files for message in read_catalog(path, locale) if key_of(message)]
    return tuple((key_of(message), form) for message in messages for form in forms_of(message))


def reader(key: str) -> str:
    """Who reads a text."""
    return "staff" if key.startswith("console.") else "residents"


def faults(locale: str, of: str, said: Iterator[tuple[str, str]]) -> Iterator[str]:
    """What some texts say that readers are not told, and what they are told instead."""
    rules = WORDS[locale].get("everybody", {}) | WORDS[locale].get(of, {})
    for key, text in said:
        for pattern, rule in rules.items():
            if found := re.search(pattern, text):
                yield f"{key}: {found[0]} → {rule['say']} ({rule['why']})"


@pytest.mark.parametrize("of", ["residents", "staff"])
@pytest.mark.parametrize("locale", LOCALES)
def test_no_text_uses_a_word_to_avoid(locale: str, of: str) -> None:
    """One thing has one name, of the place where its readers live, and no word is an office's where people have one."""
    assert list(faults(locale, of, (one for one in texts(locale) if reader(one[0]) == of))) == []


def said_in(data: Any, where: str) -> Iterator[tuple[str, str]]:
    """All that a data file says in Traditional characters, by where it stands."""
    if isinstance(data, dict):
        if isinstance(text := data.get("zh_Hant"), str):
            yield where, text
        for name, part in data.items():
            if name not in NOT_SAID:
                yield from said_in(part, f"{where}/{name}")
    elif isinstance(data, list):
        for number, part in enumerate(data):
            yield from said_in(part, f"{where}/{number}")


@pytest.mark.parametrize("files", ["nlu/*/facts.yml", "nlu/safety/*/*.yml", "guides/*.yml", "cities/shared/*.yml"])
def test_data_in_traditional_characters_speak_as_the_catalog(files: str) -> None:
    """Facts, emergencies, guides and what all cities share stand beside its texts, in one conversation."""
    said = [one for path in sorted(ROOT.glob(files)) for one in said_in(read_yaml(path), str(path.relative_to(ROOT)))]
    assert said
    assert list(faults("zh_Hant", "residents", iter(said))) == []


def test_every_word_to_avoid_has_another_one_and_a_reason() -> None:
    """For languages that there are, and readers that there are; a pattern is one."""
    assert set(WORDS) == set(LOCALES)
    for locale, readers in WORDS.items():
        assert readers.keys() <= {"everybody", "residents", "staff"}, locale
        for pattern, rule in (each for rules in readers.values() for each in rules.items()):
            re.compile(pattern)
            assert set(rule) == {"say", "why"}, pattern
            assert all(isinstance(part, str) and part for part in rule.values()), pattern


def test_words_to_avoid_are_found() -> None:
    """A text that says one is told what is said instead: the tests above can fail."""
    said = [("some.key", "請坐公車"), ("other.key", "請搭巴士")]
    assert list(faults("zh_Hant", "residents", iter(said))) == ["some.key: 公車 → 巴士 (of Taiwan)"]


@pytest.mark.parametrize("locale", CHINESE)
def test_chinese_signs_are_wide(locale: str) -> None:
    """Beside a Chinese character stands ，not a comma of Latin letters, and a rest is … and not three dots."""
    narrow = re.compile(rf"{HAN}(?:[,;?!()]|:(?!{HAN}))|[,;?!()]{HAN}|\.\.\.")
    assert [key for key, text in texts(locale) if narrow.search(text)] == []


@pytest.mark.parametrize("locale", CHINESE)
def test_counts_stand_close_to_what_is_counted(locale: str) -> None:
    """第3位, 5天内: no space. A reference, which is copied, has one."""
    apart = re.compile(rf"{HAN} {COUNTED}|{COUNTED} {HAN}")
    assert [key for key, text in texts(locale) if reader(key) == "residents" and apart.search(text)] == []
