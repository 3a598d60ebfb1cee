"""What one message gives of a form: put right in the same breath, several at once, beside another wish."""

import pytest
from fixtures.dialogue import MORNING, TESTVILLE, city
from fixtures.hotline import Reporter
from fixtures.household import POWER, WATER, Household
from fixtures.services import SERVICES
from fixtures.turns import turn_of

from actions.dialogue.reading import languages
from actions.dialogue.state.session import Session
from actions.dialogue.state.turn import Part
from actions.forms.given import given
from actions.forms.reading import readable
from desk.contract.messages import Entity
from desk.texts.catalogs import Catalogs
from values.definition import Accepted

FORMS = city("formville", "表城", "Formville", ["report_problem", "marriage_registration"])


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("电话13800138056，不对，最后是65不是56", "13800138065"),
        ("電話13800138056，唔係，尾號係65唔係56", "13800138065"),
        ("13800138056, sorry, it ends in 65, not 56", "13800138065"),
        ("13800138056", "13800138056"),
    ],
)
def test_a_number_is_put_right_in_the_same_message(text: str, phone: str) -> None:
    """What stands behind it says what it should have been."""
    turn = turn_of("c", "text", "correct", FORMS, "zh_Hans", MORNING, text=text)
    fields = readable("report_problem", SERVICES["report_problem"].fields, turn)
    assert given(fields, turn, asked="phone", before={}).readings["phone"] == Accepted(phone)


def test_two_names_of_one_message_are_both_taken() -> None:
    """The form wants both: the first is not all that the message says."""
    names = tuple(Entity(entity="person_name", value=one) for one in ("陈嘉树", "吴雨桐"))
    turn = turn_of("c", "text", "inform", FORMS, "zh_Hans", MORNING, text="我叫陈嘉树，她叫吴雨桐", entities=names)
    fields = readable("marriage_registration", SERVICES["marriage_registration"].fields, turn)
    asked = next(one.name for one in fields if one.entity == "person_name")
    read = given(fields, turn, asked=asked, before={}).accepted
    assert [one.value for name, one in read.items() if "name" in name] == ["陈嘉树", "吴雨桐"]


@pytest.mark.parametrize(
    "text", ["睇返頭先架28號巴士，武林廣場", "看看刚才那趟车到哪了，武林广场", "check the bus again, Wulin Square"]
)
async def test_the_words_of_another_wish_are_no_new_value(catalogs: Catalogs, text: str) -> None:
    """A place that is known stays, where the message surely wishes something else."""
    resident = Reporter(catalogs, SERVICES)
    await resident.tell("文三路学院路口路灯不亮了 电话13800138000", place="文三路学院路口", phone="13800138000")
    turn = turn_of(
        "c", "text", "next_bus", resident.city, resident.locale, resident.now, text=text, commands=(("start", 0.9),)
    )
    await resident.take(turn)
    kept = next(frame for frame in resident.session.open if frame.service == "report_problem")
    assert kept.values["place"] == "文三路学院路口"


@pytest.mark.parametrize(
    ("refuses", "pays", "type_"),
    [
        ("电费先不查了", "就交水费吧", ("电费", "水费")),
        ("電費唔使住", "俾咗水費先", ("電費", "水費")),
        ("skip the electricity", "just pay the water", ("electricity", "water")),
        ("电费不用了", "把水费交了", ("电费", "水费")),
    ],
)
async def test_one_of_several_is_refused_and_the_other_paid(
    household: Household, refuses: str, pays: str, type_: tuple[str, str]
) -> None:
    """Nothing else is dropped, and nothing asked again: what was shown is on order."""
    await household.ask("水费和电费", "水费", "电费")
    await household.ask(WATER, intent="inform")
    marked = tuple(Entity(entity="utility_type", value=one) for one in type_)
    parts = (Part(refuses, "cancel", 0.9, entities=marked[:1]), Part(pays, "utility_bills", 0.96, entities=marked[1:]))
    turn = turn_of(
        "c",
        "text",
        "utility_bills",
        household.city,
        household.locale,
        household.now,
        text=f"{refuses}，{pays}",
        entities=marked,
        parts=parts,
    )
    await household.take(turn)
    assert len(household.all_opened) == 1
    assert household.state == (None, None)
    assert household.suppliers.asked == [("water", WATER)]
    assert POWER not in household.session.to_json()


def test_a_name_is_in_no_language() -> None:
    """Two Chinese names in an English sentence switch nothing; a Chinese sentence does."""
    names = tuple(Entity(entity="person_name", value=one) for one in ("陈嘉树", "吴雨桐"))
    parts = (Part("陈嘉树", "inform", entities=names[:1]), Part("partner is 吴雨桐", "inform", entities=names[1:]))
    session = Session(touched_at=MORNING, wrote="en")
    english = turn_of(
        "c",
        "text",
        "inform",
        TESTVILLE,
        "zh_Hans",
        MORNING,
        text="陈嘉树, partner is 吴雨桐",
        language="zh_Hans",
        entities=names[:1],
        parts=parts,
    )
    chinese = turn_of(
        "c",
        "text",
        "inform",
        TESTVILLE,
        "zh_Hans",
        MORNING,
        text="我是陈嘉树，她是吴雨桐",
        language="zh_Hans",
        entities=names,
    )
    assert languages.borrows(english, session)
    assert not languages.borrows(chinese, session)


SLOT = city("slotville", "约城", "Slotville", ["marriage_registration"])


@pytest.mark.parametrize(
    ("asked", "before", "text", "name", "value"),
    [
        ("time", {"date": "2026-12-07"}, "10.30 would be great", "time", "10:30"),
        ("date", {}, "10.30", "date", "2027-10-30"),
        ("office", {}, "on Monday 7 December, is 10.30 free", "time", "10:30"),
        ("person_name", {"date": "2026-12-07", "time": "09:00"}, "10.30 rather", "time", "10:30"),
    ],
)
def test_of_two_readings_of_a_number_the_one_that_is_needed_counts(
    asked: str, before: dict[str, str], text: str, name: str, value: str
) -> None:
    """What is asked for, then what is open, then what is finer."""
    turn = turn_of("c", "text", "inform", SLOT, "en", MORNING, text=text)
    fields = readable("marriage_registration", SERVICES["marriage_registration"].fields, turn)
    assert given(fields, turn, asked=asked, before=before).readings[name] == Accepted(value)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("下週二約咗人，下週五啦，朝早", "2026-12-04"),
        ("后天要上班，大后天吧", "2026-11-27"),
        ("tomorrow we have guests at home, Friday", "2026-11-27"),
        ("下周三，不行就下周四", "2026-12-02"),
    ],
)
def test_of_two_days_the_one_that_is_said_by_itself_is_the_answer(text: str, day: str) -> None:
    """Beside the other one stands what happens then."""
    turn = turn_of("c", "text", "inform", SLOT, "en", MORNING, text=text)
    fields = readable("marriage_registration", SERVICES["marriage_registration"].fields, turn)
    assert given(fields, turn, asked="date", before={}).readings["date"] == Accepted(day)


def _marriage(text: str, asked: str | None, before: dict[str, str], **more: object) -> dict[str, str]:
    """What a text gives of the form of two persons."""
    turn = turn_of("c", "text", "nlu_fallback", FORMS, "zh_Hans", MORNING, text=text, **more)
    fields = readable("marriage_registration", SERVICES["marriage_registration"].fields, turn)
    return {name: one.value for name, one in given(fields, turn, asked=asked, before=before).accepted.items()}


@pytest.mark.parametrize(
    ("text", "asked", "before", "read"),
    [
        (
            "刚才逗你的，我叫钱守义，女方叫陶静怡",
            "applicant_id",
            {"applicant_name": "宝二", "partner_name": "钱守信"},
            {"applicant_name": "钱守义", "partner_name": "陶静怡"},
        ),
        (
            "谭永年 11010519491231002X 她叫牛彩凤，她的号码等她下班再问",
            "applicant_name",
            {},
            {"applicant_name": "谭永年", "partner_name": "牛彩凤", "applicant_id": "11010519491231002X"},
        ),
        ("问得可真细……行吧。谭永年", "applicant_name", {}, {"applicant_name": "谭永年"}),
        ("谭永年，前头不是写了", "applicant_name", {}, {"applicant_name": "谭永年"}),
    ],
)
def test_names_beside_other_words_are_taken(
    text: str, asked: str, before: dict[str, str], read: dict[str, str]
) -> None:
    """Each for whom it is said to be; what is known is put right by what says that it is a name."""
    assert _marriage(text, asked, before) == read


@pytest.mark.parametrize(("text", "changed"), [("那个医生叫王建国", False), ("名字错了，叫王建国", True)])
def test_somebody_elses_name_changes_nothing(text: str, changed: bool) -> None:
    """Where nothing is asked for, and nothing says that the name was wrong."""
    turn = turn_of(
        "c", "text", "nlu_fallback", FORMS, "zh_Hans", MORNING, text=text, commands=(("unclear", 0.6), ("change", 0.3))
    )
    fields = readable("marriage_registration", SERVICES["marriage_registration"].fields, turn)
    known = {"applicant_name": "谭永年", "partner_name": "牛彩凤"}
    assert bool(given(fields, turn, asked=None, before=known).accepted) is changed
