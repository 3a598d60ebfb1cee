"""`desk keys`: what operators do with the keys that seal conversations."""

import json
from pathlib import Path

import pytest
from fixtures.desk_command import Typed
from fixtures.fake_bot import FakeBot
from fixtures.house import House
from fixtures.staffed import key_at
from sqlalchemy import text

from desk.contract.rendered import RenderedMessage
from desk.contract.staff import Grant, Role
from desk.conversations import service
from desk.conversations.live import Live
from desk.store.database import transaction


@pytest.fixture
def masters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the master keys are kept; nothing is there yet."""
    file = tmp_path / "kept" / "master.keys"
    monkeypatch.setenv("DESK_MASTER_KEYS_FILE", str(file))
    return file


async def test_master_keys_rotate_and_retire(house: House, typed: Typed, masters: Path) -> None:
    """A new key wraps all; the one before wraps nothing, and can then be deleted; no key is ever shown."""
    await house.open()
    first = json.loads((await typed("keys", "rotate", "--json"))[1])
    second = json.loads((await typed("keys", "rotate", "--json"))[1])
    listed = json.loads((await typed("keys", "list", "--json"))[1])
    kept = [(one["name"], one["keys"], one["current"]) for one in listed["masters"]]
    assert (first["rewrapped"], second["rewrapped"]) == (1, 1)
    assert kept == [(second["current"], 1, True), (first["current"], 0, False), ("secret", 0, False)]
    assert (listed["missing"], listed["plain"]) == ([], 0)
    assert (await typed("keys", "retire", second["current"]))[0] == 1
    assert (await typed("keys", "retire", first["current"]))[0] == 0
    names = [line.partition(":")[0] for line in masters.read_text(encoding="ascii").splitlines()[1:]]
    assert names == [second["current"]]


async def test_the_keys_are_listed_for_an_operator_alone(house: House, typed: Typed, masters: Path) -> None:  # noqa: ARG001
    """Nobody logged in sees nothing, nor does anybody of another role."""
    code, out, told = await typed("keys", "list", who=None)
    assert (code, out, "Nobody is logged in" in told) == (1, "", True)
    clerk = await key_at(house.database_url, "lin", Grant(Role.CLERK))
    code, out, told = await typed("keys", "list", key=clerk)
    assert (code, out, "key.manage is needed" in told) == (1, "", True)


async def test_a_missing_master_key_is_named(house: House, typed: Typed, masters: Path) -> None:
    """Whoever looks sees which one, and that something cannot be read."""
    await house.open()
    rotated = json.loads((await typed("keys", "rotate", "--json"))[1])
    masters.unlink()
    listed = json.loads((await typed("keys", "list", "--json"))[1])
    assert listed["missing"] == [rotated["current"]]


async def test_after_a_restore_the_erased_are_erased_again(house: House, typed: Typed, tmp_path: Path) -> None:
    """The newest keys decide: who was erased after the backup has a later key, and everybody else goes on."""
    erased, other = await house.open(), await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        for conversation in (erased, other):
            await house.say(conversation, "hello")
        await house.settle(erased, other)
    kept = tmp_path / "keys"
    async with transaction(house.engine) as connection:
        await connection.execute(text("CREATE TABLE backup AS SELECT * FROM outbound_messages"))
        await connection.execute(text("CREATE TABLE backup_states AS SELECT * FROM dialogue_states"))
    confirmation = RenderedMessage(text="erased", locale="zh_Hans")
    await service.erase(house.engine, Live(house.redis), erased.id, confirmation, house.parts())
    assert (await typed("keys", "save", str(kept)))[0] == 0
    async with transaction(house.engine) as connection:  # as a backup without keys is restored
        for statement in (
            "DELETE FROM conversation_keys",
            "DELETE FROM outbound_messages",
            "INSERT INTO outbound_messages SELECT * FROM backup",
            "DELETE FROM dialogue_states",
            "INSERT INTO dialogue_states SELECT * FROM backup_states",
        ):
            await connection.execute(text(statement))
    code, out, _ = await typed("keys", "load", str(kept))
    assert (code, "1 conversations were erased again" in out) == (0, True)
    assert await house.texts(other) == ["1:hello"]
    assert await house.texts(erased) == []
    await house.open()
    code, _, said = await typed("keys", "load", str(kept))
    assert (code, "newer than these keys" in said) == (1, True)
