"""Our client before gateways that answer anything: what is believed, and what an error says of the outcome."""

import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import unused_port
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from fixtures.alipay import ORDER, Merchant, error_of, served

from desk.alipay import signing
from desk.alipay.client import AlipayClient
from desk.alipay.credentials import Credentials
from desk.contract.errors import BackendNonsense, BackendRefused, BackendTimeout, BackendUnavailable

OURS = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ALIPAY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PAID = (
    f'{{"code":"10000","msg":"Success","out_trade_no":"{ORDER}","trade_no":"T","trade_status":"TRADE_SUCCESS",'
    '"total_amount":"200.00","send_pay_date":"2026-11-24 10:00:58","memo":"a \\"}{ \\/ b"}'
)
NOT_THERE = '{"code":"40004","msg":"Business Failed","sub_code":"ACQ.TRADE_NOT_EXIST"}'
NODE = "alipay_trade_query_response"


def answer(node: str, *, name: str = NODE, key: rsa.RSAPrivateKey | None = ALIPAY) -> str:
    """A gateway's answer, signed by somebody or nobody."""
    tail = "" if key is None else f',"sign":"{signing.sign(node, key)}"'
    return f'{{"{name}":{node}{tail}}}'


@dataclass
class Gateway:
    """Answers what it is told to."""

    client: AlipayClient
    status: int = 200
    text: str = ""
    asked: list[web.Request] = field(default_factory=list)


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    async def handle(request: web.Request) -> web.Response:
        await request.read()
        made.asked.append(request)
        return web.Response(status=made.status, text=made.text, content_type="text/html")

    application = web.Application()
    application.router.add_post("/gateway.do", handle)
    async with served(application) as server, aiohttp.ClientSession() as session:
        made = Gateway(client_of(str(server.make_url("/gateway.do")), session))
        yield made


def client_of(url: str, session: aiohttp.ClientSession) -> AlipayClient:
    we = Credentials(url, "2021000000000001", "2088000000000001", OURS, ALIPAY.public_key())
    return AlipayClient(we, session, now=lambda: datetime.now(UTC), notify_url="http://127.0.0.1:1/notify")


async def test_signed_answer_is_believed(gateway: Gateway) -> None:
    """With quotes, braces and escaped slashes in it."""
    gateway.text = answer(PAID)
    trade = await gateway.client.query(ORDER)
    assert trade is not None
    assert (trade.trade_status, trade.total_amount) == ("TRADE_SUCCESS", "200.00")


async def test_signed_denial_is_believed(gateway: Gateway) -> None:
    """There is no trade."""
    gateway.text = answer(NOT_THERE)
    assert await gateway.client.query(ORDER) is None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(answer(PAID, key=None), id="unsigned success"),
        pytest.param(answer(PAID, key=STRANGER), id="success signed by another"),
        pytest.param(answer(PAID, key=OURS), id="success signed by ourselves"),
        pytest.param(answer(PAID).replace("200.00", "900.00"), id="changed after signing"),
        pytest.param(answer(PAID).replace("\\/", "/"), id="signed text written otherwise"),
        pytest.param(answer(NOT_THERE, key=None), id="unsigned denial"),
        pytest.param(answer(PAID, name="alipay_trade_close_response"), id="answer to another method"),
        pytest.param(answer(PAID.replace(ORDER, "1")), id="another order"),
        pytest.param(answer(PAID.replace("TRADE_SUCCESS", "PAID")), id="unknown status"),
        pytest.param(answer(PAID.replace("200.00", "x")), id="no amount"),
        pytest.param(answer("[]"), id="no object"),
        pytest.param(answer("null"), id="null"),
        pytest.param("", id="empty"),
        pytest.param("[]", id="a list"),
        pytest.param("<html>", id="a page"),
        pytest.param('{"a":' * 100_000, id="nested without end"),
    ],
)
async def test_anything_else_is_nonsense(gateway: Gateway, text: str) -> None:
    """Neither a payment nor its absence is believed."""
    gateway.text = text
    assert isinstance(await error_of(gateway.client.query(ORDER)), BackendNonsense)


async def test_second_node_is_not_read(gateway: Gateway) -> None:
    """The signed node is read, and not one of the same name that follows it."""
    closed = PAID.replace("TRADE_SUCCESS", "TRADE_CLOSED")
    gateway.text = answer(closed)[:-1] + f',"{NODE}":{PAID}}}'
    trade = await gateway.client.query(ORDER)
    assert trade is not None
    assert trade.trade_status == "TRADE_CLOSED"


@pytest.mark.parametrize(
    ("node", "code"),
    [
        ('{"code":"40002","msg":"Invalid Arguments","sub_code":"isv.invalid-signature"}', "isv.invalid-signature"),
        ('{"code":"20001","msg":"Insufficient Token Permissions"}', "20001"),
    ],
)
async def test_unsigned_refusals_are_refusals(gateway: Gateway, node: str, code: str) -> None:
    """The gateway does not sign for whom it does not know; its code is passed on."""
    gateway.text = answer(node, name="error_response", key=None)
    error = await error_of(gateway.client.query(ORDER))
    assert isinstance(error, BackendRefused)
    assert error.code == code


@pytest.mark.parametrize(
    "node",
    [
        '{"code":"20000","msg":"Service Currently Unavailable","sub_code":"aop.unknow-error"}',
        '{"code":"40004","msg":"Business Failed","sub_code":"ACQ.SYSTEM_ERROR"}',
    ],
)
async def test_gateway_that_does_not_know_leaves_it_open(gateway: Gateway, node: str) -> None:
    """Whether a refund was made must be asked: it is neither done nor refused."""
    gateway.text = answer(node, name="alipay_trade_refund_response")
    assert isinstance(await error_of(gateway.client.refund(ORDER, "1.00", "r1", "退款")), BackendTimeout)


@pytest.mark.parametrize(
    ("status", "kind"), [(500, BackendTimeout), (502, BackendTimeout), (302, BackendRefused), (404, BackendRefused)]
)
async def test_status_of_http_says_what_is_known(gateway: Gateway, status: int, kind: type[Exception]) -> None:
    """After 5xx the outcome is open; redirects are not followed."""
    gateway.status = status
    assert isinstance(await error_of(gateway.client.query(ORDER)), kind)


async def test_gateway_that_is_not_there_did_nothing() -> None:
    """A connection that is refused changed nothing."""
    async with aiohttp.ClientSession() as session:
        client = client_of(f"http://127.0.0.1:{unused_port()}/gateway.do", session)
        error = await error_of(client.refund(ORDER, "1.00", "r1", "退款"))
    assert type(error) is BackendUnavailable


@pytest.mark.parametrize("code", ["BILL_NOT_EXIST", "isp.bill_not_exist"])
async def test_day_without_trades_is_an_empty_bill(gateway: Gateway, code: str) -> None:
    """By either of the codes that are documented."""
    node = f'{{"code":"40004","msg":"Business Failed","sub_code":"{code}"}}'
    gateway.text = answer(node, name="alipay_data_dataservice_bill_downloadurl_query_response")
    assert await gateway.client.bill(date(2026, 11, 23)) == []


async def test_common_parameters_go_in_the_query_and_content_in_the_body(gateway: Gateway) -> None:
    """As the official client does it: no order number stands in an address that servers log."""
    gateway.text = answer(PAID)
    await gateway.client.query(ORDER)
    (request,) = gateway.asked
    assert (request.query["method"], "biz_content" in request.query) == ("alipay.trade.query", False)
    assert ORDER not in str(request.url)
    assert ORDER in (await request.post())["biz_content"]


@pytest.mark.parametrize(
    "use",
    [
        pytest.param(lambda m: m.paid(), id="a payment"),
        pytest.param(lambda m: error_of(m.client.refund("1", "1.00", "r1", "退款")), id="a refusal"),
    ],
)
async def test_logs_have_no_secret(
    merchant: Merchant, use: Callable[[Merchant], object], caplog: pytest.LogCaptureFixture
) -> None:
    """With every logger of the process at its loudest neither keys nor signatures nor orders are written down."""
    caplog.set_level(logging.DEBUG)
    done = use(merchant)
    await done  # type: ignore[misc]
    await merchant.settled()
    key = merchant.credentials.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    secret = [*key.splitlines()[1:-1], "sign=", ORDER, "biz_content"]
    assert [word for word in secret if word in caplog.text] == []
