"""Plates of vehicles, GA 36-2018: province character, letter, five characters, or six for new-energy vehicles."""

import re
import unicodedata
from collections.abc import Sequence

from actions.fields.reading import Accepted, Reading, Rejected, compact

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
TRADITIONAL = str.maketrans("滬雲遼魯蘇贛鄂晉陝閩貴粵寧瓊學掛", "沪云辽鲁苏赣鄂晋陕闽贵粤宁琼学挂")
SPELLED = {  # as people who write English give the province character
    "JING": "京", "JIN": "津晋", "HU": "沪", "YU": "渝豫", "JI": "冀吉", "YUN": "云", "LIAO": "辽", "HEI": "黑",
    "XIANG": "湘", "WAN": "皖", "LU": "鲁", "XIN": "新", "SU": "苏", "ZHE": "浙", "GAN": "赣甘", "E": "鄂",
    "GUI": "桂贵", "MENG": "蒙", "SHAN": "陕", "MIN": "闽", "YUE": "粤", "QING": "青", "ZANG": "藏", "CHUAN": "川",
    "NING": "宁", "QIONG": "琼",
}  # fmt: skip
LAST = "挂学警港澳"  # trailers, learners, police, and cars that cross to Hong Kong and Macau

CHARACTER = "[A-HJ-NP-Z0-9]"  # I and O are not used: they look like 1 and 0
NORMAL = re.compile(rf"{CHARACTER}{{5}}|{CHARACTER}{{4}}[{LAST}]")
NEW_ENERGY = re.compile(rf"[A-HJK]{CHARACTER}\d{{4}}|\d{{5}}[A-HJK]")  # small cars: letter first; large ones: last
LOOKALIKES = str.maketrans("IO", "10")
HAN = "\u4e00-\u9fff"

_GAP = r"[ \u3000·•・.\-]{0,3}"
_SERIAL = rf"(?:[A-Z0-9]{_GAP}){{3,6}}(?:[A-Z0-9]|[{LAST}])"
_NAMES = "|".join(sorted(SPELLED, key=len, reverse=True))
_WRITTEN = re.compile(rf"(?:[{PROVINCES}]|\b(?:{_NAMES})\b){_GAP}[A-Z]{_GAP}{_SERIAL}(?![A-Z0-9])")
_SPELLED = re.compile(rf"({_NAMES})([A-Z][A-Z0-9]{{5,6}}|[A-Z][A-Z0-9]{{4}}[{LAST}])")
_BODY = re.compile(rf"[A-Z]?[A-Z0-9]{{3,7}}[{LAST}]?")


class Plate:
    """`plate`."""

    def read(self, written: str) -> Reading:
        text = compact(written).translate(TRADITIONAL)
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

    def find(self, text: str) -> Sequence[str]:
        """As they are written: a Traditional character of a province stays, so that the plate is found in the text."""
        plain = unicodedata.normalize("NFKC", text).upper()
        return [plain[found.start() : found.end()] for found in _WRITTEN.finditer(plain.translate(TRADITIONAL))]

    def attempts(self, text: str) -> bool:
        """It begins like a plate and goes on like one, or is a plate without its province."""
        plain = compact(text).translate(TRADITIONAL)
        if _SPELLED.fullmatch(plain) or (_BODY.fullmatch(plain) and any(one.isdigit() for one in plain)):
            return True
        rest = re.fullmatch(rf"[{HAN}]([A-Z0-9]{{2,9}}[{LAST}]?)", plain)
        return rest is not None and any(one.isdigit() for one in rest[1])

    def shown(self, value: str) -> str:
        return value


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
