"""`desk account` and `desk send`, as an operator types them, and what a clerk sees of a message's way."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fixtures.desk_command import Typed, run_desk
from fixtures.fake_bot import FakeBot
from fixtures.house import HOME, House, until
from fixtures.post import PostOffice, post_office
from fixtures.staffed import StaffKeys, actor
from sqlalchemy import text

from desk.contract.staff import Grant, Role
from desk.store.database import transaction

TOKEN, WORD = f"424242:{'Ab3' * 12}", "w0rd" * 10
RESIDENT = 5001


@pytest.fixture
def typed(house: House, tmp_path: Path) -> Typed:
    """`desk …` beside the house: exit code, output, errors."""
    given = {
        "DESK_DATABASE_URL": house.database_url,
        "DESK_REDIS_URL": house.redis_url,
        "DESK_SECRET_KEY": "0123456789abcdef" * 3,
        "DESK_PUBLIC_URL": "https://desk.example",
    }
    keys = StaffKeys(house.database_url, {"ann": (Grant(Role.TRAINER),)})

    async def type_it(*words: str, who: str | None = "wang") -> tuple[int, str, str]:
        settings = given | await keys.setting(who)
        done = await asyncio.to_thread(run_desk, tmp_path, *words, **settings)
        return done.code, done.stdout, done.stderr

    return type_it


@pytest.fixture
async def office(house: House, tmp_path: Path) -> AsyncIterator[PostOffice]:
    async with post_office(house, tmp_path / "sandbox") as office:
        yield office


READING = {
    ("account", "list"): [],
    ("account", "show", "town_bot"): ["channel.read"],
    ("account", "poll", "town_bot"): None,
    ("send", "status"): [],
    ("send", "dead"): ["sending.read"],
    ("keys", "save", "saved.keys"): ["key.save"],
    ("voice", "status"): [],
}
"""What each leaves in the audit; None: it does not end by itself."""


@pytest.mark.parametrize("words", READING)
async def test_who_looks_at_an_installation_may(
    house: House, typed: Typed, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """Somebody who acts, with a permission for it; what tells more than counts is in the audit."""
    acts = "SELECT coalesce(array_agg(act), '{}') FROM audit_records WHERE actor = 'wang'"
    if words[0] == "account":
        file = tmp_path / "secrets.yml"
        file.write_text(f"token: '{TOKEN}'\nwebhook_secret: {WORD}\n")
        where = ("--channel", "telegram", "--city", HOME, "--reason", "new", "--secrets-file", str(file))
        assert (await typed("account", "add", "town_bot", *where, who="wei"))[0] == 0
    asked = (*words[:2], str(tmp_path / words[2])) if words[0] == "keys" else words
    code, _, said = await typed(*asked, who=None)
    assert (code, "desk login" in said) == (1, True), said
    code, _, said = await typed(*asked, who="ann")
    assert (code, "is needed" in said) == (1, True), said
    if READING[words] is not None:
        assert await house.scalar(acts) == []
        assert (await typed(*asked))[0] == 0
        assert await house.scalar(acts) == READING[words]


async def test_account_is_entered_rotated_paused_and_retired(house: House, typed: Typed, tmp_path: Path) -> None:
    """Secrets come from a file, are sealed, and are shown by their ends alone; each state is recorded with its why."""
    file = tmp_path / "secrets.yml"
    file.write_text(f"token: '{TOKEN}'\nwebhook_secret: {WORD}\n")
    where = ("--channel", "telegram", "--city", HOME, "--reason", "new", "--secrets-file", str(file))
    code, output, errors = await typed("account", "add", "town_bot", *where, "--rate", "10")
    assert (code, errors) == (0, "")
    assert "https://desk.example/channels/telegram/town_bot" in output
    again = await typed("account", "add", "town_bot", *where)
    assert again[0] != 0
    assert "desk account rotate town_bot" in again[2]
    file.write_text(f"token: '{TOKEN[:-1]}x'\nwebhook_secret: {WORD}\n")
    assert (await typed("account", "rotate", "town_bot", "--secrets-file", str(file), "--reason", "yearly"))[0] == 0
    assert (await typed("account", "pause", "town_bot", "--reason", "holiday"))[0] == 0
    _, shown, _ = await typed("account", "show", "town_bot", "--json")
    account = json.loads(shown)
    assert (account["state"], account["reason"]) == ("paused", "holiday")
    assert TOKEN[:-4] not in shown
    assert WORD not in shown
    assert "Ab3Ax" not in shown
    assert (await typed("account", "resume", "town_bot"))[0] == 0
    assert (await typed("account", "stop", "town_bot", "--reason", "closed"))[0] == 0
    _, listed, _ = await typed("account", "list", "--state", "stopped", "--json")
    assert [one["account"] for one in json.loads(listed)] == ["town_bot"]
    stored = await house.scalar("SELECT string_agg(encode(secrets, 'escape'), ' ') FROM channel_accounts")
    assert TOKEN not in stored


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("add", "x_bot", "--channel", "telegram", "--city", "nowhere", "--reason", "new"),
            "There is no city 'nowhere'",
        ),
        (("add", "Ä", "--channel", "telegram", "--city", HOME, "--reason", "new"), "cannot be in an address"),
        (("show", "nobody"), "There is no account 'nobody'"),
    ],
)
async def test_what_cannot_be_is_said_with_its_mend(typed: Typed, words: tuple[str, ...], said: str) -> None:
    """A word that is wrong is named; nothing is entered."""
    code, _, errors = await typed("account", *words)
    assert code != 0
    assert said in " ".join(errors.split())


async def test_dead_letters_are_seen_and_sent_again(office: PostOffice, typed: Typed) -> None:
    """By account and reason, never what they say; the clerk sees what became of each message, and what was edited."""
    async with FakeBot() as bot, office.house.worker(bot.url), office.sender():
        await office.do(RESIDENT, say="secret words")
        await office.hears(RESIDENT, 2)
        await office.steer("POST", "faults", {"method": "sendMessage", "error": 400, "count": 1})
        await office.do(RESIDENT, edit="other words")
        await office.do(RESIDENT, say="ticket")

        async def dead() -> int:
            return int(await office.house.scalar("SELECT count(*) FROM deliveries WHERE state = 'dead'"))

        await until(dead, becomes=1)
        _, listed, _ = await typed("send", "dead", "--json")
        (letter,) = json.loads(listed)
        assert (letter["account"], letter["state"]) == (office.account.slug, "dead")
        assert "fault was asked for" in letter["reason"]
        assert "words" not in listed
        _, counted, _ = await typed("send", "status", "--account", office.account.slug, "--json")
        assert [(one["state"], one["lane"], one["deliveries"]) for one in json.loads(counted)] == [
            ("dead", "replies", 1)
        ]
        (ticket,) = await office.house.clerks.waiting(actor("li"))
        lines = await office.house.clerks.transcript(actor("wang"), ticket)
        assert [line.delivery for line in lines if line.author == "bot"] == ["sent", "sent", "dead"]
        assert "[edited] other words" in [line.text for line in lines]
        code, output, _ = await typed("send", "retry", office.account.slug)
        assert (code, output) == (0, f"1 messages of {office.account.slug} wait to be sent again.\n")
        await office.hears(RESIDENT, 3)
    assert (await typed("send", "retry", office.account.slug))[0] != 0


async def test_account_paused_by_an_operator_stays_so_when_its_secrets_are_replaced(
    office: PostOffice, typed: Typed, tmp_path: Path
) -> None:
    """Only a refusal of the platform ends with new secrets."""
    file, slug = tmp_path / "secrets.yml", office.account.slug
    file.write_text(f"token: '{TOKEN}'\nwebhook_secret: {WORD}\n")
    assert (await typed("account", "pause", slug, "--reason", "holiday"))[0] == 0
    assert (await typed("account", "rotate", slug, "--secrets-file", str(file), "--reason", "mend"))[0] == 0
    assert (await office.register.find(slug)).state == "paused"
    async with transaction(office.house.engine) as connection:
        await connection.execute(
            text("UPDATE channel_accounts SET reason = 'refused: token' WHERE slug = :slug"), {"slug": slug}
        )
    assert (await typed("account", "rotate", slug, "--secrets-file", str(file), "--reason", "mend"))[0] == 0
    assert (await office.register.find(slug)).state == "active"
