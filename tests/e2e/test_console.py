"""The staff console in a real browser: passkeys, keyboard, what axe finds, and every width from a phone to a wall."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from e2e.test_console_tickets import press, waits
from fixtures.desks import PASSWORD, Desks, Known, desks_at, hire
from fixtures.house import House, until
from fixtures.resident import Resident, resident
from fixtures.staffed import actor
from playwright.async_api import Browser, Page, expect
from sqlalchemy import text

from desk.contract.staff import Grant, Role
from desk.kill_switch.service import KillSwitch, Scope
from desk.staff.sessions import SessionLimits
from desk.store.database import transaction
from desk.store.retention import note_run
from desk.store.terms import Category, Retention, Retentions, Tally

ADMIN = Grant(Role.SECURITY_ADMIN)
NO_OFFER = "PublicKeyCredential.isConditionalMediationAvailable = async () => false"
"""Else the authenticator, whose person agrees to all, takes up what the login page offers, before anybody presses."""
WIDTHS = (360, 1024, 1920)
NEW = {
    "name": "Mei Lan",
    "login": "mei",
    "role": "clerk",
    "place": "hangzhou",
    "locale": "en",
    "reason": "begins Monday",
}
PAGES = {
    "start": "/console",
    "requests": "/console/requests",
    "request": "/console/requests/1",
    "staff": "/console/staff",
    "member": "/console/staff/clerk3",
    "new": "/console/staff/-/new",
    "health": "/console/staff/-/health",
    "retention": "/console/retention",
    "account": "/console/account",
    "account-app": "/console/account/app",
}
"""What somebody who looks after staff opens."""
OF_OTHERS = {
    "login": "/console/login",
    "join": f"/console/join/{'t' * 43}",
    "audit": "/console/audit",
    "voice": "/console/voice",
}
"""What is looked at here as a visitor, an auditor and an operator. Every page is in such a list of a module of browser
tests (tests/architecture/test_console_pages.py)."""


@asynccontextmanager
async def named_desks(house: House, limits: SessionLimits | None = None) -> AsyncIterator[Desks]:
    """The console at a name: passkeys belong to names."""
    async with desks_at(house, limits) as desks:
        desks.url = desks.url.replace("127.0.0.1", "localhost")
        yield desks


@asynccontextmanager
async def invited(house: House) -> AsyncIterator[str]:
    """The console at a name, and the link by which somebody joins there."""
    boss = await hire(house.engine, "boss", ADMIN)
    async with named_desks(house) as desks, desks.chair(boss) as chair:
        await chair.post("/console/staff", NEW, of="/console/staff/-/new")
        yield (await chair.post("/console/staff/mei/invite", of="/console/staff/mei")).secret


async def authenticator(someone: Resident) -> Any:
    """Give the browser an authenticator that verifies its person at once."""
    session = await someone.context.new_cdp_session(someone.page)
    await session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = await session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session, made["authenticatorId"]


async def log_in(someone: Resident, url: str, known: Known, path: str = "/console") -> None:
    """Log in by password and code, with the keyboard."""
    await someone.page.goto(url + path)
    await someone.page.get_by_label("Login name").fill(known.login)
    await someone.page.get_by_label("Password").fill(PASSWORD)
    await someone.page.get_by_label("Code").fill(known.code)
    await someone.page.keyboard.press("Enter")
    await someone.page.wait_for_url(url + path)


async def look_at(someone: Resident, name: str) -> None:
    """Look at a page in both schemes and at every width: no barrier, nothing to scroll sideways. Keep a picture."""
    page = someone.page
    assert await someone.barriers_by_scheme() == [], name
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 760})
        beyond = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert await page.evaluate(beyond) == 0, (name, width)
        await someone.screenshot(f"console-{name}-{width}")


async def test_every_page_is_open_to_everybody(house: House, browser: Browser) -> None:
    """axe finds nothing, light or dark; no page scrolls sideways from 360 to 1920 px; no script or policy complains."""
    boss, second = [await hire(house.engine, one, ADMIN, name=one.title()) for one in ("boss", "second")]
    he = await hire(house.engine, "he", Grant(Role.AUDITOR), name="He Yan")
    ops = await hire(house.engine, "ops", Grant(Role.OPERATOR), name="Ops")
    voice = KillSwitch(house.engine)
    await voice.stop(Scope("city", "hangzhou"), reason="wrong fee for residence permits", actor=actor("lin"))
    agency = house.cities["hangzhou"].agencies[0].slug
    for n in range(6):
        await hire(house.engine, f"clerk{n}", Grant(Role.CLERK, "hangzhou", agency), name=f"Clerk {n}")
    async with transaction(house.engine) as connection:
        kept = Retentions(Retention(), {"hangzhou": Retention(), "ningbo": Retention(7)})
        await note_run(connection, Category.CONVERSATIONS, kept, [Tally({"ningbo": 12}, {"ningbo": 1})])
        await note_run(connection, Category.ORDERS, kept, [])
    async with named_desks(house) as desks, desks.chair(second) as other:
        await other.post("/console/staff", NEW, of="/console/staff/-/new")
        async with resident(browser) as someone:
            await someone.page.goto(f"{desks.url}/console/requests?show=waiting")
            await look_at(someone, "login")
            await log_in(someone, desks.url, boss)
            for name, path in {**PAGES, "error": "/console/nothing"}.items():
                await someone.page.goto(desks.url + path)
                await look_at(someone, name)
            await someone.page.goto(f"{desks.url}/console/staff/-/new")
            await someone.page.get_by_role("button", name="Create").click()
            await expect(someone.page.locator(".errors")).to_be_focused()
            await look_at(someone, "new-faults")
            await someone.page.keyboard.press("?")
            await look_at(someone, "help")
            await other.post("/console/requests/1", {"decision": "x"}, of="/console/requests/1")
            assert [one for one in someone.faults if "404" not in one and "422" not in one] == []
        async with resident(browser) as someone:
            await log_in(someone, desks.url, he, OF_OTHERS["audit"])
            await look_at(someone, "audit")
            await someone.page.get_by_role("button", name="Verify").click()
            await expect(someone.page.locator(".done")).to_contain_text("whole and in order")
            await look_at(someone, "verdict")
        async with resident(browser) as someone:
            await log_in(someone, desks.url, ops, OF_OTHERS["voice"])
            await someone.page.keyboard.press("x")
            await expect(someone.page.get_by_label("Where", exact=True)).to_be_visible()
            await look_at(someone, "voice")


async def test_somebody_joins_and_logs_in_by_passkey(house: House, browser: Browser) -> None:
    """From the link to the first page with one press, and later from the login page with one."""
    boss, second = [await hire(house.engine, one, ADMIN) for one in ("boss", "second")]
    async with named_desks(house) as desks, desks.chair(boss) as chair, desks.chair(second) as other:
        await chair.post("/console/staff", NEW, of="/console/staff/-/new")
        await other.post("/console/requests/1", {"decision": "allow"}, of="/console/requests/1")
        link = (await other.post("/console/staff/mei/invite", of="/console/staff/mei")).secret
        async with resident(browser, locale="en-GB") as someone:
            session, made = await authenticator(someone)
            page = someone.page
            await page.add_init_script(NO_OFFER)
            await page.goto(link)
            await look_at(someone, "join")
            await expect(page.get_by_role("button", name="Create a passkey")).to_be_focused()
            await expect(page.locator("[data-lacks]:visible")).to_have_count(0)
            await expect(page.get_by_label("Password", exact=True)).to_be_hidden()  # one thing to do is seen
            await page.keyboard.press("Enter")
            await page.wait_for_url(f"{desks.url}/console/tickets?done=joined")
            await page.goto(f"{desks.url}/console/account")
            await expect(page.get_by_text("Made on joining")).to_be_visible()
            await page.locator("details.menu summary").click()
            await page.get_by_role("button", name="Log out").click()
            await page.wait_for_url(f"{desks.url}/console/login?done=logged_out")
            await page.goto(f"{desks.url}/console/requests")
            await page.get_by_role("button", name="Log in with a passkey").click()
            await page.wait_for_url(f"{desks.url}/console/requests")
            credentials = await session.send("WebAuthn.getCredentials", {"authenticatorId": made})
            assert credentials["credentials"][0]["signCount"] >= 2
            assert someone.faults == []


async def test_a_first_ticket_is_answered_and_closed_by_the_keys_of_the_guide(house: House, browser: Browser) -> None:
    """From the invitation, as docs/how-to/answer-tickets.md says; where the hand is, there is the next thing to do."""
    boss, second = [await hire(house.engine, one, ADMIN) for one in ("boss", "second")]
    async with named_desks(house) as desks, desks.chair(boss) as chair, desks.chair(second) as other:
        await chair.post("/console/staff", NEW, of="/console/staff/-/new")
        await other.post("/console/requests/1", {"decision": "allow"}, of="/console/requests/1")
        link = (await other.post("/console/staff/mei/invite", of="/console/staff/mei")).secret
        for _ in range(2):
            await waits(house)
        async with resident(browser, locale="en-GB") as someone:
            await authenticator(someone)
            page = someone.page
            await page.goto(link)
            await expect(page.get_by_role("button", name="Create a passkey")).to_be_focused()
            await press(page, "Enter")
            await page.wait_for_url("**/console/tickets?done=joined")
            for _ in range(2):
                await expect(page.locator("[data-key=n]")).to_be_focused()
                await press(page, "Enter")
                await page.wait_for_url("**/console/tickets/T-*")
                await press(page, "r")
                await page.keyboard.type("It is booked.")
                await press(page, "Control+Enter")
                await expect(page.locator(".line.clerk")).to_contain_text("It is booked.")
                await press(page, "Escape", "e", "Tab", "Enter")
                await page.wait_for_url("**/console/tickets?show=mine*")
            await expect(page.locator(".done")).to_be_focused()
            assert someone.faults == []
    assert await house.scalar("SELECT count(*) FROM tickets WHERE state = 'closed'") == 2


async def test_a_password_is_judged_before_a_code_is_fetched(house: House, browser: Browser) -> None:
    """Once it is typed, beside its field; nothing else of the page moves."""
    async with invited(house) as link, resident(browser, locale="en-GB") as someone:
        page = someone.page
        await page.goto(link)
        secret = await page.locator("#by-password-form code").text_content()
        for typed, said in (("password1234", "Many people use this password"), (PASSWORD, "can be used")):
            await page.get_by_label("Password", exact=True).fill(typed)
            await page.keyboard.press("Tab")
            await expect(page.locator("#password-said")).to_contain_text(said)
        assert await page.locator("#by-password-form code").text_content() == secret
        password = page.get_by_label("Password", exact=True)
        assert await password.input_value() == PASSWORD
        shows = page.get_by_role("button", name="Show password")
        await expect(shows).to_be_focused()
        for kind in ("text", "password"):
            await page.keyboard.press("Enter")
            await expect(password).to_have_attribute("type", kind)
        await page.get_by_role("button", name="Copy").click()
        await expect(page.get_by_role("button", name="Copied")).to_be_visible()
        assert someone.faults == []


INSECURE = "Object.defineProperty(window, 'isSecureContext', {get: () => false})"
WITHOUT: dict[str, tuple[str, str]] = {
    "address": ("", "the address is a number"),
    "browser": ("delete PublicKeyCredential.parseRequestOptionsFromJSON", "this browser knows none"),
    "https": (f"delete window.PublicKeyCredential; {INSECURE}", "https"),
}


@pytest.mark.parametrize(("script", "said"), WITHOUT.values(), ids=WITHOUT)
async def test_who_can_make_no_passkey_is_told_why(house: House, browser: Browser, script: str, said: str) -> None:
    """In one sentence; the hand begins at the password instead, which is sent once."""
    async with invited(house) as link, resident(browser, locale="en-GB") as someone:
        page = someone.page
        await page.add_init_script(script)
        await page.goto(link if script else link.replace("localhost", "127.0.0.1"))
        await expect(page.get_by_text(said)).to_be_visible()
        await expect(page.get_by_label("Password", exact=True)).to_be_focused()
        assert await someone.barriers() == []
        await page.keyboard.type(PASSWORD)
        secret = "".join((await page.locator("#by-password-form code").text_content() or "").split())
        await page.get_by_role("textbox", name="Code").fill(pyotp.TOTP(secret).now())
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/console/tickets?done=joined")


HAS_DEVICE = "PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable = async () => {}"


@pytest.mark.parametrize("has_device", [False, True])
async def test_the_way_that_works_on_this_device_is_first(house: House, browser: Browser, has_device: bool) -> None:
    """Without fingerprint, face or PIN that is the password, where the hand begins; a passkey is the other way."""
    async with invited(house) as link, resident(browser, locale="en-GB") as someone:
        page = someone.page
        await page.add_init_script(HAS_DEVICE.format(str(has_device).lower()))
        await page.goto(link)
        password, passkey = page.get_by_label("Password", exact=True), page.get_by_role("button", name="passkey")
        await expect(passkey if has_device else password).to_be_focused()
        titles = await page.locator("main h2").all_inner_texts()
        ways = ["Passkey (recommended)", "Password and authenticator app"]
        assert titles == (ways if has_device else ["Password and authenticator app (recommended)", "Passkey"])
        await expect(page.locator("main .button.primary")).to_have_count(1)
        await expect(page.get_by_text("no fingerprint, face or PIN")).to_be_visible(visible=not has_device)
        await look_at(someone, f"join-{'with' if has_device else 'without'}-device")
        assert someone.faults == []


async def test_the_console_works_by_keyboard_alone(house: House, browser: Browser) -> None:
    """g and a letter, / and ?, j, k and Enter; a decision without a mouse; and shortcuts that can be switched off."""
    boss, second = [await hire(house.engine, one, ADMIN) for one in ("boss", "second")]
    async with named_desks(house) as desks, desks.chair(second) as other:
        await other.post("/console/staff", NEW, of="/console/staff/-/new")
        async with resident(browser) as someone:
            page, keys = someone.page, someone.page.keyboard
            await log_in(someone, desks.url, boss)
            await keys.press("Tab")
            await expect(page.locator(".skip")).to_be_focused()
            await keys.press("?")
            await expect(page.locator("#help")).to_be_visible()
            await keys.press("Escape")
            await expect(page.locator("#help")).to_be_hidden()
            await keys.press("g")
            await keys.press("p")
            await page.wait_for_url(f"{desks.url}/console/staff")
            await keys.press("/")
            await keys.type("sec")
            await expect(page.locator("#rows tbody tr")).to_have_count(1)
            await keys.press("Escape")
            await keys.press("j")
            await keys.press("Enter")
            await page.wait_for_url(f"{desks.url}/console/staff/second")
            await keys.press("g")
            await keys.press("r")
            await page.wait_for_url(f"{desks.url}/console/requests")
            await keys.press("j")
            await keys.press("Enter")
            await page.wait_for_url(f"{desks.url}/console/requests/1")
            await page.get_by_label("Reason for the decision").focus()
            await keys.type("?gs agreed")
            await keys.press("Tab")
            await keys.press("Enter")
            await page.wait_for_url(f"{desks.url}/console/requests?done=request_allowed")
            await expect(page.get_by_text("Allowed and done.")).to_be_visible()
            await keys.press("?")
            await page.get_by_role("button", name="Turn single-key shortcuts off").click()
            await page.wait_for_load_state()
            await keys.press("?")
            await expect(page.locator("#help")).to_be_hidden()
            assert someone.faults == []


async def test_pages_grow_by_themselves(house: House, browser: Browser) -> None:
    """What waits appears without a reload."""
    boss, second = [await hire(house.engine, one, ADMIN) for one in ("boss", "second")]
    async with named_desks(house) as desks, desks.chair(second) as other, resident(browser) as someone:
        page = someone.page
        await log_in(someone, desks.url, boss)
        await expect(page.get_by_text("Nothing waits for your decision.")).to_be_visible()

        async def asked() -> bool:
            await desks.console.news.tell("requests")
            return await page.get_by_text("Give mei the role").count() > 0

        await other.post("/console/staff", NEW, of="/console/staff/-/new")
        await until(asked, each_seconds=0.3)


async def passes(house: House, page: Page, span: str) -> None:
    """Let so much time pass for a session, and for the page that shows when it ends."""
    async with transaction(house.engine) as connection:
        await connection.execute(text(f"UPDATE staff_sessions SET idle_until = idle_until - interval '{span}'"))
    await page.clock.fast_forward(510_000)


async def test_the_end_of_a_session_is_told_of(house: House, browser: Browser) -> None:
    """Before it ends one may stay; then comes the login page, which leads back."""
    lin = await hire(house.engine, "lin", ADMIN)
    limits = SessionLimits(idle=timedelta(minutes=10))
    async with named_desks(house, limits) as desks, resident(browser) as someone:
        page = someone.page
        await page.clock.install()
        await log_in(someone, desks.url, lin, "/console/account")
        await passes(house, page, "8 minutes 20 seconds")
        await expect(page.get_by_text("Your session is about to end")).to_be_visible()
        assert await someone.barriers() == []
        await someone.screenshot("console-ending")
        await page.get_by_role("button", name="Stay logged in").click()
        await expect(page.locator("#ending")).to_be_hidden()
        assert await house.scalar("SELECT idle_until > clock_timestamp() + interval '8 minutes' FROM staff_sessions")
        await passes(house, page, "11 minutes")
        await page.wait_for_url(f"{desks.url}/console/login?next=%2Fconsole%2Faccount")


async def test_everything_works_without_script(house: House, browser: Browser) -> None:
    """Plain forms: log in, search, decide, choose a language, log out."""
    boss, second = [await hire(house.engine, one, ADMIN) for one in ("boss", "second")]
    async with named_desks(house) as desks, desks.chair(second) as other:
        await other.post("/console/staff", NEW, of="/console/staff/-/new")
        async with resident(browser, java_script_enabled=False) as someone:
            page = someone.page
            await log_in(someone, desks.url, boss)
            await page.goto(f"{desks.url}/console/staff")
            await page.get_by_label("Search by name").fill("mei")
            await page.get_by_role("button", name="Search").click()
            await page.get_by_role("link", name="Mei Lan").click()
            await page.goto(f"{desks.url}/console/requests/1")
            await page.get_by_role("button", name="Allow").click()
            await expect(page.get_by_text("Allowed and done.")).to_be_visible()
            await page.locator("details.menu summary").click()
            await page.get_by_role("button", name="繁體中文").click()
            await expect(page.get_by_role("heading", name="批核")).to_be_visible()
