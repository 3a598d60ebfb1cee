"""The board of a stop as it is told, and told again without a dialogue. Runs in a thread: no awaiting here."""

from collections.abc import Sequence
from datetime import UTC, datetime

from actions.services.next_bus import card, shown
from actions.services.next_bus.replies import BoardTexts, board_buttons, health, notices
from actions.transit.board import Board
from actions.transit.buses import View
from actions.transit.network import Line, Place
from desk.contract.board import Board as ShownBoard
from desk.contract.board import StopAsked
from desk.contract.messages import Text

LINES_IN_FULL = 2
"""With more lines than these each has one row, as for a stop alone."""


def told(
    board: Board, lines: Sequence[Line], towards: Place | None, texts: BoardTexts, now: int
) -> tuple[list[shown.Shown], list[Text]]:
    """What is shown of a board, and how it is said: of one or two lines in full, else a row each."""
    if 0 < len(lines) <= LINES_IN_FULL:
        ways = shown.of_lines(lines, board, now)
        return ways, texts.of_lines(ways, towards)
    ways = shown.of_all(board, now)
    return ways, texts.of_all(ways, towards)


def notes(board: Board, place: Place, lines: tuple[Line, ...], view: View) -> list[Text]:
    """What else is to be known: buses that do not come, how far the sources are believed, notices."""
    missing = BoardTexts(place, view.now).missing(board.missing, board.arrivals)
    return [*missing, *caveats(view, board.arrivals != ()), *notices(view.alerts(place, lines))]


def caveats(view: View, any_bus: bool) -> list[Text]:
    """What is to be known of the sources: live feeds that are not fresh, a timetable that has run out."""
    last_day = view.edition.timetable.last_day()
    zone = next(iter(view.network.routes.values())).zone
    if (
        not any_bus
        and last_day is not None
        and last_day < datetime.fromtimestamp(view.now, UTC).astimezone(zone).date()
    ):
        return [Text(key="next_bus.timetable_expired", args={"day": {"date": last_day.isoformat()}})]
    return health(view.health)


def asked_anew(asked: StopAsked, view: View) -> ShownBoard | None:
    """The board of a stop as it is now; None: the timetable has no such stop, or none of the lines stops there."""
    network = view.network
    place = network.place_of_key.get(asked.stop)
    towards = None if asked.towards is None else network.place_of_key.get(asked.towards)
    if place is None or (towards is None) != (asked.towards is None):
        return None
    known = (network.line_of_key.get(key) for key in asked.lines)
    lines = tuple(line for line in known if line is not None and line.key in place.lines)
    if asked.lines and not lines:
        return None
    board = view.board(place, lines, towards)
    ways, _ = told(board, lines, towards, BoardTexts(place, view.now), view.now)
    all_lines = lines or network.lines_at(place)
    again = board_buttons(place, lines, ())[0] if len(lines) == 1 else None
    return card.board_of(asked, place, all_lines, ways, notes(board, place, all_lines, view), view, again)
