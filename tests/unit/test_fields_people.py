"""Days, times, names, ids and numbers as residents write them."""

from datetime import UTC, date, datetime

import pytest
from fixtures.dialogue import MORNING, city
from fixtures.services import SERVICES
from fixtures.turns import turn_of

from actions.fields.choice import Choice
from actions.fields.kinds import field_kind
from actions.fields.reading import Circumstances, Option
from actions.forms.given import given
from actions.forms.reading import readable
from desk.city.files import Names
from values.calendar import mentions
from values.definition import Accepted, Rejected
from values.types import id_number

MARRIAGE_CITY = city("weddingville", "婚城", "Weddingville", ["marriage_registration"])
TUESDAY = date(2026, 11, 24)
AT = Circumstances(now=datetime(2026, 11, 24, 12, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("下周三下午", ["2026-12-02"]),
        ("今個星期五得唔得", ["2026-11-27"]),
        ("下下週一", ["2026-12-07"]),
        ("礼拜天", ["2026-11-29"]),
        ("周二", ["2026-11-24"]),
        ("初八", ["2026-12-16"]),
        ("腊月廿三", ["2027-01-30"]),
        ("農曆十一月初三", ["2026-12-11"]),
        ("除夕", ["2027-02-05"]),
        ("七夕", ["2027-08-08"]),
        ("12月5号上午", ["2026-12-05"]),
        ("十二月二十五", ["2026-12-25"]),
        ("明年1月3日", ["2027-01-03"]),
        ("下個月8號", ["2026-12-08"]),
        ("3号", ["2026-12-03"]),
        ("聽日", ["2026-11-25"]),
        ("大后天", ["2026-11-27"]),
        ("三天后", ["2026-11-27"]),
        ("2026-12-03", ["2026-12-03"]),
        ("12/3", ["2026-12-03"]),
        ("next Friday", ["2026-12-04"]),
        ("next Monday", ["2026-11-30"]),
        ("Friday next week", ["2026-12-04"]),
        ("next week on Friday", ["2026-12-04"]),
        ("this Friday", ["2026-11-27"]),
        ("this Monday", ["2026-11-23"]),
        ("this week Monday", ["2026-11-23"]),
        ("the coming Monday", ["2026-11-30"]),
        ("last Friday", ["2026-11-20"]),
        ("Monday", ["2026-11-30"]),
        ("这周五", ["2026-11-27"]),
        ("本周一", ["2026-11-23"]),
        ("下週三", ["2026-12-02"]),
        ("下星期三", ["2026-12-02"]),
        ("下個禮拜三", ["2026-12-02"]),
        ("下周的周三", ["2026-12-02"]),
        ("呢個禮拜五", ["2026-11-27"]),
        ("禮拜五", ["2026-11-27"]),
        ("禮拜一", ["2026-11-30"]),
        ("上礼拜五", ["2026-11-20"]),
        ("下周日", ["2026-12-06"]),
        ("on Friday", ["2026-11-27"]),
        ("the 3rd", ["2026-12-03"]),
        ("December 3rd, 2026", ["2026-12-03"]),
        ("the 31st of December", ["2026-12-31"]),
        ("the day after tomorrow", ["2026-11-26"]),
        ("周一或者周四", ["2026-11-30", "2026-11-26"]),
        ("2月30号", [None]),
        ("下个月", [None]),
        ("next week", [None]),
        ("坐28路", []),
        ("may I book", []),
        ("30号楼", []),
        ("一共200.50", []),
    ],
)
def test_days_are_found(text: str, days: list[str | None]) -> None:
    """Solar and lunar days in three languages, weeks from Monday on.

    A month or a week alone names no day; lines and houses are none.
    """
    assert [one.day and one.day.isoformat() for one in mentions(text, TUESDAY)] == days


@pytest.mark.parametrize("text", ["验证码482913", "驗證碼係482913", "the code is 482913", "482913"])
def test_a_one_time_code_is_found_among_words(text: str) -> None:
    """Six digits that stand alone; those of a longer number are none."""
    assert field_kind("one_time_code").find(text) == ["482913"]
    assert field_kind("one_time_code").find("13800482913") == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("下午三点半", "15:30"),
        ("9点", "09:00"),
        ("三点", "15:00"),
        ("十点一刻", "10:15"),
        ("朝早十點", "10:00"),
        ("晏晝兩點", "14:00"),
        ("下午3:20", "15:20"),
        ("3pm", "15:00"),
        ("10:30 a.m.", "10:30"),
        ("上午", "am"),
        ("in the afternoon", "pm"),
    ],
)
def test_times_are_read(text: str, value: str) -> None:
    """Clock times in three languages; a part of the day stays one."""
    assert field_kind("time").read(text) == Accepted(value)


@pytest.mark.parametrize(
    ("kind", "written", "reason"),
    [
        ("date", "昨天", "date.past"),
        ("date", "下个月", "date.which_day"),
        ("date", "随便", "date.not_a_day"),
        ("time", "25:00", "time.no_such_time"),
        ("time", "随便", "time.not_a_time"),
        ("id_number", "110105491231002", "id_number.old"),
        ("id_number", "11010519491231002", "id_number.wrong_length"),
        ("id_number", "110105194912310021", "id_number.wrong_check_digit"),
        ("id_number", "11010519491331002X", "id_number.no_birth_date"),
        ("id_number", "11010519491231OO2X", "id_number.wrong_character"),
        ("phone", "0571-88888888", "phone.landline"),
        ("phone", "1380013800", "phone.wrong_length"),
        ("phone", "12800138000", "phone.no_mobile"),
        ("person_name", "刘", "person_name.wrong_length"),
        ("person_name", "12345", "person_name.not_a_name"),
        ("person_name", "我不想告诉你名字", "person_name.not_a_name"),
        ("person_name", "唔話俾你知我個名", "person_name.not_a_name"),
        ("person_name", "I don't want to", "person_name.not_a_name"),
        ("permit_number", "C1234567", "permit_number.wrong_form"),
        ("account_number", "1234567", "account_number.wrong_form"),
        ("one_time_code", "12345", "one_time_code.wrong_form"),
    ],
)
def test_what_cannot_be_gets_its_reason(kind: str, written: str, reason: str) -> None:
    """A value that cannot be is refused with the reason."""
    reading = field_kind(kind, AT).read(written)
    assert isinstance(reading, Rejected)
    assert reading.reason == reason


@pytest.mark.parametrize(
    ("kind", "text", "found"),
    [
        ("id_number", "我的是110105 19491231 002X", ["110105 19491231 002X"]),
        ("phone", "打我电话13800138000", ["13800138000"]),
        ("permit_number", "通行证C12345678", ["C12345678"]),
        ("account_number", "户号3301000187", ["3301000187"]),
        ("person_name", "李伟和张芳", ["李伟", "张芳"]),
        ("person_name", "Li Wei and Zhang Fang", ["Li Wei", "Zhang Fang"]),
        ("person_name", "我叫李伟，她叫张芳", ["李伟", "张芳"]),
        ("person_name", "新郎陈嘉树 新娘吴雨桐", ["陈嘉树", "吴雨桐"]),
        ("person_name", "陳嘉樹同吳雨桐", ["陳嘉樹", "吳雨桐"]),
        ("person_name", "李和平和欧阳文静", ["李和平", "欧阳文静"]),
        ("person_name", "I'm Li Wei and my wife is Zhang Fang", ["Li Wei", "Zhang Fang"]),
        ("person_name", "li wei, zhang fang", ["li wei", "zhang fang"]),
        ("person_name", "我要取消", []),
        ("person_name", "明天，后天", []),
        ("person_name", "Never Mind and Thank You", []),
        ("date", "下周三和周五", ["下周三", "周五"]),
    ],
)
def test_what_is_unmistakable_is_found(kind: str, text: str, found: list[str]) -> None:
    """Values that stand in a sentence are found as they are written."""
    assert list(field_kind(kind, AT).find(text)) == found


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("id_number", "11010519491231002X", "1101**********002X"),
        ("phone", "13800138000", "*******8000"),
        ("permit_number", "C12345678", "*****5678"),
        ("account_number", "3301000187", "3301000187"),
        ("one_time_code", "123456", "******"),
        ("date", "2026-12-03", {"day": "2026-12-03"}),
        ("time", "10:30", {"time": "10:30"}),
    ],
)
def test_values_are_shown_masked_or_formatted(kind: str, value: str, shown: object) -> None:
    """Ids, phones and permits are masked in chat; accounts are shown in full; days and times in words."""
    assert field_kind(kind, AT).shown(value) == shown


@pytest.mark.parametrize(("day", "age"), [(date(2026, 11, 23), 21), (date(2026, 11, 24), 22), (date(2027, 3, 1), 22)])
def test_age_counts_full_years(day: date, age: int) -> None:
    """The holder of an id grows older on the birthday."""
    assert id_number.age_on("110105200411240015", day) == age
    assert id_number.is_male("110105200411240015")


OFFICES = (
    Option("xihu", Names(zh_Hans="西湖区婚姻登记处", en="Xihu District Marriage Registry"), ("西湖区",)),
    Option("gongshu", Names(zh_Hans="拱墅区婚姻登记处", en="Gongshu District Marriage Registry"), ("拱墅区",)),
)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("西湖区婚姻登记处", "xihu"),
        ("西湖區", "xihu"),
        ("我要去拱墅区的", "gongshu"),
        ("gongshu", "gongshu"),
        ("Xihu District Marriage Registry", "xihu"),
        ("西胡区婚姻登记处", "xihu"),
    ],
)
def test_choice_is_read_by_its_names(written: str, value: str) -> None:
    """A choice is meant by its name, a part of it that is no other's, in any script, by its sound, or its value."""
    assert Choice(OFFICES).read(written) == Accepted(value)


@pytest.mark.parametrize(
    ("written", "reason", "guesses"),
    [
        ("婚姻登记处", "form.which_option", ("xihu", "gongshu")),
        ("西四区婚姻登记处", "form.no_such_option", ("xihu", "gongshu")),
        ("火星", "form.no_such_option", ()),
    ],
)
def test_choice_that_is_not_clear_names_guesses(written: str, reason: str, guesses: tuple[str, ...]) -> None:
    """What several names have in common asks which; a typing error names what is alike."""
    reading = Choice(OFFICES).read(written)
    assert isinstance(reading, Rejected)
    assert (reading.reason, reading.guesses) == (reason, guesses)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("续签居住证，吴雨桐，身份证330106198411308840", ["吴雨桐"]),
        ("去澳门 陈嘉树 C12345678", ["陈嘉树"]),
        ("吴雨桐在吗", []),
    ],
)
def test_names_beside_codes_are_found(text: str, found: list[str]) -> None:
    """Beside an id, a telephone or a permit, what stands by itself and begins with a surname is a name."""
    assert list(field_kind("person_name").find(text)) == found


@pytest.mark.parametrize("written", ["快到期", "我要快到期的", "过期"])
def test_words_of_a_choice_may_hold_filling(written: str) -> None:
    """Words that are left out at the ends are not left out inside of a name."""
    options = (Option("renewal", Names(zh_Hans="续签", en="Renewal"), ("快到期", "过期")),)
    assert Choice(options).read(written) == Accepted("renewal")


@pytest.mark.parametrize(
    "text", ["明天再说", "随便", "等一下先", "聽日先講", "路口东侧", "Not Now Please", "ask my wife"]
)
def test_a_sentence_is_no_name(text: str) -> None:
    """Short sentences and places are not taken for names while one is asked for."""
    assert not field_kind("person_name").attempts(text)


@pytest.mark.parametrize(
    "text", ["陈嘉树", "歐陽娜娜", "买买提·艾力", "我叫昝云", "Li Wei", "Anna Maria Rossi", "zhang wei"]
)
def test_a_bare_name_is_one(text: str) -> None:
    """Names in both scripts and in Latin letters, with what leads to them."""
    assert field_kind("person_name").attempts(text)


def test_a_short_name_in_latin_letters_stands_as_a_word() -> None:
    """ENT is no part of "department"."""
    at = Circumstances(options=[Option("ent", Names(zh_Hans="耳鼻喉科", en="Ear, Nose and Throat"), ("ENT",))])
    kind = field_kind("choice", at)
    assert not kind.attempts("any department")
    assert list(kind.find("any department")) == []
    assert list(kind.find("the ENT please")) == ["ENT"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("我那口子的名字叫邹立群", "邹立群"),
        ("孩子他爸大名是欧阳倩", "欧阳倩"),
        ("my better half is called Zou Liqun", "Zou Liqun"),
        ("Zou Liqun 邹立群", "邹立群"),
        ("邹立群 (Zou Liqun)", "邹立群"),
    ],
)
def test_a_name_at_the_end_of_its_clause_is_one(text: str, name: str) -> None:
    """Whoever it is that has it; of both scripts the card has the Chinese one."""
    kind = field_kind("person_name")
    assert kind.read(([*kind.find(text), text])[0]) == Accepted(name)


@pytest.mark.parametrize("text", ["这是什么意思", "他是我老公", "what is it called", "不是陈嘉树", "我先生是外地人"])
def test_what_stands_behind_such_a_verb_is_not_always_one(text: str) -> None:
    """It has not the form of a name, or is refused."""
    assert not field_kind("person_name").attempts(text)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("不对我是万水保女方才是陶若兰", {"applicant_name": "万水保", "partner_name": "陶若兰"}),
        ("女方白若梅白是黑白的白若是如若的若梅是梅花的梅", {"partner_name": "白若梅"}),
        ("我那位名字叫 邹立群", {"partner_name": "邹立群"}),
    ],
)
def test_the_name_that_is_asked_for_leaves_the_other_one(text: str, names: dict[str, str]) -> None:
    """What is said of the partner does not become one's own."""
    turn = turn_of("c", "text", "inform", MARRIAGE_CITY, "zh_Hans", MORNING, text=text)
    fields = readable("marriage_registration", SERVICES["marriage_registration"].fields, turn)
    read = given(fields, turn, asked="partner_name", before={"applicant_name": "万水保"}).accepted
    assert {name: one.value for name, one in read.items()} == names
