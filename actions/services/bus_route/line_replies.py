"""What is said about a line: its stops, whether it stops somewhere, the lines of a stop."""

from collections.abc import Sequence

from pydantic import JsonValue

from actions.services.bus_route import replies
from actions.services.next_bus.hours import line_hours, when_button
from actions.services.next_bus.replies import button as bus_button
from actions.services.next_bus.replies import listed, name
from actions.services.next_bus.replies import not_served as not_served_reply
from actions.transit.buses import View
from actions.transit.journeys import Pathway
from actions.transit.network import Line, Place
from desk.contract.messages import Button, Reply, Text

LINES_IN_FULL = 12
"""So many lines of a stop are named with where they go; further ones by number."""


def stops_of(line: Line, view: View) -> Reply:
    """All stops of a line, in both directions where they differ, and its first and last buses."""
    parts: list[Text] = []
    ways = _directions(view.edition.journeys.of_line(line))
    for way in ways:
        args: dict[str, JsonValue] = {
            "line": name(line.names),
            "first": name(way.places[0].names),
            "last": name(way.places[-1].names),
            "count": len(way.places),
            "stops": listed((place.names for place in way.places), "and"),
        }
        parts.append(Text(key="bus_route.stops", args=args))
    if len(ways) == 1 and _runs_back(ways[0], view):
        parts.append(Text(key="bus_route.same_back"))
    parts += line_hours(line, None, view)
    return replies.answer(parts, _buttons(line, ways))


def serves(line: Line, place: Place, view: View) -> Reply:
    """Whether a line stops at a place; if so towards where, and the first and last bus there."""
    if line.key not in place.lines:
        network, spot = view.network, place.platforms[0]
        stops = sorted(
            (p for p in network.places if line.key in p.lines), key=lambda p: p.distance_m(spot.lat, spot.lon)
        )
        return not_served_reply([line], place, network.lines_at(place), stops[:3])
    args: dict[str, JsonValue] = {"line": name(line.names), "stop": name(place.names)}
    parts = [Text(key="bus_route.serves", args=args)]
    parts += line_hours(line, place, view)
    return replies.answer(parts, [when_button(line, place)])


def lines_at(place: Place, view: View) -> Reply:
    """The lines that stop at a place, with where they run."""
    lines = view.network.lines_at(place)
    rows: list[JsonValue] = []
    for line in lines[:LINES_IN_FULL]:
        way = view.edition.journeys.of_line(line)[0]
        ends: dict[str, JsonValue] = {"first": name(way.places[0].names), "last": name(way.places[-1].names)}
        rows.append(Text(key="bus_route.line_row", args={"line": name(line.names), **ends}).model_dump())
    head: dict[str, JsonValue] = {"stop": name(place.names), "count": len(lines)}
    parts = [Text(key="bus_route.lines_at", args={**head, "lines": {"items": rows, "join": "lines"}})]
    if rest := lines[LINES_IN_FULL:]:
        parts.append(Text(key="bus_route.lines_more", args={"lines": listed((line.names for line in rest), "and")}))
    return replies.answer(parts, [replies.line_button(line) for line in lines[: replies.BUTTONS]])


def _directions(ways: Sequence[Pathway]) -> list[Pathway]:
    """The commonest pathway, and the commonest that runs the other way unless it has the same stops."""
    first = ways[0]
    ends = (first.places[-1].key, first.places[0].key)
    others = [way for way in ways[1:] if (way.places[0].key, way.places[-1].key) == ends and ends[0] != ends[1]]
    same = [place.key for place in first.places][::-1]
    return [first, *[way for way in others[:1] if [place.key for place in way.places] != same]]


def _runs_back(way: Pathway, view: View) -> bool:
    same = [place.key for place in way.places][::-1]
    others = view.edition.journeys.of_line(way.line)
    return way.places[0].key != way.places[-1].key and any([p.key for p in o.places] == same for o in others)


def _buttons(line: Line, ways: Sequence[Pathway]) -> list[Button]:
    ends = {place.key: place for way in ways for place in (way.places[0], way.places[-1])}
    return [
        bus_button("bus_route.when_at_button", {"stop": name(place.names)}, stop=place, line=line)
        for place in ends.values()
    ]
