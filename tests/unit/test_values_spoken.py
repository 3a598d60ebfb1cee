"""Values that are spoken: a cross for X, radio digits, letters by their names, plates as dictation writes them."""

import pytest
from fixtures.dialogue import city

from actions.fields.kinds import field_kind
from actions.fields.reading import Circumstances
from desk.city.files import City, Names
from desk.texts.masking import masked
from values.definition import Accepted, Reading, Rejected
from values.digits import as_digits
from values.types import person_name
from values.types.time import find as times_in
from values.types.time import read as time_of

CARD = "11010519491231002X"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("六五拐勾三一", "657931"),
        ("拐", "拐"),
        ("往东拐", "往东拐"),
        ("二三叉", "23x"),
        ("a eight kilo double three cross", "a8k33x"),
        ("november three two one", "n321"),
        ("three for cross", "three for cross"),
        ("晋A3883叉，就是英文那个叉X", "晋a3883x"),
    ],
)
def test_digits_and_letters_of_a_code_are_said_by_name(said: str, code: str) -> None:
    """In a code; in a sentence 拐 is a corner, and "cross" a word."""
    assert as_digits(said) == code


@pytest.mark.parametrize(
    "text",
    [
        "我念啊一一零一零五一九四九一二三一零零二最后一个是叉",
        "110105 19491231 002 叉",
        "11010519491231002埃克斯",
        "11010519491231002末位大写X",
        "身份證11010519491231002最尾係交叉",
        "it is 11010519491231002, the last one is an X",
        "one one zero one zero five one nine four nine one two three one double zero two cross",
    ],
)
def test_the_last_character_of_an_id_number_may_be_told_in_words(text: str) -> None:
    """It is found in a sentence, and read."""
    kind = field_kind("id_number")
    assert [kind.read(one) for one in kind.find(text)] == [Accepted(CARD)]


def _of(plate: str) -> City:
    """A city whose plates begin so."""
    example = Names(zh_Hans=plate, zh_Hant=plate, en=plate)
    return city("plateville", "牌城", "Plateville", ["traffic_fines"]).model_copy(
        update={"examples": {"plate": example}}
    )


@pytest.mark.parametrize(
    ("own", "text", "reading"),
    [
        ("晋A12345", "车牌是近A98L16你看下", Accepted("晋A98L16", "plate.heard")),
        ("晋A12345", "进A三八八三叉", Accepted("晋A3883X", "plate.heard")),
        ("浙A12345", "我这A8K37P", Accepted("浙A8K37P", "plate.heard")),
        ("浙A12345", "浙A8K37P", Accepted("浙A8K37P")),
        ("晋A12345", "赣必39W56江西的", Rejected("plate.perhaps", {"plate": "赣B39W56"}, ("赣B39W56",))),
        ("晋A12345", "这A8K37P", Rejected("plate.perhaps", {"plate": "浙A8K37P"}, ("浙A8K37P",))),
        ("晋A12345", "于A12345", Rejected("plate.which_province", {"written": "12345"}, ("渝A12345", "豫A12345"))),
    ],
)
def test_a_plate_by_its_sound_is_the_citys_own_or_a_guess(own: str, text: str, reading: Reading) -> None:
    """What only may be meant is asked about; which of several, too."""
    kind = field_kind("plate", Circumstances(city=_of(own)))
    assert [kind.read(one) for one in kind.find(text)] == [reading]


def test_what_sounds_like_no_province_is_no_plate() -> None:
    """The reason is the one that it was."""
    kind = field_kind("plate", Circumstances(city=_of("晋A12345")))
    assert kind.find("电话138123") == []
    assert kind.read("号D98L16") == Rejected("plate.no_province")


def test_staff_see_no_plate_that_is_written_by_its_sound() -> None:
    """A passport beside its word is another thing."""
    assert masked("进A三八八三叉") == "进A****叉"
    assert masked("护照E12345678") == "护照****5678"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("刚才逗你的，我叫钱守义，女方叫陶静怡", ["钱守义", "陶静怡"]),
        ("用我家姐嘅名黄佩芝，身份證110105194912310021", ["黄佩芝"]),
        ("110105194912310021，個名都要改做黄佩芝", ["黄佩芝"]),
        ("姓名：谭永年，填进去", ["谭永年"]),
        ("我叫王建国吧", ["王建国"]),
        ("名字写错了", []),
        ("他叫我来办", []),
        ("叫车去哪里", []),
    ],
)
def test_a_name_behind_the_words_for_one_is_named(text: str, names: list[str]) -> None:
    """Whatever is asked for, and whatever stands beside it."""
    assert person_name.named(text) == names


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("问得可真细……行吧。谭永年", "谭永年"),
        ("谭永年，前头不是写了", "谭永年"),
        ("欧阳若兰，写好了没", "欧阳若兰"),
        ("行，安全第一", None),
        ("好办法，高兴", None),
        ("谭永年，牛彩凤", None),
        ("谭永年。", None),
        ("so many questions... fine. Matteo Bertolini", "Matteo Bertolini"),
        ("Never Mind, I will call.", None),
        ("Thank You. Good Bye", None),
    ],
)
def test_a_name_may_be_a_clause_by_itself(text: str, name: str | None) -> None:
    """One of three characters, or four with a surname of two; of several nobody knows which is meant."""
    assert person_name.by_itself(text) == name


@pytest.mark.parametrize("text", ["钱多宝，宝是我的宝哈哈", "宝哈哈", "我的宝嘿嘿"])
def test_laughter_is_no_name(text: str) -> None:
    """Nor is what stands before it."""
    assert person_name.introduced(text) == []


def test_a_name_is_read_without_the_laughter_behind_it() -> None:
    """In both scripts."""
    assert person_name.read("钱守义哈哈") == Accepted("钱守义")
    assert person_name.read("Matteo Bertolini haha") == Accepted("Matteo Bertolini")


@pytest.mark.parametrize(
    ("text", "value"),
    [("今晚", "pm"), ("听朝", "am"), ("tonight", "pm"), ("明早九点", "09:00")],
)
def test_a_part_of_a_day_that_is_named_is_a_part_of_the_day(text: str, value: str) -> None:
    """As the same part without its day."""
    assert time_of(text) == Accepted(value)


@pytest.mark.parametrize("text", ["琴晚", "尋晚", "昨晚8点", "last night"])
def test_a_time_that_is_over_is_said_to_be(text: str) -> None:
    """It is understood, and none to come."""
    assert time_of(text) == Rejected("time.past", {"written": text})
    assert times_in(f"{text}") == []
