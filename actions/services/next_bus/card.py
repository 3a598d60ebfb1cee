"""The board of a stop as a card: what the text says, in pieces that a page can show large, and a drawing beside it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

from pydantic import JsonValue

from actions.services.next_bus.replies import BoardTexts, lines_of, name, source_of
from actions.services.next_bus.shown import Shown
from actions.transit.around import Drawing, Mark, drawing
from actions.transit.board import Arrival, Source
from actions.transit.buses import View
from actions.transit.network import Line, Place
from desk.contract.board import Around, Board, Coming, Spot, StopAsked, Way
from desk.contract.messages import Button, Card, Row, Text

MOST_LINES = 40
_SOURCES: dict[Source, Literal["live", "estimate", "timetable"]] = {
    Source.LIVE: "live",
    Source.ESTIMATE: "estimate",
    Source.TIMETABLE: "timetable",
}


def asked_for(view: View, place: Place, lines: Sequence[Line], towards: Place | None) -> StopAsked:
    """Whose board it is, as it is asked for anew."""
    keys, goal = [line.key for line in lines[:MOST_LINES]], None if towards is None else towards.key
    return StopAsked(city=view.city, stop=place.key, lines=keys, towards=goal)


def card_of(board: Board, lead: Text) -> Card:
    """The card of a board; its rows are for pages that draw no boards."""
    rows = [
        Row(
            label=Text(key="next_bus.board_row", args={"line": _nested(way.line), "towards": _nested(way.towards)}),
            value=Text(
                key="next_bus.answer", args={"parts": lines_of([*(bus.said for bus in way.coming), *way.remarks])}
            ),
        )
        for way in board.ways
    ]
    if board.notes:
        said = Text(key="next_bus.answer", args={"parts": lines_of(board.notes)})
        rows.append(Row(label=Text(key="next_bus.board_note"), value=said))
    return Card(kind="board", title=lead, rows=rows, board=board)


def board_of(
    asked: StopAsked,
    place: Place,
    lines: Sequence[Line],
    ways: Sequence[Shown],
    notes: Sequence[Text],
    view: View,
    again: Button | None = None,
) -> Board:
    """The board of a stop.

    Args:
        asked: whose board it is, as it is asked for anew.
        lines: whose ways are drawn: those asked for, or all at the stop.
        ways: what is shown, as the text says it.
        notes: what else is to be known.
        again: the button that asks the same again.
    """
    texts = BoardTexts(place, view.now)
    none = [] if any(way.buses for way in ways) else [Text(key="next_bus.none_planned")]
    return Board(
        asked=asked,
        name=Text(key="next_bus.name", args={"name": name(place.names)}),
        at=datetime.fromtimestamp(view.now, UTC).astimezone(lines[0].routes[0].zone if lines else UTC),
        ways=[_way(way, texts) for way in ways if way.buses],
        notes=[*none, *notes],
        around=_around(drawing(view.edition.timetable, place, lines, [bus for way in ways for bus in way.buses])),
        again=None if again is None else again.payload,
    )


def _way(way: Shown, texts: BoardTexts) -> Way:
    towards = Text(key="next_bus.board_ends")
    if way.boards and way.headsign is not None:
        towards = Text(key="next_bus.board_towards", args={"headsign": name(way.headsign)})
    remarks = [Text(key="next_bus.board_gone")] if way.is_gone else []
    if way.is_last:
        remarks.append(Text(key="next_bus.no_more_after"))
    return Way(
        line=Text(key="next_bus.name", args={"name": name(way.line.names)}),
        towards=towards,
        coming=[_coming(bus, texts) for bus in way.buses],
        remarks=remarks,
    )


def _coming(bus: Arrival, texts: BoardTexts) -> Coming:
    return Coming(
        said=texts.when(bus),
        clock=texts.clock(bus),
        minutes=texts.minutes(bus),
        source=_SOURCES[bus.source],
        known=source_of(bus, with_stops=True),
    )


def _nested(text: Text) -> dict[str, JsonValue]:
    return {"text": text.model_dump()}


def _around(drawn: Drawing | None) -> Around | None:
    if drawn is None:
        return None
    return Around(
        path=drawn.path,
        here=_spot(drawn.here),
        stops=[_spot(mark) for mark in drawn.stops],
        buses=[_spot(mark) for mark in drawn.buses],
        bar=drawn.bar,
        scale=Text(key="next_bus.metres", args={"count": drawn.bar_m}),
    )


def _spot(mark: Mark) -> Spot:
    args: dict[str, JsonValue] = {} if mark.names is None else {"name": name(mark.names)}
    return Spot(x=mark.x, y=mark.y, name=Text(key="next_bus.name", args=args) if args else None, before=mark.before)
