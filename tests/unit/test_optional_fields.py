"""An optional question is skipped in every kind that asks: by the button, by word, in three languages."""

from collections.abc import Callable
from typing import Any

import pytest
from fixtures.booking import Applicant
from fixtures.dialogue import PLATE, TAIL, Resident
from fixtures.hotline import Reporter
from fixtures.services import SERVICES
from pydantic import ValidationError

from actions.schema import Service
from actions.schema.loading import _File
from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs

SKIPS = ["跳过", "不留", "不想留", "没有", "唔留", "跳過", "skip", "skip this", "I'd rather not"]
"""What is said to a question that need not be answered."""
EXTRA = {
    "entity": "phone",
    "as": "other_phone",
    "validation": "phone",
    "ask": "report_problem.ask_phone",
    "why": "report_problem.why_phone",
    "noted": None,
    "personal": True,
    "optional": True,
}
"""A telephone that is asked for last, and may be left out."""


def grown(name: str) -> dict[str, Service]:
    """All services, one of them with a question more."""
    declared = SERVICES[name].model_dump(by_alias=True, mode="json")
    declared["fields"] = [*declared["fields"], EXTRA]
    return {**SERVICES, name: _File.model_validate({"service": declared}).service}


@pytest.mark.parametrize("word", SKIPS)
@pytest.mark.parametrize("intent", ["nlu_fallback", "out_of_scope", "deny"])
async def test_bill_is_looked_up_without_it(catalogs: Catalogs, word: str, intent: str) -> None:
    """Whatever the word is understood as: the look-up follows, and nothing is asked twice."""
    resident = Resident(catalogs, grown("traffic_fines"))
    await resident.say(f"查违章 {PLATE} {TAIL}", "traffic_fines", plate=PLATE, vin_last6=TAIL)
    assert resident.state == ("traffic_fines", "phone")
    assert "跳过" in resident.buttons
    said = await resident.say(word, intent)
    assert resident.state == (None, None)
    assert "200.00元" in said


async def test_bill_takes_it_where_it_is_given(catalogs: Catalogs) -> None:
    """An optional question is answered as any other; a wrong answer gets its reason."""
    resident = Resident(catalogs, grown("traffic_fines"))
    await resident.say(f"查违章 {PLATE} {TAIL}", "traffic_fines", plate=PLATE, vin_last6=TAIL)
    await resident.say("1380013", "inform")
    assert resident.state == ("traffic_fines", "phone")
    assert "200.00元" in await resident.say("13800138000", "inform")


@pytest.mark.parametrize(("locale", "word"), [("zh_Hans", "不留"), ("zh_Hant", "唔留"), ("en", "skip")])
async def test_appointment_is_summed_up_without_it(catalogs: Catalogs, locale: Locale, word: str) -> None:
    """The summary leaves out what was skipped; the booking goes through."""
    resident = Applicant(catalogs, grown("marriage_registration"), locale=locale)
    await resident.fill()
    assert resident.state == ("marriage_registration", "phone")
    await resident.say(word, "nlu_fallback")
    assert resident.state == ("marriage_registration", None)
    await resident.say("确认", "affirm")
    assert [one.status for one in resident.cases.values()] == ["booked"]


@pytest.mark.parametrize("word", ["没拍", "no photo", "跳过"])
async def test_report_goes_without_it(catalogs: Catalogs, word: str) -> None:
    """The photo of a report."""
    reporter = Reporter(catalogs, SERVICES)
    await reporter.tell("文三路学院路口路灯不亮了 电话13800138000", place="文三路学院路口", phone="13800138000")
    assert reporter.state == ("report_problem", "photo")
    await reporter.say(word, "nlu_fallback")
    assert reporter.state == ("report_problem", None)


@pytest.mark.parametrize(
    ("name", "field", "because"),
    [
        ("traffic_fines", "plate", "not found without its subject"),
        ("marriage_registration", "phone", "not made without phone"),
        ("travel_permit", "permit_number", "not made without permit_number"),
    ],
)
def test_what_is_needed_cannot_be_optional(name: str, field: str, because: str) -> None:
    """A service file that lets the resident skip what the agency cannot do without does not load."""
    declared: dict[str, Any] = SERVICES[name].model_dump(by_alias=True, mode="json")
    for one in declared["fields"]:
        one["optional"] = one["entity"] == field
    load: Callable[[Any], object] = _File.model_validate
    with pytest.raises(ValidationError, match=because):
        load({"service": declared})
