"""Telephones of emergencies: the nation's, and what a city has of its own. May not know who calls them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field, TypeAdapter, ValidationError

from desk.cities import City, CityModel, Names, Slug
from desk.errors import ConfigurationError

FILE = Path("shared") / "hotlines.yml"

type Number = Annotated[str, Field(pattern=r"^[0-9][0-9-]{2,14}$")]


class Hotline(CityModel):
    """A telephone: `number` in digits, and what answers there. `texts`: it takes short messages, not calls."""

    number: Number
    names: Names
    texts: bool = False

    @property
    def url(self) -> str:
        """The address that dials it, or begins a short message (RFC 3966, RFC 5724)."""
        digits = self.number.replace("-", "")
        return f"sms:{digits}" if self.texts else f"tel:{digits}"


_FILE = TypeAdapter(dict[Slug, Hotline])


@dataclass(frozen=True)
class Hotlines:
    """All telephones by name. A city's own number stands before the nation's."""

    national: Mapping[str, Hotline]

    def of(self, city: City, name: str) -> Hotline:
        """Find a telephone.

        Raises:
            ConfigurationError: no telephone has this name.
        """
        if name not in self.national:
            raise ConfigurationError(
                f"There is no telephone {name!r} in cities/{FILE}; it has {sorted(self.national)}."
            )
        found = self.national[name]
        own = city.hotlines.get(name)
        return found if own is None else found.model_copy(update={"number": own})


def load_hotlines(cities: Path) -> Hotlines:
    """Read the national telephones of a folder of cities.

    Raises:
        ConfigurationError: the file is missing or wrong.
    """
    path = cities / FILE
    try:
        return Hotlines(_FILE.validate_python(yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)))
    except (OSError, yaml.YAMLError, ValidationError) as exc:
        raise ConfigurationError(f"cities/{FILE}: {exc}. Mend the file; see docs/reference/city-files.md.") from exc
