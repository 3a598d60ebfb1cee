"""Worked examples of Alipay's signatures, made by others' code with keys that are for tests only.

`CITYDESK_CONFORMANCE` names the folder that holds them, in `vectors/`. Without it these tests fail, since a
conformance run that looked at nothing proves nothing.
"""

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from desk.alipay import signing
from desk.alipay.credentials import credentials
from desk.alipay.notifications import NotificationRefused, read_notification
from sandbox.alipay import signatures

NODE = "alipay_trade_precreate_response"


@pytest.fixture(scope="session")
def folder() -> Path:
    named = os.environ.get("CITYDESK_CONFORMANCE")
    if not named or not (Path(named) / "vectors" / "vectors.json").is_file():
        pytest.fail("Set CITYDESK_CONFORMANCE to the folder of conformance data; it has none in vectors/.")
    return Path(named) / "vectors"


@pytest.fixture(scope="session")
def vectors(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "vectors.json").read_text(encoding="utf-8"))["alipay"])


def key(folder: Path, name: str) -> str:
    return (folder / f"TEST_ONLY_{name}.pem").read_text(encoding="ascii")


def test_request_is_signed_as_in_the_example(folder: Path, vectors: dict[str, Any]) -> None:
    """Text and signature are equal, and it verifies with the public key."""
    example = vectors["request"]
    text = signing.request_text(example["params"])
    assert text == example["string_to_sign"]
    assert signing.sign(text, signing.private_key(key(folder, "app_private_pkcs1"))) == example["sign"]
    assert signing.verify(text, example["sign"], signing.public_key(key(folder, "app_public")))


def test_response_verifies_over_its_exact_text(folder: Path, vectors: dict[str, Any]) -> None:
    """With its escaped slashes; written otherwise it does not."""
    example, public = vectors["response"], signing.public_key(key(folder, "alipay_public"))
    node = signing.response_node(example["full_body"], NODE)
    assert node == example["raw_node"]
    assert signing.verify(node, example["sign"], public)
    assert not signing.verify(node.replace("\\/", "/"), example["sign"], public)


def test_notification_is_believed(folder: Path, vectors: dict[str, Any]) -> None:
    """The form of the example, sent as a form, is read; with another amount it is not."""
    form = vectors["notify_v1"]["form"]
    assert signing.notification_texts(form)[0] == vectors["notify_v1"]["string_to_verify"]
    we = credentials(
        gateway="http://127.0.0.1:1/",
        app_id=form["app_id"],
        seller_id=form["seller_id"],
        key=key(folder, "app_private_pkcs1"),
        alipay_key=key(folder, "alipay_public"),
    )
    read = read_notification(urlencode(form).encode(), we)
    assert (read.order, read.amount, read.says_paid) == (form["out_trade_no"], form["total_amount"], True)
    with pytest.raises(NotificationRefused):
        read_notification(urlencode(form | {"total_amount": "0.01"}).encode(), we)


def test_the_pretend_alipay_signs_as_in_the_examples(folder: Path, vectors: dict[str, Any]) -> None:
    """Its own code, written apart from ours, makes the same signatures."""
    alipay = signing.private_key(key(folder, "alipay_private_pkcs1"))
    form = vectors["notify_v1"]["form"]
    text = signatures.text_of(form, without=frozenset({"sign", "sign_type"}))
    assert signatures.sign(text, alipay) == form["sign"]
    assert signatures.sign(vectors["response"]["raw_node"], alipay) == vectors["response"]["sign"]
    request = vectors["request"]["params"]
    asked = signatures.text_of(request, without=frozenset({"sign"}))
    assert signatures.is_signed(asked, vectors["request"]["sign"], signing.public_key(key(folder, "app_public")))
