"""The numbers of a house, which are no line and no day."""

from __future__ import annotations

from values.definition import HINT, ValueType, pattern
from values.words import ALONE, END, NUMBER

TYPE = ValueType(
    "house",
    patterns=(
        pattern(
            260,
            HINT,  # the numbers of a house are no line and no day
            rf"(?:(?:\d+|[{NUMBER}]+)(?:号楼|号院|幢|栋|单元|室|弄))+"
            rf"|{ALONE}(?:building|block|flat|unit|room|window|gate) \d+{END}",
        ),
    ),
)
