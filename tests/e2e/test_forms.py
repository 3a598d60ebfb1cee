"""Services as forms in a real browser: each kind in a language, begun here and ended there, and without scripts."""

import re
from dataclasses import dataclass
from typing import Any

from fixtures.product import Product
from fixtures.resident import Resident, keep, resident
from playwright.async_api import Browser, Page, expect

WIDTHS = (360, 1440)
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc000000301010018dd8db0"
    "0000000049454e44ae426082"
)


@dataclass(frozen=True)
class Words:
    """What stands on buttons, in a language."""

    start: str
    go_on: str
    back: str
    confirm: str
    change: str
    wrong: str
    to_chat: str
    skip: str
    pay_now: str


WORDS = {
    "zh_Hans": Words(
        "开始办理", "下一步", "返回上一步", "确认", "修改", "有一些内容需要修改", "改在对话中继续办理", "跳过", "去支付"
    ),
    "zh_Hant": Words(
        "開始辦理", "下一步", "返回上一步", "確認", "修改", "有些內容需要更正", "改在對話中繼續辦理", "跳過", "前往付款"
    ),
    "en": Words(
        "Start now", "Continue", "Back", "Confirm", "Change", "There is a problem", "Go on in the chat", "Skip",
        "Pay now",
    ),
}  # fmt: skip


@dataclass
class Form:
    """A form in front of somebody."""

    someone: Resident
    city: str
    service: str
    lang: str
    looked: int = 0

    @property
    def page(self) -> Page:
        return self.someone.page

    @property
    def words(self) -> Words:
        return WORDS[self.lang]

    @property
    def main(self) -> Any:
        return self.page.locator("main")

    async def open(self, product: Product) -> None:
        await self.page.goto(f"{product.site.url}/{self.city}/services/{self.service}/form?lang={self.lang}")

    async def start(self, product: Product) -> None:
        await self.open(product)
        await self.look()
        await self.press(self.words.start)

    async def press(self, name: str) -> None:
        await self.page.get_by_role("button", name=name, exact=True).click()

    async def give(self, text: str) -> None:
        """Write an answer and go on."""
        await self.look()
        await self.page.locator("#answer").fill(text)
        await self.press(self.words.go_on)

    async def choose(self, name: str | None = None) -> None:
        """Choose one of what there is, the first unless it is named, and go on."""
        await self.look()
        radios = self.page.get_by_role("radio") if name is None else self.page.get_by_role("radio", name=name)
        await radios.first.check()
        await self.press(self.words.go_on)

    async def asks(self, label: str) -> None:
        """Wait until something is asked for."""
        await expect(self.page.locator("label[for=answer], legend").filter(has_text=label).first).to_be_visible()

    async def look(self) -> None:
        """No barrier, and nothing wider than the screen."""
        self.looked += 1
        assert await self.someone.barriers() == []
        for width in WIDTHS:
            await self.page.set_viewport_size({"width": width, "height": 800})
            assert await self.page.evaluate(TOO_WIDE) == 0
            await keep(self.page, f"form-{self.service}-{self.looked:02}-{width}-{self.lang}", whole=True)


async def test_a_fine_is_looked_up_and_led_to_its_payment(product: Product, browser: Browser) -> None:
    """What is wrong is said beside the field; going back asks again; the fine's order leads to its page."""
    facts = await product.facts("hangzhou")
    async with resident(browser) as someone:
        form = Form(someone, "hangzhou", "traffic_fines", "zh_Hans")
        await form.start(product)
        await form.give("浙A12")
        await expect(form.page.get_by_role("alert")).to_contain_text(form.words.wrong)
        await expect(form.page.locator("#answer")).to_have_attribute("aria-invalid", "true")
        await form.give(facts["plate_with_unpaid_fine"])
        await form.asks("车架号后六位")
        await form.press(form.words.back)
        await form.asks("车牌")
        await form.give(facts["plate_with_unpaid_fine"])
        await form.give(facts["vin_last6"])
        await expect(form.main).to_contain_text(facts["fine_amount"])
        await form.look()
        await form.page.get_by_role("button", name=re.compile(re.escape(facts["fine_amount"]))).click()
        await form.look()
        await form.page.get_by_role("link", name=form.words.pay_now).click()
        await expect(form.page.locator(".sum")).to_contain_text(facts["fine_amount"])
        faults = someone.faults
    assert [one for one in faults if "422" not in one] == []


async def test_a_bill_is_paid_for_without_scripts(product: Product, browser: Browser) -> None:
    """Pages alone choose the bill, take the account, and lead to the payment."""
    facts = await product.facts("shenzhen")
    words = WORDS["en"]
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{product.site.url}/shenzhen/services/utility_bills/form?lang=en")
    await page.get_by_role("button", name=words.start, exact=True).click()
    await page.get_by_label("water", exact=True).check()
    await page.get_by_role("button", name=words.go_on, exact=True).click()
    await page.get_by_role("button", name=words.go_on, exact=True).click()
    await expect(page.get_by_role("alert")).to_contain_text("Please write your answer.")
    await page.locator("#answer").fill(facts["water_account"])
    await page.get_by_role("button", name=words.go_on, exact=True).click()
    await page.get_by_role("button", name=re.compile(re.escape(facts["water_amount"]))).click()
    await page.get_by_role("link", name=words.pay_now).click()
    await expect(page.locator(".sum")).to_contain_text(facts["water_amount"])
    await context.close()


async def test_a_marriage_is_booked(product: Product, browser: Browser) -> None:
    """Day and time on a calendar; numbers masked; a value is changed on the review; booked, with a number."""
    facts = await product.facts("guangzhou")
    async with resident(browser) as someone:
        form = Form(someone, "guangzhou", "marriage_registration", "zh_Hant")
        await form.start(product)
        await form.choose("越秀")
        await expect(form.page.locator(".form-days table").first).to_be_visible()
        await form.choose()
        await form.choose()
        await form.give("王小明")
        await form.give("李小紅")
        await expect(form.page.locator("#answer")).to_have_attribute("type", "password")
        await form.give(facts["valid_id_number"][:-1] + "0")
        await expect(form.page.get_by_role("alert")).to_contain_text(form.words.wrong)
        await form.give(facts["valid_id_number"])
        await form.give(facts["partner_id_number"])
        await expect(form.page.locator("#answer")).to_have_attribute("autocomplete", "tel")
        await form.give(facts["phone"])
        review = form.page.locator(".form-card")
        await expect(review).to_contain_text("****")
        await expect(review).not_to_contain_text(facts["valid_id_number"])
        await form.look()
        await form.press(f"{form.words.change} 時間")
        other = await form.page.locator("fieldset input + label").last.inner_text()
        await form.choose(other)
        await expect(review).to_contain_text(other)
        await form.press(form.words.confirm)
        await expect(form.main).to_contain_text(re.compile(r"[A-Z]{2,}\d*-?\d{3,}"))
        await form.look()
        faults = someone.faults
    assert [one for one in faults if "422" not in one] == []


async def test_a_report_is_begun_as_a_form_and_ended_in_the_chat(product: Product, browser: Browser) -> None:
    """With a picture; what was begun here stands in the chat, where the summary is confirmed."""
    async with resident(browser) as someone:
        form = Form(someone, "hangzhou", "report_problem", "en")
        await form.start(product)
        await form.choose("Street light")
        await form.give("Wensan Road and Xueyuan Road")
        while await form.page.locator("#answer[type=file]").count() == 0:
            if await form.page.get_by_role("button", name=form.words.skip, exact=True).count():
                await form.look()
                await form.press(form.words.skip)
            else:
                await form.give("The street light has been out since Monday")
        await form.look()
        await form.page.locator("#answer").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": PNG})
        await form.press(form.words.go_on)
        await expect(form.page.locator(".form-card")).to_contain_text("Street light")
        await form.look()
        await form.page.get_by_role("link", name=form.words.to_chat).click()
        await expect(someone.log).to_contain_text("Street light")
        said = await someone.press("Confirm")
        await keep(form.page, "form-ended-in-chat")
        assert re.search(r"\d{4,}", said), said
        faults = someone.faults
    assert faults == []


async def test_what_is_begun_in_the_chat_is_ended_as_a_form(product: Product, browser: Browser) -> None:
    """The chat's menu leads to the open question of the same conversation; its answers stand in the chat, too."""
    facts = await product.facts("shenzhen")
    async with resident(browser) as someone:
        await someone.open(product.site.url, "shenzhen", "en")
        await someone.say("I want to pay my traffic fine")
        await someone.say(facts["plate_with_unpaid_fine"])
        chat = someone.page.locator("city-chat")
        await chat.locator(".menu-button").click()
        await keep(someone.page, "form-in-chat-menu")
        await chat.get_by_role("link", name="Go on as a form").click()
        form = Form(someone, "shenzhen", "traffic_fines", "en")
        await form.asks("VIN")
        await form.give(facts["vin_last6"])
        await expect(form.main).to_contain_text(facts["fine_amount"])
        await form.page.get_by_role("link", name=form.words.to_chat).click()
        await expect(someone.log).to_contain_text(facts["fine_amount"])
        faults = someone.faults
    assert faults == []


async def test_who_goes_back_in_the_browser_sees_where_things_stand(product: Product, browser: Browser) -> None:
    """A page that is over is not shown again; one in another tab says that things went on, and takes nothing."""
    async with resident(browser) as someone:
        form = Form(someone, "hangzhou", "utility_bills", "zh_Hans")
        await form.start(product)
        other = await someone.context.new_page()
        await other.goto(form.page.url)
        await form.choose()
        await form.asks("户号")
        await form.page.go_back()
        await form.asks("户号")
        await other.get_by_role("radio").first.check()
        await other.get_by_role("button", name=form.words.go_on, exact=True).click()
        await expect(other.get_by_label("户号")).to_be_visible()
