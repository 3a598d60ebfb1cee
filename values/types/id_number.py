"""Numbers of resident identity cards, GB 11643-1999: region, date of birth, sequence (odd: male), check digit."""

from __future__ import annotations

import re
from datetime import date

from stdnum.cn import ric

from values.definition import ASKED, SURE, Accepted, Mask, Reading, Rejected, ValueType, pattern
from values.digits import CROSS, as_digits
from values.words import ALONE, END
from values.writing import GAP, compact, plain

LENGTH = 18
OLD_LENGTH = 15
_LAST = (
    r"(?:[\s,，、.。-]|还有|再加|加上?|(?<![a-z])and(?![a-z])|个"
    r"|(?:最[后尾]|末|尾)(?:的|[一1那]?[个位]|[尾位数号])*(?:数字|字母|号码)?"
    r"|(?:the )?(?:last|final)(?: (?:one|digit|character|letter))?"
    r"|字母|大写|是|系|为|就|(?<![a-z])(?:is|it's|an?|capital|letter)(?![a-z]))*"
)
"""What may stand before the last character: 最后一个是, "and the last one is"."""
_X = rf"(?:{CROSS}|x|ex|ecks|cross)(?![a-z0-9])"
_SAID_X = re.compile(rf"{_LAST}{_X}[\s.。!！]*$")
_MASKED = re.compile(rf"(?<![0-9A-Za-z])(\d{{4}})(?:{GAP}\d){{10,13}}{GAP}(\d{{3}}{GAP}[\dXx])(?![0-9A-Za-z])")


def read(written: str, today: date | None = None) -> Reading:
    """Read a number; who is born later than today has none."""
    code = _code(written)
    if len(code) == OLD_LENGTH and code.isdigit():
        return Rejected("id_number.old")
    if not re.fullmatch(r"[0-9X]+", code):
        return Rejected("id_number.wrong_character")
    if len(code) != LENGTH:
        return Rejected("id_number.wrong_length", {"given": len(code)})
    if "X" in code[:-1]:
        return Rejected("id_number.wrong_character")
    birth = born(code)
    if birth is None or birth > (today or date.max):
        return Rejected("id_number.no_birth_date")
    if ric.calc_check_digit(code) != code[-1]:
        return Rejected("id_number.wrong_check_digit")
    return Accepted(code)


def _code(written: str) -> str:
    """A number in its one form, with its last character where that is said in words."""
    return compact(as_digits(_SAID_X.sub(" x", plain(written))))


def masked(value: str) -> str:
    """A number with its first and last four characters."""
    return f"{value[:4]}{'*' * (LENGTH - 8)}{value[-4:]}"


def born(value: str) -> date | None:
    """The date of birth in a number, or None if it is none."""
    try:
        return date(int(value[6:10]), int(value[10:12]), int(value[12:14]))
    except ValueError:
        return None


def age_on(value: str, day: date) -> int:
    """Full years of the holder on a day, as the law counts: from the birthday on.

    Raises:
        ValueError: the number has no date of birth.
    """
    birth = born(value)
    if birth is None:
        raise ValueError("No date of birth.")
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def is_male(value: str) -> bool:
    """Whether the holder is registered as a man."""
    return int(value[16]) % 2 == 1


def _is_id_number(text: str) -> bool:
    """A right check digit, or a date of birth: then it is a mistyped number, and the dialogue says so."""
    code = compact(text)
    birth = born(code)
    return ric.calc_check_digit(code) == code[-1] or (birth is not None and birth.year >= 1900)


TYPE = ValueType(
    "id_number",
    patterns=(
        pattern(20, SURE, rf"{ALONE}\d{{6}}[\s-]?\d{{8}}[\s-]?\d{{3}}[\dx]{END}", holds=_is_id_number),
        pattern(2010, ASKED, rf"{ALONE}\d(?:[ \-]?\d){{16}}[ \-]?[\dx]{END}"),  # whatever its date and check digit say
        pattern(2011, ASKED, rf"{ALONE}\d(?:[ \-]?\d){{16}}{_LAST}{_X}"),  # its X said, or spelt out
    ),
    read=read,
    attempts=lambda text: re.fullmatch(r"[0-9X]{12,20}", _code(text)) is not None,
    shown=masked,
    mask=Mask(10, _MASKED, lambda found: f"{found[1]}****{re.sub(r'[^0-9Xx]', '', found[2])}"),
)
