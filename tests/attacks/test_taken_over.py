"""A bot that was taken over: it answers with its own key, and makes effects that the actions did not decide."""

from collections.abc import AsyncIterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from fixtures.fake_bot import FakeBot
from fixtures.house import KEYS, House
from fixtures.payments import PLATE, TAIL, PayHouse, paying_at

from desk.contract.messages import OpenOrder, RefundOrder, Reply
from desk.http.signatures import NotSigned, Signatures

ORDER = "202611280000000000000001"
REFUND = RefundOrder(order=ORDER, share="half").model_dump(mode="json")
OPENED = OpenOrder.model_validate(
    {
        "order": ORDER,
        "service": "traffic_fines",
        "agency": "traffic_police",
        "items": [{"reference": "1", "amount": "200.00", "title": {"key": "common.name"}}],
        "amount": "200.00",
        "subject": {"key": "common.name"},
    }
).model_dump(mode="json")


@pytest_asyncio.fixture
async def paying(house: House, tmp_path: Path, pay_keys: Path) -> AsyncIterator[PayHouse]:
    async with paying_at(house, tmp_path, pay_keys) as paying:
        yield paying


async def test_a_bot_that_was_taken_over_pays_nothing_back(paying: PayHouse) -> None:
    """Nothing was given up at the agency: the money stays there, and the resident hears that it could not be done."""
    conversation, payment = await paying.offered()
    await paying.pay(payment)
    await paying.becomes(payment, "booked")
    paying.bot.passes_on = lambda effects: [
        *effects,
        {"type": "refund_order", "order": payment["order"], "share": "full"},
    ]
    await paying.say(conversation, "greet")
    dependencies = paying.parts.payments.dependencies
    assert (await paying.status(payment), (await dependencies.find(payment["order"])).refunded) == ("booked", 0)
    assert await paying.house.scalar("SELECT count(*) FROM refunds") == 0
    assert Decimal((await paying.trade(payment))["refunded"]) == 0
    apology = paying.house.catalogs.render(Reply(key="common.apology"), "zh_Hans").text
    assert apology in await paying.house.texts(conversation)


async def test_a_bot_that_changes_the_amount_of_an_order_opens_none(paying: PayHouse) -> None:
    """What a fine costs is the agency's word, passed on by the actions; the bot's is believed in nothing."""

    def for_a_fen(effects: list[Any]) -> list[Any]:
        return [{**one, "amount": "0.01", "items": [one["items"][0] | {"amount": "0.01"}]}
                if one["type"] == "open_order" else one for one in effects]  # fmt: skip

    paying.bot.passes_on = for_a_fen
    conversation = await paying.house.open()
    await paying.say(conversation, f'traffic_fines {{"plate": "{PLATE}", "vin_last6": "{TAIL}"}}')
    assert await paying.say(conversation, "affirm") is None
    assert await paying.house.scalar("SELECT count(*) FROM orders") == 0


async def test_an_order_of_another_turn_is_not_opened_again(paying: PayHouse) -> None:
    """What the actions signed counts for its own message alone."""
    heard: list[Any] = []

    def kept(effects: list[Any]) -> list[Any]:
        heard.extend(one for one in effects if one["type"] == "open_order")
        return effects

    paying.bot.passes_on = kept
    await paying.offered()
    paying.bot.passes_on = lambda effects: [*effects, heard[0]]
    other = await paying.house.open()
    await paying.say(other, "greet")
    assert await paying.house.scalar("SELECT count(*) FROM orders WHERE conversation_id = :id", id=other.id) == 0


async def test_a_case_that_the_bot_invents_is_not_kept(house: House) -> None:
    """Else the desk would sign it with the next turn, and the actions call off what stands under its number."""
    case = {
        "type": "keep_case", "case": "f-1", "city": "hangzhou", "service": "marriage_registration",
        "agency": "civil_affairs", "kind": "appointment", "reference": "MR1", "about": {"key": "test.echo"},
        "facts": {}, "status": "booked",
    }  # fmt: skip
    conversation = await house.open()
    async with FakeBot() as bot, house.worker(bot.url):
        bot.is_honest = False
        bot.answers += [{"effects": [case]}] * 5
        await house.say(conversation, "hello")
        await house.settle(conversation)
        assert await house.scalar("SELECT count(*) FROM cases") == 0
        bot.is_honest = True
        bot.answers[:] = [{"effects": [case]}]
        other = await house.open()
        await house.say(other, "hello")
        await house.settle(other)
        assert await house.scalar("SELECT count(*) FROM cases") == 1


@pytest.mark.parametrize(
    ("effect", "change"),
    [
        pytest.param(REFUND, {"share": "full"}, id="more is paid back"),
        pytest.param(REFUND, {"order": "202611280000000000000002"}, id="another order is paid back"),
        pytest.param(REFUND, {"type": "close_order"}, id="another effect"),
        pytest.param(OPENED, {"amount": "0.01"}, id="another amount"),
        pytest.param(OPENED, {"agency": "other"}, id="another agency"),
        pytest.param(OPENED, {"items": [OPENED["items"][0] | {"reference": "2"}]}, id="another thing is paid for"),
        pytest.param(OPENED, {"signature": ""}, id="no signature"),
    ],
)
def test_an_effect_counts_as_it_was_signed(effect: Mapping[str, Any], change: dict[str, Any]) -> None:
    """Order, share, amount and all else are one, in one turn of one conversation."""
    signatures = Signatures(KEYS)
    signed = {**effect, "signature": signatures.of_effect("c", "1", effect)}
    signatures.check_effect("c", "1", signed)
    for where in (("d", "1"), ("c", "2")):
        with pytest.raises(NotSigned):
            signatures.check_effect(*where, signed)
    with pytest.raises(NotSigned, match=str({**signed, **change}["type"])):
        signatures.check_effect("c", "1", {**signed, **change})
