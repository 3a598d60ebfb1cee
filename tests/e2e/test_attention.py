"""Small things on pages: whether a guide helped, under it and in the chat; sharing a page and copying its address."""

from fixtures.house import House, until
from fixtures.resident import resident
from fixtures.street import street
from playwright.async_api import Browser, expect

VOTES = "SELECT string_agg(answer, ',' ORDER BY answer) FROM guide_votes WHERE guide = :guide"
PAGE = {"address": {"page": "/hangzhou/guides/id_card_lost?lang=en"}}
ANSWER = {"key": "guide.page", "args": PAGE}


async def test_an_answer_from_a_guide_is_asked_about_in_the_chat(house: House, browser: Browser) -> None:
    """By keyboard: no, then why, then thanks, the focus staying there; each is counted, once, and no barrier stands."""
    async with street(house) as there, resident(browser) as someone:
        there.bot.answers = [{"replies": [ANSWER]}]
        await someone.open(there.url, lang="en")
        await someone.say("I lost my ID card")
        asked = someone.page.locator("city-chat .helpful")
        await expect(asked).to_contain_text("Was this helpful?")
        barriers = await someone.barriers("city-chat")
        await someone.screenshot("helpful-chat")
        await asked.get_by_role("button", name="Not helpful").press("Enter")
        await expect(asked.get_by_role("button").first).to_be_focused()
        assert await asked.get_by_role("button").count() == 3
        await asked.get_by_role("button", name="What I need is not there").press("Enter")
        await expect(asked).to_have_text("Thank you for telling us.")
        await until(lambda: house.scalar(VOTES, guide="id_card_lost"), becomes="missing,no")
        await someone.say("hello")
        await expect(asked).to_have_count(1)
        assert (barriers, someone.faults) == ([], [])


async def test_a_guide_is_answered_without_scripts(house: House, browser: Browser) -> None:
    """The buttons under it are a form; what is asked next stands where one was."""
    async with street(house) as there, resident(browser, java_script_enabled=False) as someone:
        await someone.page.goto(f"{there.url}/hangzhou/guides/id_card_lost?lang=en")
        await someone.page.get_by_role("button", name="Not helpful").click()
        await someone.page.get_by_role("button", name="It is wrong or out of date").click()
        await expect(someone.page.locator("#helpful")).to_contain_text("Thank you for telling us")
        assert someone.page.url.endswith("#helpful")
        assert await house.scalar(VOTES, guide="id_card_lost") == "no,outdated"
        await expect(someone.page.locator(".share button:visible")).to_have_count(0)


async def test_a_guide_is_shared_by_its_lasting_address(house: House, browser: Browser) -> None:
    """Where the device shares, by that; else its address is copied, and that is said."""
    async with street(house) as there, resident(browser) as someone:
        await someone.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=there.url)
        await someone.page.add_init_script("""
            window.shared = [];
            navigator.canShare = () => true;
            navigator.share = async (what) => { shared.push(what); };
        """)
        await someone.page.goto(f"{there.url}/hangzhou/guides/id_card_lost?lang=en&said=thanks")
        lasting = await someone.page.locator("link[rel=canonical]").get_attribute("href")
        await someone.page.get_by_role("button", name="Share").click()
        assert await someone.page.evaluate("shared") == [{"title": "Replacing a lost ID card", "url": lasting}]
        await someone.page.get_by_role("button", name="Copy link").click()
        await expect(someone.page.get_by_role("status")).to_have_text("The link is copied.")
        assert await someone.page.evaluate("navigator.clipboard.readText()") == lasting
        assert (await someone.barriers(), someone.faults) == ([], [])
