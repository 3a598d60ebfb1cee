"""A fine is paid in a real browser: from the first words to the receipt that anyone can verify."""

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import pypdfium2 as pdfium
import pytest
from fixtures.checkout import PHONE, Checkout, booked, code_on, let_expire, overflow, pay_at_cashier, scanning
from fixtures.product import Product
from fixtures.resident import Resident, Scheme, keep, resident
from playwright.async_api import Browser, Page, expect

PHONE_NUMBER = re.compile(r"0\d{2,3}-?\d{7,8}|\b1[12]\d{3}\b")
LIGHT_AND_DARK: tuple[Scheme, ...] = ("light", "dark")
"""Pages stay dark, as their pictures are named."""
SEVERAL_PLATE, SEVERAL_VIN = "浙AD37004", "756712"  # of sandbox/data: five fines


@dataclass(frozen=True)
class Words:
    """What is typed, and what must be heard, in a language; each has a city of its own, whose fines it pays."""

    lang: str
    city: str
    asked: str
    open: str
    arrived: str
    confirmed: str
    genuine: str
    to_receipt: str
    cancelled: str
    expired: str
    refused: str
    returned: str
    void: str


WORDS = {
    "zh_Hans": Words(
        "zh_Hans", "hangzhou", "我要交违章罚款", "等待付款", "已收到您支付的", "已缴清", "回执真实有效", "查看电子回执",
        "已关闭", "已超过付款时间", "此前已经缴清", "已退回您的付款账户", "回执不再有效",
    ),
    "zh_Hant": Words(
        "zh_Hant", "guangzhou", "我要交違例罰款", "等候付款", "已收到您支付的", "已繳清", "收據真實有效",
        "查看電子收據", "已關閉", "已過付款時限", "先前已繳清", "已退回您的付款帳戶", "收據不再有效",
    ),
    "en": Words(
        "en", "shenzhen", "I want to pay my traffic fine", "Waiting for payment", "has arrived", "it is paid",
        "genuine and valid", "receipt", "Closed", "has expired", "already been paid", "has been returned",
        "no longer valid",
    ),
}  # fmt: skip


async def offered(someone: Resident, product: Product, words: Words, car: tuple[str, str] | None = None) -> str:
    """Ask, name a car (that of the facts) and its VIN's tail; answers what is shown."""
    facts = await product.facts(words.city)
    plate, vin = car or (facts["plate_with_unpaid_fine"], facts["vin_last6"])
    await someone.open(product.site.url, words.city, words.lang)
    await someone.say(words.asked)
    await someone.say(plate)
    return await someone.say(vin)


@pytest.mark.parametrize("device", ["desktop", "phone"])
@pytest.mark.parametrize("lang", ["zh_Hans", "zh_Hant", "en"])
async def test_a_fine_is_paid_from_the_first_words_to_a_receipt_that_verifies(
    product: Product, browser: Browser, lang: str, device: str
) -> None:
    """Chat → card → pay page → cashier → told live in the chat → receipt → its QR code leads to the same receipt."""
    words, options = WORDS[lang], dict[str, Any](PHONE if device == "phone" else {})
    amount = (await product.facts(words.city))["fine_amount"]
    async with resident(browser, **options) as someone:
        desk = Checkout(someone)
        await offered(someone, product, words)
        said = await desk.choose(amount)
        await expect(desk.status).to_contain_text(words.open)
        await expect(desk.card).to_contain_text(amount)
        order = await desk.order()
        assert f"/pay/{order}?" in str(await desk.way.get_attribute("href"))
        assert "http" not in said  # ways have names
        await expect(someone.input).to_be_in_viewport()
        await expect(desk.way).to_be_in_viewport(ratio=1)
        await someone.screenshot(f"payment-card-{lang}-{device}")

        page = await desk.pay_page()
        await expect(page.locator(".sum")).to_contain_text(amount)
        assert PHONE_NUMBER.search(await page.locator("#pay").inner_text())
        await keep(page, f"pay-open-{lang}-{device}", whole=True)
        if device == "phone":
            assert await overflow(page) == 0
            await page.locator(".main-button").click()
            await pay_at_cashier(page)
        else:
            async with scanning(someone, await code_on(page)) as phone:
                await pay_at_cashier(phone)
        await booked(page)
        await keep(page, f"pay-booked-{lang}-{device}", whole=True)

        await desk.told(words.arrived, amount)
        confirmed = await desk.told(words.confirmed, amount)
        await expect(desk.status).not_to_contain_text(words.open)
        await someone.screenshot(f"payment-told-{lang}-{device}")
        await page.locator("#pay").get_by_role("link", name=words.to_receipt).click()
        await expect(page.locator(".receipt")).to_contain_text(words.genuine)
        await expect(page.locator(".sum")).to_contain_text(amount)
        shown = await page.locator(".facts").inner_text()
        receipt = re.search(r"R-?\d[\d-]*", confirmed)
        assert receipt is not None
        assert receipt[0] in shown
        assert order in shown
        assert await overflow(page) == 0
        await keep(page, f"receipt-{lang}-{device}", whole=True)

        says = await code_on(page)
        pdf = await downloaded(someone, page)
        assert {receipt[0], order, says} <= set(pdf.split())
        assert amount in pdf
        async with scanning(someone, says) as official:
            await expect(official.locator(".receipt-valid")).to_be_visible()
            assert receipt[0] in await official.locator(".facts").inner_text()
            response = await official.goto(says[:-1] + ("0" if says[-1] != "0" else "1"))
            assert response is not None
            assert response.status == 404
        assert someone.faults == []


async def test_one_some_and_all_of_several_fines_are_paid(product: Product, browser: Browser) -> None:
    """Five fines: one by its button, two by their numbers, the rest at once; then nothing is due."""
    words = WORDS["zh_Hans"]
    async with resident(browser) as someone:
        desk = Checkout(someone)
        await offered(someone, product, words, (SEVERAL_PLATE, SEVERAL_VIN))
        sums: list[str] = []
        for asked in ("缴第1笔", "第一笔和第二笔", "全部缴纳"):
            if sums:
                await someone.say("查违章")
                await someone.say(SEVERAL_PLATE)
                await someone.say(SEVERAL_VIN)
            if asked == "第一笔和第二笔":
                await someone.say(asked)
            else:
                await desk.choose(asked)
            await expect(desk.status).to_contain_text(words.open)
            page = await desk.pay_page()
            sums.append(await page.locator(".sum").inner_text())
            items = await page.locator(".pay-items li").count()
            await keep(page, f"pay-several-{len(sums)}", whole=True)
            assert items == (0 if asked == "缴第1笔" else 2)  # a single one is not listed
            async with scanning(someone, await code_on(page)) as phone:
                await pay_at_cashier(phone)
            await booked(page)
            await page.close()
            card = someone.page.locator(".card", has_text="电子回执")
            receipts = someone.theirs.filter(has=card).filter(has_text=words.confirmed)
            await expect(receipts).to_have_count(len(sums))
            await expect(receipts.last).to_contain_text(re.compile(r"回执编号\s*R-?\d"))
        await someone.say("查违章")
        await someone.say(SEVERAL_PLATE)
        nothing = await someone.say(SEVERAL_VIN)
        await someone.screenshot("payment-several")
    assert "缴第" not in nothing
    assert len(sums) == 3


@pytest.mark.parametrize("lang", ["zh_Hans", "en"])
async def test_an_order_that_expires_is_told_in_the_chat_and_on_its_page(
    product: Product, browser: Browser, lang: str
) -> None:
    """Half an hour without paying: a message, the card and the open pay page all say so, and offer no paying."""
    words = WORDS[lang]
    amount = (await product.facts(words.city))["fine_amount"]
    async with resident(browser) as someone:
        desk = Checkout(someone)
        await offered(someone, product, words)
        await desk.choose(amount)
        page = await desk.pay_page()
        await let_expire(product, await desk.order())
        said = await desk.told(words.expired)
        await expect(desk.status).to_contain_text(words.cancelled)
        await expect(desk.way).to_have_count(0)
        await expect(desk.card.get_by_role("button")).to_have_count(0)
        await expect(page.locator("#pay[data-status=closed], #pay[data-status=expired]")).to_be_visible()
        await expect(page.locator(".pay-ways")).to_have_count(0)
        await someone.screenshot(f"payment-expired-{lang}")
        await keep(page, f"pay-closed-{lang}", whole=True)
    assert amount in said


async def test_money_that_the_agency_does_not_take_comes_back_and_is_told(product: Product, browser: Browser) -> None:
    """The fine was paid elsewhere meanwhile: the chat says why, and that the money is back."""
    words = WORDS["zh_Hant"]
    facts = await product.facts(words.city)
    async with resident(browser, **PHONE) as someone:
        desk = Checkout(someone)
        await offered(someone, product, words)
        await desk.choose(facts["fine_amount"])
        page = await desk.pay_page()
        await paid_elsewhere(product, words.city, facts)
        await page.locator(".main-button").click()
        await pay_at_cashier(page)
        await desk.told(words.refused, facts["fine_amount"])
        await desk.told(words.returned, facts["fine_amount"])
        await expect(page.locator("#pay[data-status=refunded]")).to_be_visible()
        await keep(page, "pay-refunded-zh_Hant-phone", whole=True)
        await someone.screenshot("payment-refunded-zh_Hant-phone")


async def test_a_refund_by_a_clerk_is_told_and_voids_the_receipt(product: Product, browser: Browser) -> None:
    """After the refund, which another allowed, the chat says so, and the receipt's page that it is not valid."""
    words = WORDS["en"]
    amount = (await product.facts(words.city))["fine_amount"]
    async with resident(browser) as someone:
        desk = Checkout(someone)
        await offered(someone, product, words)
        await desk.choose(amount)
        order = await desk.order()
        page = await desk.pay_page()
        async with scanning(someone, await code_on(page)) as phone:
            await pay_at_cashier(phone)
        await booked(page)
        await page.locator("#pay").get_by_role("link", name=words.to_receipt).click()
        await expect(page.locator(".receipt-valid")).to_be_visible()
        asked = await product.desk("payments", "refund", order, "--reason", "withdrawn", "--json", who="wang")
        assert asked.code == 0, asked.stderr
        allowed = await product.desk("request", "allow", str(json.loads(asked.stdout)["request"]), who="li")
        assert allowed.code == 0, allowed.stderr
        await desk.told(words.returned, amount)
        await page.reload()
        await expect(page.locator(".receipt-refunded")).to_contain_text(words.void)
        await keep(page, "receipt-refunded-en", whole=True)
        await someone.screenshot("payment-refunded-en")


@pytest.mark.parametrize("lang", ["zh_Hans", "zh_Hant", "en"])
async def test_pay_page_and_receipt_have_no_barrier(product: Product, browser: Browser, lang: str) -> None:
    """axe-core finds nothing, light or dark; 320 px and 200 % zoom need no sideways scrolling; keyboard alone pays."""
    words = WORDS[lang]
    amount = (await product.facts(words.city))["fine_amount"]
    async with resident(browser) as someone:
        desk = Checkout(someone)
        await offered(someone, product, words)
        await desk.choose(amount)
        barriers = await someone.barriers_by_scheme("city-chat", LIGHT_AND_DARK)
        page = await desk.pay_page()
        looking = Resident(page, someone.context)
        barriers += await looking.barriers_by_scheme(schemes=LIGHT_AND_DARK)
        narrow = await narrowed(page)
        await keep(page, f"pay-open-320-{lang}-dark", whole=True)
        await page.set_viewport_size({"width": 1280, "height": 860})
        await press(page, ".main-button")
        await page.wait_for_url("**/alipay/cashier/**")
        await press(page, "button[value=pay]")
        await booked(page)
        barriers += await looking.barriers_by_scheme(schemes=LIGHT_AND_DARK)
        await press(page, ".pay .main-button")
        await expect(page.locator(".receipt")).to_be_visible()
        barriers += await looking.barriers_by_scheme(schemes=LIGHT_AND_DARK)
        narrow += await narrowed(page)
        await keep(page, f"receipt-320-{lang}-dark", whole=True)
    assert barriers == []
    assert narrow == [0, 0, 0, 0]


async def downloaded(someone: Resident, page: Page) -> str:
    """The text of the receipt's PDF."""
    link = await page.get_by_role("link", name="PDF").get_attribute("href")
    answer = await someone.context.request.get(urljoin(page.url, link))
    with pdfium.PdfDocument(await answer.body()) as document:
        return str(document[0].get_textpage().get_text_range())


async def narrowed(page: Page) -> list[int]:
    """By how much the page is too wide at 200 % zoom of a laptop, then at 320 px, where it stays."""
    found = []
    for width, height in ((640, 430), (320, 640)):
        await page.set_viewport_size({"width": width, "height": height})
        found.append(await overflow(page))
    return found


async def press(page: Page, selector: str) -> None:
    """Tab until the element has the focus, and press Enter.

    Raises:
        AssertionError: Tab does not reach it.
    """
    for _ in range(30):
        await page.keyboard.press("Tab")
        if await page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            await page.keyboard.press("Enter")
            return
    raise AssertionError(f"Tab does not reach {selector}.")


async def paid_elsewhere(product: Product, city: str, facts: dict[str, str]) -> None:
    """Pay the fine at the police's own counter."""
    police = f"{product.state['urls']['sandbox']}/traffic-police/{city}"
    proof = {"plate": facts["plate_with_unpaid_fine"], "vin_last6": facts["vin_last6"]}
    status, known, _ = await product.site.ask_at(f"{police}/violations/query", "POST", json=proof)
    assert status == 200, known
    notice = known["violations"][0]["notice"]
    status, body, _ = await product.site.ask_at(
        f"{police}/notices/{notice}/payment",
        "PUT",
        json={
            "order": "counter-1",
            "amount": facts["fine_amount"],
            "trade_no": "counter-1",
            "paid_at": known["as_of"],
        },
        headers={"Idempotency-Key": f"counter-{notice}"},
    )
    assert status in {200, 201}, body
