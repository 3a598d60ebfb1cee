"""A conversation goes on on a phone, in two real browsers: the code is read off the screen as a camera does."""

from urllib.parse import urlsplit

import pytest
from fixtures.checkout import code_on
from fixtures.house import House
from fixtures.resident import Resident, resident
from fixtures.street import Street, street
from playwright.async_api import Browser, expect

PHONE = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
WORDS = {
    "zh_Hans": ("更多选项", "在手机上继续", "在这里继续", "是，这是我的手机", "对话已在手机上打开", "关闭"),
    "zh_Hant": ("更多選項", "在手機上繼續", "在這裏繼續", "是，這是我的手機", "對話已在手機上開啟", "關閉"),
    "en": (
        "More options",
        "Continue on my phone",
        "Continue here",
        "Yes, that is my phone",
        "The conversation is open on the phone",
        "Close",
    ),
}


ASKS = {
    "replies": [{"key": "test.echo", "args": {"text": "plate?"}}],
    "service": "traffic_fines",
    "asks_for": "plate",
    "situation": {"service": "traffic_fines", "step": "asking", "asks_for": "plate", "field": "plate"},
}


async def scan(screen: Resident, phone: Resident, there: Street) -> None:
    """Hold the phone's camera before the screen, and open what it reads."""
    read = urlsplit(await code_on(screen.page))
    await phone.page.goto(f"{there.url}{read.path}?{read.query}")


async def look(someone: Resident, name: str) -> None:
    """No barrier in either scheme, nothing wider than the screen, and a picture."""
    assert await someone.barriers_by_scheme() == [], name
    assert await someone.page.evaluate(TOO_WIDE) == 0, name
    await someone.screenshot(name)


@pytest.mark.parametrize("lang", list(WORDS))
async def test_a_conversation_goes_on_on_the_phone(house: House, browser: Browser, lang: str) -> None:
    """From the chat's menu: code, the same number on both, yes on both; then what is written on one is on the other."""
    menu, phone_way, here, yes, used, close = WORDS[lang]
    async with street(house) as there, resident(browser) as screen, resident(browser, **PHONE) as phone:
        await screen.open(there.url, lang=lang)
        await screen.say("hello")
        await screen.page.locator("city-chat").get_by_role("button", name=menu).click()
        await screen.page.locator("city-chat .menu").get_by_role("button", name=phone_way).click()
        dialog = screen.page.locator("city-chat dialog")
        await expect(dialog.get_by_role("img")).to_be_visible()
        await look(screen, f"chat-phone-{lang}")
        await scan(screen, phone, there)
        await look(phone, f"go-on-{lang}")
        await phone.page.get_by_role("button", name=here).click()
        number = await phone.page.locator(".onward-number").inner_text()
        await look(phone, f"go-on-number-{lang}")
        await expect(dialog.locator(".number")).to_have_text(number)
        await expect(dialog.get_by_role("heading")).to_be_focused()
        await look(screen, f"chat-phone-asked-{lang}")
        await dialog.get_by_role("button", name=yes).click()
        await phone.page.wait_for_url(f"**/hangzhou?lang={lang}#talk")
        await expect(phone.mine.first).to_contain_text("hello")
        await expect(dialog.get_by_role("heading")).to_have_text(used)
        await look(screen, f"chat-phone-used-{lang}")
        await dialog.get_by_role("button", name=close).click()
        await expect(screen.input).to_be_focused()
        await phone.say("from the phone")
        await expect(screen.log).to_contain_text("from the phone")
        assert await house.scalar("SELECT count(*) FROM conversations") == 1
        assert [*screen.faults, *phone.faults] == []


async def test_without_scripts_a_form_goes_on(house: House, browser: Browser) -> None:
    """On either side: what is begun as a form on a computer is the same form on the phone."""
    plain = {"java_script_enabled": False}
    async with (
        street(house) as there,
        resident(browser, **plain) as screen,
        resident(browser, **PHONE, **plain) as phone,
    ):
        there.bot.answers = [ASKS]
        await screen.page.goto(f"{there.url}/hangzhou/services/traffic_fines/form?lang=en")
        await screen.page.get_by_role("button", name="Start now").click()
        await screen.page.get_by_role("link", name="Continue on your phone").click()
        await screen.page.get_by_role("button", name="Show the code").click()
        await scan(screen, phone, there)
        await phone.page.get_by_role("button", name="Continue here").click()
        number = await phone.page.locator(".onward-number").inner_text()
        await expect(screen.page.locator(".onward-number")).to_have_text(number)
        await screen.page.get_by_role("button", name="Yes, that is my phone").click()
        await phone.page.get_by_role("button", name="Open the conversation").click()
        await phone.page.get_by_role("link", name="Continue", exact=True).click()
        assert urlsplit(phone.page.url).path == "/hangzhou/services/traffic_fines/form"
        await expect(phone.page.get_by_role("button", name="Start now")).to_have_count(0)
        await expect(phone.page.get_by_role("link", name="Continue on your phone")).to_be_hidden()


async def test_a_phone_that_talks_already_is_told_and_can_be_turned_away(house: House, browser: Browser) -> None:
    """What it has is said to go before anything does; a no on the screen leaves it all as it was."""
    async with street(house) as there, resident(browser) as screen, resident(browser, **PHONE) as phone:
        await phone.open(there.url, lang="en")
        await phone.say("my own")
        await screen.open(there.url, lang="en")
        await screen.page.goto(f"{there.url}/hangzhou/on-my-phone?lang=en")
        await expect(screen.page.get_by_role("button", name="Show the code")).to_be_visible()
        await look(screen, "on-my-phone")
        await screen.page.get_by_role("button", name="Show the code").click()
        await expect(screen.page.locator(".code img")).to_be_visible()
        await look(screen, "on-my-phone-code")
        await scan(screen, phone, there)
        await expect(phone.page.locator("[data-replaces]")).to_be_visible()
        await phone.page.get_by_role("button", name="Continue here").click()
        await expect(screen.page.get_by_role("heading", level=1)).to_be_focused()
        await look(screen, "on-my-phone-asked")
        await screen.page.get_by_role("button", name="No", exact=True).click()
        await expect(phone.page.locator("[data-state=refused]")).to_be_visible()
        await look(screen, "on-my-phone-refused")
        await look(phone, "go-on-refused")
        await phone.page.goto(f"{there.url}/hangzhou?lang=en")
        await expect(phone.mine.first).to_contain_text("my own")
        assert [*screen.faults, *phone.faults] == []


async def test_a_phone_is_offered_no_phone(house: House, browser: Browser) -> None:
    """The menu has it on computers alone."""
    async with street(house) as there, resident(browser, **PHONE) as phone:
        await phone.open(there.url, lang="en")
        await phone.page.locator("city-chat").get_by_role("button", name="More options").click()
        way = phone.page.locator("city-chat .menu").get_by_role("button", name="Continue on my phone")
        await expect(way).to_be_hidden()
