"""What residents get done who came in by Alipay's mini program or Taobao's entry, with the real bot."""

import re
from itertools import count
from typing import Any

import pytest
from fixtures.desk_command import run_desk
from fixtures.product import Product
from fixtures.web import Caller

from sandbox.alipay.identity import mini_program
from tests.product.talk import Talk

CITY = "hangzhou"
DOORS = ("alipay", "taobao")
_residents = count(1)


async def come_in(product: Product, door: str, **person: str) -> tuple[Talk, dict[str, Any]]:
    """A resident whom nobody knows yet, in their conversation; `person` is who Alipay knows them to be."""
    sandbox, name = product.state["urls"]["sandbox"], f"r{next(_residents)}"
    if door == "alipay":
        wish = {"app_id": mini_program(CITY), "member": name, **person}
        _, made, _ = await product.site.ask_at(f"{sandbox}/_sandbox/alipay/auth-codes", "POST", json=wish)
        entry = made["auth_code"]
    else:
        url = f"{sandbox}/_sandbox/taobao/{CITY}/entries"
        _, made, _ = await product.site.ask_at(url, "POST", json={"resident": name})
        entry = made["entry"]
    body = {"account": f"{CITY}_{door}", "entry": entry, "locale": "zh_Hans"}
    status, opened, _ = await product.site.ask("POST", "/chat/v1/entries", json=body)
    assert status == 201, opened
    talk = Talk(Caller(product.site, opened["session"], opened["token"]), await product.facts(CITY))
    await talk.begin()
    return talk, opened


async def said(talk: Talk, **turn: Any) -> str:
    """Do one turn; what is answered."""
    events = await talk.turn(turn)
    return "\n".join(event["message"]["text"] for event in events if event["type"] == "message")


@pytest.mark.parametrize("door", DOORS)
async def test_a_fine_is_looked_up_and_paid(product: Product, door: str) -> None:
    """From the first word to the receipt; in the mini program by a trade in the resident's name."""
    await product.reset(CITY)
    talk, _ = await come_in(product, door)
    await said(talk, say="我要交违章罚款")
    await said(talk, say="{plate_with_unpaid_fine}")
    shown = await said(talk, say="{vin_last6}")
    assert talk.facts["fine_amount"] in shown
    offer = await said(talk, tap="缴纳")
    order = re.search(r"/pay/([0-9]{24})", offer)
    assert order is not None
    sandbox = product.state["urls"]["sandbox"]
    status, trade, _ = await talk.caller.ask("POST", f"orders/{order[1]}/trade")
    if door == "alipay":
        assert status == 200, trade
        url = f"{sandbox}/_sandbox/alipay/trade-pay/{trade['trade_no']}"
        assert (await product.site.ask_at(url, "POST"))[1] == {"resultCode": "9000"}
        stranger, _ = await come_in(product, door)
        assert (await stranger.caller.ask("POST", f"orders/{order[1]}/trade"))[0] == 404
    else:
        assert status == 404  # nothing is paid in that app
        assert (await product.site.ask("POST", f"/pay/{order[1]}/prepare"))[0] == 200  # as its page does when opened
        assert (await product.site.ask_at(f"{sandbox}/_sandbox/alipay/pay/{order[1]}", "POST"))[0] == 200
    states: list[str] = []
    for _ in range(20):
        for event in await talk.caller.page(after=talk.after, wait=2):
            talk.after = event["seq"]
            states += [event["payment"]["status"]] if event["type"] == "payment" else []
        if "booked" in states:
            break
    assert states[-1] == "booked"


async def test_whom_alipay_has_certified_sees_their_record_without_a_code(product: Product) -> None:
    """Nothing is asked and nothing is texted; who is not certified is asked as ever."""
    facts = await product.facts(CITY)
    talk, opened = await come_in(product, "alipay", name=facts["person_name"], id_number=facts["valid_id_number"])
    shown = await said(talk, say="查一下我的社保")
    other, plain = await come_in(product, "alipay")
    asked = await said(other, say="查一下我的社保")
    assert (opened["certified"], plain["certified"]) == (True, False)
    assert "支付宝实名认证" in shown
    assert "以下是您的" in shown
    assert facts["valid_id_number"] not in shown
    assert "身份证号" in asked
    assert "以下是您的" not in asked


@pytest.mark.parametrize("door", DOORS)
async def test_a_bus_an_appointment_another_language_and_a_person(product: Product, door: str) -> None:
    """A bus by a shared place, an appointment by buttons, Traditional Chinese, and a clerk who takes over and back."""
    await product.reset(CITY)
    talk, _ = await come_in(product, door)
    facts = talk.facts
    await said(talk, say="下一班车什么时候来")
    place = {"lat": "{stop_with_realtime_lat}", "lon": "{stop_with_realtime_lon}"}
    board = await said(talk, share=place)
    for _ in range(5):  # timetables of a product that has just started may still be loading
        board = await said(talk, share=place) if "再试一次" in board else board
    assert facts["stop_with_realtime"] in board
    await said(talk, say="我们想预约领证")
    await said(talk, tap="{marriage_office}")
    await said(talk, tap="年")
    await said(talk, tap=":")
    for key in ("person_name", "partner_name", "valid_id_number", "partner_id_number"):
        await said(talk, say=f"{{{key}}}")
    assert "请核对" in await said(talk, say="{phone}")
    assert "YY" in await said(talk, tap="确认")
    assert "繁體" in await said(talk, say="請用繁體中文")
    ticket = await said(talk, say="我要找人工")
    reference = re.search(r"T-[0-9]+-[0-9]", ticket)
    assert reference is not None
    where = {f"DESK_{name.upper()}_URL": product.state["urls"][name] for name in ("database", "redis")}
    for arguments in (("claim", reference[0]), ("reply", reference[0], "您好，我是窗口的小李。")):
        done = run_desk(product.data_dir, "ticket", *arguments, **where)
        assert done.code == 0, done.stderr
    heard = [e["message"] for e in await talk.caller.page(after=talk.after, wait=5) if e["type"] == "message"]
    assert ("clerk", "您好，我是窗口的小李。") in [(one["author"], one["text"]) for one in heard]
    done = run_desk(product.data_dir, "ticket", "hand-back", reference[0], **where)
    assert done.code == 0, done.stderr
    assert await said(talk, say="你能办什么")
