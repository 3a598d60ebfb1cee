"""Every way a turn can fail is an HTTP error with a reason (contracts.md), never an empty answer."""

import asyncio
import json
import subprocess
import sys

import pytest
from aiohttp import web
from bot_process import CONTEXT, ROOT, Answer, BotProcess
from fake_actions import HELLO, FakeActions, always, answer


def failed(turn: Answer) -> tuple:
    """Gives status and type of a problem, after checking that it is one."""
    assert turn.content_type == "application/problem+json"
    assert set(turn.body) == {"type", "title", "status", "detail"}
    assert turn.body["status"] == turn.status
    return turn.status, turn.body["type"]


def test_no_actions_server_is_503_and_heals(bot: BotProcess, actions: FakeActions) -> None:
    """While nobody listens the turn is told to wait; once somebody does it is answered."""
    actions.stop()
    try:
        assert failed(bot.turn("hello")) == (503, "actions-unreachable")
    finally:
        actions.start()
    assert bot.turn("hello").status == 200


def test_a_cut_connection_is_503(bot: BotProcess, actions: FakeActions) -> None:
    """A server that dies while answering could not be reached."""

    async def close(call: dict) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100"})
        response.force_close()
        return response

    actions.answer = close
    assert failed(bot.turn("hello")) == (503, "actions-unreachable")


def test_slow_actions_are_504_after_five_seconds(bot: BotProcess, actions: FakeActions) -> None:
    """An action that takes longer than 5 s is given up."""

    async def slow(_: dict) -> web.StreamResponse:
        await asyncio.sleep(8)
        return web.json_response(answer(HELLO))

    actions.answer = slow
    assert failed(bot.turn("hello", tries=1)) == (504, "actions-timeout")


@pytest.mark.parametrize(
    "nonsense",
    [
        pytest.param(always(answer(HELLO), status=500), id="status 500"),
        pytest.param(always({"error": "no", "action_name": "action_answer"}, status=400), id="a rejection"),
        pytest.param(always("oops"), id="no JSON"),
        pytest.param(always("[]"), id="a list"),
        pytest.param(always({"events": []}), id="no responses"),
        pytest.param(always({"events": {}, "responses": []}), id="events that are no list"),
        pytest.param(always(answer()), id="nothing said"),
        pytest.param(always({"events": [], "responses": [{"text": "hi"}]}), id="a text"),
        pytest.param(always({"events": [], "responses": [{"custom": {}}]}), id="an empty custom"),
        pytest.param(always(answer({"reply": {"key": ""}})), id="a reply without a key"),
        pytest.param(always(answer({"reply": {"key": "a", "text": "b"}})), id="a reply with more than the contract"),
        pytest.param(always(answer({"effect": {"reason": "asked"}})), id="an effect without a type"),
        pytest.param(always(answer(HELLO, unknown=1)), id="a slot that is none"),
        pytest.param(always({"events": [{"event": "restart"}], "responses": [{"custom": HELLO}]}), id="other events"),
        pytest.param(always({"events": [None], "responses": [{"custom": HELLO}]}), id="an event that is null"),
    ],
)
def test_an_action_that_answers_nonsense_is_500(bot: BotProcess, actions: FakeActions, nonsense: object) -> None:
    """What is not the contract is the turn's failure, not an empty or half answer."""
    actions.answer = nonsense
    assert failed(bot.turn("hello")) == (500, "turn-failed")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"conversation": None}, id="no conversation"),
        pytest.param({"conversation": ""}, id="an empty conversation"),
        pytest.param({"extra": 1}, id="a field too many"),
        pytest.param({"message": {"id": "1", "kind": "text"}}, id="a text without text"),
        pytest.param(
            {"message": {"id": "1", "kind": "text", "text": "a", "payload": "/greet"}}, id="two kinds at once"
        ),
        pytest.param({"message": {"id": "1", "kind": "voice", "text": "a"}}, id="an unknown kind"),
        pytest.param({"message": {"id": "1", "kind": "location", "location": {"lat": 91, "lon": 0}}}, id="no latitude"),
        pytest.param({"message": {"id": "1", "kind": "payload", "payload": "greet"}}, id="a payload without slash"),
        pytest.param({"message": {"id": "1", "kind": "payload", "payload": "/greet{"}}, id="a payload cut short"),
        pytest.param({"message": {"id": "1", "kind": "payload", "payload": '/greet{"a": 1}'}}, id="a payload number"),
        pytest.param({"message": {"id": "1", "kind": "payload", "payload": "/greet now"}}, id="a payload with a tail"),
        pytest.param({"message": {"id": "1", "kind": "payload", "payload": "/fly"}}, id="an unknown intent"),
        pytest.param({"message": {"id": "1", "kind": "payload", "payload": "/greet" + "x" * 600}}, id="a long payload"),
        pytest.param({"context": {**CONTEXT, "locale": "fr"}}, id="an unknown locale"),
        pytest.param({"context": {**CONTEXT, "now": None}}, id="no time"),
        pytest.param({"context": {**CONTEXT, "situation": []}}, id="a situation that is no object"),
        pytest.param({"state": []}, id="a state that is no object"),
    ],
)
def test_a_request_that_is_not_the_contract_is_400(bot: BotProcess, actions: FakeActions, change: dict) -> None:
    """It is refused before anything is done."""
    request = {"conversation": "c", "message": {"id": "1", "kind": "text", "text": "hi"}, "state": None}
    body = json.dumps({**request, "context": CONTEXT, **change}).encode()
    assert failed(bot.call("POST", "/turn", body)) == (400, "bad-request")
    assert actions.calls == []


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"null", b"[" * 100_000])
def test_a_body_that_is_no_json_is_400(bot: BotProcess, body: bytes) -> None:
    """So is anything else that is posted."""
    assert failed(bot.call("POST", "/turn", body)) == (400, "bad-request")


@pytest.mark.parametrize(
    "state",
    [
        pytest.param({}, id="empty"),
        pytest.param({"version": 0, "slots": {}, "turns": []}, id="another version"),
        pytest.param({"version": 1, "slots": [], "turns": []}, id="slots of another shape"),
        pytest.param({"version": 1, "slots": {}}, id="no turns"),
        pytest.param({"version": 1, "slots": {}, "turns": [{"text": "a"}]}, id="a turn cut short"),
        pytest.param(
            {"version": 1, "slots": {}, "turns": [{"text": "a", "intent": "b", "entities": [1], "action": "c"}]},
            id="an entity that is none",
        ),
    ],
)
def test_a_state_that_is_none_is_422(bot: BotProcess, actions: FakeActions, state: dict) -> None:
    """The worker learns that it must begin anew, instead of a resident losing a conversation silently."""
    assert failed(bot.turn("hello", state=state)) == (422, "state-unreadable")
    assert actions.calls == []


@pytest.mark.parametrize(("method", "path"), [("GET", "/nothing"), ("GET", "/turn"), ("POST", "/health")])
def test_other_addresses_are_404(bot: BotProcess, method: str, path: str) -> None:
    """Even there the answer is a problem document."""
    assert failed(bot.call(method, path, b"{}" if method == "POST" else None)) == (404, "not-found")


def test_a_failed_turn_leaves_nothing_behind(bot: BotProcess, actions: FakeActions) -> None:
    """After a failure the same message with the same state is answered as if nothing had happened."""
    first = bot.turn("hello").body
    actions.answer = always("oops", status=500)
    bot.turn("hello")
    actions.answer = always(answer(HELLO))
    assert bot.turn("hello").body == first


def test_serve_without_a_model_says_what_to_do(tmp_path: object) -> None:
    """No model is a plain message and an exit code, not a stack."""
    command = [
        sys.executable,
        "-m",
        "bot.serve",
        "--port",
        "1",
        "--model",
        f"{tmp_path}/none",
        "--actions-url",
        "http://x",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1
    assert "Train one: desk train" in done.stderr
    assert "Traceback" not in done.stderr


def test_serve_with_a_broken_model_stops_with_a_message(tmp_path: object, actions: FakeActions) -> None:
    """A damaged model file ends the process with a plain message, so that a supervisor sees it."""
    from pathlib import Path

    broken = Path(str(tmp_path)) / "broken.tar.gz"
    broken.write_bytes(b"not a model")
    process = BotProcess(broken, actions.url, Path(str(tmp_path)) / "bot.log")
    assert process.process.wait(60) == 1
    assert "cannot be loaded" in process.log.read_text()
