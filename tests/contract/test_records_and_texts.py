"""The pretend record keepers and text-message gateway keep their contracts, and our clients understand them."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest
import schemathesis
from fixtures.patience import HANG_SECONDS
from fixtures.sandbox_process import SandboxProcess
from hypothesis import HealthCheck, settings

from actions.backends.http import Endpoint
from actions.backends.records import Records
from actions.backends.sms import CodeMessage, Sms
from desk.contract.errors import BackendNonsense, BackendRefused, BackendUnavailable

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
CITY = "hangzhou"
CODE = CodeMessage(to="13800138000", sign="试城社保", code="123456", minutes=5, locale="zh_Hans")


@pytest.fixture
def records(session: aiohttp.ClientSession, sandbox: SandboxProcess) -> Records:
    return Records(Endpoint("records", f"{sandbox.url}/records/{CITY}/social_insurance", session))


@pytest.fixture
def sms(session: aiohttp.ClientSession, sandbox: SandboxProcess) -> Sms:
    return Sms(Endpoint("sms", f"{sandbox.url}/sms/{CITY}", session))


in_records = schemathesis.openapi.from_path(REFERENCE / "records.openapi.yaml")
in_texts = schemathesis.openapi.from_path(REFERENCE / "sms.openapi.yaml")
in_references = schemathesis.openapi.from_path(REFERENCE / "references.openapi.yaml")
EXAMPLES = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@in_records.parametrize()
@EXAMPLES
def test_every_answer_about_records_is_of_the_contract(case: schemathesis.Case, sandbox: SandboxProcess) -> None:
    """Whatever is asked, rightly or wrongly, status, content type and body are of the contract."""
    case.call_and_validate(base_url=f"{sandbox.url}/records/{CITY}/social_insurance", timeout=HANG_SECONDS)


@in_texts.parametrize()
@EXAMPLES
def test_every_answer_about_texts_is_of_the_contract(case: schemathesis.Case, sandbox: SandboxProcess) -> None:
    """Whatever is asked, rightly or wrongly, status, content type and body are of the contract."""
    case.call_and_validate(base_url=f"{sandbox.url}/sms/{CITY}", timeout=HANG_SECONDS)


@in_references.parametrize()
@EXAMPLES
def test_every_answer_about_references_is_of_the_contract(case: schemathesis.Case, sandbox: SandboxProcess) -> None:
    """Whatever is asked, rightly or wrongly, status, content type and body are of the contract."""
    case.call_and_validate(base_url=f"{sandbox.url}/references/{CITY}/marriage_registration", timeout=HANG_SECONDS)


async def test_person_of_the_facts_has_records(records: Records, control: Any) -> None:
    """The telephone and the record of the person that the facts name are there; of a stranger nothing is."""
    facts = await control("GET", f"facts/{CITY}")
    assert (await records.holder(facts["valid_id_number"])).phone == facts["phone"]
    record = await records.record(facts["valid_id_number"])
    assert any(fact.money is not None for fact in record.facts)
    with pytest.raises(BackendRefused) as caught:
        await records.holder("11010519491231002X")
    assert caught.value.code == "unknown-person"


async def test_text_is_sent_once(sms: Sms, control: Any) -> None:
    """The same key and message send one text; the same key with another message is refused."""
    await sms.send("key-00001", CODE)
    await sms.send("key-00001", CODE)
    sent = (await control("GET", f"sms/{CITY}"))["texts"]
    assert [(text["to"], text["code"]) for text in sent] == [(CODE.to, CODE.code)]
    assert CODE.code in sent[0]["text"]
    with pytest.raises(BackendRefused) as caught:
        await sms.send("key-00001", CODE.model_copy(update={"code": "654321"}))
    assert caught.value.code == "key-reused"


async def test_one_telephone_gets_few_codes(sms: Sms, control: Any) -> None:
    """After five codes in an hour a telephone gets no more; another one does."""
    for number in range(5):
        await sms.send(f"key-0000{number}", CODE)
    with pytest.raises(BackendRefused) as caught:
        await sms.send("key-00009", CODE)
    assert caught.value.code == "too-many"
    await sms.send("key-00010", CODE.model_copy(update={"to": "13900139000"}))
    assert len((await control("GET", f"sms/{CITY}"))["texts"]) == 6


@pytest.mark.parametrize(
    ("fault", "error"), [({"status": 503}, BackendUnavailable), ({"nonsense": True}, BackendNonsense)]
)
async def test_faults_are_errors_of_ours(
    records: Records, control: Any, fault: dict[str, Any], error: type[Exception]
) -> None:
    """A system that is down, or answers nonsense, is told apart."""
    facts = await control("GET", f"facts/{CITY}")
    await control("POST", "faults", {"system": "records", "city": CITY, **fault})
    with pytest.raises(error):
        await records.record(facts["valid_id_number"])
