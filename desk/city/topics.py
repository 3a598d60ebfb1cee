"""Topics of announcements as data: `cities/shared/topics.yml`."""

from pathlib import Path

from pydantic import Field

from desk.city.files import CityModel, Names
from desk.city.places import faults
from desk.city.yaml_files import read_yaml
from desk.contract.errors import ConfigurationError
from desk.contract.wire import Slug

FILE = "shared/topics.yml"


class Topic(CityModel):
    """What announcements are about. `also` are further words that people use for it."""

    slug: Slug
    names: Names
    also: list[str] = Field(default_factory=list)


class _File(CityModel):
    topics: list[Topic] = Field(min_length=1)


def load_topics(cities: Path) -> dict[str, Topic]:
    """Read the topics of all cities, by slug, in their order. `cities` is the folder of city files.

    Raises:
        ConfigurationError: the file is absent or wrong.
    """
    try:
        read = _File.model_validate(read_yaml(cities / FILE)).topics
    except (OSError, ValueError) as exc:
        raise ConfigurationError(f"{faults(cities / FILE, exc)}. Mend the file.") from exc
    topics = {topic.slug: topic for topic in read}
    if len(topics) < len(read):
        raise ConfigurationError(f"cities/{FILE}: two topics have one slug.")
    return topics
