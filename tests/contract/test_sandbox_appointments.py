"""The pretend agencies with appointments keep the contract that the actions are built on."""

import asyncio
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import schemathesis
from fixtures.asking import ask
from fixtures.patience import HANG_SECONDS
from fixtures.sandbox_process import SandboxProcess
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

CONTRACT = Path(__file__).parents[2] / "docs" / "reference" / "appointments.openapi.yaml"
CITY = "hangzhou"
KEY, OTHER_KEY = "key-00000001", "key-00000002"
ABOUT_CONTENT = frozenset({"unknown-office", "not-found"})
"""Refusals of well-formed requests."""


@pytest.fixture(scope="module")
def registry(sandbox: SandboxProcess) -> str:
    return f"{sandbox.url}/appointments/{CITY}/marriage_registration"


@pytest.fixture(scope="module")
def hospital(sandbox: SandboxProcess) -> str:
    return f"{sandbox.url}/appointments/{CITY}/hospital_appointment"


contract = schemathesis.openapi.from_path(CONTRACT)


@contract.parametrize()
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_every_answer_is_of_the_contract(case: schemathesis.Case, registry: str) -> None:
    """Whatever is asked, rightly or wrongly, status, content type and body are of the contract."""
    response = case.call(base_url=registry, timeout=HANG_SECONDS)
    by_content = response.status_code in (404, 409) and response.json()["type"] != "malformed"
    no_day = response.status_code == 422 and "valid date" in response.text  # a pattern cannot say which days there are
    excluded = [positive_data_acceptance] if by_content or no_day or "day is out of range" in response.text else []
    case.validate_response(response, excluded_checks=excluded)


def wish(facts: dict[str, str], **changes: Any) -> dict[str, Any]:
    """What the facts say can be booked."""
    slot = {"office": "xihu", "date": facts["marriage_date"], "time": facts["marriage_time"], **changes}
    persons = [
        {"name": facts["person_name"], "id_number": facts["valid_id_number"]},
        {"name": facts["partner_name"], "id_number": facts["partner_id_number"]},
    ]
    return {"slot": slot, "persons": persons, "phone": facts["phone"]}


def visit(facts: dict[str, str]) -> dict[str, Any]:
    """A visit to a hospital that the facts say can be booked."""
    slot = {"office": "zju_first", "department": "orthopaedics"}
    slot |= {"date": facts["hospital_date"], "time": facts["hospital_time"]}
    person = {"name": facts["person_name"], "id_number": facts["valid_id_number"]}
    return {"slot": slot, "persons": [person], "phone": facts["phone"]}


async def free_at(session: aiohttp.ClientSession, registry: str, day: str, time: str) -> int:
    _, answer = await ask(session, "GET", f"{registry}/slots?office=xihu&date={day}")
    return int(next(one["free"] for one in answer["slots"] if one["time"] == time))


async def test_facts_can_be_booked(session: aiohttp.ClientSession, registry: str, facts: dict[str, str]) -> None:
    """The office, the time, the two open days and the closed one are as the facts say, four days apart."""
    _, offices = await ask(session, "GET", f"{registry}/offices")
    assert offices["offices"][0]["names"] == {"zh_Hans": facts["marriage_office"], "en": facts["marriage_office_en"]}
    _, answer = await ask(session, "GET", f"{registry}/days?office=xihu")
    days = {one["date"]: one for one in answer["days"]}
    named = ("marriage_date", "marriage_date2", "marriage_closed_date")
    assert [days[facts[name]]["open"] for name in named] == [True, True, False]
    ordered = sorted(date.fromisoformat(facts[name]) for name in named)
    assert all(later - earlier >= timedelta(days=4) for earlier, later in pairwise(ordered))
    for day in named[:2]:
        assert await free_at(session, registry, facts[day], facts["marriage_time"]) > 0
    assert await free_at(session, registry, facts["marriage_date"], facts["marriage_full_time"]) == 0


async def test_a_booking_repeated_in_parallel_is_one(
    session: aiohttp.ClientSession, sandbox: SandboxProcess, registry: str, facts: dict[str, str]
) -> None:
    """Twenty times the same wish under the same key: equal answers, one booking, one place less."""
    at = (facts["marriage_date"], facts["marriage_time"])
    before = await free_at(session, registry, *at)
    put = [ask(session, "PUT", f"{registry}/bookings/{KEY}", wish(facts)) for _ in range(20)]
    answers = await asyncio.gather(*put)
    assert {status for status, _ in answers} == {200}
    assert len({answer["reference"] for _, answer in answers}) == 1
    assert await free_at(session, registry, *at) == before - 1
    address = f"{sandbox.url}/_sandbox/appointments/{CITY}/marriage_registration/bookings"
    _, kept = await ask(session, "GET", address)
    assert [one["key"] for one in kept["bookings"]] == [KEY]


@pytest.mark.parametrize(
    ("change", "key", "refusal"),
    [
        ({}, OTHER_KEY, (409, "already-booked")),
        ({"time": "23:00"}, KEY, (409, "key-reused")),
        ({"office": "nowhere"}, OTHER_KEY, (404, "unknown-office")),
        ({"date": "2026-02-30"}, OTHER_KEY, (422, "malformed")),
    ],
    ids=["second booking", "other wish", "office", "no such day"],
)
async def test_a_second_booking_has_an_error_of_its_own(
    session: aiohttp.ClientSession,
    registry: str,
    facts: dict[str, str],
    change: dict[str, str],
    key: str,
    refusal: tuple[int, str],
) -> None:
    """Whoever has a live booking gets no second; other errors are told apart."""
    await ask(session, "PUT", f"{registry}/bookings/{KEY}", wish(facts))
    status, answer = await ask(session, "PUT", f"{registry}/bookings/{key}", wish(facts, **change))
    assert (status, answer["type"]) == refusal


@pytest.mark.parametrize(("day", "time"), [("marriage_closed_date", "marriage_time"), ("marriage_date", None)])
async def test_a_closed_time_is_refused(
    session: aiohttp.ClientSession, registry: str, facts: dict[str, str], day: str, time: str | None
) -> None:
    """A day on which the office is closed, and an hour outside of its hours."""
    at = {"date": facts[day], "time": facts[time] if time else "23:00"}
    status, answer = await ask(session, "PUT", f"{registry}/bookings/{KEY}", wish(facts, **at))
    assert (status, answer["type"]) == (409, "closed")


async def test_a_full_time_is_refused(session: aiohttp.ClientSession, registry: str, facts: dict[str, str]) -> None:
    """Nothing is free at the full time of the facts."""
    taken = wish(facts, time=facts["marriage_full_time"])
    status, answer = await ask(session, "PUT", f"{registry}/bookings/{KEY}", taken)
    assert (status, answer["type"]) == (409, "slot-taken")


async def test_a_move_gives_the_old_time_back(
    session: aiohttp.ClientSession, registry: str, facts: dict[str, str]
) -> None:
    """The old slot is free again and the new one taken; moving once more to the same changes nothing."""
    await ask(session, "PUT", f"{registry}/bookings/{KEY}", wish(facts))
    old, new = ((facts[name], facts["marriage_time"]) for name in ("marriage_date", "marriage_date2"))
    before = await free_at(session, registry, *old), await free_at(session, registry, *new)
    slot = wish(facts, date=new[0])["slot"]
    first = await ask(session, "PUT", f"{registry}/bookings/{KEY}/slot", slot)
    assert first == await ask(session, "PUT", f"{registry}/bookings/{KEY}/slot", slot)
    assert first[1]["slot"]["date"] == new[0]
    after = await free_at(session, registry, *old), await free_at(session, registry, *new)
    assert after == (before[0] + 1, before[1] - 1)


async def test_giving_up_frees_time_and_persons(
    session: aiohttp.ClientSession, registry: str, facts: dict[str, str]
) -> None:
    """Given up twice is given up once; the same persons may then book anew; the key is used up."""
    await ask(session, "PUT", f"{registry}/bookings/{KEY}", wish(facts))
    before = await free_at(session, registry, facts["marriage_date"], facts["marriage_time"])
    answers = [await ask(session, "DELETE", f"{registry}/bookings/{KEY}") for _ in range(2)]
    assert [(status, answer["status"]) for status, answer in answers] == [(200, "cancelled")] * 2
    assert await free_at(session, registry, facts["marriage_date"], facts["marriage_time"]) == before + 1
    status, answer = await ask(session, "PUT", f"{registry}/bookings/{OTHER_KEY}", wish(facts))
    assert (status, answer["status"]) == (200, "booked")


async def test_a_key_that_was_given_up_before_it_was_used_books_nothing(
    session: aiohttp.ClientSession, registry: str, facts: dict[str, str]
) -> None:
    """A request that arrives after it was given up makes no booking that nobody knows of."""
    status, answer = await ask(session, "DELETE", f"{registry}/bookings/{KEY}")
    assert (status, answer["type"]) == (404, "not-found")
    status, answer = await ask(session, "PUT", f"{registry}/bookings/{KEY}", wish(facts))
    assert (status, answer["type"]) == (409, "cancelled")


async def test_a_fee_is_paid_once(session: aiohttp.ClientSession, hospital: str, facts: dict[str, str]) -> None:
    """A wrong amount, the same payment twice, another payment, a booking that was given up: each its own answer."""
    _, booking = await ask(session, "PUT", f"{hospital}/bookings/{KEY}", visit(facts))
    paid = {"order": "1", "amount": booking["fee"], "trade_no": "2", "paid_at": "2026-11-24T10:00:00+08:00"}
    at = f"{hospital}/bookings/{KEY}/payment"
    wrong = await ask(session, "PUT", at, {**paid, "amount": "0.01"})
    first, again = await ask(session, "PUT", at, paid), await ask(session, "PUT", at, paid)
    other = await ask(session, "PUT", at, {**paid, "order": "3"})
    assert (wrong[1]["type"], other[1]["type"]) == ("wrong-amount", "already-paid")
    assert first == again
    assert first[1]["paid"]
    assert first[1]["receipt"]


async def test_clock_ahead_makes_an_appointment_past(
    session: aiohttp.ClientSession, sandbox: SandboxProcess, registry: str, facts: dict[str, str]
) -> None:
    """With the agencies' clock set ahead the appointment has been kept, and can no longer be moved or given up."""
    await ask(session, "PUT", f"{registry}/bookings/{KEY}", wish(facts))
    status, clock = await ask(session, "PUT", f"{sandbox.url}/_sandbox/clock", {"ahead_seconds": 40 * 86400})
    assert (status, clock["ahead_seconds"]) == (200, 40 * 86400)
    _, booking = await ask(session, "GET", f"{registry}/bookings/{KEY}")
    status, answer = await ask(session, "DELETE", f"{registry}/bookings/{KEY}")
    assert (booking["status"], status, answer["type"]) == ("kept", 409, "past")


async def test_bookings_survive_a_kill_and_a_reset_voids_them(
    session: aiohttp.ClientSession, sandbox: SandboxProcess, registry: str, facts: dict[str, str]
) -> None:
    """What was booked is there after kill -9; after a reset of the city it is not."""
    _, booking = await ask(session, "PUT", f"{registry}/bookings/{KEY}", wish(facts))
    sandbox.kill()
    sandbox.start()
    assert await ask(session, "GET", f"{registry}/bookings/{KEY}") == (200, booking)
    await ask(session, "POST", f"{sandbox.url}/_sandbox/reset", {"city": CITY})
    status, _ = await ask(session, "GET", f"{registry}/bookings/{KEY}")
    assert status == 404
