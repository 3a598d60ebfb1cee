"""The chat on a page of another site: one script tag, a button, a panel; over a real store and a bot that answers."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fixtures.house import House, until
from fixtures.resident import Resident, resident
from fixtures.staffed import actor
from fixtures.street import Street, street
from fixtures.town_hall import site
from playwright.async_api import Browser, expect

from desk.web.origins import Origins

PICTURED = {"zh-CN": "zh_Hans", "zh-HK": "zh_Hant", "en": "en"}
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c4944415408d763f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)


@asynccontextmanager
async def town_hall(
    house: House, *, attributes: str = 'data-city="hangzhou"', lang: str = "zh-CN", listed: bool = True
) -> AsyncIterator[tuple[str, Street]]:
    """Another site's page with the script on it, and the desk; the site is listed or not."""
    desk: list[Street] = []
    async with site(lambda: desk[0].url, attributes, lang) as origin:
        allowed = Origins(by_city={"hangzhou": frozenset({origin} if listed else ())})
        async with street(house, origins=allowed) as there:
            desk.append(there)
            yield origin, there


async def opened(someone: Resident, url: str) -> None:
    """Open the page and the chat on it."""
    await someone.page.goto(url)
    await launcher(someone).click()
    await expect(someone.theirs.first).to_be_visible()


def launcher(someone: Resident) -> Any:
    return someone.page.locator("city-chat-launcher .launch")


@pytest.mark.parametrize(("lang", "scheme"), [("zh-CN", "light"), ("zh-Hant-TW", "dark"), ("en-GB", "light")])
async def test_one_script_tag_puts_the_chat_on_a_page(house: House, browser: Browser, lang: str, scheme: Any) -> None:
    """Button and panel work under the site's own policy and styles, in its language, without a barrier or an error."""
    async with (
        town_hall(house, lang=lang) as (url, _),
        resident(browser, color_scheme=scheme, width=1000, height=700) as someone,
    ):
        await someone.page.goto(url)
        await expect(launcher(someone)).to_be_visible()
        await someone.screenshot(f"widget-closed-{lang}")
        sessions = await house.scalar("SELECT count(*) FROM conversations")
        await launcher(someone).click()
        await expect(someone.theirs.first).to_be_visible()
        answer = await someone.say("offer=/affirm hello")
        faults = list(someone.faults)
        barriers = await someone.barriers("city-chat-launcher")
        await someone.screenshot(f"widget-open-{lang}")
        size = await someone.input.evaluate("input => getComputedStyle(input).fontSize")
    assert sessions == 0  # nobody asked yet
    assert "1:offer" in answer
    assert size == "16px"
    assert (barriers, faults) == ([], [])


async def test_the_panel_is_used_by_keyboard_and_is_not_modal(house: House, browser: Browser) -> None:
    """Enter opens it and goes into it; the page stays usable; Esc closes it from anywhere and gives the focus back."""
    async with town_hall(house) as (url, _), resident(browser) as someone:
        await someone.page.goto(url)
        await launcher(someone).focus()
        await someone.page.keyboard.press("Enter")
        await expect(someone.input).to_be_focused()
        await someone.page.locator("#search").fill("beside the panel")
        panel = someone.page.locator("city-chat-launcher .panel")
        await expect(panel).to_be_visible()
        await someone.input.focus()
        await someone.page.locator("city-chat .menu-button").press("Enter")
        await someone.page.keyboard.press("Escape")
        await expect(panel).to_be_visible()  # that closed the menu alone
        await someone.page.keyboard.press("Escape")
        await expect(panel).to_be_hidden()
        await expect(launcher(someone)).to_be_focused()
        await someone.page.reload()
        await expect(panel).to_be_hidden()


async def test_an_open_panel_stays_open_from_page_to_page(house: House, browser: Browser) -> None:
    """On the site's next page the conversation goes on where it was, and the focus is left to the page."""
    async with town_hall(house) as (url, _), resident(browser) as someone:
        await opened(someone, url)
        await someone.say("one")
        await someone.page.goto(f"{url}/?next")
        await expect(someone.page.locator("city-chat .bubble")).to_have_count(3)
        assert await someone.page.evaluate("document.activeElement === document.body")


@pytest.mark.parametrize(
    ("lang", "said"), [("zh-CN", "没有开通在线对话"), ("zh-HK", "沒有開通網上對話"), ("en", "has not been set up")]
)
async def test_a_site_that_is_not_listed_gets_no_chat(house: House, browser: Browser, lang: str, said: str) -> None:
    """Its page cannot open a session: the browser refuses what the desk does not allow. The panel says so, leads to the
    city's own page, names the telephone, and tells whoever runs the site what is missing."""
    async with town_hall(house, listed=False, lang=lang) as (url, _), resident(browser) as someone:
        await someone.page.goto(url)
        await launcher(someone).click()
        await expect(someone.page.locator("city-chat-launcher .panel")).to_be_visible()
        opening = someone.page.locator("city-chat .opening")
        await expect(opening).to_contain_text(said)
        await expect(opening.locator("a[href^='tel:']")).to_be_visible()
        await expect(opening).to_contain_text(url)
        page = await opening.locator("a.again").get_attribute("href")
        assert str(page).partition("?")[0].endswith("/hangzhou")
        await expect(someone.theirs).to_have_count(0)
        barriers = await someone.barriers("city-chat-launcher")
        await someone.pictures("opening-blocked", [360], PICTURED[lang], schemes=("light",))
        assert await house.scalar("SELECT count(*) FROM conversations") == 0
        assert any("CORS" in fault for fault in someone.faults)
    assert barriers == []


@pytest.mark.parametrize(("width", "height"), [(320, 640), (640, 360)])
async def test_on_small_windows_the_panel_is_the_window(
    house: House, browser: Browser, width: int, height: int
) -> None:
    """From 320 px on, and at 200 % zoom, nothing scrolls sideways and the input is in sight; elderly mode as well."""
    attributes = 'data-city="hangzhou" data-elderly'
    async with (
        town_hall(house, attributes=attributes) as (url, _),
        resident(browser, width=width, height=height) as someone,
    ):
        await opened(someone, url)
        await someone.say("offer=/affirm " + "W" * 60)
        inside = await someone.log.evaluate("log => log.scrollWidth - log.clientWidth")
        await expect(someone.input).to_be_in_viewport(ratio=1)
        await someone.screenshot(f"widget-{width}")
        barriers = await someone.barriers("city-chat-launcher")
    assert (inside, barriers) == (0, [])


@pytest.mark.parametrize("height", [640, 360])
async def test_what_comes_later_is_in_sight(house: House, browser: Browser, height: int) -> None:
    """On 360 pixels a long answer fills the window; what a clerk writes after it is shown, and so is the next thing.

    Who has scrolled back to read is left there, with a button to what is new.
    """
    lin = actor("lin")
    async with town_hall(house) as (url, _), resident(browser, width=360, height=height) as someone:
        await opened(someone, url)
        await someone.say("long " + "answer " * 120)
        await someone.say("ticket")
        [ticket] = await house.clerks.waiting(lin)
        await house.clerks.claim(lin, ticket.id)
        for said in ("first of the clerk", "second of the clerk", "word " * 150):
            await house.clerks.reply(lin, ticket.id, said)
            bubble = someone.page.locator("city-chat .clerk .bubble", has_text=said[:12]).last
            await expect(bubble).to_be_in_viewport(ratio=0.1)
        await house.clerks.reply(lin, ticket.id, "after a long one")
        await expect(someone.page.locator("city-chat .clerk .bubble").last).to_be_in_viewport(ratio=0.9)
        await someone.log.evaluate("log => log.scrollTo({top: 0})")
        await house.clerks.reply(lin, ticket.id, "meanwhile")
        newer = someone.page.locator("city-chat .newer")
        await expect(newer).to_be_visible()
        assert await someone.log.evaluate("log => log.scrollTop") == 0
        await newer.click()
        await expect(someone.page.locator("city-chat .clerk .bubble").last).to_be_in_viewport(ratio=0.9)


async def test_elderly_mode_is_larger_with_fewer_choices(house: House, browser: Browser) -> None:
    """Chosen in the menu: larger type, four choices at once and the rest on demand; remembered on the next page."""
    async with town_hall(house, lang="en") as (url, _), resident(browser) as someone:
        await opened(someone, url)
        chat = someone.page.locator("city-chat")
        await chat.get_by_role("button", name="More options").click()
        await chat.get_by_role("button", name="Larger and simpler").click()
        size = await someone.theirs.first.evaluate("row => parseFloat(getComputedStyle(row).fontSize)")
        await someone.page.reload()
        await expect(someone.theirs.first).to_be_visible()
        await expect(chat).to_have_attribute("elderly", "")
        await someone.screenshot("widget-elderly")
    assert size >= 20


async def test_elderly_manner_is_one_for_page_and_conversation(house: House, browser: Browser) -> None:
    """Wished in words the page wears it too; left in the menu the conversation hears of it."""
    async with town_hall(house, lang="en") as (url, there), resident(browser) as someone:
        await opened(someone, url)
        bot, chat = there.bot, someone.page.locator("city-chat")
        bot.answers = [{"effects": [{"type": "change_manner", "manner": "elderly"}]}]
        await someone.say("bigger letters please")
        await expect(chat).to_have_attribute("elderly", "")
        bot.answers = [{"effects": [{"type": "change_manner", "manner": "standard"}]}]
        await chat.get_by_role("button", name="More options").click()
        await chat.get_by_role("button", name="Larger and simpler").click()
        await someone.hear(2)
        await expect(chat).not_to_have_attribute("elderly", "")
    assert bot.requests[-1]["message"]["text"] == "Standard mode, please"
    assert bot.requests[-1]["context"]["manner"] == "elderly"


async def test_what_is_written_offline_is_sent_in_order_on_return(house: House, browser: Browser) -> None:
    """Offline is said; texts and a file wait, are marked so, and arrive once, in the order they were written."""
    async with town_hall(house) as (url, _), resident(browser) as someone:
        await opened(someone, url)
        await someone.say("one")
        await someone.context.set_offline(True)
        for text in ("two", "three"):
            await someone.input.fill(text)
            await someone.input.press("Enter")
        await someone.page.locator("city-chat input[type=file]").set_input_files(
            {"name": "photo.png", "mimeType": "image/png", "buffer": PNG}
        )
        await someone.input.press("Enter")
        await expect(someone.mine.nth(1)).to_have_attribute("data-state", "waiting")
        await expect(someone.page.locator("city-chat .connection")).to_contain_text("没有网络")
        await someone.screenshot("widget-offline")
        await someone.context.set_offline(False)
        await until(lambda: house.scalar("SELECT count(*) FROM inbound_messages"), becomes=4)
        await someone.hear(3)
        bodies = await house.bodies()
    assert [body.get("text") for body in bodies] == ["one", "two", "three", None]
    assert "media" in bodies[3]


async def test_a_file_is_shown_before_it_is_sent(house: House, browser: Browser) -> None:
    """Its preview, name and size come first and can be taken back; what may not be sent is said at once."""
    async with town_hall(house, lang="en") as (url, _), resident(browser) as someone:
        await opened(someone, url)
        chooser = someone.page.locator("city-chat input[type=file]")
        notice, strip = someone.page.locator("city-chat .notice"), someone.page.locator("city-chat .attached")
        await chooser.set_input_files({"name": "tool.exe", "mimeType": "application/x-msdownload", "buffer": b"MZ"})
        await expect(notice).to_contain_text("Only pictures")
        await chooser.set_input_files({"name": "photo.png", "mimeType": "image/png", "buffer": PNG})
        await expect(notice).to_be_empty()
        await expect(strip.locator("img")).to_be_visible()
        await expect(strip).to_contain_text("photo.png (1 KB)")
        await someone.screenshot("widget-file")
        await strip.get_by_role("button", name="Remove the file").click()
        await expect(strip).to_be_hidden()
        await chooser.set_input_files({"name": "fake.png", "mimeType": "image/png", "buffer": b"no picture"})
        await someone.input.press("Enter")
        await expect(someone.mine.last).to_have_attribute("data-state", "failed")
        await expect(someone.mine.last).to_contain_text("not accepted")


async def test_the_conversation_can_be_kept(house: House, browser: Browser) -> None:
    """As text and as a page to print: who said what and when, and nothing of it is markup."""
    async with town_hall(house, lang="en") as (url, _), resident(browser) as someone:
        await opened(someone, url)
        await someone.say("<b>one</b>")
        files = []
        for name in ("Save this conversation (text)", "Save this conversation (to print)"):
            await someone.page.locator("city-chat .menu-button").click()
            async with someone.page.expect_download() as started:
                await someone.page.locator("city-chat").get_by_role("button", name=name).click()
            path = await (await started.value).path()
            files.append(path.read_text(encoding="utf-8"))
    text, page = files
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d  You\n<b>one</b>\n", text)
    assert "1:<b>one</b>" in text
    assert '<html lang="en">' in page
    assert '<p dir="auto">&lt;b&gt;one&lt;/b&gt;</p>' in page


async def test_the_kept_conversation_is_in_the_order_in_which_it_was_said(house: House, browser: Browser) -> None:
    """Residents' words before what answered them, a clerk's where they were said, and what nobody answered last."""
    async with town_hall(house, lang="en") as (url, _), resident(browser) as someone:
        await opened(someone, url)
        for said in ("one", "two", "ticket"):
            await someone.say(said)
        [ticket] = await house.clerks.waiting(actor("op"))
        await house.clerks.claim(actor("op"), ticket.id)
        await house.clerks.reply(actor("op"), ticket.id, "A clerk is here")
        await expect(someone.theirs.last).to_contain_text("A clerk is here")
        await someone.page.wait_for_timeout(1_100)  # the data that a record is made of has times to the second
        await someone.input.fill("three")
        await someone.input.press("Enter")
        await expect(someone.mine.last).to_contain_text("three")
        await until(lambda: received(house, 4))
        await someone.page.locator("city-chat .menu-button").click()
        async with someone.page.expect_download() as started:
            name = "Save this conversation (text)"
            await someone.page.locator("city-chat").get_by_role("button", name=name).click()
        text = (await (await started.value).path()).read_text(encoding="utf-8")
    said = [entry.partition("\n") for entry in text.split("\n\n")[1:]]
    who_and_what = [(head.split("  ")[1], words.strip()) for head, _, words in said]
    mine = [words for who, words in who_and_what if who == "You"]
    assert mine == ["one", "two", "ticket", "three"]
    order = [words for _, words in who_and_what]
    wanted = ["one", "1:one", "two", "2:two", "ticket", "A clerk is here", "three"]
    assert [one for one in order if one in wanted] == wanted
    assert order.index("ticket") + 1 < order.index("A clerk is here"), "the notice of the ticket stands between"
    times = [head[:16] for head, _, _ in said]
    assert times == sorted(times)


async def received(house: House, count: int) -> bool:
    """Whether so many messages of residents have come."""
    return bool(await house.scalar("SELECT count(*) FROM inbound_messages") == count)
