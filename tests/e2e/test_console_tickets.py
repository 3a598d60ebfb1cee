"""A clerk works tickets in a real browser: by keyboard, live, without a barrier, at every width."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

import pytest
from fixtures.alerted import SOURCE, Alerted
from fixtures.cases import appointment, said
from fixtures.desks import PASSWORD, Desks, Known, desks_at, hire
from fixtures.fake_bot import FakeBot
from fixtures.house import House, going, turn_of
from fixtures.resident import Resident, resident
from fixtures.staffed import actor
from playwright.async_api import Browser, Dialog, Page, expect
from sqlalchemy import text

from desk.contract.messages import KeepCase
from desk.contract.staff import Grant, Role
from desk.conversations import service
from desk.conversations.bell import Bell
from desk.conversations.live import WRITING, Live
from desk.conversations.rows import ConversationRow
from desk.media.scanning import Verdict
from desk.store.database import transaction
from desk.tickets.grades.ledger import Grade
from desk.tickets.grades.notices import payload_of
from desk.tickets.history import keep_clocks
from desk.tickets.holding import Holding
from desk.tickets.notes import Notes
from desk.tickets.presence import Presence
from desk.tickets.room import utc_now
from desk.tickets.rows import TicketRow
from desk.tickets.staffing.teams import Duties, Teams
from desk.tickets.transferring import Transferring

EMERGENCY = text("UPDATE tickets SET priority = 1, urgency = 'emergency', reason = 'emergency_fire'")
URGENT = text("""
    UPDATE tickets SET priority = 1, urgency = 'emergency' WHERE reason = 'emergency_fire' RETURNING id
""")
WIDTHS = (360, 1024, 1920)
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
TRAFFIC = "traffic_police"
"""Who answers about the service of these tickets."""
GRANTS = (Grant(Role.CLERK, "hangzhou"), Grant(Role.AGENCY_ADMIN, "hangzhou"))
PAGES = {
    "queue": "/console/tickets?show=all",
    "ticket": "/console/tickets/{reference}",
    "data": "/console/tickets/{reference}/data",
    "open": "/console/tickets/new",
    "answers": "/console/answers",
    "figures": "/console/figures/tickets",
    "teams": "/console/teams",
    "team": "/console/teams/{team}",
    "alerts": "/console/alerts?show=everything",
    "alert": "/console/alerts/{alert}",
    "cases": "/console/cases",
    "case": "/console/cases/{case}",
}
"""What who answers, or looks after an agency, opens."""


async def waits(house: House, reason: str = "asked", locale: str = "zh_Hans") -> ConversationRow:
    """A conversation with a ticket that waits."""
    conversation = await house.open(locale=locale)
    hand_over = house.hand_over()
    async with transaction(house.engine) as connection:
        await hand_over.open(connection, conversation, opened_by="resident", reason=reason, service="traffic_fines")
    return conversation


async def send_file(house: House, conversation: ConversationRow) -> None:
    """Have the resident send a file."""
    async with transaction(house.engine) as connection:
        kept = {"conversation_id": conversation.id, "content_type": "image/png", "content": b"png"}
        media = await service.store_media(connection, **kept, verdict=Verdict.UNSCANNED)
    await service.receive(
        house.engine,
        Bell(house.redis),
        conversation=conversation,
        external_id=f"{conversation.id}:{media}",
        kind="media",
        body={"media": {"id": str(media), "content_type": "image/png"}},
    )


@asynccontextmanager
async def seated(
    house: House,
    browser: Browser,
    *,
    width: int = 1280,
    locale: str = "en",
    scheme: str = "light",
    grants: Sequence[Grant] = GRANTS,
) -> AsyncIterator[tuple[Resident, Desks]]:
    """A clerk at the console, logged in by keyboard."""
    known = await hire(house.engine, "lin", *grants, locale=locale, name="Lin")
    await hire(house.engine, "wang", Grant(Role.CLERK, "hangzhou"))
    async with desks_at(house) as desks, resident(browser, width=width, color_scheme=scheme) as someone:
        await log_in(someone.page, desks, known)
        yield someone, desks


async def log_in(page: Page, desks: Desks, known: Known) -> None:
    """Log in without the mouse."""
    await page.goto(f"{desks.url}/console/login")
    await page.locator("#login").focus()
    for value in (known.login, PASSWORD):
        await page.keyboard.type(value)
        await page.keyboard.press("Tab")
    await page.keyboard.type(known.code)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/console")


async def press(page: Page, *keys: str) -> None:
    """Press keys, one after the other, once the page is there with its scripts."""
    await page.wait_for_load_state("load")
    for key in keys:
        await page.keyboard.press(key)


async def test_the_list_goes_by_letters_and_numbers(house: House, browser: Browser) -> None:
    """Views, break and canned answers have keys, and `?` names them with those of a row; ended rows promise none."""
    await waits(house)
    async with seated(house, browser) as (someone, _):
        page = someone.page
        await press(page, "g", "t")
        await page.wait_for_url("**/console/tickets")
        await press(page, "?")
        help_keys = page.locator("#page-keys div:visible kbd")
        shown = [await one.text_content() for one in await help_keys.all()]
        assert {"1", "5", "b", "c", "d", "e", "i", "n", "x"} <= set(shown)
        await press(page, "Escape", "b")
        await expect(page.locator("#duty")).to_contain_text("break")
        await press(page, "5")
        await page.wait_for_url("**/console/tickets?show=ended")
        await press(page, "i")
        await page.wait_for_url("**/console/answers")
        async with transaction(house.engine) as connection:
            await connection.execute(text("UPDATE tickets SET state = 'closed', ended_at = now()"))
        await page.goto(f"{page.url.removesuffix('/answers')}/tickets?show=ended")
        await expect(page.locator(".keys-line")).to_have_text("j and k move, Enter opens.")
        await press(page, "?")
        shown = [await one.text_content() for one in await help_keys.all()]
        assert not {"c", "e", "x"} & set(shown)
        assert someone.faults == []


async def test_a_panel_folds_up_by_key(house: House, browser: Browser) -> None:
    """By Escape and by its own letter, from its list of choices too; the focus stands on its head, where Enter opens it
    again and ends nothing. What was written in it is still there."""
    await waits(house)
    async with seated(house, browser) as (someone, _):
        page = someone.page
        await press(page, "g", "t")
        await page.wait_for_url("**/console/tickets")
        await press(page, "n")
        await page.wait_for_url("**/console/tickets/T-*")
        for letter, name in (("b", "hand_back"), ("e", "close"), ("h", "hold")):
            panel = page.locator(f"#do-{name}")
            for closes in ("Escape", letter):
                await press(page, letter)
                await expect(panel).to_have_attribute("open", "")
                await press(page, closes)
                await expect(panel).not_to_have_attribute("open", "")
                await expect(panel.locator("summary")).to_be_focused()
        await press(page, "h", "Tab")
        await page.keyboard.type("The bureau looks")
        await press(page, "Escape", "Escape", "h")
        await expect(page.locator("#hold-reason")).to_have_value("The bureau looks")
        await page.locator("#talk").focus()
        await press(page, "Escape")
        await expect(page.locator("#do-hold")).not_to_have_attribute("open", "")
        assert await house.scalar("SELECT state FROM tickets") == "claimed"
        assert someone.faults == []


async def test_a_letter_that_begins_no_choice_is_the_pages(house: House, browser: Browser) -> None:
    """In a list of choices, too; one that begins a choice chooses, and none that would send a form counts there."""
    await waits(house)
    await waits(house)
    async with seated(house, browser) as (someone, desks):
        page = someone.page
        await page.goto(f"{desks.url}/console/tickets")
        await press(page, "n")
        await page.wait_for_url("**/console/tickets/T-*")
        await press(page, "h")
        hold = page.locator("#hold-for")
        await expect(hold).to_be_focused()
        await press(page, "4", "r")
        await expect(hold).to_have_value("4h")
        await expect(hold).to_be_focused()  # so soon after a letter of the list it is one more of it
        await press(page, "ArrowDown", "r")
        await expect(page.locator("#message")).to_be_focused()
        await press(page, "Escape", "e")
        await expect(page.locator("#why")).to_be_focused()
        await press(page, "r")
        await expect(page.locator("#message")).to_be_focused()
        await page.goto(f"{desks.url}/console/tickets?show=waiting&city=hangzhou")
        await page.locator("#city").focus()
        await press(page, "n", "ArrowDown", "b", "ArrowDown")
        await expect(page.locator("#duty")).not_to_contain_text("break")
        await press(page, "g", "t")
        await page.wait_for_url("**/console/tickets")
    assert await house.scalar("SELECT count(*) FROM tickets WHERE state = 'claimed'") == 1


async def test_after_a_ticket_the_hand_is_at_the_next(house: House, browser: Browser) -> None:
    """One's own other one, else *Take the next*, by Enter alone; then it says that nothing is left."""
    for _ in range(3):
        await waits(house)
    async with seated(house, browser) as (someone, desks):
        page = someone.page
        await page.goto(f"{desks.url}/console/tickets")
        for _ in range(2):
            await press(page, "n")
            await page.wait_for_url("**/console/tickets/T-*")
            await page.goto(f"{desks.url}/console/tickets")
        await press(page, "1")
        await page.wait_for_url("**/console/tickets?show=mine")
        await press(page, "j", "Enter")
        await page.wait_for_url("**/console/tickets/T-*")
        first = page.url.rpartition("/")[2]
        await press(page, "h", "Tab")
        await page.keyboard.type("The bureau looks it up")
        await press(page, "Tab", "Enter")
        own = page.locator(".done [data-focus]")
        await expect(own).to_be_focused()
        assert await own.inner_text() != first
        await press(page, "Enter")
        await page.wait_for_url("**/console/tickets/T-*")
        await press(page, "e", "Tab", "Enter")
        await page.wait_for_url("**/console/tickets?show=mine*")
        await expect(page.locator("[data-key=n]")).to_be_focused()
        await expect(page.locator(".done")).to_contain_text("1 waiting")
        await press(page, "Enter")
        await page.wait_for_url("**/console/tickets/T-*")
        await press(page, "b", "Enter")
        await page.wait_for_url("**/console/tickets?show=mine*")
        await expect(page.locator(".done")).to_be_focused()
        await expect(page.locator(".done")).to_contain_text("Nothing else waits for you.")
        assert someone.faults == []


async def test_only_the_chosen_end_is_explained(house: House, browser: Browser) -> None:
    """It changes with the choice, and with keys."""
    async with with_a_ticket(house, browser) as (page, _, _):
        await press(page, "e")
        shown = page.locator("[data-chosen-in=why]:visible")
        for said in ("answered in full", "waited long enough"):
            await expect(shown).to_have_count(1)
            await expect(shown).to_contain_text(said)
            await press(page, "ArrowDown")


async def test_an_emergency_more_is_told_while_the_list_is_open(house: House, browser: Browser) -> None:
    """By an alarm above the list and a mark in the tab's title; the search opens by its key."""
    await waits(house)
    async with seated(house, browser) as (someone, _):
        page = someone.page
        await press(page, "g", "t")
        await page.wait_for_url("**/console/tickets")
        await press(page, "/")
        await expect(page.locator("[data-search]")).to_be_focused()
        await press(page, "Escape")
        async with transaction(house.engine) as connection:
            await connection.execute(EMERGENCY)
        await expect(page.get_by_role("alert")).to_be_visible()
        await expect(page).to_have_title(re.compile("^❗"))
        assert someone.faults == []


async def test_what_the_resident_writes_is_seen_at_once(house: House, browser: Browser) -> None:
    """Without loading the page, and what is written stays; a guide that comes along can be put into the reply."""
    async with FakeBot() as bot, house.worker(bot.url):
        conversation = await waits(house)
        async with seated(house, browser) as (someone, _):
            page = someone.page
            await press(page, "g", "t")
            await page.wait_for_url("**/console/tickets")
            await press(page, "n")
            await page.wait_for_url("**/console/tickets/T-*")
            await press(page, "r")
            await page.keyboard.type("One moment")
            await house.say(conversation, "are you there?")
            await expect(page.locator(".line.resident").last).to_contain_text("are you there?")
            assert await page.locator("#message").input_value() == "One moment"
            await house.say(conversation, "身份证丢了怎么补办")
            insert = page.locator("#suggested [data-insert]").first
            await expect(insert).to_be_visible()
            answer = await insert.get_attribute("data-text")
            await insert.focus()
            await press(page, "Enter")
            box = page.locator("#message")
            await expect(box).to_have_value(f"One moment\n{answer}")
            assert await box.evaluate("box => [box.selectionStart, box.selectionEnd]") == [11, 11], "at its beginning"
            await box.fill("")
            await press(page, "Escape", "6", "ArrowDown")
            part = await page.locator("#guide-part").input_value()
            await press(page, "Enter")
            assert part
            assert part in (answer or ""), "what is told of all, is told alone, too"
            await expect(box).to_have_value(part)


async def keep_on(does: Callable[[], Awaitable[object]]) -> None:
    """Do something over and over, as a page does what soon counts no more."""
    while True:
        await does()
        await asyncio.sleep(0.5)


async def test_what_is_asked_for_comes_while_the_page_is_open(house: House, browser: Browser) -> None:
    """By keyboard; the file that comes, that the resident writes and who else looks are seen without loading."""
    async with FakeBot() as bot, house.worker(bot.url):
        conversation = await waits(house)
        async with seated(house, browser) as (someone, _):
            page = someone.page
            await press(page, "g", "t")
            await page.wait_for_url("**/console/tickets")
            await press(page, "n")
            await page.wait_for_url("**/console/tickets/T-*")
            await press(page, "f", "Tab", "Enter")
            asked = page.locator("#asks")
            await expect(asked).to_contain_text("waiting")
            await press(page, "r")
            await page.keyboard.type("One moment")
            await send_file(house, conversation)
            await expect(asked).to_contain_text("a file came")
            assert await page.locator("#message").input_value() == "One moment"
            writes = partial(Live(house.redis).publish, conversation.id, hint=WRITING)
            async with going(keep_on(writes)):
                await expect(page.locator("#writing")).to_be_visible()
            [ticket] = await house.clerks.waiting(actor("op"))
            async with going(keep_on(partial(Presence(house.redis).here, "wang", ticket_id=ticket.id))):
                await expect(page.locator("#present")).to_contain_text("Wang")
            assert someone.faults == []


@pytest.mark.parametrize("locale", ["zh_Hans", "zh_Hant", "en"])
async def test_the_pages_have_no_barrier(house: House, browser: Browser, locale: str) -> None:
    """axe-core finds nothing on the queue, a ticket, canned answers, figures, teams, alerts and cases, light or dark;
    nothing is wider than the screen.
    """
    conversation = await waits(house)
    await waits(house, "emergency_fire")
    alert = (await Alerted(house).take(source=SOURCE)).alert.id
    team = await Teams(house.engine).create(actor("lin", *GRANTS), "hangzhou", TRAFFIC, Duties("Fines"))
    async with transaction(house.engine) as connection:
        urgent = (await connection.execute(URGENT)).scalar_one()
        kept = appointment(city="hangzhou", agency=TRAFFIC, known_at=None, about=said("结婚登记 13858041234"))
        await house.keeper().carry_out(turn_of(connection, conversation, [KeepCase.model_validate(kept.model_dump())]))
        await keep_clocks(connection, house.cities, urgent, utc_now())
    case = await house.scalar("SELECT id FROM cases")
    barriers: list[str] = []
    too_wide: list[tuple[str, int]] = []
    async with seated(house, browser, locale=locale) as (someone, desks):
        page = someone.page
        ticket = next(one for one in await house.clerks.waiting(actor("op")) if one.reason == "asked")
        await house.clerks.claim(actor("lin", *GRANTS), ticket.id)
        await house.say(conversation, "我的罚款交了，系统还显示未缴。")
        await house.clerks.reply(actor("lin", *GRANTS), ticket.id, "您好，我马上为您查询，请稍等。")
        for name, path in PAGES.items():
            await page.goto(desks.url + path.format(reference=ticket.reference, team=team, alert=alert, case=case))
            await look(someone, name, locale, barriers, too_wide)
    assert (barriers, too_wide) == ([], [])


async def look(someone: Resident, name: str, locale: str, barriers: list[str], too_wide: list[tuple[str, int]]) -> None:
    """Keep pictures at each width; then unfold all, and look for barriers in each scheme and for what is too wide."""
    page = someone.page
    await someone.pictures(f"console-{name}", WIDTHS, locale)
    await page.set_viewport_size({"width": WIDTHS[-1], "height": 900})
    for fold in await page.locator("details.fold > summary").all():
        if not await fold.evaluate("one => one.parentElement.open"):
            await fold.click()
    barriers += [f"{name}: {one}" for one in await someone.barriers_by_scheme()]
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 900})
        wide = await page.evaluate(TOO_WIDE)
        too_wide += [(f"{name} {width}", wide)] if wide > 0 else []
    await page.set_viewport_size({"width": 1280, "height": 860})


async def test_what_becomes_of_a_ticket_has_no_barrier(house: House, browser: Browser) -> None:
    """Unmasked, on hold, ended, and another agency's while it is open: as in the test above."""
    lin = actor("lin", *GRANTS)
    barriers: list[str] = []
    too_wide: list[tuple[str, int]] = []
    conversation = await waits(house)
    async with seated(house, browser, grants=(Grant(Role.CLERK, "hangzhou", TRAFFIC),)) as (someone, desks):
        page = someone.page
        [ticket] = await house.clerks.waiting(lin)
        here = f"{desks.url}/console/tickets/{ticket.reference}"
        await house.clerks.claim(lin, ticket.id)
        await house.say(conversation, "我的电话13800138000，罚款交了还显示未缴。")
        await page.goto(here)
        await press(page, "x")
        await page.locator("#reveal-reason").focus()
        await page.keyboard.type("To call back")
        await press(page, "Tab", "Enter")
        await expect(page.locator("#talk")).to_contain_text("13800138000")
        await look(someone, "ticket-unmasked", "en", barriers, too_wide)
        await Holding(house.clerks).hold(lin, ticket.id, utc_now() + timedelta(days=1), reason="The bureau looks it up")
        await page.goto(here)
        await look(someone, "ticket-held", "en", barriers, too_wide)
        await Holding(house.clerks).resume(lin, ticket.id)
        await page.route("**/live", lambda route: route.abort())  # else the page knows it before the answer is sent
        await page.goto(here)
        await press(page, "r")
        await page.keyboard.type("Half an answer")
        async with transaction(house.engine) as connection:
            await connection.execute(text("UPDATE tickets SET agency = 'city_hall'"))
        await press(page, "Control+Enter")
        await expect(page.locator("#unsent")).to_have_value("Half an answer")
        await look(someone, "ticket-gone", "en", barriers, too_wide)
        async with transaction(house.engine) as connection:
            await connection.execute(text("UPDATE tickets SET agency = :agency"), {"agency": TRAFFIC})
        await house.clerks.close(lin, ticket.id)
        await page.goto(here)
        await look(someone, "ticket-ended", "en", barriers, too_wide)
    assert (barriers, too_wide) == ([], [])


@pytest.mark.parametrize(("locale", "scheme"), [("zh_Hans", "light"), ("en", "dark")])
async def test_a_bad_grade_is_put_right_by_keyboard(house: House, browser: Browser, locale: str, scheme: str) -> None:
    """The card of the grade, the call-back and the figures have no barrier and fit; `e` leads to what is told."""
    lin, wang = actor("lin", *GRANTS), actor("wang", *GRANTS)
    async with FakeBot() as bot, house.worker(bot.url):
        conversation = await waits(house)
        (ticket,) = await house.clerks.waiting(wang)
        await house.clerks.claim(wang, ticket.id)
        await house.clerks.close(wang, ticket.id)
        await house.say(conversation, payload_of(ticket.reference, Grade.VERY_DISSATISFIED), kind="payload")
        await house.say(conversation, "later")
        await house.settle(conversation)
    (mending,) = await house.clerks.waiting(lin)
    await house.clerks.claim(lin, mending.id)
    barriers: list[str] = []
    too_wide: list[tuple[str, int]] = []
    async with seated(house, browser, locale=locale, scheme=scheme) as (someone, desks):
        page = someone.page
        for name, path in (("figures", "figures/tickets"), ("mending", f"tickets/{mending.reference}")):
            await page.goto(f"{desks.url}/console/{path}")
            if name == "mending":
                await press(page, "e")
            for width in WIDTHS:
                await page.set_viewport_size({"width": width, "height": 900})
                await someone.screenshot(f"console-grade-{name}-{width}-{locale}-{scheme}")
                wide = await page.evaluate(TOO_WIDE)
                too_wide += [(f"{name} {width}", wide)] if wide > 0 else []
            barriers += [f"{name}: {one}" for one in await someone.barriers()]
        await page.locator("#told").focus()
        await page.keyboard.type("The counter has one clerk more now.")
        await press(page, "Tab", "Enter")
        await page.wait_for_url("**/console/tickets?show=mine*")
    assert (barriers, too_wide) == ([], [])
    assert "The counter has one clerk more now." in await house.texts(conversation)


async def test_an_unsent_answer_is_asked_about_before_it_is_left(house: House, browser: Browser) -> None:
    """By whatever leads away; no keeps page and words, yes goes on. A note, and sending it, ask nothing."""
    conversation = await waits(house)
    asked: list[str] = []
    answers = iter((False, True))

    async def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        await (dialog.accept() if next(answers) else dialog.dismiss())

    async with seated(house, browser) as (someone, _):
        page = someone.page
        page.on("dialog", answer)
        await press(page, "g", "t")
        await page.wait_for_url("**/console/tickets")
        await press(page, "n")
        await page.wait_for_url("**/console/tickets/T-*")
        await press(page, "r")
        await page.keyboard.type("Half an ans")
        await press(page, "Escape", "e", "Tab", "Enter")
        await expect(page.locator("#message")).to_have_value("Half an ans")
        assert len(asked) == 1
        assert "not sent yet" in asked[0]
        assert await house.scalar("SELECT state FROM tickets") == "claimed"
        await page.locator("#do-close button").focus()
        await press(page, "Enter")
        await page.wait_for_url("**/console/tickets?show=mine*")
        assert len(asked) == 2
    assert await house.scalar("SELECT state FROM tickets") == "closed"
    assert not [one for one in await house.texts(conversation) if "Half" in one]


async def test_a_canned_answer_is_put_into_the_box(house: House, browser: Browser) -> None:
    """By keyboard: arrows choose, Enter inserts. Its argument is chosen, and typed over; nothing is sent by itself."""
    conversation = await waits(house)
    async with seated(house, browser) as (someone, desks):
        page = someone.page
        async with transaction(house.engine) as connection:
            query = text("""
                INSERT INTO canned_answers (city, name, texts, changed_by)
                VALUES ('hangzhou', 'Good day', '{"zh_Hans": "Good day."}', 'tests'),
                       ('hangzhou', 'Hello', '{"zh_Hans": "Dear {name}, we look it up."}', 'tests')
            """)
            await connection.execute(query)
        await page.goto(f"{desks.url}/console/tickets")
        await press(page, "n")
        await page.wait_for_url("**/console/tickets/T-*")
        before = await house.texts(conversation)
        box = page.locator("#message")
        await press(page, "i", "ArrowDown", "ArrowDown")
        await expect(page.locator("#canned")).to_be_focused()
        await expect(box).to_have_value("")
        await press(page, "Enter", "End", "Control+Enter")
        await expect(page.locator(".errors")).to_contain_text("{name}")
        await expect(page.locator("#message-wrong")).to_contain_text("{name}")
        assert await box.evaluate("one => one.value.slice(one.selectionStart, one.selectionEnd)") == "{name}"
        await box.fill("")
        await box.blur()
        await press(page, "i", "ArrowDown", "ArrowDown", "Enter")
        await page.keyboard.type("Ms Wang")
        assert await page.locator("#message").input_value() == "Dear Ms Wang, we look it up."
        assert await house.texts(conversation) == before


@asynccontextmanager
async def with_a_ticket(
    house: House, browser: Browser, *grants: Grant, speaks: str = "zh_Hans", width: int = 1280, height: int = 900
) -> AsyncIterator[tuple[Page, TicketRow, ConversationRow]]:
    """A clerk who has just taken the one ticket that waits, with its page open."""
    conversation = await waits(house, locale=speaks)
    [ticket] = await house.clerks.waiting(actor("op"))
    known = await hire(house.engine, "lin", *(grants or GRANTS), locale="en")
    async with (
        FakeBot() as bot,
        house.worker(bot.url),
        desks_at(house) as desks,
        resident(browser, width=width, height=height) as someone,
    ):
        page = someone.page
        await log_in(page, desks, known)
        await page.goto(f"{desks.url}/console/tickets")
        await press(page, "n")
        await page.wait_for_url("**/console/tickets/T-*")
        yield page, ticket, conversation
        assert someone.faults == []


@pytest.mark.parametrize("stays", [True, False], ids=["it can still be read", "it is another agency's"])
async def test_a_yes_to_passing_on_is_seen_and_nothing_is_lost(house: House, browser: Browser, stays: bool) -> None:
    """The page says where the ticket is now; there is no box any more, and what was written in it can be copied."""
    city = house.cities["hangzhou"]
    grant = GRANTS[0] if stays else Grant(Role.CLERK, "hangzhou", TRAFFIC)
    other = next(one for one in city.agencies if one.slug != TRAFFIC)
    async with with_a_ticket(house, browser, grant) as (page, ticket, conversation):
        await Transferring(house.clerks).ask(actor("lin"), ticket.id, other.slug, reason="Theirs")
        await expect(page.locator("#asks")).to_contain_text(other.names.en)
        await press(page, "r")
        await page.keyboard.type("Half an answer")
        said = [one.body["message"] for one in await house.events(conversation) if one.type == "message"]
        await house.say(conversation, said[-1]["buttons"][0]["payload"], kind="payload")
        await expect(page.locator("#passed")).to_contain_text(f"passed on to {other.names.en}")
        await expect(page.locator("#message")).to_have_count(0)
        await expect(page.locator("#unsent")).to_have_value("Half an answer")
        await expect(page.locator("#do-close")).to_have_count(0)


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (1024, 768)])
async def test_the_newest_line_and_the_box_are_both_in_view(
    house: House, browser: Browser, width: int, height: int
) -> None:
    """After what the clerk sends, and after what the resident writes; who has scrolled up is left where they read."""
    async with with_a_ticket(house, browser, width=width, height=height) as (page, _, conversation):
        for count in range(6):
            await press(page, "r")
            await page.keyboard.type(f"Answer {count}\nwith a second line")
            await press(page, "Control+Enter")
            await expect(page.locator(".line.clerk")).to_have_count(count + 1)
            await expect(page.locator("#message")).to_be_focused()
            await expect(page.locator(".line").last).to_be_in_viewport(ratio=1)
            await expect(page.locator("#message")).to_be_in_viewport(ratio=1)
        await house.say(conversation, "and one thing more")
        await expect(page.locator(".line").last).to_contain_text("and one thing more")
        await expect(page.locator(".line").last).to_be_in_viewport(ratio=1)
        await expect(page.locator("#message")).to_be_in_viewport(ratio=1)
        await page.evaluate("document.getElementById('talk').scrollTop = 0")  # a locator may hold one just replaced
        await house.say(conversation, "hello?")
        await expect(page.locator(".line").last).to_contain_text("hello?")
        assert await page.evaluate("document.getElementById('talk').scrollTop") == 0


async def test_a_refused_reason_is_found_with_its_label(house: House, browser: Browser) -> None:
    """The line at the top of the page leads to the field, and what the field is called is in view above it."""
    await waits(house)
    async with seated(house, browser, width=1366) as (someone, _):
        page = someone.page
        await press(page, "g", "t")
        await page.wait_for_url("**/console/tickets")
        await press(page, "n")
        await page.wait_for_url("**/console/tickets/T-*")
        await press(page, "h", "Tab", "Tab", "Enter")
        await expect(page.locator(".errors")).to_be_focused()
        await press(page, "Tab")
        await expect(page.locator(".errors a")).to_be_focused()
        await press(page, "Enter")
        await expect(page.locator("#hold-reason")).to_be_in_viewport(ratio=1)
        await expect(page.locator("label[for=hold-reason]")).to_be_in_viewport(ratio=1)
        await expect(page.locator("#hold-reason-hint")).to_contain_text("Needed.")


async def test_a_panel_that_opens_is_in_view_from_its_top_on(house: House, browser: Browser) -> None:
    """Also after an answer, when it says more; its first field has the focus, and is seen."""
    async with with_a_ticket(house, browser, width=1366, height=768) as (page, _, conversation):
        await house.say(conversation, "hello?")
        await press(page, "r")
        await page.keyboard.type("One moment")
        await press(page, "Control+Enter")
        await expect(page.locator(".line.clerk")).to_have_count(1)
        await expect(page.locator("#message")).to_be_focused()
        await press(page, "Escape")
        for letter, name, field in (("e", "close", "why"), ("h", "hold", "hold-for"), ("y", "transfer", "agency")):
            await press(page, letter)
            await expect(page.locator(f"#{field}")).to_be_focused()
            await expect(page.locator(f"#{field}")).to_be_in_viewport(ratio=1)
            await expect(page.locator(f"#do-{name} > summary")).to_be_in_viewport(ratio=1)
            await press(page, "Escape", "Escape")
            await page.locator("#talk").focus()


async def test_a_panel_is_sent_from_its_box(house: House, browser: Browser) -> None:
    """By Ctrl+Enter, as the reply; passing on shows what is read of the agency that is chosen, and of no other."""
    async with with_a_ticket(house, browser, width=1366, height=768) as (page, _, _):
        await page.locator("#talk").focus()
        await press(page, "y")
        reads = page.locator("[data-chosen-in=agency]:visible")
        await expect(reads).to_have_count(1)
        first = await reads.get_attribute("data-chosen")
        await press(page, "ArrowDown")
        await expect(reads).to_have_count(1)
        chosen = await page.locator("#agency").input_value()
        assert first != chosen
        await expect(reads).to_have_attribute("data-chosen", chosen)
        await press(page, "Escape")
        await press(page, "h", "Tab")
        await page.keyboard.type("The bureau looks")
        await press(page, "Control+Enter")
        await page.wait_for_url("**/console/tickets?show=mine*")
        assert await house.scalar("SELECT count(*) FROM tickets WHERE held_until IS NOT NULL") == 1
        await page.go_back()
        await page.wait_for_url("**/console/tickets/T-*")
        await page.locator("#talk").focus()
        await press(page, "i")
        await page.wait_for_url("**/console/answers")


async def test_what_is_put_into_the_box_is_seen_there(house: House, browser: Browser) -> None:
    """The box grows with a text, up to a part of the screen, and stands in view with what it is called."""
    async with with_a_ticket(house, browser, width=1366, height=768) as (page, _, conversation):
        await house.say(conversation, "身份证丢了怎么补办")
        await expect(page.locator("#suggested [data-insert]").first).to_be_visible()
        empty = await page.locator("#message").evaluate("one => one.clientHeight")
        await page.evaluate("scrollTo(0, document.body.scrollHeight)")
        await press(page, "3")
        box = page.locator("#message")
        await expect(box).to_be_focused()
        await expect(box).to_be_in_viewport(ratio=1)
        await expect(page.locator("label[for=message]")).to_be_in_viewport(ratio=1)
        assert await box.evaluate("one => one.clientHeight") > empty
        assert await box.evaluate("one => one.scrollHeight <= one.clientHeight")
        await box.fill("line\n" * 9)
        assert await box.evaluate("one => one.clientHeight") > 2 * empty
        assert await box.evaluate("one => one.scrollHeight <= one.clientHeight")
        await box.fill("line\n" * 200)
        assert await box.evaluate("one => one.clientHeight < innerHeight / 2")


async def test_what_stands_beside_a_conversation_keeps_up(house: House, browser: Browser) -> None:
    """Files, a contact, a snooze of another tab, a colleague's note, the history: nothing is loaded by hand."""
    async with with_a_ticket(house, browser) as (page, ticket, conversation):
        await press(page, "r")
        await page.keyboard.type("One moment")
        await send_file(house, conversation)
        await expect(page.locator("#beside")).to_contain_text("image/png")
        await Holding(house.clerks).snooze(actor("lin"), ticket.id, utc_now() + timedelta(hours=4))
        await expect(page.locator("h1")).to_contain_text("snoozed")
        await Notes(house.clerks).add(actor("op"), ticket.id, "The bureau knows")
        await expect(page.locator("#notes")).to_contain_text("The bureau knows")
        await expect(page.locator("#message")).to_have_value("One moment")
        await expect(page.locator("#message")).to_be_focused()
        assert await page.evaluate("performance.getEntriesByType('navigation').length") == 1


@pytest.mark.parametrize(
    ("speaks", "other", "same"),
    [
        ("en", "您好，正在为您查询。", "We are looking it up."),
        ("zh_Hans", "We are looking it up.", "您的 ETC 已查到。"),
    ],
)
async def test_another_script_than_the_resident_reads_is_said_and_not_held_up(
    house: House, browser: Browser, speaks: str, other: str, same: str
) -> None:
    """The language stands at the top and beside the box; a hint comes and goes with what is written."""
    async with with_a_ticket(house, browser, speaks=speaks) as (page, _, conversation):
        named = {"en": "English", "zh_Hans": "Simplified Chinese"}[speaks]
        await expect(page.locator("h1")).to_contain_text(named)
        await expect(page.locator("#reply-language")).to_contain_text(named)
        hint = page.locator("#other-script")
        await page.locator("#message").fill(same)
        await expect(hint).to_be_hidden()
        await page.locator("#message").fill(other)
        await expect(hint).to_be_visible()
        await press(page, "Control+Enter")
        await expect(page.locator(".line.clerk")).to_contain_text(other)
    assert other in await house.texts(conversation)
