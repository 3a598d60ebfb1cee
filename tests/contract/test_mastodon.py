"""Posts on Mastodon: what is written, what becomes of it at the pretend server, and how often it is there."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from fixtures.drawn import drawn
from fixtures.pretend_city import pretend_city
from pydantic import SecretStr, ValidationError

from channels.mastodon import CHANNEL, LINK_LENGTH, POST_LIMIT, Secrets, counted
from desk.contract.channel import Account, Rejected, RetryAfter, Sent, Unknown
from desk.contract.errors import BackendError, BackendRefused
from desk.publicity.ports import Expires, Illustration, Posts, SendsToMany, Unfit, Watches
from sandbox.platforms import accounts

CITY = "hangzhou"
LINK = "https://city.example/hangzhou/announcements/17"


@dataclass
class World:
    """The pretend server, and the account of a city there."""

    http: ClientSession
    url: str
    account: Account

    async def steer(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        async with self.http.request(method, f"{self.url}/_sandbox/{path}", json=body) as answer:
            assert answer.status < 300, await answer.text()
            return dict(await answer.json())

    async def timeline(self) -> list[dict[str, Any]]:
        return list((await self.steer("GET", f"mastodon/{CITY}/timeline"))["posts"])

    def with_token(self, token: str) -> Account:
        secrets = Secrets(server="https://mastodon.example", access_token=SecretStr(token))
        return replace(self.account, secrets=secrets)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    built = pretend_city(tmp_path, lambda: datetime.now(UTC))
    async with TestServer(built) as server, ClientSession() as http:
        url = str(server.make_url("")).rstrip("/")
        found = next(one for one in accounts(tmp_path, [CITY]) if one.platform == "mastodon")
        secrets = CHANNEL.Secrets.model_validate(found.secrets)
        account = Account(1, "mastodon", found.slug, CITY, secrets, found.platform_id, f"{url}/mastodon")
        yield World(http, url, account)


@asynccontextmanager
async def answering(
    world: World, *answers: tuple[int, str, dict[str, str]]
) -> AsyncIterator[tuple[Account, list[str]]]:
    """A server that answers so, call by call (status 0: it hangs up); and the keys that it was asked with."""
    left, keys = iter(answers), list[str]()

    async def answer(request: web.Request) -> web.Response:
        keys.append(request.headers.get("Idempotency-Key", ""))
        await request.read()
        status, body, headers = next(left)
        if status == 0:
            assert request.transport is not None
            request.transport.abort()
            status = 500
        return web.Response(status=status, text=body, headers=headers)

    app = web.Application()
    for path in ("/api/v1/statuses", "/api/v2/media"):
        app.router.add_post(path, answer)
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(TestServer(app))
        yield replace(world.account, base_url=str(server.make_url("")).rstrip("/")), keys


def test_the_channel_posts_and_nothing_besides() -> None:
    """The desk asks for abilities by their protocols."""
    assert [isinstance(CHANNEL, protocol) for protocol in (Posts, Expires, SendsToMany, Watches)] == [
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("title", "text", "said"),
    [
        ("停水", "周四8时至17时。", f"停水\n\n周四8时至17时。\n\n{LINK}"),
        ("停水", "长" * 500, f"停水\n\n{LINK}"),
        ("停水", "长" * (POST_LIMIT - LINK_LENGTH - 6), f"停水\n\n{'长' * 471}\n\n{LINK}"),
        ("停水", "长" * (POST_LIMIT - LINK_LENGTH - 5), f"停水\n\n{LINK}"),
    ],
)
def test_a_post_is_written_within_the_bounds(title: str, text: str, said: str) -> None:
    """Title, text and link; without the text where it does not fit. A link counts 23, however long it is."""
    assert CHANNEL.compose("post", title, text, LINK) == said
    assert counted(said) <= POST_LIMIT


def test_a_title_that_is_too_long_is_refused() -> None:
    """The editor hears so."""
    with pytest.raises(Unfit, match="300"):
        CHANNEL.compose("post", "长" * 301, "", LINK)


async def test_a_post_is_there_once(world: World) -> None:
    """For everybody, in Chinese; the same again is the same post; another text is another."""
    first = await CHANNEL.post(world.http, world.account, "停水")
    assert isinstance(first, Sent)
    assert await CHANNEL.post(world.http, world.account, "停水") == first
    assert await CHANNEL.post(world.http, world.account, "停电") != first
    posts = await world.timeline()
    assert [(post["content"], post["visibility"], post["language"]) for post in posts] == [
        ("停水", "public", "zh"),
        ("停电", "public", "zh"),
    ]


@pytest.mark.parametrize(
    ("steering", "account", "why"),
    [
        ({"refuses": True}, True, "status 401"),
        ({"scope": False}, True, "status 403"),
        (None, False, "status 422: Validation failed"),
    ],
)
async def test_what_the_server_refuses(world: World, steering: dict[str, Any] | None, account: bool, why: str) -> None:
    """A token that is none or may not write is the operator's matter; a text that breaks a rule is not sent again."""
    if steering is not None:
        await world.steer("PUT", f"mastodon/{CITY}", steering)
    outcome = await CHANNEL.post(world.http, world.account, "停水" if steering else "长" * 501)
    assert isinstance(outcome, Rejected)
    assert outcome.account is account
    assert outcome.why.startswith(why)
    assert await world.timeline() == []


async def test_too_many_posts_wait(world: World) -> None:
    """Until the limit begins anew, by the server's own word."""
    await world.steer("PUT", f"mastodon/{CITY}", {"most": 1})
    await CHANNEL.post(world.http, world.account, "一")
    outcome = await CHANNEL.post(world.http, world.account, "二")
    assert isinstance(outcome, RetryAfter)
    assert 120 < outcome.seconds <= 300


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 30),
        ({"Retry-After": "17"}, 17),
        ({"X-RateLimit-Reset": "soon"}, 30),
        ({"X-RateLimit-Reset": "2099-01-01T00:00:00Z"}, 10_800),
    ],
)
async def test_how_long_to_wait(world: World, headers: dict[str, str], seconds: float) -> None:
    """What a server says of it is taken within reason."""
    async with answering(world, (429, "{}", headers)) as (account, _):
        assert await CHANNEL.post(world.http, account, "停水") == RetryAfter(seconds, "status 429")


@pytest.mark.parametrize("first", [(500, "oops", {}), (502, "", {}), (200, "<html>", {}), (0, "", {})])
async def test_what_is_not_known_is_asked_for_once_more_under_the_same_key(
    world: World, first: tuple[int, str, dict[str, str]]
) -> None:
    """The server takes it once all the same; twice without a word, and nobody knows."""
    async with answering(world, first, (200, '{"id": "7"}', {})) as (account, keys):
        assert await CHANNEL.post(world.http, account, "停水") == Sent("7")
    assert len(keys) == 2
    assert len(set(keys)) == 1
    async with answering(world, first, first) as (account, keys):
        assert isinstance(await CHANNEL.post(world.http, account, "停水"), Unknown)
    assert len(keys) == 2


async def test_a_cut_answer_makes_no_second_post(world: World) -> None:
    """The post was made and its answer lost."""
    fault = {"system": "mastodon", "cut": True, "count": 1}
    await world.steer("POST", "faults", fault)
    assert isinstance(await CHANNEL.post(world.http, world.account, "停水"), Sent)
    assert len(await world.timeline()) == 1


async def test_a_server_that_is_away_gets_it_later(world: World) -> None:
    """It was not taken: nobody was reached, or it says so."""
    away = replace(world.account, base_url="http://127.0.0.1:9")
    outcome = await CHANNEL.post(world.http, away, "停水")
    assert isinstance(outcome, RetryAfter)
    assert outcome.outage
    async with answering(world, (503, "", {})) as (account, _):
        outcome = await CHANNEL.post(world.http, account, "停水")
    assert isinstance(outcome, RetryAfter)
    assert outcome.outage


async def test_how_an_account_stands(world: World) -> None:
    """Its token is looked at when it is connected, and each day."""
    assert (await CHANNEL.standing(world.http, world.account)).good
    assert await CHANNEL.connect(world.http, world.account, [])
    another = replace(world.account, platform_id="somebody")
    assert not (await CHANNEL.standing(world.http, another)).good
    refused = world.with_token("none")
    assert not (await CHANNEL.standing(world.http, refused)).good
    with pytest.raises(BackendRefused, match="new one"):
        await CHANNEL.connect(world.http, refused, [])
    with pytest.raises(BackendError):
        await CHANNEL.standing(world.http, replace(world.account, base_url="http://127.0.0.1:9"))


@pytest.mark.parametrize(
    "server", ["http://mastodon.example", "https://mastodon.example/", "https://a b", "mastodon.example"]
)
def test_a_server_is_an_address(server: str) -> None:
    """With HTTPS, and without a path."""
    with pytest.raises(ValidationError):
        Secrets(server=server, access_token=SecretStr("x"))


MAP = Illustration(drawn(), "image/jpeg", "停水范围地图")


async def test_an_image_goes_along_with_what_is_to_be_seen_on_it(world: World) -> None:
    """Brought first, then named by the post; again within the hour it is no second post."""
    first = await CHANNEL.post(world.http, world.account, "停水", MAP)
    assert isinstance(first, Sent)
    assert await CHANNEL.post(world.http, world.account, "停水", MAP) == first
    [post] = await world.timeline()
    [image] = post["media_attachments"]
    assert (image["description"], image["mime_type"], image["size"]) == ("停水范围地图", "image/jpeg", len(MAP.content))


@pytest.mark.parametrize("steering", [{"media_scope": False}, {"takes_media": False}, {"forgets_media": True}])
async def test_an_image_that_is_refused_is_left_out(world: World, steering: dict[str, Any]) -> None:
    """The token is not for it, the server does not take it, or knows it no more: the words are posted all the same."""
    await world.steer("PUT", f"mastodon/{CITY}", steering)
    assert isinstance(await CHANNEL.post(world.http, world.account, "停水", MAP), Sent)
    [post] = await world.timeline()
    assert (post["content"], post["media_attachments"]) == ("停水", [])


async def test_a_server_that_is_busy_with_an_image_gets_the_post_later(world: World) -> None:
    """As a whole, with the image; nothing was posted."""
    async with answering(world, (429, "", {"Retry-After": "7"})) as (account, keys):
        assert await CHANNEL.post(world.http, account, "停水", MAP) == RetryAfter(7.0, "status 429")
    assert keys == [""]
