"""Feeds of announcements read by a program that others wrote: feedsmith of npm."""

import asyncio
import json
import shutil
from datetime import timedelta
from pathlib import Path

from fixtures.bulletin import CITY, NINE, several
from fixtures.house import SITE, House
from fixtures.web import serving

PROGRAM = Path(__file__).parent / "peers" / "read_feeds.mjs"
PACKAGE = "feedsmith@3.0.1"


async def test_a_peer_reads_both_feeds(house: House, tmp_path: Path) -> None:
    """The same entries with the same ids, titles, texts and times, in both forms."""
    await several(house, 3, link="https://city.example/more?a=1&b=2")
    files = {}
    async with serving(house, now=lambda: NINE + timedelta(hours=1)) as site:
        for form in ("atom", "json"):
            async with site.http.get(f"{site.url}/{CITY}/announcements.{form}?lang=en") as answer:
                files[form] = tmp_path / f"feed.{form}"
                files[form].write_bytes(await answer.read())
    assert shutil.which("npm"), "npm is not here. As root: apt-get install nodejs npm"
    shutil.copy(PROGRAM, tmp_path)
    install = await asyncio.create_subprocess_exec(
        *("npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(tmp_path), PACKAGE)
    )
    assert await install.wait() == 0
    reading = await asyncio.create_subprocess_exec(
        *("node", PROGRAM.name, files["atom"].name, files["json"].name), cwd=tmp_path, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await reading.communicate()
    read = json.loads(said)
    entries, items = read["atom"]["entries"], read["json"]["items"]
    assert [entry["id"] for entry in entries] == [item["id"] for item in items]
    assert [item["title"] for item in items] == ["Notice 2", "Notice 1", "Notice 0"]
    assert read["json"]["feed_url"] == f"{SITE}/{CITY}/announcements.json?lang=en"
    assert {"rel": "self", "href": f"{SITE}/{CITY}/announcements.atom?lang=en", "type": "application/atom+xml"} in read[
        "atom"
    ]["links"]
