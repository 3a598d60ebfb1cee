"""An editor and an approver in a real browser: typing with the preview beside, by keyboard, without a barrier."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from fixtures.announcing import Room
from fixtures.desks import Desks, Known, desks_at, hire, seat
from fixtures.drawn import drawn
from fixtures.house import House
from fixtures.papers import printed
from fixtures.posted import posted
from fixtures.resident import SCHEMES, Resident, Scheme, resident
from playwright.async_api import Browser, FilePayload, Page, expect
from sqlalchemy import text

from desk.announcements.content import Draft, Mode, Schedule
from desk.announcements.measuring.counting import Counting
from desk.console.visits import SESSION_COOKIE
from desk.contract.staff import Actor, Grant, Role
from desk.sites import counts, votes
from desk.store.database import transaction

CITY, AGENCY = "hangzhou", "city_hall"
WIDTHS = (360, 1024, 1920)
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
DRAFT = Draft(
    city=CITY,
    agency=AGENCY,
    topic="water",
    titles={"zh_Hans": "文三路停水检修", "en": "No water in Wensan Road"},
    texts={
        "zh_Hans": "12月3日8时至17时，文三路（学院路至马塍路）停水检修，请提前储水。",
        "en": "3 December, 8 am to 5 pm, between Xueyuan Road and Macheng Road. Please store water beforehand.",
    },
    schedule=Schedule(quiet=False),
)
WRITES = Actor("lin", "Lin", (Grant(Role.EDITOR, CITY, AGENCY),), "command")
APPROVES = Actor("wang", "Wang", (Grant(Role.APPROVER, CITY, AGENCY),), "command")
NEGLECTED = tuple(
    text(one)
    for one in (
        """INSERT INTO channel_accounts (agency_id, channel, slug, city, created_at)
           SELECT id, 'weibo', 'weibo-' || slug, city, now() - interval '11 days' FROM agencies
           WHERE city = 'hangzhou'""",
        """INSERT INTO tickets (city, agency, opened_by, reason, first_answer_due)
           VALUES ('hangzhou', 'city_hall', 'resident', 'asked', now() - interval '3 hours')""",
        """INSERT INTO link_checks (url, checked_at, due_at, failures, failing_since, why)
           SELECT link, now(), now(), 2, now(), '404' FROM announcements""",
    )
)


def repeated() -> Draft:
    """What is told every week, and says a day that it should not say so."""
    texts = {
        "zh_Hans": "明天8时至17时，文三路停水检修。",
        "en": "Tomorrow, 8 am to 5 pm, between Xueyuan Road and Macheng Road.",
    }
    first = datetime.now(UTC).replace(hour=1, minute=0, second=0, microsecond=0) + timedelta(days=1)
    schedule = Schedule(at=first, every="week", times=6)
    return DRAFT.model_copy(update={"texts": texts, "schedule": schedule})


@asynccontextmanager
async def office(
    house: House, browser: Browser, *, locale: str = "en", who: str = "lin"
) -> AsyncIterator[tuple[Resident, Desks]]:
    """An editor, or an approver, at the console; three residents follow the topic, and all is approved by another."""
    here = house.cities[CITY]
    house.cities[CITY] = here.model_copy(update={"announcing": here.announcing.model_copy(update={"alone_up_to": 0})})
    for one in ("zh_Hans", "zh_Hans", "en"):
        await Room(house).reader(locale=one)
    staff = {
        "lin": await hire(house.engine, "lin", Grant(Role.EDITOR, CITY, AGENCY), locale=locale, name="Lin"),
        "wang": await hire(house.engine, "wang", Grant(Role.APPROVER, CITY, AGENCY), locale=locale, name="Wang"),
    }
    async with desks_at(house) as desks, resident(browser, width=1280) as someone:
        await sit(someone, desks, staff[who])
        yield someone, desks


async def sit(someone: Resident, desks: Desks, known: Known) -> None:
    """Have the browser hold a session, as if they had logged in."""
    async with desks.chair() as chair:
        await seat(chair, known)
        [cookie] = [one for one in chair.http.cookie_jar if one.key == SESSION_COOKIE]
        await someone.context.add_cookies([{"name": SESSION_COOKIE, "value": cookie.value, "url": desks.url}])


async def press(page: Page, *keys: str) -> None:
    """Press keys, once the page is there with its scripts."""
    await page.wait_for_load_state("load")
    for key in keys:
        await page.keyboard.press(key)


async def test_what_is_typed_is_seen_as_residents_read_it(house: House, browser: Browser) -> None:
    """By keyboard from the bar; the preview, the derived script and the count come while one types, nothing is lost."""
    async with office(house, browser) as (someone, desks):
        page = someone.page
        await page.goto(f"{desks.url}/console")
        await press(page, "g", "n")
        await page.wait_for_url("**/console/announcements")
        await press(page, "n")
        await page.wait_for_url("**/console/announcements/new")
        await page.locator("#place").focus()
        await page.get_by_role("button", name="Continue").press("Enter")
        await page.wait_for_url("**/console/announcements/new?place=*")
        await page.locator("#title_zh_Hans").fill("文三路停水检修")
        preview, reach = page.locator("#preview"), page.locator("#reach")
        await expect(preview).to_contain_text("文三路停水檢修")
        await expect(preview).to_contain_text("Not written yet")
        await page.locator("#text_zh_Hans").fill("周四8时至17时停水。")
        await expect(page.locator("[data-counts=text_zh_Hans]")).to_have_text("11")
        await page.select_option("#topic", "water")
        await expect(reach).to_contain_text("3 residents")
        await page.locator("summary", has_text="Narrow the audience").click()
        await page.get_by_role("checkbox", name="English", exact=True).check()
        await expect(reach).to_contain_text("1 resident")
        await page.get_by_role("button", name="Submit").click()
        await expect(page.locator(".errors")).to_be_focused()
        await expect(page.locator("#title_zh_Hans")).to_have_value("文三路停水检修")
        await page.locator("#title_en").fill("No water in Wensan Road")
        await page.locator("#text_en").fill("Thursday, 8 am to 5 pm.")
        await page.get_by_role("button", name="Submit").press("Enter")
        await page.wait_for_url("**/console/announcements/1?done=announcement_submitted")
        assert [one for one in someone.faults if "422" not in one] == []


async def test_what_to_check_and_the_next_dates_come_while_one_types(house: House, browser: Browser) -> None:
    """Where the hand is: beside the button, and below the repeat, whose fields are there only for it."""
    async with office(house, browser) as (someone, desks):
        page = someone.page
        await page.goto(f"{desks.url}/console/announcements/new?place={CITY}/{AGENCY}")
        await page.select_option("#topic", "traffic")
        await expect(page.locator("#checks")).to_contain_text("Nobody would get this now")
        await page.locator("#text_en").press_sequentially("No water tomorrow.")
        await expect(page.locator("#preview")).to_contain_text("No water tomorrow.")
        await expect(page.locator("#checks")).to_contain_text("English says “tomorrow”")
        await expect(page.locator("#text_en")).to_be_focused()
        await page.locator("#title_en").fill("No water")
        await expect(page.locator(".repeats")).to_be_hidden()
        day = (datetime.now(UTC) + timedelta(days=3)).date()
        await page.locator("#at").fill(f"{day}T09:00")
        await page.select_option("#every", "day")
        await page.get_by_label("On a date").check()
        await page.locator("#last_on").fill(f"{day + timedelta(days=3)}")
        await page.locator("#stale_at").focus()
        dates = " · ".join(f"{day + timedelta(days=one)} 09:00" for one in range(3))
        await expect(page.locator("#dates")).to_contain_text(dates)
        await expect(page.locator("#dates")).to_contain_text("4 times in all")
        assert someone.faults == []


async def test_the_list_of_keys_begins_with_those_of_the_page(house: House, browser: Browser) -> None:
    """By what their buttons say; the letters of another page are not there."""
    async with office(house, browser) as (someone, desks):
        page, room = someone.page, desks.console.announcements
        await room.create(WRITES, DRAFT)
        own = page.locator("#page-keys div:visible")
        await page.goto(f"{desks.url}/console/announcements/1")
        await press(page, "?")
        await expect(own).to_have_text(["qAnnouncements", "eEdit", "xSee all recipients"])
        await page.goto(f"{desks.url}/console/announcements")
        await press(page, "?")
        await expect(own).to_have_text(["nNew announcement", "j kNext or previous row of a list", "EnterOpen the row"])
        await page.goto(f"{desks.url}/console/account")
        await page.locator("details.menu summary").click()
        await page.get_by_role("button", name="Keyboard shortcuts").click()
        await expect(page.locator("#help")).to_be_visible()
        assert someone.faults == []


async def test_an_image_is_chosen_and_seen(house: House, browser: Browser) -> None:
    """What is too large is said at once; what fits is seen beside the text, also while one goes on typing."""
    large = FilePayload(name="large.jpg", mimeType="image/jpeg", buffer=drawn() + b"0" * 5_000_000)
    fits = FilePayload(name="map.jpg", mimeType="image/jpeg", buffer=drawn(size=(2_000, 1_000)))
    async with office(house, browser) as (someone, desks):
        page = someone.page
        await page.goto(f"{desks.url}/console/announcements/new?place={CITY}/{AGENCY}")
        await page.locator("#title_zh_Hans").fill("文三路停水检修")
        await page.locator("#alt_zh_Hans").fill("停水范围地图")
        await page.set_input_files("#image_file", large)
        await expect(page.locator("#image_file-large")).to_be_visible()
        await expect(page.locator("#image_file")).to_have_value("")
        await page.set_input_files("#image_file", fits)
        await expect(page.locator("#image_file-large")).to_be_hidden()
        await page.get_by_role("button", name="Upload the image").click()
        await expect(page.locator("#title_zh_Hans")).to_have_value("文三路停水检修")
        shown = page.locator("#preview .picture img")
        await expect(shown).to_have_attribute("alt", "停水范围地图")
        await page.locator("#alt_zh_Hans").fill("停水街道地图")
        await expect(shown).to_have_attribute("alt", "停水街道地图")
        await expect(shown).to_have_js_property("naturalWidth", 1600)
        await page.get_by_role("button", name="Save draft").last.click()
        await page.wait_for_url("**/console/announcements/1?done=announcement_saved")
        await expect(page.locator(".picture img")).to_be_visible()
        assert await someone.barriers() == []
        assert someone.faults == []


async def test_documents_are_chosen_named_and_seen(house: House, browser: Browser) -> None:
    """What is too large is said at once; what fits is named, seen beside the text as it is named, and fetched."""
    large = FilePayload(name="large.pdf", mimeType="application/pdf", buffer=printed() + b"0" * 10_000_000)
    fits = FilePayload(name="停水.pdf", mimeType="application/pdf", buffer=printed())
    async with office(house, browser) as (someone, desks):
        page = someone.page
        await page.goto(f"{desks.url}/console/announcements/new?place={CITY}/{AGENCY}")
        await page.locator("#title_zh_Hans").fill("文三路停水检修")
        await page.set_input_files("#document_file", large)
        await expect(page.locator("#document_file-large")).to_be_visible()
        await expect(page.locator("#document_file")).to_have_value("")
        await page.set_input_files("#document_file", fits)
        await page.get_by_role("button", name="Upload the document").click()
        await expect(page.locator("#title_zh_Hans")).to_have_value("文三路停水检修")
        shown = page.locator("#preview .papers")
        await expect(shown).to_contain_text("停水 (PDF, ")
        await page.locator("#name_0_en").fill("Permit")
        await expect(shown).to_contain_text("Permit (PDF, ")
        async with page.expect_download() as began:
            await shown.get_by_role("link").click()
        assert (await (await began.value).path()).read_bytes() == printed()
        await someone.screenshot("announcement-documents")
        assert await someone.barriers() == []
        await page.get_by_role("button", name="Save draft").last.click()
        await page.wait_for_url("**/console/announcements/1?done=announcement_saved")
        await expect(page.locator(".papers")).to_contain_text("Permit (PDF, ")
        assert await someone.barriers() == []
        assert someone.faults == []


async def test_an_approver_reads_and_approves_by_keyboard(house: House, browser: Browser) -> None:
    """From the box of the start page; a tick for each language."""
    async with office(house, browser, who="wang") as (someone, desks):
        page, room = someone.page, desks.console.announcements
        row = await room.create(WRITES, DRAFT)
        await room.submit(WRITES, row.id)
        await page.goto(f"{desks.url}/console")
        await press(page, "j", "Enter")
        await page.wait_for_url("**/console/announcements/1")
        await page.locator("#read_zh_Hans").focus()
        await press(page, "Space")
        await page.locator("#read_en").focus()
        await press(page, "Space", "Tab", "Enter")
        await page.wait_for_url("**/console/announcements/1?done=announcement_approved")
        await expect(page.locator("h1")).to_contain_text("Sending")
        assert someone.faults == []


PAGES = {
    "announcements": "/console/announcements",
    "announcement-begin": "/console/announcements/new",
    "announcement-write": "/console/announcements/{waits}/edit",
    "announcement-training": "/console/announcements/{drill}",
    "announcement-told": "/console/announcements/{told}",
    "announcement-versions": "/console/announcements/{told}/versions",
    "announcement-examples": "/console/announcements/{told}/examples",
}
MEASURED = {
    "announcement-figures": "/console/figures/announcements?by_agency=yes&by_topic=yes&by_channel=yes&by_day=yes",
    "inspection": "/console/inspection",
    "site-figures": "/console/figures/sites",
    "guide-figures": "/console/figures/guides",
}


@pytest.mark.parametrize("locale", ["zh_Hans", "zh_Hant", "en"])
async def test_the_pages_have_no_barrier(house: House, browser: Browser, locale: str) -> None:
    """axe-core finds nothing, folded or not, light or dark; nothing is wider than the screen."""
    barriers: list[str] = []
    too_wide: list[tuple[str, int]] = []
    async with office(house, browser, locale=locale) as (someone, desks):
        page, room = someone.page, desks.console.announcements
        row = await room.create(WRITES, DRAFT)
        changed = DRAFT.model_copy(update={"texts": {**DRAFT.texts, "en": f"{DRAFT.texts['en']} Thank you."}})
        await room.save(WRITES, row.id, 1, changed)
        await room.submit(WRITES, row.id)
        await room.approve(APPROVES, row.id, 2, ["zh_Hans", "en"])
        await Room(house, now=datetime.now(UTC)).tell()
        drill = await room.create(WRITES, DRAFT.model_copy(update={"mode": Mode.TRAINING, "titles": {}}))
        waits = await room.create(WRITES, repeated())
        await room.submit(WRITES, waits.id)
        back = await room.create(WRITES, DRAFT)
        await room.submit(WRITES, back.id)
        await room.give_back(APPROVES, back.id, "Which road?")
        await page.goto(f"{desks.url}/console")
        await look(someone, "start-editor", locale, barriers, too_wide)
        for name, path in PAGES.items():
            await page.goto(desks.url + path.format(waits=waits.id, drill=drill.id, told=row.id))
            await look(someone, name, locale, barriers, too_wide)
        await page.goto(f"{desks.url}/console/announcements/new?place={CITY}/{AGENCY}")
        await page.locator(".finish button").first.click()
        await expect(page.locator(".errors").first).to_be_focused()
        await look(someone, "announcement-faults", locale, barriers, too_wide)
        approver = await hire(house.engine, "he", Grant(Role.APPROVER, CITY, AGENCY), locale=locale)
        await sit(someone, desks, approver)
        await page.goto(f"{desks.url}/console")
        await look(someone, "start-approver", locale, barriers, too_wide)
        await page.goto(f"{desks.url}/console/announcements/{waits.id}")
        await press(page, "?")
        await look(someone, "announcement-keys", locale, barriers, too_wide)
        await press(page, "Escape")
        await look(someone, "announcement-approve", locale, barriers, too_wide)
        await posted(house, row.id, "hangzhou-web", "unknown", "interrupted", "interrupted")
        await posted(house, row.id, "beijing-web", "rejected", "refused", "error 10014 insufficient app permissions")
        await page.goto(f"{desks.url}/console/announcements/{row.id}")
        await look(someone, "announcement-posted", locale, barriers, too_wide)
    assert (barriers, too_wide) == ([], [])


@pytest.mark.parametrize(("locale", "scheme"), [("zh_Hans", "light"), ("zh_Hant", "dark"), ("en", "light")])
async def test_what_is_measured_has_no_barrier(house: House, browser: Browser, locale: str, scheme: Scheme) -> None:
    """Figures and what an inspection would find: axe-core finds nothing, and nothing is wider than the screen."""
    barriers: list[str] = []
    too_wide: list[tuple[str, int]] = []
    async with office(house, browser, locale=locale) as (someone, desks):
        room = desks.console.announcements
        row = await room.create(WRITES, DRAFT.model_copy(update={"link": f"https://city.example/{'w' * 60}"}))
        await room.submit(WRITES, row.id)
        await room.approve(APPROVES, row.id, 1, ["zh_Hans", "en"])
        now = datetime.now(UTC)
        await Room(house, now=now).tell()
        await Counting(house.engine, lambda: now).count(row.id)
        async with transaction(house.engine) as connection:
            for statement in NEGLECTED:
                await connection.execute(statement)
            await counts.note(connection, day=now.date(), city=CITY, origin=f"https://{'w' * 50}.cn", what="viewed")
            day, guide = now.date(), "id_card_lost"
            await votes.note(connection, day=day, city=CITY, guide=guide, locale="en", answer="no")
        both = await hire(house.engine, "he", Grant(Role.EDITOR, CITY), Grant(Role.ANALYST, CITY), locale=locale)
        await sit(someone, desks, both)
        for name, path in MEASURED.items():
            await someone.page.goto(desks.url + path)
            await look(someone, name, locale, barriers, too_wide, [scheme])
    assert (barriers, too_wide) == ([], [])


async def look(
    someone: Resident,
    name: str,
    locale: str,
    barriers: list[str],
    too_wide: list[tuple[str, int]],
    schemes: Sequence[Scheme] = SCHEMES,
) -> None:
    """Keep pictures at each width; then unfold all, and look for barriers in each scheme and for what is too wide."""
    page = someone.page
    await someone.pictures(f"console-{name}", WIDTHS, locale, schemes=schemes)
    await page.set_viewport_size({"width": WIDTHS[-1], "height": 900})
    is_covered = await page.locator("dialog[open]").count() > 0
    for fold in [] if is_covered else await page.locator("details.fold > summary").all():
        if not await fold.evaluate("one => one.parentElement.open"):
            await fold.click()
    barriers += [f"{name}: {one}" for one in await someone.barriers_by_scheme(schemes=schemes)]
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 900})
        wide = await page.evaluate(TOO_WIDE)
        too_wide += [(f"{name} {width}", wide)] if wide > 0 else []
    await page.set_viewport_size({"width": 1280, "height": 860})
