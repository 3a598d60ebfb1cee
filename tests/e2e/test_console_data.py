"""Pages on which guides, facts, texts and lines are changed, in a real browser: without a barrier, at every width."""

import pytest
from e2e.test_console_teaching import TOO_WIDE, WIDTHS, seated
from fixtures.house import House
from playwright.async_api import Browser, expect

PATH = "/console/data"
WRITE = f"{PATH}/write"
PAGES = {
    "data": PATH,
    "data-guides": f"{PATH}/guides",
    "data-guide": f"{WRITE}?kind=guide&name=dog_licence",
    "data-fact": f"{WRITE}?kind=fact&name=next_bus/look_up_cost",
    "data-text": f"{WRITE}?kind=text&name=account.how_long",
    "data-lines": f"{WRITE}?kind=lines&name=next_bus/next_bus",
    "data-checks": f"{PATH}/checks",
}


async def test_what_is_typed_is_looked_at_and_proposed(house: House, browser: Browser) -> None:
    """What is wrong stands beside the form without a press; mended, it is proposed and stands line by line."""
    async with seated(house, browser) as (someone, url):
        page = someone.page
        await page.goto(f"{url}{PAGES['data-lines']}")
        await page.locator("#add_en").fill("Next bus")
        await expect(page.locator("#looked")).to_contain_text("is there already: Next bus")
        await page.locator("#add_en").fill("is my bus nearly at the corner")
        await expect(page.locator("#looked")).to_contain_text("Nothing to be said of it.")
        await page.locator("#reason").fill("asked often")
        await page.get_by_role("button", name="Propose").click()
        await page.wait_for_url(f"**{PATH}/change?number=*")
        await expect(page.locator("ins")).to_contain_text("is my bus nearly at the corner")
        assert await someone.barriers_by_scheme() == []
        assert someone.faults == []


@pytest.mark.parametrize("locale", ["zh_Hans", "zh_Hant", "en"])
async def test_the_pages_have_no_barrier(house: House, browser: Browser, locale: str) -> None:
    """axe-core finds nothing on any of them, light or dark; nothing is wider than the screen."""
    barriers: list[str] = []
    too_wide: list[tuple[str, int]] = []
    async with seated(house, browser, locale=locale) as (someone, url):
        page = someone.page
        for name, path in PAGES.items():
            await page.goto(url + path)
            await someone.pictures(f"console-{name}", WIDTHS, locale)
            barriers += [f"{name}: {one}" for one in await someone.barriers_by_scheme()]
            for width in WIDTHS:
                await page.set_viewport_size({"width": width, "height": 900})
                wide = await page.evaluate(TOO_WIDE)
                too_wide += [(f"{name} {width}", wide)] if wide > 0 else []
            await page.set_viewport_size({"width": 1280, "height": 860})
        faults = someone.faults
    assert (barriers, too_wide, faults) == ([], [], [])
