"""On a phone what can be done next is in sight at every step, no step says anything twice, and jobs take few steps."""

import re

import pytest
from fixtures.checkout import PHONE as CASHIERS_PHONE
from fixtures.checkout import booked, pay_at_cashier
from fixtures.drawn import drawn
from fixtures.house import ROOT
from fixtures.in_view import PHONE, Walk
from fixtures.product import Product
from fixtures.resident import resident
from fixtures.walks import COUPLE
from playwright.async_api import Browser, Page, expect

CITY = "hangzhou"
PAGE = ROOT / "docs" / "explanation" / "pages.md"
WALKED_BY = {**CASHIERS_PHONE, **PHONE}
NUMBERS = ("valid_id_number", "partner_id_number", "phone")


def stands_on_the_page(job: str, walk: Walk) -> bool:
    """Whether the documentation says what a job took (`docs/explanation/pages.md`)."""
    turns, typed, presses = walk.took
    return f"| {job} | {turns} | {typed} | {presses} |" in PAGE.read_text(encoding="utf-8")


async def pays(walk: Walk, amount: str) -> None:
    """Pay what is offered: its button, the way to its page, the way to the provider; then it is paid there."""
    someone = walk.someone
    await walk.chooses(amount)
    await someone.screenshot("in-view-pay")
    words = someone.page.locator("city-chat .row:last-child .bubble")
    assert "http" not in " ".join(await words.all_inner_texts())
    async with someone.context.expect_page() as opened:
        await walk.presses_on(someone.page.locator("city-chat .payment-link").last)
    page: Page = await opened.value
    await page.wait_for_load_state()
    await walk.presses_on(page.locator(".main-button"))
    await pay_at_cashier(page)  # the provider's own page
    await booked(page)
    await expect(page.locator(".main-button")).to_be_in_viewport(ratio=1)  # the receipt


async def test_a_fine_is_paid_with_every_action_in_sight(product: Product, browser: Browser) -> None:
    """Wish, plate, VIN, pay; a line, a card, and the way to pay in sight under it."""
    await product.reset(CITY)
    facts = await product.facts(CITY)
    async with resident(browser, **WALKED_BY) as someone:
        walk = Walk(someone)
        await someone.open(product.site.url, CITY)
        for said in ("我要交违章罚款", facts["plate_with_unpaid_fine"], facts["vin_last6"]):
            shown = await walk.says(said)
        await someone.screenshot("in-view-fine")
        assert shown.count(facts["fine_amount"]) == 5  # line, card and its title, offer, button
        assert await someone.barriers("city-chat") == []
        await pays(walk, facts["fine_amount"])
    assert stands_on_the_page("A fine, one thing at a time", walk), walk.took


async def test_a_fine_that_is_told_at_once_is_paid(product: Product, browser: Browser) -> None:
    """One sentence shows it."""
    await product.reset(CITY)
    facts = await product.facts(CITY)
    async with resident(browser, **WALKED_BY) as someone:
        walk = Walk(someone)
        await someone.open(product.site.url, CITY)
        await walk.says(f"查下{facts['plate_with_unpaid_fine']}的违章，车架号后六位{facts['vin_last6']}")
        await pays(walk, facts["fine_amount"])
    assert stands_on_the_page("A fine, told at once", walk), walk.took


async def test_an_appointment_is_booked_with_every_action_in_sight(product: Product, browser: Browser) -> None:
    """Office, day and time by buttons, the couple, the summary with its yes in sight, the calendar as a button."""
    await product.reset(CITY)
    facts = await product.facts(CITY)
    async with resident(browser, **PHONE) as someone:
        walk = Walk(someone)
        await someone.open(product.site.url, CITY)
        await walk.says("我们想预约领证")
        for choice in (facts["marriage_office"], "年", ":"):
            await walk.chooses(choice)
        for _, key in COUPLE:
            await walk.says(facts[key])
        await someone.screenshot("in-view-summary")
        typed = await someone.mine.all_inner_texts()
        await walk.chooses("确认")
        await someone.screenshot("in-view-booked")
        links = someone.page.locator("city-chat .row:last-child .lead")
        await expect(links.first).to_be_in_viewport(ratio=1)
        shown = await someone.page.locator("city-chat .row:last-child").inner_text()
    assert [key for key in NUMBERS if any(facts[key] in one for one in typed)] == []
    assert re.search("星期[一二三四五六日]", shown)
    assert stands_on_the_page("A marriage appointment, one thing at a time", walk), walk.took


async def test_an_appointment_that_is_told_at_once_is_booked(product: Product, browser: Browser) -> None:
    """All of it in a sentence; whose name is whose is asked once; then the summary's yes."""
    await product.reset(CITY)
    facts = await product.facts(CITY)
    said = (
        "帮我约{marriage_date} {marriage_time} {marriage_office}领证，{person_name} {valid_id_number}，"
        "{partner_name} {partner_id_number}，手机{phone}"
    )
    async with resident(browser, **PHONE) as someone:
        walk = Walk(someone)
        await someone.open(product.site.url, CITY)
        await walk.says(said.format(**facts))
        shown = await walk.says("{person_name}和{partner_name}".format(**facts))
        assert facts["marriage_time"] in shown
        done = await walk.chooses("确认")
    assert "YY" in done
    assert stands_on_the_page("A marriage appointment, told at once", walk), walk.took


async def test_a_pothole_is_reported_with_a_photo(product: Product, browser: Browser) -> None:
    """What, where and the telephone in a sentence, the photo, the summary's yes."""
    async with resident(browser, **PHONE) as someone:
        walk = Walk(someone)
        await someone.open(product.site.url, CITY)
        await walk.says("文三路学院路路口有个大坑，我的电话是13800138000")
        shown = await walk.sends("pothole.png", drawn("PNG", size=(640, 480)))
        await someone.screenshot("in-view-report")
        assert "13800138000" not in shown
        done = await walk.chooses("确认")
    assert "受理编号" in done
    assert stands_on_the_page("A pothole, with a photo", walk), walk.took


@pytest.mark.parametrize(
    ("lang", "asks", "here"),
    [("zh_Hans", "公交到站时间", "用我现在的位置"), ("en", "Next bus", "Use where I am now")],
)
async def test_where_a_place_is_asked_it_can_be_sent(
    product: Product, browser: Browser, lang: str, asks: str, here: str
) -> None:
    """The button stands under the question, in sight, and sends the place once it is agreed to."""
    facts = await product.facts(CITY)
    place = {"latitude": float(facts["stop_with_realtime_lat"]), "longitude": float(facts["stop_with_realtime_lon"])}
    async with resident(browser, **PHONE, geolocation=place, permissions=["geolocation"]) as someone:
        walk = Walk(someone)
        await someone.open(product.site.url, CITY, lang)
        await walk.chooses(asks)
        button = someone.page.locator("city-chat .choices").get_by_role("button", name=here)
        before = await someone.theirs.count()
        await walk.presses_on(button)
        await walk.presses_on(someone.page.locator("city-chat dialog .main"))
        walk.turns += 1
        shown = await someone.hear(before)
        await expect(button).to_have_count(0)
        await someone.screenshot(f"in-view-bus-{lang}")
    assert facts["stop_with_realtime" if lang == "zh_Hans" else "stop_with_realtime_en"] in shown
    assert stands_on_the_page("The next bus, from where one stands", walk), walk.took
