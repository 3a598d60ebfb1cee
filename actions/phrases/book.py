"""Reads the phrase files: `<language>.yml` in this folder, all of them, each with the same groups.

A phrase is a regular expression over a folded sentence (`plain`: NFKC, small letters, Simplified characters, without
signs at its ends); `<word>` stands for any of the words of that name in the same file. A file whose language writes
blanks between words says so (`spaced`): its phrases begin and end where words do, also beside a Chinese character
("refund" after Chinese words). A new phrase is a new line of a file.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from actions.transit.naming import simplified
from desk.city.yaml_files import read_yaml
from desk.contract.errors import ConfigurationError
from values.writing import normalised as base_normalised

FOLDER = Path(__file__).parent
SIGNS = " \t\n,，。.!！?？~～、…;；:："
USUAL, RARE = "\u55f0", "\U00020bb6"
"""The Cantonese go2 ("that") as it is typed, and its Simplified form, which nobody types."""
_WORD = re.compile(r"<(\w+)>")
_LETTER = "[^\\W\u3400-\u9fff]"
"""A letter or digit of a word that blanks stand around."""


class PhraseFile(BaseModel):
    """The phrases of one language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    spaced: bool
    words: dict[str, list[str]] = {}
    phrases: dict[str, list[str]]

    def written(self, group: str) -> list[str]:
        """The phrases of a group as regular expressions."""
        found = [_WORD.sub(self._any, phrase) for phrase in self.phrases[group]]
        return [as_word(one) for one in found] if self.spaced else found

    def _any(self, named: re.Match[str]) -> str:
        try:
            return f"(?:{'|'.join(_WORD.sub(self._any, word) for word in self.words[named[1]])})"
        except KeyError:
            raise ConfigurationError(f"actions/phrases: <{named[1]}> is no list of words; add it to `words`.") from None


class Phrases:
    """One group of phrases, in all languages."""

    def __init__(self, name: str, patterns: list[str]) -> None:
        try:
            self._pattern = re.compile("|".join(patterns))
        except re.error as exc:
            raise ConfigurationError(f"actions/phrases: {name} has a phrase that cannot be read: {exc}.") from exc

    def within(self, said: str) -> bool:
        """Whether a folded sentence has one of the phrases."""
        return self._pattern.search(said) is not None

    def whole(self, said: str) -> bool:
        """Whether a folded sentence is one of the phrases, and no more."""
        return self._pattern.fullmatch(said) is not None

    def begins(self, said: str) -> bool:
        """Whether a folded sentence begins with one of the phrases."""
        return self._pattern.match(said) is not None

    def found(self, said: str) -> re.Match[str] | None:
        """Where the first of them stands."""
        return self._pattern.search(said)

    def every(self, said: str) -> Iterator[re.Match[str]]:
        """Where each of them stands."""
        return self._pattern.finditer(said)

    def cut_from(self, text: str) -> str:
        """A sentence as it was written, without the first of the phrases that it has."""
        said = _folded(text)
        written = text if len(said) == len(text) else said
        found = self._pattern.search(said)
        return written if found is None else f"{written[: found.start()]} {written[found.end() :]}"


def as_word(written: str) -> str:
    """An expression that matches where words begin and end: blanks, signs and Chinese characters stand around it."""
    return f"(?<!{_LETTER})(?:{written})(?!{_LETTER})"


@cache
def phrases(name: str) -> Phrases:
    """The group of a name, of all languages.

    Raises:
        ConfigurationError: a file cannot be read, or has no such group.
    """
    every = files()
    if lacking := [language for language, file in every.items() if name not in file.phrases]:
        raise ConfigurationError(f"actions/phrases/{lacking[0]}.yml has no group {name!r}; add it, empty if need be.")
    return Phrases(name, [written for file in every.values() for written in file.written(name)] or ["(?!)"])


@cache
def words(name: str) -> frozenset[str]:
    """The list of words of a name, of all languages.

    Raises:
        ConfigurationError: a file cannot be read, or has no such list.
    """
    every = files()
    if lacking := [language for language, file in every.items() if name not in file.words]:
        raise ConfigurationError(f"actions/phrases/{lacking[0]}.yml has no list {name!r} in `words`; add it.")
    return frozenset(word for file in every.values() for word in file.words[name])


@cache
def files() -> dict[str, PhraseFile]:
    """The files, by language.

    Raises:
        ConfigurationError: one is not as it must be.
    """
    found = {}
    for path in sorted(FOLDER.glob("*.yml")):
        try:
            found[path.stem] = PhraseFile.model_validate(read_yaml(path))
        except ValueError as exc:
            raise ConfigurationError(f"{path.name} is no file of phrases: {exc}") from exc
    return found


def plain(text: str) -> str:
    """A sentence folded as the phrases are written."""
    return _folded(text).strip(SIGNS)


def normalised(text: str) -> str:
    """A text (NFKC) folded likewise, with its signs: as long as it is, so that what is found stands at its place."""
    return base_normalised(text).replace(RARE, USUAL)


def _folded(text: str) -> str:
    return simplified(unicodedata.normalize("NFKC", text)).casefold().replace(RARE, USUAL)  # as people write it
