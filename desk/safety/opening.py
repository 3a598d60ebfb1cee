"""The safety room, opened with the data of a checkout."""

from collections.abc import Mapping
from pathlib import Path

from desk.city.directory import load_directory
from desk.city.files import City
from desk.safety.kinds import load_kinds, load_unanswered
from desk.safety.service import Reader, Safety
from desk.safety.signs import load_signs
from desk.safety.words import Wording
from desk.texts.catalogs import Catalogs


def open_safety(root: Path, catalogs: Catalogs, cities: Mapping[str, City], reader: Reader) -> Safety:
    """Open the room.

    Raises:
        ConfigurationError: the data of `nlu/safety/` or `cities/shared/directory.yml` are missing or wrong.
    """
    kinds = load_kinds(root)
    return Safety(
        kinds=kinds,
        wording=Wording(load_directory(root / "cities")),
        unanswered=load_unanswered(root),
        signs=load_signs(root, kinds),
        reader=reader,
        catalogs=catalogs,
        cities=cities,
    )
