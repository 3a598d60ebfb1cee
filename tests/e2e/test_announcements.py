"""A city's announcements in a real browser: without barriers, without scripts, from 360 px on."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fixtures import cap as given
from fixtures.alerted import Alerted
from fixtures.announcing import EDITOR, Room
from fixtures.bulletin import CITY, announced, several, withdrawn
from fixtures.drawn import drawn
from fixtures.house import House
from fixtures.papers import printed
from fixtures.resident import resident
from fixtures.street import street
from playwright.async_api import Browser, expect

from desk.announcements.content import Schedule
from desk.conversations import stream
from desk.store.database import transaction

LONG = "W" * 70
SHOWN = {
    "archive": "announcements-many",
    "coming": "announcement",
    "right": "announcement-corrected",
    "gone": "announcement-withdrawn",
}
"""Pages of which pictures are kept, by how those are called."""
GRADES = ("Extreme", "Severe", "Moderate", "Minor")
IN_USE = {
    "alerts-in-force": f"/{CITY}/alerts",
    "city-in-alert": f"/{CITY}",
    "follow-chosen": f"/{CITY}/follow?topic=water&topic=transit&district=xihu",
}
"""Pages as they are when they matter; empty ones the accessibility statement names (`test_statement.py`)."""


async def published(house: House) -> dict[str, int]:
    """One of each kind, by what it is."""
    now = datetime.now(UTC)
    await several(house, 25, published_at=now - timedelta(days=40))
    at = {"published_at": now - timedelta(hours=3)}
    over = await announced(house, until=now - timedelta(hours=1), **at)
    coming = await announced(house, valid_from=now + timedelta(days=1), **at)
    kept = await Room(house).announcements.keep_image(EDITOR, CITY, "water", drawn(size=(1_600, 900)))
    image = {"sha256": kept.sha256, "alternatives": {"zh_Hans": "停水范围地图"}}
    paper = await Room(house).announcements.keep_document(EDITOR, CITY, "water", printed(), f"{LONG}.pdf")
    documents = [paper.model_dump(), {**paper.model_dump(), "names": {"zh_Hans": "停水范围图"}}]
    wrong = await announced(house, image=image, documents=documents, **at)
    right = await announced(
        house,
        corrects=wrong,
        published_at=now - timedelta(hours=2),
        titles={"zh_Hans": f"更正{LONG}", "en": f"Corrected {LONG}"},
        link=f"https://city.example/{LONG}",
        image=image,
    )
    gone = await announced(house, **at)
    await withdrawn(house, gone, now - timedelta(hours=1))
    return {"over": over, "coming": coming, "wrong": wrong, "right": right, "gone": gone}


@pytest.mark.parametrize("lang", ["zh_Hans", "zh_Hant", "en"])
async def test_pages_have_no_barrier(house: House, browser: Browser, lang: str) -> None:
    """axe-core finds nothing against WCAG 2.2 AA, in each language, light and dark; nor does the browser complain."""
    numbers, found = await published(house), dict[str, Any]()
    paths = {"archive": "", "search": "?q=xyz", **{name: f"/{number}" for name, number in numbers.items()}}
    async with street(house) as there, resident(browser) as someone:
        for name, path in paths.items():
            joint = "&" if "?" in path else "?"
            await someone.page.goto(f"{there.url}/hangzhou/announcements{path}{joint}lang={lang}")
            faults = [fault for fault in someone.faults if "410" not in fault]
            found[name] = (await someone.barriers_by_scheme(), faults)
            someone.faults.clear()
            if name in SHOWN:
                await someone.pictures(SHOWN[name], [360, 1440], lang)
    assert {name: fault for name, fault in found.items() if fault != ([], [])} == {}


@pytest.mark.parametrize("lang", ["zh_Hans", "zh_Hant", "en"])
async def test_alerts_in_force_and_what_one_chose_have_no_barrier(house: House, browser: Browser, lang: str) -> None:
    """Each grade of alert, unfolded, on its page and on the city's; below them topics and a district chosen to follow.
    Light and dark axe-core finds nothing, and nothing is wider than 320 px.
    """
    alerted, found = Alerted(house), dict[str, Any]()
    for grade in GRADES:
        info = given.info(
            severity=grade,
            headline=f"暴雨{LONG if grade == GRADES[-1] else ''}",
            description="雨势大。",
            web="https://weather.example",
        )
        await alerted.take(identifier=grade, info=[info])
    served = {"emergency_alerts": alerted.parts(), "cities": alerted.cities}
    async with street(house, **served) as there, resident(browser) as someone:
        for name, path in IN_USE.items():
            await someone.page.goto(f"{there.url}{path}{'&' if '?' in path else '?'}lang={lang}")
            graded = someone.page.locator("[data-grade]")
            await expect(graded).to_have_count(len(GRADES))  # a script of the page draws them
            grades = await graded.evaluate_all("all => all.map(one => one.dataset.grade)")
            await someone.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
            faults = list(someone.faults)  # before axe-core adds its own
            barriers = await someone.barriers_by_scheme()
            await someone.pictures(name, [360, 1440], lang)
            await someone.page.set_viewport_size({"width": 320, "height": 640})
            wide = await someone.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            await someone.page.set_viewport_size({"width": 1280, "height": 860})
            someone.faults.clear()
            found[name] = ([*grades], faults, barriers, max(wide, 0))
    assert found == dict.fromkeys(IN_USE, ([*GRADES], [], [], 0))  # every page of the city says what holds


@pytest.mark.parametrize("width", [360, 320])
async def test_small_windows_need_no_sideways_scrolling(house: House, browser: Browser, width: int) -> None:
    """Whatever is written, the pages fit."""
    numbers = await published(house)
    async with street(house) as there, resident(browser, width=width, height=740) as someone:
        for path in ("", "/announcements", f"/announcements/{numbers['wrong']}", f"/announcements/{numbers['right']}"):
            await someone.page.goto(f"{there.url}/hangzhou{path}?lang=en")
            assert await someone.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
        await someone.page.goto(f"{there.url}/hangzhou/announcements?lang=zh_Hans")
        await someone.screenshot(f"announcements-small-{width}")


async def test_a_document_is_fetched_from_the_chat_and_from_its_page(house: House, browser: Browser) -> None:
    """In the chat by its name, as on the page; the browser keeps it as a file, under that name."""
    room = Room(house, now=datetime.now(UTC))
    async with street(house) as there, resident(browser) as someone:
        room.public_url = there.url
        page = someone.page
        await someone.open(there.url, CITY, "en")
        async with transaction(house.engine) as connection:
            reader = await stream.lock(connection, await house.scalar("SELECT id FROM conversations"))
        await room.wish(reader)
        paper = await room.announcements.keep_document(EDITOR, CITY, room.draft().agency, printed(), "a.pdf")
        named = paper.model_copy(update={"names": {"en": "Permit"}})
        number = await room.publish(schedule=Schedule(quiet=False), documents=[named])
        await room.tell()
        for link in (page.locator("city-chat .lead"), page.locator(".notice-documents a")):
            await expect(link).to_have_text(f"Permit (PDF, {max(1, round(len(printed()) / 1000))} KB)")
            async with page.expect_download() as began:
                await link.evaluate("one => { one.removeAttribute('target'); one.click(); }")
            kept = await began.value
            assert (kept.suggested_filename, (await kept.path()).read_bytes()) == ("Permit.pdf", printed())
            await page.goto(f"{there.url}/{CITY}/announcements/{number}?lang=en")
        assert someone.faults == []


async def test_everything_works_without_scripts(house: House, browser: Browser) -> None:
    """From the city's page to the archive, a search, an older page, one announcement and another language."""
    await published(house)
    async with street(house) as there, resident(browser, java_script_enabled=False) as someone:
        page = someone.page
        await page.goto(f"{there.url}/hangzhou?lang=en")
        await page.get_by_role("link", name="All notices").click()
        await page.get_by_role("link", name="Older notices").click()
        await expect(page.get_by_role("link", name="Notice 0", exact=True)).to_be_visible()
        await page.get_by_label("Search").fill("notice 7")
        await page.get_by_label("Topic").select_option("water")
        await page.get_by_role("button", name="Find").click()
        await page.get_by_role("link", name="Notice 7", exact=True).click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Notice 7")
        await page.get_by_role("link", name="繁體中文").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("通知7")


@pytest.mark.parametrize("tells", ["the chat", "a look at the page"])
async def test_the_list_beside_the_chat_keeps_up(house: House, browser: Browser, tells: str) -> None:
    """A notice and its correction stand there without a new visit: once the chat is told, or the page is looked at."""
    room = Room(house, now=datetime.now(UTC))
    async with street(house) as there, resident(browser) as someone:
        await someone.open(there.url, CITY, "en")
        page = someone.page
        beside = page.get_by_role("region", name="Notices")
        await expect(beside).to_contain_text("There are no notices at present")
        if tells == "the chat":
            async with transaction(house.engine) as connection:
                reader = await stream.lock(connection, await house.scalar("SELECT id FROM conversations"))
            await room.wish(reader)
        await room.publish(schedule=Schedule(quiet=False))  # at whatever hour this runs
        await room.tell()
        if tells != "the chat":
            await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        await expect(beside.get_by_role("link", name="No water in Wensan Road")).to_be_visible()
        assert someone.faults == []
