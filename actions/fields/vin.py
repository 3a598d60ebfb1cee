"""The last six characters of a vehicle identification number (ISO 3779: 17 characters, no I, O, Q)."""

import re
import unicodedata
from collections.abc import Sequence

from actions.fields.reading import Accepted, Reading, Rejected, compact

LENGTH, TAIL = 17, 6
NOT_USED = frozenset("IOQ")
_CODE = re.compile(r"[A-Z0-9]+")
_WHOLE = re.compile(r"(?<![A-Z0-9])[A-HJ-NPR-Z0-9]{17}(?![A-Z0-9])")
_TOKEN = re.compile(r"(?<![A-Z0-9])[A-HJ-NPR-Z0-9]{2}\d{4}(?![A-Z0-9])")


class VinLast6:
    """`vin_last6`."""

    def read(self, written: str) -> Reading:
        code = compact(written)
        if not _CODE.fullmatch(code):
            return Rejected("vin_last6.wrong_character")
        if wrong := sorted(set(code) & NOT_USED):
            return Rejected("vin_last6.character_not_used", {"letter": wrong[0]})
        if len(code) == LENGTH:
            return Accepted(code[-TAIL:], remark="vin_last6.taken_from_whole")
        if len(code) != TAIL:
            return Rejected("vin_last6.wrong_length", {"given": len(code)})
        return Accepted(code)

    def find(self, text: str) -> Sequence[str]:
        """Whole VINs, and six characters that end in four digits, as VINs do."""
        plain = unicodedata.normalize("NFKC", text).upper()
        found = [*_WHOLE.finditer(plain), *_TOKEN.finditer(plain)]
        return [one[0] for one in sorted(found, key=lambda one: one.start())]

    def attempts(self, text: str) -> bool:
        """One run of letters and digits with a digit among them, of about this length or that of a whole VIN."""
        code = compact(text)
        return bool(_CODE.fullmatch(code)) and any(one.isdigit() for one in code) and 3 <= len(code) <= LENGTH + 3

    def shown(self, value: str) -> str:
        return value
