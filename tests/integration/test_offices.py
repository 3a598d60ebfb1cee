"""The offices of a city as a page, and as a search finds them."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from fixtures import loaded
from fixtures.house import House
from fixtures.web import Site, serving

from desk.web.parts import words_of

ZONE = ZoneInfo("Asia/Shanghai")
TUESDAY, NIGHT = datetime(2026, 11, 24, 10, 0, tzinfo=ZONE), datetime(2026, 11, 24, 22, 0, tzinfo=ZONE)


async def offices(house: House, now: datetime, lang: str = "en") -> str:
    async with serving(house, services=words_of(loaded.services()), now=lambda: now) as site:
        status, page, _ = await site.ask("GET", f"/hangzhou/offices?lang={lang}")
    assert status == 200
    return str(page)


async def test_each_office_has_telephone_hours_and_services(house: House) -> None:
    """With the ways to begin each, and nothing that the city's file does not say."""
    page = await offices(house, TUESDAY)
    for agency in house.cities["hangzhou"].agencies:
        assert f'<li id="{agency.slug}">' in page
        assert f'href="tel:{agency.phone.replace("-", "")}"' in page
    of_police = page.split('<li id="traffic_police">')[1].split('<li id="')[0]
    assert 'href="/hangzhou?lang=en&amp;start=traffic_fines#talk"' in of_police
    assert 'href="/hangzhou/services/traffic_fines/form?lang=en"' in of_police
    of_water = page.split('<li id="water">')[1].split('<li id="')[0]
    assert "start=utility_bills" in of_water  # it is responsible for a part of the service


@pytest.mark.parametrize(
    ("now", "opened", "said"),
    [
        (TUESDAY, True, "Open now"),
        (NIGHT, False, "Closed now · opens tomorrow, Wednesday 25 November 2026, 09:00"),
        (datetime(2026, 10, 1, 10, 0, tzinfo=ZONE), False, "Closed now"),
    ],
    ids=["at work", "at night", "on a holiday"],
)
async def test_an_office_says_whether_it_is_open(house: House, now: datetime, opened: bool, said: str) -> None:
    """By its hours and the nation's holidays, and when it opens next."""
    hall = (await offices(house, now)).split('<li id="city_hall">')[1].split('<li id="')[0]
    assert ("office-open" in hall, said in hall) == (opened, True)


@pytest.mark.parametrize(
    ("written", "found"),
    [("交通警察", "traffic_police"), ("trafic polcie", "traffic_police"), ("公積金", "housing_fund")],
)
async def test_an_office_is_found_by_its_name(site: Site, written: str, found: str) -> None:
    """In each language, with slips of the pen."""
    _, page, _ = await site.ask("GET", "/hangzhou/search", params={"q": written, "lang": "en"})
    assert f"/hangzhou/offices?lang=en#{found}" in page


async def test_a_city_that_there_is_not_has_no_offices(site: Site) -> None:
    """And the page stands in the map of each that there is."""
    assert (await site.ask("GET", "/atlantis/offices"))[0] == 404
    _, known, _ = await site.ask("GET", "/hangzhou/sitemap.xml")
    assert "/hangzhou/offices?lang=" in known
