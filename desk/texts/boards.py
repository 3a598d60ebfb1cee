"""The board of a stop in the resident's language. Pure."""

from collections.abc import Callable

from desk.contract.board import Around, Board, Coming, Spot, Way
from desk.contract.rendered import RenderedAround, RenderedBoard, RenderedComing, RenderedSpot, RenderedWay
from desk.contract.text import Text
from desk.contract.wire import Locale

type Say = Callable[[Text], str]


def rendered_board(board: Board, locale: Locale, say: Say) -> RenderedBoard:
    """Say a board; whatever `say` raises where a text cannot be said."""
    return RenderedBoard(
        asked=board.asked,
        name=say(board.name),
        at=board.at,
        locale=locale,
        ways=[_way(way, say) for way in board.ways],
        notes=[say(note) for note in board.notes],
        around=None if board.around is None else _around(board.around, say),
        again=board.again,
    )


def _way(way: Way, say: Say) -> RenderedWay:
    return RenderedWay(
        line=say(way.line),
        towards=say(way.towards),
        coming=[_coming(bus, say) for bus in way.coming],
        remarks=[say(remark) for remark in way.remarks],
    )


def _coming(bus: Coming, say: Say) -> RenderedComing:
    return RenderedComing(
        said=say(bus.said), clock=say(bus.clock), minutes=bus.minutes, source=bus.source, known=say(bus.known)
    )


def _around(drawn: Around, say: Say) -> RenderedAround:
    return RenderedAround(
        path=drawn.path,
        here=_spot(drawn.here, say),
        stops=[_spot(stop, say) for stop in drawn.stops],
        buses=[_spot(bus, say) for bus in drawn.buses],
        bar=drawn.bar,
        scale=say(drawn.scale),
    )


def _spot(spot: Spot, say: Say) -> RenderedSpot:
    return RenderedSpot(x=spot.x, y=spot.y, name=None if spot.name is None else say(spot.name), before=spot.before)
