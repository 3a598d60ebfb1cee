"""Whole numbers as they are said in Chinese and English: 两千零八, 廿三, 一百五, "two hundred and six"."""

from __future__ import annotations

import re

DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000}
TENS = {"廿": 20, "卅": 30}
HAN = "".join((*DIGITS, *UNITS))
"""Characters of a Chinese number."""

_SEVERAL = re.compile("[一二两三四五六七八九]{2}(?=[十百千万])")
"""二三十 is from twenty to thirty, and no number."""
_TO_NINETEEN = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
ENGLISH = {
    **{word: value for value, word in enumerate(_TO_NINETEEN, 1)},
    **{word: 10 * value for value, word in enumerate(_TENS, 2)},
}


def number(written: str) -> int | None:
    """The number that digits of a normalised text say, as a numeral or one by one, or None: 12, 十二, 二〇二六."""
    if written.isdigit() and written.isascii():
        return int(written)
    if written[:1] in TENS:
        rest = number(written[1:]) if written[1:] else 0
        return TENS[written[0]] + rest if rest is not None and rest < 10 else None
    if not written or any(char not in DIGITS and char not in UNITS for char in written):
        return None
    if any(char in UNITS for char in written):
        return None if _SEVERAL.search(written) else han(written)
    return int("".join(str(DIGITS[char]) for char in written))


def han(text: str) -> int:
    """The number of a Chinese numeral. A last digit counts tenths of the unit before it (一百五), but after 零 and 十.

    Raises:
        KeyError: a character is none of `HAN`.
    """
    total, digit, unit, zero = 0, 0, 1, False
    for sign in text:
        if sign in DIGITS:
            digit, zero = DIGITS[sign], zero or DIGITS[sign] == 0
        elif UNITS[sign] == 10_000:
            total, digit, unit, zero = (total + digit) * 10_000, 0, 10_000, False
        else:
            unit = UNITS[sign]
            total, digit, zero = total + (digit or 1) * unit, 0, False
    return total + digit * (unit // 10 if unit > 10 and not zero else 1)


def english(text: str) -> int | None:
    """The number of English words in a text in small letters, or None where there is none of them."""
    total = current = 0
    known = False
    for word in re.findall(r"[a-z]+", text):
        if word in ENGLISH:
            current, known = current + ENGLISH[word], True
        elif word == "hundred":
            current, known = (current or 1) * 100, True
        elif word == "thousand":
            total, current, known = total + (current or 1) * 1000, 0, True
    return total + current if known else None
