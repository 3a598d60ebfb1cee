"""Another's client, python-alipay-sdk, agrees with ours and with the pretend Alipay in both directions."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from fixtures.alipay import AMOUNT, ORDER, SUBJECT, Merchant
from fixtures.alipay_oracle import in_shanghai, oracle

from desk.alipay import signing

OTHER = "202611240000000002"


@pytest.fixture
def other(merchant: Merchant, alipay_keys: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The other client before the same gateway."""
    with in_shanghai(monkeypatch):
        yield oracle(merchant.credentials.gateway, alipay_keys)


async def test_other_client_trades_at_the_pretend_alipay(merchant: Merchant, other: Any) -> None:
    """From precreate to refund query, every answer verified by its own code."""
    made = await asyncio.to_thread(other.api_alipay_trade_precreate, SUBJECT, ORDER, AMOUNT)
    assert (made["code"], made["out_trade_no"]) == ("10000", ORDER)
    await merchant.pay()
    found = await asyncio.to_thread(other.api_alipay_trade_query, out_trade_no=ORDER)
    assert (found["trade_status"], found["total_amount"]) == ("TRADE_SUCCESS", AMOUNT)
    refunded = await asyncio.to_thread(
        other.api_alipay_trade_refund, "50.00", out_trade_no=ORDER, out_request_no="r1", refund_reason="退款"
    )
    assert (refunded["fund_change"], refunded["refund_fee"]) == ("Y", "50.00")
    asked = await asyncio.to_thread(other.api_alipay_trade_fastpay_refund_query, "r1", out_trade_no=ORDER)
    assert asked["refund_status"] == "REFUND_SUCCESS"


async def test_both_clients_see_the_same_trade(merchant: Merchant, other: Any) -> None:
    """What one made the other pays back."""
    await merchant.paid()
    await asyncio.to_thread(other.api_alipay_trade_refund, "50.00", out_trade_no=ORDER, out_request_no="r1")
    assert await merchant.client.refund_done(ORDER, "r1")
    missing = await asyncio.to_thread(other.api_alipay_trade_query, out_trade_no=OTHER)
    assert missing["sub_code"] == "ACQ.TRADE_NOT_EXIST"


@pytest.mark.parametrize("kind", ["wap", "page"])
async def test_pay_page_of_the_other_client_opens(merchant: Merchant, other: Any, kind: str) -> None:
    """Its signed address is taken; it has another product for phones built in, so that is said."""
    product = {"wap": "QUICK_WAP_WAY", "page": "FAST_INSTANT_TRADE_PAY"}[kind]
    make = getattr(other, f"api_alipay_trade_{kind}_pay")
    query = make(SUBJECT, ORDER, AMOUNT, return_url="http://127.0.0.1:1/", product_code=product)
    async with merchant.session.get(f"{merchant.credentials.gateway}?{query}") as page:
        assert page.status == 200
    trade = await merchant.client.query(ORDER)
    assert trade is not None
    assert trade.total_amount == AMOUNT


async def test_notifications_of_the_pretend_alipay_verify_there(merchant: Merchant, other: Any) -> None:
    """The true ones do, and the forged ones do not, as with ours."""
    await merchant.mischief("tamper", order=ORDER)
    await merchant.mischief("forge_signature", order=ORDER)
    await merchant.paid()
    await merchant.settled()
    forms = [dict(parse_qsl(body.decode())) for body in merchant.receiver.bodies]
    verdicts = [other.verify(form, form.pop("sign")) for form in forms]
    assert (verdicts.count(True), verdicts.count(False)) == (2, 4)
    assert (len(merchant.receiver.believed), merchant.receiver.refused) == (2, ["forged"] * 4)


@pytest.mark.parametrize(
    "params",
    [
        {"app_id": "1", "subject": "水费 2026-11", "sign_type": "RSA2"},
        {"b": "x=y&z", "a": "+ %2B", "sign_type": "RSA2", "z": '{"q":"\\"}'},
    ],
    ids=["Chinese", "awkward characters"],
)
async def test_signatures_are_equal(merchant: Merchant, other: Any, params: dict[str, str]) -> None:
    """The same text, and so the same signature, since RSA2 leaves nothing to chance."""
    ours = signing.sign(signing.request_text(params), merchant.credentials.key)
    theirs = dict(parse_qsl(other.sign_data(dict(params))))["sign"]
    assert ours == theirs


async def test_our_answers_are_read_alike(other: Any) -> None:
    """A node that the other's simple reader can cut is cut alike by ours."""
    raw = '{"alipay_trade_query_response":{"code":"10000","qr_code":"https:\\/\\/qr","n":{"a":[1]}},"sign":"x"}'
    cut = other._get_string_to_be_signed(raw, "alipay_trade_query_response")
    assert signing.response_node(raw, "alipay_trade_query_response") == cut
