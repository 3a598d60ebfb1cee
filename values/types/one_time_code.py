"""A code of six digits, sent to a telephone. It is shown to nobody."""

from __future__ import annotations

import re
from datetime import date

from values.definition import ASKED, HINT, Accepted, Reading, Rejected, ValueType, pattern
from values.digits import as_digits
from values.words import END
from values.writing import compact


def read(written: str, _: date | None = None) -> Reading:
    """Read a code."""
    code = compact(as_digits(written))
    if re.fullmatch(r"\d{6}", code):
        return Accepted(code)
    return Rejected("one_time_code.wrong_form", {"given": len(code)})


TYPE = ValueType(
    "one_time_code",
    patterns=(
        pattern(
            180,
            HINT,
            rf"(?:(?<![a-z])code|otp|验证码|校验码|收到(?:的|个)码|短信码)(?:is|系|是|[\s:：])*(?P<value>\d{{4,6}}){END}",
        ),
        pattern(2030, ASKED, r"(?<!\d)\d{6}(?!\d)"),
    ),
    read=read,
    attempts=lambda text: re.fullmatch(r"\d{4,8}", compact(as_digits(text))) is not None,
    shown=lambda value: "*" * len(value),
)
