"""A secret is rotated: what was signed by an older one holds while that is valid, and what is kept stays readable."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from actions.backends.sms import CodeMessage
from actions.proof.codes import Codes, Sending
from desk.app.runtime import keys_of
from desk.app.settings import Settings
from desk.cases.links import Links as CaseLinks
from desk.city.files import Agency, Names
from desk.contract.agency_commands import CodeCommand
from desk.contract.errors import ConfigurationError
from desk.http.peers import signer, verifier
from desk.http.signatures import NotSigned, Signatures
from desk.media.links import MediaLinks
from desk.payments.links import Links
from desk.sealing.masters import Given, Masters
from desk.store.keys import Keys
from roles.mac import BOT_TO_ACTIONS, CONTENT_TYPE, HEADER, Refused

OLD, NEW = "old-" * 12, "new-" * 12
FIRST = Keys(OLD)
BOTH = Keys(NEW, valid=[OLD], data=OLD)
COMING = Keys(OLD, valid=[NEW], data=OLD)
AFTER = Keys(NEW, data=OLD)
STRANGER = Keys("other " * 8)
SITE = "https://city.example"
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def _holds(check: Callable[[], object], refusal: type[Exception]) -> bool:
    try:
        check()
    except refusal:
        return False
    return True


def accepts(by: Keys, made: Keys) -> dict[str, bool]:
    """Which things that are signed by one installation's keys another's hold for true."""
    media, number = uuid4(), "P1"
    turn = Signatures(made).of_turn("c", "m", {"orders": []})
    command = {"order": number, "amount": "1.00"}
    command["signature"] = Signatures(made).of_command(command)
    headers = {
        HEADER: signer(made, BOT_TO_ACTIONS).sign("POST", "/webhook", b"{}").header,
        "Content-Type": CONTENT_TYPE,
    }
    return {
        "pay page": Links(by, SITE).opens_pay_page(number, Links(made, SITE).pay_code(number)),
        "picture": MediaLinks(by, SITE).opens(MediaLinks(made, SITE).code(media, NOW + timedelta(days=1)), NOW)
        == media,
        "turn": _holds(lambda: Signatures(by).check_turn(turn, "c", "m", {"orders": []}), NotSigned),
        "command": _holds(lambda: Signatures(by).check_command(command), NotSigned),
        "role": _holds(lambda: verifier(by, BOT_TO_ACTIONS).admit("POST", "/webhook", headers), Refused),
    }


def test_what_is_signed_holds_while_its_secret_is_valid() -> None:
    """By the secret that signs, by one that is to come, and by an older one until that is dropped; by no other."""
    steps = {"first": FIRST, "coming": COMING, "both": BOTH, "after": AFTER, "stranger": STRANGER}
    held = {
        (by, made): {*accepts(steps[by], steps[made]).values()}
        for by in ("first", "coming", "both", "after")
        for made in steps
    }
    new = {"both", "after"}
    assert held == {
        (by, made): {made != "stranger" and (by in {"coming", "both"} or (by in new) == (made in new))}
        for by, made in held
    }


def test_what_is_kept_does_not_rotate() -> None:
    """Sealed values, keyed look-ups, codes on receipts and in calendars, the audit's key and that of the secret."""
    sealed = FIRST.seal(b"token", purpose="account", of="slug")
    case = uuid4()
    for keys in (COMING, BOTH, AFTER):
        assert keys.open(sealed, purpose="account", of="slug") == b"token"
        assert FIRST.open(keys.seal(b"later", purpose="account", of="slug"), purpose="account", of="slug") == b"later"
        assert keys.digest("13800138000", purpose="person") == FIRST.digest("13800138000", purpose="person")
        assert Links(keys, SITE).verifies("R1", Links(FIRST, SITE).receipt_code("R1"))
        assert CaseLinks(keys, SITE).code(case, "frame") == CaseLinks(FIRST, SITE).code(case, "frame")
        masters, first = Masters(Given(""), keys), Masters(Given(""), FIRST)
        assert (masters.current, masters.audit_key) == (first.current, first.audit_key)
    assert not Links(STRANGER, SITE).verifies("R1", Links(FIRST, SITE).receipt_code("R1"))


class Gateway:
    """Remembers what it is to send."""

    async def send(self, _: str, message: CodeMessage) -> None:
        self.code = message.code


@pytest.mark.parametrize(("checking", "is_right"), [(COMING, True), (BOTH, True), (AFTER, False), (STRANGER, False)])
async def test_a_code_that_is_under_way_holds(checking: Keys, *, is_right: bool) -> None:
    """The actions send and check codes with secrets alone: they have no data key, and need none."""
    gateway = Gateway()
    signs = keys_of(Settings(secret_key=OLD, secret_keys_valid=NEW), Path())
    command = CodeCommand(
        **{"conversation": "c", "frame": "f", "number": 1, "service": "one", "of": "person", "city": "one"},
        **{"locale": "zh_Hans", "phone": "13800138000"},
    )
    agency = Agency(slug="one", names=Names(zh_Hans="民政局", en="Bureau"), phone="1", hours=[])
    await Codes(signs, gateway).send(command, agency)  # type: ignore[arg-type]
    held = Codes(checking, gateway)  # type: ignore[arg-type]
    assert held.is_right("c", "f", Sending(1, NOW), gateway.code) is is_right


def test_without_further_secrets_one_does_all() -> None:
    """As before there were any: an installation that is not rotated changes nothing."""
    assert FIRST.signing("purpose") == (FIRST.derived("purpose"),)
    assert FIRST.code("value", purpose="purpose", length=16) == FIRST.lasting_code(
        "value", purpose="purpose", length=16
    )


def test_a_rotation_that_would_lose_data_is_refused(tmp_path: Path) -> None:
    """Where it is not said which secret stays, and where one is too short; the message names the setting."""
    signs = keys_of(Settings(secret_key=NEW, secret_keys_valid=OLD), tmp_path)
    assert signs.signing("purpose") == BOTH.signing("purpose")  # all that the actions and the bot need
    with pytest.raises(ConfigurationError, match="DESK_DATA_KEY"):
        Masters(Given(""), signs)  # which every process makes at its start that reads what is kept
    for name, more in {
        "DESK_DATA_KEY": {"data_key": "short"},
        "DESK_SECRET_KEYS_VALID": {"secret_keys_valid": "short"},
    }.items():
        with pytest.raises(ConfigurationError, match=f"{name} is too short"):
            keys_of(Settings(secret_key=NEW, **{"data_key": OLD, **more}), tmp_path)


def test_settings_name_several_secrets(tmp_path: Path) -> None:
    """Separated by commas."""
    keys = keys_of(Settings(secret_key=NEW, secret_keys_valid=f"{OLD}, {'x' * 40}", data_key=OLD), tmp_path)
    assert keys.signing("purpose") == (*BOTH.signing("purpose"), *Keys("x" * 40).signing("purpose"))
