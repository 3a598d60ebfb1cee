"""Reads our locks: what each environment is made of, and by which files. Knows no registry."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Locked:
    """A package of a lock; `hashes` are those of its files by their names, `sha256:…`."""

    name: str
    version: str
    hashes: dict[str, str]


@dataclass(frozen=True)
class Environment:
    """An environment of ours: the folder with its lock, and what it is for."""

    name: str
    folder: Path
    serves: bool
    """Whether residents' messages reach it; stock Rasa and checks are for developers alone."""

    def packages(self) -> list[Locked]:
        """What its lock holds, development groups included, but for ourselves."""
        document = tomllib.loads((self.folder / "uv.lock").read_text(encoding="utf-8"))
        return [_locked(package) for package in document["package"] if "registry" in package["source"]]


ENVIRONMENTS = (
    Environment("desk", ROOT, serves=True),
    Environment("bot", ROOT / "bot", serves=True),
    Environment("stock", ROOT / "bot" / "stock", serves=False),
    Environment("checks", ROOT / "deploy" / "checks", serves=False),
)


def _locked(package: dict) -> Locked:
    files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
    return Locked(package["name"], package["version"], {file["url"].rpartition("/")[2]: file["hash"] for file in files})
