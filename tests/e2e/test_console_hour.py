"""An hour of a clerk's work by keyboard alone: the focus is always seen, and nothing that comes takes it away."""

import re

from e2e.test_console_tickets import GRANTS, TRAFFIC, URGENT, press, seated, waits
from fixtures.cases import appointment, said
from fixtures.fake_bot import FakeBot
from fixtures.house import House, turn_of
from fixtures.staffed import actor
from playwright.async_api import Browser, Locator, Page, expect
from sqlalchemy import text

from desk.contract.messages import KeepCase
from desk.conversations.rows import ConversationRow
from desk.store.database import transaction
from desk.tickets.reference import ticket_id_of

WATCHING = """
    for (const kind of ['pointerdown', 'mousedown']) addEventListener(kind, () => console.error(kind), true);
    let had = null;
    document.addEventListener('htmx:before:swap', () => { had = document.activeElement; });
    document.addEventListener('htmx:finally:swap', () => setTimeout(() => {
        const lost = had && had !== document.body && document.activeElement === document.body;
        if (lost) console.error(`lost the focus: ${had.outerHTML.slice(0, 200)}`);
        had = null;
    }));
"""
"""Tells the browser's console of a mouse, and of what was loaded anew and took the focus away."""
SEEN = """
    () => {
        const one = document.activeElement, name = one.outerHTML.slice(0, 200);
        if (one === document.body) return 'nothing has the focus';
        const isShown = one.matches(':focus-visible') && getComputedStyle(one).outlineStyle !== 'none';
        if (!isShown) return `not shown: ${name}`;
        const { top, bottom, left, right } = one.getBoundingClientRect();
        const [from, until] = [Math.max(top, 0), Math.min(bottom, innerHeight)];
        if (from >= until) return `out of sight: ${name}`;
        const there = document.elementFromPoint((left + right) / 2, (from + until) / 2);
        return there && (one.contains(there) || there.contains(one)) ? '' : `covered: ${name}`;
    }
"""
"""What is wrong with how the focus is shown; empty: nothing."""
ANEW = "document.body.dispatchEvent(new CustomEvent('tickets'))"
"""Has the list load itself anew, as it does when it hears of a ticket, and every five seconds."""
CANNED = text("""
    INSERT INTO canned_answers (city, name, texts, changed_by)
    VALUES ('hangzhou', 'Hello', '{"zh_Hans": "Dear {name}, we look it up."}', 'tests')
""")
WHY = text("SELECT detail->>'why' FROM ticket_events WHERE kind = 'closed' ORDER BY id")
MOST_STOPS = 90
"""Of the Tab key on one page."""


async def sees(where: Locator) -> None:
    """It has the focus, and that is seen."""
    await expect(where).to_be_focused()
    assert await where.page.evaluate(SEEN) == ""


async def reads(page: Page, letter: str, address: str) -> None:
    """Press a key that leads to another page."""
    await press(page, letter)
    await page.wait_for_url(f"**/console/tickets{address}")


async def write(page: Page, letter: str, words: str) -> None:
    """Write into the box of a letter, and send it."""
    await press(page, letter)
    await sees(page.locator(f"[data-key={letter}]"))
    await page.keyboard.type(words)
    await press(page, "Control+Enter")


async def answered(house: House, conversation: ConversationRow, page: Page, words: str) -> None:
    """Have the resident write, and wait until that is seen."""
    await house.say(conversation, words)
    await expect(page.locator(".line.resident").last).to_contain_text(words)


async def takes_the_most_urgent(house: House, page: Page) -> None:
    """The emergency stands first; a row that a colleague takes leaves the focus on the one in its place."""
    rows = page.locator("[data-row]")
    await press(page, "g", "t")
    await page.wait_for_url("**/console/tickets")
    await press(page, "j", "j")
    await sees(rows.nth(1).locator("a"))
    before, after = [await rows.nth(place).locator("a").inner_text() for place in (1, 2)]
    second = next(one for one in await house.clerks.waiting(actor("op")) if one.reference == before)
    await house.clerks.claim(actor("wang", *GRANTS), second.id)
    await page.evaluate(ANEW)
    await expect(page.get_by_role("link", name=before, exact=True)).to_have_count(0)
    await sees(page.get_by_role("link", name=after, exact=True))
    await press(page, "k")
    await sees(rows.first.locator("a"))
    await expect(rows.first).to_have_class(re.compile("emergency"))
    await reads(page, "c", "?done=tickets_done")
    await reads(page, "1", "?show=mine")
    await press(page, "j", "Enter")
    await page.wait_for_url("**/console/tickets/T-*")


async def answers(house: House, page: Page, conversation: ConversationRow) -> None:
    """In own words, by a canned answer, and by a note for colleagues; every stop of the Tab key is seen, and the one
    where the hand is stays while the resident writes."""
    talk, box = page.locator("#talk"), page.locator("#message")
    await sees(talk)
    await write(page, "r", "Is everybody out?")
    await expect(page.locator(".line.clerk")).to_contain_text("Is everybody out?")
    await sees(box)
    await answered(house, conversation, page, "yes, all of us")
    await sees(box)
    await press(page, "Escape")
    await sees(talk)
    await press(page, "i", "ArrowDown")
    await sees(page.locator("#canned"))
    await press(page, "Enter")
    await page.keyboard.type("Ms Wang")
    await press(page, "Control+Enter")
    await expect(page.locator(".line.clerk").last).to_contain_text("Dear Ms Wang, we look it up.")
    await press(page, "Escape")
    await write(page, "m", "Called the fire service @wang")
    await expect(page.locator(".note")).to_contain_text("Called the fire service")
    await sees(talk)
    case = page.locator("#beside a")
    for _ in range(MOST_STOPS):
        await press(page, "Tab")
        assert await page.evaluate(SEEN) == ""
        if await case.evaluate("one => one === document.activeElement"):
            break
    await answered(house, conversation, page, "thank you")
    await sees(case)
    await press(page, "e", "ArrowDown")
    await sees(page.locator("#why"))
    await press(page, "Tab", "Enter")
    await page.wait_for_url("**/console/tickets?show=mine*")
    await expect(page.locator(".done")).to_contain_text("closed")


async def puts_aside(page: Page) -> None:
    """One on hold; one snoozed, which comes back, goes to the queue again, and then to the assistant."""
    head = page.locator("h1")
    await reads(page, "n", "/T-*")
    await sees(page.locator("#talk"))
    await press(page, "h")
    await sees(page.locator("#hold-for"))
    await press(page, "Tab")
    await page.keyboard.type("The bureau looks it up")
    await press(page, "Tab")
    await reads(page, "Enter", "?show=mine*")
    await expect(page.locator(".done")).to_contain_text("On hold")
    await sees(page.locator("[data-key=n]"))
    await reads(page, "Enter", "/T-*")
    await press(page, "z")
    await sees(page.locator("#snooze-for"))
    await press(page, "Tab")
    await reads(page, "Enter", "?show=mine*")
    await page.locator(".done a").first.focus()
    await reads(page, "Enter", "/T-*")
    await expect(head).to_contain_text("snoozed")
    await sees(page.locator("#talk"))
    await press(page, "p")
    await expect(head).to_contain_text("being answered")
    await press(page, "b")
    await sees(page.locator("#do-hand_back button"))
    await press(page, "b")
    await sees(page.locator("#do-hand_back summary"))
    await press(page, "u")
    await sees(page.locator("#do-put_back button"))
    await reads(page, "Enter", "?show=mine*")
    await expect(page.locator(".done")).to_contain_text("Back in the queue")
    await reads(page, "n", "/T-*")
    await press(page, "b", "Enter")
    await page.wait_for_url("**/console/tickets?show=mine*")


async def closes_several(page: Page) -> None:
    """Two are chosen, taken at once, and closed at once as duplicates; what is chosen stays so while the list grows."""
    await reads(page, "2", "?show=waiting")
    for place in (0, 1):
        await press(page, "j")
        await sees(page.locator("[data-row]").nth(place).locator("a"))
        await press(page, "x")
    await page.evaluate(ANEW)
    await page.evaluate(ANEW)
    await sees(page.locator("[data-row]").nth(1).locator("a"))
    await press(page, "e")
    await sees(page.locator("#bulk-why"))
    await press(page, "Shift+Tab")
    await sees(page.locator("[data-bulk-claim]"))
    await reads(page, "Enter", "?show=waiting&done=tickets_done")
    await reads(page, "1", "?show=mine")
    for row in await page.locator("[data-row]").all():
        await press(page, "j")
        await sees(row.locator("a"))
        if "being answered" in await row.inner_text():
            await press(page, "x")
    await press(page, "e", "ArrowDown", "ArrowDown", "Tab")
    await sees(page.locator("button[name=do][value=close]"))
    await reads(page, "Enter", "?show=mine&done=tickets_done")


async def passes_one_on(house: House, page: Page, conversations: list[ConversationRow]) -> None:
    """The resident is asked and says yes, while the hand is in a panel that is gone with that."""
    await reads(page, "n", "/T-*")
    await press(page, "y", "Tab")
    await page.keyboard.type("Theirs")
    await press(page, "Tab")
    await reads(page, "Enter", "?show=mine*")
    await page.locator(".done a").first.focus()
    await reads(page, "Enter", "/T-*")
    await expect(page.locator("#asks")).to_contain_text("waiting")
    await press(page, "h")
    await sees(page.locator("#hold-for"))
    ticket = await house.clerks.find(actor("op"), ticket_id_of(page.url.partition("?")[0].rpartition("/")[2]))
    conversation = next(one for one in conversations if one.id == ticket.conversation_id)
    offered = [one.body["message"] for one in await house.events(conversation) if one.type == "message"]
    await house.say(conversation, offered[-1]["buttons"][0]["payload"], kind="payload")
    await expect(page.locator("#passed")).to_contain_text("passed on to")
    await expect(page.locator("#do-hold")).to_have_count(0)
    assert await page.evaluate(SEEN) == ""


async def finds_one_again(page: Page, reference: str) -> None:
    """One that is closed, by its number from the list of one's own; it is reopened, taken, and put back."""
    head = page.locator("h1")
    await reads(page, "q", "?show=mine")  # the list that they came from
    await press(page, "/")
    await sees(page.locator("[data-search]"))
    await page.keyboard.type(reference)
    await press(page, "Enter")
    await page.wait_for_url(f"**/console/tickets?*reference={reference}*")
    await press(page, "j")
    await sees(page.get_by_role("link", name=reference, exact=True))
    await reads(page, "Enter", f"/{reference}")
    await reads(page, "q", f"?*reference={reference}*")  # the search, too
    await press(page, "j")
    await reads(page, "Enter", f"/{reference}")
    await press(page, "o")
    await sees(page.locator("#reopen-reason"))
    await page.keyboard.type("The resident called")
    await press(page, "Tab", "Enter")
    await expect(head).to_contain_text("waiting")
    await press(page, "c")
    await expect(head).to_contain_text("being answered")
    await press(page, "u", "Enter")
    await page.wait_for_url("**/console/tickets?show=mine*")


async def test_a_clerk_works_an_hour_by_keyboard_alone(house: House, browser: Browser) -> None:
    """The most urgent first, answers, a note, hold, snooze, several closed, one passed on, one found and reopened."""
    conversations = [await waits(house) for _ in range(7)]
    fire = await waits(house, "emergency_fire")
    kept = appointment(city="hangzhou", agency=TRAFFIC, known_at=None, about=said("结婚登记"))
    async with transaction(house.engine) as connection:
        urgent = (await connection.execute(URGENT)).scalar_one()
        await connection.execute(CANNED)
        await house.keeper().carry_out(turn_of(connection, fire, [KeepCase.model_validate(kept.model_dump())]))
    reference = (await house.clerks.find(actor("op"), urgent)).reference
    async with FakeBot() as bot, house.worker(bot.url), seated(house, browser) as (someone, _):
        page = someone.page
        await page.add_init_script(WATCHING)
        await page.reload()
        await takes_the_most_urgent(house, page)
        await answers(house, page, fire)
        await puts_aside(page)
        await closes_several(page)
        await passes_one_on(house, page, conversations)
        await finds_one_again(page, reference)
        assert someone.faults == []
    async with house.engine.connect() as connection:
        why = list((await connection.execute(WHY)).scalars())
    states = await house.scalar("SELECT string_agg(state, ' ' ORDER BY state) FROM tickets")
    assert states == "claimed claimed closed closed handed_back open open open"
    assert why == ["no_answer", "duplicate", "duplicate"]
