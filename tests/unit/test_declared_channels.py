"""Channels that a file declares: what a file may say, how requests are signed in every way, how replies are written."""

import hmac
import json
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from desk.contract.channel import Account, Delivery, FileReceived, Forged, Sent
from desk.contract.errors import BackendError, ConfigurationError
from desk.contract.rendered import RenderedButton, RenderedMessage
from desk.platforms.declared.declaration import as_declared
from desk.platforms.declared.pointer import Missing, at, put
from desk.platforms.declared.webhook import DeclaredChannel
from desk.platforms.loading import load_channels

EXAMPLE = Path(__file__).resolve().parents[2] / "sandbox/city_app/city_app.yml"
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
KEY = "signing-key-of-this-test"
SECRETS = {"token": "token-of-this-test", "signing_key": KEY}


def said(**otherwise: Any) -> dict[str, Any]:
    """What the example says, with some of it otherwise."""
    return {**yaml.safe_load(EXAMPLE.read_text(encoding="utf-8")), **otherwise}


def made(**otherwise: Any) -> DeclaredChannel:
    return DeclaredChannel("city_app", as_declared(said(**otherwise)))


def account(channel: DeclaredChannel, base_url: str | None = None) -> Account:
    secrets = channel.Secrets.model_validate(SECRETS)
    return Account(1, channel.name, "hangzhou_app", "hangzhou", secrets, "h-1", base_url, "https://desk.example")


def delivery(headers: dict[str, str], body: bytes = b"{}") -> Delivery:
    return Delivery("POST", {}, headers, body, NOW)


PLAIN = {"header": "X-Sign", "key": "signing_key"}
SECONDS = str(int(NOW.timestamp()))


@pytest.mark.parametrize(
    ("signature", "headers"),
    [
        (PLAIN, {"x-sign": hmac.digest(KEY.encode(), b"{}", "sha256").hex()}),
        (
            {**PLAIN, "algorithm": "sha512", "encoding": "base64", "prefix": "v1,"},
            {"x-sign": "v1," + b64encode(hmac.digest(KEY.encode(), b"{}", "sha512")).decode()},
        ),
        (
            {**PLAIN, "of": "{method}\n{path}\n{body}"},
            {"x-sign": hmac.digest(KEY.encode(), b"POST\n/channels/city_app/hangzhou_app\n{}", "sha256").hex()},
        ),
        (
            {**PLAIN, "of": "{{body}}={body}"},
            {"x-sign": hmac.digest(KEY.encode(), b"{body}={}", "sha256").hex()},
        ),
        (
            {**PLAIN, "of": "{timestamp}{body}", "timestamp": {"header": "X-Time", "unit": "milliseconds"}},
            {
                "x-time": f"{SECONDS}000",
                "x-sign": hmac.digest(KEY.encode(), f"{SECONDS}000{{}}".encode(), "sha256").hex(),
            },
        ),
    ],
    ids=["hex", "base64", "path", "braces", "milliseconds"],
)
def test_a_request_is_believed_by_the_declared_signature_alone(
    signature: dict[str, Any], headers: dict[str, str]
) -> None:
    """And by no other: neither of another body, nor without it."""
    channel = made(signature=signature)
    channel.verify(account(channel), delivery(headers))
    for wrong in (delivery(headers, b"{} "), delivery({**headers, "x-sign": ""}), delivery({})):
        with pytest.raises(Forged):
            channel.verify(account(channel), wrong)


def test_where_a_signature_holds_no_time_old_things_are_taken_for_replays() -> None:
    """So long as the platform may bring them again; where it does, the signature itself is bounded."""
    assert made(signature=PLAIN).abilities.replay_window == timedelta(minutes=35)
    assert made().abilities.replay_window is None


@pytest.mark.parametrize(
    ("change", "place", "why"),
    [
        (lambda one: one["signature"].update(of="{timestamp}"), ":6: signature", "of must hold {body}"),
        (lambda one: one["signature"].update(of="{timestamp}{nonce}{{body}}"), ":6: signature", "of must hold {body}"),
        (lambda one: one["signature"].update(of="{nonce}{body}"), ":6: signature", "timestamp"),
        (lambda one: one["signature"].update(key="other"), ":1: ", "secrets has no other"),
        (lambda one: one["signature"].update(algorithm="md5"), ":14: signature.algorithm", "'sha256'"),
        (lambda one: one["messages"]["kinds"][0].update(text="text"), "messages.kinds.0", "pattern"),
        (lambda one: one["messages"]["kinds"][0].update(is_="song"), "messages.kinds.0", "is_"),
        (lambda one: one["messages"]["commands"].update(x="/sing"), "messages", "there is no /sing"),
        (lambda one: one["replies"].update(body={"text": "{text}"}), ":1: ", "nothing says {resident}"),
        (lambda one: one["replies"]["headers"].update(A="{other}"), ":1: ", "there is no 'other'"),
        (lambda one: one["replies"]["headers"].update(A="{token!r}"), ":1: ", "plain name"),
        (lambda one: one["replies"].pop("buttons"), ":1: ", "limits.buttons and replies.buttons"),
        (lambda one: one.pop("files"), ":1: ", "files"),
        (lambda one: one.update(api="http://api.example"), ":1: api", "pattern"),
        (lambda one: one["secrets"].update(text="x"), ":1: ", "means something else"),
        (lambda one: one.update(channel="x"), "channel", "Extra inputs"),
    ],
)  # fmt: skip
def test_a_wrong_declaration_is_refused_with_its_line(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], place: str, why: str
) -> None:
    """Nothing is found out only when a resident writes."""
    wrong = said()
    change(wrong)
    (tmp_path / "city_app.yml").write_text(yaml.safe_dump(wrong, sort_keys=False), encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_channels(tmp_path)
    message = str(caught.value)
    assert message.startswith(f"{tmp_path}/city_app.yml:")
    assert place in message
    assert why in message


@pytest.mark.parametrize(("name", "why"), [("telegram", "has a channel telegram"), ("City-App", "lower-case letters")])
def test_a_name_that_is_taken_or_wrong_is_refused(tmp_path: Path, name: str, why: str) -> None:
    """The name is that of the file, and of the webhook's address."""
    (tmp_path / f"{name}.yml").write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=why):
        load_channels(tmp_path)


def test_without_buttons_choices_are_numbered_lines() -> None:
    """As on every platform that has none."""
    replies = {key: value for key, value in said()["replies"].items() if key != "buttons"}
    channel = made(replies=replies, limits={"text": 100})
    message = RenderedMessage(text="哪一项？", locale="zh_Hans", buttons=[RenderedButton(title="水费", payload="/a")])
    assert [piece.text for piece in channel.render(message)] == ["哪一项？\n\n1. 水费"]


async def test_a_reply_is_signed_as_declared() -> None:
    """Over what is sent, byte for byte, with a time and a nonce of its own; values are put into paths whole."""
    seen: list[tuple[str, dict[str, str], bytes]] = []

    async def take(request: web.Request) -> web.Response:
        seen.append((request.raw_path, dict(request.headers), await request.read()))
        return web.json_response({"data": {"message": 7}}, status=201)

    app = web.Application()
    app.router.add_put("/{path:.*}", take)
    signature = {
        **PLAIN,
        "of": "{timestamp}.{nonce}.{path}.{body}",
        "timestamp": {"header": "X-Time"},
        "nonce": "X-Nonce",
    }
    replies = {
        "method": "PUT",
        "path": "/to/{resident}",
        "body": {"said": "{text}", "by": "{account}"},
        "query": {"key": "{token}"},
        "signature": signature,
        "id": "/data/message",
    }
    channel = made(replies=replies, limits={})
    async with TestServer(app) as server, ClientSession() as http:
        at_server = account(channel, str(server.make_url("")).rstrip("/"))
        [piece] = channel.render(RenderedMessage(text="{好}", locale="zh_Hans"))
        outcome = await channel.send(http, at_server, "a/b {x}", piece)
    assert outcome == Sent("7")
    [(path, headers, body)] = seen
    assert path == "/to/a%2Fb%20%7Bx%7D?key=token-of-this-test"
    assert json.loads(body) == {"said": "{好}", "by": "h-1"}
    signed = f"{headers['X-Time']}.{headers['X-Nonce']}./to/a%2Fb%20%7Bx%7D.".encode() + body
    assert headers["X-Sign"] == hmac.digest(KEY.encode(), signed, "sha256").hex()


async def test_a_file_is_fetched_with_the_account_s_token() -> None:
    """From the declared address; what the platform refuses is an error."""

    async def give(request: web.Request) -> web.Response:
        is_ours = request.headers["Authorization"] == "Bearer token-of-this-test"
        known = request.match_info["file"] == "f/1"
        return web.Response(body=b"picture", status=200 if is_ours and known else 404)

    app = web.Application()
    app.router.add_get("/files/{file}", give)
    channel = made()
    async with TestServer(app) as server, ClientSession() as http:
        at_server = account(channel, str(server.make_url("")).rstrip("/"))
        got = await channel.fetch(http, at_server, FileReceived("f/1", "image"), limit=100)
        with pytest.raises(BackendError):
            await channel.fetch(http, at_server, FileReceived("f2", "image"), limit=100)
    assert got == b"picture"


@pytest.mark.parametrize(
    ("pointer", "value"),
    [("", {"a": [{"b/c": 1}], "~": 2}), ("/a/0/b~1c", 1), ("/~0", 2)],
)
def test_a_pointer_finds_a_value(pointer: str, value: object) -> None:
    """By names and numbers, as RFC 6901 has them."""
    assert at({"a": [{"b/c": 1}], "~": 2}, pointer) == value


@pytest.mark.parametrize("pointer", ["/b", "/a/1", "/a/x", "/a/-", "/a/0/b/c", "/a/00000000000000000000009"])
def test_a_pointer_to_nothing_finds_nothing(pointer: str) -> None:
    """No number is too large, no step goes into a text."""
    with pytest.raises(Missing):
        at({"a": ["text"]}, pointer)


def test_put_makes_what_is_on_the_way_and_changes_nothing() -> None:
    """The object that was given stays as it was."""
    before = {"a": {"b": 1}, "c": "text"}
    assert put(before, "/a/d/e", 2) == {"a": {"b": 1, "d": {"e": 2}}, "c": "text"}
    assert before == {"a": {"b": 1}, "c": "text"}
