"""What a pretend city has to show, and the data it comes from."""

import re
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fixtures import loaded

from desk.city.yaml_files import parse_yaml
from sandbox.control import open_control
from sandbox.facts import facts
from sandbox.households import utilities
from sandbox.persons import Persons, persons
from sandbox.ports import UsedUpError
from sandbox.seed import DATA, Seed, SeedError, UnknownCityError
from sandbox.vehicles import Register, check_digit, register

CITIES = loaded.seed().cities("traffic_police.yml")
SHAPES = {
    "water_account": r"\d{8,13}",
    "water_amount": r"\d+\.\d\d",
    "electricity_account": r"\d{8,13}",
    "electricity_amount": r"\d+\.\d\d",
    "gas_account": r"\d{8,13}",
    "gas_amount": r"\d+\.\d\d",
    "fine_amount": r"\d+\.\d\d",
    "vin_last6": r"\d{6}",
    "vin_last6_without_fines": r"\d{6}",
    "line_at_that_stop": r"\d+",
    "other_line_at_that_stop": r"\d+",
    "route_line": r"\d+",
    "route_from_lat": r"\d+\.\d+",
    "route_from_lon": r"\d+\.\d+",
    "route_to_en": r"[A-Za-z' ]+",
    "route_alight_stop_en": r"[A-Za-z' ]+",
    "route_to": r".*[^站]",
    "route_from": r".*[^站]",
    "route_alight_stop": r".*[^站]",
    "stop_with_realtime_en": r"[A-Za-z' ]+",
    "stop_with_realtime_lat": r"\d+\.\d+",
    "stop_with_realtime_lon": r"\d+\.\d+",
    "phone": r"1\d{10}",
    "owner_phone_of_fined_plate": r"1\d{10}",
    "stop_with_realtime": r".*[^站]",
}


@cache
def beginning(city: str) -> dict[str, str]:
    """The facts of a city as it begins."""
    return facts(city, seed=loaded.seed())


def data(city: str) -> dict[str, Any]:
    read: dict[str, Any] = parse_yaml((DATA / city / "traffic_police.yml").read_text(encoding="utf-8"))
    return read


@pytest.mark.parametrize("city", CITIES)
def test_facts_have_their_shapes(city: str) -> None:
    """Amounts have two decimals, lines are digits only, stops stand without 站."""
    found = beginning(city)
    assert {name: found[name] for name, shape in SHAPES.items() if not re.fullmatch(shape, found[name])} == {}


@pytest.mark.parametrize("city", CITIES)
def test_facts_of_the_fined_plate_are_not_the_residents(city: str) -> None:
    """The fined car belongs to someone else than the man who owns the car without fines."""
    found, people = beginning(city), persons(loaded.seed(), city)
    assert people.people[people.resident].name == found["person_name"]
    assert found["owner_of_fined_plate"] != found["person_name"]


def test_facts_of_an_unknown_city_name_the_known_ones() -> None:
    """The error says which cities there are."""
    with pytest.raises(UnknownCityError, match="hangzhou"):
        facts("atlantis")


def test_facts_read_the_state_that_a_sandbox_left(tmp_path: Path) -> None:
    """With a data directory the facts are those of its state: a fine paid there is not named again."""
    first = facts("hangzhou", data_dir=tmp_path)
    known = register(loaded.seed(), "hangzhou").vehicle(first["plate_with_unpaid_fine"])
    assert known is not None
    control = open_control(data_dir=tmp_path, clock=lambda: datetime.now(UTC))
    payment = {"order": "1", "trade_no": "1", "amount": "200.00", "paid_at": "2026-11-24T10:00:00+08:00"}
    control.state.put(("traffic-police", "hangzhou", "payment", known.violations[0].notice, payment))
    control.close()
    assert facts("hangzhou", data_dir=tmp_path)["plate_with_unpaid_fine"] != first["plate_with_unpaid_fine"]


@pytest.mark.parametrize("city", CITIES)
def test_facts_differ_however_many_fines_are_paid(city: str) -> None:
    """Fine after fine is paid: the facts name another car each time, and never one of a person they speak of."""
    control, plates = open_control(data_dir=None, clock=lambda: datetime.now(UTC)), set()
    payment = {"order": "1", "trade_no": "1", "amount": "200.00", "paid_at": "2026-11-24T10:00:00+08:00"}
    for _ in range(9):
        vehicle = register(loaded.seed(), city).vehicle(control.facts(city)["plate_with_unpaid_fine"])
        assert vehicle is not None
        plates.add(vehicle.plate)
        control.state.put(("traffic-police", city, "payment", vehicle.violations[0].notice, payment))
    control.close()
    assert len(plates) == 9


def test_facts_with_equal_values_are_refused(tmp_path: Path) -> None:
    """Data in which the stop has the name of a person cannot tell facts apart: the error names both."""
    folder = tmp_path / "hangzhou"
    folder.mkdir()
    for file in DATA.joinpath("hangzhou").glob("*.yml"):
        text = file.read_text(encoding="utf-8")
        (folder / file.name).write_text(text.replace("武林广场", facts("hangzhou")["person_name"]), encoding="utf-8")
    with pytest.raises(UsedUpError, match="person_name, stop_with_realtime"):
        facts("hangzhou", seed=Seed(tmp_path))


@pytest.mark.parametrize("city", CITIES)
def test_register_has_all_kinds_of_cars(city: str) -> None:
    """There are petrol and new-energy plates, plates of other provinces, several fines, paid ones, and none."""
    known = register(loaded.seed(), city)
    plates = [vehicle.plate for vehicle in known.vehicles]
    counts = [sum(one.paid is None for one in vehicle.violations) for vehicle in known.vehicles]
    home = plates[0][0]
    assert sum(len(plate) == 8 for plate in plates) >= 5
    assert sum(plate[0] != home for plate in plates) >= 5
    assert counts.count(0) >= 10
    assert counts.count(1) >= 10
    assert sum(count > 1 for count in counts) >= 5


@pytest.mark.parametrize("city", CITIES)
def test_register_owners_are_people_of_the_city(city: str) -> None:
    """Every owner stands in persons.yml."""
    assert {vehicle.owner for vehicle in register(loaded.seed(), city).vehicles} <= set(
        persons(loaded.seed(), city).people
    )


def test_registers_of_two_cities_share_nothing() -> None:
    """No plate, VIN, notice, person's name or phone stands in two cities: each tells which city it is of."""
    registers = [register(loaded.seed(), city) for city in CITIES]
    people = [person for city in CITIES for person in persons(loaded.seed(), city).people.values()]
    vehicles = [vehicle for known in registers for vehicle in known.vehicles]
    values = [value for vehicle in vehicles for value in (vehicle.plate, vehicle.vin)]
    values += [one.notice for vehicle in vehicles for one in vehicle.violations]
    values += [value for person in people for value in (person.name, person.phone)]
    assert [value for value, times in Counter(values).items() if times > 1] == []


def test_registers_of_two_cities_have_fines_of_their_own() -> None:
    """No two cities punish the same acts with the same fines."""
    fines = [
        tuple(sorted((code, act.fine) for code, act in register(loaded.seed(), city).acts.items())) for city in CITIES
    ]
    assert len(set(fines)) == len(CITIES)


def test_suppliers_of_two_cities_have_prices_of_their_own() -> None:
    """No two cities charge the same for water, electricity and gas."""
    charged = [
        tuple(
            (kind, supplier.price, supplier.late_per_mille)
            for kind, supplier in utilities(loaded.seed(), city).suppliers.items()
        )
        for city in loaded.seed().cities("utilities.yml")
    ]
    assert len(set(charged)) == len(charged)


@pytest.mark.parametrize("city", CITIES)
def test_register_payments_come_after_the_violation(city: str) -> None:
    """No fine was paid before it was incurred, and none lies in the future of the data."""
    violations = [one for vehicle in register(loaded.seed(), city).vehicles for one in vehicle.violations]
    assert [one.notice for one in violations if one.paid is not None and one.paid <= one.at] == []


def test_check_digit_is_that_of_iso_3779() -> None:
    """Examples of the standard's algorithm: 1M8GDM9AXKP042788 has X, and seventeen ones have 1."""
    assert check_digit("1M8GDM9AXKP042788") == "X"
    assert check_digit("1" * 17) == "1"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"vin": "LGB6P6FK8MK733540"}, "check digit"),
        ({"plate": "浙I12345"}, "plate"),
        (
            {"violations": [{"notice": "1" * 15, "act": "9", "place": "x", "at": "2026-01-01T00:00:00+08:00"}]},
            "nowhere",
        ),
        ({"violations": [{"notice": "1" * 15, "act": "1625", "place": "youdian", "at": "2026-01-01T00:00:00"}]}, "at"),
    ],
)
def test_register_data_that_is_wrong_is_refused(change: dict[str, Any], says: str) -> None:
    """A wrong check digit, plate, act or time without offset is refused by name."""
    wrong = data("hangzhou")
    wrong["vehicles"][0].update(change)
    with pytest.raises(ValueError, match=says):
        Register.model_validate(wrong)


def test_register_refuses_a_plate_twice() -> None:
    """The same plate cannot stand there twice."""
    wrong = data("hangzhou")
    wrong["vehicles"][1]["plate"] = wrong["vehicles"][0]["plate"]
    with pytest.raises(ValueError, match="plate stands there twice"):
        Register.model_validate(wrong)


def test_persons_need_a_man_as_resident() -> None:
    """The resident of the facts is one of the men of the file."""
    woman = {"name": "甲", "sex": "female", "phone": "13900000000"}
    with pytest.raises(ValueError, match="resident"):
        Persons.model_validate({"resident": "a", "people": {"a": woman}})


def test_seed_that_is_not_yaml_names_the_file(tmp_path: Path) -> None:
    """A broken data file is an error that names it."""
    (tmp_path / "hangzhou").mkdir()
    (tmp_path / "hangzhou" / "traffic_police.yml").write_text("acts: [", encoding="utf-8")
    with pytest.raises(SeedError, match=r"hangzhou/traffic_police\.yml"):
        register(Seed(tmp_path), "hangzhou")
