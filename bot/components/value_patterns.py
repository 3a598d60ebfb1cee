r"""What values look like, on the shadow of a text. `\b` knows no Chinese, so every pattern looks around itself.

A *sure* value is an entity whatever stands around it. The others are hints for the character tagger, which
decides by the sentence: 8号 is a bus, a day or a house.
"""

import re
from dataclasses import dataclass
from typing import Callable, Iterator, List, Pattern, Tuple

from bot.components.check_digits import has_birth_date, id_number_checks
from bot.components.spans import Span, without_overlaps

_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PINYIN = "jing|jin|hu|yu|ji|yun|liao|hei|xiang|wan|lu|xin|su|zhe|gan|gui|meng|shan|min|yue|qing|zang|chuan|ning|qiong"
_NUMBER = "一二两三四五六七八九十百零〇"
_ALONE, _END = r"(?<![a-z0-9])", r"(?![a-z0-9])"
_WEEKDAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tue|wed|thu|fri|sat|sun"
_MONTHS = (
    "january|february|march|april|june|july|august|september|october|november|december|"
    "jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec"
)
_FESTIVALS = (
    "春节|除夕|元旦|清明节?|五一|端午节?|七夕|中秋节?|国庆节?|情人节|圣诞节?|元宵节?|重阳节?"
    "|腊八|小年|冬至|跨年|新年|年底|年尾|月底|月尾|月初"
)
_ENGLISH_FESTIVALS = (
    "valentine's day|christmas(?: eve| day)?|new year's (?:day|eve)|(?:chinese )?new year|spring festival|national day|"
    "mid-autumn(?: festival)?|dragon boat festival|qixi|labou?r day|end of the (?:month|year)"
)
_ENGLISH_NUMBERS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|seventy"
    "|eighty|ninety|hundred|thousand"
)
_SUM = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d{1,2})?"
_ACCOUNT_SAID = (
    r"(?:(?<![a-z])(?:account|a/c|acct)(?: (?:number|no\.?|is))*|户号|缴费号|客户编号|客户号|用户号|表号)"
    r"(?:是|系|为|[\s:：])*"
)
_REFERENCE_SAID = (
    r"(?:(?<![a-z])(?:ticket|report|reference|ref|case|order|application|receipt|transaction)(?: (?:number|no\.?|is))*"
    r"|(?<!快递)(?<!顺丰)单号|受理号|受理编号|回执号?|案号|流水号|工单号?|订单号?|申请号|交易编号)(?:是|系|为|[\s:：#])*"
)
_NTH = r"\d{1,2}(?:st|nd|rd|th)"
_YEAR = "(?:今|明|出|去|旧|前|后)年"
_SOON = "(?:下下?|上|这|本|今|呢)个?"


def _digits(text: str) -> str:
    return re.sub(r"[\s-]", "", text)


def _is_id_number(text: str) -> bool:
    """A right check digit, or a date of birth: then it is a mistyped id, and the dialogue says so."""
    number = _digits(text)
    return id_number_checks(number) or has_birth_date(number)


def _has_digit(text: str) -> bool:
    return any(character.isdigit() for character in text)


def _has_digit(text: str) -> bool:
    return any(character.isdigit() for character in text)


def _is_grouped_plate(text: str) -> bool:
    """Five or six characters after the letter, and a digit in every group: what follows a plate is not part of it."""
    first, *groups = re.findall(r"[0-9a-z]+", text)
    groups = groups if len(first) == 1 else [first[1:], *groups]
    return len("".join(groups)) in (5, 6) and all(map(_has_digit, groups))


def _is_vin(text: str) -> bool:
    return _has_digit(text) and any("a" <= character <= "z" for character in text)


def _is_no_time(text: str) -> bool:
    """86.40 is money, 9.30 an hour."""
    whole, part = text.split(".")
    return int(whole) > 23 or int(part) > 59


def _is_account(text: str) -> bool:
    return 8 <= len(_digits(text)) <= 16


def _always(_: str) -> bool:
    return True


@dataclass(frozen=True)
class ValuePattern:
    """An entity, how it is written, whether it is sure, and what else must hold. The group `value` is the span."""

    entity: str
    pattern: Pattern[str]
    sure: bool = False
    holds: Callable[[str], bool] = _always


def _pattern(entity: str, pattern: str, *, sure: bool = False, holds: Callable[[str], bool] = _always) -> ValuePattern:
    return ValuePattern(entity, re.compile(pattern), sure, holds)


# In the order of precedence: the first of overlapping finds stays.
PATTERNS: Tuple[ValuePattern, ...] = (
    _pattern("id_number", rf"{_ALONE}\d{{6}}[\s-]?\d{{8}}[\s-]?\d{{3}}[\dx]{_END}", sure=True, holds=_is_id_number),
    _pattern(  # written in groups: 川L 9A 03J
        "plate",
        rf"[{_PROVINCES}]\s?[a-hj-z][\s·•.\-]?(?:[0-9a-z]{{1,4}}[\s·•.\-]){{1,2}}[0-9a-z]{{2,4}}{_END}",
        sure=True,
        holds=_is_grouped_plate,
    ),
    # province, office letter, 4 to 6 characters (a wrong plate is still meant as one); 挂学警港澳 close some
    _pattern(
        "plate",
        rf"[{_PROVINCES}]\s?[a-hj-z](?:\s?[·•.\-]\s?|\s)?"
        rf"(?:[0-9a-z]{{4}}[挂学警港澳领使]|[0-9a-z]{{3,7}})(?![a-z0-9]|路|号线|线|支)",
        sure=True,
        holds=_has_digit,
    ),
    _pattern(
        "plate",
        rf"(?<![a-z0-9'])(?:{_PINYIN})[\s-]?[a-hj-z][\s·.\-]?[0-9a-hj-np-z]{{5,6}}{_END}",
        sure=True,
        holds=_has_digit,
    ),
    _pattern("phone", rf"(?<![a-z0-9+])(?:\+?86[\s-]?)?1[3-9]\d[\s-]?\d{{4}}[\s-]?\d{{4}}{_END}", sure=True),
    _pattern("phone", rf"{_ALONE}0\d{{2,3}}[\s-]\d{{7,8}}{_END}", sure=True),
    _pattern(
        "vin_last6",
        rf"{_ALONE}(?=[a-z0-9]{{17}}{_END})[a-hj-npr-z0-9]{{11}}(?P<value>[a-hj-npr-z0-9]{{6}})",
        sure=True,
        holds=_is_vin,
    ),
    # Hong Kong, Macau and Taiwan permits: a letter and eight digits, or two letters and seven (since 2015); W, as old
    # ones have it, begins numbers of repairs too
    _pattern("permit_number", rf"{_ALONE}[chmt](?:\d{{8}}|[a-z]\d{{7}}){_END}", sure=True),
    _pattern(  # a group of digits is no line, and one after the word is what the word says: account 7702 1845
        "account_number",
        rf"{_ACCOUNT_SAID}(?P<value>\d[\d-]{{6,18}}\d(?![\d-])|\d{{2,5}}(?:[ -]\d{{2,5}}){{1,4}}){_END}",
        sure=True,
    ),
    _pattern(
        "reference", rf"{_REFERENCE_SAID}(?!sf)(?P<value>(?:[a-z]{{1,4}}-?\d|\d\d)[\d-]{{2,18}}\d){_END}", sure=True
    ),
    _pattern("reference", rf"{_ALONE}[a-z]{{1,4}}-?\d{{4,8}}(?:-\d{{2,6}})+{_END}"),  # GD-20261101-77
    _pattern("reference", rf"{_ALONE}[a-z]{{1,3}}-[a-z]{{2,3}}-\d{{6,8}}(?:-\d{{1,4}})?{_END}"),  # HZ-BJ-20261101-12
    _pattern(
        "reference", rf"{_ALONE}(?!sf\d)(?:[a-z]{{2,4}}-?\d{{5,14}}|[a-z]\d{{7,12}}|[a-z]-\d{{4,8}}|20\d{{9,12}}){_END}"
    ),
    _pattern("amount", rf"(?:[¥￥$]|{_ALONE}(?:rmb|cny))\s?{_SUM}(?![\d.])"),
    _pattern("amount", rf"(?<![\d.,]){_SUM}(?:块|蚊)[\d半](?![\d.])"),
    _pattern(
        "amount",
        rf"(?<![\d.,]){_SUM}\s?(?:多|几)?(?:元|块钱|块|圆|蚊)(?!儿)|(?<![\d.,]){_SUM}\s?(?:rmb|cny|yuan|kuai|bucks){_END}",
    ),
    _pattern(
        "amount",
        rf"[{_NUMBER}千万]+[多几]?(?:块|蚊)(?:[{_NUMBER}半](?!个|月|天|次)|钱)?|[{_NUMBER}千万]+[多几]?元(?!旦|宵)",
    ),
    _pattern(
        "amount",
        rf"{_ALONE}(?:{_ENGLISH_NUMBERS})(?:[ -](?:and )?(?:{_ENGLISH_NUMBERS}))* (?:yuan|rmb|kuai|bucks){_END}",
    ),
    _pattern(
        "amount",
        r"[一二两三四五六七八九](?:百[一二三四五六七八九]?|千|万)(?:多|几)?(?![一二两三四五六七八九十百千零〇路号年月日天次个米克公])",
    ),
    _pattern(
        "amount",
        rf"(?<!公)[充交付缴扣入差退罚值存收争畀]了?咗?(?P<value>(?!\d{{6}}){_SUM})"
        rf"(?![\d.a-z:：/点号路线年月日个次天分]|\s?(?:小时|分钟))",
    ),
    _pattern(
        "amount",
        rf"{_ALONE}(?:pay|paid|paying|overpaid|charged|refund|owe|owed|costs?|took|sent|received?|top up|recharge|put"
        rf"|add|withdraw)"
        rf"(?: (?:me|you|the|my|a|about|an extra|another|this))? (?P<value>{_SUM}){_END}"
        rf"(?! ?(?:years?|months?|days?|times|fines?|bills?|tickets?))",
    ),
    _pattern("amount", r"(?<![\d.])\d+\.\d{2}(?![\d.])", holds=_is_no_time),
    _pattern(
        "time",
        rf"(?:凌晨|早上|朝早|上午|上昼|中午|晏昼|下午|下昼|傍晚|晚上|今晚|夜晚|今早|今朝)?"
        rf"(?:\d{{1,2}}[点时](?:半|[一三]刻|\d{{1,2}}分?)?|[{_NUMBER}]+点(?:半|[一三]刻|[{_NUMBER}]+分?)?)",
    ),
    _pattern(
        "time",
        r"(?<![\d:])(?:(?:凌晨|早上|上午|中午|下午|晚上)\s?)?[0-2]?\d:[0-5]\d(?![\d:])(?:\s?[ap]\.?m\.?(?![a-z]))?",
    ),
    _pattern("time", rf"{_ALONE}\d{{1,2}}(?::\d\d)?\s?(?:[ap]m|o'clock){_END}"),
    _pattern("time", rf"{_ALONE}(?:this (?:morning|afternoon|evening)|tonight|morning|afternoon|evening|noon){_END}"),
    _pattern("time", "凌晨|早上|朝早|上午|上昼|中午|晏昼|下午|下昼|傍晚|晚上|今晚|夜晚|今早|今朝"),
    _pattern(  # by the moon: 腊月廿三, 初八, 大年三十
        "date",
        r"(?:农历|阴历|旧历)?(?:(?:正|腊|冬|[一二三四五六七八九十]{1,2})月|大年|年)"
        r"(?:初[一二三四五六七八九十]|廿[一二三四五六七八九]?|[二三]?十[一二三四五六七八九]?)(?![日号])|初[一二三四五六七八九十]",
    ),
    _pattern("date", rf"{_SOON}月(?:\d{{1,2}}|[{_NUMBER}廿]{{1,3}})[日号]"),
    _pattern("date", rf"{_YEAR}(?:\d{{1,2}}|[{_NUMBER}]{{1,2}})月(?:\d{{1,2}}[日号]?|[{_NUMBER}廿]{{1,3}}[日号])?"),
    _pattern("date", r"(?<!\d)(?:20)?\d\d[-/.年]\d{1,2}(?:[-/.月]\d{1,2}[日号]?|月)(?!\d|路|线)"),
    _pattern("date", r"(?<!\d)\d{1,2}月(?:\d{1,2}[日号]?(?!\d|线))?"),
    _pattern("date", rf"[{_NUMBER}]{{1,2}}月(?:[{_NUMBER}]{{1,3}}[日号])?"),
    _pattern("date", rf"(?<!\d)(?:[12]?\d|3[01])[日号](?!线|楼|门|院|馆|店|窗)|[{_NUMBER}廿]{{1,3}}号(?!线|楼|门|院)"),
    _pattern("date", r"(?<![\d/])\d{1,2}/\d{1,2}(?![\d/])"),
    _pattern("date", "今个?儿|明儿|噚日"),
    _pattern("date", "大后[天日]|大前天|今天|今日|明天|明日|听日|后天|后日|昨天|昨日|寻日|前天|前日|当天"),
    _pattern("date", r"(?:下下?|上|这|本|今|呢)?个?(?:周|星期|礼拜)[一二三四五六日天末]"),
    _pattern("date", r"(?:下|上|这|本|今|呢)个?(?:周|星期|礼拜|月|年)(?![一二三四五六日天末])|(?:今|去|明|前|出|旧)年"),
    _pattern("date", _FESTIVALS),
    _pattern("date", rf"{_ALONE}(?:{_ENGLISH_FESTIVALS}){_END}"),
    _pattern("date", rf"{_ALONE}{_NTH} (?:of )?(?:next|this|last) month{_END}"),
    _pattern("date", rf"{_ALONE}(?:(?:the )?day (?:after tomorrow|before yesterday)|week after next){_END}"),
    _pattern("date", rf"{_ALONE}(?:today|tomorrow|yesterday){_END}"),
    _pattern("date", rf"{_ALONE}(?:(?:last|next|this) )?(?:{_WEEKDAYS}|week|month|year|weekend){_END}"),
    _pattern(
        "date",
        rf"{_ALONE}(?:\d{{1,2}}(?:st|nd|rd|th)? (?:of )?|next |last )?(?:{_MONTHS})"
        rf"(?: \d{{1,2}}(?:st|nd|rd|th)?(?!\d))?(?:,? 20\d\d)?{_END}",
    ),
    _pattern("date", rf"{_ALONE}(?:\d{{1,2}} may|may \d{{1,2}})(?:st|nd|rd|th)?{_END}"),  # else a modal verb
    _pattern("date", rf"{_ALONE}(?:[4-9]th|[12]\d(?:st|nd|rd|th)|3[01](?:st|th)){_END}"),
    _pattern("date", r"(?<![\d年])(?:19|20)\d\d年|(?<![a-z0-9-])(?:19|20)\d\d(?![a-z0-9-])"),
    _pattern("account_number", r"(?<!\d)\d{2,5}(?: \d{2,5}){1,4}(?!\d)", holds=_is_account),  # in groups, as on bills
    _pattern(
        "bus_line",
        r"(?<![a-z])(?:环城|环|快|夜宵|夜间|夜|微|旅游|游|特|支|机场|高铁|高峰快线|高峰|大站快车)\d{1,3}(?:路|号线|线|号)?(?!\d|[点分元块])",
    ),
    _pattern("bus_line", rf"{_ALONE}(?:夜|旅|快线?)?[a-z]{{0,2}}支?\d{{1,4}}[a-z支]?\d{{0,2}}(?:路|号线|线|录)"),
    _pattern("bus_line", rf"{_ALONE}(?:[a-z]{{1,2}}支?\d{{1,3}}|[a-z]支\d{{1,2}})(?:路|号?线)?{_END}"),
    _pattern("bus_line", rf"(?<![哪这那同每另])[{_NUMBER}]{{1,3}}(?:路(?!上|人|口)|号线)"),
    _pattern("bus_line", r"(?<![\d路街道弄巷])(?:\d{3}|[4-9]\d|3[2-9])号(?!汽油|线|楼|门|院|馆|店|窗|房|室|铺)"),
    _pattern("bus_line", r"机场快线|机场大巴|机场专线|机场线"),
    _pattern("bus_line", rf"(?<=[a-z] )(?P<value>[a-z]?\d{{1,4}}[a-z]?){_END}"),
    _pattern("ordinal", rf"(?:倒数)?第[{_NUMBER}\d]+[个条项班笔张件辆趟]?"),
    _pattern("ordinal", rf"(?:最[后尾]|头|前)[{_NUMBER}嗰][个条项班笔张件]?"),
    _pattern("ordinal", rf"尾[{_NUMBER}]"),
    _pattern("ordinal", rf"{_ALONE}(?:second|third) (?:to )?last{_END}"),
    _pattern("ordinal", rf"{_ALONE}(?:first|second|third|fourth|fifth|last|\d(?:st|nd|rd|th)){_END}"),
    _pattern(
        "vin_last6",
        rf"{_ALONE}(?:[a-hj-npr-z]?\d{{5}}|\d{{6}}|\d{{3}} \d{{3}}|(?=(?:[a-z]*\d){{3}})[\da-hj-npr-z]{{4}}\d\d)"
        rf"{_END}",
    ),
    _pattern("plate", rf"{_ALONE}[a-hj-z][0-9a-hj-np-z]{{5}}{_END}", holds=_has_digit),
    _pattern("language", r"(?:简体|繁体)(?:中文|字)?|中文版?|英文版?|[英日法韩俄]语|普通话|国语|广东话|粤语"),
    _pattern(
        "language",
        rf"{_ALONE}(?:(?:traditional|simplified) (?:chinese|characters)|english|chinese|mandarin|cantonese|french"
        rf"|japanese|korean|russian){_END}",
    ),
    _pattern("account_number", rf"{_ALONE}\d[\d-]{{6,18}}\d{_END}"),
)


def find(shadow: str) -> List[Span]:
    """Gives what the patterns find in a shadow, without overlaps."""
    return without_overlaps(_finds(shadow))


def _finds(shadow: str) -> Iterator[Span]:
    for value in PATTERNS:
        for found in value.pattern.finditer(shadow):
            if value.holds(found.group()):
                start, end = found.span("value" if "value" in value.pattern.groupindex else 0)
                yield Span(value.entity, start, end, value.sure)
