"""Who may ask the bot, and whom it asks: the desk and the actions, known by their keys."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Optional

import pytest
from bot_process import CONTEXT, ROOT, BotProcess
from fake_actions import KEYS, FakeActions

from bot import serve
from roles.mac import CONTENT_TYPE, DESK_TO_BOT, HEADER, Signer

TURN = json.dumps(
    {"conversation": "c", "message": {"id": "1", "kind": "text", "text": "hi"}, "state": None, "context": CONTEXT}
).encode()


def signed(key: bytes = KEYS[DESK_TO_BOT], path: str = "/turn") -> dict:
    """Headers of a turn that is signed with a key, for a path."""
    return {HEADER: Signer(DESK_TO_BOT, key).sign("POST", path, TURN).header, "Content-Type": CONTENT_TYPE}


@pytest.mark.parametrize(
    ("signature", "headers", "status", "kind"),
    [
        pytest.param(None, {}, 401, "not-signed", id="a program"),
        pytest.param(
            None, {"Content-Type": "text/plain", "Origin": "https://a.example"}, 403, "from-a-page", id="a page"
        ),
        pytest.param({}, {"Origin": "null"}, 403, "from-a-page", id="a page with a signature"),
        pytest.param({}, {"Content-Type": "text/plain"}, 415, "not-json", id="text"),
        pytest.param({"key": b"o" * 32}, {}, 401, "other-key", id="another key"),
        pytest.param({"path": "/understand"}, {}, 401, "forged", id="signed for another path"),
    ],
)
def test_a_stranger_takes_no_turn(
    bot: BotProcess, actions: FakeActions, signature: Optional[dict], headers: dict, status: int, kind: str
) -> None:
    """Refused before anything is understood; the answer says why, and is signed for nobody."""
    by = {"Content-Type": CONTENT_TYPE} if signature is None else signed(**signature)
    got, answered, body = bot.send("POST", "/turn", TURN, {**by, **headers})
    assert (got, json.loads(body)["type"], HEADER in answered, actions.calls) == (status, kind, False, [])


@pytest.mark.parametrize(("method", "path"), [("GET", "/health"), ("GET", "/nothing"), ("POST", "/understand")])
def test_a_stranger_learns_nothing(bot: BotProcess, method: str, path: str) -> None:
    """Neither the model's name nor what there is."""
    got, _, body = bot.send(method, path, b"{}" if method == "POST" else None, {"Content-Type": CONTENT_TYPE})
    assert (got, json.loads(body)["type"]) == (401, "not-signed")


def test_a_turn_is_taken_once(bot: BotProcess) -> None:
    """The same request again is a repetition, whoever sends it."""
    headers = signed()
    assert bot.send("POST", "/turn", TURN, headers)[0] == 200
    assert json.loads(bot.send("POST", "/turn", TURN, headers)[2])["type"] == "replayed"


def test_what_the_desk_signed_reaches_the_action(bot: BotProcess, actions: FakeActions) -> None:
    """The bot can neither make nor read the signature: it passes it on."""
    asked = {**json.loads(TURN), "signature": "1764000000 9f3c"}
    assert bot.call("POST", "/turn", json.dumps(asked).encode()).status == 200
    assert actions.calls[-1]["tracker"]["latest_message"]["metadata"]["signature"] == "1764000000 9f3c"


def test_who_is_not_the_actions_says_nothing(bot: BotProcess, actions: FakeActions) -> None:
    """What stands at their address without their key counts as away: the turn waits, and the log says the mend."""
    actions.signs = False
    turn = bot.turn("hello")
    assert (turn.status, turn.body["type"], "DESK_SECRET_KEY" in turn.body["detail"]) == (
        503,
        "actions-unreachable",
        True,
    )


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/health", {}, 200),
        ("GET", "/turn", {}, 404),
        ("POST", "/health", {}, 403),
        ("GET", "/health", {"Host": "evil.example"}, 403),
        ("GET", "/health", {"Origin": "https://evil.example"}, 403),
        ("GET", "/health", {"Via": "1.1 proxy"}, 403),
    ],
)
def test_monitors_have_a_door_of_their_own(bot: BotProcess, method: str, path: str, headers: dict, status: int) -> None:
    """Health and nothing else, for who asks directly and by an address."""
    body = b"{}" if method == "POST" else None
    assert bot.send(method, path, body, headers, bot.health_port)[0] == status


def test_serve_without_keys_says_what_to_do(tmp_path: Path) -> None:
    """A plain message and an exit code."""
    model = tmp_path / "model.tar.gz"
    model.touch()
    environment = {name: value for name, value in os.environ.items() if name != "ROLE_KEYS"}
    command = [sys.executable, "-m", "bot.serve", "--port", "1", "--model", str(model), "--actions-url", "http://x"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, env=environment)
    assert done.returncode == 1
    assert "Start it with: desk bot" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("keys", ["{}", "no JSON", '{"desk>bot": "zz", "bot>actions": "zz"}'])
def test_serve_with_keys_that_are_none_says_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, keys: str
) -> None:
    """Before anything listens. Called here, since a process of its own takes four seconds to begin."""
    model = tmp_path / "model.tar.gz"
    model.touch()
    monkeypatch.setenv("ROLE_KEYS", keys)
    monkeypatch.setattr(serve.web, "run_app", lambda *_, **__: pytest.fail("It listens."))
    assert serve.main(["--port", "1", "--model", str(model), "--actions-url", "http://x"]) == 1
    assert "Start it with: desk bot" in capsys.readouterr().err
