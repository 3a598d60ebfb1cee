"""Cases that were not made in this conversation: shown after a code to the telephone that the agency holds."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fixtures.counter import Counter, counter

from desk.texts.catalogs import Catalogs

HOLDER = "13700137000"
OFFICES = "appointments/hangzhou/marriage_registration"


@pytest.fixture
async def hangzhou(tmp_path: Path, catalogs: Catalogs) -> AsyncIterator[Counter]:
    async with counter(tmp_path, "hangzhou", catalogs) as city:
        yield city


async def booked(city: Counter, phone: str = HOLDER) -> dict[str, Any]:
    """A couple books at the registry's own counter: no conversation of ours knows of it."""
    facts = await city.facts()
    office = (await city.ask("GET", f"{OFFICES}/offices"))["offices"][0]["id"]
    days = (await city.ask("GET", f"{OFFICES}/days?office={office}"))["days"]
    day = next(one["date"] for one in days if one["free"])
    slots = (await city.ask("GET", f"{OFFICES}/slots?office={office}&date={day}"))["slots"]
    wish = {
        "slot": {"office": office, "date": day, "time": next(one["time"] for one in slots if one["free"])},
        "persons": [
            {"name": facts["person_name"], "id_number": facts["valid_id_number"]},
            {"name": facts["partner_name"], "id_number": facts["partner_id_number"]},
        ],
        "phone": phone,
    }
    made: dict[str, Any] = await city.ask("PUT", f"{OFFICES}/bookings/counter-0001", wish)
    return made


async def test_appointment_is_shown_only_after_the_code(hangzhou: Counter) -> None:
    """The number alone shows nothing of the appointment; a wrong code neither; the right one all of it."""
    booking, talk = await booked(hangzhou), hangzhou.talk()
    said = await talk.say(f"进度 {booking['reference']}", "request_status", reference=booking["reference"])
    assert booking["slot"]["time"] not in said
    assert "7000" not in said, "no digits of the holder's telephone, which the number may not be of"
    assert (talk.asked, talk.cases) == ("one_time_code", {})
    said = await talk.say("000000")
    assert "验证码不对" in said
    assert talk.cases == {}
    assert booking["slot"]["time"] not in str(talk.session.to_json())
    (text,) = await hangzhou.texted()
    assert text["to"] == HOLDER
    said = await talk.say(text["code"])
    assert booking["slot"]["time"] in said
    assert [case.reference for case in talk.cases.values()] == [booking["reference"]]
    assert talk.session.front is None


async def test_proved_appointment_can_be_given_up(hangzhou: Counter) -> None:
    """After the proof it is an appointment of this conversation: its button gives it up at the agency."""
    booking, talk = await booked(hangzhou), hangzhou.talk()
    await talk.say(f"我要取消预约{booking['reference']}", "change_appointment", reference=booking["reference"])
    await talk.say((await hangzhou.texted())[0]["code"])
    await talk.press("取消预约")
    said = await talk.say("是的", "affirm")
    assert "已取消" in said
    assert (await hangzhou.ask("GET", f"{OFFICES}/bookings/counter-0001"))["status"] == "cancelled"


async def test_report_made_elsewhere(hangzhou: Counter) -> None:
    """A report's number, too: category and place are said after the proof."""
    hotline = hangzhou.city.services["report_problem"].endpoints["open311"].removeprefix("sandbox:/")
    form = {"service_code": "1", "description": "路灯不亮", "address_string": "文三路90号", "phone": HOLDER}
    codes = await hangzhou.ask("GET", f"{hotline}/services.json")
    form["service_code"] = next(one["service_code"] for one in codes if one["type"] == "realtime" and not _asks(one))
    async with hangzhou.http.post(f"{hangzhou.sandbox}/{hotline}/requests.json", data=form) as response:
        number = str((await response.json())[0]["service_request_id"])
    talk = hangzhou.talk(locale="en")
    assert "Wensan" not in await talk.say(f"status of {number}", "request_status", reference=number)
    said = await talk.say(f"the code is {(await hangzhou.texted())[0]['code']}")
    assert "文三路90号" in said
    assert [(case.service, case.reference) for case in talk.cases.values()] == [("report_problem", number)]


def _asks(category: dict[str, Any]) -> bool:
    return str(category["metadata"]).lower() == "true"


async def test_application_handed_in_elsewhere(tmp_path: Path, catalogs: Catalogs) -> None:
    """An application's number: what was applied for is named in words, and its course is the agency's."""
    async with counter(tmp_path, "shenzhen", catalogs) as city:
        facts = await city.facts()
        values = {
            "permit_type": "macau",
            "endorsement": "one_year_once",
            "permit_number": facts["permit_number"],
            "person_name": facts["person_name"],
            "id_number": facts["valid_id_number"],
            "phone": HOLDER,
        }
        at = "applications/shenzhen/travel_permit/applications/counter-0001"
        made = await city.ask("PUT", at, {"values": values})
        talk = city.talk()
        assert "澳门" not in await talk.say(f"查{made['reference']}", "request_status", reference=made["reference"])
        said = await talk.say((await city.texted())[0]["code"])
        assert "澳门" in said
        assert facts["valid_id_number"] not in str(talk.cases)
        assert facts["permit_number"] not in str(talk.cases)


async def test_unknown_number_is_said_to_be_unknown(hangzhou: Counter) -> None:
    """Nobody is texted, nothing is asked."""
    talk = hangzhou.talk()
    said = await talk.say("进度 YY0000000000", "request_status", reference="YY0000000000")
    assert "没有查到编号YY0000000000" in said
    assert (talk.asked, await hangzhou.texted()) == (None, [])


async def test_three_wrong_codes_send_another_and_then_no_more(hangzhou: Counter) -> None:
    """A code is void after three wrong tries; after the third sending there are no more."""
    booking, talk = await booked(hangzhou), hangzhou.talk()
    await talk.say(booking["reference"], "request_status", reference=booking["reference"])
    for _ in range(9):
        said = await talk.say("000000")
    assert "已经不能再发送了" in said
    assert "已重新发送" not in said
    assert (talk.asked, len(await hangzhou.texted())) == (None, 3)


async def test_old_code_is_not_good(hangzhou: Counter) -> None:
    """After five minutes a new one is sent, and only that counts."""
    booking, talk = await booked(hangzhou), hangzhou.talk()
    await talk.say(booking["reference"], "request_status", reference=booking["reference"])
    old = (await hangzhou.texted())[0]["code"]
    hangzhou.clock.pass_by(minutes=6)
    await talk.say(old)
    assert talk.cases == {}
    await talk.say((await hangzhou.texted())[0]["code"])
    assert len(talk.cases) == 1


@pytest.mark.parametrize(("system", "fault"), [("references", {"status": 503}), ("references", {"nonsense": True})])
async def test_agency_that_fails_is_said_to_fail(hangzhou: Counter, system: str, fault: dict[str, Any]) -> None:
    """It is not said that the number is unknown; what was arranged remains; the button asks again."""
    booking, talk = await booked(hangzhou), hangzhou.talk()
    await hangzhou.ask("POST", "_sandbox/faults", {"system": system, "city": "hangzhou", **fault})
    said = await talk.say(booking["reference"], "request_status", reference=booking["reference"])
    assert "已经办好的事不受影响" in said
    assert talk.asked is None
    await hangzhou.ask("DELETE", "_sandbox/faults")
    hangzhou.clock.pass_by(minutes=1)
    assert talk.messages[-1].buttons[0].title == "再试一次"


async def test_gateway_that_fails_tells_nothing_and_can_be_asked_again(hangzhou: Counter) -> None:
    """The answer is the same as ever, since it may tell nothing; when the gateway is back another code comes."""
    booking, talk = await booked(hangzhou), hangzhou.talk()
    usual = await hangzhou.talk("other").say(booking["reference"], "request_status", reference=booking["reference"])
    await hangzhou.ask("POST", "_sandbox/faults", {"system": "sms", "city": "hangzhou", "status": 503})
    said = await talk.say(booking["reference"], "request_status", reference=booking["reference"])
    assert said == usual
    await hangzhou.ask("DELETE", "_sandbox/faults")
    sent = len(await hangzhou.texted())
    hangzhou.clock.pass_by(minutes=2)
    await talk.press("重新发送")
    assert len(await hangzhou.texted()) == sent + 1
    assert booking["slot"]["time"] in await talk.say((await hangzhou.texted())[0]["code"])


async def test_a_new_form_of_the_service_is_not_the_proof(hangzhou: Counter) -> None:
    """Whoever begins to book while a code is awaited fills in a form; the code's question waits."""
    booking, talk = await booked(hangzhou), hangzhou.talk()
    await talk.say(booking["reference"], "request_status", reference=booking["reference"])
    await talk.say("预约领证", "marriage_registration")
    assert talk.asked == "office"
    await talk.say("算了", "cancel")
    assert talk.asked == "one_time_code"


async def test_cancelling_the_proof_keeps_nothing(hangzhou: Counter) -> None:
    """A cancel ends it: no case, no number, no telephone remains."""
    booking, talk = await booked(hangzhou), hangzhou.talk()
    await talk.say(booking["reference"], "request_status", reference=booking["reference"])
    await talk.say("取消", "cancel")
    assert (talk.asked, talk.cases) == (None, {})
    assert booking["reference"] not in str(talk.session.to_json())
