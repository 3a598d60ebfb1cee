"""RSA2 signatures: what is signed, what verifies, and how a signed answer is cut out."""

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from desk.alipay import signing
from desk.contract.errors import ConfigurationError

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC = KEY.public_key()
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())
NAME = "alipay_trade_query_response"

PKCS1 = KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
PKCS8 = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
LOCKED = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"pw")).decode()
EC_PRIVATE = EC.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
SPKI = PUBLIC.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
EC_PUBLIC = EC.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def bare(pem: str) -> str:
    """The base64 of a key in one line, as Alipay's console shows it."""
    return "".join(line for line in pem.splitlines() if "-----" not in line)


@pytest.mark.parametrize(
    "text", [PKCS1, PKCS8, bare(PKCS1), bare(PKCS8), PKCS8.replace("\n", "\r\n")],
    ids=["PKCS#1", "PKCS#8", "bare PKCS#1", "bare PKCS#8", "lines of Windows"],
)  # fmt: skip
def test_private_keys_are_read_in_every_usual_writing(text: str) -> None:
    """PEM or base64 alone, both formats."""
    assert signing.private_key(text).private_numbers() == KEY.private_numbers()


@pytest.mark.parametrize("text", [SPKI, bare(SPKI), f"\n{SPKI}\n"], ids=["PEM", "bare", "with empty lines"])
def test_public_keys_are_read_in_every_usual_writing(text: str) -> None:
    """PEM or base64 alone."""
    assert signing.public_key(text).public_numbers() == PUBLIC.public_numbers()


@pytest.mark.parametrize(
    "text", ["", "no key", SPKI, LOCKED, EC_PRIVATE], ids=["empty", "words", "public", "locked", "EC"]
)
def test_what_is_no_private_key_is_refused_without_its_text(text: str) -> None:
    """The message says what is wrong and does not repeat the key."""
    with pytest.raises(ConfigurationError, match="Alipay's application key") as caught:
        signing.private_key(text)
    assert not text or text.splitlines()[-1] not in str(caught.value)


@pytest.mark.parametrize("text", ["", "no key", PKCS8, EC_PUBLIC], ids=["empty", "words", "private", "EC"])
def test_what_is_no_public_key_is_refused(text: str) -> None:
    """The message says which key is meant."""
    with pytest.raises(ConfigurationError, match="Alipay's public key"):
        signing.public_key(text)


def test_signature_is_verified_by_openssl(tmp_path: Path) -> None:
    """`openssl dgst -sha256` agrees with a signature of ours over Chinese text."""
    text = "app_id=1&subject=水费 2026-11"
    (tmp_path / "key.pem").write_text(SPKI)
    (tmp_path / "sign").write_bytes(base64.b64decode(signing.sign(text, KEY)))
    command = ["openssl", "dgst", "-sha256", "-verify", tmp_path / "key.pem", "-signature", tmp_path / "sign"]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=False)
    assert done.stdout.strip() == b"Verified OK"


def test_signature_of_another_is_refused() -> None:
    """Another key, another text, and no signature at all do not verify; the right one does."""
    signature = signing.sign("a=1", KEY)
    assert signing.verify("a=1", signature, PUBLIC)
    assert not signing.verify("a=1", signing.sign("a=1", OTHER), PUBLIC)
    assert not signing.verify("a=2", signature, PUBLIC)
    assert not any(signing.verify("a=1", bad, PUBLIC) for bad in ("", "AA==", "not base64!", signature[:-4], "签名"))


def test_another_padding_is_refused() -> None:
    """RSA2 is PKCS #1 v1.5 and nothing else."""
    pss = KEY.sign(b"a=1", padding.PSS(padding.MGF1(SHA256()), 32), SHA256())
    assert not signing.verify("a=1", base64.b64encode(pss).decode(), PUBLIC)


def test_request_text_keeps_sign_type_and_drops_what_is_empty() -> None:
    """Sorted, raw, without `sign` and without empty values."""
    params = {"b": "2 & 3=4", "sign": "x", "sign_type": "RSA2", "a": "水费", "empty": ""}
    assert signing.request_text(params) == "a=水费&b=2 & 3=4&sign_type=RSA2"


def test_notification_texts_are_with_and_without_empty_values() -> None:
    """Both without `sign` and `sign_type`."""
    assert signing.notification_texts({"b": "2", "sign": "x", "sign_type": "RSA2", "a": ""}) == ("a=&b=2", "b=2")


awkward = st.text(alphabet=st.sampled_from('{}[]":,\\/\n\t &水费\u2028"\U0001f600')) | st.text()
nodes = st.recursive(
    st.none() | st.booleans() | st.integers() | awkward,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(awkward, inner, max_size=4),
    max_leaves=12,
)


@given(
    node=st.dictionaries(awkward, nodes, max_size=5),
    before=st.dictionaries(awkward.filter(lambda name: name != NAME), nodes, max_size=3),
    after=st.dictionaries(awkward.filter(lambda name: name != NAME), nodes, max_size=3),
    ascii_only=st.booleans(),
    slashes=st.booleans(),
    gap=st.sampled_from(["", " ", "\n\t "]),
)
def test_signed_node_is_cut_out_exactly(
    node: dict[str, Any], before: dict[str, Any], after: dict[str, Any], ascii_only: bool, slashes: bool, gap: str
) -> None:
    """Braces, quotes and escapes in strings, members around it, and white space change nothing of it."""

    def dump(value: Any) -> str:
        text = json.dumps(value, ensure_ascii=ascii_only)
        return text.replace("/", "\\/") if slashes else text

    signed = dump(node)
    members = [(name, dump(value)) for name, value in before.items()] + [(NAME, signed)]
    members += [(name, dump(value)) for name, value in after.items()]
    inside = f"{gap},{gap}".join(f"{dump(name)}{gap}:{gap}{value}" for name, value in members)
    assert signing.response_node(f"{gap}{{{gap}{inside}{gap}}}", NAME) == signed


@pytest.mark.parametrize("raw", ["", "[]", "{}", '{"other":{}}', '{"a" 1}', '{"a":1 "b":2}', "<html></html>"])
def test_answers_without_the_node_have_none(raw: str) -> None:
    """Nothing is cut out of what has no such member."""
    assert signing.response_node(raw, NAME) is None


def test_member_name_inside_a_string_is_not_the_node() -> None:
    """Only a member of the envelope itself is cut out."""
    raw = json.dumps({"a": f'"{NAME}":{{"code":"10000"}}', "b": {NAME: {"code": "10000"}}})
    assert signing.response_node(raw, NAME) is None


def test_of_two_nodes_the_first_is_cut_out() -> None:
    """The one that is verified is the one that is read; a second one smuggled in is neither."""
    assert signing.response_node(f'{{"{NAME}":{{"a":1}},"{NAME}":{{"a":2}}}}', NAME) == '{"a":1}'
