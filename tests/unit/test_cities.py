"""The city files that there are: each is complete, and no two are the same city twice."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from fixtures import loaded

from desk.city.files import City, LargerModel, load_cities, load_city
from desk.city.holidays import Calendar, load_calendar
from desk.city.yaml_files import read_yaml
from desk.cli.checking import secrets_of
from desk.contract.errors import ConfigurationError
from sandbox.appointments.calendar import HOLIDAYS, WORKING_WEEKENDS

ROOT = Path(__file__).resolve().parents[2]
CITIES = loaded.cities()
SYSTEMS = {
    "traffic-police": "traffic_police.yml",
    "bus": "bus.yml",
    "environment": "environment.yml",
    "utilities": "utilities.yml",
    "records": "records.yml",
    "sms": "persons.yml",
    "references": "persons.yml",
    "appointments": "appointments.yml",
    "applications": "applications.yml",
    "open311": "open311.yml",
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


def test_there_are_fifty_cities() -> None:
    """Fifty cities are served; each takes reports and tells of the air."""
    assert len(CITIES) == 50
    assert [slug for slug, city in CITIES.items() if not {"report_problem", "air_quality"} <= set(city.services)] == []


def test_no_two_cities_offer_the_same_at_the_same_hours() -> None:
    """A set of services stands in two cities only where the agencies responsible for them keep other hours."""

    def offer(city: City) -> tuple[object, ...]:
        return tuple(
            (name, *[(*slot.days, slot.opens, slot.closes) for slot in city.responsible(name).hours])
            for name in sorted(city.services)
        )

    assert twice([offer(city) for city in CITIES.values()]) == []


def test_only_two_cities_issue_travel_permits() -> None:
    """Permits for Hong Kong and Macau are applied for in Guangzhou and Shenzhen."""
    assert [slug for slug, city in CITIES.items() if "travel_permit" in city.services] == ["guangzhou", "shenzhen"]


@pytest.mark.parametrize("slug", CITIES)
def test_districts_are_told_apart(slug: str) -> None:
    """Within a city no two districts share a slug or a name."""
    districts = CITIES[slug].districts
    assert twice([district.slug for district in districts]) == []
    assert twice([district.names.zh_Hans for district in districts]) == []
    assert twice([district.names.en for district in districts]) == []


def test_no_two_agencies_have_the_same_name() -> None:
    """An agency is one city's."""
    agencies = [agency for city in CITIES.values() for agency in city.agencies]
    for values in ([a.names.zh_Hans for a in agencies], [a.names.en for a in agencies]):
        assert twice(list(values)) == []


def test_no_two_cities_have_the_same_phone() -> None:
    """A number leads to one city; only agencies of one city may share it (the hotline is the city hall's too)."""
    phones = [(phone, city.slug) for city in CITIES.values() for phone in {one.phone for one in city.agencies}]
    assert twice([phone for phone, _ in phones]) == []


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
            assert slug in loaded.seed().cities(SYSTEMS[system])


def test_holidays_are_those_of_the_whole_country() -> None:
    """Every city has the national holidays and the weekends worked in exchange."""
    national = load_calendar(ROOT / "cities")
    for city in CITIES.values():
        assert set(city.holidays) >= set(national.holidays)
        assert set(city.working_weekends) >= set(national.working_weekends)


def test_the_sandbox_keeps_the_national_calendar() -> None:
    """The pretend agencies are closed on the days on which the desk says that they are."""
    national = load_calendar(ROOT / "cities")
    assert frozenset(national.holidays) == HOLIDAYS
    assert frozenset(national.working_weekends) == WORKING_WEEKENDS


def test_a_city_adds_days_of_its_own(tmp_path: Path) -> None:
    """Days of the city file stand beside the national ones, and decide where both name the same day."""
    path = _hangzhou(tmp_path, "holidays: [2026-03-03, 2026-10-10]\nworking_weekends: [2026-10-04]")
    national = load_calendar(ROOT / "cities")
    city = load_city(path, national)
    assert set(city.holidays) == set(national.holidays) - {date(2026, 10, 4)} | {date(2026, 3, 3), date(2026, 10, 10)}
    assert date(2026, 10, 4) in city.working_weekends
    assert date(2026, 10, 10) not in city.working_weekends


@pytest.mark.parametrize(
    ("days", "reason"),
    [
        ("holidays: [2026-10-10]\nworking_weekends: [2026-10-10]", "both a holiday and worked"),
        ("working_weekends: [2026-10-09]", "no Saturday or Sunday"),
        ("holidays: [2026-13-01]", "month must be in"),
    ],
    ids=["both", "a Friday", "no date"],
)
def test_wrong_days_are_refused(tmp_path: Path, days: str, reason: str) -> None:
    """A day that is closed and worked, a worked weekday, and what is no date do not load, nationally or in a city."""
    with pytest.raises(ConfigurationError, match=reason):
        load_city(_hangzhou(tmp_path, days), Calendar())
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "holidays.yml").write_text(days, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=reason):
        load_calendar(tmp_path)


def test_cities_without_the_national_calendar_do_not_load(tmp_path: Path) -> None:
    """A folder of cities that lacks the calendar is refused: offices would seem open on holidays."""
    _hangzhou(tmp_path, "")
    with pytest.raises(ConfigurationError, match=r"shared/holidays\.yml"):
        load_cities(tmp_path)


def _hangzhou(folder: Path, more: str) -> Path:
    path = folder / "hangzhou.yml"
    source = (ROOT / "cities" / "hangzhou.yml").read_text(encoding="utf-8")
    path.write_text(f"{source}\n{more}\n", encoding="utf-8")
    return path


FIRST_TWELVE = ("hangzhou", "shanghai", "guangzhou", "shenzhen", "ningbo", "qingdao")
FIRST_TWELVE += ("nanchang", "taiyuan", "datong", "yuncheng", "changzhi", "linfen")


def test_each_of_the_first_twelve_cities_has_a_selection_of_its_own() -> None:
    """Fines, buses, bills, marriage, problems and air in all; travel permits where people travel; no two the same."""
    everywhere = {"traffic_fines", "next_bus", "bus_route", "utility_bills", "marriage_registration"}
    everywhere |= {"report_problem", "air_quality", "service_guide"}
    offered = {slug: frozenset(CITIES[slug].services) for slug in FIRST_TWELVE}
    assert [slug for slug, services in offered.items() if not everywhere <= services] == []
    assert [slug for slug, city in CITIES.items() if "travel_permit" in city.services] == ["guangzhou", "shenzhen"]
    assert len(set(offered.values())) == len(FIRST_TWELVE)


@pytest.mark.parametrize(
    "url",
    [
        "https://models.example.gov.cn/v1",
        "https://models.example.gov.cn:8443/v1/",
        "http://127.0.0.1:8000/v1",
        "sandbox:/m/v1",
    ],
)
def test_a_larger_model_is_at_a_base_address(url: str) -> None:
    """Of https, of this machine, or of the sandbox."""
    assert LargerModel(url=url, model="Qwen/Qwen3-32B").url == url.rstrip("/")


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"url": "http://models.example.gov.cn/v1"}, id="residents' words in the clear"),
        pytest.param({"url": "https://user:secret@models.example.gov.cn/v1"}, id="a password in the address"),
        pytest.param({"url": "https://models.example.gov.cn/v1?key=secret"}, id="a key in the address"),
        pytest.param({"url": "https://models.example.gov.cn/v1/chat/completions"}, id="the call's own path"),
        pytest.param({"url": "models.example.gov.cn"}, id="no address"),
        pytest.param({"url": "https:///v1"}, id="no host"),
        pytest.param({"model": ""}, id="no model"),
        pytest.param({"model": "a model\nand a line"}, id="a line in its name"),
        pytest.param({"key_env": "sk-12345"}, id="a key instead of its variable"),
        pytest.param({"key": "sk-12345"}, id="a key in the file"),
    ],
)
def test_nonsense_of_a_larger_model_is_refused(tmp_path: Path, given: dict[str, str]) -> None:
    """With the name of the file and of the field."""
    larger = {"url": "https://models.example.gov.cn/v1", "model": "m", **given}
    path = tmp_path / "hangzhou.yml"
    text = (ROOT / "cities" / "hangzhou.yml").read_text(encoding="utf-8")
    path.write_text(f"{text}\nlarger_model: {json.dumps(larger)}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=rf"(?s)hangzhou\.yml.*larger_model\.{next(iter(given))}"):
        load_city(path, Calendar())


def test_no_city_has_a_larger_model_by_itself() -> None:
    """It is off until a city turns it on."""
    assert [slug for slug, city in CITIES.items() if city.larger_model is not None] == []


def test_the_key_of_a_larger_model_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """`desk check` names the variable that is not set."""
    larger = LargerModel(url="https://models.example.gov.cn/v1", model="m", key_env="HANGZHOU_MODEL_KEY")
    city = CITIES["hangzhou"].model_copy(update={"larger_model": larger})
    monkeypatch.delenv("HANGZHOU_MODEL_KEY", raising=False)
    with pytest.raises(ConfigurationError, match="HANGZHOU_MODEL_KEY"):
        secrets_of(city)
    monkeypatch.setenv("HANGZHOU_MODEL_KEY", "s")
    assert secrets_of(city) == "1 named, all set"


@pytest.mark.parametrize("slug", ["guangzhou", "shenzhen"])
def test_the_hotline_is_the_backstop_of_the_service_centre(slug: str) -> None:
    """What nobody takes up in time is the hotline's as well, which is open when the centre is not."""
    city = CITIES[slug]
    named = city.agency("city_hall").answering.backstop
    assert named == "hotline"
    assert [len(one.days) for one in city.agency(named).hours] == [7]


def test_a_backstop_is_another_agency_of_the_city() -> None:
    """A name that the city has not, or the agency's own, is refused with where it stands."""
    for wrong in ("nowhere", "city_hall"):
        city = read_yaml(ROOT / "cities" / "guangzhou.yml")
        next(one for one in city["agencies"] if one["slug"] == "city_hall")["answering"] = {"backstop": wrong}
        with pytest.raises(ValueError, match=rf"city_hall\.answering\.backstop names no other agency: {wrong}"):
            City.model_validate(city)
