"""`desk ticket`, as a clerk types it, on the store of the test."""

import json
from typing import Any

import pytest
from fixtures.desk_command import Typed
from fixtures.fake_bot import FakeBot
from fixtures.house import House

from desk.cli.report import zone
from desk.http.sockets import reserved_port


async def document(typed: Typed, *words: str, who: str = "wang") -> Any:
    """Run a command with --json; answers what it printed."""
    code, output, errors = await typed("ticket", *words, "--json", who=who)
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
    _, table, _ = await typed("ticket", "list")
    [row] = [line for line in table.splitlines() if reference in line]
    assert (conversation.city in row, f"({zone()})" in table, "…" in table) == (True, True, False)
    claimed = await document(typed, "claim", reference, who="li")
    assert claimed["ticket"]["claimed_by"] == "li"
    assert claimed["lines"][0]["text"] == "浙A****5 ****8000"
    await document(typed, "reply", reference, "您好，请讲。", who="li")
    shown = await document(typed, "show", reference)
    assert shown["lines"][-1] | {"at": None} == {"at": None, "author": "clerk", "text": "您好，请讲。"}
    ended = await document(typed, "hand-back", reference, who="li")
    assert ended["ticket"]["state"] == "handed_back"
    code, output, _ = await typed("ticket", "list")
    assert (code, output.strip()) == (0, "No ticket waits.")
    assert "您好，请讲。" in await house.texts(conversation)


async def test_what_is_logged_stands_apart_from_the_output(
    house: House, typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Valkey is away: the answer is whole, and what a program reads has no line of the log in it."""
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        await house.say(conversation, "ticket")
        await house.settle(conversation)
    [listed] = (await document(typed, "list"))["tickets"]
    with reserved_port() as port:
        monkeypatch.setenv("DESK_REDIS_URL", f"redis://127.0.0.1:{port}/0")
        code, output, errors = await typed("ticket", "claim", listed["reference"], "--json")
    assert (code, json.loads(output)["ticket"]["reference"]) == (0, listed["reference"])
    assert "live_away" in errors


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
    code, output, errors = await typed("ticket", *words)
    assert (code, output, len(errors.splitlines())) == (1, "", 1)
    assert why in errors


async def test_claiming_when_nothing_waits_gives_nothing(typed: Typed) -> None:
    """It is no error."""
    assert await document(typed, "claim") == {"ticket": None, "lines": []}
