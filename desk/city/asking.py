"""What clerks ask residents for by one press, as data: `cities/shared/asking.yml`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from desk.city.files import CityModel, Names
from desk.city.places import faults
from desk.city.yaml_files import read_yaml
from desk.contract.errors import ConfigurationError
from desk.contract.wire import Slug

FILE = "shared/asking.yml"


class Wanted(CityModel):
    """Something that is asked for. `services` and `agencies` say where it is; none named: everywhere.

    `needs` is what it cannot be done without: where there is none, it is asked for in the same question.
    """

    slug: Slug
    names: Names
    needs: Literal["phone"] | None = None
    services: list[Slug] = Field(default_factory=list)
    agencies: list[Slug] = Field(default_factory=list)

    def fits(self, service: str | None, agency: str) -> bool:
        """Whether it may be asked for where an agency answers about a service."""
        return (not self.services or service in self.services) and (not self.agencies or agency in self.agencies)


class _File(CityModel):
    documents: list[Wanted] = Field(min_length=1)
    consents: list[Wanted] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Asking:
    """Kinds of documents, and purposes that residents are asked to agree to."""

    documents: Sequence[Wanted]
    consents: Sequence[Wanted]

    def of(self, what: str, slug: str) -> Wanted | None:
        """The one of a name; `what` is document or consent."""
        return next((one for one in self.all(what) if one.slug == slug), None)

    def all(self, what: str) -> Sequence[Wanted]:
        """All of a kind."""
        return self.documents if what == "document" else self.consents


def load_asking(cities: Path) -> Asking:
    """Read it. `cities` is the folder of city files.

    Raises:
        ConfigurationError: the file is absent or wrong.
    """
    try:
        read = _File.model_validate(read_yaml(cities / FILE))
    except (OSError, ValueError) as exc:
        raise ConfigurationError(f"{faults(cities / FILE, exc)}. Mend the file.") from exc
    for several in (read.documents, read.consents):
        if len({one.slug for one in several}) < len(several):
            raise ConfigurationError(f"cities/{FILE}: two entries have one slug.")
    return Asking(tuple(read.documents), tuple(read.consents))
