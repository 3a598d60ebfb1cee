"""Sealing: what can be opened by whom, master keys and where they are kept."""

import stat
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from desk.contract.errors import ConfigurationError
from desk.sealing.ciphers import CipherName, Sm4Gcm
from desk.sealing.masters import OF_SECRET, Custody, FromCommand, Given, InFile, Masters, fresh, parse
from desk.sealing.vault import FILE_MARK, DataKey, Vault, file_length, is_sealed
from desk.store.keys import Keys, Unsealable

KEYS = Keys("0123456789abcdef" * 3)
AT = datetime(2026, 11, 28, tzinfo=UTC)
CIPHERS: list[CipherName] = ["aes-256-gcm", "sm4-gcm"]
SAID = {"text": "浙A12345", "long": "字" * 1000}


def vault(custody: Custody | None = None, cipher: CipherName = "aes-256-gcm") -> Vault:
    return Vault(Masters(custody or Given(""), KEYS), cipher)


def key_of(vault: Vault) -> DataKey:
    conversation = uuid4()
    return vault.opened(conversation, vault.fresh(conversation).wrapped)


@pytest.mark.parametrize("cipher", CIPHERS)
def test_what_is_sealed_is_opened_by_its_key_alone(cipher: CipherName) -> None:
    """JSON and files come back as they were; nothing of them stands in what is kept."""
    keys, conversation = vault(cipher=cipher), uuid4()
    key = keys.opened(conversation, keys.fresh(conversation).wrapped)
    sealed, file = key.seal(SAID, "message"), key.seal_file(b"\x89PNG 12345")
    assert is_sealed(sealed)
    assert "12345" not in str(sealed)
    assert b"12345" not in file
    assert (key.open(sealed, "message"), key.open_file(file)) == (SAID, b"\x89PNG 12345")
    assert file_length(len(file), file[: len(FILE_MARK)]) == len(b"\x89PNG 12345")
    for stranger, thing in ((key_of(keys), "message"), (key, "state")):
        with pytest.raises(Unsealable):
            stranger.open(sealed, thing)  # type: ignore[arg-type]


@pytest.mark.parametrize("length", [0, 255, 256, 4_096, 4_097, 300_000])
def test_what_is_long_is_compressed_and_comes_back(length: int) -> None:
    """Whatever its length; what says the same over and over takes less room than it says."""
    key, plain = key_of(vault()), (b"0123456789 " * (length // 11 + 1))[:length]
    sealed = key.seal_bytes(plain, "event")
    assert key.open_bytes(sealed, "event") == plain
    assert (len(sealed) < length) == (length >= 256)


def test_sm4_is_that_of_the_standard() -> None:
    """RFC 8998, appendix A.1: SM4-GCM with its key, nonce, associated data, plaintext and tag."""
    key, nonce = bytes.fromhex("0123456789abcdeffedcba9876543210"), bytes.fromhex("00001234567800000000abcd")
    about = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    plain = bytes.fromhex("aa" * 8 + "bb" * 8 + "cc" * 8 + "dd" * 8 + "ee" * 8 + "ff" * 8 + "ee" * 8 + "aa" * 8)
    sealed = bytes.fromhex(
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
        "83de3541e4c2b58177e065a9bf7b62ec"
    )
    assert Sm4Gcm(key).encrypt(nonce, plain, about) == sealed
    assert Sm4Gcm(key).decrypt(nonce, sealed, about) == plain


def test_what_was_sealed_before_an_erasure_is_lost() -> None:
    """The next key of a conversation does not open what an earlier one sealed."""
    keys, conversation = vault(), uuid4()
    before = keys.opened(conversation, keys.fresh(conversation, 1).wrapped)
    after = keys.opened(conversation, keys.fresh(conversation, 2).wrapped)
    with pytest.raises(Unsealable, match="dropped"):
        after.open(before.seal(SAID, "message"), "message")


def test_a_wrapped_key_is_of_one_conversation() -> None:
    """It cannot be put in place of another's."""
    keys = vault()
    with pytest.raises(Unsealable):
        keys.opened(uuid4(), keys.fresh(uuid4()).wrapped)


def test_what_was_never_sealed_is_readable_with_and_without_a_key() -> None:
    """Rows of before data were sealed."""
    assert key_of(vault()).open({"text": "old"}, "message") == {"text": "old"}
    assert DataKey(uuid4(), 0, None).open({"text": "old"}, "message") == {"text": "old"}
    with pytest.raises(Unsealable):
        DataKey(uuid4(), 0, None).open(key_of(vault()).seal(SAID, "message"), "message")


def test_a_new_master_wraps_and_the_old_one_opens(tmp_path: Path) -> None:
    """Several are valid at once; a process that runs hears of the new one from the file."""
    custody, conversation = InFile(tmp_path / "master.keys"), uuid4()
    old = fresh(AT)
    custody.write([old])
    running = vault(InFile(custody.path))
    wrapped = running.fresh(conversation)
    custody.write([fresh(AT), *custody.read()])
    again = running.rewrapped(conversation, wrapped.wrapped)
    sealed = running.opened(conversation, wrapped.wrapped).seal(SAID, "state")
    assert (wrapped.master, again.master == old.name) == (old.name, False)
    assert vault(InFile(custody.path)).opened(conversation, again.wrapped).open(sealed, "state") == SAID


def test_without_the_master_nothing_is_opened(tmp_path: Path) -> None:
    """Neither a dump nor the installation's secret is enough."""
    custody, conversation = InFile(tmp_path / "master.keys"), uuid4()
    custody.write([fresh(AT)])
    wrapped = vault(custody).fresh(conversation).wrapped
    with pytest.raises(Unsealable, match="is not in"):
        vault(Given("")).opened(conversation, wrapped)


def test_the_file_of_masters_is_its_owners(tmp_path: Path) -> None:
    custody = InFile(tmp_path / "new" / "master.keys")
    assert custody.read() == []
    custody.write([fresh(AT)])
    assert stat.S_IMODE(custody.path.stat().st_mode) == 0o600


@pytest.mark.parametrize("where", ["setting", "file", "command"])
def test_masters_come_from_where_they_are_kept(where: str, tmp_path: Path) -> None:
    """The first one is the current one; that of the secret stays valid, as the last."""
    kept = [fresh(AT), fresh(AT)]
    file = tmp_path / "keys"
    InFile(file).write(kept)
    custodies: dict[str, Custody] = {
        "setting": Given(",".join(key.line for key in kept)),
        "file": InFile(file),
        "command": FromCommand(f"cat '{file}'"),
    }
    found = Masters(custodies[where], KEYS)
    assert [key.name for key in found.all] == [kept[0].name, kept[1].name, OF_SECRET]
    assert found.current == kept[0]


@pytest.mark.parametrize("line", ["name", "name:short", ":" + "A" * 44, "na me:" + "A" * 43 + "="])
def test_a_wrong_list_is_refused_without_being_shown(line: str) -> None:
    with pytest.raises(ConfigurationError, match="line 2") as caught:
        parse(f"# comment\n{line}\n", "the file")
    assert "AAAA" not in str(caught.value)


def test_a_command_that_fails_stops_the_start() -> None:
    with pytest.raises(ConfigurationError, match="DESK_MASTER_KEYS_COMMAND"):
        Masters(FromCommand("false"), KEYS)


def test_two_masters_of_one_name_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="one name"):
        Masters(Given(f"{OF_SECRET}:{'A' * 43}="), KEYS)
