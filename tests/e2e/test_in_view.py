"""On a phone what can be done next is in sight at every step, and no step says anything twice."""

import re
from typing import Any

import pytest
from fixtures.product import Product
from fixtures.resident import Resident, resident
from fixtures.walks import COUPLE
from playwright.async_api import Browser, expect

PHONE: dict[str, Any] = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True, "reduced_motion": "reduce"}
"""Without gliding: what is tapped while the conversation still glides is out of sight to a browser that is driven."""
CITY = "hangzhou"
NEXT = "city-chat .row:last-child > .act:not([hidden], :has(~ .act:not([hidden]))) :is(a, button:enabled)"
CHOICES = "city-chat .row:last-child .choices button:enabled:visible"


async def what_can_be_done(someone: Resident) -> None:
    """See that the place to write, and what stands to choose, is in sight: all of a few, the first of many."""
    await expect(someone.input).to_be_in_viewport(ratio=1)
    few = await someone.page.locator(NEXT).all()
    many = await someone.page.locator(CHOICES).all()
    for one in few or many[:1]:
        await expect(one).to_be_in_viewport(ratio=0.9)
    assert await someone.page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0


async def pressed(someone: Resident, title: str | re.Pattern[str]) -> str:
    """Scroll the conversation to the last button of a name, press it, and wait for what comes.

    Tapping what is out of sight moves it to the middle of the window, and the whole page with it; nobody does that.
    """
    before = await someone.theirs.count()
    button = someone.page.locator("city-chat .choices button:enabled").filter(has_text=title).last
    await button.evaluate("one => one.scrollIntoView({ block: 'nearest', behavior: 'instant' })")
    await button.tap()
    return await someone.hear(before)


async def test_a_fine_is_paid_with_every_action_in_sight(product: Product, browser: Browser) -> None:
    """Wish, plate, VIN, pay: four turns and two presses; a line, a card, and the way to pay in sight under it."""
    facts = await product.facts(CITY)
    async with resident(browser, **PHONE) as someone:
        await someone.open(product.site.url, CITY)
        for said in ("我要交违章罚款", facts["plate_with_unpaid_fine"], facts["vin_last6"]):
            shown = await someone.say(said)
            await what_can_be_done(someone)
        await someone.screenshot("in-view-fine")
        assert shown.count(facts["fine_amount"]) == 5  # line, card and its title, offer, button
        await pressed(someone, facts["fine_amount"])
        await what_can_be_done(someone)
        await expect(someone.page.locator("city-chat .payment-link").last).to_be_in_viewport(ratio=1)
        await someone.screenshot("in-view-pay")
        words = someone.page.locator("city-chat .row:last-child .bubble")
        assert "http" not in " ".join(await words.all_inner_texts())
        assert await someone.barriers("city-chat") == []


async def test_an_appointment_is_booked_with_every_action_in_sight(product: Product, browser: Browser) -> None:
    """Office, day and time by buttons, the couple, the summary with its yes in sight, the calendar as a button."""
    await product.reset(CITY)
    facts = await product.facts(CITY)
    async with resident(browser, **PHONE) as someone:
        await someone.open(product.site.url, CITY)
        await someone.say("我们想预约领证")
        await what_can_be_done(someone)
        for choice in (facts["marriage_office"], "年", ":"):
            await pressed(someone, choice)
            await what_can_be_done(someone)
        for _, key in COUPLE:
            await someone.say(facts[key])
            await what_can_be_done(someone)
        await someone.screenshot("in-view-summary")
        typed = await someone.mine.all_inner_texts()
        await pressed(someone, "确认")
        await what_can_be_done(someone)
        await someone.screenshot("in-view-booked")
        links = someone.page.locator("city-chat .row:last-child .lead")
        await expect(links.first).to_be_in_viewport(ratio=1)
        booked = await someone.page.locator("city-chat .row:last-child").inner_text()
    numbers = [facts["valid_id_number"], facts["partner_id_number"], facts["phone"]]
    assert [number for number in numbers if any(number in one for one in typed)] == []
    assert re.search("星期[一二三四五六日]", booked)


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
        await someone.open(product.site.url, CITY, lang)
        await pressed(someone, asks)
        button = someone.page.locator("city-chat .choices").get_by_role("button", name=here)
        await expect(button).to_be_in_viewport(ratio=1)
        before = await someone.theirs.count()
        await button.tap()
        await someone.page.locator("city-chat dialog .main").tap()
        shown = await someone.hear(before)
        await expect(button).to_have_count(0)
        await someone.screenshot(f"in-view-bus-{lang}")
    assert facts["stop_with_realtime" if lang == "zh_Hans" else "stop_with_realtime_en"] in shown
