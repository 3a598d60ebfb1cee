"""Numbers of resident identity cards, GB 11643-1999: region, date of birth, sequence (odd: male), check digit."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime

from pydantic import JsonValue

from actions.fields.reading import Accepted, Circumstances, Reading, Rejected, compact

LENGTH = 18
WEIGHTS = tuple(2 ** (17 - place) % 11 for place in range(17))
CHECKS = "10X98765432"
OLD_LENGTH = 15
_WRITTEN = re.compile(r"(?<![A-Z0-9])\d(?:[ \-]?\d){16}[ \-]?[\dX](?![A-Z0-9])")


class IdNumber:
    """`id_number`: shown with its first and last four characters."""

    def __init__(self, at: Circumstances) -> None:
        self._today = at.now.date() if at.now is not None else date.max

    def read(self, written: str) -> Reading:
        code = compact(written)
        if len(code) == OLD_LENGTH and code.isdigit():
            return Rejected("id_number.old")
        if not re.fullmatch(r"[0-9X]+", code):
            return Rejected("id_number.wrong_character")
        if len(code) != LENGTH:
            return Rejected("id_number.wrong_length", {"given": len(code)})
        if "X" in code[:-1]:
            return Rejected("id_number.wrong_character")
        birth = born(code)
        if birth is None or birth > self._today:
            return Rejected("id_number.no_birth_date")
        if CHECKS[sum(int(digit) * weight for digit, weight in zip(code, WEIGHTS, strict=False)) % 11] != code[-1]:
            return Rejected("id_number.wrong_check_digit")
        return Accepted(code)

    def find(self, text: str) -> Sequence[str]:
        return _WRITTEN.findall(unicodedata.normalize("NFKC", text).upper())

    def attempts(self, text: str) -> bool:
        code = compact(text)
        return bool(re.fullmatch(r"[0-9X]{12,20}", code))

    def shown(self, value: str) -> JsonValue:
        return masked(value)


def masked(value: str) -> str:
    """An id number with its first and last four characters."""
    return f"{value[:4]}{'*' * (LENGTH - 8)}{value[-4:]}"


def born(value: str) -> date | None:
    """The date of birth in an id number, or None if it is none."""
    try:
        return datetime.strptime(value[6:14], "%Y%m%d").date()  # noqa: DTZ007 - a date
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
