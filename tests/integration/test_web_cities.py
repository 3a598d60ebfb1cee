"""Pages of all cities over a real store: each shows what its account offers."""

import re
from pathlib import Path

import pytest
from fixtures.house import House
from fixtures.services import SERVICES
from fixtures.web import Site, serving

from desk.contract.wire import LOCALES, Locale
from desk.web.limits import Limits
from desk.web.offered import FREQUENT
from desk.web.parts import ServiceWords

ROOT = Path(__file__).parents[2]
WORDS = {name: ServiceWords(one.title, one.description) for name, one in SERVICES.items()}
PLENTY = Limits(new_sessions_per_second=1000)


async def test_each_city_offers_over_the_api_what_its_page_shows(house: House) -> None:
    """In every city the services of its file are those of the page and of the greeting, which both begin alike."""
    async with serving(house, PLENTY, WORDS) as site:
        for slug, city in house.cities.items():
            caller = await site.open(city=slug)
            [greeting] = await caller.page()
            offered = [button["payload"] for button in greeting["message"]["buttons"]]
            status, page, _ = await site.ask("GET", f"/{slug}?lang=zh_Hans")
            shown = re.findall(r'data-start="(/[a-z_]+)"', page)
            assert (slug, status, set(shown)) == (slug, 200, {f"/{name}" for name in city.services})
            assert (slug, sorted(offered)) == (slug, sorted(set(shown)))
            first = shown[: min(FREQUENT, len(offered))]
            assert (slug, first) == (slug, offered[: len(first)])
            assert (slug, sorted(shown[len(first) :])) == (slug, sorted(offered))  # all of them stand below


@pytest.mark.parametrize("locale", LOCALES)
async def test_the_first_page_lists_every_city(site: Site, house: House, locale: Locale) -> None:
    """Each city once, with a link to its page, under the letter that its name begins with."""
    _, page, _ = await site.ask("GET", f"/?lang={locale}")
    linked = re.findall(rf'<a href="/([a-z_]+)\?lang={locale}"><span class="city-name"', page)
    assert sorted(linked) == sorted(house.cities)
    letters = re.findall(r'<h2 aria-hidden="true">([A-Z])</h2>', page)
    assert letters == sorted({city.names.en[0] for city in house.cities.values()})


async def test_the_first_page_knows_all_ways_to_write_a_city(site: Site) -> None:
    """What its script searches are the names in three languages and the slug, without accents and signs."""
    _, page, _ = await site.ask("GET", "/?lang=en")
    assert 'data-names="luliang 吕梁 呂梁 lvliang"' in page
    assert 'data-names="xian 西安"' in page
