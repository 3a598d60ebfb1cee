"""The bench of the console, at a tiny size: its store is whole, and it opens every page that the routes have."""

from dataclasses import replace
from datetime import UTC, datetime

from fixtures.desks import desks_at, hire
from fixtures.house import VAULT, House
from fixtures.quiet import Quiet
from sqlalchemy import text

from bench import grown
from bench.console_pages import ELSEWHERE, Found, grants_of, pages
from desk.audit.reading import verify
from desk.console.access import needs_of
from desk.console.server import ALL
from desk.store.database import transaction
from desk.tickets.reference import reference_of

SIZE = grown.Size(conversations=60, tickets=40, live=20, opened=30, staff=20, requests=10, open_requests=10)

OF_NO_AGENCY = ("auditor", "operator", "trainer")
"""Who sees pages that nobody of an agency sees, and has no requests."""


async def test_every_page_of_the_console_is_opened_by_the_bench(house: House) -> None:
    """Each GET route that leads nowhere else, by everybody whom it admits; the audit that was entered verifies."""
    city = next(iter(house.cities.values()))
    who = grants_of(city.slug, city.agencies[0].slug)
    await grown.fill(house.database_url, VAULT, SIZE, Quiet())
    async with transaction(house.engine) as connection:
        assert (await verify(connection)).faults == ()
        ids = (await connection.execute(text("SELECT id FROM tickets WHERE matter IS NULL LIMIT 3"))).scalars().all()
        logins = (await connection.execute(text("SELECT login FROM staff LIMIT 3"))).scalars().all()
        asked = (await connection.execute(text("SELECT id FROM staff_requests LIMIT 3"))).scalars().all()
    references = [reference_of(one) for one in ids]
    found = Found(city.slug, city.agencies[0].slug, references, logins, asked, 10, datetime.now(UTC).date())
    everybody = {login: who[login] for login in ("everywhere", *OF_NO_AGENCY)}
    made = pages(everybody, {"everywhere": found, **dict.fromkeys(OF_NO_AGENCY, replace(found, requests=()))})
    routes = {one.path for section in ALL for one in section.routes if one.method == "GET" and needs_of(one.handler)}
    assert {page.path for page in made} == routes - ELSEWHERE
    async with desks_at(house) as desks:
        for login, grants in everybody.items():
            async with desks.chair(await hire(house.engine, login, *grants)) as chair:
                for page in made:
                    if page.who == login and not page.is_stream and "login" not in page.path:
                        answer = await chair.get(next(page.addresses), follow=False)
                        assert answer.status in page.statuses, (page.name, answer.status)
