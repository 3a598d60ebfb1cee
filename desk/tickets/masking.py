"""What staff may not see: the numbers of persons in residents' texts. What is seen of each, its type says (`values/`).

The rule, that everything is masked for staff, errs on the side of masking: any run of six or more digits, written or
said, and any mixture of letters and digits that long, is somebody's number. Dates, times, amounts and ticket references
stay.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from values.digits import LONG_RUN
from values.registry import value_types
from values.writing import GAP

DIGITS = re.compile(rf"(?<![0-9A-Za-z])\d(?:{GAP}\d){{5,}}(?![0-9A-Za-z])")
MIXED = re.compile(r"(?<![0-9A-Za-z])(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[0-9A-Za-z]{6,}(?![0-9A-Za-z])")
WIDE = {ord(wide): chr(ord(wide) - 0xFEE0) for wide in map(chr, range(0xFF01, 0xFF5F))}

type Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]


def _rules() -> Iterator[Rule]:
    """Those of the types, the longer first: an id is not taken for a phone. Then whatever looks like a number."""
    masks = [one.mask for one in value_types().values() if one.mask is not None]
    yield from ((mask.regex, mask.write) for mask in sorted(masks, key=lambda mask: mask.rank))
    yield DIGITS, _number
    yield MIXED, _number
    yield LONG_RUN, lambda _: "****"


def _harmless() -> re.Pattern[str]:
    """What looks like a long number and is none."""
    opened = sorted((one.open for one in value_types().values() if one.open is not None), key=lambda one: one.rank)
    return re.compile("|".join(one.written for one in opened))


def masked(text: str) -> str:
    """Mask every number of a person in a text. Full-width digits and letters are read, and written, as plain ones."""
    plain = text.translate({code: char for code, char in WIDE.items() if char.isalnum()})
    parts, end = [], 0
    for harmless in HARMLESS.finditer(plain):
        if _inside_a_number(plain, harmless):
            continue
        parts += [_mask(plain[end : harmless.start()]), harmless[0]]
        end = harmless.end()
    return "".join([*parts, _mask(plain[end:])])


def masked_body(value: Any) -> Any:
    """Mask all texts of a message body or an event (JSON)."""
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, list):
        return [masked_body(item) for item in value]
    if isinstance(value, dict):
        return {key: masked_body(item) for key, item in value.items()}
    return value


def _inside_a_number(text: str, found: re.Match[str]) -> bool:
    before, after = text[found.start() - 1 : found.start()], text[found.end() : found.end() + 1]
    return (before.isascii() and before.isalnum()) or (after.isascii() and after.isalnum())


def _mask(text: str) -> str:
    for pattern, write in RULES:
        text = pattern.sub(write, text)
    return text


def _number(found: re.Match[str]) -> str:
    """Long numbers keep their last four; short ones (the end of a VIN) keep nothing."""
    number = re.sub(r"[^0-9A-Za-z]", "", found[0])
    return f"****{number[-4:]}" if len(number) > 8 else "****"


RULES = tuple(_rules())
HARMLESS = _harmless()
