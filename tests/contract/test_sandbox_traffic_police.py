"""The pretend traffic police keeps the contract that the actions are built on."""

import asyncio
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

CONTRACT = Path(__file__).parents[2] / "docs" / "reference" / "traffic-police.openapi.yaml"
CITY = "hangzhou"
PAYMENT = {"order": "order-1", "amount": "200.00", "trade_no": "trade-1", "paid_at": "2026-11-24T10:00:00+08:00"}


@pytest.fixture(scope="module")
def police(sandbox: SandboxProcess) -> str:
    return f"{sandbox.url}/traffic-police/{CITY}"


contract = schemathesis.openapi.from_path(CONTRACT)


@contract.parametrize()
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_every_answer_is_of_the_contract(case: schemathesis.Case, police: str) -> None:
    """Whatever is asked, rightly or wrongly, status, content type and body are of the contract."""
    response = case.call(base_url=police, timeout=HANG_SECONDS)
    refused_by_content = response.status_code == 422 and response.json()["type"] == "wrong-amount"
    case.validate_response(response, excluded_checks=[positive_data_acceptance] if refused_by_content else [])


async def violations(session: aiohttp.ClientSession, police: str, facts: dict[str, str]) -> list[dict[str, Any]]:
    proof = {"plate": facts["plate_with_unpaid_fine"], "vin_last6": facts["vin_last6"]}
    status, answer = await ask(session, "POST", f"{police}/violations/query", proof)
    assert status == 200
    found: list[dict[str, Any]] = answer["violations"]
    return found


async def pay(
    session: aiohttp.ClientSession, police: str, notice: str, key: str = "key-00001", **changes: str
) -> tuple[int, dict[str, Any]]:
    body = {**PAYMENT, **changes}
    return await ask(session, "PUT", f"{police}/notices/{notice}/payment", body, **{"Idempotency-Key": key})


async def test_fact_plate_has_exactly_one_unpaid_fine(
    session: aiohttp.ClientSession, police: str, facts: dict[str, str]
) -> None:
    """The plate of the facts has one violation, unpaid, of the amount that the facts name."""
    found = await violations(session, police, facts)
    assert [(one["status"], one["amount"]) for one in found] == [("unpaid", facts["fine_amount"])]


async def test_clean_plate_has_no_violations(
    session: aiohttp.ClientSession, police: str, facts: dict[str, str]
) -> None:
    """The plate without fines is known and has an empty record."""
    proof = {"plate": facts["plate_without_fines"], "vin_last6": facts["vin_last6_without_fines"]}
    status, answer = await ask(session, "POST", f"{police}/violations/query", proof)
    assert (status, answer["violations"]) == (200, [])


@pytest.mark.parametrize(
    ("change", "status", "kind"),
    [
        ({"vin_last6": "000000"}, 403, "vin-mismatch"),
        ({"plate": "浙A12345"}, 404, "unknown-vehicle"),
        ({"plate": "浙A1"}, 422, "malformed"),
        ({"vin_last6": "12345"}, 422, "malformed"),
        ({"name": "someone"}, 422, "malformed"),
    ],
)
async def test_wrong_proof_has_an_error_of_its_own(
    session: aiohttp.ClientSession, police: str, facts: dict[str, str], change: dict[str, str], status: int, kind: str
) -> None:
    """A wrong VIN tail, an unknown plate and a request that is none are told apart."""
    proof = {"plate": facts["plate_with_unpaid_fine"], "vin_last6": facts["vin_last6"], **change}
    got, answer = await ask(session, "POST", f"{police}/violations/query", proof)
    assert (got, answer["type"]) == (status, kind)


async def test_payment_repeated_in_parallel_counts_once(
    session: aiohttp.ClientSession, police: str, facts: dict[str, str]
) -> None:
    """Twenty times the same request with the same key: twenty equal answers, and the notice is paid."""
    notice = (await violations(session, police, facts))[0]["notice"]
    answers = await asyncio.gather(*(pay(session, police, notice) for _ in range(20)))
    assert {status for status, _ in answers} == {200}
    assert len({answer["receipt"] for _, answer in answers}) == 1
    assert await ask(session, "GET", f"{police}/notices/{notice}") == (200, answers[0][1])
    assert (await violations(session, police, facts))[0]["status"] == "paid"


async def test_payments_that_contradict_are_refused(
    session: aiohttp.ClientSession, police: str, facts: dict[str, str]
) -> None:
    """A wrong amount, another body under the same key, a second payment: each has its own error."""
    notice = (await violations(session, police, facts))[0]["notice"]
    refused = [
        await pay(session, police, notice, "key-00000", amount="1.00"),
        await pay(session, police, notice),
        await pay(session, police, notice, order="order-2"),
        await pay(session, police, notice, "key-00002", order="order-2"),
        await pay(session, police, "000000000000000", "key-00003"),
    ]
    assert [(status, answer.get("type")) for status, answer in refused] == [
        (422, "wrong-amount"),
        (200, None),
        (409, "key-reused"),
        (409, "already-paid"),
        (404, "not-found"),
    ]


async def test_payment_told_again_with_another_key_is_the_same_payment(
    session: aiohttp.ClientSession, police: str, facts: dict[str, str]
) -> None:
    """The same order and trade number under a new key answer as the first time."""
    notice = (await violations(session, police, facts))[0]["notice"]
    first = await pay(session, police, notice)
    assert await pay(session, police, notice, "key-00009") == first


async def test_paid_fact_plate_is_replaced_and_reset_restores_it(
    session: aiohttp.ClientSession, sandbox: SandboxProcess, police: str, facts: dict[str, str]
) -> None:
    """Once it is paid, the facts name another plate with one unpaid fine; after a reset the first one again."""
    await pay(session, police, (await violations(session, police, facts))[0]["notice"])
    _, after = await ask(session, "GET", f"{sandbox.url}/_sandbox/facts/{CITY}")
    assert after["plate_with_unpaid_fine"] != facts["plate_with_unpaid_fine"]
    assert [one["status"] for one in await violations(session, police, after)] == ["unpaid"]
    await ask(session, "POST", f"{sandbox.url}/_sandbox/reset", {"city": CITY})
    assert await ask(session, "GET", f"{sandbox.url}/_sandbox/facts/{CITY}") == (200, facts)


async def test_all_single_fines_paid_says_to_reset(
    session: aiohttp.ClientSession, sandbox: SandboxProcess, police: str, facts: dict[str, str]
) -> None:
    """When no plate with exactly one unpaid fine is left, asking for facts is a 409 that names the mend."""
    status, answer = 200, dict(facts)
    for number in range(40):
        if status != 200:
            break
        fine = (await violations(session, police, answer))[0]
        await pay(session, police, fine["notice"], f"key-{number:05d}", amount=fine["amount"], order=f"order-{number}")
        status, answer = await ask(session, "GET", f"{sandbox.url}/_sandbox/facts/{CITY}")
    assert status == 409
    assert "desk sandbox reset" in answer["title"]
