"""Guides as agencies changed them in the console, before the change is in the files that are deployed.

A worker writes them into its data directory; whoever tells residents of guides reads them there, laid over the files'.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import structlog

from desk.city.files import City
from desk.city.guides import Guide, LocalGuide, load_guide, offered_by
from desk.contract.errors import ConfigurationError

log = structlog.get_logger(__name__)

FOLDER = "amended"
"""Of the data directory."""
LOOK_SECONDS = 1.0


class Amended:
    """Reads them, and anew once they are others. `folder` None: nobody changes any; `clock` tells seconds."""

    def __init__(self, folder: Path | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder, self._clock = folder, clock
        self._guides: Mapping[str, Guide] = {}
        self._state: tuple[tuple[str, int], ...] = ()
        self._looked = float("-inf")

    def guides(self) -> Mapping[str, Guide]:
        """Those there are, by slug: the same object until one changes. What cannot be read is left out, and logged."""
        now = self._clock()
        if self._folder is None or now - self._looked < LOOK_SECONDS:
            return self._guides
        self._looked = now
        state = tuple((path.name, path.stat().st_mtime_ns) for path in _files(self._folder))
        if state != self._state:
            self._state, self._guides = state, dict(self._read(self._folder))
        return self._guides

    def _read(self, folder: Path) -> Iterator[tuple[str, Guide]]:
        for path in _files(folder):
            try:
                yield path.stem, load_guide(path)
            except (ConfigurationError, OSError) as exc:
                log.error("amended_guide_unreadable", guide=path.stem, error=str(exc))


class GuidesNow(Mapping[str, Mapping[str, LocalGuide]]):
    """The guides of each city, with what was changed laid over them."""

    def __init__(self, guides: Mapping[str, Guide], cities: Mapping[str, City], services: list[str], amended: Amended):
        self._files, self._cities, self._services, self._amended = guides, cities, services, amended
        self._over: Mapping[str, Guide] = amended.guides()
        self._found = self._make()

    def __getitem__(self, city: str) -> Mapping[str, LocalGuide]:
        return self._now()[city]

    def __iter__(self) -> Iterator[str]:
        return iter(self._now())

    def __len__(self) -> int:
        return len(self._now())

    def _now(self) -> Mapping[str, Mapping[str, LocalGuide]]:
        over = self._amended.guides()
        if over is not self._over:
            self._over = over
            self._found = self._make()
        return self._found

    def _make(self) -> dict[str, dict[str, LocalGuide]]:
        return offered_by({**self._files, **self._over}, self._cities, self._services)


def write(folder: Path, texts: Mapping[str, str]) -> None:
    """Have exactly these guides there, by slug; each appears in one step."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for slug, text in texts.items():
        path = folder / f"{slug}.yml"
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            fresh = path.with_name(f".{path.name}-{os.getpid()}")
            fresh.write_text(text, encoding="utf-8")
            fresh.replace(path)
    for path in _files(folder):
        if path.stem not in texts:
            path.unlink(missing_ok=True)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.yml") if not path.name.startswith("."))
