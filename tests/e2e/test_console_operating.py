"""Operators' pages in a real browser: by keyboard, at every width, light and dark, in three languages, for all."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from fixtures.desks import Chair, Desks, Known, desks_at, hire, seat
from fixtures.house import KEYS, House
from fixtures.resident import Resident, resident
from playwright.async_api import Browser, expect
from sqlalchemy import text

from desk.accounts.register import Register
from desk.alipay.answers import CHINA
from desk.console.visits import SESSION_COOKIE
from desk.contract.staff import Grant, Role
from desk.contract.wire import LOCALES
from desk.platforms.loading import load_channels
from desk.staff.sessions import make_key
from desk.store.database import transaction

WIDTHS = (360, 1024, 1920)
BEYOND = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
TOKEN, WORD = f"424242:{'Ab3' * 12}", "w0rd" * 10
SECRETS = {"token": TOKEN, "webhook_secret": WORD}
NUMBER = "2026112910000042"
YESTERDAY = datetime.now(CHINA).date() - timedelta(days=1)
ORDERS = tuple(
    text(one)
    for one in (
        f"""INSERT INTO orders (number, city, service, agency, locale, amount, refunded, status, private, trade_no,
                                created_at, expires_at, paid_at, booked_at)
            VALUES ('{NUMBER}', 'hangzhou', 'traffic_fines', 'traffic_police', 'zh_Hans', 350, 0, 'booked', '\\x00',
                    '2026112922001412341000051', now(), now(), now(), now())""",
        f"""INSERT INTO order_items (order_number, place, reference_hash, amount, outcome, agency_receipt)
            VALUES ('{NUMBER}', 1, '\\x01', 200, 'booked', 'JF-88'), ('{NUMBER}', 2, '\\x02', 150, 'refused', NULL)""",
        f"""INSERT INTO order_events (order_number, happening, status, source, amount)
            VALUES ('{NUMBER}', 'opened', 'open', 'turn', 350), ('{NUMBER}', 'paid', 'paid', 'notification', 350),
                   ('{NUMBER}', 'booked', 'booked', 'job', 200)""",
        f"""INSERT INTO refunds (id, order_number, amount, reason, status, attempts)
            VALUES ('{NUMBER}-1', '{NUMBER}', 150, 'not_taken', 'pending', 2)""",
        f"INSERT INTO bill_days (day, payments, refunds, differences) VALUES ('{YESTERDAY}', 412, 3, 2)",
        f"""INSERT INTO payment_differences (day, kind, order_number, refund, billed, ours, mended)
            VALUES ('{YESTERDAY}', 'amount', '{NUMBER}', '', 351, 350, false),
                   ('{YESTERDAY}', 'unknown_order', '{"9" * 24}', '', 5, NULL, false)""",
    )
)
DEAD = tuple(
    text(one)
    for one in (
        """INSERT INTO residents (id, account_id, external_id)
           SELECT :resident, id, 'x' FROM channel_accounts WHERE slug = 'hangzhou_bot'""",
        """INSERT INTO conversations (id, account_id, resident_id, channel, city, locale)
           SELECT :id, id, :resident, 'telegram', 'hangzhou', 'zh_Hans' FROM channel_accounts
           WHERE slug = 'hangzhou_bot'""",
        "INSERT INTO conversation_counters (conversation_id) VALUES (:id)",
        """INSERT INTO outbound_messages (conversation_id, seq, type, body, created_at)
           SELECT :id, seq, 'message', '{}', now() FROM generate_series(1, 9) AS seq""",
        """INSERT INTO deliveries (conversation_id, seq, account_id, lane, state, reason, ended_at)
           SELECT :id, seq, account.id, seq % 2, CASE WHEN seq < 4 THEN 'waiting' WHEN seq < 7 THEN 'dead'
                  ELSE 'unknown' END, CASE WHEN seq < 4 THEN NULL ELSE 'Bad Request: chat not found' END,
                  CASE WHEN seq < 4 THEN NULL ELSE now() END
           FROM generate_series(1, 9) AS seq, channel_accounts AS account WHERE account.slug = 'hangzhou_bot'""",
    )
)
PAGES = {
    "channel-accounts": "/console/accounts",
    "channel-account-begin": "/console/accounts/-/new",
    "channel-account-new": "/console/accounts/-/new?channel=sms",
    "channel-account": "/console/accounts/hangzhou_bot",
    "sending": "/console/sending",
    "orders": "/console/orders",
    "order": f"/console/orders/{NUMBER}",
    "bills": "/console/bills",
    "bill": f"/console/bills?day={YESTERDAY}",
}
KEYS_OF_PROGRAMS = "/console/keys"


async def look_at(someone: Resident, name: str, *, kept: bool = True) -> None:
    """In both schemes and at every width: no barrier, nothing to scroll sideways. `kept`: as pictures."""
    page = someone.page
    assert await someone.barriers_by_scheme() == [], name
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 760})
        assert await page.evaluate(BEYOND) == 0, (name, width)
        if kept:
            await someone.screenshot(f"console-{name}-{width}")


@asynccontextmanager
async def working(house: House, browser: Browser, known: Known) -> AsyncIterator[tuple[Resident, Desks]]:
    """Somebody who has logged in, in front of the console."""
    async with desks_at(house) as desks, resident(browser) as someone, desks.chair() as chair:
        await seat(chair, known)
        await someone.context.add_cookies([{"name": SESSION_COOKIE, "value": cookie(chair), "url": desks.url}])
        yield someone, desks


def cookie(chair: Chair) -> str:
    """The session that a seated chair holds."""
    return next(one.value for one in chair.http.cookie_jar if one.key == SESSION_COOKIE)


async def furnished(house: House) -> None:
    """An account that its platform refuses, one that is stopped, messages that were not sent, an order, a bill."""
    register = Register(house.engine, KEYS, load_channels(), "https://desk.example")
    for slug, platform in (("hangzhou_bot", "hangzhou_bot"), ("hangzhou_old_bot", "old_bot")):
        await register.add(
            channel="telegram",
            slug=slug,
            city="hangzhou",
            agency="city_hall",
            secrets=SECRETS,
            platform_id=platform,
        )
    await register.set_state("hangzhou_bot", "paused", "refused: Unauthorized")
    await register.set_state("hangzhou_old_bot", "stopped", "the account moved to another name")
    async with transaction(house.engine) as connection:
        values = {"id": uuid4(), "resident": uuid4()}
        for one in (*DEAD, *ORDERS):
            await connection.execute(one, values if one in DEAD else {})


@pytest.mark.parametrize("locale", LOCALES)
async def test_every_page_of_operators_is_open_to_everybody(house: House, browser: Browser, locale: str) -> None:
    """axe finds nothing, light or dark; no page scrolls sideways; no script or policy complains."""
    await furnished(house)
    ops = await hire(house.engine, "ops", Grant(Role.OPERATOR), name="Ops", locale=locale)
    async with working(house, browser, ops) as (someone, desks):
        for name, path in PAGES.items():
            await someone.page.goto(desks.url + path)
            for fold in await someone.page.locator("details.fold").all():
                await fold.evaluate("one => one.open = true")
            await look_at(someone, name, kept=locale == "en")
            assert "console." not in await someone.page.locator("main").inner_text()
        assert someone.faults == []


async def test_keys_of_programs_are_open_to_everybody(house: House, browser: Browser) -> None:
    """The same of who looks after staff."""
    boss = await hire(house.engine, "boss", Grant(Role.SECURITY_ADMIN), name="Boss")
    program = await hire(house.engine, "website", Grant(Role.EDITOR, "hangzhou", "city_hall"), name="City website")
    async with transaction(house.engine) as connection:
        for name in ("Announcements from the newsroom", "Nightly import"):
            await make_key(connection, program.id, name=name, days=90)
    async with working(house, browser, boss) as (someone, desks):
        await someone.page.goto(desks.url + KEYS_OF_PROGRAMS)
        await someone.page.locator("details.fold").first.evaluate("one => one.open = true")
        await look_at(someone, "keys")
        assert someone.faults == []


async def test_an_account_is_entered_and_paused_by_keyboard(house: House, browser: Browser) -> None:
    """From the bar to an account that is paused; what was typed as a secret is veiled."""
    ops = await hire(house.engine, "ops", Grant(Role.OPERATOR), name="Ops")
    async with working(house, browser, ops) as (someone, desks):
        page, keyboard = someone.page, someone.page.keyboard
        await page.goto(f"{desks.url}/console")
        await keyboard.press("g")
        await keyboard.press("c")
        await page.wait_for_url("**/console/accounts")
        await keyboard.press("n")
        await page.wait_for_url("**/console/accounts/-/new")
        await page.get_by_label("Channel").focus()
        await keyboard.type("Telegram")
        await keyboard.press("Tab")
        await keyboard.press("Enter")
        await page.wait_for_url(re.compile("channel=telegram"))
        await page.get_by_label("Account", exact=True).focus()
        for words in ("hangzhou_bot", None, "hangzhou_bot", TOKEN, WORD):
            if words is None:
                await page.get_by_label("Agency").select_option("hangzhou/city_hall")
            else:
                await keyboard.type(words)
            await keyboard.press("Tab")
        veiled = "one => getComputedStyle(one).webkitTextSecurity"
        assert await page.locator("#secret-token").evaluate(veiled) == "disc"
        await page.locator("#reason").focus()
        await keyboard.type("a bot of our own")
        await page.get_by_role("button", name="Add").focus()
        await keyboard.press("Enter")
        await page.wait_for_url("**/console/accounts/hangzhou_bot*")
        await keyboard.press("p")
        await expect(page.locator("#paused-reason")).to_be_focused()
        await keyboard.type("wrong picture")
        await keyboard.press("Tab")
        await keyboard.press("Enter")
        await expect(page.locator(".done")).to_contain_text("paused")
        assert TOKEN not in await page.content()
