"""Which notices go with a service, as data: `cities/shared/suggested.yml`."""

from collections.abc import Collection, Mapping
from pathlib import Path

from pydantic import Field, JsonValue, TypeAdapter

from desk.city.files import CityModel
from desk.city.places import faults
from desk.city.yaml_files import read_yaml
from desk.contract.errors import ConfigurationError
from desk.contract.wire import Slug

FILE = Path("shared") / "suggested.yml"


class Suggested(CityModel):
    """The topic that goes with a service; of a divided one, `topics` by the value of its field."""

    topic: Slug | None = None
    field: Slug | None = None
    topics: dict[Slug, Slug] = Field(default_factory=dict)

    def of(self, values: Mapping[str, JsonValue]) -> str | None:
        """The topic that goes with what was looked up; None where several were, or none goes with it."""
        value = values.get(self.field) if self.field is not None else None
        return self.topics.get(value) if isinstance(value, str) else self.topic


_FILE = TypeAdapter(dict[Slug, Suggested])


def load_suggested(cities: Path) -> dict[str, Suggested]:
    """Read them, by service. `cities` is the folder of city files.

    Raises:
        ConfigurationError: the file is missing or wrong.
    """
    try:
        return _FILE.validate_python(read_yaml(cities / FILE))
    except (OSError, ValueError) as exc:
        raise ConfigurationError(f"{faults(cities / FILE, exc)}. Mend the file.") from exc


def suggested_problems(
    suggested: Mapping[str, Suggested], services: Collection[str], topics: Collection[str]
) -> list[str]:
    """List what the schema cannot see: services and topics that there are not."""
    problems = [f"cities/{FILE}: no service is called {name}" for name in suggested if name not in services]
    for name, one in suggested.items():
        wanted = [*one.topics.values(), *([one.topic] if one.topic else [])]
        problems += [f"cities/{FILE}: {name}: no topic is called {topic}" for topic in wanted if topic not in topics]
    return problems
