"""Numbers of passports: of any country eight or nine letters and digits, most of them digits (ICAO Doc 9303, part 4).

Chinese ones begin with E, or with E and a letter that is neither I nor O, and have nine characters; G and eight digits
are older. Others have digits alone (nine), or letters at any place. The bot takes one for a passport only beside its
word; a form that asks for one finds those that begin with letters, and takes any that is the whole answer.
"""

from __future__ import annotations

import re
from datetime import date

from values.definition import ASKED, HINT, Accepted, Reading, Rejected, ValueType, pattern
from values.digits import as_digits
from values.words import ALONE, END
from values.writing import compact

_FORM = r"[a-z]{1,2}\d{7,8}|\d{9}|(?=[a-z\d]{0,8}[a-z])(?=(?:[a-z]*\d){5})[a-z\d]{8,9}"
_CODE = re.compile(_FORM, re.IGNORECASE)
_LIKE_CHINESE = re.compile(r"E[A-Z]?\d+")
_CHINESE = re.compile(r"(?:E[A-HJ-NP-Z]\d{7}|[EG]\d{8})")


def read(written: str, _: date | None = None) -> Reading:
    """Read a number; one that begins like a Chinese one has that form."""
    code = compact(as_digits(written))
    if (_CHINESE if _LIKE_CHINESE.fullmatch(code) else _CODE).fullmatch(code):
        return Accepted(code)
    return Rejected("passport.wrong_form", {"given": len(code)})


def attempts(text: str) -> bool:
    """A letter or two and about so many digits, or as passports of other countries are numbered."""
    code = compact(as_digits(text))
    return re.fullmatch(r"[A-Z]{1,3}\d{6,9}", code) is not None or _CODE.fullmatch(code) is not None


TYPE = ValueType(
    "passport",
    patterns=(
        pattern(
            105,
            HINT,
            r"(?:护照|(?<![a-z])passport)(?: ?(?:号码?|number|no\.?|is|是|系)|[\s:：#])*"
            rf"(?P<value>{_FORM}){END}",
        ),
        pattern(2040, ASKED, rf"{ALONE}[a-z]{{1,2}}\d{{7,8}}{END}"),
    ),
    read=read,
    attempts=attempts,
    shown=lambda value: f"{'*' * (len(value) - 4)}{value[-4:]}",
)
