"""`desk ticket`, as a clerk types it, on the store of the test."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fixtures.fake_bot import FakeBot
from fixtures.house import ROOT, House

from desk.app.runtime import settings
from desk.cli import main

type Typed = Callable[..., Awaitable[tuple[int, str, str]]]


@pytest.fixture
def typed(
    house: House,
    tmp_path: Path,
    catalogs_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Typed]:
    """Run a command of the command line; answers exit code, output and errors."""
    (tmp_path / "config.yml").touch()
    (tmp_path / "cities").symlink_to(ROOT / "cities")
    (tmp_path / "locales").symlink_to(catalogs_folder)
    monkeypatch.setenv("DESK_DATABASE_URL", house.database_url)
    monkeypatch.setenv("DESK_REDIS_URL", house.redis_url)
    monkeypatch.setenv("DESK_ROOT_DIR", str(tmp_path))
    settings.cache_clear()

    def run() -> int:
        try:
            main()
        except SystemExit as exc:
            return int(exc.code or 0)
        return 0

    async def type_it(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["desk", "ticket", *words])
        code = await asyncio.to_thread(run)
        said = capsys.readouterr()
        return code, said.out, said.err

    yield type_it
    settings.cache_clear()


async def document(typed: Typed, *words: str) -> Any:
    """Run a command with --json; answers what it printed."""
    code, output, errors = await typed(*words, "--json")
    assert code == 0, errors
    return json.loads(output)


async def test_a_clerk_lists_claims_answers_and_hands_back(house: House, typed: Typed) -> None:
    """The whole way of a ticket on the command line, with everything of the resident masked."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        await house.say(conversation, "浙A12345 13800138000")
        await house.say(conversation, "ticket")
        await house.settle(conversation)
    [listed] = (await document(typed, "list", "--city", conversation.city))["tickets"]
    reference = listed["reference"]
    assert listed["state"] == "open"
    claimed = await document(typed, "claim", reference, "--clerk", "li")
    assert claimed["ticket"]["claimed_by"] == "li"
    assert claimed["lines"][0]["text"] == "浙A****5 ****8000"
    await document(typed, "reply", reference, "您好，请讲。", "--clerk", "li")
    shown = await document(typed, "show", reference)
    assert shown["lines"][-1] | {"at": None} == {"at": None, "author": "clerk", "text": "您好，请讲。"}
    ended = await document(typed, "hand-back", reference, "--clerk", "li")
    assert ended["ticket"]["state"] == "handed_back"
    code, output, _ = await typed("list")
    assert (code, output.strip()) == (0, "No ticket waits.")
    assert "您好，请讲。" in await house.texts(conversation)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("claim", "T-4711-7"), "a digit of it is wrong"),
        (("reply", "T-4711-8", "hello"), "There is no such ticket"),
    ],
    ids=["mistyped", "unknown"],
)
async def test_what_cannot_be_done_says_why(typed: Typed, words: tuple[str, ...], why: str) -> None:
    """Errors are one line on stderr, and a code other than 0."""
    code, output, errors = await typed(*words)
    assert (code, output, len(errors.splitlines())) == (1, "", 1)
    assert why in errors


async def test_claiming_when_nothing_waits_gives_nothing(typed: Typed) -> None:
    """It is no error."""
    assert await document(typed, "claim") == {"ticket": None, "lines": []}
