"""What people ask of the day as data: `cities/shared/current.yml`."""

from collections.abc import Collection
from pathlib import Path

from pydantic import Field, TypeAdapter

from desk.city.files import CityModel
from desk.city.guides import Asked
from desk.city.places import faults
from desk.city.yaml_files import read_yaml
from desk.contract.errors import ConfigurationError
from desk.contract.wire import Slug

FILE = Path("shared") / "current.yml"


class Current(CityModel):
    """A question of the day: announcements on which topics answer it, and whom to call where there is none."""

    topics: list[Slug] = Field(min_length=1)
    line: Slug = Field(description="A telephone of the directory.")
    asked: Asked


_FILE = TypeAdapter(dict[Slug, Current])


def load_current(cities: Path) -> dict[str, Current]:
    """Read the questions of the day, by name. `cities` is the folder of city files.

    Raises:
        ConfigurationError: the file is missing or wrong.
    """
    try:
        return _FILE.validate_python(read_yaml(cities / FILE))
    except (OSError, ValueError) as exc:
        raise ConfigurationError(f"{faults(cities / FILE, exc)}. Mend the file.") from exc


def current_problems(questions: dict[str, Current], topics: Collection[str], telephones: Collection[str]) -> list[str]:
    """List what the schema cannot see: topics and telephones that there are not."""
    problems = []
    for name, one in questions.items():
        problems += [
            f"cities/{FILE}: {name}: no topic is called {topic}" for topic in one.topics if topic not in topics
        ]
        if one.line not in telephones:
            problems.append(f"cities/{FILE}: {name}: no telephone is called {one.line}")
    return problems
