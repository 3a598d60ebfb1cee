"""A day to come, on the city's calendar (`values/calendar.py` says which). Values are ISO dates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from values.calendar import mentions
from values.definition import HINT, SURE, Accepted, Open, Reading, Rejected, ValueType, pattern
from values.words import ALONE, END, NUMBER
from values.writing import compact

BESIDE = 6
"""So many characters may stand beside a day in a message that tries to be nothing else."""
_SOME_DAY = date(2000, 1, 3)
"""Where a caller has no date: what is a day does not depend on it, but which day it is does."""


def read(written: str, today: date | None = None) -> Reading:
    """Read a day, of several the last one; one that is past is none."""
    try:
        day: date | None = date.fromisoformat(written)
    except ValueError:
        found = mentions(written, today or _SOME_DAY)
        if not found:
            return Rejected("date.not_a_day", {"written": written})
        day, differs = found[-1].day, found[-1].differs
        if differs is not None:
            return Rejected("date.other_weekday", {"date": {"day": differs.isoformat()}})
    if day is None:
        return Rejected("date.which_day", {"written": written})
    if today is not None and day < today:
        return Rejected("date.past", {"date": {"day": day.isoformat()}})
    return Accepted(day.isoformat())


def find(text: str, today: date | None = None) -> Sequence[str]:
    """Days that a text names, in its order; what may be a time (9.30) is none where another one stands there."""
    found = mentions(text, today or _SOME_DAY)
    sure = [one for one in found if not one.dotted]
    return [one.written for one in sure or found]


def attempts(text: str) -> bool:
    """It is a day, with hardly anything beside it."""
    found = find(text)
    return bool(found) and len(compact(text)) - sum(len(compact(one)) for one in found) <= BESIDE


FESTIVALS = (
    "春节|过年|除夕|元旦|清明节?|五一|端午节?|七夕|中秋节?|国庆节?|情人节|圣诞节?|元宵节?|重阳节?|劳动节|儿童节|妇女节"
    "|腊八|小年|跨年|新年|年初(?!一)|年底|年尾|月底|月尾|月初|月头|月中|[上下]半年|520(?![0-9路元块])"
    "|立春|雨水(?=那)|惊蛰|春分|谷雨|立夏|小满|芒种|夏至|小暑|大暑|立秋|处暑|白露|秋分|寒露|霜降|立冬|大雪(?=那)|冬至|小寒|大寒"
)
ENGLISH_FESTIVALS = (
    "valentine's day|christmas(?: eve| day)?|new year's (?:day|eve)|(?:chinese )?new year|spring festival|national day|"
    "mid-autumn(?: festival)?|dragon boat festival|qixi|labou?r day|end of the (?:month|year)"
)
MONTHS = (
    "january|february|march|april|june|july|august|september|october|november|december|"
    "jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec"
)
WEEKDAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tues?|wed|thurs?|fri|sat|sun"
NTH = r"\d{1,2}(?:st|nd|rd|th)"
YEAR = "(?:今|明|出|去|旧|前|后)年"
SOON = "(?:下下?|上|这|本|今|呢)个?"


TYPE = ValueType(
    "date",
    patterns=(
        pattern(
            490,
            SURE,  # by the moon: 腊月廿三, 初八, 大年三十
            r"(?:农历|阴历|旧历)?(?:(?:正|腊|冬|[一二三四五六七八九十]{1,2})月|大年)"
            r"(?:初[一二三四五六七八九十]|廿[一二三四五六七八九]?|[二三]?十[一二三四五六七八九]?)(?![日号天])",
        ),
        pattern(
            500,
            HINT,
            r"(?<![\d今去明前后每几多])年(?:初[一二三四五六七八九十]|廿[一二三四五六七八九]?|三十(?!多|[几岁一二三四五六七八九]))",
        ),
        # a class of a school, too
        pattern(510, HINT, r"初[一二三四五六七八九十]"),
        pattern(520, SURE, rf"{SOON}月(?:\d{{1,2}}|[{NUMBER}廿]{{1,3}})[日号]"),
        pattern(530, SURE, rf"{YEAR}(?:\d{{1,2}}|[{NUMBER}]{{1,2}})月(?:\d{{1,2}}[日号]?|[{NUMBER}廿]{{1,3}}[日号])?"),
        pattern(540, SURE, r"(?<!\d)20\d\d[-/.年]\d{1,2}(?:[-/.月]\d{1,2}[日号]?|月)(?!\d|路|线)"),
        pattern(550, HINT, r"(?<!\d)\d\d[-/.年]\d{1,2}(?:[-/.月]\d{1,2}[日号]?|月)(?!\d|路|线)"),
        pattern(560, SURE, r"(?<!\d)\d{1,2}月(?:\d{1,2}(?:[日号](?!线)|(?![\d线]))|份)?"),
        pattern(570, SURE, rf"[{NUMBER}]{{1,2}}月(?:[{NUMBER}廿]{{1,3}}[日号]|份)"),
        # 一月 is once a month too
        pattern(580, HINT, rf"[{NUMBER}]{{1,2}}月(?!天)"),
        pattern(590, HINT, r"二[〇零][一二三四五六七八九〇零]{2}年"),
        pattern(
            600, HINT, rf"(?<!\d)(?:[12]?\d|3[01])[日号](?!线|楼|门|院|馆|店|窗)|[{NUMBER}廿]{{1,3}}号(?!线|楼|门|院)"
        ),
        pattern(610, HINT, r"(?<![\d/])\d{1,2}/\d{1,2}(?![\d/])"),
        pattern(620, HINT, "今儿个?|今个(?!星期|礼拜|周|月)儿?|明儿个?|后儿个?|昨儿个?|噚日|琴日"),
        pattern(
            630,
            SURE,
            "大后[天日]|大前[天日]|明后天|今天|今日|明天|明日|听日|(?<![以今然之午最过先])后[天日]|昨天|昨日|寻日|(?<![提当之目])前[天日]|明朝",
        ),
        pattern(
            640,
            HINT,
            rf"(?:{SOON}(?=周|星期|礼拜)|(?<![一两几])(?=周)|(?<![一两几]个)(?<![一两几])(?=星期|礼拜))(?:周|星期|礼拜)(?:[一二三四五六日末]|天(?!气))",
        ),
        pattern(
            650,
            SURE,
            rf"{SOON}(?:(?:周(?!期|岁|边|围)|星期|礼拜)(?![一二三四五六日末]|天(?!气))|月|年(?!头|度|级|纪))|(?:今|明|旧)年|去年(?!初)|(?<!提)[前出]年(?![检费度审龄])",
        ),
        pattern(660, HINT, FESTIVALS),
        pattern(670, HINT, rf"{ALONE}(?:{ENGLISH_FESTIVALS}){END}"),
        pattern(680, HINT, rf"{ALONE}{NTH} (?:of )?(?:next|this|last) month{END}"),
        pattern(
            690,
            SURE,
            rf"{ALONE}(?:day (?:after tomorrow|before yesterday)|week after next|a week on (?:{WEEKDAYS})){END}",
        ),
        pattern(700, SURE, rf"{ALONE}(?:today|tomm?orr?ow|tmrw?|tmw|yesterday){END}"),
        pattern(
            710,
            HINT,
            rf"{ALONE}(?:(?:last|next|this(?: coming)?|coming) )?(?:{WEEKDAYS}|week|month|year|weekends?){END}",
        ),
        pattern(
            720,
            HINT,
            rf"{ALONE}(?:(?:{NTH}|\d{{1,2}}|first|second|third|end|start|beginning|middle) (?:of )?(?:{MONTHS}|may)"
            rf"|(?:next |last )?(?:{MONTHS})(?:\.? \d{{1,2}}(?:st|nd|rd|th)?(?![\d:]))?)(?:,? (?:19|20)\d\d)?{END}",
        ),
        # else a modal verb
        pattern(730, HINT, rf"{ALONE}(?:\d{{1,2}} may|may \d{{1,2}})(?:st|nd|rd|th)?{END}"),
        pattern(740, HINT, rf"{ALONE}(?:in|since|until|by) (?P<value>may){END}"),
        pattern(760, HINT, rf"{ALONE}(?:[4-9]th|[12]\d(?:st|nd|rd|th)|3[01](?:st|th)){END}"),
        pattern(770, HINT, r"(?<![\d年])(?:19|20)\d\d年|(?<![a-z0-9-])(?:19|20)\d\d(?![a-z0-9-])"),
    ),
    read=read,
    find=find,
    attempts=attempts,
    shown=lambda value: {"day": value},
    open=Open(
        10,
        r"(?:19|20)\d{2}[-/.年](?:0?[1-9]|1[0-2])[-/.月](?:[12]\d|3[01]|0?[1-9])日?"
        r"(?:[T\s]\d{1,2}:\d{2}(?::\d{2})?)?",  # and its time
    ),
)
