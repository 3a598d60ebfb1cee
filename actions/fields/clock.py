"""Times of day as people name them in Chinese, Cantonese and English. Values are HH:MM, or the part of the day.

A part of the day alone (上午, "afternoon") is `am` or `pm`: what it leaves open, the reader of the value asks.
三点 without a part of the day is taken as office hours have it: 15:00, 九点 09:00.
"""

import re
import unicodedata
from collections.abc import Sequence

from pydantic import JsonValue

from actions.fields.days import number
from actions.fields.reading import Accepted, Reading, Rejected, compact
from actions.transit.naming import simplified
from desk.messages import Text

MORNING, AFTERNOON = "am", "pm"
PARTS = {
    **dict.fromkeys(("凌晨", "清晨", "早上", "早晨", "上午", "朝早", "上昼", "今早", "morning", "am"), MORNING),
    **dict.fromkeys(("中午", "下午", "下昼", "晏昼", "傍晚", "晚上", "afternoon", "evening", "pm", "noon"), AFTERNOON),
}
OPENS = 8
"""An hour before this one, without a part of the day, is in the afternoon."""
BESIDE = 6

_PART = "|".join(sorted((part for part in PARTS if not part.isascii()), key=len, reverse=True))
_N = r"(?:\d{1,2}|[一二两三四五六七八九十]{1,3})"
_CHINESE = re.compile(
    rf"(?P<part>{_PART})?(?P<h>{_N})(?:点|时)(?:钟)?(?:(?P<half>半)|(?P<quarter>[一三])刻|(?P<m>\d{{1,2}}|[零一二三四五]?十?[一二三四五六七八九]?)分?)?"
)
_COLON = re.compile(rf"(?P<part>{_PART})?(?<!\d)(?P<h>[0-2]?\d):(?P<m>[0-5]\d)(?!\d)\s?(?P<en>[ap]\.?m\.?)?")
_ENGLISH = re.compile(r"(?<![a-z0-9])(?P<h>\d{1,2})(?::(?P<m>[0-5]\d))?\s?(?P<en>[ap]\.?m\.?|o'clock)(?![a-z])")
_ALONE = re.compile(rf"(?:{_PART})|(?<![a-z])(?:morning|afternoon|evening|noon)(?![a-z])")


class Clock:
    """`time`."""

    def read(self, written: str) -> Reading:
        plain = _plain(written)
        for pattern in (_COLON, _ENGLISH, _CHINESE):
            if found := pattern.search(plain):
                value = _value(found.groupdict())
                return Rejected("time.no_such_time", {"written": written}) if value is None else Accepted(value)
        if plain in (MORNING, AFTERNOON):
            return Accepted(plain)
        if found := _ALONE.search(plain):
            return Accepted(PARTS[found[0]])
        return Rejected("time.not_a_time", {"written": written})

    def find(self, text: str) -> Sequence[str]:
        normal, plain = unicodedata.normalize("NFKC", text), _plain(text)
        taken: list[tuple[int, int]] = []
        for pattern in (_COLON, _ENGLISH, _CHINESE, _ALONE):
            for found in pattern.finditer(plain):
                start, end = found.span()
                if not any(start < other_end and other_start < end for other_start, other_end in taken):
                    taken.append((start, end))
        return [normal[start:end] for start, end in sorted(taken)]

    def attempts(self, text: str) -> bool:
        found = self.find(text)
        return bool(found) and len(compact(text)) - sum(len(compact(one)) for one in found) <= BESIDE

    def shown(self, value: str) -> JsonValue:
        return {"text": Text(key=f"time.{value}").model_dump()} if value in (MORNING, AFTERNOON) else {"time": value}


def part_of(value: str) -> str:
    """The part of the day of a value: `am` or `pm`."""
    return value if value in (MORNING, AFTERNOON) else MORNING if value < "12:00" else AFTERNOON


def _value(found: dict[str, str | None]) -> str | None:
    hour = number(found["h"] or "")
    if hour is None:
        return None
    if found.get("half"):
        minute: int | None = 30
    elif quarter := found.get("quarter"):
        minute = 15 if quarter == "一" else 45
    else:
        minute = number((found.get("m") or "0").lstrip("零") or "0")
    english = (found.get("en") or "").replace(".", "")
    part = PARTS.get(found.get("part") or "") or PARTS.get(english)
    if part == AFTERNOON and hour < 12:
        hour += 12
    elif part == MORNING and hour == 12:
        hour = 0
    elif part is None and 0 < hour < OPENS and len(found["h"] or "") < 2:
        hour += 12
    if minute is None or hour > 23 or minute > 59:
        return None
    return f"{hour:02}:{minute:02}"


def _plain(text: str) -> str:
    return simplified(unicodedata.normalize("NFKC", text)).lower()
