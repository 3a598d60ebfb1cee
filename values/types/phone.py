"""Mobile telephone numbers of the mainland: eleven digits from 13 to 19. Landlines are known, and not taken."""

from __future__ import annotations

import re
from datetime import date

from values.definition import SURE, Accepted, Mask, Reading, Rejected, ValueType, pattern
from values.digits import as_digits
from values.words import ALONE, END
from values.writing import GAP, compact

LENGTH = 11
_MASKED = re.compile(rf"(?<![0-9A-Za-z])(?:\+?86{GAP})?1[3-9](?:{GAP}\d){{5}}(?:{GAP}\d){{4}}(?![0-9A-Za-z])")


def read(written: str, _: date | None = None) -> Reading:
    """Read a number, with the country's code or without."""
    digits = compact(as_digits(written)).removeprefix("+")
    if digits.startswith("86") and len(digits) == LENGTH + 2:
        digits = digits.removeprefix("86")
    if not digits.isdigit():
        return Rejected("phone.wrong_character")
    if digits.startswith("0") or len(digits) in (7, 8):
        return Rejected("phone.landline")
    if len(digits) != LENGTH:
        return Rejected("phone.wrong_length", {"given": len(digits)})
    if not re.fullmatch(r"1[3-9]\d{9}", digits):
        return Rejected("phone.no_mobile")
    return Accepted(digits)


def masked(value: str) -> str:
    """A number with its last four digits."""
    return f"{'*' * (len(value) - 4)}{value[-4:]}"


TYPE = ValueType(
    "phone",
    patterns=(
        pattern(60, SURE, rf"(?<![a-z0-9+])(?:\+?86[\s-]?)?1[3-9]\d[\s-]?\d{{4}}[\s-]?\d{{4}}{END}"),
        pattern(70, SURE, rf"{ALONE}0\d{{2,3}}[\s-]\d{{7,8}}{END}"),
    ),
    read=read,
    attempts=lambda text: re.fullmatch(r"\+?\d{7,14}", compact(as_digits(text))) is not None,
    shown=masked,
    mask=Mask(40, _MASKED, lambda found: f"****{compact(found[0])[-4:]}"),
)
