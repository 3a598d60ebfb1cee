"""Codes that papers and messages carry: permit numbers, account numbers, one-time codes."""

import re
import unicodedata
from collections.abc import Sequence

from pydantic import JsonValue

from actions.fields.reading import Accepted, Reading, Rejected, compact


class Code:
    """A code of one pattern; `name` is the prefix of its texts. Shown in full, or with its last `tail` characters."""

    def __init__(
        self, name: str, pattern: str, *, attempt: str, find: str | None = None, tail: int | None = None
    ) -> None:
        self._name = name
        self._pattern = re.compile(pattern)
        self._attempt = re.compile(attempt)
        self._find = re.compile(find) if find is not None else None
        self._tail = tail

    def read(self, written: str) -> Reading:
        code = compact(written)
        if self._pattern.fullmatch(code):
            return Accepted(code)
        return Rejected(f"{self._name}.wrong_form", {"given": len(code)})

    def find(self, text: str) -> Sequence[str]:
        if self._find is None:
            return []
        return self._find.findall(unicodedata.normalize("NFKC", text).upper())

    def attempts(self, text: str) -> bool:
        return bool(self._attempt.fullmatch(compact(text)))

    def shown(self, value: str) -> JsonValue:
        if self._tail is None:
            return value
        hidden = len(value) - self._tail
        return "*" * hidden + value[hidden:]


def permit_number() -> Code:
    """Of a travel permit to Hong Kong and Macau: C and eight digits, or C, a letter and seven digits."""
    return Code(
        "permit_number",
        r"[CW](?:\d{8}|[A-Z]\d{7})",
        attempt=r"[A-Z]{0,2}\d{6,10}",
        find=r"(?<![A-Z0-9])[CW](?:\d{8}|[A-Z]\d{7})(?![A-Z0-9])",
        tail=4,
    )


def account_number() -> Code:
    """Of a household with a supplier: eight to thirteen digits."""
    return Code("account_number", r"\d{8,13}", attempt=r"\d{4,18}", find=r"(?<![A-Z0-9])\d{8,13}(?![A-Z0-9])")


def one_time_code() -> Code:
    """Six digits sent to a telephone."""
    return Code("one_time_code", r"\d{6}", attempt=r"\d{4,8}", find=r"(?<!\d)\d{6}(?!\d)", tail=0)
