"""What a city's page weighs before the chat is opened: all that it names, as a proxy packs it."""

import gzip
import re
from collections.abc import Iterable
from urllib.parse import urljoin

import pytest
from fixtures.web import Site

from desk.contract.wire import LOCALES

BUDGET = 60 * 1024  # bytes
LOADED = {"/chat.js", "/hangzhou/theme.css", "/static/larger.js", "/static/look.js", "/static/page.js"}
"""All that the page loads: a city's style sheet holds that of all pages, too."""
NAMED = re.compile(r'<(?:script|link)[^>]+?(?:src|href)="([^"]+\.(?:js|css))(?:\?[^"]*)?"')
IMPORTED = re.compile(r'^import [^"]*"(\./[\w./-]+\.js)"', re.MULTILINE)


async def weighed(site: Site, path: str) -> dict[str, int]:
    """A page, its styles and scripts, and the modules that these import: bytes by address."""
    found: dict[str, int] = {}
    waits: list[str] = [path]
    while waits:
        one = waits.pop()
        if one in found:
            continue
        async with site.http.get(site.url + one) as answer:
            assert answer.status == 200, one
            content = await answer.read()
        found[one] = len(gzip.compress(content, 6))
        text = content.decode()
        waits += _of_page(text) if one == path else (urljoin(one, module) for module in IMPORTED.findall(text))
    return found


def _of_page(text: str) -> Iterable[str]:
    return [one for one in NAMED.findall(text) if one.startswith("/")]


@pytest.mark.parametrize("lang", LOCALES)
async def test_a_citys_page_is_light(site: Site, lang: str) -> None:
    """60 KiB with the chat's script, whatever is added to it; nothing of it comes from elsewhere."""
    page = f"/hangzhou?lang={lang}"
    found = await weighed(site, page)
    assert set(found) - {page} == LOADED
    assert sum(found.values()) <= BUDGET, found
