"""A choice or a line by its number."""

from __future__ import annotations

from values.definition import HINT, ValueType, pattern
from values.words import ALONE, END, ENGLISH_HOUR

TYPE = ValueType(
    "numbered",
    patterns=(
        pattern(
            850,
            HINT,  # a choice, or a line
            rf"{ALONE}(?:(?:option|choice|numbers?|no\.?|nr\.?) |#)(?P<value>\d|{ENGLISH_HOUR}){END}",
        ),
    ),
)
