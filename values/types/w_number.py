"""W and eight digits: an old permit, or a repair. The sentence decides."""

from __future__ import annotations

from values.definition import HINT, ValueType, pattern
from values.words import ALONE, END

TYPE = ValueType(
    "w_number",
    patterns=(pattern(110, HINT, rf"{ALONE}w\d{{8}}{END}"),),
)
