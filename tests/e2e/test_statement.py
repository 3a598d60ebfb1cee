"""The pages that the accessibility statement names are gone through by axe-core, each in every language and scheme."""

import pytest
from fixtures import loaded
from fixtures.boards import Boards
from fixtures.house import House
from fixtures.resident import resident
from fixtures.street import street
from playwright.async_api import Browser, expect

from desk.contract.wire import LOCALES
from desk.web.parts import words_of
from desk.web.site.statements import statement

CITY = "hangzhou"
TOO_WIDE = "document.documentElement.scrollWidth - innerWidth"


@pytest.mark.parametrize("lang", LOCALES)
async def test_what_the_statement_says_is_checked(house: House, browser: Browser, lang: str) -> None:
    """axe-core finds nothing (best practices too), light or dark, and nothing needs sideways scrolling at 320 px, in
    large letters either.
    """
    found: dict[str, list[str]] = {}
    offered = words_of(loaded.services())
    async with street(house, services=offered, boards=Boards()) as there, resident(browser) as someone:
        for name, address in statement().pages.items():
            await someone.page.goto(
                f"{there.url}{address.format(city=CITY)}{'&' if '?' in address else '?'}lang={lang}"
            )
            schemes = someone.barriers_by_scheme if lang == LOCALES[0] else someone.barriers  # colours have no language
            barriers = await schemes()
            await someone.pictures(name, [360, 1440], lang)
            await someone.page.set_viewport_size({"width": 320, "height": 640})
            wide = await someone.page.evaluate(TOO_WIDE)
            await someone.page.evaluate("document.documentElement.classList.add('elderly')")
            wide += await someone.page.evaluate(TOO_WIDE)
            await someone.page.set_viewport_size({"width": 1280, "height": 860})
            if barriers or wide:
                found[name] = [*barriers, f"{wide} px too wide"]
    assert found == {}


async def test_a_page_is_searched_by_keyboard(house: House, browser: Browser) -> None:
    """What is typed, with a slip, is found below at once; arrows go through it, Esc ends it; Enter opens its page."""
    async with street(house) as there, resident(browser) as someone:
        await someone.open(there.url, lang="en")
        field = someone.page.get_by_role("searchbox")
        await field.fill("lost my id crad")
        found = someone.page.locator(".looking .found a")
        await expect(found.first).to_contain_text("ID card")
        await field.press("ArrowDown")
        await expect(found.first).to_be_focused()
        await someone.screenshot("search")
        await someone.page.keyboard.press("Escape")
        await expect(field).to_be_focused()
        await expect(found).to_have_count(0)
        await field.fill("身份證唔見咗")
        await field.press("Enter")
        await someone.page.wait_for_url("**/hangzhou/search?*")
        await expect(someone.page.locator(".found-list a").first).to_contain_text("ID card")
        faults = someone.faults
    assert faults == []
