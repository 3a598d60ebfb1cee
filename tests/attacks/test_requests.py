"""Requests by chance to every route of the web, byte by byte: each is answered, and none as a failure of ours.

A few by default; `make fuzz` takes 100,000.
"""

import os
import random

import pytest
from aiohttp import ClientSession, web
from fixtures import mutations
from fixtures.house import House
from fixtures.web import Caller, Site, application
from fixtures.wire import MUTE, insist_on_answers, request, send, serving_as_started

from desk.web.limits import Limits
from desk.web.server import ROUTES

CASES = int(os.environ.get("CITYDESK_CASES", "300"))
SEED = int(os.environ.get("CITYDESK_SEED", "20261128"))
NO_LIMITS = Limits(
    new_sessions_per_second=100_000, messages_per_minute=10_000_000, body_seconds=0.2, upload_seconds=0.2
)
NAMES = {"city": "hangzhou", "name": "page.css", "number": "1" * 24, "account": "hangzhou_telegram", "channel": "weibo"}
HEADERS = (
    (b"Origin", b"http://city.example"), (b"Accept-Language", b"zh-CN,en;q=0.5"), (b"Accept", b"text/event-stream"),
    (b"Content-Type", b"application/json; charset=utf-8"), (b"Content-Encoding", b"gzip"), (b"Range", b"bytes=0-1"),
    (b"X-Forwarded-For", b"192.0.2.1, 127.0.0.1"), (b"X-Forwarded-Proto", b"https"), (b"Last-Event-ID", b"12"),
    (b"If-None-Match", b'"abc", W/"d"'), (b"If-Modified-Since", b"Tue, 24 Nov 2026 10:00:00 GMT"), (b"Cookie", b"a=b"),
    (b"Transfer-Encoding", b"chunked"), (b"Expect", b"100-continue"), (b"Upgrade", b"h2c"), (b"Host", b"other.example"),
    (b"Access-Control-Request-Method", b"POST"), (b"Content-Length", b"5"), (b"User-Agent", b"AlipayClient Mobile"),
)  # fmt: skip
BODIES: tuple[object, ...] = (
    {"city": "hangzhou", "locale": "en"},
    {"client_msg_id": "1", "text": "a"},
    {"client_msg_id": "2", "payload": '/a{"b": "c"}'},
    {"client_msg_id": "3", "location": {"lat": 30.2, "lon": 120.1}},
    {"account": "hangzhou_taobao", "entry": "v1.a.b"},
)
pytestmark = [pytest.mark.filterwarnings(f"ignore::aiohttp.multipart.{one}") for one in MUTE]  # as in the product


def by_chance(chance: random.Random, caller: Caller) -> bytes:
    """A request that is nearly right, to any route."""
    route = chance.choice([one for one in ROUTES if isinstance(one, web.RouteDef)])
    target = filled(route.path)
    query = chance.choice(["", "", "?after=0&wait=0", "?lang=en", "?k=abc&on=phone", "?c=%ff"])
    address = f"{target}{query}".encode()
    if chance.random() < 0.4:
        address = mutations.raw(chance, address)
    method = chance.choice([route.method, route.method, "POST", "GET", "DELETE", "HEAD", "OPTIONS", "PUT"]).encode()
    headers = [(b"Authorization", f"Bearer {caller.token}".encode())] if chance.random() < 0.6 else []
    for name, value in chance.sample(HEADERS, chance.choice([0, 1, 1, 2, 4])):
        headers.append((name, mutations.raw(chance, value) if chance.random() < 0.6 else value))
    body = mutations.written(chance, chance.choice(BODIES)) if chance.random() < 0.6 else b""
    asked = request(method, address, headers, body)
    broken = mutations.raw(chance, asked) if chance.random() < 0.2 else b""
    return broken + b"\r\n\r\n" if broken.strip() else asked


def filled(path: str) -> str:
    """An address of a route: names in it are those of the house."""
    while "{" in path:
        begin = path.index("{")
        depth, end = 1, begin + 1
        while depth:
            depth += {"{": 1, "}": -1}.get(path[end], 0)
            end += 1
        name = path[begin + 1 : end - 1].partition(":")[0]
        path = path[:begin] + NAMES.get(name, "a") + path[end:]
    return path


async def test_no_request_is_a_failure_of_ours(house: House) -> None:
    """Every answer is below 500, and no error is logged."""
    async with serving_as_started(application(house, NO_LIMITS)) as url, ClientSession() as http:
        caller = await Site(url, http).open()

        async def asked(number: int, chance: random.Random) -> bytes:
            nonlocal caller
            if number and number % 25 == 0:  # some requests end or erase it
                caller = await Site(url, http).open()
            return by_chance(chance, caller)

        await insist_on_answers(url, CASES, SEED, asked)


@pytest.mark.parametrize("path", ["/nowhere", "/chat/v1/nothing", "/"])
async def test_an_expectation_that_is_none_is_refused_everywhere(house: House, path: str) -> None:
    """Also where there is no route, and whatever bytes it is of."""
    async with serving_as_started(application(house, NO_LIMITS)) as url:
        for expectation in (b"100-continue\x80", b"\xff\xfe", b"tea"):
            asked = request(b"POST", path.encode(), [(b"Expect", expectation)], b"{}")
            assert (await send(url, asked, head=True)).status in (400, 417)
