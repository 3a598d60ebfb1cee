"""Personal data never reach the logs."""

import ast
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, python_files, text_of

LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "bind"}
PERSONAL = {
    "text", "plate", "vin", "vin_last6", "phone", "id_number", "permit_number", "person_name", "body", "message",
    "payload", "state", "values", "session", "token", "password", "address", "place", "entities", "slots",
    "lat", "lon", "remote", "url",
}  # fmt: skip


def is_an_id(value: ast.expr) -> bool:
    return isinstance(value, ast.Attribute) and value.attr == "id"


def logged(path: Path) -> list[tuple[int, str]]:
    """Line and name of each value that a file hands to a logger, and `an f-string` for an event made of values."""
    found: list[tuple[int, str]] = []
    code = text_of(path)
    if "log" not in code.lower():  # no name in it is a logger's
        return found
    for node in ast.walk(ast.parse(code)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS):
            continue
        owner = node.func.value
        if not (isinstance(owner, ast.Name) and "log" in owner.id.lower()):
            continue
        found += [(node.lineno, word.arg or "**") for word in node.keywords if not is_an_id(word.value)]
        found += [(node.lineno, "an f-string") for value in node.args if isinstance(value, ast.JoinedStr)]
    return found


@pytest.mark.parametrize(
    "path", python_files("desk", "actions", "channels", "bot", "values", "roles", "tools"), ids=str
)
def test_no_personal_value_is_logged(path: Path) -> None:
    """Loggers are given events and ids; never what a resident wrote or is called, never an address with a password."""
    assert [(line, name) for line, name in logged(path) if name in PERSONAL | {"**", "an f-string"}] == []


def test_the_check_sees_a_logged_plate(tmp_path: Path) -> None:
    """The check above can fail."""
    file = tmp_path / "bad.py"
    file.write_text('log.info("looked_up", plate=plate)\nlog.info(f"text {text}")\n', encoding="utf-8")
    assert [name for _, name in logged(file)] == ["plate", "an f-string"]


def test_a_line_is_json_with_its_time_in_utc() -> None:
    """Of our own and of libraries alike: time, level, who says it, what happened, and of which id."""
    code = (
        "import logging, structlog\n"
        "from desk.app.logs import configure\n"
        "configure('info', 'json')\n"
        "structlog.get_logger('desk.room').info('turn_taken', message=7)\n"
        "logging.getLogger('library').warning('it says so')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [(one["event"], one["level"], one["logger"]) for one in lines] == [
        ("turn_taken", "info", "desk.room"),
        ("it says so", "warning", "library"),
    ]
    assert lines[0]["message"] == 7
    times = [datetime.fromisoformat(one["timestamp"]) for one in lines]
    assert [one.utcoffset() for one in times] == [timedelta(0)] * 2
    assert all(abs(one - datetime.now(UTC)) < timedelta(minutes=5) for one in times)
