"""`desk user`, `login`, `request` and `audit`, as people type them, from nobody to whoever looks at all of it."""

import builtins
import getpass
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyotp
import pytest
from fixtures.desk_command import Typed
from fixtures.house import House
from fixtures.staffed import AUDITS, key_at
from sqlalchemy import text

from desk.cli.commands import login
from desk.contract.staff import Grant, Role
from desk.store.database import transaction

PASSWORD = "eleven blue kettles"
WHY = ("--reason", "because")

type Answers = Callable[..., None]


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """What is typed when a command asks: the code when it wants one, by the secret that it showed, and a password."""

    def to_type(*typed: Callable[[], str]) -> None:
        left: Iterator[Callable[[], str]] = iter(typed)
        monkeypatch.setattr(builtins, "input", lambda _: next(left)())
        monkeypatch.setattr(getpass, "getpass", lambda _: PASSWORD)

    return to_type


async def document(typed: Typed, *words: str, key: str | None = None) -> Any:
    """Run a command with --json, as the owner of a key or nobody; answers what it printed."""
    code, output, errors = await typed(*words, "--json", who=None, key=key)
    assert code == 0, errors
    return json.loads(output)


async def test_from_nobody_to_a_clerk_who_is_logged_in(
    typed: Typed, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first is created without a login, joins in the terminal, lets a clerk in, and logs out again."""
    monkeypatch.setenv("DESK_PUBLIC_URL", "https://desk.example")
    code, output, _ = await typed("user", "list", who=None)
    assert (code, output) == (1, "")
    made = await document(typed, "user", "create", "an", "--role", "security_admin", *WHY)
    invitation = made["link"].rpartition("/")[2]
    secret = pyotp.random_base32()
    monkeypatch.setattr(login, "fresh_totp", lambda: secret)
    answers(lambda: pyotp.TOTP(secret).now())
    assert await document(typed, "login", "--invitation", invitation) == {"login": "an", "grants": ["security_admin"]}
    assert (await document(typed, "whoami"))["via"] == "command"
    made = await document(typed, "user", "create", "wang", "--role", "clerk", "--city", "hangzhou", *WHY)
    assert [one["state"] for one in made["requests"]] == ["done"]
    listed = (await document(typed, "user", "list"))["staff"]
    assert [(one["login"], one["state"], one["grants"]) for one in listed] == [
        ("an", "active", ["security_admin"]),
        ("wang", "invited", ["clerk of hangzhou"]),
    ]
    assert (await typed("logout", who=None))[0] == 0
    code, _, errors = await typed("whoami", who=None)
    assert (code, "desk login" in errors) == (1, True)


async def test_a_program_gets_a_key_once_it_is_allowed(typed: Typed, house: House) -> None:
    """Asked for by one, allowed by another, taken by who asked; a person gets none, a program decides nothing."""
    an, bo = [await key_at(house.database_url, login, Grant(Role.SECURITY_ADMIN)) for login in ("an", "bo")]
    made = await document(typed, "user", "create", "robot", "--role", "security_admin", *WHY, key=an)
    await document(typed, "request", "allow", str(made["requests"][0]["request"]), key=bo)
    wanted = await document(typed, "user", "key", "robot", "--name", "weather", *WHY, key=an)
    assert wanted["key"] is None
    number = str(wanted["request"]["request"])
    await document(typed, "request", "allow", number, key=bo)
    robot = (await document(typed, "user", "key", "robot", "--request", number, key=an))["key"]
    acts = await document(typed, "whoami", key=robot)
    assert acts == {"login": "robot", "name": "robot", "via": "key", "grants": ["security_admin"]}
    code, _, errors = await typed("user", "key", "bo", *WHY, key=an)
    assert (code, errors) == (1, "bo is a person: keys are for programs. Create an account for the program.\n")
    asked = await document(typed, "user", "create", "wang", "--role", "clerk", *WHY, key=an)
    number = str(asked["requests"][0]["request"])
    code, _, errors = await typed("request", "allow", number, key=robot)
    assert (code, "A program decides nothing" in errors) == (1, True)
    code, _, errors = await typed("user", "disable", "bo", *WHY, key=an)
    assert (code, "2 are needed" in errors) == (1, True)
    await document(typed, "request", "allow", number, "--on-this-server")


async def test_audit_is_searched_verified_and_exported(typed: Typed, house: House, tmp_path: Path) -> None:
    """An auditor sees who did what; that they looked is in it; a changed record is told, with 1."""
    await typed("voice", "stop", "--city", "hangzhou", "--reason", "wrong fees", "--json")
    code, _, errors = await typed("audit", "verify")
    assert (code, "audit.read is needed" in errors) == (1, True)
    mei = await key_at(house.database_url, "mei", *AUDITS)
    [stopped] = (await document(typed, "audit", "list", "--act", "voice", key=mei))["records"]
    assert (stopped["actor"], stopped["act"], stopped["subject"], stopped["reason"]) == (
        *("wang", "voice.stop"),
        *("city hangzhou", "wrong fees"),
    )
    assert (await document(typed, "audit", "verify", key=mei))["faults"] == []
    file = tmp_path / "day.jsonl"
    today = datetime.now(UTC).date().isoformat()
    code, _, errors = await typed("audit", "export", today, "--out", str(file), key=mei)
    assert (code, errors) == (0, "")
    assert (await document(typed, "audit", "verify", "--export", str(file), key=mei))["faults"] == []
    acts = [one["act"] for one in (await document(typed, "audit", "list", "--actor", "mei", key=mei))["records"]]
    assert acts == ["audit.verify", "audit.export", "audit.verify", "audit.search"]
    async with transaction(house.engine) as connection:
        await connection.execute(text("ALTER TABLE audit_records DISABLE TRIGGER USER"))
        await connection.execute(text("UPDATE audit_records SET reason = 'r' WHERE act = 'voice.stop'"))
    code, output, _ = await typed("audit", "verify", "--export", str(file), key=mei)
    assert code == 1
    assert output.splitlines()[0] == "✗ record 1 is not as it was written, or not in its place"
    assert "record 1 is not as day.jsonl has it" in output


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("user", "create", "Ä", "--role", "clerk"), "A login has 2 to 32 characters"),
        (("user", "grant", "nobody", "--role", "clerk"), "no member of staff"),
        (("user", "disable", "an"), "themselves"),
        (("request", "allow", "4711"), "no request 4711"),
        (("audit", "export", "yesterday"), "is no day"),
    ],
    ids=["login", "unknown", "oneself", "request", "day"],
)
async def test_what_cannot_be_done_says_why(typed: Typed, house: House, words: tuple[str, ...], why: str) -> None:
    """One line on stderr, and 1."""
    first = await document(typed, "user", "create", "an", "--role", "security_admin", "--key", *WHY)
    key = first["key"] if words[0] != "audit" else await key_at(house.database_url, "mei", *AUDITS)
    reason = WHY if words[0] == "user" else ()
    code, output, errors = await typed(*words, *reason, key=key)
    assert (code, output, len(errors.splitlines())) == (1, "", 1)
    assert why in errors
