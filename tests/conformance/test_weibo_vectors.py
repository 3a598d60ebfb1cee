"""Worked examples of Weibo's signature, made apart from this project.

`CITYDESK_CONFORMANCE` names the folder that holds them, in `vectors/`. Without it these tests fail, since a
conformance run that looked at nothing proves nothing.
"""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from channels.weibo import CHANNEL, Secrets
from desk.contract.channel import Account, Delivery, Forged


@pytest.fixture(scope="session")
def examples() -> list[dict[str, str]]:
    named = os.environ.get("CITYDESK_CONFORMANCE")
    if not named or not (Path(named) / "vectors" / "vectors.json").is_file():
        pytest.fail("Set CITYDESK_CONFORMANCE to the folder of conformance data; it has none in vectors/.")
    found = json.loads((Path(named) / "vectors" / "vectors.json").read_text(encoding="utf-8"))["weibo"]
    assert len(found) >= 2
    return list(found)


def request(example: dict[str, str], **changes: Any) -> tuple[Account, Delivery]:
    """A push that is signed as the example, received at its own time."""
    secrets = Secrets(
        app_secret=SecretStr(example["appsecret"]), access_token=SecretStr("token"), operator_ip="203.0.113.7"
    )
    account = Account(id=1, channel="weibo", slug="a", city="a", secrets=secrets, platform_id="1")
    stamp = example["timestamp"]
    at = datetime.fromtimestamp(int(stamp) / (1000 if len(stamp) == 13 else 1), UTC)
    query = {name: example[name] for name in ("timestamp", "nonce", "signature")} | changes
    return account, Delivery("POST", query, {}, b"{}", at)


def test_signatures_of_the_examples_are_believed(examples: list[dict[str, str]]) -> None:
    """With a timestamp of seconds and of milliseconds."""
    for example in examples:
        CHANNEL.verify(*request(example))
    assert {len(example["timestamp"]) for example in examples} == {10, 13}


@pytest.mark.parametrize("field", ["timestamp", "nonce", "signature"])
def test_changed_examples_are_refused(examples: list[dict[str, str]], field: str) -> None:
    """One digit more or less is another signature."""
    for example in examples:
        changed = example[field][:-1] + ("1" if example[field][-1] != "1" else "2")
        with pytest.raises(Forged):
            CHANNEL.verify(*request(example, **{field: changed}))


def test_examples_of_another_time_are_refused(examples: list[dict[str, str]]) -> None:
    """A true signature is good for five minutes."""
    for example in examples:
        account, delivery = request(example)
        late = Delivery("POST", delivery.query, {}, b"{}", delivery.at + timedelta(minutes=5, seconds=1))
        with pytest.raises(Forged):
            CHANNEL.verify(account, late)
