"""Days as people name them in Chinese, Cantonese and English, solar or lunar: found in a text and put on a calendar.

Weeks are those of the calendar, Monday first: 这周五 and "this Friday" are the Friday of this week, even if it is past,
下周三 and "next Wednesday" the Wednesday of the next one. 周三 alone, "on Friday" and "the coming Friday" are the next
to come, and so is a day without a year or without a month.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from values.numbers import number
from values.writing import normalised

WEEKDAYS = {char: number for number, char in enumerate("一二三四五六日")} | {"天": 6, "末": 5}
ENGLISH_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ENGLISH_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
WORDS = {"今天": 0, "今日": 0, "今朝": 0, "明天": 1, "明日": 1, "明儿": 1, "听日": 1, "后天": 2, "后日": 2, "后儿": 2,
         "大后天": 3, "大后日": 3, "昨天": -1, "昨日": -1, "寻日": -1, "前天": -2, "前日": -2,
         "today": 0, "tomorrow": 1, "tmr": 1, "yesterday": -1, "day after tomorrow": 2}  # fmt: skip
FESTIVALS = {"元旦": (1, 1), "情人节": (2, 14), "妇女节": (3, 8), "劳动节": (5, 1), "五一": (5, 1), "青年节": (5, 4),
             "儿童节": (6, 1), "建军节": (8, 1), "国庆节": (10, 1), "国庆": (10, 1), "双十一": (11, 11),
             "圣诞节": (12, 25), "圣诞": (12, 25), "christmas": (12, 25), "valentine's day": (2, 14),
             "national day": (10, 1), "new year's day": (1, 1)}  # fmt: skip
LUNAR_FESTIVALS = {"春节": (1, 1), "元宵": (1, 15), "端午": (5, 5), "七夕": (7, 7), "中秋": (8, 15), "重阳": (9, 9),
                   "腊八": (12, 8), "小年": (12, 23), "spring festival": (1, 1), "mid-autumn": (8, 15)}  # fmt: skip
LUNAR_MONTHS = {"正": 1, "冬": 11, "腊": 12}

_N = "零〇一二两三四五六七八九十廿卅"
_NUMBER = rf"(?:\d{{1,2}}|[{_N}]{{1,3}})"
_WEEK = r"(?:周|星期|礼拜)"
_UNITS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
_TEENS = (
    *("tenth", "eleventh", "twelfth", "thirteenth", "fourteenth"),
    *("fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth"),
)
_OF_TENS = {
    f"{tens}{joint}{word}": count + day
    for tens, count in (("twenty", 20), ("thirty", 30))
    for joint in "- "
    for day, word in enumerate(_UNITS, 1)
}
ORDINALS = {
    **{word: day for day, word in enumerate((*_UNITS, *_TEENS, "twentieth"), 1)},
    **{word: day for word, day in _OF_TENS.items() if day <= 31},
    "thirtieth": 30,
}
"""Days of a month as English words name them."""

_EN_DAYS = "|".join(f"{name}|{name[:3]}" for name in ENGLISH_WEEKDAYS) + "|tues|thurs|thur"
_EN_MONTHS = "|".join(f"{name}|{name[:3]}" for name in ENGLISH_MONTHS) + "|sept"
_EN_NTH = "|".join(sorted(ORDINALS, key=len, reverse=True))
_EN_DAY = rf"(?:\d{{1,2}}(?:st|nd|rd|th)?|{_EN_NTH})"
_A, _Z = r"(?<![a-z0-9])", r"(?![a-z0-9])"
_BETWEEN = re.compile(r"(?:[\s,，、()（）]|the |on |also |that is |i\.?e\.? |就是|即是?|也就是|系|是|的)*")
"""What may stand between a day of the week and the day that it is of."""

_CLOCK = re.compile(r"\d{1,2}\.[0-5]\d")
"""A day of a month that may be a time."""

Meaning = Callable[["re.Match[str]", date], date | None]


@dataclass(frozen=True)
class Mention:
    """A day as it is written; `day` is None where it names none (a month alone, the thirtieth of February).

    `differs` is the day where the day of the week beside it is another one ("Monday 8 December", a Tuesday). `dotted`:
    it may as well be a time of day ("9.30").
    """

    written: str
    day: date | None
    differs: date | None = None
    dotted: bool = False


@dataclass(frozen=True)
class _Find:
    start: int
    end: int
    day: date | None
    weekday: int | None = None
    of_month: bool = False
    differs: date | None = None
    dotted: bool = False


def mentions(text: str, today: date) -> list[Mention]:
    """Days that a text names, in its order."""
    normal = unicodedata.normalize("NFKC", text)
    plain = normalised(normal)
    found: list[_Find] = []
    for pattern, meaning in _PATTERNS:
        for match in pattern.finditer(plain):
            start, end = match.span()
            if not any(start < other.end and other.start < end for other in found):
                found.append(_find(match, meaning, today))
    together = _together(sorted(found, key=lambda one: one.start), plain)
    return [Mention(normal[one.start : one.end], one.day, one.differs, one.dotted) for one in together]


def _find(match: re.Match[str], meaning: Meaning, today: date) -> _Find:
    day = meaning(match, today)
    of_week = day is not None and meaning in (_weekday, _english_weekday)
    return _Find(
        *match.span(),
        day,
        weekday=day.weekday() if day is not None and of_week and match["w"] != "末" else None,
        of_month=day is not None and meaning in (_iso, _month_day, _day_of_month, _english_date),
        dotted=meaning is _month_day and _CLOCK.fullmatch(match[0]) is not None,
    )


def _together(found: list[_Find], plain: str) -> list[_Find]:
    """The days, with a day of the week and the day of a month beside it as one: "Tues 8 Dec", 12月8号（周二）.

    The day of the month counts. Where the day of the week is another one, neither does.
    """
    joined: list[_Find] = []
    for one in found:
        last = joined[-1] if joined else None
        if last is not None and _are_one(last, one) and _BETWEEN.fullmatch(plain[last.end : one.start]):
            of_month, weekday = (last, one.weekday) if last.of_month else (one, last.weekday)
            agrees = of_month.day is not None and of_month.day.weekday() == weekday
            joined[-1] = _Find(
                last.start,
                one.end,
                of_month.day if agrees else None,
                of_month=True,
                differs=None if agrees else of_month.day,
            )
        else:
            joined.append(one)
    return joined


def _are_one(one: _Find, other: _Find) -> bool:
    weekdays = [each for each in (one, other) if each.weekday is not None]
    return len(weekdays) == 1 and len([each for each in (one, other) if each.of_month and not each.dotted]) == 1


def _solar(year: int | None, month: int | None, day: int | None, today: date) -> date | None:
    """The day, or without a year the next such day that is not past."""
    if month is None or day is None:
        return None
    for wanted in [year] if year is not None else range(today.year, today.year + 5):
        try:
            found = date(wanted if wanted > 99 else 2000 + wanted, month, day)
        except ValueError:
            continue
        if year is not None or found >= today:
            return found
    return None


def _lunar(month: int | None, day: int | None, today: date) -> date | None:
    """The next such day of the lunar calendar; without a month of the next month that has it."""
    if day is None:
        return None
    from lunar_python import Lunar, LunarMonth, Solar  # the bot reads no days, and its environment does not have it

    this_year = Solar.fromYmd(today.year, today.month, today.day).getLunar().getYear()
    for year in (this_year, this_year + 1):
        for one in range(1, 13) if month is None else [month]:
            if not 1 <= one <= 12 or not 1 <= day <= LunarMonth.fromYm(year, one).getDayCount():
                continue
            solar = Lunar.fromYmd(year, one, day).getSolar()
            found = date(solar.getYear(), solar.getMonth(), solar.getDay())
            if found >= today:
                return found
    return None


def _iso(match: re.Match[str], today: date) -> date | None:
    return _solar(int(match["y"]), int(match["m"]), int(match["d"]), today)


def _month_day(match: re.Match[str], today: date) -> date | None:
    year = match.groupdict().get("y")
    which = {"明": 1, "今": 0, "后": 2}.get(year or "")
    given = None if not year else today.year + which if which is not None else number(year)
    return _solar(given, number(match["m"]), number(match["d"]), today)


def _day_of_month(match: re.Match[str], today: date) -> date | None:
    """3号: of this month, or of the next if it is past; 下个月3号: of the next."""
    day, later = ORDINALS.get(match["d"]) or number(match["d"]), match.groupdict().get("next")
    if day is None:
        return None
    month = today.replace(day=1)
    for ahead in range(13):
        if (not later or ahead) and not (match.groupdict().get("this") and ahead):
            try:
                found = month.replace(day=day)
            except ValueError:
                found = None
            if found is not None and found >= today:
                return found
        month = (month + timedelta(days=32)).replace(day=1)
    return None


def _weekday(match: re.Match[str], today: date) -> date:
    monday, weekday = today - timedelta(days=today.weekday()), WEEKDAYS[match["w"]]
    which = match["which"] or ""
    if which.startswith("下"):
        return monday + timedelta(weeks=which.count("下"), days=weekday)
    if which.startswith("上"):
        return monday + timedelta(weeks=-1, days=weekday)
    this = monday + timedelta(days=weekday)
    return this if which or this >= today else this + timedelta(weeks=1)


def _english_weekday(match: re.Match[str], today: date) -> date:
    weekday = next(at for at, name in enumerate(ENGLISH_WEEKDAYS) if name.startswith(match["w"][:3]))
    this = today + timedelta(days=weekday - today.weekday())
    weeks = {"last": -1, "this": 0, "next": 1}.get(match["which"] or "")
    if weeks is None:
        weeks = 0 if this >= today else 1
    return this + timedelta(weeks=weeks)


def _english_date(match: re.Match[str], today: date) -> date | None:
    month = next(at for at, name in enumerate(ENGLISH_MONTHS, 1) if name.startswith(match["m"][:3]))
    year = match.groupdict().get("y")
    written = match["d"]
    day = ORDINALS.get(written) or int(re.sub(r"\D", "", written))
    return _solar(int(year) if year else None, month, day, today)


def _days_ahead(match: re.Match[str], today: date) -> date | None:
    count = number(match["n"])
    weeks = match["unit"].startswith(("周", "星期", "礼拜", "week"))
    return None if count is None else today + timedelta(days=count * (7 if weeks else 1))


def _lunar_written(match: re.Match[str], today: date) -> date | None:
    written = match["m"]
    month = None if not written else LUNAR_MONTHS.get(written) or number(written)
    return _lunar(month, number(match["d"].removeprefix("初")), today)


def _new_years_eve(_: re.Match[str], today: date) -> date | None:
    for ahead in range(2):
        first = _lunar(1, 1, today + timedelta(days=1 + 40 * ahead))
        if first is not None and first - timedelta(days=1) >= today:
            return first - timedelta(days=1)
    return None


def _named(names: dict[str, tuple[int, int]], *, lunar: bool) -> tuple[re.Pattern[str], Meaning]:
    def meaning(match: re.Match[str], today: date) -> date | None:
        month, day = names[match[0].removesuffix("那天").removesuffix("当天")]
        return _lunar(month, day, today) if lunar else _solar(None, month, day, today)

    words = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    return re.compile(rf"(?<![a-z])(?:{words})(?![a-z])"), meaning


def _word(match: re.Match[str], today: date) -> date:
    return today + timedelta(days=WORDS[match[0].removeprefix("the ")])


def _no_day(_: re.Match[str], __: date) -> None:
    return None


def _patterns() -> Iterator[tuple[re.Pattern[str], Meaning]]:
    """In the order of precedence: the first of overlapping finds stays."""
    yield re.compile(r"(?<!\d)(?P<y>20\d\d)[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?!\d)"), _iso
    yield re.compile(r"(?<!\d)(?P<y>20\d\d)(?P<m>[01]\d)(?P<d>[0-3]\d)(?!\d)"), _iso
    lunar_day = rf"(?:初[{_N}]|(?:十|廿|二十|卅)[{_N}]?)"
    yield re.compile(rf"(?:农历|阴历|旧历)(?P<m>[正冬腊{_N}]{{0,2}})月?(?P<d>初?{_NUMBER})"), _lunar_written
    yield re.compile(rf"(?P<m>[正冬腊])月(?P<d>{lunar_day})"), _lunar_written
    yield re.compile(rf"(?P<m>[{_N}]{{1,2}})月(?P<d>初[{_N}])"), _lunar_written
    yield re.compile(rf"(?P<m>)(?P<d>初[{_N}])"), _lunar_written
    yield (
        re.compile(
            rf"(?:(?P<y>20\d\d|\d\d|[明今后])年)?(?P<m>(?<!\d)\d{{1,2}}|(?<![\d{_N}])[{_N}]{{1,3}})月(?:份)?(?P<d>{_NUMBER})(?:日|号|號)?(?!\d)"
        ),
        _month_day,
    )
    yield re.compile(rf"(?:(?P<next>下个?月)|(?P<this>[这本]个?月))(?P<d>{_NUMBER})(?:日|号)"), _day_of_month
    yield (
        re.compile(rf"(?:(?P<which>下下|下|上|这|本|今|呢)个?(?:{_WEEK}的?)?)?{_WEEK}(?P<w>[一二三四五六日天末])"),
        _weekday,
    )
    yield re.compile(r"大后[天日]|大前天|[今明后昨前听寻][天日]|今朝|明儿|后儿"), _word
    yield re.compile(rf"{_A}(?:the )?(?:day after tomorrow|tomorrow|today|yesterday|tmr){_Z}"), _word
    yield _named(FESTIVALS, lunar=False)
    yield _named(LUNAR_FESTIVALS, lunar=True)
    yield re.compile(r"除夕|(?<![今去明前后每几多])年三十(?!多|[几岁一二三四五六七八九])|大年夜"), _new_years_eve
    yield re.compile(rf"(?P<n>{_NUMBER})个?(?P<unit>天|日|周|星期|礼拜)(?:之后|以后|后)"), _days_ahead
    yield re.compile(rf"{_A}in (?P<n>\d{{1,2}}) (?P<unit>days?|weeks?){_Z}"), _days_ahead
    yield (
        re.compile(rf"{_A}(?P<d>{_EN_DAY})(?: of)? (?P<m>{_EN_MONTHS})\.?(?:,? (?P<y>20\d\d))?{_Z}"),
        _english_date,
    )
    yield (
        re.compile(rf"{_A}(?P<m>{_EN_MONTHS})\.? (?:the )?(?P<d>{_EN_DAY})(?:,? (?P<y>20\d\d))?{_Z}"),
        _english_date,
    )
    week = r"(?P<which>next|this|last) week"
    yield re.compile(rf"{_A}(?:on )?(?P<w>{_EN_DAYS})(?: of|,)? {week}{_Z}"), _english_weekday
    yield re.compile(rf"{_A}{week}(?:'s|,)?(?: on)? (?P<w>{_EN_DAYS}){_Z}"), _english_weekday
    yield (
        re.compile(rf"{_A}(?:(?P<which>next|this(?: coming)?|last|on|coming) )?(?P<w>{_EN_DAYS}){_Z}"),
        _english_weekday,
    )
    yield re.compile(rf"{_A}the (?P<d>\d{{1,2}})(?:st|nd|rd|th){_Z}"), _day_of_month
    yield re.compile(rf"{_A}on the (?P<d>{_EN_NTH}){_Z}"), _day_of_month
    yield re.compile(rf"(?<![\d{_N}.:/-])(?P<d>\d{{1,2}}|[{_N}]{{1,3}})(?:号|日)(?!线|楼|门|院|店|\d)"), _day_of_month
    yield re.compile(r"(?<![\d.a-z])(?P<m>1[0-2]|0?[1-9])[./-](?P<d>3[01]|[12]\d|0?[1-9])(?![\d.%])"), _month_day
    yield re.compile(r"(?:下|这|本)个?(?:周|星期|礼拜|月)|月[初中底]|\d{1,2}月份?"), _no_day
    months = "|".join(name for name in ENGLISH_MONTHS if name not in ("march", "may"))  # words of their own
    yield re.compile(rf"{_A}(?:(?:next|this) (?:week|month)|{months}){_Z}"), _no_day


_PATTERNS = tuple(_patterns())
