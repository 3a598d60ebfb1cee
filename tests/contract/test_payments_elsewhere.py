"""Payments that were made elsewhere: told, and asked back, only after a code to the telephone that the agency holds."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fixtures.counter import Counter, Talk, counter

from desk.contract.messages import OpenTicket
from desk.contract.wire import LOCALES, Locale
from desk.texts.catalogs import Catalogs

ORDER = "202611230000000000000042"
TOLD = {"zh_Hans": "经核实", "zh_Hant": "經核實", "en": "received"}


@pytest.fixture
async def hangzhou(tmp_path: Path, catalogs: Catalogs) -> AsyncIterator[Counter]:
    async with counter(tmp_path, "hangzhou", catalogs) as city:
        yield city


async def fine(city: Counter) -> tuple[dict[str, str], dict[str, Any]]:
    """Facts of the city, and the one fine of its car."""
    facts = await city.facts()
    proof = {"plate": facts["plate_with_unpaid_fine"], "vin_last6": facts["vin_last6"]}
    found = await city.ask("POST", "traffic-police/hangzhou/violations/query", proof)
    return facts, found["violations"][0]


async def paid(city: Counter) -> tuple[dict[str, str], str]:
    """A fine that was paid on another channel; facts, and the notice's number."""
    facts, violation = await fine(city)
    report = {
        "order": ORDER,
        "amount": violation["amount"],
        "trade_no": "2026112322001",
        "paid_at": "2026-11-23T15:20:00+08:00",
    }
    url = f"{city.sandbox}/traffic-police/hangzhou/notices/{violation['notice']}/payment"
    async with city.http.put(url, json=report, headers={"Idempotency-Key": "elsewhere-1"}) as response:
        assert response.status == 200
    return facts, violation["notice"]


async def proved(talk: Talk) -> str:
    """Give the code that was sent last."""
    return await talk.say((await talk.counter.texted())[0]["code"])


@pytest.mark.parametrize("locale", LOCALES)
async def test_payment_is_told_only_after_the_code(hangzhou: Counter, locale: Locale) -> None:
    """By the notice's number: nothing of amount and receipt before, all of it after; the code went to the owner."""
    facts, notice = await paid(hangzhou)
    talk = hangzhou.talk(locale=locale)
    said = await talk.say(f"{notice}", "payment_status", reference=notice)
    assert facts["fine_amount"] not in said
    assert (await hangzhou.texted())[0]["to"] == facts["owner_phone_of_fined_plate"]
    assert facts["fine_amount"] not in await talk.say("000000")
    said = await proved(talk)
    assert TOLD[locale] in said
    assert facts["fine_amount"] in said
    assert "15:20" in said or "3:20" in said
    assert talk.asked is None


@pytest.mark.parametrize("which", ["order", "notice"])
async def test_any_of_its_numbers_finds_it(hangzhou: Counter, which: str) -> None:
    """The order's number on the payer's statement, or the agency's own."""
    _, notice = await paid(hangzhou)
    number = ORDER if which == "order" else notice
    talk = hangzhou.talk()
    await talk.say(f"这笔到账没{number}", "payment_status", reference=number)
    assert "经核实" in await proved(talk)


async def test_refund_is_passed_on_only_after_the_code(hangzhou: Counter) -> None:
    """No ticket for somebody else's money; once proved the agency decides, and a person of it is told."""
    _, notice = await paid(hangzhou)
    talk = hangzhou.talk()
    await talk.say(f"{notice}要退款", "refund", reference=notice)
    assert talk.effects == ()
    await talk.say("123456")
    assert talk.effects == ()
    assert "已为您转交工作人员" in await proved(talk)
    assert [one.service for one in talk.effects if isinstance(one, OpenTicket)] == ["traffic_fines"]


async def test_after_one_proof_the_other_question_needs_none(hangzhou: Counter) -> None:
    """The button beside the answer asks for it back: the number is proved in this conversation."""
    _, notice = await paid(hangzhou)
    talk = hangzhou.talk()
    await talk.say(notice, "payment_status", reference=notice)
    await proved(talk)
    assert "已为您转交工作人员" in await talk.press("退款")
    assert len(await hangzhou.texted()) == 1


async def test_what_was_not_paid_is_said_so(hangzhou: Counter) -> None:
    """The agency knows the number, and of no payment: that, too, only after the proof."""
    _, violation = await fine(hangzhou)
    talk = hangzhou.talk()
    assert "没有编号" not in await talk.say(violation["notice"], "payment_status", reference=violation["notice"])
    assert "缴费记录" in await proved(talk)


async def test_unknown_number_is_said_to_be_unknown(hangzhou: Counter) -> None:
    """Nobody is texted; the agency's telephone and a person stand beside it."""
    talk = hangzhou.talk()
    said = await talk.say("退款 999999999999", "refund", reference="999999999999")
    assert "999999999999" in said
    assert (talk.asked, await hangzhou.texted()) == (None, [])


async def test_agency_that_fails_is_said_to_fail(hangzhou: Counter) -> None:
    """It is not said that the number is unknown; the button asks the same again."""
    _, notice = await paid(hangzhou)
    await hangzhou.ask("POST", "_sandbox/faults", {"system": "references", "city": "hangzhou", "status": 503})
    talk = hangzhou.talk()
    await talk.say(notice, "refund", reference=notice)
    assert (talk.asked, talk.effects) == (None, ())
    await hangzhou.ask("DELETE", "_sandbox/faults")
    hangzhou.clock.pass_by(minutes=1)
    await talk.press("再试一次")
    assert "已为您转交工作人员" in await proved(talk)


async def test_fee_of_a_permit_is_kept_by_its_rule(tmp_path: Path, catalogs: Catalogs) -> None:
    """Handed in and paid at the counter: after the proof the rule is said, and no ticket is opened."""
    async with counter(tmp_path, "shenzhen", catalogs) as city:
        facts = await city.facts()
        values = {
            "permit_type": "macau",
            "endorsement": "once",
            "permit_number": facts["permit_number"],
            "person_name": facts["person_name"],
            "id_number": facts["valid_id_number"],
            "phone": "13700137000",
        }
        at = "applications/shenzhen/travel_permit/applications/counter-0001"
        made = await city.ask("PUT", at, {"values": values})
        payment = {"order": ORDER, "amount": made["fee"], "trade_no": "T1", "paid_at": "2026-11-23T15:20:00+08:00"}
        await city.ask("PUT", f"{at}/payment", payment)
        talk = city.talk()
        await talk.say(f"{made['reference']}退款", "refund", reference=made["reference"])
        assert "按规定缴费后不退" in await proved(talk)
        assert [one for one in talk.effects if isinstance(one, OpenTicket)] == []
