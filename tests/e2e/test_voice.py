"""Speaking in the place of typing, and answers read aloud, where a browser has them; browsers that have stand in."""

from fixtures.house import House, until
from fixtures.resident import resident
from fixtures.street import street
from playwright.async_api import Browser, expect

HEARS = """
    window.SpeechRecognition = class {
        static async available() { return 'available'; }
        start() { window.hears = this; }
        stop() { this.onend(); }
    };
"""
SPEAKS = """
    (voices) => {
        window.said = [];
        window.ended = 0;
        window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
        Object.defineProperty(window, 'speechSynthesis', { value: {
            getVoices: () => voices, speak: ({ text, lang }) => said.push([text, lang]), cancel: () => { ended += 1; },
            addEventListener() {}, removeEventListener() {},
        } });
    }
"""
LOCAL = '[{ "lang": "en-GB", "localService": true }, { "lang": "zh_HK", "localService": true }]'
REMOTE = '[{ "lang": "en-GB", "localService": false }]'


async def test_what_is_spoken_stands_where_one_writes(house: House, browser: Browser) -> None:
    """After a word of what becomes of it, asked once; nothing is sent by speaking; on the device, where that can be."""
    async with street(house) as there, resident(browser, width=390) as someone:
        await someone.page.add_init_script(HEARS)
        await someone.open(there.url, lang="en")
        speak = someone.page.locator("city-chat .composer").get_by_role("button", name="Speak")
        await speak.click()
        dialog = someone.page.locator("city-chat dialog")
        await expect(dialog).to_contain_text("We never receive the sound")
        barriers = await someone.barriers("city-chat")
        await dialog.get_by_role("button", name="Continue").click()
        await expect(speak).to_have_attribute("aria-pressed", "true")
        await until(lambda: someone.page.evaluate("window.hears?.processLocally"), becomes=True)
        assert await someone.page.evaluate("hears.lang") == "en-GB"
        await someone.page.evaluate(
            "hears.onresult({ results: [[{ transcript: 'next bus' }], [{ transcript: ' 46' }]] })"
        )
        await expect(someone.input).to_have_value("next bus 46")
        await someone.screenshot("speaking")
        await speak.click()
        await expect(speak).to_have_attribute("aria-pressed", "false")
        await expect(someone.mine).to_have_count(0)
        await speak.click()
        await expect(dialog).to_have_count(0)
        await someone.page.evaluate("hears.onerror({ error: 'not-allowed' }); hears.onend()")
        await expect(someone.page.locator("city-chat .notice")).to_contain_text("did not allow")
        await someone.input.press("Enter")
        await expect(someone.mine).to_contain_text("next bus 46")
        assert (barriers, someone.faults) == ([], [])


async def test_who_says_no_is_not_heard(house: House, browser: Browser) -> None:
    """The browser is not even asked."""
    async with street(house) as there, resident(browser) as someone:
        await someone.page.add_init_script(HEARS)
        await someone.open(there.url, lang="en")
        await someone.page.locator("city-chat .composer").get_by_role("button", name="Speak").click()
        await someone.page.locator("city-chat dialog").get_by_role("button", name="Cancel").click()
        assert await someone.page.evaluate("window.hears") is None


async def test_nothing_stands_where_a_browser_cannot(house: House, browser: Browser) -> None:
    """Neither the microphone nor reading: a voice that is not the device's own is none."""
    async with street(house) as there, resident(browser) as someone:
        await someone.page.add_init_script("delete window.webkitSpeechRecognition; delete window.SpeechRecognition;")
        await someone.page.add_init_script(f"({SPEAKS})({REMOTE})")
        await someone.open(there.url, lang="en")
        await expect(someone.page.locator("city-chat .composer").get_by_role("button", name="Speak")).to_be_hidden()
        await someone.page.locator("city-chat").get_by_role("button", name="More options").click()
        menu = someone.page.locator("city-chat .menu")
        await expect(menu.get_by_role("button", name="Read answers aloud")).to_be_hidden()


async def test_answers_are_read_aloud_once_that_is_wished(house: House, browser: Browser) -> None:
    """What was said last at once, then each answer, by a voice of its language; ended by the next press."""
    async with street(house) as there, resident(browser) as someone:
        await someone.page.add_init_script(f"({SPEAKS})({LOCAL})")
        await someone.open(there.url, lang="en")
        await someone.say("first")
        assert await someone.page.evaluate("said") == []
        menu = someone.page.locator("city-chat").get_by_role("button", name="More options")
        aloud = someone.page.locator("city-chat .menu").get_by_role("button", name="Read answers aloud")
        await menu.click()
        await aloud.click()
        [[last, lang]] = await someone.page.evaluate("said")
        assert ("first" in last, lang) == (True, "en-GB")
        await someone.say("second")
        assert "second" in (await someone.page.evaluate("said"))[-1][0]
        await menu.click()
        await expect(aloud).to_have_attribute("aria-pressed", "true")
        await aloud.click()
        before = await someone.page.evaluate("said.length")
        await someone.say("third")
        assert await someone.page.evaluate("said.length") == before
        assert someone.faults == []
