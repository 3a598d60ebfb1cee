"""Finds values in a text by the patterns of all types, in the order of their ranks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from values.definition import ASKED, SURE, Accepted, Pattern, Trust, ValueType
from values.digits import heard
from values.registry import value_types
from values.writing import normalised


@dataclass(frozen=True)
class Found:
    """A value in a text: `start` and `end` count its code points. `sure`: no context can make it something else."""

    entity: str
    start: int
    end: int
    sure: bool


Search = Callable[[str], "Iterator[re.Match[str]]"]


@lru_cache(maxsize=1)
def _ranked() -> tuple[tuple[Search, str, Pattern], ...]:
    """Patterns that are looked for in every text, with their entities, by rank.

    Their searches stand beside them, since most find nothing: to look them up was a tenth of the time.
    """
    every = [(one.name, pattern) for one in value_types().values() for pattern in one.patterns]
    ranked = sorted((one for one in every if one[1].trust is not ASKED), key=lambda one: one[1].rank)
    return tuple((pattern.regex.finditer, name, pattern) for name, pattern in ranked)


def find(shadowed: str) -> list[Found]:
    """Give what the patterns find in a normalised text, without overlaps, in the order of the text."""
    said = heard(shadowed)
    text = said.text
    kept: list[tuple[int, int, str, bool]] = []
    for search, entity, pattern in _ranked():
        for match in search(text):
            if pattern.holds(match.group()):
                start, end = match.span(pattern.group)
                if not _overlaps(start, end, kept):
                    kept.append((start, end, entity, pattern.trust is SURE))
    return [Found(entity, *said.span(start, end), sure) for start, end, entity, sure in sorted(kept)]


def find_asked(value_type: ValueType, text: str, today: date | None) -> Sequence[str]:
    """What in a text (NFKC) is unmistakably a value of a type for a form that asks for one, as it is written.

    A sure find is; so is one that is less sure and is no sure value of another type, if it can be read.
    """
    if value_type.find is not None:
        return value_type.find(text, today)
    normal = unicodedata.normalize("NFKC", text)
    said = heard(normalised(normal))
    others = [(one.start, one.end) for one in _found(normal) if one.sure and one.entity != value_type.name]
    kept: list[tuple[int, int]] = []
    for pattern in sorted(value_type.patterns, key=lambda one: one.rank):
        for place in _spans(pattern, said.text):
            start, end = said.span(*place)
            if _overlaps(start, end, kept):
                continue
            if pattern.trust is SURE or (
                not _overlaps(start, end, others) and _is_one(value_type, pattern.trust, normal[start:end], today)
            ):
                kept.append((start, end))
    return [normal[start:end] for start, end in sorted(kept)]


def _is_one(value_type: ValueType, trust: Trust, written: str, today: date | None) -> bool:
    return trust is ASKED or (value_type.read is not None and isinstance(value_type.read(written, today), Accepted))


@lru_cache(maxsize=256)
def _found(text: str) -> tuple[Found, ...]:
    return tuple(find(normalised(text)))


def _spans(pattern: Pattern, text: str) -> Iterator[tuple[int, int]]:
    for match in pattern.regex.finditer(text):
        if pattern.holds(match.group()):
            yield match.span(pattern.asked)


def _overlaps(start: int, end: int, others: Sequence[tuple[int, int] | tuple[int, int, str, bool]]) -> bool:
    return any(start < other[1] and other[0] < end for other in others)
