"""Pages of other sites and the chat API: exactly the listed ones are let in, for their city."""

from collections.abc import Mapping
from typing import Any

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from fixtures.house import House
from fixtures.web import Site, application

from desk.web.origins import Origins

LISTED = Origins(by_city={"hangzhou": frozenset({"https://www.example.gov.cn"})})
FRIEND, STRANGER = "https://www.example.gov.cn", "https://elsewhere.example"
WISH = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}


async def ask(house: House, *asked: tuple[str, str, Mapping[str, Any]]) -> list[tuple[int, Any, Mapping[str, str]]]:
    """Ask one after the other: method, path, options."""
    server = TestServer(application(house, origins=LISTED))
    async with server, ClientSession() as http:
        site = Site(str(server.make_url("/")).rstrip("/"), http)
        return [await site.ask(method, path, **options) for method, path, options in asked]


async def test_a_listed_site_is_told_that_it_may_ask(house: House) -> None:
    """The preflight names methods and headers, the answer names the site, never everybody; caches keep them apart."""
    opening = {"headers": {"Origin": FRIEND}, "json": {"city": "hangzhou", "locale": "en"}}
    before, opened, read = await ask(
        house,
        ("OPTIONS", "/chat/v1/messages", {"headers": {"Origin": FRIEND, **WISH}}),
        ("POST", "/chat/v1/sessions", opening),
        ("GET", "/chat/v1/events", {"headers": {"Origin": FRIEND}}),
    )
    assert before[0] == 204
    assert "POST" in before[2]["Access-Control-Allow-Methods"]
    assert "Authorization" in before[2]["Access-Control-Allow-Headers"]
    assert (opened[0], read[0]) == (201, 401)  # an error, too, can be read by the page that made it
    for _, _, headers in (before, opened, read):
        assert headers["Access-Control-Allow-Origin"] == FRIEND
        assert "Origin" in headers["Vary"]
        assert "Access-Control-Allow-Credentials" not in headers


@pytest.mark.parametrize("sender", [STRANGER, "null", "http://www.example.gov.cn", "https://www.example.gov.cn.evil"])
async def test_any_other_site_is_refused_as_ever(house: House, sender: str) -> None:
    """Its preflight and its posts are 403, and nothing that is answered may be read by its page."""
    answers = await ask(
        house,
        ("OPTIONS", "/chat/v1/messages", {"headers": {"Origin": sender, **WISH}}),
        ("POST", "/chat/v1/sessions", {"headers": {"Origin": sender}, "json": {"city": "hangzhou"}}),
        ("GET", "/chat/v1/texts?locale=en", {"headers": {"Origin": sender}}),
    )
    assert [status for status, _, _ in answers] == [403, 403, 200]
    for _, _, headers in answers:
        assert "Access-Control-Allow-Origin" not in headers
        assert "Origin" in headers["Vary"]


async def test_a_listed_site_opens_its_own_city_only(house: House) -> None:
    """Another city's chat cannot be opened from there, and other routes stay closed to it."""
    other, notify = await ask(
        house,
        ("POST", "/chat/v1/sessions", {"headers": {"Origin": FRIEND}, "json": {"city": "ningbo"}}),
        ("POST", "/pay/alipay/notify", {"headers": {"Origin": FRIEND}, "data": {"a": "b"}}),
    )
    assert (other[0], other[1]["type"]) == (403, "/problems/origin-not-allowed")
    assert (notify[0], "Access-Control-Allow-Origin" in notify[2]) == (403, False)


@pytest.mark.parametrize(("sender", "listed"), [(FRIEND, "yes"), (STRANGER, "no")])
async def test_a_site_can_ask_whether_it_is_listed(house: House, sender: str, listed: str) -> None:
    """By the headers of the script, which every page may read; who loads it is told nothing that a cache would keep."""
    asked, loaded = await ask(
        house,
        ("HEAD", "/chat.js", {"headers": {"Origin": sender}}),
        ("GET", "/chat.js", {"headers": {"Origin": sender}}),
    )
    assert (asked[0], asked[2]["Chat-Listed"], asked[2]["Access-Control-Expose-Headers"]) == (
        200,
        listed,
        "Chat-Listed",
    )
    assert "Origin" in asked[2]["Vary"]
    assert "Chat-Listed" not in loaded[2]


async def test_the_script_is_served_newest_or_pinned(house: House) -> None:
    """/chat.js is checked for anew each time; a version's address never changes its content; others are not found."""
    async with TestServer(application(house)) as server, ClientSession() as http:
        site = Site(str(server.make_url("/")).rstrip("/"), http)
        status, text, newest = await site.ask("GET", "/chat.js")
        version = newest["ETag"].removeprefix("W/").strip('"')
        known = await site.ask("GET", "/chat.js", headers={"If-None-Match": newest["ETag"]})
        pinned = await site.ask("GET", f"/chat-{version}.js")
        old = await site.ask("GET", "/chat-0123456789abcdef.js")
    assert (status, known[0], pinned[0], old[0]) == (200, 304, 200, 404)
    assert pinned[1] == text
    assert "immutable" in pinned[2]["Cache-Control"]
    assert newest["Cross-Origin-Resource-Policy"] == "cross-origin"
