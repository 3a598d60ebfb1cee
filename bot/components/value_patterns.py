r"""What values look like, on the shadow of a text. `\b` knows no Chinese, so every pattern looks around itself.

A *sure* value is an entity whatever stands around it. The others are hints for the character tagger, which
decides by the sentence: 8号 is a bus, a day or a house. Some hints are no entities at all (a code, a hotline, a
measure): they say what a number is not. Characters may be written in any script.
"""

import re
from dataclasses import dataclass
from typing import Callable, Iterator, List, Pattern, Tuple

from bot.components.check_digits import has_birth_date, id_number_checks
from bot.components.shadow import simplified
from bot.components.spans import Span, without_overlaps
from bot.components.value_words import (
    ACCOUNT_WORD,
    ALONE,
    BEHIND,
    CLASSIFIER,
    DAY_AND_PART,
    DAYPART,
    END,
    ENGLISH_FESTIVALS,
    ENGLISH_HOUR,
    ENGLISH_NUMBERS,
    ENGLISH_ROAD,
    FESTIVALS,
    GROUPS,
    HOUR,
    MONTHS,
    NTH,
    NUMBER,
    PINYIN,
    PROVINCES,
    REFERENCE_WORD,
    ROAD,
    SAID,
    SOON,
    SUM,
    VIN_SAID,
    WEEKDAYS,
    YEAR,
)


def _digits(text: str) -> str:
    return re.sub(r"[\s-]", "", text)


def _is_id_number(text: str) -> bool:
    """A right check digit, or a date of birth: then it is a mistyped id, and the dialogue says so."""
    number = _digits(text)
    return id_number_checks(number) or has_birth_date(number)


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


def _has_account(text: str) -> bool:
    return 7 <= sum(character.isdigit() for character in text) <= 20


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
    return ValuePattern(entity, re.compile(pattern.translate(simplified())), sure, holds)


# In the order of precedence: the first of overlapping finds stays.
PATTERNS: Tuple[ValuePattern, ...] = (
    _pattern(
        "reference",
        rf"{REFERENCE_WORD}{SAID}(?!sf|w\d{{8}}|20\d\d-\d{{1,2}}-\d)"
        rf"(?P<value>(?:(?:[a-z]{{1,4}}-){{1,2}}\d|[a-z]{{1,4}}\d|\d\d)[\d-]{{2,24}}\d){END}",
        sure=True,
    ),
    _pattern("id_number", rf"{ALONE}\d{{6}}[\s-]?\d{{8}}[\s-]?\d{{3}}[\dx]{END}", sure=True, holds=_is_id_number),
    _pattern(  # written in groups: 川L 9A 03J
        "plate",
        rf"[{PROVINCES}]\s?[a-hj-z][\s·•.\-]?(?:(?=[a-z]{{0,3}}\d)[0-9a-z]{{1,4}}[\s·•.\-]){{1,2}}(?=[a-z]{{0,3}}\d)"
        rf"[0-9a-z]{{2,4}}{END}",
        sure=True,
        holds=_is_grouped_plate,
    ),
    # province, office letter, 4 to 6 characters (a wrong plate is still meant as one); 挂学警港澳 close some
    _pattern(
        "plate",
        rf"[{PROVINCES}]\s?[a-hj-z](?:\s?[·•.\-]\s?|\s)?"
        rf"(?:[0-9a-z]{{4}}[挂学警港澳领使]|[0-9a-z]{{3,7}})(?![a-z0-9]|路|号线|线|支)",
        sure=True,
        holds=_has_digit,
    ),
    _pattern(
        "plate",
        rf"(?<![a-z0-9'])(?:{PINYIN})[\s-]?[a-hj-z][\s·.\-]?[0-9a-hj-np-z]{{5,6}}{END}",
        sure=True,
        holds=_has_digit,
    ),
    _pattern("phone", rf"(?<![a-z0-9+])(?:\+?86[\s-]?)?1[3-9]\d[\s-]?\d{{4}}[\s-]?\d{{4}}{END}", sure=True),
    _pattern("phone", rf"{ALONE}0\d{{2,3}}[\s-]\d{{7,8}}{END}", sure=True),
    _pattern(
        "vin_last6",
        rf"{ALONE}(?=[a-z0-9]{{17}}{END})[a-hj-npr-z0-9]{{11}}(?P<value>[a-hj-npr-z0-9]{{6}})",
        sure=True,
        holds=_is_vin,
    ),
    # Hong Kong, Macau and Taiwan permits: a letter and eight digits, or two letters and seven (since 2015); W, as old
    # ones have it, begins numbers of repairs too
    _pattern("permit_number", rf"{ALONE}[chmt](?:\d{{8}}|[a-z]\d{{7}}){END}", sure=True),
    _pattern(
        "permit_number",
        r"(?:通行证|证件?号?码?|[旧舊]嗰?本|permit|booklet|card|old one)"
        rf"(?:号码?|编号|number|no\.?|is|是|系|[\s:：])*(?P<value>w\d{{8}}){END}",
    ),
    _pattern("w_number", rf"{ALONE}w\d{{8}}{END}"),  # an old permit, or a repair
    _pattern(
        "reference", rf"{ALONE}(?!sf)[a-z]{{1,4}}20[12]\d(?:0[1-9]|1[0-2])\d{{2,10}}(?:-\d{{1,6}})?{END}", sure=True
    ),
    _pattern(  # a group of digits is no line, and one after the word is what the word says: account 7702 1845
        "account_number",
        rf"{ACCOUNT_WORD}{SAID}(?P<value>[a-z]\d{{6,9}}|\d[\d-]{{5,18}}\d(?![\d-])|{GROUPS}){END}",
        sure=True,
        holds=_has_account,
    ),
    _pattern(
        "account_number",
        rf"{ALONE}(?P<value>\d{{8,16}}|{GROUPS}){BEHIND}{ACCOUNT_WORD}))",
        sure=True,
        holds=_is_account,
    ),
    _pattern(  # a kind, a day, a count: GD-20261101-77, HZ-BJ-20261101-12
        "reference", rf"{ALONE}(?:[a-z]{{1,4}}-){{1,2}}20\d{{4,6}}(?:-\d{{1,6}})?{END}", sure=True
    ),
    _pattern(
        "reference",
        rf"{ALONE}(?!sf)(?P<value>(?:[a-z]{{1,4}}-?)?\d{{6,20}}){BEHIND}{REFERENCE_WORD}))",
        sure=True,
    ),
    _pattern("vin_last6", rf"{VIN_SAID}(?P<value>[a-hj-npr-z\d]{{6}}){END}", sure=True, holds=_has_digit),
    _pattern(
        "code",
        rf"(?:(?<![a-z])code|otp|验证码|校验码|收到(?:的|个)码|短信码)(?:is|系|是|[\s:：])*(?P<value>\d{{4,6}}){END}",
    ),
    _pattern("hotline", rf"{ALONE}(?:12345|12123|12306|12315|12328|12329|12333|12319|95598){END}"),
    _pattern(
        "reference",
        rf"编号(?:是|系|为|[\s:：#])*(?!w\d{{8}})(?P<value>[a-z]{{1,4}}-?\d[\d-]{{2,18}}\d){END}",
        sure=True,
    ),
    _pattern("reference", rf"{ALONE}\d{{6}}-20\d\d-\d{{3,6}}{END}"),
    _pattern("reference", rf"{ALONE}[a-z]{{1,4}}-?\d{{4,8}}(?:-\d{{2,6}})+{END}"),  # GD-20261101-77
    _pattern("reference", rf"{ALONE}[a-z]{{1,3}}-[a-z]{{2,3}}-\d{{6,8}}(?:-\d{{1,4}})?{END}"),  # HZ-BJ-20261101-12
    _pattern(
        "reference",
        rf"{ALONE}(?!sf\d)(?:[a-z]{{2,4}}-?\d{{5,14}}|[a-z]\d{{7,12}}|[a-z]-\d{{4,8}}|20[12]\d{{8,11}}){END}",
    ),
    _pattern(  # a crossing of two roads; no entity, since the sentence says where the first name begins
        "crossing",
        rf"{ROAD}[和与跟同、]?{ROAD}(?:路口|口|交叉口|十字路口|交界处?|交汇处?)"
        rf"|{ALONE}(?:corner|junction|crossing|intersection) of [a-z' ]+? and [a-z' ]+?{ENGLISH_ROAD}{END}",
    ),
    _pattern(  # the numbers of a house are no line and no day
        "house",
        rf"(?:(?:\d+|[{NUMBER}]+)(?:号楼|号院|幢|栋|单元|室|弄))+"
        rf"|{ALONE}(?:building|block|flat|unit|room|window|gate) \d+{END}",
    ),
    _pattern(  # neither money nor a line
        "measure",
        rf"[{NUMBER}]+多?(?:度(?!电)|岁|米|公里|平方|小时|分钟|个钟)"
        r"|(?<![\d.:/-])\d+(?:\.\d+)?\s?多?(?:个半?小时|小时|个?钟头?|分钟|分鐘|岁|米(?!市)|公里|千米|度(?!电)|平方|%|％|percent(?![a-z])"
        r"|min(?:ute)?s?(?![a-z])|hours?(?![a-z])|hrs?(?![a-z])|days?(?![a-z])|weeks?(?![a-z])|years?(?![a-z])|months?(?![a-z])"
        r"|degrees?(?![a-z])|times(?![a-z]))",
    ),
    _pattern("amount", rf"(?:[¥￥$]|{ALONE}(?:rmb|cny))\s?{SUM}(?![\d.])"),
    _pattern("amount", rf"(?<![\d.,]){SUM}(?:块|蚊)[\d半](?![\d.])"),
    _pattern(
        "amount",
        rf"(?<![\d.,]){SUM}\s?(?:多|几|来)?[百千万亿]?(?:多|几)?(?:元|块钱|块(?![儿砖石板玻瓷木铁地牌广])|圆|蚊)"
        rf"|(?<![\d.,]){SUM}(?:k| ?thousand| ?million)?\s?(?:rmb|cny|yuan|kuai|bucks){END}",
        sure=True,
    ),
    _pattern(
        "amount",
        rf"[{NUMBER}千万廿卅]+[多几来]?(?:块(?![交缴办弄])|蚊)(?:[{NUMBER}半](?!个|月|天|次)|钱)?|[{NUMBER}千万廿卅]+[多几来]?元(?!旦|宵)",
    ),
    _pattern(
        "amount",
        rf"{ALONE}(?:{ENGLISH_NUMBERS})(?:[ -](?:and )?(?:{ENGLISH_NUMBERS}))* (?:yuan|rmb|kuai|bucks){END}",
    ),
    _pattern(
        "amount",
        r"[一二两三四五六七八九](?:百[一二三四五六七八九]?|千|万)(?:多|几|来)?(?!首|座|里|[名位辆])(?![一二两三四五六七八九十百千零〇路号年月日天次个米克公])",
    ),
    _pattern(
        "amount",
        rf"(?<!公)[充交付缴扣入差退罚值存收争畀]了?咗?(?P<value>(?!\d{{6}}){SUM})"
        rf"(?![\d.a-z:：/点号路线年月日个次天分]|\s?(?:小时|分钟))",
    ),
    _pattern(
        "amount",
        rf"{ALONE}(?:pay|paid|paying|overpaid|charged|refund|owe|owed|costs?|took|sent|received?|top up|recharge|put"
        rf"|add|withdraw)"
        rf"(?: (?:me|you|the|my|a|about|an extra|another|this))? (?P<value>{SUM}){END}"
        rf"(?! ?(?:years?|months?|days?|times|fines?|bills?|tickets?))",
    ),
    _pattern(
        "amount",
        rf"(?:(?<!公)[充交付缴扣入差罚值存收争畀抄刷]|罚单|就|还要?|剩|电费|水费|燃气费|[上这]个月)了?咗?\s?"
        rf"(?P<value>[二两三四五六七八九]?十[一二三四五六七八九]?(?:多|几|来)?)(?![{NUMBER}千万路号年月日天次个点分岁米公张])",
    ),
    _pattern(
        "amount", rf"(?<![\d.,]){SUM}[千万亿](?![里米克瓦年人名次])|{ALONE}{SUM}(?:k|(?: thousand| million)){END}"
    ),
    _pattern("amount", r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?(?![\d.,])"),
    _pattern("amount", r"(?<![\d.])\d+\.\d{2}(?![\d.])", holds=_is_no_time),
    _pattern("amount", r"(?<![\d.])\d{2,4}\.\d(?![\d.])"),
    _pattern(
        "time",
        rf"(?:{DAYPART})?(?:\d{{1,2}}[点时](?:半|[一三]刻|\d{{1,2}}分?(?![钟\d路号]))?"
        rf"|(?:(?<![早晚快慢多少有好近远迟差贵高低])一(?!点[不没都也儿用])|{HOUR})点(?:半|正|[一三]刻|[二三四五]?十[一二三四五六七八九]?分?|零[一二三四五六七八九]分?|[{NUMBER}](?:分(?!钟)|(?![\u4e00-\u9fff])))?)",
    ),
    _pattern(
        "time", rf"(?<![\d:])(?:(?:{DAYPART})\s?)?[0-2]?\d:[0-5]\d(?![\d:])(?:\s?[ap]\.?m\.?(?![a-z]))?", sure=True
    ),
    _pattern("time", rf"{ALONE}\d{{1,2}}(?:[:.]\d\d)?\s?(?:a\.m\.|p\.m\.|(?:[ap]m|o'clock){END})", sure=True),
    _pattern(
        "time",
        rf"{ALONE}(?:(?:half past|quarter (?:past|to)|half) (?:{ENGLISH_HOUR}|\d{{1,2}})"
        rf"|(?:{ENGLISH_HOUR})(?: (?:thirty|fifteen|forty-five))? ?(?:o'clock|[ap]m)|(?:{ENGLISH_HOUR}) thirty"
        rf"|\d{{1,2}}-?ish){END}",
    ),
    _pattern(
        "time",
        rf"{ALONE}(?:at|by|from|till|until|before|after|around) "
        rf"(?P<value>(?:{ENGLISH_HOUR}|\d{{1,2}})(?: in the (?:morning|afternoon|evening))?){END}(?![:.]\d)",
    ),
    _pattern(
        "time",
        rf"{ALONE}(?:this (?:morning|afternoon|evening)|tonight|last night|morning|afternoon|evening|noon|midnight"
        rf"|(?<!good )(?<!all )night(?! bus| market| tariff)|lunchtime){END}",
    ),
    _pattern(
        "time", rf"{DAY_AND_PART}|(?:早上|上午|中午|下午|晚上)(?!好)|(?:{DAYPART}|白天)(?<![上中下]午)(?<![早晚]上)"
    ),
    _pattern(
        "bus_line",
        r"(?<![a-z])(?:环城|环|快|夜宵|夜间|夜|微|旅游|游|特|支线|支|机场(?:大巴|巴士)?|高铁|高峰快线|(?<![早晚学班])高峰|大站快车|[红绿蓝黄橘棕])\d{1,3}(?:路|号线|线|号)?(?![\d点分元块月日天])",
    ),
    _pattern(  # by the moon: 腊月廿三, 初八, 大年三十
        "date",
        r"(?:农历|阴历|旧历)?(?:(?:正|腊|冬|[一二三四五六七八九十]{1,2})月|大年)"
        r"(?:初[一二三四五六七八九十]|廿[一二三四五六七八九]?|[二三]?十[一二三四五六七八九]?)(?![日号天])",
        sure=True,
    ),
    _pattern(
        "date",
        r"(?<![\d今去明前后每几多])年(?:初[一二三四五六七八九十]|廿[一二三四五六七八九]?|三十(?!多|[几岁一二三四五六七八九]))",
    ),
    _pattern("date", r"初[一二三四五六七八九十]"),  # a class of a school, too
    _pattern("date", rf"{SOON}月(?:\d{{1,2}}|[{NUMBER}廿]{{1,3}})[日号]", sure=True),
    _pattern(
        "date", rf"{YEAR}(?:\d{{1,2}}|[{NUMBER}]{{1,2}})月(?:\d{{1,2}}[日号]?|[{NUMBER}廿]{{1,3}}[日号])?", sure=True
    ),
    _pattern("date", r"(?<!\d)20\d\d[-/.年]\d{1,2}(?:[-/.月]\d{1,2}[日号]?|月)(?!\d|路|线)", sure=True),
    _pattern("date", r"(?<!\d)\d\d[-/.年]\d{1,2}(?:[-/.月]\d{1,2}[日号]?|月)(?!\d|路|线)"),
    _pattern("date", r"(?<!\d)\d{1,2}月(?:\d{1,2}(?:[日号](?!线)|(?![\d线]))|份)?", sure=True),
    _pattern("date", rf"[{NUMBER}]{{1,2}}月(?:[{NUMBER}廿]{{1,3}}[日号]|份)", sure=True),
    _pattern("date", rf"[{NUMBER}]{{1,2}}月(?!天)"),  # 一月 is once a month too
    _pattern("date", r"二[〇零][一二三四五六七八九〇零]{2}年"),
    _pattern("date", rf"(?<!\d)(?:[12]?\d|3[01])[日号](?!线|楼|门|院|馆|店|窗)|[{NUMBER}廿]{{1,3}}号(?!线|楼|门|院)"),
    _pattern("date", r"(?<![\d/])\d{1,2}/\d{1,2}(?![\d/])"),
    _pattern("date", "今儿个?|今个(?!星期|礼拜|周|月)儿?|明儿个?|后儿个?|昨儿个?|噚日|琴日"),
    _pattern(
        "date",
        "大后[天日]|大前[天日]|明后天|今天|今日|明天|明日|听日|(?<![以今然之午最过先])后[天日]|昨天|昨日|寻日|(?<![提当之目])前[天日]|明朝",
        sure=True,
    ),
    _pattern(
        "date",
        rf"(?:{SOON}(?=周|星期|礼拜)|(?<![一两几])(?=周)|(?<![一两几]个)(?<![一两几])(?=星期|礼拜))(?:周|星期|礼拜)(?:[一二三四五六日末]|天(?!气))",
    ),
    _pattern(
        "date",
        rf"{SOON}(?:(?:周(?!期|岁|边|围)|星期|礼拜)(?![一二三四五六日末]|天(?!气))|月|年(?!头|度|级|纪))|(?:今|明|旧)年|去年(?!初)|(?<!提)[前出]年(?![检费度审龄])",
        sure=True,
    ),
    _pattern("date", FESTIVALS),
    _pattern("date", rf"{ALONE}(?:{ENGLISH_FESTIVALS}){END}"),
    _pattern("date", rf"{ALONE}{NTH} (?:of )?(?:next|this|last) month{END}"),
    _pattern(
        "date",
        rf"{ALONE}(?:day (?:after tomorrow|before yesterday)|week after next|a week on (?:{WEEKDAYS})){END}",
        sure=True,
    ),
    _pattern("date", rf"{ALONE}(?:today|tomm?orr?ow|tmrw?|tmw|yesterday){END}", sure=True),
    _pattern(
        "date", rf"{ALONE}(?:(?:last|next|this(?: coming)?|coming) )?(?:{WEEKDAYS}|week|month|year|weekends?){END}"
    ),
    _pattern(
        "date",
        rf"{ALONE}(?:(?:{NTH}|\d{{1,2}}|first|second|third|end|start|beginning|middle) (?:of )?(?:{MONTHS}|may)"
        rf"|(?:next |last )?(?:{MONTHS})(?:\.? \d{{1,2}}(?:st|nd|rd|th)?(?![\d:]))?)(?:,? (?:19|20)\d\d)?{END}",
    ),
    _pattern("date", rf"{ALONE}(?:\d{{1,2}} may|may \d{{1,2}})(?:st|nd|rd|th)?{END}"),  # else a modal verb
    _pattern("date", rf"{ALONE}(?:in|since|until|by) (?P<value>may){END}"),
    _pattern(
        "dotted", r"(?<![\d.])(?:1[0-2]|0?[1-9])\.(?:3[01]|[12]\d|0?[1-9])(?![\d.点元块])"
    ),  # a day, an hour, money
    _pattern("date", rf"{ALONE}(?:[4-9]th|[12]\d(?:st|nd|rd|th)|3[01](?:st|th)){END}"),
    _pattern("date", r"(?<![\d年])(?:19|20)\d\d年|(?<![a-z0-9-])(?:19|20)\d\d(?![a-z0-9-])"),
    _pattern(
        "account_number", r"(?<!\d)\d{2,8}(?: \d{2,5}){0,3} \d{1,5}(?![\d路号])", holds=_is_account
    ),  # in groups, as on bills
    _pattern(
        "bus_line",
        rf"{ALONE}(?:夜|旅|快线?)?[a-z]{{0,2}}支?\d{{1,4}}[a-z支]?\d{{0,2}}(?:路(?![线灯口人])|号线|线(?![路上下城]))",
        sure=True,
    ),
    _pattern("bus_line", rf"{ALONE}[a-z]?\d{{1,3}}录"),  # mistyped 路
    _pattern("bus_line", rf"{ALONE}(?!pm)(?:[a-z]{{1,2}}支?\d{{1,3}}|[a-z]支\d{{1,2}})(?:路(?!线)|号?线(?!路))?{END}"),
    _pattern("bus_line", rf"(?<![哪这那同每另])[{NUMBER}]{{1,3}}(?:路(?!上|人|口)|号线)"),
    _pattern("bus_line", r"(?<![\d路街道弄巷])(?:\d{3}|[4-9]\d|3[2-9])号(?!汽油|线|楼|门|院|馆|店|窗|房|室|铺)"),
    _pattern("bus_line", r"机场快线|机场大巴|机场专线|机场线"),
    _pattern(
        "numbered",  # a choice, or a line
        rf"{ALONE}(?:(?:option|choice|numbers?|no\.?|nr\.?) |#)(?P<value>\d|{ENGLISH_HOUR}){END}",
    ),
    _pattern("bus_line", r"(?<=[坐搭乘等])(?P<value>\d{1,3}[a-z]?)(?![a-z\d点分元块月日号个天次小多几.%度岁米站人])"),
    _pattern("bus_line", rf"(?<=[a-z] )(?P<value>[a-z]?\d{{1,4}}[a-z]?){END}(?![-.]\d)"),
    _pattern("ordinal", rf"(?:倒数)?第[{NUMBER}\d]+(?![次日天时种代]|人民|医院|中学|小学|附属){CLASSIFIER}?"),
    _pattern("ordinal", rf"(?:最[后尾]|头|前|尾)[{NUMBER}嗰]{CLASSIFIER}"),
    _pattern("ordinal", rf"(?:最[后尾]|头|前)[{NUMBER}嗰]|尾[{NUMBER}]"),
    _pattern("ordinal", rf"{ALONE}(?:second|third) (?:to )?last{END}"),
    _pattern("ordinal", rf"{ALONE}(?:first|second|third|fourth|fifth|last|\d(?:st|nd|rd|th)){END}"),
    _pattern(  # the last four places of a VIN are digits, nearly always
        "vin_last6",
        rf"{ALONE}(?:[a-hj-npr-z]?\d{{5}}|[\da-hj-npr-z]{{2}}\d{{4}}|\d{{3}} \d{{3}}"
        rf"|\d(?=(?:[a-z]*\d){{2}})[\da-hj-npr-z]{{3}}\d\d){END}",
    ),
    _pattern("plate", rf"{ALONE}[a-hj-z][0-9a-hj-np-z]{{5}}{END}", holds=_has_digit),
    _pattern("language", r"(?:简体|繁体)(?:中文|字)?|中文版?|英文版?|[英日法韩俄]语|普通话|国语|广东话|粤语"),
    _pattern(
        "language",
        rf"{ALONE}(?:(?:traditional|simplified) (?:chinese|characters)|english|chinese|mandarin|cantonese|french"
        rf"|japanese|korean|russian){END}",
    ),
    _pattern("account_number", rf"{ALONE}\d[\d-]{{5,18}}\d{END}"),
    _pattern("number_words", rf"{ALONE}(?:{ENGLISH_NUMBERS})(?:[ -](?:and )?(?:{ENGLISH_NUMBERS}))*{END}"),
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
