"""What search engines, links and telephones are told of the pages, and the search of a city's page."""

import json
import re
from xml.etree import ElementTree

import pytest
from fixtures.house import SITE, House
from fixtures.services import SERVICES
from fixtures.web import Site, application, serving

from desk.web.parts import Records, words_of
from desk.web.site.discovery import CLOSED

MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/hangzhou?lang=en", "Hangzhou"),
        ("/hangzhou/guides?lang=zh-Hant", "杭州"),
        ("/hangzhou/guides/id_card_lost?lang=en", "ID card"),
        ("/hangzhou/announcements?lang=zh-Hans", "杭州"),
        ("/hangzhou/accessibility?lang=en", "Accessibility"),
        ("/?lang=en", "city"),
    ],
)
async def test_a_page_says_what_it_is_to_who_links_it(site: Site, path: str, title: str) -> None:
    """Title, description, its one address, its other languages, and what a link to it is shown with."""
    _, page, _ = await site.ask("GET", path)
    meta = dict(re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)">', page))
    address = re.search(r'<link rel="canonical" href="([^"]+)">', page)
    assert address is not None
    assert address[1] == SITE + path
    assert title.lower() in meta["og:title"].lower()
    assert 20 <= len(meta["description"]) <= 400
    assert meta["og:description"] == meta["description"]
    assert page.count('rel="alternate" hreflang') == 3


@pytest.mark.parametrize("path", ["/pay/1", "/hangzhou/search?q=a", "/atlantis"])
async def test_what_is_nobodys_to_find_says_so(site: Site, path: str) -> None:
    """No search engine keeps it, and it names no address."""
    _, page, _ = await site.ask("GET", path, headers={"Accept": "text/html"})
    assert ('content="noindex"' in page, "canonical" in page) == (True, False)


async def test_maps_lead_to_pages_that_there_are(site: Site, house: House) -> None:
    """robots.txt names the map of maps; a city's map names its pages in its languages, and none that is closed."""
    _, robots, _ = await site.ask("GET", "/robots.txt")
    assert f"Sitemap: {SITE}/sitemap.xml" in robots
    _, maps, _ = await site.ask("GET", "/sitemap.xml")
    cities = [one.text for one in ElementTree.fromstring(maps).iter(f"{MAP}loc")]
    assert len(cities) == len(house.cities)
    _, pages, _ = await site.ask("GET", "/hangzhou/sitemap.xml")
    named = [str(one.text).removeprefix(SITE) for one in ElementTree.fromstring(pages).iter(f"{MAP}loc")]
    assert len(named) > 20
    assert not [one for one in named if one.startswith(CLOSED)]
    for one in (*named[:5], named[-1]):
        assert (one, (await site.ask("GET", one))[0]) == (one, 200)


async def test_a_telephone_can_keep_the_page(site: Site) -> None:
    """The manifest is JSON with pictures that are there; the policy lets a browser read it."""
    _, page, headers = await site.ask("GET", "/hangzhou?lang=en")
    address = re.search(r'<link rel="manifest" href="([^"]+)">', page)
    assert address is not None
    status, manifest, _ = await site.ask("GET", address[1].replace("&amp;", "&"))
    assert (status, manifest["lang"], "Hangzhou" in manifest["name"]) == (200, "en", True)
    for icon in [*manifest["icons"], {"src": "/favicon.ico"}]:
        assert (await site.ask("HEAD", icon["src"]))[0] == 200
    assert "manifest-src 'self'" in headers["Content-Security-Policy"]


async def test_machines_read_offices_and_services(house: House) -> None:
    """Each office with telephone and hours, each service with who settles it and where it begins."""
    async with serving(house, services=words_of(SERVICES)) as site:
        _, page, _ = await site.ask("GET", "/hangzhou?lang=en")
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    graph = json.loads(found[1])["@graph"]
    city = house.cities["hangzhou"]
    offices = {one["@id"]: one for one in graph if one["@type"] == "GovernmentOffice"}
    services = [one for one in graph if one["@type"] == "GovernmentService"]
    assert (len(offices), len(services)) == (len(city.agencies), len(city.services))
    assert {one["serviceOperator"]["@id"] for one in services} <= offices.keys()
    assert all(one["telephone"] and one["openingHoursSpecification"] for one in offices.values())


async def test_the_foot_says_under_which_numbers_the_site_is_on_record(house: House) -> None:
    """As the installation has them; where it has none, nothing."""
    async with serving(house) as site:
        bare = (await site.ask("GET", "/hangzhou"))[1]
    async with serving(house, records=Records("浙ICP备00000000号", "浙公网安备00000000000000号")) as site:
        said = (await site.ask("GET", "/hangzhou"))[1]
    assert ["beian" in page for page in (bare, said)] == [False, True]
    assert all(number in said for number in ("浙ICP备00000000号", "浙公网安备00000000000000号"))


@pytest.mark.parametrize(
    ("lang", "words", "found"),
    [
        ("zh-Hans", "违章罚款", "start=traffic_fines"),
        ("en", "electricty", "start=utility_bills"),
        ("zh-Hant", "身份證遺失", "guides/id_card_lost"),
    ],
)
async def test_a_search_leads_on(house: House, lang: str, words: str, found: str) -> None:
    """Services begin, guides open; the search works as a form, without scripts, and is no page to keep."""
    async with serving(house, services=words_of(SERVICES)) as site:
        status, page, headers = await site.ask("GET", "/hangzhou/search", params={"q": words, "lang": lang})
        nothing = (await site.ask("GET", "/hangzhou/search", params={"q": "qqqqzzzz", "lang": lang}))[1]
    assert (status, headers["Cache-Control"], found in page) == (200, "no-store", True)
    assert ("found-list" in nothing, "ask=qqqqzzzz" in nothing) == (True, True)


def test_every_page_of_a_city_is_named_once(house: House) -> None:
    """No address of a page is that of a city: they stand before it among the routes."""
    names = {route.resource.canonical for route in application(house).router.routes() if route.resource}
    assert {"/receipt", "/robots.txt", "/sitemap.xml", "/favicon.ico"} <= names
    assert not {"receipt", "robots", "sitemap"} & house.cities.keys()
