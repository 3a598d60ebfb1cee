"""A ride of a pretend city that leads on foot to where no other line goes: what the facts say of journeys."""

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.ports import UsedUpError
from sandbox.transit.geometry import distance_metres
from sandbox.transit.network import Line, Network, Stop

NEAR_METRES = 650  # around both ends no other line may go directly; more than residents walk
WALKED_METRES = (150, 570)  # from where one gets off to where one goes
LEAST_STOPS = 3  # of the ride


@dataclass(frozen=True)
class Journey:
    """From `start` by `line`, the only direct one, to `alight`, and on foot to `goal`, where the line does not stop."""

    start: Stop
    goal: Stop
    line: Line
    alight: Stop


def only_direct(city: Network, *, without_stop: Stop, without_lines: list[Line]) -> Journey:
    """The first such journey by a line with a plain number that runs round the clock.

    Raises:
        UsedUpError: there is none.
    """
    runs = [(line, [one.stop for one in way.platforms]) for line in city.lines.values() for way in line.patterns]
    served = {stop.key: stop for _, stops in runs for stop in stops}.values()
    near = {stop: [one for one in served if distance_metres(stop.at, one.at) <= NEAR_METRES] for stop in served}
    for line, stops in runs:
        if not (line.round_the_clock and line.data.line.isdigit()) or line.data in [one.data for one in without_lines]:
            continue
        for index, alight in enumerate(stops):
            for goal in _walked_to(alight, stops, near[alight]):
                for start in stops[: max(0, index - LEAST_STOPS + 1)]:
                    taken = any(stop == without_stop or stop.zh.endswith("站") for stop in (start, alight, goal))
                    if not taken and _direct(runs, near[start], near[goal]) == {line.data.line}:
                        return Journey(start, goal, line, alight)
    raise UsedUpError("No place is reached by one line round the clock only, and on foot: add one to bus.yml.")


def _walked_to(alight: Stop, stops: list[Stop], near: list[Stop]) -> Iterator[Stop]:
    """Places that are walked to from here, and from no other stop of the line."""
    for goal in near:
        reached = [stop for stop in stops if distance_metres(stop.at, goal.at) <= NEAR_METRES]
        least, most = WALKED_METRES
        if goal not in stops and reached == [alight] and least <= distance_metres(alight.at, goal.at) <= most:
            yield goal


def _direct(runs: list[tuple[Line, list[Stop]]], starts: list[Stop], goals: list[Stop]) -> set[str]:
    """Names of the lines that go from any of some stops to any of others."""
    found = set()
    for line, stops in runs:
        first = next((index for index, stop in enumerate(stops) if stop in starts), len(stops))
        if any(stop in goals for stop in stops[first + 1 :]):
            found.add(line.data.line)
    return found
