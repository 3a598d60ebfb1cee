"""Which buses of a board are shown, in the text and on its card alike. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from actions.transit.board import Arrival, Board
from actions.transit.naming import Names
from actions.transit.network import Line

BUSES_A_DIRECTION = 3
ROWS_AT_STOP = 8
CLOCK_ONLY_SECONDS = 90 * 60
"""From here on minutes say less than the clock."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A line in one direction, and its buses that are shown; without a headsign none are planned.

    `is_gone`: none comes for now, and the one that is shown is the first of another day, or far off. `is_last`: none
    comes after these for now.
    """

    line: Line
    headsign: Names | None
    buses: tuple[Arrival, ...]
    boards: bool = True
    is_gone: bool = False
    is_last: bool = False


def of_lines(lines: Sequence[Line], board: Board, now: int) -> list[Shown]:
    """The next three buses of one or a few lines, by direction."""
    ways: list[Shown] = []
    for line in lines:
        mine = [arrival for arrival in board.arrivals if arrival.line.key == line.key]
        if not mine:
            ways.append(Shown(line, None, ()))
        for arrivals in _by_way(mine):
            soon = [arrival for arrival in arrivals if not is_later(arrival, now)]
            shown = soon[:BUSES_A_DIRECTION] or arrivals[:1]
            few = 0 < len(soon) < BUSES_A_DIRECTION
            first = arrivals[0]
            ways.append(Shown(line, first.headsign, tuple(shown), first.boards, not soon, few))
    return ways


def of_all(board: Board, now: int) -> list[Shown]:
    """The next bus of each line and direction, the soonest first."""
    firsts = [arrivals[0] for arrivals in _by_line_and_way(board.arrivals)]
    running = [arrival for arrival in firsts if not is_later(arrival, now)]
    return [
        Shown(one.line, one.headsign, (one,), one.boards, is_gone=not running)
        for one in (running or firsts)[:ROWS_AT_STOP]
    ]


def located(board: Board, lines: Sequence[Line]) -> list[Shown]:
    """The bus of each line and direction of which is known where it is; if that is known of none, the next ones."""
    wanted = {line.key for line in lines}
    ways = _by_line_and_way(arrival for arrival in board.arrivals if arrival.line.key in wanted)
    buses = [next((one for one in arrivals if one.at_stop is not None), arrivals[0]) for arrivals in ways]
    known = [bus for bus in buses if bus.at_stop is not None]
    shown = (known or buses)[:ROWS_AT_STOP] if len(lines) > 1 else buses
    return [Shown(bus.line, bus.headsign, (bus,), bus.boards) for bus in shown]


def is_later(arrival: Arrival, now: int) -> bool:
    """Whether service pauses before this bus: it is the first of another day, or far off."""
    wait = arrival.arrival - now
    another_day = day_of(arrival.line, arrival.arrival) != day_of(arrival.line, now)
    return wait > 3 * 3600 or (another_day and wait > CLOCK_ONLY_SECONDS)


def local(line: Line, moment: int) -> datetime:
    """A moment by the clock of a line."""
    return datetime.fromtimestamp(moment, UTC).astimezone(line.routes[0].zone)


def day_of(line: Line, moment: int) -> date:
    """The day by it."""
    return local(line, moment).date()


def _by_way(arrivals: Iterable[Arrival]) -> list[list[Arrival]]:
    ways: dict[tuple[str, bool], list[Arrival]] = {}
    for arrival in arrivals:
        ways.setdefault((arrival.headsign["zh_Hans"], arrival.boards), []).append(arrival)
    return list(ways.values())


def _by_line_and_way(arrivals: Iterable[Arrival]) -> list[list[Arrival]]:
    ways: dict[tuple[str, str], list[Arrival]] = {}
    for arrival in arrivals:
        ways.setdefault((arrival.line.key, arrival.headsign["zh_Hans"]), []).append(arrival)
    return list(ways.values())
