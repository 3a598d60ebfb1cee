"""Which of the possible ways are shown, in which order, and when their first buses come."""

from collections.abc import Sequence
from dataclasses import dataclass

from actions.services.bus_route.ends import Way
from actions.services.next_bus.replies import BoardTexts
from actions.transit.board import Arrival
from actions.transit.buses import View
from actions.transit.journeys import Journey

SHOWN = 3


@dataclass(frozen=True, slots=True)
class Found:
    """Ways with the next bus of their first ride (None where none is planned); `more`: there are others."""

    ways: tuple[tuple[Journey, Arrival | None], ...]
    more: bool


def find(way: Way, view: View, *, after: int, direct_only: bool) -> Found:
    """Find the ways to show: the best that have not been shown, those that run now first."""
    assert way.start is not None
    assert way.goal is not None
    journeys = view.edition.journeys.find(way.start.around(view), way.goal.around(view))
    if direct_only:
        journeys = [one for one in journeys if one.direct and sum(one.walks) < way.start.metres_to(way.goal) / 2]
    wanted = {line.key for line in way.lines}
    if wanted:
        journeys.sort(key=lambda one: not wanted & {ride.line.key for ride in one.rides})  # stable: by cost within
    ordered = _varied(_with_direct(journeys))
    chosen = [(one, _next(one, view)) for one in ordered[after : after + SHOWN]]
    planned = [(one, bus) for one, bus in chosen if bus is not None]
    running = [(one, bus) for one, bus in planned if not _later(one, bus, view)]
    if running:  # a direct line that runs later is worth knowing; other ways that do not run now are not
        chosen = [*running, *(pair for pair in planned if pair not in running and pair[0].direct)]
    return Found(tuple(chosen if running else planned or chosen), more=len(ordered) > after + SHOWN)


def _with_direct(journeys: Sequence[Journey]) -> list[Journey]:
    """The same with the best direct one among the first that are shown: many prefer to sit longer."""
    direct = next((index for index, one in enumerate(journeys) if one.direct), None)
    if direct is None or direct < SHOWN:
        return list(journeys)
    rest = [*journeys[:direct], *journeys[direct + 1 :]]
    return [*rest[: SHOWN - 1], journeys[direct], *rest[SHOWN - 1 :]]


def _varied(journeys: Sequence[Journey]) -> list[Journey]:
    """The same, but of those that begin with one line, and of those that end with one, only the best two."""
    firsts, lasts, kept = dict[str, int](), dict[str, int](), []
    for one in journeys:
        first, last = one.rides[0].line.key, one.rides[-1].line.key
        if one.direct or (firsts.get(first, 0) < 2 and lasts.get(last, 0) < 2):
            kept.append(one)
            firsts[first], lasts[last] = firsts.get(first, 0) + 1, lasts.get(last, 0) + 1
    return kept


def _next(journey: Journey, view: View) -> Arrival | None:
    ride = journey.rides[0]
    board = view.board(ride.board, (ride.line,), ride.alight, soon=True)
    return next((arrival for arrival in board.arrivals if arrival.boards), None)


def _later(journey: Journey, bus: Arrival, view: View) -> bool:
    return BoardTexts(journey.rides[0].board, view.now).later(bus)
