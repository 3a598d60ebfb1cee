"""An address of electronic mail. Staff see where it is, not whose."""

from __future__ import annotations

import re

from values.definition import Mask, ValueType

_MASKED = re.compile(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)")

TYPE = ValueType("mail", mask=Mask(20, _MASKED, lambda found: f"***@{found[1]}"))
