"""The chat on a page of another site as its web team wants it: how it looks, its calls and events, what is counted."""

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

LINE = '<script src="DESK/chat.js" data-city="hangzhou" {} defer></script>'
HEARD = """
    () => {
        window.heard = [];
        for (const name of ["opened", "closed", "message", "unread", "begun", "completed"]) {
            document.addEventListener(`city-chat-${name}`, ({ detail }) => heard.push({ name, ...detail }));
        }
    }
"""
COUNTED = "SELECT coalesce(sum(count), 0)::int FROM site_counts WHERE what = :what AND origin = :origin"
LOOKS = """
    () => [...document.querySelectorAll("html, body, main, h1, p, a, footer")].map(one => {
        const { top, left, width, height } = one.getBoundingClientRect();
        const style = getComputedStyle(one);
        const worn = [...style].map(name => `${name}: ${style.getPropertyValue(name)}`);
        return [one.tagName, one.getAttribute("style"), one.className, worn, top, left, width, height];
    })
"""
PICTURED = {"zh-CN": "zh_Hans", "zh-Hant-HK": "zh_Hant", "en": "en"}
STATE = "[document.styleSheets.length, document.adoptedStyleSheets.length, document.head.children.length]"


@asynccontextmanager
async def library(
    house: House, attributes: str = "", *, line: str = LINE, lang: str = "en", listed: bool = True
) -> AsyncIterator[tuple[str, Street]]:
    """A site with a footer that stays and resets that reach everything, with the line on it; and the desk."""
    desk: list[Street] = []
    async with site(lambda: desk[0].url, "", lang, line=line.replace("{}", attributes)) as origin:
        allowed = Origins(by_city={"hangzhou": frozenset({origin} if listed else ())})
        async with street(house, origins=allowed) as there:
            desk.append(there)
            yield origin, there


def launcher(someone: Resident) -> Any:
    return someone.page.locator("city-chat-launcher .launch")


def panel(someone: Resident) -> Any:
    return someone.page.locator("city-chat-launcher .panel")


async def counted(house: House, origin: str) -> dict[str, int]:
    """What was counted on a site."""
    names = ("viewed", "opened", "begun", "completed")
    return {name: await house.scalar(COUNTED, what=name, origin=origin) for name in names}


@pytest.mark.parametrize(("lang", "scheme"), [("zh-CN", "light"), ("zh-Hant-HK", "dark"), ("en", "dark")])
async def test_one_line_on_a_foreign_page(house: House, browser: Browser, lang: str, scheme: Any) -> None:
    """Under a strict policy, resets and a fixed footer it looks as everywhere; the page looks as it did without it."""
    attributes = 'data-colour="#ffe600" data-offset="80"'
    async with (
        library(house, attributes, lang=lang) as (url, _),
        resident(browser, color_scheme=scheme, width=1000, height=700) as someone,
    ):
        await someone.page.route("**/chat.js", lambda route: route.abort())
        await someone.page.goto(url)
        before = await someone.page.evaluate(LOOKS), await someone.page.evaluate(STATE)
        await someone.page.unroute_all(behavior="ignoreErrors")
        someone.faults.clear()
        await someone.page.goto(url)
        await expect(launcher(someone)).to_be_visible()
        await someone.pictures("site-closed", [360, 1440], PICTURED[lang], schemes=(scheme,))
        await someone.page.set_viewport_size({"width": 1000, "height": 700})
        closed = await someone.barriers()
        below = await launcher(someone).evaluate("button => innerHeight - button.getBoundingClientRect().bottom")
        await launcher(someone).click()
        await expect(someone.theirs.first).to_be_visible()
        answer = await someone.say("offer=/affirm hello")
        after = await someone.page.evaluate(LOOKS), await someone.page.evaluate(STATE)
        barriers = await someone.barriers()
        size = await someone.input.evaluate("input => getComputedStyle(input).fontSize")
        lowest = await panel(someone).evaluate("panel => innerHeight - panel.getBoundingClientRect().bottom")
        faults = list(someone.faults)
        await someone.pictures("site-open", [360, 1440], PICTURED[lang], schemes=(scheme,))
    assert "1:offer" in answer
    assert (size, below, lowest) == ("16px", 80, 80)  # the footer is 65 pixels high
    assert after == before
    assert (closed, barriers, faults) == ([], [], [])


@pytest.mark.parametrize("colour", ["#ffe600", "white", "rgb(0 255 0)", "#767676", "#8c1d1d", "black"])
async def test_whatever_the_colour_it_can_be_read(house: House, browser: Browser, colour: str) -> None:
    """Button, title, bubbles and links keep 4.5 to 1, light and dark; a colour that is dark enough stays as it is."""
    async with library(house, f'data-colour="{colour}"') as (url, _), resident(browser) as someone:
        await someone.page.goto(url)
        ground = await launcher(someone).evaluate("button => getComputedStyle(button).backgroundColor")
        closed = await someone.barriers("city-chat-launcher")
        await launcher(someone).click()
        await expect(someone.theirs.first).to_be_visible()
        await someone.say("offer=/affirm hello")
        found = await someone.barriers_by_scheme("city-chat-launcher")
        whose = await someone.page.locator("city-chat .mine .bubble").first.evaluate(
            "bubble => getComputedStyle(bubble).backgroundColor"
        )
    assert (closed, found) == ([], [])
    assert whose == ground
    if colour in ("#8c1d1d", "black"):
        assert ground == {"#8c1d1d": "rgb(140, 29, 29)", "black": "rgb(0, 0, 0)"}[colour]


async def test_a_site_says_where_and_how_it_looks(house: House, browser: Browser) -> None:
    """Corner, distance, corners, words; what cannot be read is left out, and the console says so."""
    attributes = (
        'data-side="left" data-offset="100" data-offset-side="40" data-corners="square" data-label="Ask the library"'
    )
    async with library(house, attributes) as (url, _), resident(browser) as someone:
        await someone.page.goto(url)
        await expect(launcher(someone)).to_have_text("Ask the library")
        box = await launcher(someone).bounding_box()
        assert box is not None
        assert (box["x"], round(860 - box["y"] - box["height"])) == (40, 100)
        assert await launcher(someone).evaluate("button => getComputedStyle(button).borderRadius") == "0px"
        await launcher(someone).click()
        await expect(someone.theirs.first).to_be_visible()
        frame = someone.page.locator("city-chat .frame")
        assert await frame.evaluate("frame => getComputedStyle(frame).borderRadius") == "0px"
        assert someone.faults == []
    async with (
        library(house, 'data-colour="nonsense" data-offset="1e9"') as (url, _),
        resident(browser) as someone,
    ):
        await someone.page.goto(url)
        box = await launcher(someone).bounding_box()
        assert box is not None
        assert round(860 - box["y"] - box["height"]) == 16
        assert [re.search(r"data-(colour|offset)", one)[1] for one in someone.faults] == ["colour", "offset"]  # type: ignore[index]


async def test_scripts_of_the_site_open_it_and_hear_of_it(house: House, browser: Browser) -> None:
    """Each call does what it says, each event comes once, and no event tells what was said."""
    async with library(house) as (url, _), resident(browser) as someone:
        await someone.page.goto(url)
        await expect(launcher(someone)).to_be_visible()
        await someone.page.evaluate(HEARD)
        assert await someone.page.evaluate("[CityChat.version, CityChat.isOpen, CityChat.unread]") == [1, False, 0]
        await someone.page.evaluate("CityChat.open()")
        await expect(someone.theirs.first).to_be_visible()
        await someone.say("ticket")
        await someone.page.evaluate("CityChat.toggle()")
        await expect(panel(someone)).to_be_hidden()
        [ticket] = await house.clerks.waiting(actor("op"))
        await house.clerks.claim(actor("op"), ticket.id)
        before = await someone.page.evaluate("CityChat.unread")
        await house.clerks.reply(actor("op"), ticket.id, "a secret of the clerk")
        await expect(launcher(someone)).to_contain_text("new messages")
        assert await someone.page.evaluate("CityChat.unread") > before
        await someone.page.evaluate("CityChat.open()")
        heard = await someone.page.evaluate("heard")
        assert await someone.page.evaluate("CityChat.unread") == 0
        assert await someone.page.evaluate("Object.isFrozen(CityChat)")
    names = [one["name"] for one in heard]
    assert [one for one in names if one in ("opened", "closed", "begun")] == ["opened", "begun", "closed", "opened"]
    assert {one["author"] for one in heard if one["name"] == "message"} >= {"bot", "clerk"}
    assert [one["count"] for one in heard if one["name"] == "unread"][-1] == 0
    assert "secret" not in str(heard)


async def test_links_of_the_page_open_it_and_begin_a_service(house: House, browser: Browser) -> None:
    """Without a line of script: a link opens the panel, another begins a service; an unknown one is named."""
    async with library(house) as (url, there), resident(browser) as someone:
        await someone.page.goto(url)
        await expect(launcher(someone)).to_be_visible()
        await someone.page.get_by_role("link", name="Ask us").click()
        await expect(someone.theirs.first).to_be_visible()
        assert someone.page.url.rstrip("/") == url
        await someone.page.get_by_role("link", name="Pay a fine").click()
        await someone.hear(1)
        assert [one["message"].get("payload") for one in there.bot.requests] == ["/traffic_fines"]
        await someone.page.evaluate("CityChat.start('moon_landing')")
        assert any("moon_landing" in one for one in someone.faults)


async def test_it_begins_with_a_service_and_says_what_the_page_is_about(house: House, browser: Browser) -> None:
    """The service begins when the panel is opened, once; what the page is about is kept without numbers of persons."""
    attributes = 'data-service="traffic_fines" data-context="Fines &amp; points of 330106199003071234"'
    async with library(house, attributes) as (url, there), resident(browser) as someone:
        await someone.page.goto(url)
        await launcher(someone).click()
        await someone.hear(1)
        kept = await house.scalar("SELECT came_from FROM conversations")
        await someone.page.reload()
        await expect(someone.theirs.nth(1)).to_be_visible()
        said = [one["message"].get("payload") for one in there.bot.requests]
    assert said == ["/traffic_fines"]
    assert kept.startswith("Fines & points of 3301")
    assert "19900307" not in kept


async def test_what_happens_is_counted_and_can_be_left_uncounted(house: House, browser: Browser) -> None:
    """Seen, opened, begun: once each, no cookie and nothing that would tell visitors apart; off, nothing is."""
    async with library(house) as (url, _), resident(browser) as someone:
        sent: list[Any] = []
        someone.page.on("request", lambda one: sent.append(one) if one.url.endswith("/chat/v1/counts") else None)
        await someone.page.goto(url)
        await launcher(someone).click()
        await expect(someone.theirs.first).to_be_visible()
        await someone.say("hello")
        await someone.say("hello again")
        await until(lambda: house.scalar(COUNTED, what="begun", origin=url), becomes=1)
        assert await counted(house, url) == {"viewed": 1, "opened": 1, "begun": 1, "completed": 0}
        assert {one.post_data for one in sent} == {
            f'{{"city":"hangzhou","what":"{what}"}}' for what in ("viewed", "opened", "begun")
        }
        headers = [await one.all_headers() for one in sent]
        assert [name for one in headers for name in one if name in ("cookie", "referer", "authorization")] == []
        assert await someone.context.cookies() == []
    async with library(house, 'data-count="off"') as (url, _), resident(browser) as someone:
        await someone.page.goto(url)
        await launcher(someone).click()
        await expect(someone.theirs.first).to_be_visible()
        assert await counted(house, url) == {"viewed": 0, "opened": 0, "begun": 0, "completed": 0}


async def test_who_is_not_listed_reads_why_in_the_console(house: House, browser: Browser) -> None:
    """The site, the city and the very line for its file are named, once."""
    async with library(house, listed=False) as (url, _), resident(browser) as someone:
        await someone.page.goto(url)
        async with someone.page.expect_console_message(lambda one: "[city-chat]" in one.text):
            await launcher(someone).click()
        await expect(panel(someone)).to_be_visible()
        hints = [one for one in someone.faults if "[city-chat]" in one]
    assert len(hints) == 1
    assert f'origins: ["{url}"]' in hints[0]
    assert "hangzhou" in hints[0]


async def test_the_line_is_made_copied_and_works(house: House, browser: Browser) -> None:
    """What is chosen shows in the line and on the button; the copied line, pinned by its hash, works elsewhere."""
    async with street(house) as there, resident(browser) as someone:
        await someone.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=there.url)
        await someone.page.goto(f"{there.url}/hangzhou/widget?lang=en")
        await expect(launcher(someone)).to_be_visible()
        await someone.page.get_by_label("Words on the button").fill('Ask "us" <now>')
        await expect(launcher(someone)).to_have_text('Ask "us" <now>')
        await someone.page.get_by_label("Square corners").check()
        await someone.page.get_by_label("Pin this version").check()
        line = someone.page.locator("#line")
        await expect(line).to_contain_text('integrity="sha384-')
        await expect(line).to_contain_text('data-label="Ask &#34;us&#34; &lt;now&gt;"')
        await someone.screenshot("widget-page")
        await someone.page.get_by_role("button", name="Copy").click()
        await expect(someone.page.get_by_role("status").filter(has_text="Copied")).to_be_visible()
        made = await someone.page.evaluate("navigator.clipboard.readText()")
        assert made == await line.text_content()
        await launcher(someone).click()
        await expect(someone.theirs.first).to_be_visible()
        assert someone.faults == []
    made = re.sub(r'src="[^"]*(/chat-[0-9a-f]{16}\.js)"', r'src="DESK\1"', made)
    async with library(house, line=made) as (url, _), resident(browser) as someone:
        await someone.page.goto(url)
        await expect(launcher(someone)).to_have_text('Ask "us" <now>')
        assert someone.faults == []
    async with (
        library(house, line=made.replace("sha384-", "sha384-AAAA")) as (url, _),
        resident(browser) as someone,
    ):
        await someone.page.goto(url)
        await expect(launcher(someone)).to_have_count(0)
        assert any("integrity" in one for one in someone.faults)


async def test_the_line_can_be_made_without_scripts(house: House, browser: Browser) -> None:
    """The form is a form: it opens the page with the line that was wished."""
    async with street(house) as there, resident(browser, java_script_enabled=False) as someone:
        await someone.page.goto(f"{there.url}/hangzhou/widget?lang=en")
        await someone.page.get_by_label("Distance from the bottom").fill("90")
        await someone.page.get_by_role("button", name="Make the line").click()
        await expect(someone.page.locator("#line")).to_contain_text('data-offset="90"')
        await expect(someone.page.get_by_role("button", name="Copy")).to_be_hidden()
