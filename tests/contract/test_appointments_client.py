"""The client of agencies with appointments over the pretend ones, whole and with faults."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from fixtures.faults import LASTING, ONCE, PATIENT, Fault, limits_under
from fixtures.pretend_city import pretend_city
from structlog.testing import capture_logs

from actions.backends.appointments import Appointments, Person, Slot, Wish
from actions.backends.http import Endpoint, Limits, open_session
from actions.backends.wire import Payment
from desk.contract.errors import BackendError, BackendNonsense, BackendRefused

CITY, SYSTEM = "hangzhou", "appointments"
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
KEY = "key-00000001"


@dataclass
class World:
    """A running sandbox, and clients of its registry and its hospitals."""

    url: str
    session: aiohttp.ClientSession
    facts: dict[str, str]

    def of(self, service: str, limits: Limits = PATIENT) -> Appointments:
        """A client of a service's agency that is so patient."""
        address = f"{self.url}/{SYSTEM}/{CITY}/{service}"
        return Appointments(Endpoint("agency", address, self.session, limits=limits, chance=lambda: 0.0))

    def registry_under(self, fault: Fault) -> Appointments:
        return self.of("marriage_registration", limits_under(fault))

    @property
    def registry(self) -> Appointments:
        return self.of("marriage_registration")

    @property
    def hospital(self) -> Appointments:
        return self.of("hospital_appointment")

    async def fault(self, **what: object) -> None:
        """Ask the sandbox for a fault."""
        body = {"system": SYSTEM, "city": CITY, **what}
        async with self.session.post(f"{self.url}/_sandbox/faults", json=body) as response:
            assert response.status == 201, await response.text()

    async def kept(self) -> int:
        """How many bookings the registry has on record."""
        address = f"{self.url}/_sandbox/appointments/{CITY}/marriage_registration/bookings"
        async with self.session.get(address) as response:
            return len((await response.json())["bookings"])

    def slot(self, date: str = "marriage_date") -> Slot:
        return Slot(office="xihu", date=self.facts[date], time=self.facts["marriage_time"])

    def wish(self) -> Wish:
        persons = [
            Person(name=self.facts["person_name"], id_number=self.facts["valid_id_number"]),
            Person(name=self.facts["partner_name"], id_number=self.facts["partner_id_number"]),
        ]
        return Wish(slot=self.slot(), persons=persons, phone=self.facts["phone"])


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with open_session(PATIENT) as opened:
        yield opened


@pytest.fixture
async def world(tmp_path: Path, session: aiohttp.ClientSession) -> AsyncIterator[World]:
    server = TestServer(pretend_city(tmp_path, lambda: NOW))
    await server.start_server()
    url = str(server.make_url("")).rstrip("/")
    async with session.get(f"{url}/_sandbox/facts/{CITY}") as response:
        facts = await response.json()
    yield World(url, session, facts)
    await server.close()


async def test_offices_days_and_times(world: World) -> None:
    """Offices with their departments, days up to the last one, times of a day."""
    offices = await world.hospital.offices()
    assert [one.names.zh_Hans for one in offices if one.id == "zju_first"] == [world.facts["hospital_office"]]
    assert all(one.departments for one in offices)
    days = await world.registry.days("xihu", None)
    assert [one.open for one in days if one.date == world.facts["marriage_closed_date"]] == [False]
    times = await world.hospital.slots("zju_first", "orthopaedics", world.facts["hospital_date"])
    assert world.facts["hospital_time"] in [one.time for one in times if one.free]


async def test_booking_moving_paying_giving_up(world: World) -> None:
    """The whole life of a booking; each command repeated answers the same."""
    facts = world.facts
    slot = Slot(office="zju_first", department="orthopaedics", date=facts["hospital_date"], time=facts["hospital_time"])
    wish = Wish(slot=slot, persons=world.wish().persons[:1], phone=world.facts["phone"])
    booking = await world.hospital.book(KEY, wish)
    assert await world.hospital.book(KEY, wish) == booking
    other = slot.model_copy(update={"date": world.facts["hospital_date2"]})
    assert (await world.hospital.move(KEY, other)).slot == other
    assert booking.fee is not None
    payment = Payment(order="1", amount=booking.fee, trade_no="2", paid_at=NOW)
    assert (await world.hospital.pay(KEY, payment)).paid
    assert (await world.hospital.cancel(KEY)).status == "cancelled"
    assert (await world.hospital.booking(KEY)).status == "cancelled"


@pytest.mark.parametrize(
    ("key", "code"), [("key-00000009", "not-found"), (KEY, "already-booked")], ids=["unknown", "second"]
)
async def test_refusals_have_their_code(world: World, key: str, code: str) -> None:
    """What the agency refuses is a refusal with its code, and is not tried again."""
    await world.registry.book("key-00000002", world.wish())
    with pytest.raises(BackendRefused) as caught:
        await (world.registry.booking(key) if code == "not-found" else world.registry.book(key, world.wish()))
    assert (caught.value.code, caught.value.retryable) == (code, False)


@pytest.mark.parametrize("fault", ONCE, ids=str)
async def test_one_fault_is_survived_and_books_once(world: World, fault: Fault) -> None:
    """Booking is repeated under its key: one failure, also of the answer alone, is not noticed, and there is one."""
    await world.fault(**fault, count=1)
    assert (await world.registry_under(fault).book(KEY, world.wish())).status == "booked"
    assert await world.kept() == 1


@pytest.mark.parametrize(("fault", "error"), LASTING, ids=str)
async def test_lasting_fault_is_a_retryable_error(world: World, fault: Fault, error: type[BackendError]) -> None:
    """What does not go away within the budget is an error that says trying later can help."""
    await world.fault(**fault)
    with pytest.raises(error) as caught:
        await world.registry_under(fault).book(KEY, world.wish())
    assert caught.value.retryable


async def test_nothing_personal_is_logged(world: World) -> None:
    """Names, ids and telephones stand in no log line and no error, whatever fails."""
    await world.fault(nonsense=True)
    with capture_logs() as logs, pytest.raises(BackendNonsense) as caught:
        await world.registry.book(KEY, world.wish())
    said = f"{logs} {caught.value}"
    secrets = [world.facts[name] for name in ("person_name", "valid_id_number", "partner_id_number", "phone")]
    assert [secret for secret in secrets if secret in said] == []


@pytest.mark.parametrize(
    ("id_type", "number"),
    [
        ("passport", "YA1234567"),
        ("passport", "542987163"),
        ("hk_macau_permit", "H12345678"),
        ("taiwan_permit", "12345678"),
    ],
)
async def test_a_hospital_books_by_other_documents(world: World, id_type: str, number: str) -> None:
    """Once by each, as by an identity card; a registry that takes cards alone says so."""
    person = Person.model_validate({"name": "Anna Rossi", "id_number": number, "id_type": id_type})
    place = next(one for one in await world.hospital.offices() if one.departments)
    day, time = world.facts["hospital_date"], world.facts["hospital_time"]
    slot = Slot(office=place.id, department=place.departments[0].id, date=day, time=time)
    booking = await world.hospital.book(KEY, Wish(slot=slot, persons=[person], phone=world.facts["phone"]))
    assert booking.status == "booked"
    with pytest.raises(BackendRefused) as refused:
        await world.registry.book(KEY, Wish(slot=world.slot(), persons=[person], phone=world.facts["phone"]))
    assert refused.value.code == "document-not-taken"
