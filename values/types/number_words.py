"""An English number in words."""

from __future__ import annotations

from values.definition import HINT, ValueType, pattern
from values.words import ALONE, END, ENGLISH_NUMBERS

TYPE = ValueType(
    "number_words",
    patterns=(pattern(980, HINT, rf"{ALONE}(?:{ENGLISH_NUMBERS})(?:[ -](?:and )?(?:{ENGLISH_NUMBERS}))*{END}"),),
)
