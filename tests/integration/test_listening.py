"""An evaluation hears what the dialogue hears: a real bot process on the wire, a listener in the actions' place."""

import json
import sys
from pathlib import Path

import pytest
from fixtures import puppet_bot

from desk.contract.errors import StartError
from tools.evaluation.listening import Message, Trained, listen

PUPPET = '#!/bin/sh\nexec "{python}" -P "{puppet}" --told "{told}" "$@"\n'
SITUATION = {"version": 1, "said": ["fines.ask_plate"]}


def script(folder: Path, lines: str) -> Path:
    """A program in the place of the bot's Python."""
    path = folder / "python"
    path.write_text(lines, encoding="utf-8")
    path.chmod(0o755)
    return path


async def test_each_message_comes_with_its_situation(tmp_path: Path) -> None:
    """In the order in which they were given, two of one text too."""
    told = tmp_path / "told.json"
    told.write_text(json.dumps({"yes": "affirm", "no": "deny"}), encoding="utf-8")
    python = script(tmp_path, PUPPET.format(python=sys.executable, puppet=puppet_bot.__file__, told=told))
    messages = [Message("yes", "hangzhou", SITUATION), Message("no", "ningbo", None), Message("yes", "wuhan", None)]
    calls = await listen(messages, Trained(tmp_path / "model", python, tmp_path, ()))
    said = [one["tracker"]["latest_message"] for one in calls]
    assert [one["intent"]["name"] for one in said] == ["affirm", "deny", "affirm"]
    assert [one["metadata"]["context"]["city"] for one in said] == ["hangzhou", "ningbo", "wuhan"]
    assert [one["metadata"]["context"]["situation"] for one in said] == [SITUATION, None, None]


async def test_a_bot_that_ends_at_once_says_why(tmp_path: Path) -> None:
    """The end of its log stands in the message."""
    python = script(tmp_path, "#!/bin/sh\necho no such model >&2\nexit 3\n")
    with pytest.raises(StartError, match="no such model"):
        await listen([Message("yes", "hangzhou", None)], Trained(tmp_path / "model", python, tmp_path, ()))
