"""Two numbers with a dot between them: a day, an hour or money."""

from __future__ import annotations

from values.definition import HINT, ValueType, pattern

TYPE = ValueType(
    "dotted",
    patterns=(pattern(750, HINT, r"(?<![\d.])(?:1[0-2]|0?[1-9])\.(?:3[01]|[12]\d|0?[1-9])(?![\d.点元块])"),),
)
