"""The pretend suppliers keep the contract that the actions are built on."""

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

CONTRACT = Path(__file__).parents[2] / "docs" / "reference" / "utilities.openapi.yaml"
CITY = "hangzhou"
PAYMENT = {"order": "order-1", "trade_no": "trade-1", "paid_at": "2026-11-24T10:00:00+08:00"}
TYPES = ("water", "electricity", "gas")


@pytest.fixture(scope="module")
def suppliers(sandbox: SandboxProcess) -> str:
    return f"{sandbox.url}/utilities/{CITY}"


contract = schemathesis.openapi.from_path(CONTRACT)


@contract.parametrize()
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_every_answer_is_of_the_contract(case: schemathesis.Case, suppliers: str) -> None:
    """Whatever is asked, rightly or wrongly, status, content type and body are of the contract."""
    response = case.call(base_url=suppliers, timeout=HANG_SECONDS)
    refused_by_content = response.status_code == 422 and response.json()["type"] == "wrong-amount"
    case.validate_response(response, excluded_checks=[positive_data_acceptance] if refused_by_content else [])


async def bills(session: aiohttp.ClientSession, suppliers: str, kind: str, account: str) -> list[dict[str, Any]]:
    asked = {"utility_type": kind, "account_number": account}
    status, answer = await ask(session, "POST", f"{suppliers}/bills/query", asked)
    assert status == 200, answer
    found: list[dict[str, Any]] = answer["bills"]
    return found


async def unpaid(session: aiohttp.ClientSession, suppliers: str, kind: str, account: str) -> list[dict[str, Any]]:
    return [one for one in await bills(session, suppliers, kind, account) if one["status"] != "paid"]


async def pay(
    session: aiohttp.ClientSession, suppliers: str, bill: dict[str, Any], key: str = "key-00001", **changes: str
) -> tuple[int, dict[str, Any]]:
    body = {**PAYMENT, "amount": bill["amount"], **changes}
    return await ask(session, "PUT", f"{suppliers}/bills/{bill['number']}/payment", body, **{"Idempotency-Key": key})


async def set_ahead(session: aiohttp.ClientSession, sandbox: SandboxProcess, days: int) -> None:
    setting = {"ahead_seconds": days * 86400}
    assert (await ask(session, "PUT", f"{sandbox.url}/_sandbox/clock", setting))[0] == 200


@pytest.mark.parametrize("kind", TYPES)
async def test_fact_account_has_exactly_one_unpaid_bill(
    session: aiohttp.ClientSession, suppliers: str, facts: dict[str, str], kind: str
) -> None:
    """The account of each type has one unpaid bill, of the amount that the facts name."""
    found = await unpaid(session, suppliers, kind, facts[f"{kind}_account"])
    assert [(one["status"], one["amount"], one["late_fee"]) for one in found] == [
        ("unpaid", facts[f"{kind}_amount"], "0.00")
    ]


async def test_account_belongs_to_its_type(
    session: aiohttp.ClientSession, suppliers: str, facts: dict[str, str]
) -> None:
    """The power grid does not know an account of the water works."""
    asked = {"utility_type": "electricity", "account_number": facts["water_account"]}
    status, answer = await ask(session, "POST", f"{suppliers}/bills/query", asked)
    assert (status, answer["type"]) == (404, "unknown-account")


async def test_address_is_masked(session: aiohttp.ClientSession, suppliers: str, facts: dict[str, str]) -> None:
    """Of the address only the road is told: no house, no flat."""
    asked = {"utility_type": "gas", "account_number": facts["gas_account"]}
    _, answer = await ask(session, "POST", f"{suppliers}/bills/query", asked)
    said = answer["address"]["zh_Hans"] + answer["address"]["en"]
    assert "***" in said
    assert not any(char.isdigit() for char in said)


async def test_unpaid_bill_becomes_overdue_and_grows(
    session: aiohttp.ClientSession, sandbox: SandboxProcess, suppliers: str, facts: dict[str, str]
) -> None:
    """Forty days on the bill is overdue: the late fee is its own figure and part of the amount."""
    [before] = await unpaid(session, suppliers, "water", facts["water_account"])
    await set_ahead(session, sandbox, 40)
    [after] = await unpaid(session, suppliers, "water", facts["water_account"])
    assert (before["status"], after["status"]) == ("unpaid", "overdue")
    assert float(after["late_fee"]) > 0
    assert f"{float(after['charge']) + float(after['late_fee']):.2f}" == after["amount"]
    assert after["number"] == before["number"]


async def test_amount_of_yesterday_is_taken(
    session: aiohttp.ClientSession, sandbox: SandboxProcess, suppliers: str, facts: dict[str, str]
) -> None:
    """What was owed when a payment was offered is taken the day after, too; nothing else is."""
    await set_ahead(session, sandbox, 40)
    [offered] = await unpaid(session, suppliers, "gas", facts["gas_account"])
    await set_ahead(session, sandbox, 41)
    status, answer = await pay(session, suppliers, offered, amount="0.01")
    assert (status, answer["type"]) == (422, "wrong-amount")
    assert (await pay(session, suppliers, offered, "key-00002"))[0] == 200


async def test_payment_repeated_in_parallel_counts_once(
    session: aiohttp.ClientSession, sandbox: SandboxProcess, suppliers: str, facts: dict[str, str]
) -> None:
    """Twenty times the same request with the same key: twenty equal answers, one payment."""
    [bill] = await unpaid(session, suppliers, "electricity", facts["electricity_account"])
    answers = await asyncio.gather(*(pay(session, suppliers, bill) for _ in range(20)))
    assert {status for status, _ in answers} == {200}
    assert len({answer["receipt"] for _, answer in answers}) == 1
    assert await ask(session, "GET", f"{suppliers}/bills/{bill['number']}") == (200, answers[0][1])
    _, kept = await ask(session, "GET", f"{sandbox.url}/_sandbox/utilities/{CITY}/payments")
    assert [one["number"] for one in kept["payments"]] == [bill["number"]]


async def test_payments_that_contradict_are_refused(
    session: aiohttp.ClientSession, suppliers: str, facts: dict[str, str]
) -> None:
    """A wrong amount, another body under the same key, a second payment: each has its own error."""
    [bill] = await unpaid(session, suppliers, "electricity", facts["electricity_account"])
    refused = [
        await pay(session, suppliers, bill, "key-00000", amount="1.00"),
        await pay(session, suppliers, bill),
        await pay(session, suppliers, bill, order="order-2"),
        await pay(session, suppliers, bill, "key-00002", order="order-2"),
        await pay(session, suppliers, {**bill, "number": "100000000000000"}, "key-00003"),
    ]
    assert [(status, answer.get("type")) for status, answer in refused] == [
        (422, "wrong-amount"),
        (200, None),
        (409, "key-reused"),
        (409, "already-paid"),
        (404, "not-found"),
    ]


async def test_paid_fact_account_is_replaced_and_reset_restores_it(
    session: aiohttp.ClientSession, sandbox: SandboxProcess, suppliers: str, facts: dict[str, str]
) -> None:
    """Once it is paid, the facts name another account with one unpaid bill; after a reset the first one again."""
    [bill] = await unpaid(session, suppliers, "gas", facts["gas_account"])
    await pay(session, suppliers, bill)
    _, after = await ask(session, "GET", f"{sandbox.url}/_sandbox/facts/{CITY}")
    assert after["gas_account"] != facts["gas_account"]
    assert len(await unpaid(session, suppliers, "gas", after["gas_account"])) == 1
    await ask(session, "POST", f"{sandbox.url}/_sandbox/reset", {"city": CITY})
    assert await ask(session, "GET", f"{sandbox.url}/_sandbox/facts/{CITY}") == (200, facts)
