"""A new appointment service is data alone: service file, texts, a line in the city file, an agency. No Python."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import yaml
from fixtures.grown import NAMES, copied, example
from fixtures.grown_talk import NOW, Grown, running

from desk.city.yaml_files import parse_yaml
from desk.contract.wire import Locale
from desk.texts.catalog_files import catalog_problems, compile_catalogs
from sandbox.seed import DATA
from tools.scaffold.service import make_service

ROOT = Path(__file__).parents[2]
PARTS = ROOT / "tests" / "fixtures" / "driving_test"
CITY, SERVICE, MADE = "hangzhou", "driving_test", NAMES["appointment"]


def part(name: str) -> dict[str, object]:
    read: dict[str, object] = parse_yaml((PARTS / name).read_text(encoding="utf-8"))
    return read


def grown(root: Path) -> None:
    """A copy of what a city needs, with the new service's data put where they belong."""
    (root / "nlu" / SERVICE).mkdir(parents=True)
    shutil.copy(PARTS / "service.yml", root / "nlu" / SERVICE)
    shutil.copytree(ROOT / "locales", root / "locales", ignore=shutil.ignore_patterns("*.mo"))
    for locale in ("zh_Hans", "zh_Hant", "en"):
        shutil.copy(PARTS / locale / f"{SERVICE}.po", root / "locales" / locale / "LC_MESSAGES")
    compile_catalogs(root / "locales")
    city = parse_yaml((ROOT / "cities" / f"{CITY}.yml").read_text(encoding="utf-8"))
    shutil.copytree(ROOT / "cities" / "shared", root / "cities" / "shared")
    (root / "cities" / f"{CITY}.yml").write_text(yaml.safe_dump(city | {"services": part("offered.yml")}), "utf-8")
    shutil.copytree(DATA / CITY, root / "sandbox" / CITY)
    agencies = root / "sandbox" / CITY / "appointments.yml"
    known = parse_yaml(agencies.read_text(encoding="utf-8"))
    agencies.write_text(yaml.safe_dump({"services": known["services"] | part("agency.yml")}), "utf-8")


async def bookings(product: Grown) -> list[dict[str, object]]:
    """What the agency has on record."""
    found = await product.control(f"appointments/{CITY}/{product.service}/bookings")
    kept: list[dict[str, object]] = found["bookings"]
    return kept


def scaffolded(root: Path) -> None:
    """A copy of the product in which `desk new service --kind appointment` was told of the existing city."""
    make_service(copied(root), example("appointment", CITY))


@pytest.fixture
async def product(tmp_path: Path) -> AsyncIterator[Grown]:
    grown(tmp_path)
    async with running(tmp_path, tmp_path / "sandbox", CITY, SERVICE) as product:
        yield product


@pytest.fixture
async def made(tmp_path: Path) -> AsyncIterator[Grown]:
    scaffolded(tmp_path)
    async with running(tmp_path, tmp_path / "sandbox" / "data", CITY, MADE) as product:
        yield product


def test_its_texts_are_whole(tmp_path: Path) -> None:
    """With the new texts the catalogs have no gaps, in any language."""
    grown(tmp_path)
    assert catalog_problems(tmp_path / "locales") == []


@pytest.mark.parametrize(("locale", "office"), [("zh_Hans", "driving_office"), ("en", "driving_office_en")])
async def test_from_data_to_a_booked_slot(product: Grown, locale: Locale, office: str) -> None:
    """From the wish to the booking: what its file asks, in its order; a closed day is refused; one booking."""
    talk, facts = replace(product.talk, locale=locale), product.facts
    await talk.say("driving test", SERVICE)
    await talk.say(facts[office])
    await talk.say(facts["driving_closed_date"])
    await talk.say(facts["driving_date"])
    await talk.say(facts["driving_time"])
    await talk.say(facts["person_name"], person_name=facts["person_name"])
    await talk.say(facts["valid_id_number"])
    said = await talk.say(facts["phone"])
    assert talk.asked == ["office", "date", "date", "time", "person_name", "id_number", "phone", None]
    assert "70.00" in said
    assert await bookings(product) == []
    await talk.say("yes", "affirm")
    (booking,) = await bookings(product)
    assert booking["slot"] == {
        "office": "north",
        "department": None,
        "date": facts["driving_date"],
        "time": facts["driving_time"],
    }
    assert [(case.service, case.status, case.reference) for case in talk.cases] == [
        (SERVICE, "booked", booking["reference"])
    ]
    assert datetime.fromisoformat(talk.cases[0].at or "") > NOW + timedelta(hours=1)


@pytest.mark.parametrize("locale", ["zh_Hans", "zh_Hant", "en"])
async def test_from_the_scaffolder_to_a_booked_slot_in_an_existing_city(made: Grown, locale: Locale) -> None:
    """What `desk new service` wrote for a city that is there is booked at once, in three languages."""
    talk, facts = replace(made.talk, locale=locale), made.facts
    await talk.say("driving test", MADE)
    await talk.say(facts[f"{MADE}_office_en" if locale == "en" else f"{MADE}_office"])
    await talk.say(facts[f"{MADE}_date"])
    await talk.say(facts[f"{MADE}_time"])
    await talk.say(facts["person_name"], person_name=facts["person_name"])
    await talk.say(facts["valid_id_number"])
    await talk.say(facts["phone"])
    assert talk.asked == ["office", "date", "time", "person_name", "id_number", "phone", None]
    await talk.say("yes", "affirm")
    (booking,) = await bookings(made)
    assert (booking["slot"]["date"], booking["slot"]["time"]) == (facts[f"{MADE}_date"], facts[f"{MADE}_time"])  # type: ignore[index]
    assert [(case.service, case.reference) for case in talk.cases] == [(MADE, booking["reference"])]
