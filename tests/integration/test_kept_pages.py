"""What a telephone keeps of a city's page: manifest, icons, and a service worker that changes when its parts do."""

import json
from io import BytesIO

import pytest
from fixtures.house import House
from fixtures.web import Site, serving
from PIL import Image

from desk.contract.wire import LOCALES


async def test_the_manifest_names_icons_of_the_citys_own(site: Site) -> None:
    """In the city's name and colour; each icon is a picture of the size that it says."""
    _, said, headers = await site.ask("GET", "/hangzhou/manifest.webmanifest?lang=zh-Hans")
    told = json.loads(said) if isinstance(said, str) else said
    assert headers["Content-Type"].startswith("application/manifest+json")
    assert (told["scope"], told["start_url"], told["display"]) == ("/hangzhou", "/hangzhou?lang=zh-Hans", "standalone")
    assert [one["purpose"] for one in told["icons"]] == ["any", "any", "maskable"]
    for one in told["icons"]:
        async with site.http.get(site.url + one["src"]) as answer:
            picture = Image.open(BytesIO(await answer.read()))
        assert (answer.status, f"{picture.width}x{picture.height}") == (200, one["sizes"])


async def test_each_citys_seal_is_its_own(site: Site) -> None:
    """Another character and colour; no other size is drawn, for no city that there is none of."""
    pictures = []
    for path in ("/hangzhou/icon-192.png", "/shanghai/icon-192.png", "/hangzhou/icon-192-maskable.png"):
        async with site.http.get(site.url + path, headers={"Accept-Language": "zh-Hans"}) as answer:
            pictures.append(await answer.read())
    assert len(set(pictures)) == 3
    for path in ("/hangzhou/icon-4096.png", "/nowhere/icon-192.png"):
        assert (await site.ask("GET", path))[0] == 404


async def test_the_worker_serves_its_city_alone(site: Site) -> None:
    """Its scope is the city's page, and a browser asks for it each time."""
    status, script, headers = await site.ask("GET", "/hangzhou/worker.js")
    assert (status, headers["Service-Worker-Allowed"], headers["Cache-Control"]) == (200, "/hangzhou", "no-cache")
    assert headers["Content-Type"].startswith("text/javascript")
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert (await site.ask("GET", "/nowhere/worker.js"))[0] == 404
    assert script.startswith("const KEPT = {")


async def test_the_worker_is_another_once_what_it_keeps_is(house: House) -> None:
    """Else it stays the same, to the byte: browsers compare."""
    hangzhou = house.cities["hangzhou"]
    painted = {**house.cities, "hangzhou": hangzhou.model_copy(update={"colour": "#123456"})}
    scripts = []
    for cities in (house.cities, house.cities, painted):
        async with serving(house, cities=cities) as site:
            scripts.append((await site.ask("GET", "/hangzhou/worker.js"))[1])
    assert scripts[0] == scripts[1] != scripts[2]


@pytest.mark.parametrize("locale", LOCALES)
async def test_the_page_without_a_network_names_all_telephones(site: Site, house: House, locale: str) -> None:
    """It is for no search engine, and the same for everybody."""
    status, page, headers = await site.ask("GET", f"/hangzhou/offline?lang={locale}")
    assert (status, headers["X-Robots-Tag"]) == (200, "noindex")
    assert [one.phone for one in house.cities["hangzhou"].agencies if one.phone not in page] == []
    assert "Set-Cookie" not in headers
