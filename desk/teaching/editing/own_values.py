"""Values in lines that a trainer writes: those of persons are invented ones, whatever the trainer has typed. Pure.

`fines of [plate]` is written with a plate of `desk.teaching.formats` in the mark. Values that say nothing of a person
are marked as they stand.
"""

import re

from desk.teaching.formats import SPECIMENS, specimen
from desk.teaching.hiding import ENTITIES, PLACEHOLDER, SHOWN
from desk.teaching.marks import unmarked

MARK = re.compile(r"\[([^\[\]]+)\](?:\((\w+)\)|\{([^{}]*)\})")


class NoValue(ValueError):
    """A value of a person is typed, or its type is none. The message is the mark."""


def with_values(line: str) -> str:
    """A line as it is written into the files.

    Raises:
        NoValue: a mark is none, or has a value of a person.
    """
    for mark in MARK.finditer(line):
        if mark[2] is not None and mark[2] not in SHOWN:
            raise NoValue(mark[0])
    parts, end = [], 0
    for found in PLACEHOLDER.finditer(line):
        if line[found.end() : found.end() + 1] in ("(", "{"):
            continue
        if found[1] not in SPECIMENS:
            raise NoValue(found[0])
        made = specimen(found[1], line, found.start())
        parts += [line[end : found.start()], f"[{made}]({found[1]})" if found[1] in ENTITIES else made]
        end = found.end()
    return "".join([*parts, line[end:]])


def plain_of(line: str) -> str:
    """A line without marks; names of types stay."""
    return unmarked(line)
