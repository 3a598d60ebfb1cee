"""Cells of CSV that a spreadsheet takes for what they say, and never for a formula (OWASP, CSV injection)."""

import re
from collections.abc import Iterable

BEGINS = re.compile(r"[=+\-@\t\r\n\uff0b\uff0d\uff1d\uff20]")
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def cells(values: Iterable[object]) -> list[object]:
    """A row as it may be written; text that would be computed begins with an apostrophe, and numbers stay numbers."""
    return [_cell(value) if isinstance(value, str) else value for value in values]


def _cell(value: str) -> str:
    return f"'{value}" if BEGINS.match(value) and NUMBER.fullmatch(value) is None else value
