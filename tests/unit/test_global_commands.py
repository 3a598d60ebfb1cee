"""What concerns the account itself: a person, the resident's data, cities and languages."""

import pytest
from fixtures.dialogue import ELSEWHERE, Resident

from actions.dialogue.reading.languages import reply_locale, wished
from desk.contract.messages import Erase, OpenTicket
from desk.contract.wire import Locale

WAITS_FOR_TAIL = ("traffic_fines", "vin_last6")
NOTHING = (None, None)


@pytest.mark.parametrize(("intent", "reason"), [("human_agent", "asked"), ("complain_about_bot", "anger")])
async def test_wish_and_anger_open_a_ticket_at_once(resident: Resident, intent: str, reason: str) -> None:
    """The ticket names the service in progress, whose values stay for when the clerk hands back."""
    await resident.ask_for_fines()
    await resident.say("转人工", intent)
    assert resident.effects == (OpenTicket.model_validate({"reason": reason, "service": "traffic_fines"}),)
    assert resident.state == WAITS_FOR_TAIL


async def test_erasing_is_confirmed_first(resident: Resident) -> None:
    """What is kept is named; only a yes to that question erases."""
    await resident.ask_for_fines()
    assert "车牌号" in await resident.say("删除我的信息", "delete_my_data")
    await resident.press("全部删除")
    assert resident.effects == (Erase(),)
    assert resident.state == NOTHING


async def test_erasing_may_be_refused(resident: Resident) -> None:
    """A no keeps everything, and the open question returns."""
    await resident.ask_for_fines()
    await resident.say("删除我的信息", "delete_my_data")
    await resident.say("不删", "deny")
    assert resident.effects == ()
    assert resident.state == WAITS_FOR_TAIL


async def test_yes_after_something_else_erases_nothing(resident: Resident) -> None:
    """The question whether to erase is answered by the next message or not at all."""
    await resident.say("删除我的信息", "delete_my_data")
    await resident.say("谢谢", "thanks")
    await resident.say("好", "affirm")
    assert resident.effects == ()


async def test_service_of_another_city_is_named_with_that_city(resident: Resident) -> None:
    """What this city does not offer and another does: said so, with the city and the telephone."""
    resident.city = ELSEWHERE
    said = await resident.say("下一班车", "next_bus")
    assert "试城" in said
    assert "0000-12345" in said


async def test_service_of_no_city_names_the_telephone(resident: Resident) -> None:
    """What nobody offers is said honestly, with whom to call."""
    said = await resident.say("交电费", "utility_bills")
    assert "水电燃气缴费" in said
    assert "0000-12345" in said


async def test_wish_for_a_language_holds_until_a_clear_signal(resident: Resident) -> None:
    """The wish switches at once; neutral messages keep it; a sentence clearly in another language switches back."""
    await resident.ask_for_fines()
    said = await resident.say("能不能用英文", "change_language", language="zh_Hans", ranking={})
    assert "last six characters" in said
    await resident.say("123", "inform")
    assert resident.locale == "en"
    await resident.say("谢谢你", "thanks", language="zh_Hans")
    assert resident.locale == "zh_Hans"


@pytest.mark.parametrize(
    ("text", "written_in", "language"),
    [
        ("my Mandarin is non-existent", "en", None),
        ("is it in English? my Chinese is nil", "en", "en"),
        ("Chinese please, her English is nothing much", "en", "zh_Hans"),
        ("我的英语等于零", "zh_Hans", None),
        ("說廣東話啦，佢嘅英文得幾個字", "zh_Hant", "zh_Hant"),
    ],
)
def test_somebodys_language_is_spoken_of_and_not_wished(text: str, written_in: Locale, language: Locale | None) -> None:
    """By grammar: whose it is stands before it."""
    assert wished(text, written_in) == language


async def test_wish_for_no_language_offers_all(resident: Resident) -> None:
    """A wish that names none we speak gets the three as buttons; a press switches."""
    await resident.say("日本語", "change_language")
    assert resident.buttons == ["简体中文", "繁體中文", "English"]
    assert "繁體中文" in await resident.press("繁體中文")
    assert resident.locale == "zh_Hant"


@pytest.mark.parametrize(
    ("text", "written_in", "locale"),
    [
        ("说中文", None, "zh_Hans"),
        ("說中文", "zh_Hant", "zh_Hant"),
        ("講英文", "zh_Hant", "en"),
        ("繁體中文", None, "zh_Hant"),
        ("我想看简体中文", "zh_Hans", "zh_Hans"),
        ("用广东话", "zh_Hans", "zh_Hant"),
        ("not English, Chinese please", "en", "zh_Hans"),
        ("speak Japanese", "en", None),
        ("English please, my Chinese is poor", "en", "en"),
        ("can u talk Chinese? my English not so good", "en", "zh_Hans"),
        ("请说普通话，我英文不太好", "zh_Hans", "zh_Hans"),
        ("睇唔懂英文，用中文啦", "zh_Hant", "zh_Hant"),
        ("I can't read Chinese", "en", None),
    ],
)
def test_wished_language(text: str, written_in: Locale | None, locale: Locale | None) -> None:
    """The language named last is meant; Chinese alone is the script of the wish."""
    assert wished(text, written_in) == locale


async def test_a_borrowed_word_switches_nothing(resident: Resident) -> None:
    """Who writes Chinese and says "ok confirm" goes on in Chinese; a second time it is a wish."""
    await resident.say("查违章", "traffic_fines", language="zh_Hans")
    await resident.say("ok next bus", "next_bus", language="en")
    assert resident.locale == "en"
    await resident.say("我的车在这里", "inform", language="zh_Hans")
    await resident.say("ok confirm", "affirm", language="en")
    assert resident.locale == "zh_Hans"
    await resident.say("yes confirm", "affirm", language="en")
    assert resident.locale == "en"


async def test_two_words_of_who_has_not_written_yet_are_a_language(resident: Resident) -> None:
    """A foreigner who pressed buttons so far is answered in English at once."""
    await resident.press_payload("/traffic_fines")
    await resident.say("next bus", "next_bus", language="en")
    assert resident.locale == "en"


def test_reply_locale_is_one_the_city_speaks() -> None:
    """A signal for a language that the city does not speak switches nothing."""
    assert reply_locale("en", "zh_Hant", ["zh_Hans", "zh_Hant"]) == "zh_Hant"


@pytest.mark.parametrize("said", ["ok keep it", "好的，先留着吧", "嗯 还是保留", "yes, keep everything"])
async def test_a_yes_that_keeps_erases_nothing(resident: Resident, said: str) -> None:
    """What says to keep it keeps it, whatever it is understood as: erasing cannot be undone."""
    await resident.say("删除我的信息", "delete_my_data")
    await resident.say(said, "affirm")
    assert resident.effects == ()
