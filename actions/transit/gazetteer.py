"""Where something is that a resident names: a stop or station of the city's timetable."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from actions.transit.buses import CityBuses
from actions.transit.naming import Names
from actions.transit.network import Place
from desk.contract.grid import cell_at


@dataclass(frozen=True, slots=True)
class KnownPlace:
    """A place by its names, and the square of the grid in which it lies."""

    names: Names
    cell: int


@dataclass(frozen=True, slots=True)
class Named:
    """What a name may mean. `sure`: one of these is; else they are only called nearly so."""

    sure: bool
    places: tuple[KnownPlace, ...]


@dataclass(frozen=True)
class Gazetteer:
    """Finds places by name, by city; a city without a timetable knows none."""

    buses: Mapping[str, CityBuses] = field(default_factory=dict)

    def find(self, city: str, written: str) -> Named:
        """What a name means that stands alone."""
        buses = self.buses.get(city)
        edition = None if buses is None else buses.edition
        if edition is None or not written.strip():
            return Named(False, ())
        found = edition.stops.find(written)
        known = {one.cell: one for one in map(_known, found.places)}  # several platforms of a name may share a square
        return Named(found.sure, tuple(known.values()))


def _known(place: Place) -> KnownPlace:
    stop = place.platforms[0]
    return KnownPlace(place.names, cell_at(stop.lat, stop.lon))
