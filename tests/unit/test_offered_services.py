"""Where services of a city are listed: its page, the reference, and what `desk check` says when lists differ."""

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fixtures import loaded
from fixtures.services import SERVICES

from desk.cli.checking import _lists
from desk.contract.errors import ConfigurationError
from desk.contract.messages import Text
from desk.texts.catalogs import Catalogs
from desk.web.offered import service_lines
from desk.web.parts import words_of
from scripts.reference import services_page

ROOT = Path(__file__).parents[2]
CITIES = loaded.cities()


@pytest.fixture
def at(tmp_path: Path, catalogs_folder: Path) -> Any:
    """A root whose services and texts can be changed."""
    shutil.copytree(ROOT / "nlu", tmp_path / "nlu", ignore=shutil.ignore_patterns("tests", "*.jsonl"))
    shutil.copytree(catalogs_folder, tmp_path / "locales")
    return SimpleNamespace(root=tmp_path)


@pytest.mark.parametrize("slug", CITIES)
def test_page_shows_every_service_with_its_agency(catalogs: Catalogs, slug: str) -> None:
    """In the order of the city's file; nobody is sent to an agency of another service."""
    city = CITIES[slug]
    lines = service_lines(catalogs, city, words_of(SERVICES), "zh_Hans")
    assert [(line.payload, line.agency) for line in lines] == [
        (f"/{name}", city.agency(offered.agency).names.zh_Hans) for name, offered in city.services.items()
    ]


def test_lists_that_agree_are_said_to(at: Any) -> None:
    """Page, list and greeting of each city."""
    assert "agree" in _lists(at, list(CITIES.values()))


def test_service_that_the_page_leaves_out_is_named(at: Any) -> None:
    """A city that offers what no service file declares has a page without it: its file is named."""
    shutil.rmtree(at.root / "nlu" / "air_quality")
    with pytest.raises(ConfigurationError, match=r"leaves out services of cities/hangzhou\.yml"):
        _lists(at, [CITIES["hangzhou"]])


def test_reference_has_a_line_for_each_service_of_each_city(catalogs: Catalogs) -> None:
    """With the telephone of the agency that answers for it."""
    page = services_page()
    missing = [
        (slug, name, agency)
        for slug, city in CITIES.items()
        for name, offered in city.services.items()
        for agency in offered.agencies.values() or [offered.agency]
        if f"| {title(catalogs, name)} | {city.agency(agency).names.en}" not in page
    ]
    assert missing == []


def title(catalogs: Catalogs, name: str) -> str:
    return catalogs.text(Text(key=SERVICES[name].title), "en")
