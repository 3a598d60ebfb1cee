"""Whom to call: the nation's telephones, and what a city has of its own."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import Field, TypeAdapter, ValidationError

from desk.city.files import City, CityModel, Hours, LineWords, Names, Number
from desk.city.places import faults
from desk.city.yaml_files import read_yaml
from desk.contract.errors import ConfigurationError
from desk.contract.wire import Slug

FILE = Path("shared") / "directory.yml"
GENERAL = "general"
"""The telephone of what belongs to no other: a number that only cities know leads to it where a city has none."""
_AREA_CODE = re.compile(r"(0[0-9]{2,3})-[0-9]+")


class Line(CityModel):
    """A telephone of the directory.

    `number` is missing where only cities know one. `local`: it is answered in the city that it is called from, and from
    elsewhere wants the area code. `texts`: it takes short messages, not calls. `agency` is the office of the city that
    answers it, where the city has that: with its hours, and its own telephone.
    """

    number: Number | None = None
    names: Names
    about: Names = Field(description="What it is responsible for, as it follows “for”.")
    agency: Slug | None = None
    local: bool = False
    texts: bool = False
    hours: list[Hours] = Field(default_factory=list, description="Where known.")
    words: LineWords = Field(description="What people call it, and what they call about.")
    guides: list[Slug] = Field(default_factory=list, description="Guides whose matter it knows, whatever their agency.")
    source: Names = Field(description="Who publishes it.")


@dataclass(frozen=True, slots=True)
class Telephone:
    """A telephone as it is called in one city. `office` is the city's own that answers there, where it has one."""

    name: str
    number: str
    names: Names
    about: Names
    hours: list[Hours]
    texts: bool = False
    office: Names | None = None

    @property
    def url(self) -> str:
        """The address that dials it, or begins a short message (RFC 3966, RFC 5724)."""
        digits = self.number.replace("-", "")
        return f"sms:{digits}" if self.texts else f"tel:{digits}"


_LINES = TypeAdapter(dict[Slug, Line])


@dataclass(frozen=True)
class Directory:
    """All telephones by name. A city's own stand before the nation's."""

    national: Mapping[str, Line]
    _lines: dict[str, Mapping[str, Line]] = field(default_factory=dict, compare=False, repr=False)

    def lines(self, city: City) -> Mapping[str, Line]:
        """The telephones that hold in a city.

        Raises:
            ConfigurationError: a telephone that only this city has lacks something.
        """
        if city.slug not in self._lines:
            self._lines[city.slug] = self._merged(city)
        return self._lines[city.slug]

    def of(self, city: City, name: str, *, afar: bool = False) -> Telephone:
        """Find a telephone; `afar`: as it is called from another city.

        Raises:
            ConfigurationError: no telephone has this name.
        """
        lines = self.lines(city)
        if name not in lines:
            raise ConfigurationError(
                f"There is no telephone {name!r} in cities/{FILE} or for {city.slug}; there are {sorted(lines)}."
            )
        line, here = lines[name], city.directory.get(name)
        office = next((one for one in city.agencies if one.slug == line.agency), None)
        own = (here.number if here is not None else None) or (None if office is None else office.phone)
        number = own or line.number or lines[GENERAL].number or ""
        code = area_code(city) if afar and line.local and "-" not in number else None
        return Telephone(
            name=name,
            number=f"{code}-{number}" if code else number,
            names=line.names,
            about=line.about,
            hours=line.hours if office is None else office.hours,
            texts=line.texts,
            office=None if office is None else office.names,
        )

    def _merged(self, city: City) -> Mapping[str, Line]:
        merged = dict(self.national)
        for name, here in city.directory.items():
            given = here.model_dump(exclude_none=True)
            base = self.national[name].model_dump() if name in self.national else {}
            try:
                merged[name] = Line.model_validate(base | given)
            except ValidationError as exc:
                raise ConfigurationError(
                    f"cities/{city.slug}.yml: directory.{name}: {exc}. A telephone that cities/{FILE} does not have "
                    "needs all of it: number, names, about, words, source."
                ) from exc
        return merged


def area_code(city: City) -> str | None:
    """The digits that are dialled before a local number from elsewhere: those of the city's own telephones."""
    found = (_AREA_CODE.fullmatch(agency.phone) for agency in city.agencies)
    return next((match[1] for match in found if match), None)


def load_directory(cities: Path) -> Directory:
    """Read the national telephones of a folder of cities.

    Raises:
        ConfigurationError: the file is missing or wrong.
    """
    path = cities / FILE
    try:
        lines = _LINES.validate_python(read_yaml(path))
    except (OSError, ValueError) as exc:
        raise ConfigurationError(f"{faults(path, exc)}. Mend the file; see docs/how-to/keep-the-directory.md.") from exc
    if GENERAL not in lines or lines[GENERAL].number is None:
        raise ConfigurationError(f"cities/{FILE}: the telephone {GENERAL!r} with its number is missing.")
    return Directory(lines)


def directory_problems(directory: Directory, cities: Mapping[str, City], guides: Mapping[str, object]) -> list[str]:
    """List what the schema cannot see: guides that there are not or that two telephones claim, wrong city lines."""
    problems, claimed = [], dict[str, str]()
    for name, line in directory.national.items():
        for guide in line.guides:
            if guide not in guides:
                problems.append(f"cities/{FILE}: {name} names the guide {guide}, which there is not")
            if guide in claimed:
                problems.append(f"cities/{FILE}: {claimed[guide]} and {name} both name the guide {guide}")
            claimed[guide] = name
    for city in cities.values():
        try:
            directory.lines(city)
        except ConfigurationError as exc:
            problems.append(str(exc))
    return problems
