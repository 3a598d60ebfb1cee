"""Pages that few residents see, and those of an order in each of its states: axe-core finds nothing on them either."""

from pathlib import Path

from fixtures.house import House
from fixtures.payments import CITY, pay_back, paying_at
from fixtures.resident import KEEPS_PICTURES, Resident, resident
from fixtures.street import street
from playwright.async_api import Browser, expect

from desk.contract.wire import LOCALES
from desk.payments.refunds import Refunds
from sandbox.alipay.identity import ensure_keys

STATUS = "#pay[data-status={}]"
PICTURED = {
    "open": "pay",
    "confirming": "pay-confirming",
    "booked": "paid",
    "receipt that holds": "receipt-valid",
    "refunded": "pay-refunded",
    "receipt": "receipt-refunded",
    "of several": "pay-several",
    "past its time": "pay-expired",
    "version": "widget-version",
    "problem": "problem",
    "over": "my-data-over",
    "check": "receipt-check",
}
"""Pages of which pictures are kept in every language, by how those are called."""
NOTED = "my-data/00000000000000000000000000000000"


async def look(someone: Resident, address: str, name: str, wanted: str, lang: str = "zh_Hant") -> None:
    """Open a page; see that what is wanted stands there, without a barrier, light and dark, and fits a telephone."""
    await someone.page.goto(f"{address}{'&' if '?' in address else '?'}lang={lang}")
    await expect(someone.page.locator(wanted)).to_be_visible()
    assert await someone.barriers_by_scheme() == [], name
    await someone.page.set_viewport_size({"width": 320, "height": 640})
    assert await someone.page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0, name
    await someone.page.set_viewport_size({"width": 1280, "height": 860})
    for one in LOCALES if KEEPS_PICTURES and name in PICTURED else ():
        await someone.page.goto(f"{address}{'&' if '?' in address else '?'}lang={one}")
        await someone.pictures(PICTURED[name], [360, 1440], one)
        await someone.page.set_viewport_size({"width": 1280, "height": 860})


async def test_an_order_in_each_of_its_states(house: House, browser: Browser, tmp_path: Path) -> None:
    """Open, awaited, booked, refunded, past its time; and the receipt of what was returned."""
    async with (
        paying_at(house, tmp_path / "data", ensure_keys(tmp_path / "pay-keys")) as paying,
        resident(browser) as someone,
    ):
        _, payment = await paying.offered()
        address = payment["url"]
        await look(someone, address, "open", STATUS.format("open"))
        await look(someone, f"{address}&back=1", "confirming", STATUS.format("confirming"))
        await paying.pay(payment)
        await paying.becomes(payment, "booked")
        await look(someone, address, "booked", STATUS.format("booked"))
        held = await someone.page.locator("#pay .main-button").get_attribute("href")
        receipt = str(held).partition("&lang")[0]
        await look(someone, receipt, "receipt that holds", ".receipt-valid")
        dependencies = paying.parts.payments.dependencies
        await Refunds(dependencies).carry_out((await pay_back(dependencies, payment["order"])).id)
        await paying.becomes(payment, "refunded")
        await look(someone, address, "refunded", STATUS.format("refunded"))
        await look(someone, receipt, "receipt", ".receipt-refunded")
        another = await paying.offered_both()
        await look(someone, another["url"], "of several", ".pay-items")
        await paying.set_ahead(hours=1)
        await look(someone, another["url"], "past its time", ".pay-expired, .pay-closed")


async def test_pages_that_few_see(house: House, browser: Browser) -> None:
    """A form whose answer takes long, a version of the script, a problem, a link to one's data that is over."""
    async with street(house) as there, resident(browser) as someone:
        answer = await someone.context.request.get(f"{there.url}/chat.js")
        version = answer.headers["etag"].removeprefix("W/").strip('"')
        await someone.context.request.get(f"{there.url}/chat-{version}.js")
        await look(someone, f"{there.url}/{CITY}/widget/{version}", "version", ".facts")
        await look(someone, f"{there.url}/problems/too-large", "problem", "h1")
        await look(someone, f"{there.url}/receipt", "check", "main form")
        await look(someone, f"{there.url}/{NOTED}", "over", "h1")
        await someone.open(there.url, CITY)
        await someone.input.fill("hold")
        await someone.input.press("Enter")
        await expect(someone.mine.last).to_have_attribute("data-state", "sent")
        form = f"{there.url}/{CITY}/services/traffic_fines/form"
        await someone.page.goto(form)
        await expect(someone.page.locator(".form-page [role=status]")).to_be_visible()  # found by the chat's session
        await look(someone, form, "working", ".form-page [role=status]", "zh_Hans")
        there.bot.let_go.set()
