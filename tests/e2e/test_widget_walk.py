"""The walk of every channel through the chat on a town hall's own page, with the real bot, in Chromium."""

import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial

import pytest
import pytest_asyncio
from fixtures.desk_command import run_desk
from fixtures.patience import HANG_SECONDS
from fixtures.product import Product
from fixtures.resident import Resident, resident
from fixtures.slowness import is_slow
from fixtures.town_hall import site
from fixtures.walkers import Walker
from fixtures.walks import CITY, WALKS
from playwright.async_api import Browser, Locator, expect


@dataclass
class OnTheSite:
    """A resident in front of the panel. `heard`: how many messages of the account are known."""

    product: Product
    someone: Resident
    heard: int = 0
    again: Callable[[], Awaitable[object]] | None = None  # does what was done last

    async def say(self, text: str) -> None:
        self.again = partial(self.say, text)
        await self.someone.input.fill(text)
        await self.someone.input.press("Enter")

    async def tap(self, words: str) -> str:
        self.again = partial(self.tap, words)
        button = self.someone.page.locator("city-chat .theirs button").filter(has_text=words).last
        exact = self.someone.page.locator("city-chat .theirs").get_by_role("button", name=words, exact=True).last
        await expect(button).to_be_visible()
        chosen = exact if await exact.count() else button
        title = await chosen.inner_text()
        await chosen.click()
        return title

    async def share(self, lat: float, lon: float) -> None:
        self.again = partial(self.share, lat, lon)
        await self.someone.context.set_geolocation({"latitude": lat, "longitude": lon})
        chat = self.someone.page.locator("city-chat")
        await chat.get_by_role("button", name="发送我的位置").click()
        await chat.get_by_role("button", name="继续").click()

    async def hears(self, *wanted: str) -> str:
        until, texts = time.monotonic() + HANG_SECONDS, ""
        while time.monotonic() < until:
            rows = (await self.someone.theirs.all())[self.heard :]
            texts = "\n".join([f"{await row.inner_text()}\n{await addresses(row)}" for row in rows])
            if is_slow(texts) and self.again is not None:  # done again, as it asks for
                self.heard += len(rows)
                await self.again()
                continue
            if rows and all(text in texts for text in wanted):
                self.heard += len(rows)
                return texts
            await self.someone.page.wait_for_timeout(100)
        raise AssertionError(f"Of {wanted} this was heard:\n{texts}")

    async def pay(self, order: str) -> None:
        done = run_desk(self.product.data_dir, "sandbox", "pay", order)
        assert done.code == 0, done.stderr


async def addresses(row: Locator) -> str:
    """Where the buttons of a message lead that are addresses with a name: our chat shows no address as text."""
    return "\n".join(await row.locator("a.lead, a.payment-link").evaluate_all("links => links.map(link => link.href)"))


@pytest_asyncio.fixture(loop_scope="session")
async def walker(product: Product, browser: Browser, town_hall_port: int) -> AsyncIterator[OnTheSite]:
    """A resident on a town hall's page, with the chat open."""
    await product.reset(CITY)
    async with (
        site(lambda: product.site.url, f'data-city="{CITY}"', "zh-CN", port=town_hall_port) as url,
        resident(browser, permissions=["geolocation"]) as someone,
    ):
        await someone.page.goto(url)
        await someone.page.locator("city-chat-launcher .launch").click()
        await expect(someone.theirs.first).to_be_visible()
        yield OnTheSite(product, someone, await someone.theirs.count())
        assert [fault for fault in someone.faults if not re.search("favicon", fault)] == []


@pytest.mark.parametrize("walk", WALKS)
async def test_walk_reaches_what_was_wanted(product: Product, walker: Walker, walk: str) -> None:
    """What a resident does on one channel they can do on every other, with the same words."""
    await WALKS[walk](product, walker)
