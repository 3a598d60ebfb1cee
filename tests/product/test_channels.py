"""One walk over every channel, against its pretend server, with the real bot: the same words, the same results."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from fixtures.product import Product
from fixtures.walkers import WAYS, Walker
from fixtures.walks import CITY, WALKS


@pytest_asyncio.fixture(params=WAYS, loop_scope="session")
async def walker(request: pytest.FixtureRequest, product: Product) -> AsyncIterator[Walker]:
    """A resident whom nobody knows yet, on each channel."""
    await product.reset(CITY)
    async with WAYS[request.param](product, CITY) as walker:
        yield walker


@pytest.mark.parametrize("walk", WALKS)
async def test_walk_reaches_what_was_wanted(product: Product, walker: Walker, walk: str) -> None:
    """What a resident does on one channel they can do on every other, with the same words."""
    await WALKS[walk](product, walker)


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
