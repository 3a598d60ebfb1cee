"""A turn of the bot, over HTTP, with a fake actions server behind it."""

import json
from typing import Dict, Optional

import pytest
from aiohttp import web
from bot_process import CONTEXT, BotProcess
from fake_actions import HELLO, FakeActions, always, answer


async def counting(call: dict) -> web.StreamResponse:
    """Counts turns in the session slot, as the dialogue does."""
    turns = (call["tracker"]["slots"]["session"] or {"turns": 0})["turns"] + 1
    return web.json_response(answer(HELLO, session={"turns": turns}, service="next_bus", asks_for="stop"))


def test_health_is_ready_and_names_the_model_file(bot: BotProcess) -> None:
    """A ready bot says so with its model's fingerprint, which is the name of the model's file."""
    assert bot.call("GET", "/health") == (200, "application/json", {"status": "ready", "model": "small"})


def test_turn_answers_the_whole_contract(bot: BotProcess, actions: FakeActions) -> None:
    """Replies and effects come in order, slots become service, asks_for and locale, and state is for the next turn."""
    effect = {"type": "open_ticket", "reason": "asked", "service": None}
    replies = [{"key": "a.b", "args": {"count": 1}, "buttons": [], "cards": []}, {"key": "c.d"}]
    actions.answer = always(
        answer(
            {"reply": replies[0]},
            {"effect": effect},
            {"reply": replies[1]},
            service="next_bus",
            asks_for="stop",
            reply_locale="zh_Hant",
            reply_city="elsewhere",
            session={"x": 1},
        )
    )
    status, _, turn = bot.turn("next bus")
    assert (status, turn["replies"], turn["effects"]) == (200, replies, [effect])
    assert (turn["service"], turn["asks_for"], turn["locale"]) == ("next_bus", "stop", "zh_Hant")
    assert turn["city"] == "elsewhere"
    assert turn["nlu"]["intent"]["name"] == turn["nlu"]["ranking"][0]["name"] == "next_bus"
    assert turn["nlu"]["language"] == "en"


@pytest.mark.parametrize("asked", [False, True])
def test_what_a_question_asks_about_is_said_where_it_is_asked_for(bot: BotProcess, asked: bool) -> None:
    """A desk of the release before reads no field that it does not know."""
    body = {"text": "what do I need for the next bus", **({"asked": True} if asked else {})}
    status, _, understood = bot.call("POST", "/understand", json.dumps(body).encode())
    assert (status, {"about", "passages"} <= set(understood)) == (200, asked)


def test_turn_without_reply_locale_keeps_the_locale_of_the_context(bot: BotProcess) -> None:
    """Where the dialogue says nothing about the language, the one of the request stays."""
    assert bot.turn("hello").body["locale"] == "en"


def test_turn_without_reply_city_moves_nowhere(bot: BotProcess) -> None:
    """Where the dialogue moves the conversation nowhere, the answer's city is null."""
    assert bot.turn("hello").body["city"] is None


def test_turn_tells_the_action_message_context_and_language_but_no_domain(
    bot: BotProcess, actions: FakeActions
) -> None:
    """The action gets metadata, understanding and slots in Rasa's protocol; the domain is not posted."""
    bot.turn("next bus to Harbour")
    (call,) = actions.calls
    latest = call["tracker"]["latest_message"]
    assert (call["next_action"], call["sender_id"], "domain" in call) == ("action_answer", "c", False)
    message = latest["metadata"]["message"]
    assert message == {"id": "1", "kind": "text", "text": "next bus to Harbour", "harmless": False}
    assert latest["metadata"]["context"]["city"] == "testville"
    assert (latest["intent"]["name"], latest["language"]) == ("next_bus", "en")
    assert set(call["tracker"]["slots"]) >= {"session", "service", "asks_for", "reply_locale"}


@pytest.mark.parametrize(
    ("given", "passed"),
    [
        pytest.param({}, None, id="none"),
        pytest.param({"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}, f"00-{'a' * 32}-{'b' * 16}-01", id="one"),
        pytest.param({"traceparent": "words of a stranger"}, None, id="what is none"),
    ],
)
def test_the_trace_of_a_turn_is_passed_on(
    bot: BotProcess, actions: FakeActions, given: Dict[str, str], passed: Optional[str]
) -> None:
    """The bot keeps no spans, and stands between two that do."""
    request = {"conversation": "c", "message": {"id": "1", "kind": "text", "text": "next bus"}, "context": CONTEXT}
    assert bot.call("POST", "/turn", json.dumps({**request, "state": None}).encode(), **given).status == 200
    assert actions.traces == [passed]


def test_context_reaches_the_action_as_it_came(bot: BotProcess, actions: FakeActions) -> None:
    """What the bot does not read, it neither checks nor changes: an item more is no matter of its."""
    context = {**CONTEXT, "situation": {"asked": "stop"}, "orders": [{"amount": "1.00", "paid_at": None}], "new": 0.5}
    assert bot.turn("next bus", context=context).status == 200
    assert actions.calls[-1]["tracker"]["latest_message"]["metadata"]["context"] == context


def test_turn_is_a_function_of_message_and_state(bot: BotProcess, actions: FakeActions) -> None:
    """The same message with the same state gives the same answer, byte for byte, whatever came between."""
    actions.answer = counting
    state = bot.turn("hello").body["state"]
    first = bot.turn("next bus", state=state)
    bot.turn("pay my traffic fine", state=None)
    assert json.dumps(bot.turn("next bus", state=state)) == json.dumps(first)


def test_state_carries_the_session_from_turn_to_turn(bot: BotProcess, actions: FakeActions) -> None:
    """What the action stored in a slot comes back to it in the next turn."""
    actions.answer = counting
    state = None
    for _ in range(3):
        state = bot.turn("next bus", state=state).body["state"]
    assert state["slots"]["session"] == {"turns": 3}
    assert actions.calls[-1]["tracker"]["slots"]["session"] == {"turns": 2}


def test_state_stays_bounded_over_a_long_conversation(bot: BotProcess, actions: FakeActions) -> None:
    """After many turns the state is as large as after ten, and the action is told of the last message alone."""
    actions.answer = counting
    state, sizes = None, []
    for _ in range(30):
        state = bot.turn("when is the next bus", state=state).body["state"]
        sizes.append(len(json.dumps(state)))
        assert actions.calls[-1]["tracker"]["events"] is None
    assert sizes[-1] == sizes[10]


def test_two_conversations_do_not_touch(bot: BotProcess, actions: FakeActions) -> None:
    """A turn without state knows nothing of another conversation's turns."""
    actions.answer = counting
    bot.turn("next bus", state=bot.turn("next bus").body["state"])
    assert bot.turn("next bus").body["state"]["slots"]["session"] == {"turns": 1}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("/restart", id="an intent"),
        pytest.param('/next_bus{"stop": "Harbour"}', id="a payload"),
        pytest.param("  /restart", id="behind blanks"),
        pytest.param("/greet@0.9{}", id="with confidence"),
        pytest.param("//", id="slashes"),
    ],
)
def test_text_with_a_slash_is_text(bot: BotProcess, actions: FakeActions, text: str) -> None:
    """Typed text is never a command: it is understood like any other text and reaches the action as it was written."""
    turn = bot.turn(text)
    assert turn.status == 200
    assert turn.body["nlu"]["intent"]["confidence"] < 1.0
    assert not [found for found in turn.body["nlu"]["entities"] if found["value"] == "Harbour" and "start" not in found]
    assert actions.calls[0]["tracker"]["latest_message"]["metadata"]["message"]["text"] == text


def test_the_intent_restart_is_answered_and_wipes_nothing(bot: BotProcess, actions: FakeActions) -> None:
    """`restart` is an intent like any other: the action decides what it means, and the state stays."""
    actions.answer = counting
    state = bot.turn("hello").body["state"]
    turn = bot.turn(kind="payload", payload="/restart", state=state)
    assert turn.body["state"]["slots"]["session"] == {"turns": 2}


def test_payload_is_taken_literally(bot: BotProcess, actions: FakeActions) -> None:
    """A button's intent and values are taken as they are, with full confidence."""
    turn = bot.turn(kind="payload", payload='/next_bus{"stop": "东门"}')
    assert turn.body["nlu"]["intent"] == {"name": "next_bus", "confidence": 1.0}
    assert turn.body["nlu"]["entities"] == [{"entity": "stop", "value": "东门"}]
    assert actions.calls[0]["tracker"]["latest_message"]["entities"] == [{"entity": "stop", "value": "东门"}]


@pytest.mark.parametrize(
    "message",
    [
        pytest.param({"kind": "location", "location": {"lat": 30.2, "lon": 120.1, "datum": "gcj02"}}, id="location"),
        pytest.param({"kind": "media", "media": {"id": "m1", "content_type": "image/jpeg"}}, id="media"),
    ],
)
def test_location_and_media_inform(bot: BotProcess, actions: FakeActions, message: dict) -> None:
    """What is no text is a bare answer, and the action finds it in the metadata."""
    turn = bot.turn(**message)
    assert turn.body["nlu"]["intent"] == {"name": "inform", "confidence": 1.0}
    assert actions.calls[0]["tracker"]["latest_message"]["metadata"]["message"] == {
        "id": "1",
        "harmless": False,
        **message,
    }


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param(" \t\n　", id="blanks"),
        pytest.param("😀👨‍👩‍👧‍👦🇨🇳", id="emoji"),
        pytest.param("\x00\x01\x1f\x7f\u200b\ufeff", id="control characters"),
        pytest.param("\ud83d next bus \udc00", id="halves of surrogate pairs"),
        pytest.param("مرحبا \u202eabc\u202c", id="right to left"),
        pytest.param("<script>alert(1)</script>&amp;", id="HTML"),
        pytest.param("{'a': [1, \"b\"]} %s {0} $x", id="brackets and formats"),
        pytest.param("公交" * 2_000, id="4,000 characters"),
        pytest.param("a" * 10_000, id="one word of 10,000 letters"),
        pytest.param("١٢٣ ²³ Ⅳ ㈱ ㎏ …", id="numbers of other scripts"),
    ],
)
def test_any_text_is_answered(bot: BotProcess, text: str) -> None:
    """Nothing that can be typed is an error, and what is stored can be stored in PostgreSQL."""
    turn = bot.turn(text)
    assert turn.status == 200
    assert "\\u0000" not in json.dumps(turn.body["state"])


def test_only_the_first_thousand_characters_are_read(bot: BotProcess, actions: FakeActions) -> None:
    """What stands behind the thousandth character reaches neither the understanding nor the action."""
    turn = bot.turn(" " * 990 + "next bus 浙A12345")
    assert len(actions.calls[0]["tracker"]["latest_message"]["metadata"]["message"]["text"]) == 1_000
    assert "plate" not in {found["entity"] for found in turn.body["nlu"]["entities"]}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("   浙A12345 有没有违章", "浙A12345", id="blanks in front"),
        pytest.param("😀😀查一下浙a12345", "浙a12345", id="behind emoji"),
        pytest.param("查浙Ａ１２３４５违章", "浙Ａ１２３４５", id="full width"),
        pytest.param("/浙A12345", "浙A12345", id="behind a slash"),
        pytest.param("㎏…粵B·82N15 違章", "粵B·82N15", id="behind characters that grow when normalised"),
    ],
)
def test_entities_are_spans_of_the_original_text(bot: BotProcess, text: str, value: str) -> None:
    """Offsets count code points of what was typed; the value is its surface."""
    (plate,) = [found for found in bot.turn(text).body["nlu"]["entities"] if found["entity"] == "plate"]
    assert (plate["value"], text[plate["start"] : plate["end"]]) == (value, value)


def test_calls_reuse_their_connection(bot: BotProcess, actions: FakeActions) -> None:
    """Turns one after another reach the actions server through one kept connection."""
    for _ in range(5):
        bot.turn("hello")
    assert len(actions.connections) == 1


def test_log_holds_nothing_a_resident_wrote(bot: BotProcess, actions: FakeActions) -> None:
    """Neither a good turn nor a failed one writes the text or a value into the log."""
    bot.turn("秘密 浙A99999")
    actions.answer = always("秘密", status=500)
    bot.turn("秘密 浙A99999")
    log = bot.log.read_text(encoding="utf-8")
    assert "秘密" not in log
    assert "A99999" not in log
