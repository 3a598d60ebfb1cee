"""An address of electronic mail. Staff see where it is, not whose."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date

from values.definition import Accepted, Mask, Reading, Rejected, ValueType

LONGEST = 254
"""Characters of an address (RFC 5321, 4.5.3.1.3)."""
_LOCAL = r"(?:(?<![\w.+-])[\w.+-]+|[\w.+-]{1,64})"
"""A run from its beginning, or so much of one as an address may have before its @ (RFC 5321): found in linear time."""
_MASKED = re.compile(rf"{_LOCAL}@([\w-]+(?:\.[\w-]+)+)")
_PART = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(
    rf"(?<![A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]){_PART}{{1,64}}(?:\.{_PART}{{1,64}})*"
    rf"@(?:{_LABEL}\.)+[A-Za-z]{{2,24}}(?![A-Za-z0-9@-])"
)


def read(written: str, _: date | None = None) -> Reading:
    """Read an address; what stands after the @ is written in small letters."""
    address = unicodedata.normalize("NFKC", written).strip()
    local, _at, host = address.rpartition("@")
    if len(address) > LONGEST or len(local) > 64 or _ADDRESS.fullmatch(address) is None:
        return Rejected("mail.wrong_form")
    return Accepted(f"{local}@{host.lower()}")


def find(text: str, _: date | None = None) -> Sequence[str]:
    """The addresses in a text, as they are written."""
    return [found[0] for found in _ADDRESS.finditer(text)]


def masked(value: str) -> str:
    """An address without whose it is."""
    return f"***@{value.rpartition('@')[2]}"


TYPE = ValueType(
    "mail",
    read=read,
    find=find,
    attempts=lambda text: "@" in text and not any(char.isspace() for char in text.strip()),
    shown=masked,
    mask=Mask(20, _MASKED, lambda found: f"***@{found[1]}"),
)
