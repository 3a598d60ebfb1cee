"""Values said or written otherwise, in three languages: read wherever they are asked for, found in sentences."""

from datetime import date

import pytest

from desk.texts.masking import masked
from values.calendar import mentions
from values.definition import Accepted, Rejected
from values.digits import as_digits
from values.finding import find, find_asked
from values.registry import value_types
from values.writing import normalised

DIGITS = [
    ("六五五七", "6557"),
    ("六五五七號", "6557号"),
    ("幺三八洞洞", "13800"),
    ("么三八", "138"),
    ("两千零八", "2008"),
    ("兩千零八", "2008"),
    ("一百二十", "120"),
    ("６５５７", "6557"),
    ("six five five seven", "6557"),
    ("Double six, five OH", "6650"),
    ("triple eight nine", "8889"),
    ("sixty-five fifty seven", "6557"),
    ("two thousand and eight", "2008"),
    ("seven", "7"),
    ("a eight k three seven p", "a8k37p"),
    ("the last one", "the last one"),
    ("么事", "么事"),
    ("山洞", "山洞"),
]


@pytest.mark.parametrize(("said", "digits"), DIGITS)
def test_digits_that_are_said_are_digits(said: str, digits: str) -> None:
    """One by one, as a numeral, doubled, full width; a word that is no digit stays."""
    assert as_digits(said) == digits


READ = [
    ("vin_last6", "六五五七三一", "655731"),
    ("vin_last6", "6 5 5 7 3 1", "655731"),
    ("vin_last6", "six five five seven three one", "655731"),
    ("vin_last6", "double six double five three one", "665531"),
    ("plate", "晋B七九U零五", "晋B79U05"),
    ("plate", "晉B七九U零", None),
    ("plate", "粵B一二三四五", "粤B12345"),
    ("plate", "zhe A one two three four five", "浙A12345"),
    ("plate", "zhe A eight K three seven P", "浙A8K37P"),
    ("phone", "幺三八零零幺三八零零零", "13800138000"),
    ("phone", "一三八 零零一三 八零零零", "13800138000"),
    ("phone", "one three eight double oh one three eight triple zero", "13800138000"),
    ("id_number", "一一零一零五一九四九一二三一零零二X", "11010519491231002X"),
    ("account_number", "三三零一零零零一八七", "3301000187"),
    ("account_number", "３３０１ ０００ １８７", "3301000187"),
    ("account_number", "three three oh one triple oh one eight seven", "3301000187"),
    ("one_time_code", "四八二九一三", "482913"),
    ("one_time_code", "four eight two nine one three", "482913"),
    ("permit_number", "C 一二三四五六七八", "C12345678"),
    ("passport", "E 一二三四五六七八", "E12345678"),
    ("passport", "ea1234567", "EA1234567"),
    ("passport", "K1234567", "K1234567"),
    ("passport", "542987163", "542987163"),
    ("passport", "C01X00T47", "C01X00T47"),
    ("passport", "12345678", None),
    ("passport", "EI1234567", None),
    ("passport", "E1234567", None),
    ("amount", "两千零八块", "2008.00"),
    ("amount", "八十一块四毛七", "81.47"),
    ("amount", "12块5毛8分", "12.58"),
    ("amount", "fifty yuan", "50.00"),
    ("amount", "蚊", None),
]


@pytest.mark.parametrize(("name", "said", "value"), READ)
def test_a_value_that_is_said_has_the_same_form(name: str, said: str, value: str | None) -> None:
    """Digits in Chinese, in English words and full width; what has not the form of its type is none."""
    read = value_types()[name].read
    assert read is not None
    reading = read(said, date(2026, 11, 24))
    assert isinstance(reading, Rejected) if value is None else reading == Accepted(value)


@pytest.mark.parametrize(("name", "said"), [(name, said) for name, said, value in READ if value and name != "amount"])
def test_a_value_that_is_said_is_an_attempt_at_one(name: str, said: str) -> None:
    """Said alone it is the answer to the question for it."""
    assert value_types()[name].attempts(said)


@pytest.mark.parametrize("text", ["pay the first two", "just the last one", "第一个", "one or two", "我有两辆车"])
def test_a_number_in_a_sentence_is_no_attempt(text: str) -> None:
    """A sentence that has a number is no value of digits."""
    named = ("vin_last6", "plate", "account_number", "phone", "id_number", "one_time_code")
    assert [name for name in named if value_types()[name].attempts(text)] == []


SENTENCES = [
    ("phone", "打我电话幺三八零零幺三八零零零谢谢", ["幺三八零零幺三八零零零"]),
    ("phone", "my phone is one three eight zero zero one three eight zero zero zero ok",
     ["one three eight zero zero one three eight zero zero zero"]),
    ("plate", "晉B七九U零五有冇罰單", ["晉B七九U零五"]),
    ("plate", "查下粤B一二三四五", ["粤B一二三四五"]),
    ("account_number", "户号三三零一零零零一八七", ["三三零一零零零一八七"]),
    ("account_number", "戶號係３３０１０００１８７", ["3301000187"]),
    ("one_time_code", "验证码四八二九一三", ["四八二九一三"]),
    ("passport", "护照E12345678", ["E12345678"]),
    ("passport", "my passport number is K1234567", ["K1234567"]),
    ("passport", "护照号542987163", ["542987163"]),
    ("passport", "passport C01X00T47, please", ["C01X00T47"]),
    ("passport", "passport services in 20261201", []),
    ("passport", "the number is 542987163", []),
    ("account_number", "my number is 13800138000", []),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "values"), SENTENCES)
def test_a_value_that_is_said_is_found_as_it_is_written(name: str, text: str, values: list[str]) -> None:
    """In a sentence, at its own place."""
    assert list(find_asked(value_types()[name], text, date(2026, 11, 24))) == values


@pytest.mark.parametrize(
    "text", ["七七八八了", "五四广场怎么走", "二〇二六年", "三三两两", "一二三路", "chapter one two"]
)
def test_a_short_run_of_digits_in_a_sentence_is_left_to_it(text: str) -> None:
    """Six and more are somebody's number; fewer are idioms, years and names."""
    assert {one.entity for one in find(normalised(text))} <= {"date", "bus_line", "number_words"}


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ("电话一三八零零一三八零零零", "电话****"),
        ("one three eight double zero one three eight", "****"),
        ("晋B七九U零五的罚款", "晋B****五的罚款"),
        ("晉b12345", "晉B****5"),
        ("冀J6K28掛", "冀J****掛"),
        ("第一二三名", "第一二三名"),
    ],
)
def test_staff_do_not_see_a_number_that_is_said(said: str, seen: str) -> None:
    """Nor a plate in another script."""
    assert masked(said) == seen


NAMES = (
    *("陈嘉树", "歐陽娜娜", "冼星海", "张有为", "王可", "阿依古丽", "扎西次仁", "买买提·艾力", "我叫时明", "叫何琳"),
    *("李元芳", "陈万里", "王路", "郑以伟", "王再兴", "次仁", "我叫丁丁", "哈力克·买买提", "叶尔别克·哈力"),
    *("Li Wei", "Anna Maria Rossi", "zhang wei", "May Chan", "He Wei", "病人姓名：王小明"),
)
NO_NAMES = (
    *("麻煩晒", "麻烦了", "多谢", "多謝晒", "谢谢", "谢谢你", "唔該", "要钱吗", "要錢嗎", "方便吗", "明天", "明白"),
    *("后天下午", "都行", "那好", "李先生", "王小姐", "路口东侧", "查违章", "车牌", "申请", "温度", "时间", "任何"),
    *("周三", "馬上", "哈哈哈", "都可以", "那行", "白天", "万元"),
    *("thank you", "Thank You", "Never Mind", "not now please", "ok thanks", "How Much Is It", "are you sure"),
)
COURTESIES = (
    *("麻煩晒", "多谢", "谢谢", "要钱吗", "好的", "知道了"),
    *("thank you", "Thanks", "how much", "what is it", "yes please"),
)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_has_the_form_of_one(name: str) -> None:
    """A surname and characters of names, a transliteration, or Latin words."""
    person = value_types()["person_name"]
    assert person.read is not None
    assert person.attempts(name)
    assert isinstance(person.read(name, None), Accepted)


@pytest.mark.parametrize("text", NO_NAMES)
def test_a_courtesy_and_a_question_have_not(text: str) -> None:
    """Nor has a day, nor how somebody is spoken to: neither as an answer nor where the bot took it for a name."""
    person = value_types()["person_name"]
    assert person.read is not None
    assert not person.attempts(text)
    assert isinstance(person.read(text, None), Rejected)


@pytest.mark.parametrize(
    "text",
    [
        "麻煩晒",
        "多谢",
        "谢谢",
        "要钱吗",
        "好的",
        "知道了",
        "thank you",
        "Thanks",
        "how much",
        "what is it",
        "yes please",
    ],
)
def test_a_courtesy_is_no_place(text: str) -> None:
    """A sentence names none."""
    place = value_types()["place"]
    assert place.read is not None
    assert not place.attempts(text)
    assert isinstance(place.read(text, None), Rejected)


@pytest.mark.parametrize(
    "place",
    [
        *("谢家村", "晒布路", "苦水街12号", "钱塘", "太古汇", "后海", "万科一期", "三里屯酒吧"),
        *("You Yi Road", "Tianhe City"),
    ],
)
def test_a_place_keeps_its_characters(place: str) -> None:
    """What says which kind of place it is may be called anything; what does not holds no sentence."""
    read = value_types()["place"].read
    assert read is not None
    assert read(place, None) == Accepted(place)


@pytest.mark.parametrize("text", ["去年三十几 现在九十几", "PM2.5是多少", "他今年三十岁"])
def test_what_only_looks_like_a_day_is_none(text: str) -> None:
    """A sum of last year, fine dust, an age."""
    assert mentions(text, date(2026, 11, 28)) == []


DAYS = [
    ("Tues 8 Dec", "2026-12-08"),
    ("the NINTH of december", "2026-12-09"),
    ("December the twenty-first, please", "2026-12-21"),
    ("on the twenty-first", "2026-12-21"),
    ("周三（12月9号）", "2026-12-09"),
    ("12月9號禮拜三", "2026-12-09"),
    ("the 7th of Dec, this Monday", "2026-12-07"),
    ("Thursday the 3rd", "2026-12-03"),
    ("Friday 9.30", "2026-12-04"),
]


@pytest.mark.parametrize(("text", "day"), DAYS)
def test_the_day_of_a_month_beats_the_day_of_the_week_beside_it(text: str, day: str) -> None:
    """Both are one day; a number that may be a time is none beside another day."""
    kind = value_types()["date"]
    assert kind.read is not None
    written = find_asked(kind, text, date(2026, 12, 1))
    assert [kind.read(one, date(2026, 12, 1)) for one in written] == [Accepted(day)]


@pytest.mark.parametrize("text", ["Monday, 8 December", "周三12月8号", "12月8號禮拜四"])
def test_a_day_of_another_week_day_is_asked_about(text: str) -> None:
    """Which of the two was meant only the resident knows."""
    kind = value_types()["date"]
    assert kind.read is not None
    read = kind.read(text, date(2026, 12, 1))
    assert isinstance(read, Rejected)
    assert read.reason == "date.other_weekday"


TIMES = [
    ("half nine in the morning", "09:30"),
    ("quarter to ten", "09:45"),
    ("quarter past eight", "08:15"),
    ("nine thirty please", "09:30"),
    ("8 in the evening", "20:00"),
    ("9.30 please", "09:30"),
    ("9.30am", "09:30"),
    ("下午3.30", "15:30"),
]


@pytest.mark.parametrize(("text", "time"), TIMES)
def test_a_time_in_words_is_found_and_read(text: str, time: str) -> None:
    """As it is said, and with a dot."""
    kind = value_types()["time"]
    assert kind.read is not None
    written = find_asked(kind, text, date(2026, 12, 1))
    assert [kind.read(one, None) for one in written] == [Accepted(time)]


@pytest.mark.parametrize("text", ["¥9.30", "3.50元", "2026.12.30", "1.20米"])
def test_a_price_a_length_and_a_day_are_no_time(text: str) -> None:
    """A dot stands in other numbers, too."""
    assert list(find_asked(value_types()["time"], text, date(2026, 12, 1))) == []
