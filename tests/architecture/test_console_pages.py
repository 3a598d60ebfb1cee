"""Every page of the console is looked at in a browser: for barriers, in both schemes, at every width."""

import re

from aiohttp import web
from e2e import (
    test_console,
    test_console_announcements,
    test_console_data,
    test_console_operating,
    test_console_teaching,
    test_console_tickets,
)

from bench.console_pages import ELSEWHERE, STREAMS
from desk.console.access import needs_of
from desk.console.server import ALL

LOOKED_AT = (
    *(test_console.PAGES | test_console.OF_OTHERS).values(),
    *(test_console_announcements.PAGES | test_console_announcements.MEASURED).values(),
    *test_console_data.PAGES.values(),
    *test_console_operating.PAGES.values(),
    test_console_operating.KEYS_OF_PROGRAMS,
    *test_console_teaching.PAGES.values(),
    *test_console_tickets.PAGES.values(),
)
"""What the browser tests open; numbers of what a test makes stand in braces."""
FILES = {
    "/console/announcements.csv",
    "/console/announcements/documents/{sha256}",
    "/console/announcements/images/{sha256}",
    "/console/audit/day",
    "/console/data/changes.patch",
    "/console/figures/announcements.csv",
    "/console/figures/grades.csv",
    "/console/figures/guides.csv",
    "/console/figures/sites.csv",
    "/console/figures/tickets.csv",
    "/console/tickets.csv",
    "/console/tickets/{reference}/files/{file}",
}
"""What is saved, or shown within a page."""
WITHIN = {"/console/announcements/{announcement}/told", "/console/session"}
"""What a page asks for by itself: figures that it shows in place of others, how long the session lasts."""
PLACEHOLDER = re.compile(r"\{(\w+)(?::(?:[^{}]|\{[^{}]*\})*)?\}")


def opened() -> set[str]:
    """The paths that the browser tests open, each with something in place of what stands in braces."""
    paths = (one.partition("?")[0] for one in LOOKED_AT)
    return {re.sub(r"\{\w+\}", "4", one.replace("{reference}", "T-1-8")) for one in paths}


def test_every_page_is_looked_at_in_a_browser() -> None:
    """But streams, files, and what leads on: a page that is added is added to a list of the browser tests."""
    routes = [one.path for section in ALL for one in section.routes if one.method == "GET" and needs_of(one.handler)]
    pages = {one for one in routes if one not in STREAMS | ELSEWHERE}
    plain = {one: PLACEHOLDER.sub(r"{\1}", one) for one in pages}
    unseen = {
        said
        for path, said in plain.items()
        if said not in FILES | WITHIN and not any(_is_of(path, one) for one in opened())
    }
    assert unseen == set()
    assert set(plain.values()) >= FILES | WITHIN


def _is_of(route: str, path: str) -> bool:
    if "{" not in route:
        return route == path
    return web.DynamicResource(route).get_info()["pattern"].fullmatch(path) is not None
