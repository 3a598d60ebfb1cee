"""Pages of residents as Lighthouse measures them on a telephone, over a real store and a bot without a model.

Lighthouse comes from npm, as `package-lock.json` says. Its telephone and its line are computed, so that its figures say
the same on every machine; no wall clock is asserted.
"""

import asyncio
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fixtures import loaded
from fixtures.browser import chromium
from fixtures.house import ROOT, House
from fixtures.payments import CITY, paying_at

from desk.web.parts import words_of
from sandbox.alipay.identity import ensure_keys

HERE = Path(__file__).parent
TOOLS = ROOT / ".tools" / "pages"
FIGURES = ROOT / "results" / "pages.json"
LOCKED = ("package.json", "package-lock.json")
ENOUGH = 98  # of 100, in each category
PAINT_MS = 1_000
BYTES = 58 * 1024
OF_THE_BROWSER = re.compile(r"manifest\.webmanifest|icon[-\w]*\.(svg|png|ico)")
"""What a browser asks for when it has time, to know and keep a page: before the conversation, or after it."""
CATEGORIES = {"performance", "accessibility", "best-practices", "seo"}
NOT_FOUND = ["is-crawlable"]
"""A page of one person is for no search engine: that audit would have it otherwise (docs/explanation/pages.md)."""


async def _run(*command: str, folder: Path, **environment: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env={**os.environ, **environment}, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, f"{command[0]} ended with {process.returncode}."
    return said.decode()


async def lighthouse() -> Path:
    """The folder in which Lighthouse is installed as it is locked; installed anew where the lock has changed."""
    assert shutil.which("npm"), "npm is not here. As root: apt-get install nodejs npm"
    locked = [(HERE / name).read_bytes() for name in LOCKED]
    stamp = TOOLS / "installed"
    if not stamp.is_file() or stamp.read_bytes() != locked[1]:
        shutil.rmtree(TOOLS, ignore_errors=True)
        TOOLS.mkdir(parents=True)
        for name, content in zip(LOCKED, locked, strict=True):
            (TOOLS / name).write_bytes(content)
        await _run("npm", "ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund", folder=TOOLS)
        stamp.write_bytes(locked[1])
    shutil.copy(HERE / "measure.mjs", TOOLS)
    return TOOLS


async def measured(pages: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What Lighthouse says of each page, by its name."""
    folder = await lighthouse()
    enough = json.dumps({"score": ENOUGH, "paint": PAINT_MS})
    said = await _run("node", "measure.mjs", json.dumps(pages), enough, folder=folder, CHROME_PATH=chromium())
    found: dict[str, dict[str, Any]] = json.loads(said)
    return found


def before_the_chat(requests: list[dict[str, Any]]) -> int:
    """Bytes of all answers, headers included, that a page asks for until a conversation is opened, if one is."""
    opened = [one["at"] for one in requests if urlsplit(one["url"]).path == "/chat/v1/sessions"]
    asked = (one for one in requests if not OF_THE_BROWSER.fullmatch(urlsplit(one["url"]).path.rpartition("/")[2]))
    return sum(one["bytes"] for one in asked if one["at"] < min(opened, default=float("inf")))


def painted(page: dict[str, Any]) -> float:
    """Milliseconds to the first paint on a slow line, without what this machine took to answer."""
    return float(page["figures"]["paint"] - page["figures"]["server"])


def table(found: dict[str, dict[str, Any]]) -> str:
    """What was measured, as it stands in docs/explanation/pages.md."""
    lines = []
    for name, page in found.items():
        scores, figures = page["categories"], page["figures"]
        shown = " | ".join(str(scores[one]) for one in ("performance", "accessibility", "best-practices", "seo"))
        rest = f"{figures['largest']:.0f} | {figures['blocked']:.0f} | {figures['shift']:g}"
        figured = f"{painted(page):.0f} | {rest}"
        lines.append(f"| {name} | {shown} | {figured} | {before_the_chat(page['requests']) / 1024:.1f} |")
    return "\n".join(lines)


async def test_pages_are_quick_small_and_good(house: House, tmp_path: Path) -> None:
    """City, guide and pay page: 98 of 100 in each category, the first paint within a second on a slow 4G line, and
    58 KiB before a conversation is opened. What they lack stands in the message, all figures in results/pages.json.
    """
    keys = ensure_keys(tmp_path / "pay-keys")
    shown = {"services": words_of(loaded.services())}
    async with paying_at(house, tmp_path / "data", keys, shown=shown) as paying:
        _, payment = await paying.offered()
        site = paying.site.url
        found = await measured(
            [
                {"name": "city", "url": f"{site}/{CITY}?lang=zh_Hans", "leaves_out": []},
                {"name": "guide", "url": f"{site}/{CITY}/guides/id_card_lost?lang=en", "leaves_out": []},
                {"name": "pay", "url": f"{payment['url']}&lang=zh_Hant", "leaves_out": NOT_FOUND},
            ]
        )
    print(table(found))
    FIGURES.parent.mkdir(exist_ok=True)
    FIGURES.write_text(json.dumps(found, indent=1), encoding="utf-8")
    poor = {
        name: (page["categories"], page["figures"], page["wanting"], page["warnings"], page["speed"])
        for name, page in found.items()
        if page["categories"].keys() != CATEGORIES or min(page["categories"].values()) < ENOUGH
    }
    assert poor == {}
    assert {name: painted(page) for name, page in found.items() if painted(page) > PAINT_MS} == {}
    heavy = {name: page["requests"] for name, page in found.items() if before_the_chat(page["requests"]) > BYTES}
    assert heavy == {}
