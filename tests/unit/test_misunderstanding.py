"""Messages that mean nothing that is done here: first ask, then whom to call; odd text is text."""

from dataclasses import replace

import pytest
from fixtures.dialogue import NOTICE, PLATE, TAIL, Resident

from actions.dialogue.state.session import Choice

WAITS_FOR_TAIL = ("traffic_fines", "vin_last6")


async def test_first_failure_asks_with_likeliest_meanings(resident: Resident) -> None:
    """The likeliest meanings that the city offers stand on buttons; others do not."""
    ranking = {"utility_bills": 0.3, "next_bus": 0.3, "change_language": 0.2, "inform": 0.1}
    await resident.say("嗯那个", "nlu_fallback", ranking=ranking)
    assert resident.buttons[:2] == ["公交到站时间", "切换语言"]


async def test_second_failure_in_a_row_names_a_telephone(resident: Resident) -> None:
    """Twice not understood: whom to call, and a person on a button; nobody is handed over unasked."""
    await resident.ask_for_fines()
    await resident.say("嗯", "nlu_fallback")
    assert "电话" in await resident.say("哦", "nlu_fallback")
    assert "转人工" in resident.buttons
    assert resident.effects == ()


async def test_failures_count_in_a_row_only(resident: Resident) -> None:
    """Something understood in between begins the count anew."""
    await resident.say("嗯", "nlu_fallback")
    await resident.say("谢谢", "thanks")
    await resident.say("嗯", "nlu_fallback")
    assert resident.effects == ()


@pytest.mark.parametrize("text", ["😀😀", "？？？", " ", ""])
async def test_message_without_words_is_no_failure(resident: Resident, text: str) -> None:
    """Signs alone get a helpful answer however often, and never a ticket."""
    for _ in range(3):
        assert "没有文字" in await resident.say(text, "nlu_fallback")
    assert resident.effects == ()


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "/restart", "{plate}", "'; DROP TABLE orders; --", "%s %(x)s", "长" * 1000]
)
async def test_odd_text_is_text(resident: Resident, text: str) -> None:
    """Markup, commands and templates are neither executed nor repeated; the question stays open."""
    await resident.ask_for_fines()
    said = await resident.say(text, "nlu_fallback")
    assert text not in said
    assert resident.state == WAITS_FOR_TAIL


@pytest.mark.parametrize("text", ["/restart", " /cancel", "／restart", '/inform{"plate": "浙A12345"}'])
@pytest.mark.parametrize("intent", ["restart", "inform", "nlu_fallback"])
async def test_typed_command_is_not_executed(resident: Resident, text: str, intent: str) -> None:
    """Whatever it is understood as, a leading slash loses and changes nothing; what to do instead is said."""
    await resident.ask_for_fines()
    assert "斜杠" in await resident.say(text, intent)
    assert resident.state == WAITS_FOR_TAIL
    assert NOTICE in await resident.say(TAIL, "inform")


async def test_long_text_says_how_much_was_read(resident: Resident) -> None:
    """Of a very long message only the beginning is read, and that is said where it was not understood."""
    assert "1000字" in await resident.say("长" * 1000, "nlu_fallback")


async def test_out_of_scope_says_whom_to_ask(resident: Resident) -> None:
    """What a city account does not do is refused with who knows whose it is; twice is no failure."""
    for _ in range(2):
        assert "0000-12345" in await resident.say("讲个笑话", "out_of_scope")
        assert "查看服务列表" in resident.buttons
    assert resident.effects == ()


@pytest.mark.parametrize("texts", [("阿斯顿发", "啦啦啦啦"), ("㗎喇喎", "嘰里咕嚕"), ("asdf qwer", "zxcv")])
async def test_an_answer_without_a_question_that_says_nothing_is_not_understood(
    resident: Resident, texts: tuple[str, str]
) -> None:
    """Taken for an answer or not: the second one in a row names a telephone."""
    assert resident.buttons == []
    await resident.say(texts[0], "inform")
    assert resident.buttons != []
    await resident.say(texts[1], "inform")
    assert [reply.key for reply in resident.outcome.replies] == ["common.not_understood_again"]


@pytest.mark.parametrize("text", ["那就给我查了吧，{plate}", "{plate}呢部，搞掂佢", "yes do mine, {plate}"])
async def test_a_value_for_the_one_service_that_was_offered_begins_it(resident: Resident, text: str) -> None:
    """Whatever else is said: below what was just told stands one service, and this is what it is about."""
    resident.session = replace(resident.session, choices=(Choice("/traffic_fines"),))
    await resident.say(text.format(plate=PLATE), "nlu_fallback", plate=PLATE)
    assert resident.state == WAITS_FOR_TAIL


async def test_of_several_that_were_offered_none_is_begun(resident: Resident) -> None:
    """Nor where nothing is named that the one is about."""
    resident.session = replace(resident.session, choices=(Choice("/traffic_fines"), Choice("/next_bus")))
    await resident.say(f"那就办了吧，{PLATE}", "nlu_fallback", plate=PLATE)
    assert resident.session.open == ()
    resident.session = replace(resident.session, choices=(Choice("/traffic_fines"),))
    await resident.say("嗯哪个", "nlu_fallback")
    assert resident.session.open == ()
