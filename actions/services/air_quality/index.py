"""The air quality index after HJ 633-2012, of means of one hour.

The standard is the Technical Regulation on Ambient Air Quality Index (AQI). Its table 1 gives no breakpoints for
particles of one hour: those of 24 hours serve, as in the hourly reports of the national network.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

INDICES = (0, 50, 100, 150, 200, 300, 400, 500)
BREAKPOINTS: Mapping[str, tuple[float, ...]] = {
    "so2": (0, 150, 500, 650, 800),  # above 800 by the mean of 24 hours only
    "no2": (0, 100, 200, 700, 1200, 2340, 3090, 3840),
    "pm10": (0, 50, 150, 250, 350, 420, 500, 600),
    "co": (0, 5, 10, 35, 60, 90, 120, 150),  # mg/m³
    "o3": (0, 160, 200, 300, 400, 800, 1000, 1200),
    "pm25": (0, 35, 75, 115, 150, 250, 350, 500),
}
"""Concentrations at which the sub-index is that of INDICES; µg/m³ but for carbon monoxide."""
NAMED_FROM = 50
"""Above this index the pollutants of the highest sub-index are the primary ones."""


class Level(IntEnum):
    """The six levels of table 2; the value is the standard's number."""

    EXCELLENT = 1
    GOOD = 2
    LIGHT = 3
    MODERATE = 4
    HEAVY = 5
    SEVERE = 6


@dataclass(frozen=True, slots=True)
class AirIndex:
    """The index, its level, and the primary pollutants (none up to 50; several if they share the highest)."""

    value: int
    level: Level
    primary: tuple[str, ...]


def sub_index(pollutant: str, concentration: float) -> int | None:
    """Give a pollutant's index: linear between breakpoints, rounded up. None where the standard gives none.

    Beyond the last breakpoint it is 500, the end of the scale.
    """
    points = BREAKPOINTS[pollutant]
    if concentration > points[-1]:
        return INDICES[-1] if len(points) == len(INDICES) else None
    upper = next(place for place in range(1, len(points)) if concentration <= points[place])
    low, high = points[upper - 1], points[upper]
    exact = (INDICES[upper] - INDICES[upper - 1]) / (high - low) * (concentration - low) + INDICES[upper - 1]
    return math.ceil(round(exact, 6))


def air_index(concentrations: Mapping[str, float]) -> AirIndex | None:
    """Give the index of what was measured: the highest sub-index. None if nothing that counts was measured."""
    found = {name: sub_index(name, value) for name, value in concentrations.items()}
    indices = {name: index for name, index in found.items() if index is not None}
    if not indices:
        return None
    highest = max(indices.values())
    primary = tuple(name for name in BREAKPOINTS if indices.get(name) == highest) if highest > NAMED_FROM else ()
    return AirIndex(highest, level_of(highest), primary)


def level_of(index: int) -> Level:
    """Give the level of an index."""
    ends = ((50, Level.EXCELLENT), (100, Level.GOOD), (150, Level.LIGHT), (200, Level.MODERATE), (300, Level.HEAVY))
    return next((level for end, level in ends if index <= end), Level.SEVERE)
