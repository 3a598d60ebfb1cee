"""What is said while a message does not get through, and that it arrives once, in order, when it does.

Four ways in which a line is bad; each in one language, and in all where pictures are wanted. The browser's clock is set
on, so that nobody waits for what takes seconds.
"""

import pytest
from fixtures.house import House
from fixtures.resident import KEEPS_PICTURES, Resident, resident
from fixtures.street import Street, street
from playwright.async_api import Browser, Route, expect

from desk.contract.wire import LOCALES, Locale

LATER = {"Retry-After": "30"}
POSTS = "**/chat/v1/messages"
SLOW = {"zh_Hans": "网络较慢", "zh_Hant": "連線較慢", "en": "connection is slow"}
WAITING = {"zh_Hans": "稍后自动发送", "zh_Hant": "稍後自動傳送", "en": "will be sent automatically"}
OFFLINE = {"zh_Hans": "没有网络", "zh_Hant": "沒有連線", "en": "You are offline"}
SLOWLY_MS, GIVEN_UP_MS, LATER_MS = 6_000, 16_000, 40_000
"""How long until a post is said to be slow, until it is given up, until a desk is tried that asked for patience."""


class Line:
    """What lies between a browser and the desk. `held` are posts that got no answer."""

    def __init__(self, someone: Resident, how: str) -> None:
        self.someone, self.how = someone, how
        self.held: list[Route] = []

    async def cut(self) -> None:
        if self.how == "offline":
            await self.someone.context.set_offline(True)
        else:
            await self.someone.page.route(POSTS, self._meet)

    async def _meet(self, route: Route) -> None:
        if self.how == "503":
            await route.fulfill(status=503, body="away", headers=LATER)
            return
        if self.how == "hung":  # it arrives, and nobody hears so
            await route.fetch()
        self.held.append(route)

    async def mend(self) -> None:
        if self.how == "slow":
            await self.held[0].continue_()
        await self.someone.page.unroute_all(behavior="ignoreErrors")
        await self.someone.context.set_offline(False)
        if self.how in ("503", "hung"):
            await self.someone.page.clock.fast_forward(LATER_MS if self.how == "503" else GIVEN_UP_MS)


async def said_of_it(someone: Resident, how: str, lang: str) -> None:
    """See what stands under what was written, and where the connection is told of."""
    page = someone.page
    if how in ("slow", "hung"):
        await page.clock.fast_forward(SLOWLY_MS)
        await expect(someone.mine.nth(0)).to_contain_text(SLOW[lang])
    if how == "hung":
        await page.clock.fast_forward(GIVEN_UP_MS)
    if how != "slow":
        for one in (someone.mine.nth(0), someone.mine.nth(1)):
            await expect(one).to_have_attribute("data-state", "waiting")
            await expect(one).to_contain_text(WAITING[lang])
    if how == "offline":
        await expect(page.locator("city-chat .connection")).to_contain_text(OFFLINE[lang])


async def through(there: Street, browser: Browser, how: str, lang: Locale) -> list[str]:
    """Write twice while the line is bad; what stands there once it is good again."""
    async with resident(browser, width=390, height=844) as someone:
        await someone.page.clock.install()
        await someone.open(there.url, lang=lang)
        line = Line(someone, how)
        await line.cut()
        for text in ("one", "two"):
            await someone.input.fill(text)
            await someone.input.press("Enter")
        await said_of_it(someone, how, lang)
        barriers = await someone.barriers("city-chat")
        await someone.pictures(f"wrong-{how}", [360], lang, schemes=("light",))
        await line.mend()
        await someone.hear(2)
        await expect(someone.mine.last).to_have_attribute("data-state", "sent")
        assert barriers == []
        return (await someone.transcript())[1:]


@pytest.mark.parametrize(("how", "lang"), [("slow", "en"), ("503", "zh_Hant"), ("offline", "zh_Hans"), ("hung", "en")])
async def test_on_a_bad_line_nothing_is_lost_or_doubled(house: House, browser: Browser, how: str, lang: Locale) -> None:
    """Each message says how it stands; both are received once, in order, though one had arrived unheard."""
    langs = LOCALES if KEEPS_PICTURES else (lang,)
    async with street(house) as there:
        for one in langs:
            assert await through(there, browser, how, one) == ["one", "two", "1:one", "2:two"]
    bodies = [body.get("text") for body in await house.bodies()]
    assert bodies == ["one", "two"] * len(langs)
