"""Pictures of reports: fetched by the agency under an address that only it was given."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest_asyncio
from fixtures.house import KEYS, SITE, House
from fixtures.web import Caller, Site, serving

from desk.media.links import MediaLinks

LINKS = MediaLinks(KEYS, SITE)
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 200
PDF = b"%PDF-1.7 " + b"0" * 200


@pytest_asyncio.fixture
async def site(house: House) -> AsyncIterator[Site]:
    async with serving(house) as site:
        yield site


async def stored(caller: Caller, content: bytes) -> UUID:
    """Send a file; its id."""
    status, body, _ = await caller.ask("POST", "media", data=content)
    assert status == 201, body
    return UUID(body["media_id"])


def code(media_id: UUID, **ahead: float) -> str:
    return LINKS.code(media_id, datetime.now(UTC) + timedelta(**ahead))


async def test_a_picture_is_given_to_whoever_has_its_address(site: Site) -> None:
    """Without any token; it may be kept by nobody on the way and indexed by nobody."""
    media_id = await stored(await site.open(), PNG)
    async with site.http.get(f"{site.url}/media/{code(media_id, days=1)}") as answer:
        assert (answer.status, answer.content_type, await answer.read()) == (200, "image/png", PNG)
        assert (answer.headers["Cache-Control"], answer.headers["X-Robots-Tag"]) == ("no-store", "noindex")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_nothing_else_is_given(site: Site) -> None:
    """Past its time, another file's code, a file that is no picture, an unknown file."""
    caller = await site.open()
    picture, paper = await stored(caller, PNG), await stored(caller, PDF)
    for wrong in (code(picture, days=-1), code(paper, days=1), code(uuid4(), days=1), "A" * 60, str(picture)):
        status, _, _ = await site.ask("GET", f"/media/{wrong}")
        assert status == 404


async def test_an_erased_picture_is_gone(site: Site) -> None:
    """Erasing takes the picture from the agency's address, too."""
    caller = await site.open()
    address = f"/media/{code(await stored(caller, PNG), days=1)}"
    status, _, _ = await caller.ask("DELETE", "me")
    assert status in (200, 202, 204)
    status, _, _ = await site.ask("GET", address)
    assert status == 404
