"""Where in a city an alert holds, and what its number says."""

from datetime import UTC, datetime
from typing import Any

import pytest
from fixtures import cap as given
from fixtures import loaded
from stdnum import numdb  # type: ignore[import-untyped]

from desk.alerts.cap import read
from desk.alerts.numbers import number_of, read_number
from desk.alerts.places import Place, place_of

CITIES = loaded.cities()
HANGZHOU = CITIES["hangzhou"]
ELSEWHERE = "39.8,116.2 40.0,116.2 40.0,116.5 39.8,116.2"


def code(value: str, name: str = "GB/T 2260") -> dict[str, str]:
    return {"valueName": name, "value": value}


PLACES: list[tuple[str, dict[str, Any], Place | None]] = [
    ("its own code", {"geocode": code("330100")}, Place()),
    ("the province's", {"geocode": code("330000")}, Place()),
    ("the country's", {"geocode": code("100000")}, Place()),
    ("a district's", {"geocode": code("330106")}, Place(("xihu",))),
    ("two districts'", {"geocode": [code("330110"), code("330106")]}, Place(("xihu", "yuhang"))),
    ("a street's", {"geocode": code("330106002000")}, Place(("xihu",))),
    ("as the weather service names it", {"geocode": code("330106000000", "CPEAS Geographic Code")}, Place(("xihu",))),
    ("with the year of the standard", {"geocode": code("330106", "GB/T 2260-2007")}, Place(("xihu",))),
    ("a part that the file does not know", {"geocode": code("330199")}, Place()),
    ("another city's", {"geocode": code("330200")}, None),
    ("another city's, though its ring meets the bounds", {"geocode": code("330200"), "polygon": given.LAKE}, None),
    ("a code of another system beside a ring", {"geocode": code("330200", "SAME"), "polygon": given.LAKE}, Place()),
    ("a code of another system alone", {"geocode": code("330100", "SAME")}, None),
    ("no code, a ring within", {"geocode": None, "polygon": given.LAKE}, Place()),
    ("no code, a ring around", {"geocode": None, "polygon": "20,110 40,110 40,130 20,130 20,110"}, Place()),
    ("no code, a ring elsewhere", {"geocode": None, "polygon": ELSEWHERE}, None),
    ("a circle that reaches it", {"geocode": None, "circle": "31.5,120 120"}, Place()),
    ("a circle that does not", {"geocode": None, "circle": "31.5,120 90"}, None),
    ("nothing but a name", {"geocode": None}, None),
]


@pytest.mark.parametrize(("changes", "place"), [one[1:] for one in PLACES], ids=[one[0] for one in PLACES])
def test_where_an_alert_holds(changes: dict[str, Any], place: Place | None) -> None:
    """Codes first, then rings and circles; what is not said to hold here does not."""
    area = given.area(**{"polygon": None, **changes})
    assert place_of(read(given.document(info=[given.info(area=area)])).infos, HANGZHOU) == place


def test_an_alert_without_an_area_holds_nowhere() -> None:
    """It does not say where."""
    assert place_of(read(given.document(info=[given.info(area=None)])).infos, HANGZHOU) is None


def test_codes_of_city_files_are_those_of_the_register() -> None:
    """What python-stdnum knows of GB/T 2260 says the same name, or does not know the code yet."""
    register = numdb.get("cn/loc")
    for city in CITIES.values():
        assert city.code is not None
        within = city.code.rstrip("0") if city.code.endswith("0000") else city.code[:4]
        for district in city.districts:
            if district.code is None:
                continue
            assert district.code.startswith(within), (city.slug, district.slug)
            said = dict(register.info(district.code)[-1][1]).get("county", district.names.zh_Hans)
            known = said.rpartition("]")[2] if "]" in said else said
            assert known[:2] == district.names.zh_Hans[:2], (city.slug, district.slug, said)


def test_no_two_districts_have_one_code() -> None:
    """Nor two cities."""
    codes = [one.code for city in CITIES.values() for one in (city, *city.districts) if one.code is not None]
    assert len(codes) == len(set(codes))


def test_numbers_of_warnings_are_written_and_read() -> None:
    """31 characters, in Beijing time; 29 where the serial is left out."""
    at = datetime(2026, 11, 24, 2, 0, 5, tzinfo=UTC)
    written = number_of("330100", "41600000", at, 3)
    assert (written, len(written)) == ("33010041600000_20261124100005_3", 31)
    read_back = read_number(written)
    assert read_back is not None
    assert (read_back.region, read_back.agency, read_back.serial, read_back.issued) == ("330100", "416", 3, at)
    short = read_number("33010041600000_20261124100005")
    assert short is not None
    assert short.serial == 0


@pytest.mark.parametrize(
    "said", ["", "KAR0-0306112239-SW", "33010041600000_20261324100005_0", "3301004160000_20261124100005_0"]
)
def test_other_numbers_are_none(said: str) -> None:
    """Identifiers of other countries are not taken apart."""
    assert read_number(said) is None
