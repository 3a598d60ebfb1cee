"""What is seen where the desk does not answer: never nothing, always whom to call and the way to try again."""

from itertools import product

import pytest
from fixtures.house import House
from fixtures.resident import KEEPS_PICTURES, resident
from fixtures.street import street
from fixtures.town_hall import site
from playwright.async_api import Browser, Page, Route, expect

from desk.web.origins import Origins

LATER = {"Retry-After": "3600", "Access-Control-Expose-Headers": "Retry-After"}
WAYS = ("503", "unreachable", "silent")
SAID = {
    "zh-CN": ("暂时连接不上", "网络较慢", "重试"),
    "zh-HK": ("暫時無法連線", "連線較慢", "重試"),
    "en": ("cannot connect", "connection is slow", "Try again"),
}
"""What is said of a desk that is away, that it is slow, and on the button."""
PICTURED = {"zh-CN": "zh_Hans", "zh-HK": "zh_Hant", "en": "en"}
PHONE = {"width": 390, "height": 844, "has_touch": True}


async def cut(page: Page, how: str) -> None:
    """Let the chat's calls fail: refused, answered by a broken proxy, or never answered."""

    async def failing(route: Route) -> None:
        if how == "503":
            await route.fulfill(status=503, body="away", headers=LATER)
        elif how == "unreachable":
            await route.abort()

    await page.route("**/chat/v1/**", failing)


@pytest.mark.parametrize(
    ("how", "lang"),
    [*product(WAYS, SAID)] if KEEPS_PICTURES else [("503", "zh-CN"), ("unreachable", "zh-HK"), ("silent", "en")],
)
async def test_a_panel_without_a_desk_says_so_and_can_be_left(
    house: House, browser: Browser, how: str, lang: str
) -> None:
    """On a phone the panel is the window: it names the telephone, closes, and opens once the desk is back."""
    away, slow, retry = SAID[lang]
    said = slow if how == "silent" else away
    phone = house.cities["hangzhou"].agencies[0].phone
    desk: list[str] = []
    async with (
        site(lambda: desk[0], 'data-city="hangzhou"', lang) as origin,
        street(house, origins=Origins(by_city={"hangzhou": frozenset({origin})})) as there,
        resident(browser, **PHONE) as someone,
    ):
        desk.append(there.url)
        await cut(someone.page, how)
        await someone.page.goto(origin)
        await someone.page.locator("city-chat-launcher .launch").click()
        opening = someone.page.locator("city-chat .opening")
        await expect(opening).to_contain_text(said)
        await expect(opening.locator("a[href^='tel:']")).to_contain_text(phone[:3])
        barriers = await someone.barriers("city-chat-launcher")
        await someone.pictures(f"opening-{how}", [360], PICTURED[lang], schemes=("light",))
        await someone.page.keyboard.press("Escape")
        await expect(someone.page.locator("city-chat-launcher .panel")).to_be_hidden()
        await someone.page.locator("city-chat-launcher .launch").click()
        again = opening.get_by_role("button", name=retry)
        await expect(again).to_be_visible()
        await someone.page.unroute_all(behavior="ignoreErrors")
        if how == "503":  # which asks for an hour: unless the button is pressed, nothing is tried before
            await again.click()
        if how != "silent":  # what hangs is given up after its own time; what is unreachable is tried by itself
            await expect(someone.theirs.first).to_be_visible()
            await expect(opening).to_have_count(0)
    assert barriers == []


async def test_a_page_without_its_script_names_the_telephone(house: House, browser: Browser) -> None:
    """chat.js does not come: after a while the place of the chat says whom to call and how to open the page again."""
    async with street(house) as there, resident(browser) as someone:
        await someone.page.route("**/chat.js*", lambda route: route.abort())
        await someone.page.goto(f"{there.url}/hangzhou?lang=en")
        await expect(someone.page.locator(".instead")).to_be_visible()
        await expect(someone.page.locator(".instead")).to_contain_text("Open this page again")
        assert await someone.page.locator(".instead a[href^='tel:']").count() == 1
        assert await someone.barriers() == []


async def test_a_city_can_be_read_without_scripts(house: House, browser: Browser) -> None:
    """Services with what they are, offices with telephones, guides and announcements: all is there, and says how."""
    async with street(house) as there, resident(browser, java_script_enabled=False) as someone:
        await someone.page.goto(f"{there.url}/hangzhou?lang=en")
        await expect(someone.page.locator(".noscript")).to_contain_text("JavaScript")
        await expect(someone.page.locator(".services .service-what").first).to_be_visible()
        await expect(someone.page.locator(".instead")).to_be_hidden()
        await someone.screenshot("city-without-scripts")
        await someone.page.locator(".services a").first.click()
        await expect(someone.page.locator(".noscript a[href^='tel:']")).to_be_visible()
