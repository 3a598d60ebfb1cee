"""`desk ticket`, as a clerk types it: a process of its own on the store of the test."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from fixtures.fake_bot import FakeBot
from fixtures.house import ROOT, House


@pytest.fixture
def root(tmp_path: Path, catalogs_folder: Path) -> Path:
    """A root as the command wants it, with compiled catalogs."""
    (tmp_path / "config.yml").touch()
    (tmp_path / "cities").symlink_to(ROOT / "cities")
    (tmp_path / "locales").symlink_to(catalogs_folder)
    return tmp_path


async def desk(house: House, root: Path, *words: str) -> tuple[int, str, str]:
    """Run a command; answers exit code, output and errors."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "desk",
        "ticket",
        *words,
        cwd=ROOT,
        env={
            **os.environ,
            "DESK_DATABASE_URL": house.database_url,
            "DESK_REDIS_URL": house.redis_url,
            "DESK_ROOT_DIR": str(root),
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode(), errors.decode()


async def document(house: House, root: Path, *words: str) -> Any:
    """Run a command with --json; answers what it printed."""
    code, output, errors = await desk(house, root, *words, "--json")
    assert code == 0, errors
    return json.loads(output)


async def test_a_clerk_lists_claims_answers_and_hands_back(house: House, root: Path) -> None:
    """The whole way of a ticket on the command line, with everything of the resident masked."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        await house.say(conversation, "浙A12345 13800138000")
        await house.say(conversation, "ticket")
        await house.settle(conversation)
    [listed] = (await document(house, root, "list", "--city", conversation.city))["tickets"]
    reference = listed["reference"]
    assert listed["state"] == "open"
    claimed = await document(house, root, "claim", reference, "--clerk", "li")
    assert claimed["ticket"]["claimed_by"] == "li"
    assert claimed["lines"][0]["text"] == "浙A****5 ****8000"
    await document(house, root, "reply", reference, "您好，请讲。", "--clerk", "li")
    shown = await document(house, root, "show", reference)
    assert shown["lines"][-1] | {"at": None} == {"at": None, "author": "clerk", "text": "您好，请讲。"}
    ended = await document(house, root, "hand-back", reference, "--clerk", "li")
    assert ended["ticket"]["state"] == "handed_back"
    code, output, _ = await desk(house, root, "list")
    assert (code, output.strip()) == (0, "No ticket waits.")
    assert "您好，请讲。" in await house.texts(conversation)


async def test_what_cannot_be_done_says_why(house: House, root: Path) -> None:
    """Errors are one sentence on stderr, without a traceback, and a code other than 0."""
    for words, why in (
        (("claim", "T-4711-7"), "a digit of it is wrong"),
        (("reply", "T-4711-8", "hello"), "There is no such ticket"),
    ):
        code, output, errors = await desk(house, root, *words)
        assert code != 0
        assert output == ""
        assert why in " ".join(errors.split())
        assert "Traceback" not in errors
    nothing = await document(house, root, "claim")
    assert nothing == {"ticket": None, "lines": []}
