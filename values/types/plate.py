"""Plates of vehicles, GA 36-2018: province character, letter, five characters, or six for new-energy vehicles."""

from __future__ import annotations

import re
from datetime import date

from values.definition import ASKED, HINT, SURE, Accepted, Mask, Reading, Rejected, ValueType, pattern
from values.digits import CROSS, HAN_DIGIT, as_digits
from values.words import ALONE, END
from values.writing import compact, simplified

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
SPELLED = {  # as people who write English give the province character
    "JING": "京", "JIN": "津晋", "HU": "沪", "YU": "渝豫", "JI": "冀吉", "YUN": "云", "LIAO": "辽", "HEI": "黑",
    "XIANG": "湘", "WAN": "皖", "LU": "鲁", "XIN": "新", "SU": "苏", "ZHE": "浙", "GAN": "赣甘", "E": "鄂",
    "GUI": "桂贵", "MENG": "蒙", "SHAN": "陕", "MIN": "闽", "YUE": "粤", "QING": "青", "ZANG": "藏", "CHUAN": "川",
    "NING": "宁", "QIONG": "琼",
}  # fmt: skip
PINYIN = "|".join(name.lower() for name in SPELLED if len(name) > 1)  # E is a word of one letter
LAST = "挂学警港澳"  # trailers, learners, police, and cars that cross to Hong Kong and Macau

CHARACTER = "[A-HJ-NP-Z0-9]"  # I and O are not used: they look like 1 and 0
NORMAL = re.compile(rf"{CHARACTER}{{5}}|{CHARACTER}{{4}}[{LAST}]")
NEW_ENERGY = re.compile(rf"[A-HJK]{CHARACTER}\d{{4}}|\d{{5}}[A-HJK]")  # small cars: letter first; large ones: last
LOOKALIKES = str.maketrans("IO", "10")
WRITTEN = rf"[{PROVINCES}][A-HJ-NP-Z]({CHARACTER}{{5,6}}|{CHARACTER}{{4}}[{LAST}])"
"""The one form of a plate, as a pattern; of six characters any, though only new-energy vehicles have them."""

_NAMES = "|".join(sorted(SPELLED, key=len, reverse=True))
_SPELLED = re.compile(rf"({_NAMES})([A-Z][A-Z0-9]{{5,6}}|[A-Z][A-Z0-9]{{4}}[{LAST}])")
_BODY = re.compile(rf"[A-Z]?[A-Z0-9]{{3,7}}[{LAST}]?")
_NO_PROVINCE = re.compile(rf"[㐀-鿿]([A-Z0-9]{{2,9}}[{LAST}]?)")
_ANY_SCRIPT = PROVINCES + "".join(chr(old) for old, new in simplified().items() if new in PROVINCES + LAST)
_SIGN = rf"(?:[A-Za-z0-9]|{HAN_DIGIT}|{CROSS})"
_MASKED = re.compile(
    rf"([{_ANY_SCRIPT}使领]|[㐀-鿿](?=[A-Za-z]{_SIGN}{{5,6}}(?!{_SIGN})))\s*([A-Za-z])\s*(?:[·・•.\-]\s*)?"
    rf"(?:{_SIGN}{{4,5}}(?:{_SIGN}|[挂掛学學警港澳])(?!{_SIGN})|(?:{_SIGN}\s?){{4,5}}(?:{_SIGN}|[挂掛学學警港澳]))"
)


def read(written: str, _: date | None = None) -> Reading:
    """Read a plate."""
    text = _code(written)
    if spelled := _SPELLED.fullmatch(text):
        provinces, rest = SPELLED[spelled[1]], spelled[2]
        if len(provinces) > 1:
            return Rejected("plate.which_province", {"written": rest}, tuple(one + rest for one in provinces))
        text = provinces + rest
    if not text or text[0] not in PROVINCES:
        return Rejected("plate.no_province")
    if len(text) < 2 or not ("A" <= text[1] <= "Z"):
        return Rejected("plate.no_letter")
    return _serial(text[:2], text[2:])


def attempts(text: str) -> bool:
    """It begins like a plate and goes on like one, or is a plate without its province."""
    code = _code(text)
    if _SPELLED.fullmatch(code) or (_BODY.fullmatch(code) and _has_digit(code)):
        return True
    rest = _NO_PROVINCE.fullmatch(code)
    return rest is not None and _has_digit(rest[1])


def _code(written: str) -> str:
    return compact(as_digits(written))


def _serial(area: str, serial: str) -> Reading:
    if area[1] in "IO":
        return Rejected("plate.letter_not_used", {"letter": area[1]})
    if wrong := sorted(set(serial) & {"I", "O"}):
        guess = area + serial.translate(LOOKALIKES)
        valid = isinstance(_serial(area, guess[2:]), Accepted)
        return Rejected("plate.character_not_used", {"letter": wrong[0]}, (guess,) if valid else ())
    if len(serial) not in (5, 6):
        return Rejected("plate.wrong_length", {"given": len(serial)})
    if len(serial) == 6 and not NEW_ENERGY.fullmatch(serial):
        return Rejected("plate.not_new_energy")
    if len(serial) == 5 and not NORMAL.fullmatch(serial):
        return Rejected("plate.wrong_character")
    return Accepted(area + serial)


def _has_digit(text: str) -> bool:
    return any(character.isdigit() for character in text)


def _is_grouped(text: str) -> bool:
    """Five or six characters after the letter, and a digit in every group: what follows a plate is not part of it."""
    first, *groups = re.findall(r"[0-9a-z]+", text)
    groups = groups if len(first) == 1 else [first[1:], *groups]
    return len("".join(groups)) in (5, 6) and all(map(_has_digit, groups))


def _last(written: str) -> str:
    """The last sign of a plate, as it is written."""
    return re.sub(r"[\s·・•.\-]", "", written)[-1]


TYPE = ValueType(
    "plate",
    patterns=(
        pattern(
            30,
            SURE,  # written in groups: 川L 9A 03J
            rf"[{PROVINCES}]\s?[a-hj-z][\s·•.\-]?(?:(?=[a-z]{{0,3}}\d)[0-9a-z]{{1,4}}[\s·•.\-]){{1,2}}(?=[a-z]{{0,3}}\d)"
            rf"[0-9a-z]{{2,4}}{END}",
            holds=_is_grouped,
        ),
        pattern(  # with an X said: 晋A388叉3
            35,
            SURE,
            rf"[{PROVINCES}]\s?[a-hj-z][\s·•.\-]?(?=(?:[0-9a-z]|{HAN_DIGIT})*{CROSS})(?:[0-9a-z]|{HAN_DIGIT}|{CROSS}){{5,6}}"
            rf"(?![a-z0-9车]|{HAN_DIGIT}|路|号线|线|支)",
        ),
        # four to six characters: a wrong plate is still meant as one; 挂学警港澳 close some
        pattern(
            40,
            SURE,
            rf"[{PROVINCES}]\s?[a-hj-z](?:\s?[·•.\-]\s?|\s)?"
            rf"(?:[0-9a-z]{{4}}[挂学警港澳领使]|[0-9a-z]{{3,7}})(?![a-z0-9]|路|号线|线|支)",
            holds=_has_digit,
        ),
        pattern(
            50, SURE, rf"(?<![a-z0-9'])(?:{PINYIN})[\s-]?[a-hj-z][\s·.\-]?[0-9a-hj-np-z]{{5,6}}{END}", holds=_has_digit
        ),
        pattern(940, HINT, rf"{ALONE}[a-hj-z][0-9a-hj-np-z]{{5}}{END}", holds=_has_digit),
        pattern(  # said, or written with some digits in characters: 晋B七九U零五
            55,
            SURE,
            rf"[{PROVINCES}]\s?[a-hj-z][\s·•.\-]?(?=[0-9a-z]*{HAN_DIGIT})(?:[0-9a-z]|{HAN_DIGIT}){{5,6}}[挂学警港澳领使]?"
            rf"(?![a-z0-9]|{HAN_DIGIT}|路|号线|线|支)",
        ),
        pattern(  # too short or too long for the patterns above; only where a plate is asked for
            2000,
            ASKED,
            rf"(?:[{PROVINCES}]|(?<![a-z])(?:{PINYIN})(?![a-z]))[\s·•.\-]{{0,3}}[a-z][\s·•.\-]{{0,3}}"
            rf"(?:[a-z0-9][\s·•.\-]{{0,3}}){{3,6}}(?:[a-z0-9]|[挂学警港澳]){END}",
            holds=_has_digit,
        ),
    ),
    read=read,
    attempts=attempts,
    mask=Mask(30, _MASKED, lambda found: f"{found[1]}{found[2].upper()}****{_last(found[0])}"),
)
