"""A place in a list: 第二个, "the last one"."""

from __future__ import annotations

import re

from values.definition import HINT, ValueType, pattern
from values.numbers import number
from values.words import ALONE, END, NUMBER
from values.writing import plain

CLASSIFIER = "[个间家单班条项笔张件辆趟位份场句样架部只套款行本支户]"


_NAMED = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_LAST = ("最后", "last", "尾")


def ordinal(said: str) -> int | None:
    """The number of an ordinal, -1 for the last one, or None."""
    word = plain(said).strip()
    if any(last in word for last in _LAST):
        return -1
    core = re.sub(r"(?<=\d)(?:st|nd|rd|th)$", "", word.removeprefix("第").rstrip("个条项号家路种站笔单张"))
    if core in _NAMED:
        return _NAMED.index(core) + 1
    return number(core) or None


TYPE = ValueType(
    "ordinal",
    patterns=(
        pattern(880, HINT, rf"(?:倒数)?第[{NUMBER}\d]+(?![次日天时种代]|人民|医院|中学|小学|附属){CLASSIFIER}?"),
        pattern(890, HINT, rf"(?:最[后尾]|头|前|尾)[{NUMBER}嗰]{CLASSIFIER}"),
        pattern(900, HINT, rf"(?:最[后尾]|头|前)[{NUMBER}嗰]|尾[{NUMBER}]"),
        pattern(910, HINT, rf"{ALONE}(?:second|third) (?:to )?last{END}"),
        pattern(920, HINT, rf"{ALONE}(?:first|second|third|fourth|fifth|last|\d(?:st|nd|rd|th)){END}"),
    ),
)
