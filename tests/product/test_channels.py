"""One walk over every channel, against its pretend server, with the real bot: the same words, the same results."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from fixtures.product import Product
from fixtures.walkers import WAYS, Walker, operate

CITY = "hangzhou"
FINES = {
    "zh_Hans": ("我要交违章罚款", "车牌号", "后六位", "缴纳", "电子回执"),
    "zh_Hant": ("我想交交通罰款", "車牌號", "末六位", "繳付", "電子收據"),
    "en": ("I want to pay my traffic fine", "plate", "last six", "Pay", "receipt"),
}
COUPLE = (
    ("您的姓名", "person_name"),
    ("对方的姓名", "partner_name"),
    ("您的身份证号", "valid_id_number"),
    ("对方的身份证号", "partner_id_number"),
    ("手机号", "phone"),
)


@pytest_asyncio.fixture(params=WAYS, loop_scope="session")
async def walker(request: pytest.FixtureRequest, product: Product) -> AsyncIterator[Walker]:
    """A resident whom nobody knows yet, on each channel."""
    await product.reset(CITY)
    async with WAYS[request.param](product, CITY) as walker:
        yield walker


@pytest.mark.parametrize("locale", FINES)
async def test_a_fine_is_looked_up_and_paid(product: Product, walker: Walker, locale: str) -> None:
    """From the first word to the receipt, in the language of that word."""
    facts = await product.facts(CITY)
    wish, plate, tail, pay, receipt = FINES[locale]
    await walker.say(wish)
    await walker.hears(plate)
    await walker.say(facts["plate_with_unpaid_fine"])
    await walker.hears(tail)
    await walker.say(facts["vin_last6"])
    shown = await walker.hears(facts["fine_amount"], facts["plate_with_unpaid_fine"])
    assert facts["owner_of_fined_plate"] not in shown
    await walker.tap(pay)
    order = re.search(r"/pay/([0-9]{24})", await walker.hears("/pay/"))
    assert order is not None
    await walker.pay(order[1])
    await walker.hears(receipt, facts["fine_amount"], "/receipt/")


async def test_a_bus_is_found_by_a_shared_place(product: Product, walker: Walker) -> None:
    """Where the resident stands is the stop."""
    facts = await product.facts(CITY)
    await walker.say("下一班车什么时候来")
    await walker.hears("位置")
    await walker.share(float(facts["stop_with_realtime_lat"]), float(facts["stop_with_realtime_lon"]))
    await walker.hears(facts["stop_with_realtime"], facts["line_at_that_stop"])


async def test_an_appointment_is_booked_by_buttons(product: Product, walker: Walker) -> None:
    """Office, day, time and the last yes are chosen; what only the couple knows is typed."""
    facts = await product.facts(CITY)
    await walker.say("我们想预约领证")
    await walker.hears("登记处")
    await walker.tap(facts["marriage_office"])
    await walker.hears("哪一天")
    day = await walker.tap("年")
    await walker.hears("几点")
    time = await walker.tap(":")
    for asked, key in COUPLE:
        await walker.hears(asked)
        await walker.say(facts[key])
    summary = await walker.hears("请核对", day, time)
    assert facts["valid_id_number"] not in summary
    await walker.tap("确认")
    await walker.hears(facts["marriage_office"], "YY")


async def test_the_language_is_switched(walker: Walker) -> None:
    """By words and by a button; what follows is in that language."""
    await walker.say("English please")
    await walker.hears("continue in English")
    await walker.say("what can you do")
    await walker.hears("fines")
    await walker.say("change the language")
    await walker.hears("language")
    await walker.tap("繁體中文")
    await walker.hears("繁體")
    await walker.say("有咩服務")
    await walker.hears("罰款")


async def test_a_person_takes_over_and_hands_back(product: Product, walker: Walker) -> None:
    """The clerk alone speaks while the ticket is claimed; afterwards the bot answers again."""
    await walker.say("转人工")
    reference = re.search(r"T-[0-9]+-[0-9]", await walker.hears("T-"))
    assert reference is not None
    for arguments in (("claim", reference[0]), ("reply", reference[0], "您好，我是窗口的小李。")):
        done = operate(product, "ticket", *arguments)
        assert done.code == 0, done.stderr
    await walker.hears("我是窗口的小李")
    await walker.say("我想问一下办公时间")
    done = operate(product, "ticket", "hand-back", reference[0])
    assert done.code == 0, done.stderr
    await walker.hears(reference[0])
    await walker.say("你能办什么")
    await walker.hears("违章")


async def test_two_channels_are_linked(product: Product, walker: Walker) -> None:
    """A code from the web is typed and confirmed here; the subscription made there is ended here."""
    async with WAYS["web"](product, CITY) as other:
        await other.say("订阅停水通知")
        await other.hears("停水")
        await other.say("把这里和我的其他账号绑定")
        code = re.search(r"绑定 ([0-9]{5} [0-9]{5})", await other.hears("绑定码"))
        assert code is not None
        await walker.say(f"绑定 {code[1]}")
        await walker.hears("要把那边和这里绑定吗", "网页对话")
        await walker.tap("绑定")
        await walker.hears("已和网页对话绑定")
        await other.hears("刚刚和这里绑定了")
        await walker.say("取消订阅停水通知")
        await walker.hears("停水")
        await other.say("不再接收通知")
        await other.hears("没有订阅")
