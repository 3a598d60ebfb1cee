"""What everybody may read travels packed, where the caller takes that; what is of one person never does."""

import gzip
from collections.abc import AsyncIterator, Mapping

import pytest
from aiohttp import ClientSession
from fixtures.house import House
from fixtures.web import serving

PUBLIC = (
    *("/", "/hangzhou", "/hangzhou/guides/id_card_lost?lang=en", "/chat.js", "/static/page.css"),
    *("/chat/v1/texts?locale=en", "/hangzhou/sitemap.xml", "/openapi.json"),
)
OF_ONE = ("/hangzhou/my-matters", "/hangzhou/services/traffic_fines/form", "/hangzhou/search?q=a")

type Answer = tuple[int, bytes, Mapping[str, str]]


class Line:
    """A caller that unpacks nothing by itself."""

    def __init__(self, http: ClientSession, url: str) -> None:
        self._http, self._url = http, url

    async def ask(self, path: str, takes: str | None, **headers: str) -> Answer:
        sent = headers if takes is None else {**headers, "Accept-Encoding": takes}
        async with self._http.get(self._url + path, headers=sent) as answer:
            return answer.status, await answer.read(), answer.headers


@pytest.fixture
async def line(house: House) -> AsyncIterator[Line]:
    """A desk, and a line to it."""
    plain = {"auto_decompress": False, "skip_auto_headers": ["Accept-Encoding"]}
    async with serving(house) as site, ClientSession(**plain) as http:  # type: ignore[arg-type]
        yield Line(http, site.url)


@pytest.mark.parametrize("path", PUBLIC)
async def test_what_everybody_may_read_is_packed(line: Line, path: str) -> None:
    """The same as it is without, in less than two thirds; caches are told that there are two."""
    _, whole, plain = await line.ask(path, None)
    status, packed, headers = await line.ask(path, "br;q=1.0, gzip;q=0.8")
    assert (status, gzip.decompress(packed) == whole, len(packed) < len(whole) * 0.67) == (200, True, True)
    assert (plain.get("Content-Encoding"), headers["Content-Encoding"]) == (None, "gzip")
    assert "Accept-Encoding" in plain["Vary"]
    assert plain["Vary"] == headers["Vary"]


@pytest.mark.parametrize("path", ["/hangzhou", "/chat.js", "/static/page.css"])
async def test_what_is_known_packed_comes_no_second_time(line: Line, path: str) -> None:
    """Its tag is a weak one, since the bytes are not those that it was made of."""
    _, _, headers = await line.ask(path, "gzip")
    assert headers["ETag"].startswith('W/"')
    status, body, _ = await line.ask(path, "gzip", **{"If-None-Match": headers["ETag"]})
    assert (status, body) == (304, b"")


@pytest.mark.parametrize("path", OF_ONE)
async def test_what_is_of_one_person_is_not(line: Line, path: str) -> None:
    """Its length would tell of secrets that stand beside what a stranger chose."""
    status, body, headers = await line.ask(path, "gzip")
    assert (status, "Content-Encoding" in headers, b"<html" in body) == (200, False, True)


@pytest.mark.parametrize("takes", ["identity", "gzip;q=0", "gzip; q=0.0, identity", "br", "xgzip"])
async def test_who_does_not_take_it_gets_it_as_it_is(line: Line, takes: str) -> None:
    """Whatever else the caller takes."""
    _, body, headers = await line.ask("/hangzhou", takes)
    assert ("Content-Encoding" in headers, b"<html" in body) == (False, True)
