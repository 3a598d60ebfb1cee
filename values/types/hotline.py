"""A hotline that everybody may call."""

from __future__ import annotations

from values.definition import HINT, ValueType, pattern
from values.words import ALONE, END

TYPE = ValueType(
    "hotline",
    patterns=(pattern(190, HINT, rf"{ALONE}(?:12345|12123|12306|12315|12328|12329|12333|12319|95598){END}"),),
)
