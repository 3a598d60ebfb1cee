"""What the residents of a benchmark say: conversations of distinct lines, the same for every side.

The lines are the held-out ones of `nlu/*/tests/`, which no model has been trained on, with real values of the pretend
cities in place of their own, and with words that people put before and after. A conversation is one `SHAPE`: every
turn of it is answered by an action, and none of its intents hands over to a person.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from random import Random
from typing import Any

import yaml

from values.lexicon import lexicon

SEED = 2026
SHAPE = (  # intent, and the entities that a line of it has
    ("traffic_fines", ()),
    ("inform", ("plate",)),
    ("inform", ("vin_last6",)),
    ("next_bus", ("bus_line", "stop")),
    ("next_bus", ("stop",)),
    ("next_bus", ("bus_line",)),
    ("inform", ("stop",)),
    ("list_services", ()),
    ("traffic_fines", ("plate",)),
    ("thanks", ()),
)
TRIES = 200  # before a place in the shape counts as used up

_WORDS = lexicon(__file__)
_BEFORE, _AFTER = _WORDS.by_name("before"), _WORDS.by_name("after")
"""What people say before and after, by language."""


@dataclass(frozen=True)
class Place:
    """What residents of one pretend city speak of: (plate, last six of the VIN), stops (Chinese, English), lines."""

    city: str
    vehicles: Sequence[tuple[str, str]]
    stops: Sequence[tuple[str, str]]
    lines: Sequence[str]


@dataclass(frozen=True)
class HeldOut:
    """A held-out line with the spans of its values: (entity, start, end)."""

    text: str
    intent: str
    lang: str
    spans: tuple[tuple[str, int, int], ...]

    @property
    def kind(self) -> tuple[str, tuple[str, ...]]:
        """Where in `SHAPE` it belongs."""
        return self.intent, tuple(sorted(entity for entity, _, _ in self.spans))


@dataclass(frozen=True)
class Script:
    """What one resident says, line after line, in one city."""

    city: str
    lines: tuple[str, ...]


class LinesUsedUpError(ValueError):
    """There are not so many distinct lines. Ask for fewer turns, or add held-out lines."""


def read_held_out(nlu: Path) -> list[HeldOut]:
    """Read the held-out lines of all services."""
    found: list[HeldOut] = []
    for path in sorted(nlu.glob("*/tests/held_out.jsonl")):
        for raw in path.read_text(encoding="utf-8").splitlines():
            line = json.loads(raw)
            spans = tuple(sorted((one["entity"], one["start"], one["end"]) for one in line["entities"]))
            found.append(HeldOut(line["text"], line["intent"], line["lang"], spans))
    return found


def read_places(data: Path) -> list[Place]:
    """Read what the pretend cities in `sandbox/data` have."""
    return [_place(folder) for folder in sorted(data.iterdir()) if (folder / "bus.yml").exists()]


class Speaker:
    """Makes scripts; never says the same line twice, and makes the same scripts each time."""

    def __init__(self, held_out: Sequence[HeldOut], places: Sequence[Place]) -> None:
        self._random = Random(SEED)
        self._by_kind = {kind: [line for line in held_out if line.kind == kind] for kind in dict.fromkeys(SHAPE)}
        empty = [" ".join((intent, *entities)) for (intent, entities), lines in self._by_kind.items() if not lines]
        if empty:
            raise LinesUsedUpError(f"There is no held-out line of: {', '.join(empty)}.")
        # a car of each city, then the next car of each
        self._residents = cycle([resident for cars in zip(*map(_residents, places), strict=False) for resident in cars])
        self.cities = len(places)
        self._said: set[str] = set()

    def script(self, turns: int) -> Script:
        """What the next resident says: the shape again and again.

        Raises:
            LinesUsedUpError: a kind of line has no more variants.
        """
        place, vehicle = next(self._residents)
        kinds = islice(cycle(SHAPE), turns)
        return Script(place.city, tuple(self._line(kind, place, vehicle) for kind in kinds))

    def scripts(self, count: int, turns: int) -> list[Script]:
        """What the next `count` residents say."""
        return [self.script(turns) for _ in range(count)]

    def _line(self, kind: tuple[str, tuple[str, ...]], place: Place, vehicle: tuple[str, str]) -> str:
        for _ in range(TRIES):
            line = self._random.choice(self._by_kind[kind])
            said = dressed(self._random, _with_values(line, self._values(place, vehicle, line.lang)), line.lang)
            if said not in self._said:
                self._said.add(said)
                return said
        raise LinesUsedUpError(f"Lines of {kind[0]} with {', '.join(kind[1]) or 'no values'} are used up.")

    def _values(self, place: Place, vehicle: tuple[str, str], lang: str) -> dict[str, str]:
        stop = self._random.choice(place.stops)
        return {
            "plate": vehicle[0],
            "vin_last6": vehicle[1],
            "bus_line": self._random.choice(place.lines),
            "stop": stop[1] if lang == "en" else stop[0],
        }


def dressed(lot: Random, text: str, lang: str) -> str:
    """A line with what people say before and after it, drawn by lot."""
    words = "en" if lang == "en" else "zh"
    return f"{lot.choice(_BEFORE[words])}{text}{lot.choice(_AFTER[words])}"


def _with_values(line: HeldOut, values: dict[str, str]) -> str:
    text = line.text
    for entity, start, end in sorted(line.spans, key=lambda span: -span[1]):
        text = text[:start] + values[entity] + text[end:]
    return text


def _place(folder: Path) -> Place:
    police = _read(folder / "traffic_police.yml")
    bus = _read(folder / "bus.yml")
    return Place(
        city=folder.name,
        vehicles=[(one["plate"], one["vin"][-6:]) for one in police["vehicles"]],
        stops=[(stop[0], stop[1]) for stop in bus["stops"]],
        lines=[str(line["line"]) for line in bus["lines"]],
    )


def _residents(place: Place) -> Iterator[tuple[Place, tuple[str, str]]]:
    yield from ((place, vehicle) for vehicle in place.vehicles)


def _read(path: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))
