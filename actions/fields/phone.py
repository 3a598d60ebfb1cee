"""Mobile telephone numbers of the mainland: eleven digits from 13 to 19."""

import re
import unicodedata
from collections.abc import Sequence

from pydantic import JsonValue

from actions.fields.reading import Accepted, Reading, Rejected, compact

LENGTH = 11
_WRITTEN = re.compile(r"(?<![A-Z0-9+])(?:\+?86[ \-]?)?1[3-9]\d[ \-]?\d{4}[ \-]?\d{4}(?![A-Z0-9])")


class Phone:
    """`phone`: shown with its last four digits."""

    def read(self, written: str) -> Reading:
        digits = compact(written).removeprefix("+").removeprefix("86") if _country(written) else compact(written)
        if not digits.isdigit():
            return Rejected("phone.wrong_character")
        if digits.startswith("0") or len(digits) in (7, 8):
            return Rejected("phone.landline")
        if len(digits) != LENGTH:
            return Rejected("phone.wrong_length", {"given": len(digits)})
        if not re.fullmatch(r"1[3-9]\d{9}", digits):
            return Rejected("phone.no_mobile")
        return Accepted(digits)

    def find(self, text: str) -> Sequence[str]:
        return _WRITTEN.findall(unicodedata.normalize("NFKC", text).upper())

    def attempts(self, text: str) -> bool:
        return bool(re.fullmatch(r"\+?\d{7,14}", compact(text)))

    def shown(self, value: str) -> JsonValue:
        return masked(value)


def masked(value: str) -> str:
    """A telephone number with its last four digits."""
    return f"{'*' * (len(value) - 4)}{value[-4:]}"


def _country(written: str) -> bool:
    plain = compact(written).removeprefix("+")
    return plain.startswith("86") and len(plain) == LENGTH + 2
