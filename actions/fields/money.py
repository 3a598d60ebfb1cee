"""Sums as residents write them: 86.40, ¥1,200, 58块6, 二百块, "two hundred yuan". May not know what is paid."""

import re
import unicodedata
from decimal import Decimal

from actions.transit.naming import simplified

_HAN_DIGITS = {
    "零": 0,
    "〇": 0,
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
_HAN_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000}
_HAN = "".join((*_HAN_DIGITS, *_HAN_UNITS))
_TO_TWELVE = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_ENGLISH = {
    "fifteen": 15,
    **{word: value for value, word in enumerate(_TO_TWELVE, 1)},
    **{word: 10 * value for value, word in enumerate(_TENS, 2)},
}
_ROUGHLY = re.compile(r"[多几]|or so|about|around")
_DIGITS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d+(?:\.\d{1,2})?")
_UNIT = "元块蚊圆"


def money(written: str) -> Decimal | None:
    """Read a sum in yuan; None where there is none or it is only rough (三百多)."""
    text = simplified(unicodedata.normalize("NFKC", written)).lower().strip()
    if _ROUGHLY.search(text):
        return None
    whole, unit, rest = text, "", ""
    for sign in _UNIT:
        if sign in text:
            whole, unit, rest = (part.strip() for part in text.partition(sign))
            break
    value = _number(whole)
    if value is None:
        return None
    tenths = rest[:1] if unit else ""
    if tenths == "半":
        return value + Decimal("0.5")
    if tenths and (tenths.isdecimal() or tenths in _HAN_DIGITS):
        return value + Decimal(int(tenths) if tenths.isdecimal() else _HAN_DIGITS[tenths]) / 10
    return value


def _number(text: str) -> Decimal | None:
    if found := _DIGITS.search(text):
        return Decimal(found[0].replace(",", ""))
    if found := re.search(f"[{_HAN}]+", text):
        return Decimal(_han(found[0]))
    return _english(text)


def _han(text: str) -> int:
    """一百五 is 150: a last digit counts tenths of the unit before it, but after 零 and 十."""
    total, digit, unit, zero = 0, 0, 1, False
    for sign in text:
        if sign in _HAN_DIGITS:
            digit, zero = _HAN_DIGITS[sign], zero or _HAN_DIGITS[sign] == 0
        elif _HAN_UNITS[sign] == 10_000:
            total, digit, unit, zero = (total + digit) * 10_000, 0, 10_000, False
        else:
            unit = _HAN_UNITS[sign]
            total, digit, zero = total + (digit or 1) * unit, 0, False
    return total + digit * (unit // 10 if unit > 10 and not zero else 1)


def _english(text: str) -> Decimal | None:
    total = current = 0
    known = False
    for word in re.findall(r"[a-z]+", text):
        if word in _ENGLISH:
            current, known = current + _ENGLISH[word], True
        elif word == "hundred":
            current, known = (current or 1) * 100, True
        elif word == "thousand":
            total, current, known = total + (current or 1) * 1000, 0, True
    return Decimal(total + current) if known else None
