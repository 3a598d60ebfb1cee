"""The pages of the pretend Alipay on which a person pays, or gives up."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fixtures.alipay import AMOUNT, ORDER, SUBJECT, Merchant

from desk.alipay import signing
from desk.alipay.client import PageMethod
from desk.contract.errors import BackendRefused
from sandbox.alipay.identity import (
    ALIPAY_PRIVATE,
    ALIPAY_PUBLIC,
    APP_PRIVATE,
    APP_PUBLIC,
    IdentityError,
    ensure_keys,
    load_keys,
    mini_program,
)

BACK = "http://127.0.0.1:1/pay/back"


async def page(merchant: Merchant, url: str, **form: str) -> tuple[int, str]:
    """Status and text of a page, opened or sent a form."""
    verb = "POST" if form else "GET"
    async with merchant.session.request(verb, url, data=form or None, allow_redirects=not form) as response:
        return response.status, response.headers.get("Location") or await response.text()


def pay_page(merchant: Merchant, method: PageMethod = "alipay.trade.wap.pay") -> str:
    return merchant.client.page_url(method, ORDER, AMOUNT, SUBJECT, minutes=30, return_url=BACK)


async def status_of(merchant: Merchant) -> str:
    trade = await merchant.client.query(ORDER)
    assert trade is not None
    return trade.trade_status


@pytest.mark.parametrize("method", ["alipay.trade.wap.pay", "alipay.trade.page.pay"])
async def test_pay_page_shows_what_is_paid_and_is_marked_as_pretend(merchant: Merchant, method: PageMethod) -> None:
    """Amount, subject and order in Chinese, for a phone's width, and no doubt that it is not Alipay."""
    status, text = await page(merchant, pay_page(merchant, method))
    assert status == 200
    for shown in (f"¥{AMOUNT}", SUBJECT, ORDER, "这不是支付宝，不会扣款", "确认付款", "放弃付款", "width=device-width"):
        assert shown in text
    assert await status_of(merchant) == "WAIT_BUYER_PAY"


async def test_code_page_pays_and_stays_on_the_phone(merchant: Merchant) -> None:
    """Who scanned a code sees that it is paid; opening it again says so again."""
    code = await merchant.precreate()
    status, text = await page(merchant, code, do="pay")
    assert (status, "支付成功" in text) == (404, False)  # nobody has scanned it
    assert (await page(merchant, code))[0] == 200
    status, text = await page(merchant, code, do="pay")
    assert (status, "支付成功" in text) == (200, True)
    assert "支付成功" in (await page(merchant, code))[1]
    assert await status_of(merchant) == "TRADE_SUCCESS"


async def test_giving_up_leads_back_and_leaves_it_unpaid(merchant: Merchant) -> None:
    """The browser goes back to the merchant, and may come again to pay."""
    async with merchant.session.get(pay_page(merchant)) as opened:
        cashier = str(opened.url)
    assert await page(merchant, cashier, do="give_up") == (303, BACK)
    assert await status_of(merchant) == "WAIT_BUYER_PAY"
    status, location = await page(merchant, cashier, do="pay")
    assert (status, urlsplit(location).path) == (303, "/pay/back")


async def test_second_click_pays_once(merchant: Merchant) -> None:
    """A form that is sent twice is one payment."""
    code = await merchant.precreate()
    await page(merchant, code)
    await page(merchant, code, do="pay")
    await page(merchant, code, do="pay")
    statuses = [notice["trade_status"] for notice in await merchant.settled()]
    assert statuses == ["WAIT_BUYER_PAY", "TRADE_SUCCESS"]


async def test_closed_trade_cannot_be_paid_on_its_page(merchant: Merchant) -> None:
    """The page says that it is closed."""
    async with merchant.session.get(pay_page(merchant)) as opened:
        cashier = str(opened.url)
    await merchant.client.close(ORDER)
    status, text = await page(merchant, cashier, do="pay")
    assert (status, "交易已关闭" in text) == (410, True)


async def test_changed_pay_page_is_refused(merchant: Merchant) -> None:
    """An amount changed in the address opens no cashier."""
    status, text = await page(merchant, pay_page(merchant).replace("200.00", "1.00"))
    assert (status, "isv.invalid-signature" in text) == (400, True)
    assert await merchant.client.query(ORDER) is None


async def test_subject_is_text_on_the_page(merchant: Merchant) -> None:
    """Markup in it is shown, not run."""
    code = (await merchant.client.precreate(ORDER, AMOUNT, "<b onclick>罚款", minutes=30)).qr_code
    assert "&lt;b onclick&gt;罚款" in (await page(merchant, code))[1]


async def test_unknown_pages_are_not_found(merchant: Merchant) -> None:
    """Neither a guessed code nor an order number opens a cashier."""
    await merchant.precreate()
    for guess in ("bax0", ORDER):
        assert (await page(merchant, f"{merchant.url}/alipay/cashier/{guess}"))[0] == 404


def test_keys_are_made_once_and_for_their_owner_alone(tmp_path: Path) -> None:
    """Four files of mode 600, two pairs that belong together, the same when asked again."""
    folder = ensure_keys(tmp_path)
    files = sorted(path.name for path in folder.iterdir())
    assert files == [ALIPAY_PRIVATE, ALIPAY_PUBLIC, APP_PRIVATE, APP_PUBLIC]
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert {path.name: path.read_bytes() for path in ensure_keys(tmp_path).iterdir()} == before
    for private, public in ((APP_PRIVATE, APP_PUBLIC), (ALIPAY_PRIVATE, ALIPAY_PUBLIC)):
        signature = signing.sign("x", signing.private_key((folder / private).read_text()))
        assert signing.verify("x", signature, signing.public_key((folder / public).read_text()))
    assert [path.name for path in folder.parent.iterdir()] == ["alipay"]


@pytest.mark.parametrize("damaged", [APP_PUBLIC, ALIPAY_PRIVATE])
def test_damaged_keys_say_what_to_do(tmp_path: Path, damaged: str) -> None:
    """The message names the folder to delete."""
    folder = ensure_keys(tmp_path)
    (folder / damaged).write_text("broken")
    with pytest.raises(IdentityError, match="Delete the folder"):
        load_keys(folder)


@pytest.mark.parametrize("buyer", ["2088000000000042", "074a1CcTG1LelxKe4xQC0zgNdId0nxi95b5lsNpazWYoCo5"])
async def test_an_order_is_paid_in_a_mini_program(merchant: Merchant, buyer: str) -> None:
    """A trade is opened in the buyer's name, the same each time; paid there, it is told and known as any other."""
    opened = [
        await merchant.client.create(
            ORDER, AMOUNT, SUBJECT, minutes=30, buyer=buyer, mini_program=mini_program("hangzhou")
        )
        for buyer in (buyer, buyer)
    ]
    status, answer = await merchant.control("POST", f"/alipay/trade-pay/{opened[0]}")
    again = await merchant.control("POST", f"/alipay/trade-pay/{opened[0]}")
    trade = await merchant.client.query(ORDER)
    assert opened[0] == opened[1]
    assert (status, answer) == (200, {"resultCode": "9000"})
    assert again[1] == {"resultCode": "4000"}  # twice cannot be
    assert trade is not None
    assert (trade.trade_no, trade.trade_status) == (opened[0], "TRADE_SUCCESS")


async def test_a_trade_in_a_mini_program_needs_its_buyer(merchant: Merchant) -> None:
    """Without a mini program that is known there is none."""
    with pytest.raises(BackendRefused):
        await merchant.client.create(
            ORDER, AMOUNT, SUBJECT, minutes=30, buyer="openid", mini_program="2021000000000001"
        )
