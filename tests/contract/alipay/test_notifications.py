"""Notifications of the pretend Alipay, as they arrive at a merchant's address."""

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from fixtures.alipay import AMOUNT, ORDER, Merchant, SetClock, merchant_at
from fixtures.sandbox_process import SandboxProcess

from sandbox.alipay.clock import Clock
from sandbox.alipay.identity import ensure_keys
from sandbox.alipay.notices import SCHEDULE, Notices, new_notice
from sandbox.state import State

MINUTES = (4, 10, 10, 60, 120, 360, 900)


def told(merchant: Merchant) -> list[tuple[str, str]]:
    """Order and status of what was believed, in the order in which it arrived."""
    return [(notification.order, notification.status) for notification in merchant.receiver.believed]


async def test_scan_and_payment_are_notified(merchant: Merchant) -> None:
    """First that somebody is about to pay, then that they paid; each with what our reader wants of it."""
    async with merchant.session.get(await merchant.precreate()):
        pass
    await merchant.receiver.until(lambda: len(merchant.receiver.believed) == 1)
    trade = await merchant.pay()
    await merchant.receiver.until(lambda: len(merchant.receiver.believed) == 2)
    scanned, paid = merchant.receiver.believed
    assert (scanned.says_paid, paid.says_paid) == (False, True)
    assert (paid.order, paid.amount, paid.trade_no) == (ORDER, AMOUNT, trade["trade_no"])
    assert paid.paid_at is not None


async def test_refunds_are_notified_with_their_number(merchant: Merchant) -> None:
    """A partial one says paid again, with the request and the sum so far; the last one says closed."""
    await merchant.paid()
    await merchant.settled()
    merchant.receiver.believed.clear()
    for amount, request in (("50.00", "r1"), ("150.00", "r2")):
        await merchant.client.refund(ORDER, amount, request, "退款")
        await merchant.settled()
    assert [(n.status, n.refund_request, n.refunded) for n in merchant.receiver.believed] == [
        ("TRADE_SUCCESS", "r1", "50.00"),
        ("TRADE_CLOSED", "r2", "200.00"),
    ]


@pytest.mark.parametrize("answer", ["Success", "success\n", "SUCCESS", "ok", "", '"success"'])
async def test_anything_but_success_is_sent_again(merchant: Merchant, answer: str) -> None:
    """Only the seven letters end it; the second try says the same under the same id, signed anew."""
    await merchant.shorten()
    merchant.receiver.answers += [answer] * 2  # for the scan and the payment
    await merchant.paid()
    assert [(n["outcome"], len(n["answers"])) for n in await merchant.settled()] == [("delivered", 2)] * 2
    ids = [n.notify_id for n in merchant.receiver.believed]
    assert {ids.count(one) for one in ids} == {2}


async def test_it_is_given_up_after_eight_tries(merchant: Merchant) -> None:
    """Whoever never says success is told eight times."""
    await merchant.shorten()
    merchant.receiver.answers += ["no"] * 100
    await merchant.paid()
    assert [(n["outcome"], len(n["answers"])) for n in await merchant.settled()] == [("given_up", 8)] * 2


def test_waits_are_the_real_ones() -> None:
    """4 and 10 and 10 minutes, 1, 2, 6 and 15 hours after the last try; a factor divides them."""
    state = State(None)
    clock = Clock(state, SetClock())
    notices = Notices(state, clock)
    notices.add([new_notice(order=ORDER, url="http://127.0.0.1:1/", at=clock.now(), fields={})])
    waits = []
    for _ in SCHEDULE:
        (notice,) = notices.waiting()
        notices.answered(notice, "500")
        (later,) = notices.waiting()
        waits.append((notices.due_at(later) - later.since).total_seconds() / 60)
    assert tuple(waits) == MINUTES
    clock.set(clock.setting.model_copy(update={"factor": 60.0}))
    assert (notices.due_at(later) - later.since).total_seconds() == 15 * 60
    state.close()


async def test_setting_the_clock_ahead_sends_what_is_due(merchant: Merchant) -> None:
    """Nothing comes in its four minutes; a clock that is set ahead brings it at once."""
    merchant.receiver.answers += ["no"] * 2
    await merchant.paid()
    await merchant.receiver.until(lambda: len(merchant.receiver.bodies) == 2)
    assert (await merchant.control("PUT", "/alipay/clock", {"ahead_seconds": 241}))[0] == 200
    await merchant.settled()
    assert len(merchant.receiver.bodies) == 4


async def test_duplicates_come_after_success_too(merchant: Merchant) -> None:
    """Two more of the same id, whatever was answered; and all again on demand."""
    await merchant.mischief("duplicate", times=2, order=ORDER)
    await merchant.paid()
    await merchant.settled()
    ids = [n.notify_id for n in merchant.receiver.believed]
    assert sorted(ids.count(one) for one in set(ids)) == [3, 3]
    await merchant.mischief("duplicate", order=ORDER, now=True)
    await merchant.settled()
    assert len(merchant.receiver.believed) == 6 + 2


async def test_late_notification_waits(merchant: Merchant) -> None:
    """An hour late, by a clock that runs 36,000 times as fast; what is not late comes before."""
    await merchant.shorten(36_000)
    await merchant.mischief("late", seconds=3600, count=1)
    await merchant.paid()
    await merchant.settled()
    assert told(merchant) == [(ORDER, "TRADE_SUCCESS"), (ORDER, "WAIT_BUYER_PAY")]


async def test_reordered_notification_comes_after_its_successor(merchant: Merchant) -> None:
    """The scan is told only after the payment."""
    await merchant.mischief("reorder", count=1, order=ORDER)
    await merchant.paid()
    await merchant.settled()
    assert told(merchant) == [(ORDER, "TRADE_SUCCESS"), (ORDER, "WAIT_BUYER_PAY")]


async def test_lost_notification_never_comes(merchant: Merchant) -> None:
    """The trade is paid, and only a query tells it."""
    await merchant.mischief("lose", order=ORDER)
    await merchant.paid()
    assert [n["outcome"] for n in await merchant.settled()] == ["lost", "lost"]
    assert merchant.receiver.bodies == []
    trade = await merchant.client.query(ORDER)
    assert trade is not None
    assert trade.trade_status == "TRADE_SUCCESS"


FORGED = [
    pytest.param("tamper", "forged", id="another amount under a true signature"),
    pytest.param("forge_signature", "forged", id="a signature of something else"),
    pytest.param("forge_app", "other_app", id="another application"),
    pytest.param("forge_seller", "other_seller", id="another seller"),
]


@pytest.mark.parametrize(("forgery", "reason"), FORGED)
async def test_forgeries_beside_the_true_one_are_refused(merchant: Merchant, forgery: str, reason: str) -> None:
    """The true ones are believed, the forged ones are not, and are not sent again."""
    await merchant.mischief(forgery)
    await merchant.paid()
    found = await merchant.settled()
    assert merchant.receiver.refused == [reason, reason]
    assert sorted(told(merchant)) == [(ORDER, "TRADE_SUCCESS"), (ORDER, "WAIT_BUYER_PAY")]
    assert [n["answers"] for n in found if n["forgery"]] == [["400 failure"]] * 2


@pytest.mark.parametrize(("forgery", "reason"), FORGED)
async def test_forged_claim_of_an_unpaid_order_is_refused(merchant: Merchant, forgery: str, reason: str) -> None:
    """Who claims that an open order was paid is not believed."""
    await merchant.precreate()
    await merchant.mischief(forgery, order=ORDER, now=True)
    await merchant.settled()
    assert (merchant.receiver.believed, merchant.receiver.refused) == ([], [reason])


async def test_wrong_amount_under_a_true_signature_is_for_the_desk_to_see(merchant: Merchant) -> None:
    """The reader believes it, with the amount that it says: only who knows the order can tell."""
    await merchant.precreate()
    await merchant.mischief("forge_amount", order=ORDER, now=True)
    await merchant.settled()
    assert [(n.order, n.amount, n.says_paid) for n in merchant.receiver.believed] == [(ORDER, "0.01", True)]


async def test_rules_are_listed_and_lifted(merchant: Merchant) -> None:
    """A lifted rule does nothing any more."""
    await merchant.mischief("lose")
    _, listed = await merchant.control("GET", "/alipay/notifications")
    assert [rule["what"] for rule in listed["rules"]] == ["lose"]
    assert await merchant.control("DELETE", "/alipay/notifications") == (200, {"lifted": 1})
    await merchant.paid()
    assert [n["outcome"] for n in await merchant.settled()] == ["delivered", "delivered"]


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        pytest.param({"what": "lose", "now": True, "order": ORDER}, 422, id="lose what was sent"),
        pytest.param({"what": "tamper", "now": True}, 422, id="no order"),
        pytest.param({"what": "tamper", "now": True, "order": "1"}, 404, id="unknown order"),
        pytest.param({"what": "explode"}, 422, id="unknown mischief"),
    ],
)
async def test_impossible_wishes_are_refused(merchant: Merchant, wish: dict[str, Any], status: int) -> None:
    """And say why."""
    found, answer = await merchant.control("POST", "/alipay/notifications", wish)
    assert found == status
    assert answer["title"]


async def test_reset_forgets_trades_and_what_waits(merchant: Merchant) -> None:
    """After a reset there is no trade, an open page takes no money, and no notification comes any more."""
    code = await merchant.precreate()
    async with merchant.session.get(code):
        pass
    await merchant.receiver.until(lambda: len(merchant.receiver.bodies) == 1)
    merchant.receiver.answers.append("no")
    await merchant.pay()
    await merchant.receiver.until(lambda: len(merchant.receiver.bodies) == 2)
    assert (await merchant.control("POST", "/reset"))[0] == 200
    await merchant.control("PUT", "/alipay/clock", {"ahead_seconds": 86400})
    assert await merchant.client.query(ORDER) is None
    async with merchant.session.post(code, data={"do": "pay"}) as page:
        assert page.status == 404
    await asyncio.sleep(0.1)
    assert len(merchant.receiver.bodies) == 2


async def test_kill_loses_neither_trades_nor_what_waits(tmp_path: Path) -> None:
    """After kill -9 the trade is still paid, and the notification that was not answered comes again."""
    keys = ensure_keys(tmp_path)
    with SandboxProcess(tmp_path) as sandbox:
        async with merchant_at(sandbox.url, keys, SetClock()) as merchant:
            await merchant.shorten(24 * 60)  # 4 minutes are 1/6 s
            merchant.receiver.answers += ["no"] * 2
            await merchant.paid()
            await merchant.receiver.until(lambda: len(merchant.receiver.bodies) == 2)
            sandbox.kill()
            sandbox.start()
            trade = await merchant.client.query(ORDER)
            assert trade is not None
            assert trade.trade_status == "TRADE_SUCCESS"
            await merchant.settled()
            assert ("TRADE_SUCCESS", 2) in [(s, told(merchant).count((ORDER, s))) for _, s in told(merchant)]


async def test_a_notification_carries_the_documented_fields(merchant: Merchant) -> None:
    """Names of the documents, no empty values, and the real kind and version."""
    await merchant.paid()
    await merchant.settled()
    form = dict(parse_qsl(merchant.receiver.bodies[-1].decode(), keep_blank_values=True))
    assert {
        "notify_time", "notify_type", "notify_id", "app_id", "charset", "version", "sign_type", "sign", "trade_no",
        "out_trade_no", "trade_status", "total_amount", "receipt_amount", "buyer_pay_amount", "seller_id", "buyer_id",
        "gmt_create", "gmt_payment", "fund_bill_list", "subject",
    } <= form.keys()  # fmt: skip
    assert "" not in form.values()
    assert (form["notify_type"], form["version"]) == ("trade_status_sync", "1.0")
