"""A language or a script to write in."""

from __future__ import annotations

from values.definition import HINT, ValueType, pattern
from values.words import ALONE, END

TYPE = ValueType(
    "language",
    patterns=(
        pattern(950, HINT, r"(?:简体|繁体)(?:中文|字)?|中文版?|英文版?|[英日法韩俄]语|普通话|国语|广东话|粤语"),
        pattern(
            960,
            HINT,
            rf"{ALONE}(?:(?:traditional|simplified) (?:chinese|characters)|english|chinese|mandarin|cantonese|french"
            rf"|japanese|korean|russian){END}",
        ),
    ),
)
