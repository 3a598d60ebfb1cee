"""What residents get done who came in by Alipay's mini program or Taobao's entry, with the real bot."""

import re
from typing import Any

from fixtures.doors import come_in
from fixtures.product import Product

from tests.product.talk import Talk

CITY = "hangzhou"


async def enter(product: Product, door: str, **person: str) -> tuple[Talk, dict[str, Any]]:
    """A resident whom nobody knows yet, in their conversation."""
    caller, opened = await come_in(product, door, CITY, **person)
    talk = Talk(caller, await product.facts(CITY))
    await talk.begin()
    return talk, opened


async def said(talk: Talk, **turn: Any) -> str:
    """Do one turn; what is answered."""
    events = await talk.turn(turn)
    return "\n".join(event["message"]["text"] for event in events if event["type"] == "message")


async def test_an_order_is_paid_in_the_mini_program_by_its_resident_alone(product: Product) -> None:
    """By a trade in their name; in another's conversation, and in Taobao, there is none."""
    await product.reset(CITY)
    talk, _ = await enter(product, "alipay")
    for line in ("我要交违章罚款", "{plate_with_unpaid_fine}", "{vin_last6}"):
        await said(talk, say=line)
    order = re.search(r"/pay/([0-9]{24})", await said(talk, tap="缴纳"))
    assert order is not None
    for door in ("alipay", "taobao"):
        stranger, _ = await enter(product, door)
        assert (await stranger.caller.ask("POST", f"orders/{order[1]}/trade"))[0] == 404
    assert (await talk.caller.ask("POST", f"orders/{order[1]}/trade"))[0] == 200


async def test_whom_alipay_has_certified_sees_their_record_without_a_code(product: Product) -> None:
    """Nothing is asked and nothing is texted; who is not certified is asked as ever."""
    facts = await product.facts(CITY)
    talk, opened = await enter(product, "alipay", name=facts["person_name"], id_number=facts["valid_id_number"])
    shown = await said(talk, say="查一下我的社保")
    other, plain = await enter(product, "alipay")
    asked = await said(other, say="查一下我的社保")
    assert (opened["certified"], plain["certified"]) == (True, False)
    assert "支付宝实名认证" in shown
    assert "以下是您的" in shown
    assert facts["valid_id_number"] not in shown
    assert "身份证号" in asked
    assert "以下是您的" not in asked
