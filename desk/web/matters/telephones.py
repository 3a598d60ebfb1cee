"""Telephones to which a code can be texted: mobile ones of the mainland, and of Hong Kong and Macau by area code."""

import re

from desk.contract.messages import Text
from values.definition import Rejected
from values.digits import as_digits
from values.types import phone
from values.writing import compact

BESIDE = re.compile(r"(?:\+|00)?(852[4-9]\d{7}|8536\d{7})")
"""Mobile numbers by the plans of OFCA (eight digits from 4 to 9) and of CTT (eight digits from 6), as they are dialled
from elsewhere."""
AREAS = re.compile(r"(?:\+|00)?85[23]\d*")
LOCAL = 8  # digits of such a number without its area code


def read(written: str) -> str | Text:
    """Read a number: as residents are known by it, or what is wrong with it."""
    number = compact(as_digits(written))
    beside = BESIDE.fullmatch(number)
    if beside is not None:
        return f"+{beside[1]}"
    reading = phone.read(written)
    if not isinstance(reading, Rejected):
        return reading.value
    if AREAS.fullmatch(number) or (number.isdigit() and len(number) == LOCAL):
        return Text(key="web.own_wrong_area")
    return Text.model_validate({"key": reading.reason, "args": dict(reading.args)})
