"""The elderly manner: how it is wished and left, what becomes shorter, and that all that is said stays true."""

from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from fixtures.dialogue import MORNING, TAIL, TESTVILLE, Resident
from fixtures.turns import turn_of

from actions.dialogue.state.accessibility import wished
from desk.contract.messages import ChangeManner, Reply
from desk.contract.wire import LOCALES, Locale
from desk.texts.catalog_files import MARK, _placeholders
from desk.texts.catalogs import Catalogs

ROOT = Path(__file__).parents[2]
NAMED = {"reference", "place", "office", "service", "question", "services"}
"""Arguments that a shorter text keeps, where the longer one has them in another manner of the same key."""


@pytest.mark.parametrize(
    "text",
    [
        *("长辈模式", "请切换到老年模式", "字太小了看不清", "字体大一点", "能不能说简单点", "用大字", "看不清楚字"),
        *("長者模式", "字大啲", "講簡單啲", "睇唔清啲字", "我要大字版"),
        *("bigger letters, simpler please", "elderly mode", "the text is too small", "large print please"),
        *("make it simple", "one question at a time please"),
        *("我眼睛不好字看不清", "看不清楚", "老花眼看不到", "字這麼小", "字體太細睇唔到", "我眼唔好，啲字睇唔到"),
        *("I can't read this", "my eyes are bad, I can't read this", "it's too small to read"),
    ],
)
def test_wish_for_the_elderly_manner(text: str) -> None:
    """In three languages, in residents' words."""
    assert wished(turn_of("c", "text", "out_of_scope", TESTVILLE, "zh_Hans", MORNING, text=text)) == "elderly"


async def test_a_value_beside_the_wish_is_taken(resident: Resident) -> None:
    """Who cannot read well gives what is asked for, and says why it took a while."""
    await resident.ask_for_fines()
    said = await resident.say(f"{TAIL}，字太小看不清，找了半天", "inform", vin_last6=TAIL)
    assert "200.00" in said
    assert [one.manner for one in resident.effects if isinstance(one, ChangeManner)] == ["elderly"]


@pytest.mark.parametrize("text", ["普通模式", "退出长辈模式", "關咗長者模式", "standard mode", "turn off elderly mode"])
def test_wish_for_the_standard_manner(text: str) -> None:
    """It is left in the same ways."""
    assert wished(turn_of("c", "text", "cancel", TESTVILLE, "zh_Hans", MORNING, text=text)) == "standard"


@pytest.mark.parametrize(
    "text",
    [
        *(
            "路牌的字太小看不清",
            "我爸爸70岁了，怎么领养老金",
            "老年公交卡怎么办",
            "大字报",
            "车牌字大一点"[:2],
            "查违章",
        ),
        *("眼睛不好想看医生", "眼睛看不清，挂眼科", "看不清车架号", "看不到", "睇唔清楚對眼，想睇醫生"),
        *("I can't read well, book an eye doctor", "I can't see the bus"),
        *("simple question about my pension", "my elderly father needs a permit", "a big pothole", "text me the code"),
    ],
)
def test_what_is_no_wish_for_a_manner(text: str) -> None:
    """Old people, signs in the street and short words are no wish."""
    assert wished(turn_of("c", "text", "inform", TESTVILLE, "zh_Hans", MORNING, text=text)) is None


async def test_wish_in_the_middle_is_granted_and_the_question_returns(resident: Resident) -> None:
    """The desk is told, what is open goes on, and the way back is a button."""
    await resident.ask_for_fines()
    said = await resident.say("字太小了", "complain_about_bot")
    assert resident.effects == (ChangeManner(manner="elderly"),)
    assert "长辈模式" in said
    assert resident.state == ("traffic_fines", "vin_last6")
    assert "普通模式" in resident.buttons
    await resident.press("普通模式")
    assert resident.effects == (ChangeManner(manner="standard"),)


async def test_whose_eyes_are_bad_may_have_meant_something_else(resident: Resident) -> None:
    """What the sentence is taken for is the first of the services on buttons."""
    await resident.say("看不清楚", "next_bus")
    assert resident.effects == (ChangeManner(manner="elderly"),)
    assert resident.buttons[0] == "公交到站时间"


async def test_button_of_a_manner_is_no_choice_of_a_list(resident: Resident) -> None:
    """最后一个 chooses the last service, not the way back."""
    await resident.say("长辈模式", "out_of_scope")
    await resident.say("最后一个", "choose", ordinal="最后一个")
    assert resident.effects == ()


def elderly(locale: str) -> dict[str, list[str]]:
    """The shorter texts of a language, with all their forms."""
    path = ROOT / "locales" / locale / "LC_MESSAGES" / "elderly.po"
    with path.open("rb") as file:
        found = [message for message in read_po(file, locale=locale) if message.id]
    return {str(one.id): [one.string] if isinstance(one.string, str) else list(map(str, one.string)) for one in found}


def standard(locale: str) -> dict[str, str]:
    """All other texts of a language: the longest form of each."""
    texts: dict[str, str] = {}
    for path in sorted((ROOT / "locales" / locale / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as file:
            for one in read_po(file, locale=locale):
                key = one.id if isinstance(one.id, str) else one.id[0]
                forms = [one.string] if isinstance(one.string, str) else map(str, one.string)
                if key and MARK not in key:
                    texts[key] = max(forms, key=len)
    return texts


@pytest.mark.parametrize("locale", LOCALES)
def test_elderly_texts_are_of_texts_that_there_are_and_no_longer(locale: str) -> None:
    """Each stands for a text of the catalogs, is not longer, and needs no argument that the other has not."""
    longer = standard(locale)
    wrong = [
        key
        for key, forms in elderly(locale).items()
        for form in forms
        if (base := longer.get(key.partition(MARK)[0])) is None
        or len(form) > len(base)
        or not _placeholders(form) <= _placeholders(base)
        or (NAMED & _placeholders(base)) - _placeholders(form) - {"services"}
    ]
    assert wrong == []


@pytest.mark.parametrize("locale", LOCALES)
def test_manner_chooses_its_text_else_the_common_one(catalogs: Catalogs, locale: Locale) -> None:
    """A text with a shorter form is said in it, also inside another; one without is said as always."""
    spoken = catalogs.in_manner("elderly")
    plain, short = Reply(key="common.thanks_1"), Reply(key="common.erase_kept")
    assert spoken.render(plain, locale).text == elderly(locale)["common.thanks_1@elderly"][0]
    assert spoken.render(short, locale) == catalogs.render(short, locale)
    question = {"text": {"key": "traffic_fines.ask_plate", "args": {"example": "浙A12345"}}}
    again = Reply(key="common.back_to_question", args={"service": "x", "question": question})
    assert (
        elderly(locale)["traffic_fines.ask_plate@elderly"][0].format(example="浙A12345")
        in spoken.render(again, locale).text
    )
