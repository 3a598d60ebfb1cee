"""A part of a value that was given is put right in words, and nothing else of it changes."""

import pytest
from fixtures import loaded

from actions.fields.correction import correction
from actions.fields.kinds import field_kind
from actions.fields.reading import Circumstances, Option
from desk.city.files import Names
from values.definition import Accepted

HANGZHOU = loaded.cities()["hangzhou"]
PHONE = "13905746756"


@pytest.mark.parametrize(
    ("said", "phone"),
    [
        ("手机号后两位反了，是65不是56", "13905746765"),
        ("最后两位写反了", "13905746765"),
        ("尾号係6765，唔係6756", "13905746765"),
        ("the last two digits are the other way round", "13905746765"),
        ("it should be 65 instead of 56", "13905746765"),
        ("the number ends in 7788", "13905747788"),
        ("前三位是138", "13805746756"),
        ("最后一位是8", "13905746758"),
        ("不是五六，是六五", "13905746765"),
    ],
)
def test_digits_are_put_right(said: str, phone: str) -> None:
    """By what they are and are not, by where they stand, by being the other way round."""
    assert field_kind("phone").corrected(PHONE, correction(said)) == phone


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("最后一位是X", "33010619900101123X"),
        ("the last one is X", "33010619900101123X"),
        ("出生年份是1991不是1990", "330106199101011234"),
    ],
)
def test_digits_of_an_identity_card_are_put_right(said: str, number: str) -> None:
    """An X may stand at its end; a year is a part of it."""
    assert field_kind("id_number").corrected("330106199001011234", correction(said)) == number


@pytest.mark.parametrize(
    "said",
    [
        "不是3号，是5号",
        "不是9点，是10点",
        "后四位是65",
        "是的",
        "not today",
        "最后三位反了",
        "it's not right",
        "不是99，是98",
    ],
)
def test_what_says_nothing_of_the_digits_changes_none(said: str) -> None:
    """A day, a time, a count that does not fit, digits that do not stand there."""
    assert field_kind("phone").corrected(PHONE, correction(said)) is None


@pytest.mark.parametrize(
    ("name", "said", "right"),
    [
        ("鲍晓明", "不是鲍鱼的鲍，是包子的包", "包晓明"),
        ("章晓明", "弓长张", "张晓明"),
        ("程明", "我姓耳东陈", "陈明"),
        ("姜敏", "三点水的江", "江敏"),
        ("鲍晓明", "晓是大小的小", "鲍小明"),
        ("李伟", "不是单人旁的伟，是王字旁的玮", "李玮"),
        ("陳曉光", "係大小嘅小，唔係曉得嘅曉", "陳小光"),
        ("包小明", "鲍鱼的鲍，拂晓的晓，明天的明", "鲍晓明"),
        ("王小丽", "最后一个字是厉害的厉", "王小厉"),
        ("鲍翰", "还是少一个字，是鲍翰林不是鲍翰", "鲍翰林"),
        ("Lee Wei", "it's Li, not Lee", "Li Wei"),
        ("Li Wei", "not Li, I meant Lee", "Lee Wei"),
        ("Anna Rosi", "Rossi, not Rosi", "Anna Rossi"),
    ],
)
def test_a_character_of_a_name_is_described(name: str, said: str, right: str) -> None:
    """The one that is refused or named, else the one that sounds so; the rest stays."""
    assert field_kind("person_name").corrected(name, correction(said)) == right


@pytest.mark.parametrize(
    ("name", "said"), [("王芳", "包子的包"), ("李伟", "是的"), ("李伟", "李子的李"), ("Lee Wei", "it's not me")]
)
def test_a_description_that_fits_no_character_changes_none(name: str, said: str) -> None:
    """Nothing is replaced on a guess."""
    assert field_kind("person_name").corrected(name, correction(said)) is None


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("鲍翰林鲍鱼的鲍翰林的翰就是翰林那个翰林", "鲍翰林"),
        ("我叫章晓明，弓长张", "张晓明"),
        ("包子的包，拂晓的晓，明天的明", "包晓明"),
        ("陳曉光，耳東陳", "陳曉光"),
    ],
)
def test_a_name_is_spelt_out(said: str, name: str) -> None:
    """What describes its characters is none of it."""
    kind = field_kind("person_name")
    assert kind.attempts(said)
    assert kind.read(said) == Accepted(name)


@pytest.mark.parametrize(
    ("place", "said", "right"),
    [
        ("江南大道", "是在滨江区，东门那边", "滨江区江南大道东门"),
        ("江南大道", "喺濱江區，東門嗰邊", "滨江区江南大道東門"),
        ("江南大道", "288号门口", "江南大道288号门口"),
        (
            "Jiangnan Avenue",
            "that's in Binjiang, by the east gate",
            "Jiangnan Avenue, by the east gate, Binjiang District",
        ),
        ("江南大道288号东门", "是西门，不是东门", "江南大道288号西门"),
        ("Jiangnan Avenue, east gate", "the west gate, not the east gate", "Jiangnan Avenue, west gate"),
        ("西湖区文三路100号", "不是文三路，是文二路", "西湖区文二路100号"),
    ],
)
def test_a_place_is_completed_and_put_right(place: str, said: str, right: str) -> None:
    """A district, a gate, a number are added; one part takes the place of another."""
    kind = field_kind("place", Circumstances(city=HANGZHOU))
    assert kind.corrected(place, correction(said)) == right


@pytest.mark.parametrize(
    "said", ["在江虹路", "屏幕坏了", "是的", "13905746756", "thank you", "不是路，是树枝掉了", "不是大道，是灯坏了"]
)
def test_another_place_and_other_words_complete_none(said: str) -> None:
    """A place that is named anew is read as a whole."""
    kind = field_kind("place", Circumstances(city=HANGZHOU))
    assert kind.corrected("江南大道", correction(said)) is None


def test_the_likeliest_of_many_options_are_few() -> None:
    """Two at most, by the words for them; none where nothing is said of any."""
    names = {"eyes": ("眼科", "Ophthalmology"), "bones": ("骨科", "Orthopaedics"), "skin": ("皮肤科", "Dermatology")}
    options = [Option(value, Names(zh_Hans=own, en=english)) for value, (own, english) in names.items()]
    choice = field_kind("choice", Circumstances(options=options))
    assert choice.likeliest("皮肤上起了疹子") == ["skin"]  # type: ignore[attr-defined]
    assert choice.likeliest("就那个") == []  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("said", "plate"),
    [
        ("最后那个是G不是J", "浙A2E87G"),
        ("末尾係G，唔係J", "浙A2E87G"),
        ("it ends in G, not J", "浙A2E87G"),
        ("不是E，是F", "浙A2F87J"),
    ],
)
def test_a_letter_of_a_plate_is_put_right(said: str, plate: str) -> None:
    """One that stands there once takes the place of the one that is refused."""
    assert field_kind("plate").corrected("浙A2E87J", correction(said)) == plate


@pytest.mark.parametrize("said", ["it's a car, not a van", "不是A2，是我老公的", "不是K，是L"])
def test_a_letter_in_a_sentence_is_none_of_the_plate(said: str) -> None:
    """An article is a letter, too; and one that does not stand there is not replaced."""
    assert field_kind("plate").corrected("浙A2E87J", correction(said)) is None


@pytest.mark.parametrize("said", ["我姓程，不姓陈，不是陈是程", "my surname is 程 not 陈", "係程唔係陳"])
def test_what_another_name_has_not_is_not_put_right_in_it(said: str) -> None:
    """Whose name has the refused character, is meant."""
    kind = field_kind("person_name")
    assert kind.corrected("黄佩珊", correction(said)) is None
    assert kind.corrected("陈志航", correction(said)) == "程志航"


@pytest.mark.parametrize(
    ("place", "said", "right"),
    [
        ("解放东路人民路口", "错了，是解放西路", "解放西路人民路口"),
        ("人民南路与西湖大道路口", "係人民北路", "人民北路与西湖大道路口"),
    ],
)
def test_one_road_of_a_crossing_is_put_right(place: str, said: str, right: str) -> None:
    """The one that is another but for a character; the other road stays."""
    kind = field_kind("place", Circumstances(city=HANGZHOU))
    assert kind.corrected(place, correction(said)) == right


@pytest.mark.parametrize("said", ["错了，是中河高架路", "是人民路", "是解放中路和解放东路之间"])
def test_a_road_that_is_like_none_is_another_place(said: str) -> None:
    """It is read as a whole."""
    kind = field_kind("place", Circumstances(city=HANGZHOU))
    assert kind.corrected("解放东路庆春路口", correction(said)) is None
