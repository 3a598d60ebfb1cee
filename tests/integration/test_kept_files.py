"""Files of ours are kept by browsers under addresses that name what they hold."""

import re

import pytest
from fixtures.house import House
from fixtures.web import serving

OURS = re.compile(r'(?:src|href)="(/(?:static/[\w./-]+\.(?:css|js)|chat\.js)[^"]*)"')
FOREVER = "public, max-age=31536000, immutable"
PATHS = (
    *("/", "/hangzhou", "/hangzhou/guides", "/hangzhou/follow", "/hangzhou/my-matters", "/hangzhou/widget"),
    *("/hangzhou/services/traffic_fines/form", "/hangzhou/offline", "/hangzhou/guides/atlantis"),
)


@pytest.mark.parametrize("path", PATHS)
async def test_a_page_names_its_files_by_what_they_hold(house: House, path: str) -> None:
    """Each comes for good; under another version, or none, it is asked for anew each time."""
    async with serving(house) as site:
        _, page, _ = await site.ask("GET", path, headers={"Accept": "text/html"})
        named = OURS.findall(page)
        kept = {one: (await site.ask("GET", one))[2]["Cache-Control"] for one in named}
        bare = {one: (await site.ask("GET", one.partition("?")[0]))[2]["Cache-Control"] for one in named}
        other = {one: (await site.ask("GET", f"{one[:-1]}x"))[2]["Cache-Control"] for one in named}
    assert named
    assert (set(kept.values()), set(bare.values()), set(other.values())) == ({FOREVER}, {"no-cache"}, {"no-cache"})
