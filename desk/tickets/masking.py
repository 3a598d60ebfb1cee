"""What staff may not see: plates, ids, phones, VINs, permits and account numbers in residents' texts are masked.

The rule, that everything is masked for staff, errs on the side of masking: any run of six or more digits, and any
mixture of letters and digits that long, is somebody's number. Dates, times, amounts and ticket references stay.
"""

import re
from collections.abc import Callable
from typing import Any

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领滬遼魯蘇贛鄂蒙陝閩貴粵雲寧瓊"
GAP = r"[\s\-‐-―－.·・•]{0,2}"

# In this order: the longer first, so that an id is not taken for a phone.
IDENTITY = re.compile(rf"(?<![0-9A-Za-z])(\d{{4}})(?:{GAP}\d){{10,13}}{GAP}(\d{{3}}{GAP}[\dXx])(?![0-9A-Za-z])")
PLATE = re.compile(
    rf"([{PROVINCES}])\s*([A-Za-z])\s*[·・•.\-]?\s*"
    r"(?:[A-Za-z0-9]{4,5}[A-Za-z0-9挂学警港澳](?![A-Za-z0-9])|(?:[A-Za-z0-9]\s?){4,5}[A-Za-z0-9挂学警港澳])"
)
MAIL = re.compile(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)")
PHONE = re.compile(rf"(?<![0-9A-Za-z])(?:\+?86{GAP})?1[3-9](?:{GAP}\d){{5}}(?:{GAP}\d){{4}}(?![0-9A-Za-z])")
DIGITS = re.compile(rf"(?<![0-9A-Za-z])\d(?:{GAP}\d){{5,}}(?![0-9A-Za-z])")
MIXED = re.compile(r"(?<![0-9A-Za-z])(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[0-9A-Za-z]{6,}(?![0-9A-Za-z])")

# What looks like a long number and is none.
HARMLESS = re.compile(
    r"(?:19|20)\d{2}[-/.年](?:0?[1-9]|1[0-2])[-/.月](?:[12]\d|3[01]|0?[1-9])日?"  # dates
    r"(?:[T\s]\d{1,2}:\d{2}(?::\d{2})?)?"  # and their times
    r"|T-\d+-\d\b"  # ticket references
    r"|\d{1,2}:\d{2}(?:\s?[-–—~至]\s?\d{1,2}:\d{2})?"  # times and hours
    r"|[¥￥]\s?\d+(?:\.\d{2})?|\d+\.\d{2}\s?元?(?!\d)"  # amounts
)
WIDE = {ord(wide): chr(ord(wide) - 0xFEE0) for wide in map(chr, range(0xFF01, 0xFF5F))}


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
    rules: list[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]] = [
        (IDENTITY, lambda found: f"{found[1]}****{re.sub(r'[^0-9Xx]', '', found[2])}"),
        (MAIL, lambda found: f"***@{found[1]}"),
        (PLATE, lambda found: f"{found[1]}{found[2].upper()}****{_tail(found[0], 1)}"),
        (PHONE, lambda found: f"****{_tail(found[0], 4)}"),
        (DIGITS, _number),
        (MIXED, _number),
    ]
    for pattern, write in rules:
        text = pattern.sub(write, text)
    return text


def _number(found: re.Match[str]) -> str:
    """Long numbers keep their last four; short ones (the end of a VIN) keep nothing."""
    length = len(re.sub(r"[^0-9A-Za-z]", "", found[0]))
    return f"****{_tail(found[0], 4)}" if length > 8 else "****"


def _tail(number: str, length: int) -> str:
    return re.sub(r"[^0-9A-Za-z挂学警港澳]", "", number)[-length:]
