"""Examples beside questions are the city's own: its plates, its streets."""

from pathlib import Path

import pytest
from fixtures import loaded
from fixtures.dialogue import Resident, city
from fixtures.hotline import Reporter
from fixtures.services import SERVICES
from pydantic import ValidationError

from actions.schema.loading import _File
from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs

ROOT = Path(__file__).parents[2]
CITIES = loaded.cities()
SOUTH = {"plate": {"zh_Hans": "粤A12345", "zh_Hant": "粤A12345", "en": "粤A12345"}}
SOUTHTOWN = city("southtown", "南城", "Southtown", ["traffic_fines", "next_bus"], examples=SOUTH)


@pytest.mark.parametrize("locale", ["zh_Hans", "zh_Hant", "en"])
async def test_question_shows_the_citys_own_plate(catalogs: Catalogs, locale: Locale) -> None:
    """In a city of Guangdong a plate of Guangdong, and none of anywhere else."""
    resident = Resident(catalogs, SERVICES, locale=locale, cities={SOUTHTOWN.slug: SOUTHTOWN})
    resident.city = SOUTHTOWN
    said = await resident.say("fines", "traffic_fines")
    assert "粤A12345" in said
    assert "浙A12345" not in said


async def test_reason_shows_it_too(catalogs: Catalogs) -> None:
    """Whoever writes something that is no plate sees what one looks like there."""
    resident = Resident(catalogs, SERVICES, cities={SOUTHTOWN.slug: SOUTHTOWN})
    resident.city = SOUTHTOWN
    await resident.say("查违章", "traffic_fines")
    assert "例如“粤A12345”" in await resident.say("粤912345", "inform")


async def test_city_without_its_own_shows_the_services(catalogs: Catalogs) -> None:
    """A city file that names none leaves the example of the service file."""
    reporter = Reporter(catalogs, SERVICES)
    await reporter.tell("路灯不亮")
    assert "例如“人民路与解放路路口”" in reporter.messages[-1].text


@pytest.mark.parametrize("slug", CITIES)
def test_every_served_city_has_its_own(slug: str) -> None:
    """A plate and a place; the plate is no other city's."""
    examples = CITIES[slug].examples
    assert {"plate", "place"} <= set(examples)
    others = [one.examples["plate"] for other, one in CITIES.items() if other != slug]
    assert examples["plate"] not in others


def test_places_are_nobody_elses() -> None:
    """Fifty cities, fifty places."""
    places = [one.examples["place"].zh_Hans for one in CITIES.values()]
    assert len(set(places)) == len(places)


def test_field_that_needs_an_example_says_so() -> None:
    """A service file that asks for a place without showing one does not load."""
    declared = SERVICES["report_problem"].model_dump(by_alias=True, mode="json")
    for one in declared["fields"]:
        one["example"] = None
    with pytest.raises(ValidationError, match="give an `example`"):
        _File.model_validate({"service": declared})
