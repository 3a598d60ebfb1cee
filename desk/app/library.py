"""The project's files as staff change them."""

from collections.abc import Mapping

from actions.schema import Service
from desk.app.runtime import Runtime
from desk.city.amended import FOLDER as AMENDED
from desk.city.amended import Amended, GuidesNow
from desk.city.files import City
from desk.city.guides import FOLDER, load_guides
from desk.teaching.editing.library import Library
from desk.teaching.editing.sheets import heads_of
from desk.texts.catalogs import Catalogs

SUSPECTS = "suspects.json"
"""In the data directory: lines that are probably mislabelled, as `desk nlu suspects` found them."""


def library(at: Runtime, cities: Mapping[str, City], catalogs: Catalogs) -> Library:
    """The files of the root that is served."""
    return Library(at.root, cities, heads_of(catalogs), published=at.published(cities), suspects=at.data_dir / SUSPECTS)


def guides_now(at: Runtime, cities: Mapping[str, City], services: Mapping[str, Service]) -> GuidesNow:
    """The guides of each city, as agencies changed them last."""
    answering = [name for name, one in services.items() if one.kind == "guide"]
    guides = load_guides(at.root / FOLDER) if answering else {}
    return GuidesNow(guides, cities, answering, Amended(at.data_dir / AMENDED))
