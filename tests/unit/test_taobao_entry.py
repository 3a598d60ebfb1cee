"""The example of a server behind the entry in Taobao signs what the channel reads."""

import importlib.util
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from channels.taobao import Secrets, read
from desk.contract.channel import Account, Forged

FILE = Path(__file__).parents[2] / "deploy" / "taobao-entry" / "entry.py"
SECRET = "s" * 32


def example() -> Any:
    spec = importlib.util.spec_from_file_location("entry", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_link_of_the_example_opens_the_conversation_of_who_pressed() -> None:
    """Each is another link, in the language of the app, good for minutes."""
    account = Account(1, "taobao", "hangzhou-taobao", "hangzhou", Secrets(entry_secret=SecretStr(SECRET)))
    made = example()
    one, other = (made.link("https://desk.example", account.slug, SECRET, "2200000001", "en") for _ in range(2))
    at, entry = one.split("#")
    claims = read(account, entry, datetime.now(UTC))
    assert at == "https://desk.example/enter/hangzhou-taobao"
    assert (claims.sub, claims.lang) == ("2200000001", "en")
    assert claims.jti != read(account, other.split("#")[1], datetime.now(UTC)).jti
    with pytest.raises(Forged):
        read(account, entry, datetime.now(UTC) + timedelta(minutes=11))
