"""What every city's facts promise for what it offers, in all cities and at any time of the year."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fixtures import loaded

from actions.fields.kinds import field_kind
from actions.fields.reading import Circumstances
from desk.city.yaml_files import parse_yaml
from sandbox.appointments.data import service_of
from sandbox.appointments.ledger import Ledger
from sandbox.appointments.wire import Slot
from sandbox.control import open_control
from sandbox.seed import DATA
from sandbox.state import State
from sandbox.transit import network
from sandbox.transit.movement import runs_under_way
from sandbox.vehicles import register
from values.definition import Accepted
from values.types.id_number import born

ROOT = Path(__file__).parents[2]
CITIES = loaded.cities()
ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=ZONE)
MOMENTS = [
    NOW,
    datetime(2026, 12, 30, 23, 59, tzinfo=ZONE),  # before New Year's Day
    datetime(2027, 2, 4, 0, 1, tzinfo=ZONE),  # before the Spring Festival
    datetime(2027, 9, 30, 17, 0, tzinfo=ZONE),  # before the National Day
]
ALWAYS = ["person_name", "valid_id_number", "phone", "permit_number", "partner_name", "partner_id_number"]
PROMISED = {
    "traffic_fines": [
        "plate_with_unpaid_fine",
        "vin_last6",
        "fine_amount",
        "owner_of_fined_plate",
        "owner_phone_of_fined_plate",
        "plate_without_fines",
        "vin_last6_without_fines",
    ],
    "next_bus": [
        "stop_with_realtime",
        "stop_with_realtime_en",
        "stop_with_realtime_lat",
        "stop_with_realtime_lon",
        "line_at_that_stop",
        "other_line_at_that_stop",
    ],
    "bus_route": [
        "route_from",
        "route_from_en",
        "route_from_lat",
        "route_from_lon",
        "route_to",
        "route_to_en",
        "route_line",
        "route_alight_stop",
        "route_alight_stop_en",
    ],
    "utility_bills": [
        "water_account",
        "water_amount",
        "electricity_account",
        "electricity_amount",
        "gas_account",
        "gas_amount",
    ],
    "marriage_registration": [
        "marriage_office",
        "marriage_office_en",
        "marriage_time",
        "marriage_date",
        "marriage_date2",
        "marriage_closed_date",
    ],
}


def offering(service: str) -> list[str]:
    return [slug for slug, city in CITIES.items() if service in city.services]


@cache
def known(city: str, now: datetime = NOW) -> dict[str, str]:
    """The facts of a city that nobody has used, at a moment."""
    control = open_control(data_dir=None, clock=lambda: now, seed=loaded.seed())
    try:
        return control.facts(city)
    finally:
        control.close()


def age(id_number: str) -> int:
    """Full years today."""
    birth = born(id_number)
    assert birth is not None
    return NOW.year - birth.year - ((NOW.month, NOW.day) < (birth.month, birth.day))


@pytest.fixture
def untouched() -> Iterator[State]:
    """The state of a sandbox that nobody has used."""
    state = State(None)
    yield state
    state.close()


@pytest.mark.parametrize("city", CITIES)
def test_facts_of_all_that_is_offered_are_there(city: str) -> None:
    """Each service's facts and no other's, the person's always; all are strings, and no two are the same."""
    found = known(city)
    wanted = [*ALWAYS, *(name for service in CITIES[city].services for name in PROMISED.get(service, []))]
    assert [name for name in wanted if not found.get(name)] == []
    others = [name for service in set(PROMISED) - set(CITIES[city].services) for name in PROMISED[service]]
    assert [name for name in others if name in found] == []
    assert len(set(found.values())) == len(found)
    assert {type(value) for value in found.values()} == {str}


@pytest.mark.parametrize("city", CITIES)
def test_persons_of_facts_have_valid_papers(city: str) -> None:
    """Check digits, a man of at least 22 and a woman of at least 20; phone and permit are accepted."""
    found = known(city)
    ids = (found["valid_id_number"], found["partner_id_number"])
    at = Circumstances(now=NOW)
    assert [field_kind("id_number", at).read(number) for number in ids] == [Accepted(number) for number in ids]
    assert [int(number[-2]) % 2 for number in ids] == [1, 0]
    assert (age(ids[0]) >= 22, age(ids[1]) >= 20) == (True, True)
    assert field_kind("phone").read(found["phone"]) == Accepted(found["phone"])
    assert field_kind("permit_number").read(found["permit_number"]) == Accepted(found["permit_number"])


@pytest.mark.parametrize("city", offering("traffic_fines"))
def test_the_fined_car_has_exactly_one_fine_and_the_other_none(city: str) -> None:
    """By the police's own register: one notice, unpaid, of the amount that is named; the resident's car has none."""
    found, cars = known(city), register(loaded.seed(), city)
    fined, clean = cars.vehicle(found["plate_with_unpaid_fine"]), cars.vehicle(found["plate_without_fines"])
    assert fined is not None
    assert clean is not None
    assert [(one.paid, cars.acts[one.act].fine) for one in fined.violations] == [(None, found["fine_amount"])]
    assert clean.violations == []
    assert (fined.vin_last6, clean.vin_last6) == (found["vin_last6"], found["vin_last6_without_fines"])


@pytest.mark.parametrize("city", offering("next_bus"))
def test_both_lines_have_a_bus_on_its_way_at_any_hour(city: str) -> None:
    """Around the clock, on a weekday and a Sunday."""
    found, town = known(city), loaded.seed().load(city, "bus.yml", network.build)
    lines = [found["line_at_that_stop"], found["other_line_at_that_stop"]]
    for day in (date(2026, 11, 24), date(2026, 11, 29)):
        for hour in range(24):
            now = datetime(day.year, day.month, day.day, hour, 17, tzinfo=ZONE)
            assert [line for line in lines if not _comes(town, line, found["stop_with_realtime"], now)] == []


def _comes(town: network.Network, line: str, stop: str, now: datetime) -> bool:
    moment = int(now.timestamp())
    alone = {name: one for name, one in town.lines.items() if one.data.line == line}
    runs = runs_under_way(replace(town, lines=alone), now)
    return any(run.pattern.platforms[place].stop.zh == stop for run in runs for place in run.upcoming(moment))


@pytest.mark.parametrize("now", MOMENTS, ids=[f"{now:%Y-%m-%d}" for now in MOMENTS])
def test_days_and_times_of_marriage_can_be_booked_in_every_city(now: datetime, untouched: State) -> None:
    """Two open days on which the time is free, a day on which the office is closed, all four days apart or more."""
    for city in offering("marriage_registration"):
        found = known(city, now)
        first, second, closed = (
            date.fromisoformat(found[f"marriage_{name}"]) for name in ("date", "date2", "closed_date")
        )
        assert now.date() < first < second, city
        assert _least_apart((first, second, closed)) >= timedelta(days=4), city
        service = service_of(loaded.seed(), city, "marriage_registration")
        ledger = Ledger(untouched, city, "marriage_registration", service, now)
        office = next(one for one in service.offices if one.names.zh_Hans == found["marriage_office"])
        assert ledger.times(office, closed) == [], city
        for day in (first, second):
            slot = Slot(office=office.id, department=None, date=day.isoformat(), time=found["marriage_time"])
            assert slot.time in ledger.times(office, day), city
            assert ledger.free(slot, 0) > 0, city


def _least_apart(days: Sequence[date]) -> timedelta:
    return min(later - earlier for earlier, later in pairwise(sorted(days)))


def test_no_two_cities_ask_the_same_fees() -> None:
    """Prices of suppliers differ from city to city; so do the fines of the first twelve."""
    prices, fines = [], []
    for folder in sorted(DATA.iterdir()):
        if (folder / "utilities.yml").exists():
            suppliers = parse_yaml((folder / "utilities.yml").read_text(encoding="utf-8"))["suppliers"]
            prices.append(sorted((name, one["price"]) for name, one in suppliers.items()))
        if (folder / "traffic_police.yml").exists():
            acts = parse_yaml((folder / "traffic_police.yml").read_text(encoding="utf-8"))["acts"]
            fines.append(sorted((code, act["fine"]) for code, act in acts.items()))
    assert [one for one in prices if prices.count(one) > 1] == []
    assert [one for one in fines if fines.count(one) > 1] == []
    assert (len(prices), len(fines)) >= (12, 12)
