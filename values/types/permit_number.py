"""Permits to travel to Hong Kong, Macau and Taiwan: a letter and eight digits; since 2015 also two and seven."""

from __future__ import annotations

import re
from datetime import date

from values.definition import ASKED, HINT, SURE, Accepted, Reading, Rejected, ValueType, pattern
from values.digits import as_digits
from values.words import ALONE, END
from values.writing import compact


def read(written: str, _: date | None = None) -> Reading:
    """Read a number of a permit to Hong Kong and Macau; W began old ones."""
    code = compact(as_digits(written))
    if re.fullmatch(r"[CW](?:\d{8}|[A-Z]\d{7})", code):
        return Accepted(code)
    return Rejected("permit_number.wrong_form", {"given": len(code)})


TYPE = ValueType(
    "permit_number",
    patterns=(
        # W, as old ones have it, begins numbers of repairs too
        pattern(90, SURE, rf"{ALONE}[chmt](?:\d{{8}}|[a-z]\d{{7}}){END}"),
        pattern(
            100,
            HINT,
            r"(?:通行证|证件?号?码?|[旧舊]嗰?本|permit|booklet|card|old one)"
            rf"(?:号码?|编号|number|no\.?|is|是|系|[\s:：])*(?P<value>w\d{{8}}){END}",
        ),
        pattern(2020, ASKED, rf"{ALONE}[cw](?:\d{{8}}|[a-z]\d{{7}}){END}"),
    ),
    read=read,
    attempts=lambda text: re.fullmatch(r"[A-Z]{0,2}\d{6,10}", compact(as_digits(text)).upper()) is not None,
    shown=lambda value: f"{'*' * (len(value) - 4)}{value[-4:]}",
)
