"""The bench of the console, at a tiny size: its store is whole, and it opens every page that the routes have."""

from fixtures.desks import desks_at, hire
from fixtures.house import KEYS, VAULT, House
from fixtures.quiet import Quiet

from bench import grown
from bench.console import found_of
from bench.console_pages import ELSEWHERE, grants_of, pages
from desk.audit.reading import verify
from desk.console.access import needs_of
from desk.console.server import ALL
from desk.store.database import transaction

SIZE = grown.Size(conversations=60, tickets=40, live=20, opened=30, staff=20, requests=10, open_requests=10)

OF_NO_AGENCY = ("auditor", "operator", "trainer")
"""Who sees pages that nobody of an agency sees, and has no requests."""


async def test_every_page_of_the_console_is_opened_by_the_bench(house: House) -> None:
    """Each GET route that leads nowhere else, by everybody whom it admits; the audit that was entered verifies."""
    city = next(iter(house.cities.values()))
    who = grants_of(city.slug, city.agencies[0].slug)
    await grown.fill(house.database_url, KEYS, VAULT, SIZE, Quiet())
    async with transaction(house.engine) as connection:
        assert (await verify(connection)).faults == ()
    everybody = {login: who[login] for login in ("everywhere", *OF_NO_AGENCY)}
    usual = (city.slug, city.agencies[0].slug)
    found = {login: await found_of(house.engine, login, grants, usual) for login, grants in everybody.items()}
    made = pages(everybody, found)
    routes = {one.path for section in ALL for one in section.routes if one.method == "GET" and needs_of(one.handler)}
    assert {page.path for page in made} == routes - ELSEWHERE
    async with desks_at(house) as desks:
        for login, grants in everybody.items():
            async with desks.chair(await hire(house.engine, login, *grants)) as chair:
                for page in made:
                    if page.who == login and not page.is_stream and "login" not in page.path:
                        answer = await chair.get(next(page.addresses), follow=False)
                        assert answer.status in page.statuses, (page.name, answer.status)
