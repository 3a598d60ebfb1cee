"""A real browser for what is measured in one: the system's Chromium, headless, on this machine only."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright

from desk.contract.errors import StartError

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
START_MS = 60_000


def chromium() -> str:
    """The browser's path: what CITYDESK_CHROMIUM names, else what is installed.

    Raises:
        StartError: there is none.
    """
    named = os.environ.get("CITYDESK_CHROMIUM")
    found = named or next((path for path in map(shutil.which, NAMES) if path), None)
    if found is None:
        raise StartError(
            "This needs Chromium: as root, apt-get install -y chromium fonts-noto-cjk; or name one in"
            " CITYDESK_CHROMIUM."
        )
    return found


@asynccontextmanager
async def launched(start_ms: float = START_MS) -> AsyncIterator[Browser]:
    """A browser while the block lasts.

    Raises:
        StartError: there is none on this machine.
    """
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium(), args=FLAGS, headless=True, timeout=start_ms
        )
        yield browser
        await browser.close()
