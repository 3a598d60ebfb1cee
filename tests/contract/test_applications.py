"""The pretend agencies that decide on applications keep their contract, and our client understands them."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest
import schemathesis
from fixtures.patience import HANG_SECONDS
from fixtures.sandbox_process import SandboxProcess
from hypothesis import HealthCheck, settings

from actions.backends.applications import Applications
from actions.backends.http import Endpoint
from actions.backends.wire import Payment
from desk.contract.errors import BackendRefused, BackendTimeout

CONTRACT = Path(__file__).parents[2] / "docs" / "reference" / "applications.openapi.yaml"
CITY = "shenzhen"
KEY = "key-00001"


@pytest.fixture
def agency(session: aiohttp.ClientSession, sandbox: SandboxProcess) -> Applications:
    return Applications(Endpoint("applications", f"{sandbox.url}/applications/{CITY}/travel_permit", session))


@pytest.fixture
async def values(control: Any) -> dict[str, str]:
    """The form of the person of the facts."""
    facts = await control("GET", f"facts/{CITY}")
    return {
        "permit_type": "both",
        "endorsement": "once",
        "permit_number": facts["permit_number"],
        "person_name": facts["person_name"],
        "id_number": facts["valid_id_number"],
        "phone": facts["phone"],
    }


contract = schemathesis.openapi.from_path(CONTRACT)


@contract.parametrize()
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_every_answer_is_of_the_contract(case: schemathesis.Case, sandbox: SandboxProcess) -> None:
    """Whatever is asked, rightly or wrongly, status, content type and body are of the contract."""
    case.call_and_validate(base_url=f"{sandbox.url}/applications/{CITY}/travel_permit", timeout=HANG_SECONDS)


async def test_person_of_the_facts_may_apply(agency: Applications, values: dict[str, str]) -> None:
    """The fee follows from the region and the kind of endorsement."""
    terms = await agency.check(values)
    assert (terms.eligible, terms.fee) == (True, "30.00")
    assert (await agency.check({**values, "endorsement": "twice"})).fee == "60.00"
    assert (await agency.check({**values, "permit_type": "macau"})).fee == "15.00"


@pytest.mark.parametrize("name", ["permit_number", "person_name", "id_number"])
async def test_values_of_different_persons_are_nobodys(agency: Applications, values: dict[str, str], name: str) -> None:
    """Where one of the papers is not the person's, nothing is said about anybody."""
    other = {"permit_number": "C00000001", "person_name": "张三丰", "id_number": "11010519491231002X"}
    with pytest.raises(BackendRefused) as caught:
        await agency.check({**values, name: other[name]})
    assert caught.value.code == "unknown-person"


async def test_application_is_submitted_once(agency: Applications, control: Any, values: dict[str, str]) -> None:
    """The same key and values submit once, even if the answer was lost; another key meanwhile is refused."""
    await control("POST", "faults", {"system": "applications", "city": CITY, "cut": True, "count": 3})
    with pytest.raises(BackendTimeout):
        await agency.submit(KEY, values)
    first = await agency.submit(KEY, values)
    assert await agency.submit(KEY, values) == first == await agency.application(KEY)
    assert len((await control("GET", f"applications/{CITY}"))["applications"]) == 1
    for key, form, code in (
        ("key-00002", values, "pending"),
        (KEY, {**values, "phone": "13900139000"}, "key-reused"),
    ):
        with pytest.raises(BackendRefused) as caught:
            await agency.submit(key, form)
        assert caught.value.code == code


async def test_payment_is_taken_once(agency: Applications, values: dict[str, str]) -> None:
    """The fee is paid once, in the right amount; then the application takes its course."""
    submitted = await agency.submit(KEY, values)
    assert (submitted.status, submitted.paid) == ("awaiting_payment", False)
    payment = Payment.model_validate(
        {"order": "o1", "amount": "30.00", "trade_no": "t1", "paid_at": "2026-11-24T10:00:00+08:00"}
    )
    with pytest.raises(BackendRefused) as caught:
        await agency.pay(KEY, payment.model_copy(update={"amount": "1.00"}))
    assert caught.value.code == "wrong-amount"
    paid = await agency.pay(KEY, payment)
    assert (paid.status, paid.paid) == ("submitted", True)
    assert await agency.pay(KEY, payment) == paid
    with pytest.raises(BackendRefused) as caught:
        await agency.pay(KEY, payment.model_copy(update={"trade_no": "t2"}))
    assert caught.value.code == "already-paid"


async def test_unknown_application_is_not_found(agency: Applications) -> None:
    """What was never submitted is not there."""
    with pytest.raises(BackendRefused) as caught:
        await agency.application("key-99999")
    assert caught.value.code == "not-found"
