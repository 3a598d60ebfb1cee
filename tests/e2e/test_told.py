"""Being told on one's device that there is news, in a real browser: asked for when it is of use, and led back."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from fixtures.house import KEYS, SITE, House, until
from fixtures.post import post_office
from fixtures.pretend_city import pretend_city
from fixtures.resident import Resident, resident
from fixtures.street import Street, street
from fixtures.told import HOSTS, Telling, utc
from fixtures.web import Caller, Site
from playwright.async_api import Browser, expect

from desk.conversations.live import Live
from desk.devices.services import PushServices
from desk.devices.signing import signer
from desk.web.kept.pushes import Pushes

BROWSER = """
    (made) => {
        window.asked = 0;
        const ask = Notification.requestPermission.bind(Notification);
        Notification.requestPermission = () => { window.asked += 1; return ask(); };
        let kept = null;
        PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
            const letters = applicationServerKey.replaceAll('-', '+').replaceAll('_', '/');
            const key = Uint8Array.from(atob(letters), (one) => one.charCodeAt(0)).buffer;
            const unsubscribe = async () => { kept = null; return true; };
            kept = { toJSON: () => made, options: { applicationServerKey: key }, unsubscribe };
            return kept;
        };
        PushManager.prototype.getSubscription = async () => kept;
    }
"""
"""A browser without a push service of its own: the pretend one's stands in."""
SHOWN = """
    async () => (await (await navigator.serviceWorker.getRegistration('/hangzhou')).getNotifications())
        .map(({ title, body, lang, tag, data }) => ({ title, body, lang, tag, data }))
"""


@asynccontextmanager
async def town(house: House, folder: Path) -> AsyncIterator[tuple[Street, Telling]]:
    """The desk, and a pretend push service."""
    async with TestServer(pretend_city(folder, utc)) as sandbox, ClientSession() as http:
        url = str(sandbox.make_url("")).rstrip("/")
        services, ours = PushServices(HOSTS, url), signer(KEYS, SITE)
        async with street(house, pushes=Pushes(services, ours)) as there:
            yield there, Telling(house, Site(there.url, http), url, services, ours)


async def sit(someone: Resident, there: Street, desk: Telling, lang: str = "en") -> str:
    """Give a browser its part of the push service, and open the city's page; answers its id there."""
    made = await desk.browser()
    await someone.context.grant_permissions(["notifications"], origin=there.url)
    said = json.dumps({"endpoint": made["endpoint"], "keys": made["keys"]})
    await someone.page.add_init_script(f"({BROWSER})({said})")
    await someone.open(there.url, lang=lang)
    return str(made["id"])


async def caller_of(desk: Telling) -> Caller:
    """The one conversation that there is."""
    return Caller(desk.site, str(await desk.house.scalar("SELECT id FROM conversations")), "")


async def deliver(someone: Resident, url: str, data: dict[str, Any]) -> None:
    """Hand what the push service carried to the browser's service worker."""
    cdp = await someone.context.new_cdp_session(someone.page)
    found = list[str]()
    cdp.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: found.extend(one["registrationId"] for one in told["registrations"]),
    )
    await cdp.send("ServiceWorker.enable")

    async def known() -> bool:
        return bool(found)

    await until(known)
    message = {"origin": url, "registrationId": found[-1], "data": json.dumps(data)}
    await cdp.send("ServiceWorker.deliverPushMessage", message)


async def test_who_asked_to_be_told_is_led_back(house: House, browser: Browser, tmp_path: Path) -> None:
    """Nothing is asked when the page is opened; after a ticket it is offered, by keyboard; then the page is left, a
    clerk answers, and the device says that there is news, not what; a click leads to the conversation.
    """
    async with town(house, tmp_path) as (there, desk), resident(browser) as someone:
        name = await sit(someone, there, desk)
        offering = someone.page.locator("city-chat .offering")
        await expect(offering).to_be_hidden()
        await someone.say("ticket")
        await expect(offering).to_be_visible()
        assert await someone.page.evaluate("asked") == 0
        barriers = await someone.barriers_by_scheme("city-chat")
        await someone.screenshot("told-offer")
        await offering.get_by_role("button", name="Yes, tell me").press("Enter")
        await expect(offering.get_by_role("status")).to_have_text("Done. This device will tell you when there is news.")
        assert (await someone.page.evaluate("asked"), await desk.devices()) == (1, 1)
        await offering.get_by_role("button", name="Close").click()
        await expect(someone.input).to_be_focused()
        li = await caller_of(desk)
        async with desk.sender():
            await desk.answer(li, "Looked at")
            await desk.become(li, "dropped")
            await someone.page.goto(f"{there.url}/hangzhou/privacy?lang=en")
            await until(lambda: looked_at(desk, li), becomes=False)
            await desk.answer(li, "Your papers are complete, Ms Li")
            await until(lambda: times(desk, name), becomes=1)
        [told] = await desk.told(name)
        await deliver(someone, there.url, told["content"])
        await until(lambda: someone.page.evaluate(f"({SHOWN})().then((one) => one.length)"), becomes=1)
        [shown] = await someone.page.evaluate(SHOWN)
        assert (shown["title"], shown["data"]["count"]) == (told["content"]["title"], 1)
        assert shown["body"] == "A member of staff has replied. Open the conversation to read it."
        [worker] = [one for one in someone.context.service_workers if one.url.endswith("/hangzhou/worker.js")]
        led = await worker.evaluate("""
            async () => {
                let there = null;
                clients.openWindow = async (url) => { there = url; };
                const [notification] = await registration.getNotifications();
                dispatchEvent(new NotificationEvent('notificationclick', { notification }));
                while (there === null) await new Promise((resolve) => setTimeout(resolve, 20));
                return there;
            }
        """)
        assert led == "/hangzhou?lang=en#talk"
        assert (barriers, someone.faults) == ([], [])


async def looked_at(desk: Telling, caller: Caller) -> bool:
    return await Live(desk.house.redis).is_looked_at(UUID(caller.session))


async def times(desk: Telling, name: str) -> int:
    return len(await desk.told(name))


async def test_it_is_ended_in_the_menu(house: House, browser: Browser, tmp_path: Path) -> None:
    """And asked for there: who said no once finds it again."""
    async with town(house, tmp_path) as (there, desk), resident(browser) as someone:
        await sit(someone, there, desk)
        menu = someone.page.locator("city-chat").get_by_role("button", name="More options")
        offering = someone.page.locator("city-chat .offering")
        for choice, devices in (("Yes, tell me", 1), ("Turn off", 0)):
            await menu.click()
            await someone.page.locator("city-chat .menu").get_by_role("button", name="Alerts on this device").click()
            await offering.get_by_role("button", name=choice).click()
            await expect(offering.get_by_role("status")).to_be_visible()
            assert await desk.devices() == devices
            await offering.get_by_role("button", name="Close").click()
        assert someone.faults == []


async def test_who_logs_out_is_told_no_more(house: House, browser: Browser, tmp_path: Path) -> None:
    """The desk forgets the device with the session."""
    async with town(house, tmp_path) as (there, desk), resident(browser) as someone:
        await sit(someone, there, desk)
        await someone.say("ticket")
        offering = someone.page.locator("city-chat .offering")
        await offering.get_by_role("button", name="Yes, tell me").click()
        await expect(offering.get_by_role("status")).to_be_visible()
        chat = someone.page.locator("city-chat")
        await chat.get_by_role("button", name="More options").click()
        await chat.get_by_role("button", name="End this conversation here").click()
        await chat.locator("dialog").get_by_role("button", name="End it", exact=True).click()
        await until(desk.devices, becomes=0)


async def test_nobody_is_asked_where_the_desk_tells_nobody(house: House, browser: Browser) -> None:
    """Neither after a ticket nor in the menu."""
    async with street(house) as there, resident(browser) as someone:
        await someone.context.grant_permissions(["notifications"], origin=there.url)
        await someone.open(there.url, lang="en")
        await someone.say("ticket")
        await expect(someone.page.locator("city-chat .offering")).to_be_hidden()
        await someone.page.locator("city-chat").get_by_role("button", name="More options").click()
        menu = someone.page.locator("city-chat .menu")
        await expect(menu.get_by_role("button", name="Alerts on this device")).to_be_hidden()


async def test_text_messages_are_offered_where_the_city_sends_them(
    house: House, browser: Browser, tmp_path: Path
) -> None:
    """In the chat, also to a browser that can be told nothing itself; the link leads to where they are wished."""
    async with (
        post_office(house, tmp_path, channel="sms") as office,
        street(house, channels=office.channels) as there,
        resident(browser) as someone,
    ):
        page = someone.page
        await someone.open(there.url, lang="en")
        offering = page.locator("city-chat .offering")
        await expect(offering).to_be_hidden()
        await someone.say("ticket")
        await expect(offering).to_contain_text("we can text your phone")
        assert await someone.barriers_by_scheme("city-chat") == []
        await someone.screenshot("told-by-text-offer")
        await offering.get_by_role("link", name="Tell me by text message").click()
        await expect(page.get_by_role("heading", name="Text messages")).to_be_in_viewport()
        assert someone.faults == []


async def test_a_hidden_page_counts_in_its_title(house: House, browser: Browser) -> None:
    """Until it is looked at again."""
    async with street(house) as there, resident(browser) as someone:
        await someone.open(there.url, lang="en")
        title = await someone.page.title()
        hide = "(state) => { Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });"
        hide += " document.dispatchEvent(new Event('visibilitychange')); }"
        await someone.say("hello")
        await someone.page.evaluate(hide, "hidden")
        await someone.say("hello again")
        await until(someone.page.title, becomes=f"(1) {title}")
        await someone.page.evaluate(hide, "visible")
        assert await someone.page.title() == title


@pytest.mark.parametrize(("lang", "said"), [("en", "You are offline"), ("zh_Hans", "没有网络")])
async def test_without_a_network_the_telephones_stand_there(
    house: House, browser: Browser, lang: str, said: str
) -> None:
    """Of the city, in the resident's language; nothing of the conversation is kept."""
    async with street(house) as there, resident(browser) as someone:
        await someone.open(there.url, lang=lang)
        await someone.say("我的密码是 9f3a")
        await someone.page.evaluate("navigator.serviceWorker.ready.then(() => {})")
        kept = await someone.page.evaluate("""
            async () => {
                const held = (await caches.keys()).map(async (name) => (await caches.open(name)).keys());
                return (await Promise.all(held)).flat().map(({ url }) => new URL(url).pathname);
            }
        """)
        await there.down()
        await someone.page.goto(f"{there.url}/hangzhou?lang={lang}")
        await expect(someone.page.get_by_role("heading", level=1)).to_have_text(said)
        barriers = await someone.barriers()
        await someone.screenshot(f"offline-{lang}")
        assert await someone.page.locator(".agencies li").count() > 3
        assert set(kept) == {"/hangzhou/offline", "/hangzhou/theme.css", "/static/page.css"}
        assert barriers == []
        await there.up()
        await someone.page.get_by_role("link", name="Try again" if lang == "en" else "重新打开").click()
        await expect(someone.theirs.first).to_be_visible()


async def test_it_is_offered_with_ones_own_matters(house: House, browser: Browser, tmp_path: Path) -> None:
    """Where something is going on and the chat is this browser's; asked of the browser after the yes; ended there."""
    async with town(house, tmp_path) as (there, desk), resident(browser) as someone:
        await sit(someone, there, desk)
        await someone.page.goto(f"{there.url}/hangzhou/my-matters?lang=en")
        offering = someone.page.locator("#own-push")
        await expect(someone.page.locator(".own-who")).to_be_visible()
        await expect(offering).to_have_count(0)
        await someone.open(there.url, lang="en")
        await someone.say("ticket")
        await someone.page.goto(f"{there.url}/hangzhou/my-matters?lang=en")
        yes = offering.get_by_role("button", name="Yes, tell me")
        await expect(yes).to_be_visible()
        barriers = await someone.barriers_by_scheme()
        await someone.screenshot("my-matters-told")
        assert (await someone.page.evaluate("asked"), await desk.devices()) == (0, 0)
        await offering.get_by_role("checkbox").check()
        await yes.press("Enter")
        await expect(offering.get_by_role("status")).to_have_text("Done. This device will tell you when there is news.")
        await expect(offering.get_by_role("status")).to_be_focused()
        assert (await someone.page.evaluate("asked"), await desk.devices()) == (1, 1)
        assert await house.scalar("SELECT announcements FROM push_devices")
        li = await caller_of(desk)
        assert not await looked_at(desk, li)
        await offering.get_by_role("button", name="Turn off").click()
        await until(desk.devices, becomes=0)
        assert (barriers, someone.faults) == ([], [])
