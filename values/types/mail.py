"""An address of electronic mail. Staff see where it is, not whose."""

from __future__ import annotations

import re

from values.definition import Mask, ValueType

_LOCAL = r"(?:(?<![\w.+-])[\w.+-]+|[\w.+-]{1,64})"
"""A run from its beginning, or so much of one as an address may have before its @ (RFC 5321): found in linear time."""
_MASKED = re.compile(rf"{_LOCAL}@([\w-]+(?:\.[\w-]+)+)")

TYPE = ValueType("mail", mask=Mask(20, _MASKED, lambda found: f"***@{found[1]}"))
