"""The city files that there are: each is complete, and no two are the same city twice."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from desk.cities import City, load_cities
from sandbox.seed import Seed

ROOT = Path(__file__).resolve().parents[2]
CITIES = load_cities(ROOT / "cities")
SYSTEMS = {
    "traffic-police": "traffic_police.yml",
    "bus": "bus.yml",
    "environment": "environment.yml",
    "utilities": "utilities.yml",
    "records": "records.yml",
    "sms": "persons.yml",
    "appointments": "appointments.yml",
}


def hours(city: City) -> tuple[object, ...]:
    """What a resident reads on the city's page: when its offices are open."""
    return tuple(
        (agency.slug, *[(*slot.days, slot.opens, slot.closes) for slot in agency.hours]) for agency in city.agencies
    )


def twice(values: list[object]) -> list[object]:
    return [value for value, times in Counter(values).items() if times > 1]


@pytest.mark.parametrize(
    "part",
    [
        lambda city: city.names.zh_Hans,
        lambda city: city.names.en,
        lambda city: city.colour,
        lambda city: tuple(city.bounds.model_dump().values()),
        hours,
    ],
    ids=["Chinese name", "English name", "colour", "bounds", "hours"],
)
def test_no_two_cities_share(part: Callable[[City], object]) -> None:
    """Names, colour, bounds and hours of every city are its own."""
    assert twice([part(city) for city in CITIES.values()]) == []


def test_no_two_agencies_have_the_same_name_or_phone() -> None:
    """An agency is one city's, and its number leads to it alone."""
    agencies = [agency for city in CITIES.values() for agency in city.agencies]
    for values in ([a.names.zh_Hans for a in agencies], [a.names.en for a in agencies], [a.phone for a in agencies]):
        assert twice(list(values)) == []


def test_no_two_accounts_have_the_same_name() -> None:
    """An account on a channel is one city's."""
    assert twice([(account.channel, account.slug) for city in CITIES.values() for account in city.accounts]) == []


@pytest.mark.parametrize("slug", CITIES)
def test_slots_of_an_agency_do_not_overlap(slug: str) -> None:
    """Each slot opens before it closes, and on no day do two slots of an agency overlap."""
    for agency in CITIES[slug].agencies:
        for day in range(1, 8):
            slots = sorted((slot.opens, slot.closes) for slot in agency.hours if day in slot.days)
            times = [time for slot in slots for time in slot]
            assert times == sorted(set(times)), (agency.slug, day)


@pytest.mark.parametrize("slug", CITIES)
def test_sandbox_endpoints_are_of_this_city_and_have_data(slug: str) -> None:
    """An endpoint `sandbox:/<system>/<city>/…` names this city, and the sandbox has the system's data of it."""
    endpoints = [endpoint for service in CITIES[slug].services.values() for endpoint in service.endpoints.values()]
    for endpoint in endpoints:
        if endpoint.startswith("sandbox:/"):
            system, city = endpoint.removeprefix("sandbox:/").split("/")[:2]
            assert city == slug
            assert slug in Seed().cities(SYSTEMS[system])


def test_holidays_are_those_of_the_whole_country() -> None:
    """Statutory holidays and the weekends worked in exchange are the same everywhere."""
    assert len({(tuple(city.holidays), tuple(city.working_weekends)) for city in CITIES.values()}) == 1
