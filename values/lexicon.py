"""Words and patterns as data: `<module>.yml` beside the module that reads them. All environments stand on it.

An entry is a list of words or one regular expression. In an expression `<name>` stands for any of the words of that
list, or for that expression, of the same file; groups are written as `(?P<name>…)`, which it is not mistaken for.
"""

from __future__ import annotations

import re
from pathlib import Path
from re import Pattern
from typing import Any

import yaml

_NAMED = re.compile(r"(?<!\(\?P)(?<!\(\?)<(\w+)>")


class LexiconError(ValueError):
    """A file of words is not as it must be."""


class Lexicon:
    """The entries of one file."""

    def __init__(self, path: Path, entries: dict[str, Any]) -> None:
        self._path = path
        self._entries = entries

    def __getitem__(self, name: str) -> tuple[str, ...]:
        """The words of a list, in its order."""
        found = self._of(name)
        if not isinstance(found, list):
            raise LexiconError(f"{self._path}: {name} is no list of words.")
        return tuple(found)

    def by_name(self, name: str) -> dict[str, Any]:
        """An entry that is a mapping: what is said by key."""
        found = self._of(name)
        if not isinstance(found, dict):
            raise LexiconError(f"{self._path}: {name} is no mapping.")
        return dict(found)

    def written(self, name: str) -> str:
        """An entry as a regular expression: of a list any of its words."""
        found = self._of(name)
        if isinstance(found, str):
            return _NAMED.sub(lambda named: f"(?:{self.written(named[1])})", found)
        if isinstance(found, list):
            return "|".join(map(re.escape, found))
        raise LexiconError(f"{self._path}: {name} is no pattern.")

    def text(self, name: str) -> str:
        """An entry that is one text, as it is written."""
        found = self._of(name)
        if not isinstance(found, str):
            raise LexiconError(f"{self._path}: {name} is no text.")
        return found

    def pattern(self, name: str, flags: int = 0) -> Pattern[str]:
        """An entry as a compiled expression."""
        try:
            return re.compile(self.written(name), flags)
        except re.error as exc:
            raise LexiconError(f"{self._path}: {name} cannot be read as a pattern: {exc}.") from exc

    def names(self) -> tuple[str, ...]:
        """The names of all entries."""
        return tuple(self._entries)

    def _of(self, name: str) -> Any:
        try:
            return self._entries[name]
        except KeyError:
            raise LexiconError(f"{self._path} has no entry {name}.") from None


def lexicon(module: str) -> Lexicon:
    """The words of a module, which gives its `__file__`.

    Raises:
        LexiconError: there is no such file, or it is no mapping of names to words.
    """
    path = Path(module).with_suffix(".yml")
    try:
        entries = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (OSError, yaml.YAMLError) as exc:
        raise LexiconError(f"{path} cannot be read: {exc}.") from exc
    if not isinstance(entries, dict) or not all(isinstance(name, str) for name in entries):
        raise LexiconError(f"{path} is no mapping of names to words.")
    return Lexicon(path, entries)
