"""The pretend cities' data files, `data/<city>/<system>.yml`, read and checked."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

DATA = Path(__file__).parent / "data"


class SeedError(Exception):
    """A data file of the sandbox is missing or wrong. The message names the file and the field."""


class UnknownCityError(SeedError):
    """The sandbox has no such city, or not this of it. The message names what there is."""


class SeedModel(BaseModel):
    """A model of a data file: frozen, and strict about what it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Names(SeedModel):
    """A name in Chinese (Simplified) and in English."""

    zh_Hans: str
    en: str


@dataclass
class Seed:
    """What every city starts from. Files are looked for and read once."""

    folder: Path = DATA
    _read: dict[str, object] = field(default_factory=dict)
    _cities: dict[str, list[str]] = field(default_factory=dict)

    def cities(self, file: str) -> list[str]:
        """Slugs of the cities that have such a file, in alphabetical order."""
        if file not in self._cities:
            self._cities[file] = sorted(path.parent.name for path in self.folder.glob(f"*/{file}"))
        return list(self._cities[file])

    def fingerprint(self, city: str, file: str) -> str:
        """SHA-256 of the file, 64 hexadecimal digits."""
        return hashlib.sha256(self._path(city, file).read_bytes()).hexdigest()

    def load[T](self, city: str, file: str, build: Callable[[object], T]) -> T:
        """Read a file and `build` something of it, usually with `Model.model_validate`.

        Raises:
            UnknownCityError: there is no such file.
            SeedError: it is not what `build` takes.
        """
        key = f"{city}/{file}"
        if key not in self._read:
            path = self._path(city, file)
            try:
                self._read[key] = build(yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader))
            except (yaml.YAMLError, ValidationError, ValueError) as exc:
                raise SeedError(f"sandbox/data/{key}: {exc}") from exc
        return self._read[key]  # type: ignore[return-value]  # the same file is always built the same way

    def _path(self, city: str, file: str) -> Path:
        path = self.folder / city / file
        if city not in self.cities(file):
            raise UnknownCityError(
                f"The sandbox has no {file} for {city}; it has one for {', '.join(self.cities(file))}."
            )
        return path
