"""What values look like: each pattern finds what is one, with its exact span, and nothing else."""

from datetime import date
from typing import Optional

import pytest
from stdnum.cn import ric

from values.finding import find
from values.types.id_number import born
from values.writing import normalised


def found(text: str, entity: str) -> list:
    """Gives the values of one kind found in a text."""
    return [text[span.start : span.end] for span in find(normalised(text)) if span.entity == entity]


PLATES = [
    ("查下浙A12345有没有違章", "浙A12345"),
    ("粤AD12345", "粤AD12345"),
    ("京A12345D新能源", "京A12345D"),
    ("浙a8k37p", "浙a8k37p"),
    ("浙Ａ８Ｋ３７Ｐ的", "浙Ａ８Ｋ３７Ｐ"),
    ("浙A·8K37P", "浙A·8K37P"),
    ("沪 B D03961 违章", "沪 B D03961"),
    ("川L 9A 03J 违章有几个", "川L 9A 03J"),
    ("滬A93F28點解有罰單", "滬A93F28"),
    ("粤Z1234港", "粤Z1234港"),
    ("粵Z1A34澳", "粵Z1A34澳"),
    ("浙A0123警", "浙A0123警"),
    ("冀J6K28挂", "冀J6K28挂"),
    ("Zhe A8K37P please", "Zhe A8K37P"),
    ("浙A123", "浙A123"),
    ("浙A12345 28路", "浙A12345"),
    ("宁B155路", None),
    ("新街K155路公交", None),
    ("苏A座B座", None),
    ("XK浙江ABCDE", None),
]


@pytest.mark.parametrize(("text", "plate"), PLATES, ids=[text for text, _ in PLATES])
def test_plates_are_found_however_they_are_written(text: str, plate: Optional[str]) -> None:
    """Blue, new-energy, cross-border and trailer plates; lower case, full width, blanks, dots, Pinyin provinces."""
    assert found(text, "plate") == ([plate] if plate else [])


OTHERS = [
    ("id_number", "身份证330106199004122314。", "330106199004122314"),
    ("id_number", "14010719760920084x", "14010719760920084x"),
    ("id_number", "330106 19900412 231X", "330106 19900412 231X"),
    ("id_number", "330106199013452311", None),  # month 13 and a wrong check digit: no id
    ("id_number", "1330106199004122314", None),  # nineteen digits
    ("phone", "电话13857104926谢谢", "13857104926"),
    ("phone", "+86 139 5710 2648", "+86 139 5710 2648"),
    ("phone", "0571-87065218", "0571-87065218"),
    ("phone", "12857104926", None),
    ("phone", "138571049260", None),
    ("vin_last6", "LSVAM4187C2184847", "184847"),
    ("vin_last6", "后六位083517", "083517"),
    ("permit_number", "C40718265", "C40718265"),
    ("permit_number", "CA1830527", "CA1830527"),
    ("bus_line", "28路到哪了", "28路"),
    ("bus_line", "B支4到拱宸桥", "B支4"),
    ("bus_line", "K155 arrival", "K155"),
    ("bus_line", "坐4號線", "4號線"),
    ("bus_line", "line 7 please", "7"),
    ("amount", "罚了150元", "150元"),
    ("amount", "¥86.40", "¥86.40"),
    ("date", "12月3号去", "12月3号"),
    ("date", "下週一", "下週一"),
    ("date", "next Monday morning", "next Monday"),
    ("date", "2026-12-08", "2026-12-08"),
    ("time", "下午两点半来", "下午两点半"),
    ("time", "at 2:30 pm", "2:30 pm"),
    ("ordinal", "第二个", "第二个"),
    ("ordinal", "最後一個", "最後一個"),
    ("account_number", "户号3301082047", "3301082047"),
    ("account_number", "87102934", "87102934"),
    ("permit_number", "W26110455", None),  # an old permit, or a repair: the sentence decides
    ("permit_number", "旧证是W61820934", "W61820934"),
    ("w_number", "W26110455", "W26110455"),
    ("reference", "A20261130到哪了", "A20261130"),
    ("reference", "查JZZ-330108-2201", "JZZ-330108-2201"),
    ("reference", "GD-20261101-77", "GD-20261101-77"),
    ("date", "the 3rd of next month", "3rd of next month"),
    ("date", "28th of November", "28th of November"),
    ("date", "on the 8th", "8th"),
    ("date", "腊月廿三行吗", "腊月廿三"),
    ("date", "初八去", "初八"),
    ("date", "下個月8號去", "下個月8號"),
    ("date", "明年5月20", "明年5月20"),
    ("date", "坐8号线", None),
    ("ordinal", "尾二嗰個", "尾二"),
    ("language", "換繁體字", "繁體字"),
]


@pytest.mark.parametrize(("entity", "text", "value"), OTHERS, ids=[f"{entity} {text}" for entity, text, _ in OTHERS])
def test_values_are_found(entity: str, text: str, value: Optional[str]) -> None:
    """Numbers, dates, times, amounts and ordinals, with look-arounds that know Chinese."""
    assert found(text, entity) == ([value] if value else [])


def test_check_digit_of_an_id_is_that_of_the_standard() -> None:
    """The example of GB 11643; a date in month 13 is none."""
    assert ric.calc_check_digit("110105194912310021") == "X"
    assert born("11010519491231002X") == date(1949, 12, 31)
    assert born("110105194913310021") is None


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("户号是4410 9283 77", "account_number", "4410 9283 77"),
        ("account 88 0021 4473", "account_number", "88 0021 4473"),
        ("138 0013 8000", "account_number", None),
        ("123 456", "account_number", None),
        ("proof for the 86.40", "amount", "86.40"),
        ("at 9.30", "amount", None),
        ("看看环城2路开到哪儿了", "bus_line", "环城2路"),
        ("架車去到邊呀，快8", "bus_line", "快8"),
        ("夜宵1路还有吗", "bus_line", "夜宵1路"),
        ("B支4", "bus_line", "B支4"),
        ("支106", "bus_line", "支106"),
        ("地铁2号线", "bus_line", "2号线"),
        ("118號車到咗邊度", "bus_line", "118號"),
        ("解放路178号", "bus_line", None),
        ("搭哪一路", "bus_line", None),
        ("water account 7702 1845, how much", "account_number", "7702 1845"),
        ("户号是440106-1188-4", "account_number", "440106-1188-4"),
        ("what about ticket 30417", "reference", "30417"),
        ("reference R-30912, any news", "reference", "R-30912"),
        ("受理号20261103772", "reference", "20261103772"),
        ("单号SF1402887713562", "reference", None),
        ("RMB 1,200.50 was taken", "amount", "RMB 1,200.50"),
        ("多交的58块6", "amount", "58块6"),
        ("十六块五", "amount", "十六块五"),
        ("二百多块", "amount", "二百多块"),
        ("about two hundred yuan", "amount", "two hundred yuan"),
        ("燃气充了100没到账", "amount", "100"),
        ("paid the 150 twice", "amount", "150"),
        ("paid for 15 years", "amount", None),
        ("看下公交86", "amount", None),
        ("尾六位417B07", "vin_last6", "417B07"),
    ],
)
def test_groups_of_digits_sums_and_named_lines(text: str, entity: str, value: Optional[str]) -> None:
    """An account as it is printed, a sum without its unit, a line with a word before its number."""
    assert found(text, entity) == ([value] if value else [])


DAYS_AND_HOURS = [
    ("早上八点出门", "time", ["早上八点"]),
    ("朝早七點半開", "time", ["朝早七點半"]),
    ("半夜一点多", "time", ["半夜一点"]),
    ("昨晚十一点开始", "time", ["昨晚", "十一点"]),
    ("聽朝九點", "time", ["聽朝", "九點"]),
    ("周三下午两点", "time", ["下午两点"]),
    ("早上6点27路来吗", "time", ["早上6点"]),
    ("请快一点", "time", []),
    ("早上好", "time", []),
    ("下晝四點三", "time", ["下晝四點三"]),
    ("half past two please", "time", ["half past two"]),
    ("5.30pm", "time", ["5.30pm"]),
    ("8 a.m. on Dec 3", "time", ["8 a.m."]),
    ("from 6 in the morning", "time", ["6 in the morning"]),
    ("good night", "time", []),
    ("drilling at midnight", "time", ["midnight"]),
    ("is there a night bus", "time", []),
    ("下周天气", "date", ["下周"]),
    ("这个礼拜天", "date", ["这个礼拜天"]),
    ("下周五十点半", "date", ["下周五"]),
    ("下周五十点半", "time", ["十点半"]),
    ("每个礼拜一", "date", ["礼拜一"]),
    ("一个星期一条", "date", []),
    ("一周一行", "date", []),
    ("这个周期", "date", []),
    ("12月11号8点半", "date", ["12月11号"]),
    ("八月份", "date", ["八月份"]),
    ("明后天下雨吗", "date", ["明后天"]),
    ("噚日", "date", ["噚日"]),
    ("大后天", "date", ["大后天"]),
    ("月底去", "date", ["月底"]),
    ("上个月三百", "date", ["上个月"]),
    ("the day after tomorrow", "date", ["day after tomorrow"]),
    ("see you tmr", "date", ["tmr"]),
    ("next Fri", "date", ["next Fri"]),
    ("5 Dec 9 am", "date", ["5 Dec"]),
    ("the second of March", "date", ["second of March"]),
    ("a week on Tuesday", "date", ["a week on Tuesday"]),
    ("runs out in May", "date", ["May"]),
    ("may I ask", "date", []),
    ("12.15", "dotted", ["12.15"]),
]


@pytest.mark.parametrize(("text", "entity", "values"), DAYS_AND_HOURS)
def test_days_and_hours_have_one_span_each(text: str, entity: str, values: list) -> None:
    """A part of the day and its hour are one; a word that says the day too is its own; articles stay outside."""
    assert found(text, entity) == values


@pytest.mark.parametrize(
    ("text", "entity", "values"),
    [
        ("帳號2209 4471 83", "account_number", ["2209 4471 83"]),
        ("account 0917 2284 3", "account_number", ["0917 2284 3"]),
        ("meter no. A0928838", "account_number", ["A0928838"]),
        ("33091827 户号", "account_number", ["33091827"]),
        ("33091827 28路", "bus_line", ["28路"]),
        ("ticket, number 3301001820448", "reference", ["3301001820448"]),
        ("編號R20991進度", "reference", ["R20991"]),
        ("2026111922001457是订单号", "reference", ["2026111922001457"]),
        ("受理号330106199004122314", "reference", ["330106199004122314"]),
        ("330101-2026-00818: still open?", "reference", ["330101-2026-00818"]),
        ("TS2026112300451", "reference", ["TS2026112300451"]),
        ("浙a 8n 205 any fine", "plate", ["浙a 8n 205"]),
        ("a60t28", "plate", ["a60t28"]),
        ("在石桥路和东新路交叉口", "crossing", ["石桥路和东新路交叉口"]),
        ("corner of Kaixuan Road and Taiping Gate", "crossing", ["corner of Kaixuan Road and Taiping Gate"]),
        ("在武林路和体育场路中间", "crossing", []),
        ("采荷玉荷7幢2单元", "house", ["7幢2单元"]),
        ("Lijing Garden, building 3", "bus_line", []),
        ("vin ends in 640283", "vin_last6", ["640283"]),
        ("验证码739104", "vin_last6", []),
        ("12345 hotline", "vin_last6", []),
        ("孩子5岁", "bus_line", []),
        ("B1线路图", "bus_line", ["B1"]),
        ("PM10", "bus_line", []),
        ("高峰快线12号", "bus_line", ["高峰快线12号"]),
        ("紅3到咗未", "bus_line", ["紅3"]),
        ("路边10路灯不亮", "bus_line", []),
        ("坐301去", "bus_line", ["301"]),
        ("燃气充了五十", "amount", ["五十"]),
        ("1,280.50", "amount", ["1,280.50"]),
        ("三百来块", "amount", ["三百来块"]),
        ("往北五十米", "amount", []),
        ("水电一块交", "amount", []),
        ("120 yuan", "amount", ["120 yuan"]),
        ("send 5,000 yuan", "amount", ["5,000 yuan"]),
        ("廿蚊", "amount", ["廿蚊"]),
        ("贷10万块", "amount", ["10万块"]),
        ("a loan of 20k", "amount", ["20k"]),
        ("要頭嗰個", "ordinal", ["頭嗰個"]),
        ("第三間啦", "ordinal", ["第三間"]),
        ("第一次辦", "ordinal", []),
        ("第一人民医院", "ordinal", []),
    ],
)
def test_the_word_beside_a_number_says_what_it_is(text: str, entity: str, values: list) -> None:
    """Before it or behind it; and what merely has digits is none."""
    assert found(text, entity) == values


@pytest.mark.parametrize(
    "text",
    [
        "掉了3块地砖",
        "提前年检",
        "当前日期",
        "以后天气预报",
        "我今年三十五岁",
        "孩子上初二",
        "一月多少钱",
        "两月没交",
        "上年纪了",
        "3线上办理",
        "12-3-40",
        "10路灯",
    ],
)
def test_what_only_looks_like_a_value_is_never_sure(text: str) -> None:
    """A sure value is one whatever the sentence says: 3块地砖 is no money, 一月 may be a month or once in one."""
    assert [span for span in find(normalised(text)) if span.sure and text[span.start : span.end] != "今年"] == []
