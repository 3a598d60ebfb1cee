"""Facts of services as data: `nlu/<folder>/facts.yml`, read and checked.

A fact answers one question about a service: what it costs, why a number is asked, what follows when one is late. It
holds for the whole country; what a city says otherwise stands in its own file (`services.<service>.facts`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from desk.city.files import City, CityModel, Names
from desk.city.guides import Asked
from desk.city.yaml_files import read_yaml
from desk.contract.errors import ConfigurationError
from desk.contract.wire import Slug

FILE = "facts.yml"

# fmt: off
type Part = Literal[
    "fee", "papers", "steps", "hours", "days", "place", "who", "pay", "after", "what_if", "refund", "appeal", "why",
    "term", "other",
]
# fmt: on
PARTS: frozenset[str] = frozenset(get_args(Part.__value__))
EXPECTED: Mapping[str, frozenset[str]] = {
    "application": frozenset({"fee", "papers", "days", "who", "after", "why"}),
    "appointment": frozenset({"fee", "papers", "who", "place", "why"}),
    "bill": frozenset({"pay", "after", "what_if", "why", "term"}),
    "record": frozenset({"why", "term", "who"}),
    "report": frozenset({"fee", "after", "days", "why"}),
    "code": frozenset({"fee"}),
}
"""What residents ask of a service of each kind: where a service has no fact of such a part, that is a gap."""


class Fact(CityModel):
    """The answer to one question."""

    part: Part = Field(description="What is asked about.")
    about: Names = Field(description="The question in a few words.")
    asked: Asked
    said: Names = Field(description="The answer, in one to three sentences.")
    said_with_documents: Names | None = Field(
        None,
        description="The answer where the city's agency takes other documents than the resident identity card"
        " (`documents` of its service).",
    )
    sources: Annotated[list[Slug], Field(min_length=1)] = Field(description="Names of the file's sources.")
    call: bool = Field(False, description="Whether the agency is named with its telephone: it differs by city.")
    looks_up: bool = Field(
        False, description="Whether it says how something is looked up: where a message names what, that is done."
    )
    field: Slug | None = Field(None, description="Of `why` and `term`: the field of the form that it is about.")


class FactFile(CityModel):
    """The facts of one service."""

    dated: date = Field(description="The day of the texts.")
    sources: dict[Slug, Names] = Field(description="Laws and rules by their true names.")
    facts: dict[Slug, Fact]

    @model_validator(mode="after")
    def _names_its_sources(self) -> Self:
        for name, fact in self.facts.items():
            if unknown := sorted(set(fact.sources) - set(self.sources)):
                raise ValueError(f"{name} names {', '.join(unknown)}, which `sources` does not have")
        return self


@dataclass(frozen=True, slots=True)
class LocalFact:
    """A fact as one city says it."""

    service: str
    name: str
    fact: Fact
    sources: tuple[Names, ...]
    dated: date


def load_facts(nlu: Path) -> dict[str, FactFile]:
    """Read all files of facts, by service, in alphabetical order.

    Raises:
        ConfigurationError: one is not YAML or breaks the schema.
    """
    return {path.parent.name: load_fact_file(path) for path in sorted(nlu.glob(f"*/{FILE}"))}


def load_fact_file(path: Path) -> FactFile:
    """Read one file of facts.

    Raises:
        ConfigurationError: it is not YAML or breaks the schema.
    """
    try:
        return FactFile.model_validate(read_yaml(path))
    except ValueError as exc:
        raise ConfigurationError(
            f"{path.parent.name}/{FILE}: {exc}. Mend the file; its fields are in docs/reference/fact-files.md."
        ) from exc


def local_fact(city: City, service: str, name: str, files: Mapping[str, FactFile]) -> LocalFact | None:
    """A fact with what the city says otherwise; None where there is none of that name."""
    file = files.get(service)
    fact = None if file is None else file.facts.get(name)
    if file is None or fact is None:
        return None
    offered = city.services.get(service)
    here = None if offered is None else offered.facts.get(name)
    sources = tuple(file.sources[source] for source in fact.sources)
    if here is None:
        if offered is not None and offered.documents and fact.said_with_documents is not None:
            fact = fact.model_copy(update={"said": fact.said_with_documents})
        return LocalFact(service, name, fact, sources, file.dated)
    fact = fact.model_copy(update={"said": here.said})
    return LocalFact(service, name, fact, (here.source,), here.dated)


def fact_problems(files: Mapping[str, FactFile], cities: Mapping[str, City], today: date) -> list[str]:
    """List what the schema cannot see: dates to come, texts in one language, facts that a city changes and none has."""
    problems = []
    for service, file in files.items():
        where = f"nlu/{service}/{FILE}"
        if file.dated > today:
            problems.append(f"{where}: dated {file.dated} lies in the future")
        for name, fact in file.facts.items():
            otherwise = fact.said_with_documents
            if not (fact.about.is_said and fact.said.is_said and (otherwise is None or otherwise.is_said)):
                problems.append(f"{where}: {name} is empty or not in its language")
    for slug, city in cities.items():
        for service, offered in city.services.items():
            there = files[service].facts if service in files else {}
            if unknown := sorted(set(offered.facts) - set(there)):
                problems.append(f"{slug}.yml: services.{service}.facts names {', '.join(unknown)}, which are no facts")
    return problems


def gaps(files: Mapping[str, FactFile], kinds: Mapping[str, str]) -> list[str]:
    """List, for each service by its kind, the parts that residents ask about and no fact answers."""
    found = []
    for service, kind in kinds.items():
        said = {fact.part for fact in files[service].facts.values()} if service in files else set()
        if missing := sorted(EXPECTED.get(kind, frozenset()) - said):
            found.append(f"{service}: no fact says {', '.join(missing)}")
    return found
