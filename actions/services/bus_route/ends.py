"""Where a way begins or ends: a place of the timetable, or a shared location."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pydantic import JsonValue

from actions.dialogue.state.session import Frame
from actions.transit.buses import View
from actions.transit.geo import distance_m
from actions.transit.network import Line, Network, Place

DECIMALS = 4
"""Of degrees that are kept of a shared location: some ten metres."""


@dataclass(frozen=True, slots=True)
class End:
    """One end of a way: `place`, or a point (WGS 84)."""

    place: Place | None = None
    lat: float = 0.0
    lon: float = 0.0

    @staticmethod
    def at(lat: float, lon: float) -> "End":
        return End(None, round(lat, DECIMALS), round(lon, DECIMALS))

    @staticmethod
    def read(value: JsonValue, network: Network) -> "End | None":
        """Read what `to_json` wrote, or a stop's key; a place that the timetable no longer has is forgotten."""
        match value:
            case {"place": str(key)} | str(key):
                place = network.place_of_key.get(key)
                return None if place is None else End(place)
            case {"lat": float(lat), "lon": float(lon)}:
                return End(None, lat, lon)
        return None

    def to_json(self) -> JsonValue:
        return {"lat": self.lat, "lon": self.lon} if self.place is None else {"place": self.place.key}

    def around(self, view: View) -> dict[str, float]:
        """Places in walking distance, with metres, by key."""
        index = view.edition.journeys
        return index.around_point(self.lat, self.lon) if self.place is None else index.around(self.place)

    def metres_to(self, other: "End") -> float:
        """As the crow flies, between the nearest platforms."""
        if self.place is None:
            if other.place is None:
                return distance_m(self.lat, self.lon, other.lat, other.lon)
            return other.place.distance_m(self.lat, self.lon)
        if other.place is None:
            return self.place.distance_m(other.lat, other.lon)
        return min(self.place.distance_m(stop.lat, stop.lon) for stop in other.place.platforms)


@dataclass(frozen=True, slots=True)
class Way:
    """The way that is talked about, as far as it is known: kept in the frame's values between turns."""

    start: End | None = None
    goal: End | None = None
    lines: tuple[Line, ...] = ()  # that the resident wants to use

    @staticmethod
    def of(frame: Frame, network: Network) -> "Way":
        keys = frame.values.get("lines")
        lines = [network.line_of_key.get(str(key)) for key in keys] if isinstance(keys, list) else []
        return Way(
            End.read(frame.values.get("from"), network),
            End.read(frame.values.get("to"), network),
            tuple(line for line in lines if line is not None),
        )

    def values(self) -> Mapping[str, JsonValue]:
        kept: dict[str, JsonValue] = {}
        if self.start is not None:
            kept["from"] = self.start.to_json()
        if self.goal is not None:
            kept["to"] = self.goal.to_json()
        if self.lines:
            kept["lines"] = [line.key for line in self.lines]
        return kept

    def onwards(self) -> "Way":
        """From where it ends, by any line; where to is not known yet."""
        return Way(start=self.goal)

    def back(self) -> "Way":
        """The same in the other direction, by any line."""
        return replace(self, start=self.goal, goal=self.start, lines=())
