"""Our client at the pretend Alipay's gateway, over the wire."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from fixtures.alipay import AMOUNT, ORDER, SUBJECT, Merchant, error_of

from desk.alipay.answers import CHINA, Trade
from desk.alipay.bill import BillLine
from desk.contract.errors import BackendRefused, BackendTimeout

OTHER = "202611240000000002"


async def refusal(what: Any) -> str:
    """The gateway's code."""
    error = await error_of(what)
    assert isinstance(error, BackendRefused), error
    return error.code


async def trade_of(merchant: Merchant, order: str = ORDER) -> Trade:
    trade = await merchant.client.query(order)
    assert trade is not None
    return trade


async def test_no_trade_before_a_code_is_scanned(merchant: Merchant) -> None:
    """After precreate a query finds nothing, and nothing can be closed; after the scan there is a trade."""
    code = await merchant.precreate()
    assert await merchant.client.query(ORDER) is None
    assert await merchant.client.close(ORDER) is False
    async with merchant.session.get(code) as page:
        assert page.status == 200
    assert (await trade_of(merchant)).trade_status == "WAIT_BUYER_PAY"


async def test_precreate_again_gives_the_same_code(merchant: Merchant) -> None:
    """Asking twice for one order makes one trade."""
    assert await merchant.precreate() == await merchant.precreate()


async def test_precreate_for_another_amount_is_refused(merchant: Merchant) -> None:
    """One order number has one amount."""
    await merchant.precreate()
    assert await refusal(merchant.precreate(amount="1.00")) == "ACQ.CONTEXT_INCONSISTENT"


async def test_paid_trade_is_queried_with_number_amount_and_time(merchant: Merchant) -> None:
    """The trade tells what was paid and when, in Shanghai's time."""
    paid = await merchant.paid()
    trade = await trade_of(merchant)
    assert (trade.trade_status, trade.total_amount, trade.trade_no) == ("TRADE_SUCCESS", AMOUNT, paid["trade_no"])
    assert trade.paid_at is not None
    assert abs(trade.paid_at - merchant.clock()) < timedelta(seconds=30)
    assert trade.paid_at.tzinfo is CHINA


async def test_paid_order_cannot_be_precreated_or_closed(merchant: Merchant) -> None:
    """It is said why; closing says that it cannot."""
    await merchant.paid()
    assert await refusal(merchant.precreate()) == "ACQ.TRADE_HAS_SUCCESS"
    assert await merchant.client.close(ORDER) is False


async def test_closed_trade_cannot_be_paid(merchant: Merchant) -> None:
    """An open trade is closed once; then neither code nor page takes money."""
    async with merchant.session.get(await merchant.precreate()):
        pass
    assert await merchant.client.close(ORDER) is True
    assert (await trade_of(merchant)).trade_status == "TRADE_CLOSED"
    assert (await merchant.control("POST", f"/alipay/pay/{ORDER}"))[0] == 409
    assert await refusal(merchant.precreate()) == "ACQ.TRADE_HAS_CLOSE"


async def test_unpaid_trade_closes_when_its_time_is_over(merchant: Merchant) -> None:
    """After its minutes a scanned trade is closed, and that is notified."""
    async with merchant.session.get(await merchant.precreate()):
        pass
    merchant.clock.jump(minutes=31)
    assert (await trade_of(merchant)).trade_status == "TRADE_CLOSED"
    await merchant.receiver.until(lambda: "TRADE_CLOSED" in [n.status for n in merchant.receiver.believed])


async def test_unscanned_code_is_dead_after_its_time(merchant: Merchant) -> None:
    """Its page says so, and the order cannot be paid."""
    code = await merchant.precreate()
    merchant.clock.jump(minutes=31)
    async with merchant.session.get(code) as page:
        assert page.status == 410
    assert (await merchant.control("POST", f"/alipay/pay/{ORDER}"))[0] == 409


async def test_refund_is_carried_out_once(merchant: Merchant) -> None:
    """The same request number moves money once, and says so."""
    await merchant.paid()
    first = await merchant.client.refund(ORDER, "50.00", "r1", "退款")
    again = await merchant.client.refund(ORDER, "50.00", "r1", "退款")
    assert [(first.fund_change, first.refund_fee), (again.fund_change, again.refund_fee)] == [
        ("Y", "50.00"),
        ("N", "50.00"),
    ]
    assert (await trade_of(merchant)).trade_status == "TRADE_SUCCESS"


async def test_refunds_add_up_and_the_last_closes_the_trade(merchant: Merchant) -> None:
    """`refund_fee` is the sum so far; a trade refunded wholly is closed, and repeating a refund still is no other."""
    await merchant.paid()
    await merchant.client.refund(ORDER, "50.00", "r1", "退款")
    assert (await merchant.client.refund(ORDER, "150.00", "r2", "退款")).refund_fee == AMOUNT
    trade = await trade_of(merchant)
    assert (trade.trade_status, trade.paid_at is not None) == ("TRADE_CLOSED", True)
    assert (await merchant.client.refund(ORDER, "50.00", "r1", "退款")).fund_change == "N"


@pytest.mark.parametrize(
    ("amount", "request_no", "code"),
    [
        pytest.param("60.00", "r1", "ACQ.DISCORDANT_REPEAT_REQUEST", id="same number, other amount"),
        pytest.param("150.01", "r2", "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", id="more than is left"),
    ],
)
async def test_wrong_refunds_are_refused(merchant: Merchant, amount: str, request_no: str, code: str) -> None:
    """And nothing is refunded by them."""
    await merchant.paid()
    await merchant.client.refund(ORDER, "50.00", "r1", "退款")
    assert await refusal(merchant.client.refund(ORDER, amount, request_no, "退款")) == code
    assert (await merchant.control("GET", f"/alipay/trades/{ORDER}"))[1]["refunded"] == "50.00"


async def test_refund_of_an_unpaid_trade_is_refused(merchant: Merchant) -> None:
    """There is nothing to pay back."""
    async with merchant.session.get(await merchant.precreate()):
        pass
    assert await refusal(merchant.client.refund(ORDER, AMOUNT, "r1", "退款")) == "ACQ.TRADE_STATUS_ERROR"
    assert await refusal(merchant.client.refund(OTHER, AMOUNT, "r1", "退款")) == "ACQ.TRADE_NOT_EXIST"


async def test_refund_query_tells_done_from_not_done(merchant: Merchant) -> None:
    """A query that works is no refund that worked."""
    await merchant.paid()
    assert await merchant.client.refund_done(ORDER, "r1") is False
    await merchant.client.refund(ORDER, "50.00", "r1", "退款")
    assert await merchant.client.refund_done(ORDER, "r1") is True


@pytest.mark.parametrize("fault", [{"status": 503}, {"cut": True}], ids=["fails before it acts", "cut after it acted"])
async def test_broken_refund_is_unknown_and_safe_to_repeat(merchant: Merchant, fault: dict[str, Any]) -> None:
    """Either way the client says that it does not know, and repeating the request refunds once."""
    await merchant.paid()
    wish = {"system": "alipay", "query": {"method": "alipay.trade.refund"}, "count": 1, **fault}
    assert (await merchant.control("POST", "/faults", wish))[0] == 201
    assert isinstance(await error_of(merchant.client.refund(ORDER, "50.00", "r1", "退款")), BackendTimeout)
    assert (await merchant.client.refund(ORDER, "50.00", "r1", "退款")).refund_fee == "50.00"


async def test_fault_of_one_method_spares_the_others(merchant: Merchant) -> None:
    """While refunds fail, queries are answered."""
    await merchant.control(
        "POST", "/faults", {"system": "alipay", "query": {"method": "alipay.trade.refund"}, "cut": True}
    )
    assert await merchant.client.query(ORDER) is None


async def test_bill_reads_back_what_was_traded(merchant: Merchant) -> None:
    """Payments and refunds of the day, in order, and nothing that was not paid."""
    subject = '罚款 "A,B"\n第二行'
    await merchant.client.precreate(ORDER, "12.30", subject, minutes=30)
    first = await merchant.pay()
    second = await merchant.paid(OTHER, "0.01")
    await merchant.precreate("202611240000000003")
    await merchant.client.refund(ORDER, "2.30", "r1", "退款")
    day = merchant.clock().astimezone(CHINA).date()
    merchant.clock.jump(days=2)
    assert await merchant.client.bill(day) == [
        BillLine(ORDER, first["trade_no"], "payment", "12.30", None),
        BillLine(OTHER, second["trade_no"], "payment", "0.01", None),
        BillLine(ORDER, first["trade_no"], "refund", "-2.30", "r1"),
    ]
    assert await merchant.client.bill(day + timedelta(days=1)) == []


async def test_bill_is_not_there_before_it_is_made(merchant: Merchant) -> None:
    """Today's is refused; with the clock set ahead yesterday's is there, and trades stay where they were."""
    await merchant.paid()
    day = merchant.clock().astimezone(CHINA).date()
    assert await refusal(merchant.client.bill(day)) == "INVALID_ARGUMENTS"
    assert (await merchant.control("PUT", "/alipay/clock", {"ahead_seconds": 2 * 86400}))[0] == 200
    assert [line.order for line in await merchant.client.bill(day)] == [ORDER]


async def test_bill_address_is_good_for_thirty_seconds(merchant: Merchant) -> None:
    """Half a minute later it is refused."""
    await merchant.paid()
    day = merchant.clock().astimezone(CHINA).date()
    merchant.clock.jump(days=2)
    status, answer = await raw(
        merchant, "alipay.data.dataservice.bill.downloadurl.query", {"bill_type": "trade", "bill_date": str(day)}
    )
    assert status == "10000"
    async with merchant.session.get(answer["bill_download_url"]) as fresh:
        assert (fresh.status, (await fresh.read())[:2]) == (200, b"PK")
    merchant.clock.jump(seconds=31)
    async with merchant.session.get(answer["bill_download_url"]) as stale:
        assert stale.status == 403


def signed(merchant: Merchant, called: str, content: dict[str, Any], **changes: str) -> dict[str, str]:
    """Parameters of a request as our client makes them, with changes made before it was signed."""
    return merchant.client._gateway.signed(called, content, changes)


async def raw(
    merchant: Merchant, called: str, content: dict[str, Any], form: dict[str, str] | None = None, **changes: str
) -> tuple[str, dict[str, Any]]:
    """Code and node of an answer; `form` changes what is sent, after signing."""
    return await sent(merchant, signed(merchant, called, content, **changes) | (form or {}))


async def sent(merchant: Merchant, params: dict[str, str]) -> tuple[str, dict[str, Any]]:
    async with merchant.session.post(f"{merchant.url}/alipay/gateway.do", data=params) as response:
        envelope = json.loads(await response.text())
    node = next(value for name, value in envelope.items() if name.endswith("response"))
    return node["code"], node


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"app_id": "2021000000000099"}, "isv.invalid-app-id", id="another app"),
        pytest.param({"timestamp": "2026-11-24T10:00:00"}, "isv.invalid-timestamp", id="another format"),
        pytest.param({"timestamp": ""}, "isv.missing-timestamp", id="no timestamp"),
        pytest.param({"sign_type": "RSA"}, "isv.invalid-signature-type", id="SHA-1"),
        pytest.param({"charset": "GBK"}, "isv.invalid-charset", id="GBK"),
        pytest.param({"method": "alipay.fund.trans.uni.transfer"}, "isv.invalid-method", id="another method"),
        pytest.param({"version": ""}, "isv.missing-version", id="no version"),
    ],
)
async def test_wrong_envelopes_are_refused(merchant: Merchant, changes: dict[str, str], code: str) -> None:
    """By the codes of the real gateway."""
    _, node = await raw(merchant, "alipay.trade.query", {"out_trade_no": ORDER}, **changes)
    assert node["sub_code"] == code


async def test_timestamp_of_another_zone_is_refused(merchant: Merchant) -> None:
    """UTC instead of Shanghai's time is eight hours off."""
    utc = merchant.clock().strftime("%Y-%m-%d %H:%M:%S")
    _, node = await raw(merchant, "alipay.trade.query", {"out_trade_no": ORDER}, timestamp=utc)
    assert node["sub_code"] == "isv.invalid-timestamp"


async def test_changed_requests_are_refused(merchant: Merchant) -> None:
    """A parameter changed, or added, after the request was signed spoils the signature."""
    for form in (
        {"biz_content": '{"out_trade_no":"1"}'},
        {"notify_url": "http://127.0.0.1/elsewhere"},
        {"sign": "AA=="},
    ):
        _, node = await raw(merchant, "alipay.trade.query", {"out_trade_no": ORDER}, form)
        assert (node["code"], node["sub_code"]) == ("40002", "isv.invalid-signature")


async def test_query_and_form_are_one_request(merchant: Merchant) -> None:
    """All in the query, all in the form, or part in each: the same answer."""
    params = signed(merchant, "alipay.trade.query", {"out_trade_no": ORDER})
    url = f"{merchant.url}/alipay/gateway.do"
    async with merchant.session.get(f"{url}?{urlencode(params)}") as response:
        in_query = await response.text()
    async with merchant.session.post(url, data=params) as response:
        in_form = await response.text()
    assert in_query == in_form
    assert "ACQ.TRADE_NOT_EXIST" in in_query


@pytest.mark.parametrize(
    "change",
    [
        {"total_amount": "0"},
        {"total_amount": "1.001"},
        {"subject": "a=b"},
        {"out_trade_no": ""},
        {"seller_id": "2088000000009999"},
        {"time_expire": "2020-01-01 00:00:00"},
    ],
    ids=str,
)
async def test_wrong_orders_are_refused(merchant: Merchant, change: dict[str, str]) -> None:
    """Amounts below a cent or of three decimals, forbidden characters, another seller, a time that is over."""
    content = {"out_trade_no": ORDER, "total_amount": AMOUNT, "subject": SUBJECT, "timeout_express": "30m"} | change
    _, node = await raw(merchant, "alipay.trade.precreate", content)
    assert (node["code"], node["sub_code"]) == ("40004", "ACQ.INVALID_PARAMETER")


async def test_client_keeps_subjects_payable(merchant: Merchant) -> None:
    """What must not stand in a subject is replaced, and a long one cut, rather than refused."""
    await merchant.client.precreate(ORDER, AMOUNT, "罚款 A/B=C&D" + "长" * 300, minutes=30)
    assert (await merchant.pay())["amount"] == AMOUNT


async def test_return_address_carries_a_signed_word_of_the_gateway(merchant: Merchant) -> None:
    """After paying on a pay page the browser is sent back with the order, and no status to believe."""
    url = merchant.client.page_url(
        "alipay.trade.wap.pay", ORDER, AMOUNT, SUBJECT, minutes=30, return_url="http://127.0.0.1:1/pay/back?k=1"
    )
    async with merchant.session.get(url, allow_redirects=False) as opened:
        assert opened.status == 302
        cashier = opened.headers["Location"]
    async with merchant.session.post(f"{merchant.url}{cashier}", data={"do": "pay"}, allow_redirects=False) as paid:
        back = urlsplit(paid.headers["Location"])
    carried = dict(parse_qsl(back.query))
    assert (carried["k"], carried["out_trade_no"]) == ("1", ORDER)
    assert "trade_status" not in carried
    assert (await trade_of(merchant)).trade_status == "TRADE_SUCCESS"
