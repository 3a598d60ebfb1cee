"""The last six characters of a vehicle identification number (ISO 3779: 17 characters, no I, O, Q)."""

from __future__ import annotations

import re
from datetime import date

from values.definition import HINT, SURE, Accepted, Reading, Rejected, ValueType, pattern
from values.digits import as_digits
from values.words import ALONE, END
from values.writing import compact

VIN_SAID = (
    r"(?:(?<![a-z])vin(?![a-z])|车架号?|[后尾]六位|[后尾]6位)"
    r"(?:后|尾|的|最后|末|六|6|位|数字|是|系|为|就|ends?|ending|in|is|last|six|digits|[\s:：])*"
)
LENGTH, TAIL = 17, 6
NOT_USED = frozenset("IOQ")
# ISO 3779: values of the letters (I, O and Q are not used) and weights of the places; the ninth is the check digit
_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", [*range(1, 9), *range(1, 6), 7, 9, *range(2, 10)], strict=True)) | {
    str(digit): digit for digit in range(10)
}
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_CODE = re.compile(r"[A-Z0-9]+")


def read(written: str, _: date | None = None) -> Reading:
    """Read the last six, or take them of a whole number."""
    code = compact(as_digits(written))
    if not _CODE.fullmatch(code):
        return Rejected("vin_last6.wrong_character")
    if wrong := sorted(set(code) & NOT_USED):
        return Rejected("vin_last6.character_not_used", {"letter": wrong[0]})
    if len(code) == LENGTH:
        return Accepted(code[-TAIL:], remark="vin_last6.taken_from_whole")
    if len(code) != TAIL:
        return Rejected("vin_last6.wrong_length", {"given": len(code)})
    return Accepted(code)


def check_digit(vin: str) -> str:
    """The check digit, 0 to 9 or X, that belongs at the ninth place of a VIN of 17 characters."""
    rest = sum(_VALUES[char] * weight for char, weight in zip(vin, _WEIGHTS, strict=True)) % 11
    return "X" if rest == 10 else str(rest)


def attempts(text: str) -> bool:
    """One run of letters and digits with a digit among them, of about this length or that of a whole number."""
    code = compact(as_digits(text))
    return bool(_CODE.fullmatch(code)) and _has_digit(code) and 3 <= len(code) <= LENGTH + 3


def _has_digit(text: str) -> bool:
    return any(character.isdigit() for character in text)


def _is_whole(text: str) -> bool:
    return _has_digit(text) and any("a" <= character <= "z" for character in text)


TYPE = ValueType(
    "vin_last6",
    patterns=(
        pattern(
            80,
            SURE,
            rf"{ALONE}(?=[a-z0-9]{{17}}{END})(?P<written>[a-hj-npr-z0-9]{{11}}(?P<value>[a-hj-npr-z0-9]{{6}}))",
            holds=_is_whole,
        ),
        pattern(170, SURE, rf"{VIN_SAID}(?P<value>[a-hj-npr-z\d]{{6}}){END}", holds=_has_digit),
        pattern(
            930,
            HINT,  # the last four places of a VIN are digits, nearly always
            rf"{ALONE}(?:[a-hj-npr-z]?\d{{5}}|[\da-hj-npr-z]{{2}}\d{{4}}|\d{{3}} \d{{3}}"
            rf"|\d(?=(?:[a-z]*\d){{2}})[\da-hj-npr-z]{{3}}\d\d){END}",
        ),
    ),
    read=read,
    attempts=attempts,
)
