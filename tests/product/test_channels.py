"""One walk over every channel, against its pretend server, with the real bot: the same words, the same results."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from fixtures import walks
from fixtures.product import Product
from fixtures.walkers import WAYS, Walker
from fixtures.walks import CITY


@pytest_asyncio.fixture(params=WAYS, loop_scope="session")
async def walker(request: pytest.FixtureRequest, product: Product) -> AsyncIterator[Walker]:
    """A resident whom nobody knows yet, on each channel."""
    await product.reset(CITY)
    async with WAYS[request.param](product, CITY) as walker:
        yield walker


@pytest.mark.parametrize("locale", walks.FINES)
async def test_a_fine_is_looked_up_and_paid(product: Product, walker: Walker, locale: str) -> None:
    """From the first word to the receipt, in the language of that word."""
    await walks.a_fine_is_looked_up_and_paid(product, walker, locale)


async def test_a_bus_is_found_by_a_shared_place(product: Product, walker: Walker) -> None:
    """Where the resident stands is the stop."""
    await walks.a_bus_is_found_by_a_shared_place(product, walker)


async def test_an_appointment_is_booked_by_buttons(product: Product, walker: Walker) -> None:
    """Office, day, time and the last yes are chosen; what only the couple knows is typed."""
    await walks.an_appointment_is_booked_by_buttons(product, walker)


async def test_the_language_is_switched(walker: Walker) -> None:
    """By words and by a button; what follows is in that language."""
    await walks.the_language_is_switched(walker)


async def test_a_person_takes_over_and_hands_back(product: Product, walker: Walker) -> None:
    """The clerk alone speaks while the ticket is claimed; afterwards the bot answers again."""
    await walks.a_person_takes_over_and_hands_back(product, walker)


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
