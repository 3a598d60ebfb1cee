"""A real browser: the system's Chromium (or the one that CITYDESK_CHROMIUM names), headless."""

import os
import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from fixtures.resident import SCREENSHOTS
from playwright.async_api import Browser, async_playwright

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


def chromium() -> str:
    """The browser's path."""
    named = os.environ.get("CITYDESK_CHROMIUM")
    found = named or next((path for path in map(shutil.which, NAMES) if path), None)
    if found is None:
        pytest.fail(
            "These tests need Chromium: as root, apt-get install -y chromium fonts-noto-cjk; or name one in"
            " CITYDESK_CHROMIUM."
        )
    return found


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    """A browser that talks to this machine only."""
    SCREENSHOTS.mkdir(exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS, headless=True)
        yield browser
        await browser.close()
