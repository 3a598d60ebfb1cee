"""Agencies that charge for anything: the pretend ones keep the contract, and the client lives through their faults."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest
import schemathesis
import yaml
from aiohttp.test_utils import TestServer
from fixtures.faults import LASTING, ONCE, PATIENT, Fault, limits_under
from fixtures.patience import HANG_SECONDS
from fixtures.pretend_city import pretend_city
from fixtures.sandbox_process import SandboxProcess
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance
from structlog.testing import capture_logs

from actions.backends.charges import Charges
from actions.backends.http import Endpoint, Limits, open_session
from actions.backends.wire import Payment
from actions.kinds.sources.charges import ChargesDue, open_charges
from actions.kinds.statements import Item, NotTaken, Refusal, Statement
from actions.kinds.statements import Payment as Paid
from desk.contract.errors import BackendError, BackendNonsense, BackendRefused, ConfigurationError
from sandbox.seed import Seed

CONTRACT = Path(__file__).parents[2] / "docs" / "reference" / "charges.openapi.yaml"
CITY, SERVICE = "hangzhou", "parking_fees"
ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
PLATE, SCHOOLCHILD = "浙A2E87G", {"school": "north", "pupil": "4711"}
BAY = {"zh_Hans": "文三路泊位，10月9日 09:10至11:40", "en": "Wensan Road, 9 October, 09:10 to 11:40"}
DATA = {
    "services": {
        SERVICE: {
            "accounts": [
                {
                    "values": {"plate": PLATE},
                    "about": {"zh_Hans": "小型汽车", "en": "A car"},
                    "charges": [
                        {"title": BAY, "amount": "12.00", "ago": 1, "deadline": False},
                        {"title": BAY, "amount": "9.50", "ago": 1},
                        {"title": BAY, "amount": "8.00", "ago": 4},
                        {"title": BAY, "amount": "7.00", "ago": 5, "paid": True},
                    ],
                }
            ]
        },
        "tuition": {
            "accounts": [
                {
                    "values": SCHOOLCHILD,
                    "about": {"zh_Hans": "陈**", "en": "Chen **"},
                    "charges": [{"title": {"zh_Hans": "秋季学费", "en": "Autumn term"}, "amount": "950.00", "ago": 2}],
                }
            ]
        },
    }
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data of two agencies of a city."""
    folder = tmp_path_factory.mktemp("agencies")
    (folder / CITY).mkdir()
    (folder / CITY / "charges.yml").write_text(yaml.safe_dump(DATA, allow_unicode=True), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def agency(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with SandboxProcess(tmp_path_factory.mktemp("sandbox"), data) as process:
        yield f"{process.url}/charges/{CITY}/{SERVICE}"


contract = schemathesis.openapi.from_path(CONTRACT)


@contract.parametrize()
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_every_answer_is_of_the_contract(case: schemathesis.Case, agency: str) -> None:
    """Whatever is asked, rightly or wrongly, status, content type and body are of the contract."""
    response = case.call(base_url=agency, timeout=HANG_SECONDS)
    refused_by_content = response.status_code == 422 and response.json()["type"] == "wrong-amount"
    case.validate_response(response, excluded_checks=[positive_data_acceptance] if refused_by_content else [])


@dataclass
class World:
    """A running sandbox, and sources of charges over it."""

    url: str
    session: aiohttp.ClientSession
    limits: Limits = PATIENT

    def client(self, service: str = SERVICE) -> Charges:
        address = f"{self.url}/charges/{CITY}/{service}"
        return Charges(Endpoint("charges", address, self.session, limits=self.limits, chance=lambda: 0.0))

    def source(self, service: str = SERVICE) -> ChargesDue:
        return ChargesDue(self.client(service), ZONE, "plate")

    async def control(self, method: str, path: str, body: dict[str, object] | None = None) -> Any:
        async with self.session.request(method, f"{self.url}/_sandbox/{path}", json=body) as response:
            assert response.status in (200, 201), await response.text()
            return await response.json()

    async def fault(self, **what: object) -> None:
        """Ask the sandbox for a fault."""
        self.limits = limits_under(what)
        await self.control("POST", "faults", {"system": "charges", "city": CITY, **what})

    async def due(self, service: str = SERVICE, **values: str) -> tuple[Item, ...]:
        found = await self.source(service).look_up(values or {"plate": PLATE})
        assert isinstance(found, Statement)
        return found.items

    async def on_record(self) -> list[dict[str, Any]]:
        """The payments that the agencies have."""
        kept: list[dict[str, Any]] = (await self.control("GET", f"charges/{CITY}/payments"))["payments"]
        return kept


@pytest.fixture
async def world(data: Path, tmp_path: Path) -> AsyncIterator[World]:
    server = TestServer(pretend_city(tmp_path, lambda: NOW, seed=Seed(data)))
    await server.start_server()
    async with open_session(PATIENT) as session:
        yield World(str(server.make_url("")).rstrip("/"), session)
    await server.close()


async def test_charges_of_a_subject(world: World) -> None:
    """What is not paid, the newest first: with no day, to be paid by one, and late."""
    items = await world.due()
    terms = [one.facts["terms"]["text"] for one in items]  # type: ignore[index,call-overload]
    assert [one.amount for one in items] == [Decimal("12.00"), Decimal("9.50"), Decimal("8.00")]
    assert [(one["key"], one["args"]) for one in terms] == [
        ("bill.no_deadline", {}),
        ("bill.due_by", {"due": {"date": "2026-11-30"}}),
        ("bill.past_due", {"due": {"date": "2026-08-31"}}),
    ]
    assert items[0].facts["charge_for"] == {"name": BAY}
    assert items[0].facts["plate"] == PLATE


async def test_a_subject_of_several_values_is_found_by_all_of_them(world: World) -> None:
    """One alone finds nobody, and which is wrong is not told."""
    [item] = await world.due("tuition", **SCHOOLCHILD)
    assert item.amount == Decimal("950.00")
    for values in ({"school": "north"}, {**SCHOOLCHILD, "pupil": "1"}):
        assert await world.source("tuition").look_up(values) == Refusal("plate")


async def payment(world: World, **changes: str) -> Paid:
    """Money that has arrived for the first charge."""
    item = (await world.due())[0]
    values = {"amount": f"{item.amount:.2f}", "order": "202611240000000000000001", "trade_no": "trade-1", **changes}
    return Paid(reference=item.reference, paid_at=NOW, **values)


async def test_a_payment_is_booked_once_however_often_it_is_reported(world: World) -> None:
    """The same payment again answers with the same receipt; nothing of it is due any more."""
    paid = await payment(world)
    receipt = await world.source().settle(paid)
    assert isinstance(receipt, str)
    assert await world.source().settle(paid) == receipt
    assert [one["number"] for one in await world.on_record()] == [paid.reference]
    assert paid.reference not in [one.reference for one in await world.due()]


@pytest.mark.parametrize(
    ("change", "code"), [({"amount": "0.01"}, "wrong-amount"), ({}, "already-paid"), ({"reference": ""}, "not-found")]
)
async def test_what_an_agency_refuses_for_good_is_not_taken(world: World, change: dict[str, str], code: str) -> None:
    """A wrong amount, a charge that was paid at the counter, or none of it: the agency's own word."""
    wanted = {name: value for name, value in change.items() if name != "reference"}
    paid = await payment(world, **wanted)
    if code == "already-paid":
        counter = Payment(order="counter", amount=paid.amount, trade_no="counter", paid_at=NOW)
        await world.client().pay(paid.reference, counter, key="counter-1")
    if code == "not-found":
        paid = Paid("000000000000", paid.amount, paid.order, paid.trade_no, paid.paid_at)
    assert await world.source().settle(paid) == NotTaken(code)


async def test_a_payment_survives_an_answer_that_was_cut(world: World) -> None:
    """The report arrived and its answer did not: the repetition finds the payment done, once."""
    paid = await payment(world)
    await world.fault(cut=True, count=1)
    assert isinstance(await world.source().settle(paid), str)
    assert len(await world.on_record()) == 1


@pytest.mark.parametrize("fault", ONCE, ids=str)
async def test_one_fault_is_survived(world: World, fault: Fault) -> None:
    """Reading is repeated: one failure of any kind is not noticed."""
    await world.fault(**fault, count=1)
    assert len(await world.due()) == 3


@pytest.mark.parametrize(("fault", "error"), LASTING, ids=str)
async def test_lasting_fault_is_a_retryable_error(world: World, fault: Fault, error: type[BackendError]) -> None:
    """What does not go away within the budget is an error that says trying later can help."""
    await world.fault(**fault)
    with pytest.raises(error) as caught:
        await world.due()
    assert caught.value.retryable


async def test_nothing_personal_is_logged(world: World) -> None:
    """The subject stands in no log line, whatever fails."""
    await world.fault(nonsense=True)
    with capture_logs() as logs, pytest.raises(BackendNonsense) as caught:
        await world.due()
    assert PLATE not in f"{logs} {caught.value}"


async def test_unknown_charge_is_a_refusal(world: World) -> None:
    """A number of no charge."""
    with pytest.raises(BackendRefused) as caught:
        await world.client().standing("000000000000")
    assert caught.value.code == "not-found"


@pytest.mark.parametrize(
    ("facts", "kind", "why"),
    [(["usage"], "plate", "nobody knows usage"), (["charge"], "choice", "something that is typed")],
)
def test_a_service_that_this_contract_cannot_show_is_refused_at_the_start(
    facts: list[str], kind: str, why: str
) -> None:
    """Not when a resident asks."""
    declared: Any = SimpleNamespace(item_facts=facts, fields=[SimpleNamespace(name="plate", validation=kind)])
    endpoint: Any = None
    with pytest.raises(ConfigurationError, match=why):
        open_charges(endpoint, ZONE, declared)
