"""The category of a report put right in words: it alone changes, at the summary and before."""

import pytest
from fixtures.hotline import Reporter
from fixtures.services import SERVICES

from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs

SUMMARY = ("report_problem", None)


def category(resident: Reporter) -> str | None:
    """The code of what is being reported."""
    return resident.session.open[-1].text("category")


@pytest.mark.parametrize(
    ("locale", "text", "intent"),
    [
        pytest.param("zh_Hans", "种类写错了，应该是井盖没了", "correct", id="by its name"),
        pytest.param("zh_Hans", "分类不对应该是井盖你换一下", "nlu_fallback", id="without a mark"),
        pytest.param("en", "wrong type, it is a manhole", "report_problem", id="in English"),
        pytest.param("en", "the category should be manhole", "correct", id="by its name in English"),
    ],
)
async def test_another_category_is_neither_place_nor_description(
    catalogs: Catalogs, locale: Locale, text: str, intent: str
) -> None:
    """Whatever the words are understood as, the rest of the report stays."""
    resident = Reporter(catalogs, SERVICES, locale=locale)
    await resident.summed_up()
    before = resident.session.open[-1]
    said = await resident.tell(text, intent, place=text)
    assert (resident.state, category(resident)) == (SUMMARY, "cover")
    now = resident.session.open[-1]
    assert (now.text("place"), now.text("description")) == (before.text("place"), before.text("description"))
    assert "文三路" in said


@pytest.mark.parametrize(
    ("locale", "text", "intent", "description"),
    [
        pytest.param("zh_Hans", "是井盖少了一个，不是路灯", "inform", "井盖少了一个", id="refused behind it"),
        pytest.param("zh_Hant", "井蓋嚟㗎，唔係路燈", "deny", "井蓋嚟㗎", id="in Cantonese"),
        pytest.param("en", "no not a lamp, I mean a manhole is open", "correct", "a manhole is open", id="in English"),
    ],
)
async def test_what_is_refused_is_described_no_more(
    catalogs: Catalogs, locale: Locale, text: str, intent: str, description: str
) -> None:
    """What is meant is, without the words that put it right."""
    resident = Reporter(catalogs, SERVICES, locale=locale)
    await resident.summed_up()
    await resident.tell(text, intent, place=text)
    frame = resident.session.open[-1]
    assert (resident.state, category(resident), frame.text("description")) == (SUMMARY, "cover", description)


async def test_the_category_is_put_right_beside_a_telephone(catalogs: Catalogs) -> None:
    """Both are taken, and the problem is described as it is meant now."""
    resident = Reporter(catalogs, SERVICES)
    await resident.tell("文三路路灯不亮", place="文三路")
    await resident.tell("不是黑灯瞎火是井盖不见了电话13800138000", "report_problem", phone="13800138000")
    frame = resident.session.open[-1]
    assert (frame.text("category"), frame.text("phone")) == ("cover", "13800138000")
    assert frame.text("description") == "井盖不见了"


async def test_what_was_said_beside_what_is_refused_stays(catalogs: Catalogs) -> None:
    """It is told of the problem all the same."""
    resident = Reporter(catalogs, SERVICES)
    await resident.tell("文三路路灯不亮，有三天了，老人差点摔倒", place="文三路")
    await resident.tell("不是路灯，是井盖不见了", "correct")
    assert resident.session.open[-1].text("description") == "有三天了；老人差点摔倒；井盖不见了"


async def test_a_category_that_words_do_not_tell_is_asked_for(catalogs: Catalogs) -> None:
    """Nothing is guessed."""
    resident = Reporter(catalogs, SERVICES)
    await resident.summed_up()
    await resident.tell("类别不是这个", "correct", place="文三路")
    assert resident.session.open[-1].text("place") == "文三路"
    assert resident.state[0] == "report_problem"


@pytest.mark.parametrize("text", ["类别是路灯，对的", "是路灯"])
async def test_the_category_that_there_is_changes_nothing(catalogs: Catalogs, text: str) -> None:
    """Who names it agrees."""
    resident = Reporter(catalogs, SERVICES)
    await resident.summed_up()
    await resident.tell(text, "inform")
    assert category(resident) == "light"


async def test_a_place_that_is_put_right_keeps_the_category(catalogs: Catalogs) -> None:
    """Though it is told by what another category has in its name."""
    resident = Reporter(catalogs, SERVICES)
    await resident.summed_up()
    await resident.tell("不是文三路，是文二路井盖旁边", "correct", place="文二路井盖旁边")
    assert category(resident) == "light"
