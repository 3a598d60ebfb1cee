"""Entries of Taobao: what is believed, and what is not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from channels.taobao import Secrets, entry_of, read
from desk.contract.channel import Account, Forged

SECRET = "a-secret-of-the-tests-that-nobody-guesses"
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
ACCOUNT = Account(
    id=1, channel="taobao", slug="hangzhou_taobao", city="hangzhou", secrets=Secrets(entry_secret=SecretStr(SECRET))
)


def claims(**changes: Any) -> dict[str, Any]:
    until = int((NOW + timedelta(minutes=5)).timestamp())
    return {"sub": "tb0001", "account": "hangzhou_taobao", "jti": "0123456789abcdef", "exp": until, **changes}


def test_a_genuine_entry_says_who_comes() -> None:
    """What the app signed is read, with further claims ignored."""
    said = read(ACCOUNT, entry_of(SECRET, claims(lang="zh-Hant", more=1)), NOW)
    assert (said.sub, said.jti, said.lang) == ("tb0001", "0123456789abcdef", "zh-Hant")


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(entry_of("another-secret-of-the-tests-0123456789", claims()), id="signed by somebody else"),
        pytest.param(entry_of(SECRET, claims(exp=int(NOW.timestamp()))), id="over"),
        pytest.param(entry_of(SECRET, claims(exp=int(NOW.timestamp()) + 86_400)), id="good for a day"),
        pytest.param(entry_of(SECRET, claims(account="ningbo_taobao")), id="of another account"),
        pytest.param(entry_of(SECRET, claims(jti="short")), id="a word that can be guessed"),
        pytest.param(entry_of(SECRET, claims(sub="")), id="nobody"),
        pytest.param(entry_of(SECRET, claims(exp="soon")), id="no time"),
        pytest.param(entry_of(SECRET, claims(exp=10**30)), id="a time beyond all"),
        pytest.param(entry_of(SECRET, claims()).replace("v1.", "v2.", 1), id="another version"),
        pytest.param(entry_of(SECRET, claims())[:-1], id="cut"),
        pytest.param(entry_of(SECRET, claims()).replace(".", ".A", 1), id="changed"),
        pytest.param(entry_of(SECRET, claims()) + "é", id="not ASCII"),
        pytest.param("v1..", id="empty"),
        pytest.param("", id="nothing"),
        pytest.param("v1.W10.", id="a list, unsigned"),
    ],
)
def test_anything_else_is_refused(entry: str) -> None:
    """Forged, and nothing of it is used."""
    with pytest.raises(Forged):
        read(ACCOUNT, entry, NOW)


def test_a_secret_that_can_be_guessed_is_refused() -> None:
    """Shorter than 32 characters it is none."""
    with pytest.raises(ValidationError):
        Secrets(entry_secret=SecretStr("too short"))
