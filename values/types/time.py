"""Times of day as people name them in Chinese, Cantonese and English. Values are HH:MM, or the part of the day.

A part of the day alone (上午, "afternoon") is `am` or `pm`: what it leaves open, the reader of the value asks.
三点 without a part of the day is taken as office hours have it: 15:00, 九点 09:00."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date

from values.definition import HINT, SURE, Accepted, Open, Reading, Rejected, ValueType, pattern
from values.numbers import ENGLISH, number
from values.words import ALONE, END, ENGLISH_HOUR, NUMBER
from values.writing import compact, normalised, plain

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
    rf"(?P<part>{_PART})?(?P<h>{_N})(?:点|时(?![间候段期]))(?:钟)?(?:(?P<half>半)|(?P<quarter>[一三])刻|(?P<m>\d{{1,2}}|[零一二三四五]?十?[一二三四五六七八九]?)分?)?"
)
_COLON = re.compile(rf"(?P<part>{_PART})?(?<!\d)(?P<h>[0-2]?\d):(?P<m>[0-5]\d)(?!\d)\s?(?P<en>[ap]\.?m\.?)?")
_DOTTED = re.compile(rf"(?P<part>{_PART})?(?<![\d.¥$])(?P<h>[01]?\d|2[0-3])\.(?P<m>[0-5]\d)(?![\d.]|\s?[元块%￥米m])")
"""9.30: a day of a month too; which of the two, the form says that asks for them."""
_ENGLISH = re.compile(
    r"(?<![a-z0-9])(?P<h>\d{1,2})(?:[:.](?P<m>[0-5]\d))?(?:\s?(?P<en>[ap]\.?m\.?|o'clock)(?![a-z])"
    r"|(?= in the (?:morning|afternoon|evening)(?![a-z])))"
)
_HOUR_WORD = rf"(?P<hw>\d{{1,2}}|{ENGLISH_HOUR})"
_WORDS = re.compile(
    rf"(?<![a-z0-9])(?:(?P<past>half past|half|quarter past|quarter to) {_HOUR_WORD}"
    rf"|(?P<hw2>{ENGLISH_HOUR})(?: (?P<mw>thirty|fifteen|forty-?five)| ?(?P<en>[ap]\.?m\.?|o'clock)"
    rf"| (?=in the (?:morning|afternoon|evening)(?![a-z]))))(?![a-z0-9])"
)
_BARE = re.compile(rf"\d{{1,2}}|{ENGLISH_HOUR}")
_BEHIND = re.compile(r" ?(?:in the |this |tomorrow )(?P<part>morning|afternoon|evening)")
_MINUTES = {"half past": 30, "half": 30, "quarter past": 15, "quarter to": -15, "thirty": 30, "fifteen": 15,
            "forty-five": 45, "fortyfive": 45}  # fmt: skip
CLOCKS = (_COLON, _ENGLISH, _DOTTED, _WORDS, _CHINESE)
_ALONE = re.compile(rf"(?:{_PART})|(?<![a-z])(?:morning|afternoon|evening|noon)(?![a-z])")
_OF_A_DAY = re.compile(r"[今明听后当][早朝晚夜](?![班饭餐])|(?<![a-z])tonight(?![a-z])")
"""A part of a day with the day: 今晚, 听朝. As words of the day they are found by dates."""
_PAST = re.compile(r"(?:昨|寻|琴|前|噚)(?:日|天)?(?:晚|夜|早|朝)|(?<![a-z])(?:last night|yesterday)(?![a-z])")
"""Parts of days that are over: 琴晚 and 寻晚 are last night, in Cantonese."""


def read(written: str, _: date | None = None) -> Reading:
    """Read a time, the first that is named; an hour alone (of "at 9") counts as one."""
    text = plain(written)
    for regex in CLOCKS:
        if found := regex.search(text):
            if _is_past(text, found.start()):
                return Rejected("time.past", {"written": written})
            value = _clock(found, text)
            return Rejected("time.no_such_time", {"written": written}) if value is None else Accepted(value)
    if _BARE.fullmatch(text.strip()):
        hour = _hour(text.strip())
        return Rejected("time.no_such_time", {"written": written}) if hour is None else Accepted(hour)
    if text in (MORNING, AFTERNOON):
        return Accepted(text)
    if found := _ALONE.search(text):
        return Accepted(PARTS[found[0]])
    if found := _OF_A_DAY.search(text):
        return Accepted(MORNING if found[0][-1] in "早朝" else AFTERNOON)
    if _PAST.search(text):
        return Rejected("time.past", {"written": written})
    return Rejected("time.not_a_time", {"written": written})


def find(text: str, _: date | None = None) -> Sequence[str]:
    """Times and parts of the day in a text (NFKC)."""
    said = normalised(text)
    taken: list[tuple[int, int]] = []
    for regex in (*CLOCKS, _ALONE):
        for found in regex.finditer(said):
            start, end = found.span()
            if regex is not _ALONE and (behind := _BEHIND.match(said, end)) is not None:
                end = behind.end()
            if not _is_past(said, start) and not any(
                start < other_end and other_start < end for other_start, other_end in taken
            ):
                taken.append((start, end))
    return [text[start:end] for start, end in sorted(taken)]


def attempts(text: str) -> bool:
    """It is a time, with hardly anything beside it."""
    found = find(unicodedata.normalize("NFKC", text))
    return bool(found) and len(compact(text)) - sum(len(compact(one)) for one in found) <= BESIDE


def _is_past(text: str, at: int) -> bool:
    """Whether what stands right before a time says that it is over: 昨晚8点."""
    return any(text[one.end() : at].strip() == "" for one in _PAST.finditer(text[:at]))


def part_of(value: str) -> str:
    """The part of the day of a value: `am` or `pm`."""
    return value if value in (MORNING, AFTERNOON) else MORNING if value < "12:00" else AFTERNOON


def _clock(found: re.Match[str], text: str) -> str | None:
    """The value of a find; the part of the day may stand behind it ("half nine in the morning")."""
    groups = found.groupdict()
    behind = _BEHIND.match(text, found.end())
    part = PARTS.get(groups.get("part") or "") or PARTS.get((groups.get("en") or "").replace(".", ""))
    part = part or (PARTS[behind["part"]] if behind is not None else None)
    if found.re is not _WORDS:
        return _value({**groups, "part": next((word for word in ("am", "pm") if part == word), None)})
    hour = _number(groups["hw"] or groups["hw2"])
    minute = _MINUTES.get(groups["past"] or groups["mw"] or "", 0)
    return _time(hour - (minute < 0), minute % 60, part)


def _hour(written: str) -> str | None:
    hour = _number(written)
    return _time(hour, 0, None)


def _number(written: str) -> int:
    return int(written) if written.isdigit() else ENGLISH[written]


def _time(hour: int, minute: int, part: str | None) -> str | None:
    if part == AFTERNOON and hour < 12:
        hour += 12
    elif part == MORNING and hour == 12:
        hour = 0
    elif part is None and 0 < hour < OPENS:
        hour += 12
    return None if hour > 23 else f"{hour:02}:{minute:02}"


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


DAYPART = "凌晨|清晨|清早|大清早|早上|朝早|上午|上昼|中午|晏昼|下午|下昼|傍晚|晚上|夜晚|晚黑|后半夜|半夜|深夜|夜里"
"""Parts of a day: with the hour behind them they are one time."""
DAY_AND_PART = "今晚|昨晚|寻晚|琴晚|听晚|明晚|前晚|后晚|当晚|今早|明早|今朝|听朝|昨夜|今夜"
"""Parts of a day that say which day: a time of their own."""
HOUR = "二十[一二三四]?|十[一二三四五六七八九]?|[二两三四五六七八九]|零"


TYPE = ValueType(
    "time",
    patterns=(
        pattern(
            410,
            HINT,
            rf"(?:{DAYPART})?(?:\d{{1,2}}[点时](?:半|[一三]刻|\d{{1,2}}分?(?![钟\d路号]))?"
            rf"|(?:(?<![早晚快慢多少有好近远迟差贵高低])一(?!点[不没都也儿用])|{HOUR})点(?:半|正|[一三]刻|[二三四五]?十[一二三四五六七八九]?分?|零[一二三四五六七八九]分?|[{NUMBER}](?:分(?!钟)|(?![\u4e00-\u9fff])))?)",
        ),
        pattern(420, SURE, rf"(?<![\d:])(?:(?:{DAYPART})\s?)?[0-2]?\d:[0-5]\d(?![\d:])(?:\s?[ap]\.?m\.?(?![a-z]))?"),
        pattern(430, SURE, rf"{ALONE}\d{{1,2}}(?:[:.]\d\d)?\s?(?:a\.m\.|p\.m\.|(?:[ap]m|o'clock){END})"),
        pattern(
            440,
            HINT,
            rf"{ALONE}(?:(?:half past|quarter (?:past|to)|half) (?:{ENGLISH_HOUR}|\d{{1,2}})"
            rf"|(?:{ENGLISH_HOUR})(?: (?:thirty|fifteen|forty-five))? ?(?:o'clock|[ap]m)|(?:{ENGLISH_HOUR}) thirty"
            rf"|\d{{1,2}}-?ish){END}",
        ),
        pattern(
            450,
            HINT,
            rf"{ALONE}(?:at|by|from|till|until|before|after|around) "
            rf"(?P<value>(?:{ENGLISH_HOUR}|\d{{1,2}})(?: in the (?:morning|afternoon|evening))?){END}(?![:.]\d)",
        ),
        pattern(
            460,
            HINT,
            rf"{ALONE}(?:this (?:morning|afternoon|evening)|tonight|last night|morning|afternoon|evening|noon|midnight"
            rf"|(?<!good )(?<!all )night(?! bus| market| tariff)|lunchtime){END}",
        ),
        pattern(
            470,
            HINT,
            rf"{DAY_AND_PART}|(?:早上|上午|中午|下午|晚上)(?!好)|(?:{DAYPART}|白天)(?<![上中下]午)(?<![早晚]上)",
        ),
    ),
    read=read,
    find=find,
    attempts=attempts,
    shown=lambda value: (
        {"text": {"key": f"time.{value}", "args": {}}} if value in (MORNING, AFTERNOON) else {"time": value}
    ),
    open=Open(30, r"\d{1,2}:\d{2}(?:\s?[-–—~至]\s?\d{1,2}:\d{2})?"),
)
