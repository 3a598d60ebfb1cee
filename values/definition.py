"""What the file of a value type gives: its name, its patterns, how it is read, and what of it may be seen.

A type is a frozen `ValueType`. What it leaves out it does not have: a type without `read` is asked for by no form.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import TypeAlias

from values.writing import simplified

Json: TypeAlias = "list[Json] | dict[str, Json] | str | bool | int | float | None"


@dataclass(frozen=True)
class Accepted:
    """A value in its one form. `remark` is the key of what the resident is told about it (only a part was taken)."""

    value: str
    remark: str | None = None


@dataclass(frozen=True)
class Rejected:
    """No value. `reason` is the key of a text that says why, with `args`; `guesses` are values that may be meant."""

    reason: str
    args: dict[str, Json] = field(default_factory=dict)
    guesses: tuple[str, ...] = ()


Reading: TypeAlias = Accepted | Rejected


class Trust(Enum):
    """How sure a pattern is."""

    SURE = "sure"
    """A value, whatever stands around it."""
    HINT = "hint"
    """It looks like one: the sentence decides, or a form that asks for such a value and can read it."""
    ASKED = "asked"
    """One only for a form that asks for such a value: nobody else looks for it."""


SURE, HINT, ASKED = Trust.SURE, Trust.HINT, Trust.ASKED


def _always(_: str) -> bool:
    return True


@dataclass(frozen=True)
class Pattern:
    """How a value is written. Of finds that overlap, the one of the lowest `rank` stays; each rank is given once.

    `regex` is searched in the normalised text of a text; its group `value` is the value's span, else all of it is. A
    form reads the group `written` where there is one: of a whole VIN too, though the value is its end. `holds` says of
    the whole find what a regular expression cannot.
    """

    rank: int
    trust: Trust
    regex: re.Pattern[str]
    holds: Callable[[str], bool]
    group: str | int
    asked: str | int


def pattern(rank: int, trust: Trust, written: str, *, holds: Callable[[str], bool] = _always) -> Pattern:
    """Compile a pattern. Its characters may be in any script: they are put into that of the normalised text."""
    regex = re.compile(written.translate(simplified()))
    group = "value" if "value" in regex.groupindex else 0
    return Pattern(rank, trust, regex, holds, group, "written" if "written" in regex.groupindex else group)


@dataclass(frozen=True)
class Mask:
    """What staff see of a value in a text: `write` gives it. `regex` is wider than the patterns, to err on this side.

    Masks are applied by `rank`, the lowest first, to the text as it is written, in half width.
    """

    rank: int
    regex: re.Pattern[str]
    write: Callable[[re.Match[str]], str]


@dataclass(frozen=True)
class Open:
    """What only looks like somebody's number, and is shown to staff: a day, an amount. By `rank`, as masks are."""

    rank: int
    written: str


def _as_it_is(value: str) -> Json:
    return value


def _never(_: str) -> bool:
    return False


@dataclass(frozen=True)
class ValueType:
    """A type of value. `today` is the city's date, where the caller has one.

    Attributes:
        name: the entity.
        patterns: how it is written in a sentence.
        read: reads what is meant to be a value.
        find: finds, in NFKC text, what is unmistakably such a value, as it is written; by default by the patterns.
        attempts: whether a whole text tries to be such a value, perhaps wrongly.
        shown: a value in its one form as an argument of texts for the resident: formatted, masked where due.
        mask: what staff see of it.
        open: how it is written where it only looks like somebody's number, and is not masked.
    """

    name: str
    patterns: tuple[Pattern, ...] = ()
    read: Callable[[str, date | None], Reading] | None = None
    find: Callable[[str, date | None], Sequence[str]] | None = None
    attempts: Callable[[str], bool] = _never
    shown: Callable[[str], Json] = _as_it_is
    mask: Mask | None = None
    open: Open | None = None
