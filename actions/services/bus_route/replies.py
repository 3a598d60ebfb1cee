"""What is said about ways: keys and arguments."""

import json
from collections.abc import Sequence
from functools import partial

from pydantic import JsonValue

from actions.services.bus_route.ends import End
from actions.services.next_bus.replies import BoardTexts, choose_stop, lines_of, listed, name
from actions.services.next_bus.replies import button as bus_button
from actions.transit.asked import KEY_SIGN
from actions.transit.board import Arrival
from actions.transit.journeys import METRES_A_SECOND, Journey, Ride
from actions.transit.network import Line, Network, Place
from desk.city.files import Agency
from desk.contract.messages import Button, Reply, Text

BUTTONS = 6
LEAST_WALK_M = 60
"""A walk that is shorter is not worth a sentence: the other side of the road."""


def end_name(end: End) -> JsonValue:
    """An argument that names one end of a way."""
    if end.place is not None:
        return name(end.place.names)
    return {"text": Text(key="bus_route.your_location").model_dump()}


def way_args(start: End, goal: End) -> dict[str, JsonValue]:
    return {"from": end_name(start), "to": end_name(goal)}


def place_button(role: str, place: Place, title: Text | None = None) -> Button:
    """A choice of a place for one end of the way."""
    payload = "/bus_route" + json.dumps({role: KEY_SIGN + place.key}, ensure_ascii=False)
    return Button(title=title or Text(key="next_bus.name", args={"name": name(place.names)}), payload=payload)


def ask(role: str, other: End | None, buttons: Sequence[Button] = ()) -> Reply:
    """The question for one end; it names the `other` one where that is known."""
    key = "bus_route.ask_from" if role == "from" else "bus_route.ask_to"
    if other is None:
        return Reply(key=key, buttons=list(buttons))
    return Reply(key=f"{key}_knowing", args={"other": end_name(other)}, buttons=list(buttons))


def unknown(said: str, near: Sequence[Place]) -> Reply:
    """There is no such place; the nearest names."""
    if not near:
        return Reply(key="next_bus.unknown_stop", args={"said": said})
    return Reply(key="next_bus.unknown_stop_near", args={"said": said, "near": listed(place.names for place in near)})


def which(role: str, places: Sequence[Place], network: Network) -> Reply:
    """Several stops share the name: choose by the lines that serve them."""
    return choose_stop(places, network, partial(place_button, role))


def same(place: End) -> Reply:
    """Beginning and end are one."""
    return Reply(key="bus_route.same_place", args={"place": end_name(place)})


def walkable(start: End, goal: End, metres: float) -> Text:
    """The way is short enough to walk."""
    args = {**way_args(start, goal), "metres": _round(metres), "count": _minutes(metres / METRES_A_SECOND)}
    return Text(key="bus_route.walkable", args=args)


def none_found(start: End, goal: End, agency: Agency) -> Reply:
    """No way with one change at most; whom to call."""
    args = {
        **way_args(start, goal),
        "agency": {"name": agency.names.model_dump(exclude_none=True)},
        "phone": agency.phone,
    }
    return Reply(key="bus_route.none_found", args=args)


def no_other(start: End, goal: End) -> Reply:
    """All ways have been named."""
    return Reply(key="bus_route.no_other", args=way_args(start, goal))


def heading(start: End, goal: End) -> Text:
    return Text(key="bus_route.heading", args=way_args(start, goal))


def journey(found: Journey, goal: End, next_bus: Arrival | None, texts: BoardTexts, number: int | None) -> list[Text]:
    """One way, a sentence a line: what it is, each walk and ride, and when the first bus comes."""
    summary = _summary(found)
    if number is not None:
        summary = Text(key="bus_route.option", args={"number": number, "summary": _nest(summary)})
    parts = [summary]
    for walk, ride in zip(found.walks, found.rides, strict=False):
        if walk >= LEAST_WALK_M:
            args: dict[str, JsonValue] = {"metres": _round(walk), "place": name(ride.board.names)}
            parts.append(Text(key="bus_route.walk", args=args))
        parts.append(_leg(ride))
    if found.walks[-1] >= LEAST_WALK_M:
        args = {"metres": _round(found.walks[-1]), "place": end_name(goal)}
        parts.append(Text(key="bus_route.walk", args=args))
    first = found.rides[0]
    at: dict[str, JsonValue] = {"line": name(first.line.names), "stop": name(first.board.names)}
    if next_bus is None:
        parts.append(Text(key="bus_route.none_planned", args=at))
    else:
        key = "bus_route.first_then" if texts.later(next_bus) else "bus_route.next"
        parts.append(Text(key=key, args={**at, "when": _nest(texts.when(next_bus, with_stops=False))}))
    return parts


def journey_buttons(journeys: Sequence[Journey], *, more: bool) -> list[Button]:
    """What can be asked next: when the first buses come, other ways, and the way back."""
    firsts = {(j.rides[0].line.key, j.rides[0].board.key): j.rides[0] for j in journeys}
    buttons = [
        bus_button("bus_route.when_button", {"line": name(ride.line.names)}, stop=ride.board, line=ride.line)
        for ride in firsts.values()
    ]
    if more:
        buttons.append(Button(title=Text(key="bus_route.more_button"), payload='/bus_route{"way": "other"}'))
    buttons.append(Button(title=Text(key="bus_route.back_button"), payload='/bus_route{"way": "back"}'))
    return buttons


def answer(parts: Sequence[Text], buttons: Sequence[Button] = ()) -> Reply:
    """One message of several lines."""
    return Reply(key="next_bus.answer", args={"parts": lines_of(parts)}, buttons=list(buttons))


def line_button(line: Line) -> Button:
    """A choice of a line."""
    payload = "/bus_route" + json.dumps({"bus_line": line.routes[0].short or line.routes[0].long}, ensure_ascii=False)
    return Button(title=Text(key="next_bus.name", args={"name": name(line.names)}), payload=payload)


def _summary(found: Journey) -> Text:
    minutes = _minutes(found.seconds)
    if found.direct:
        return Text(key="bus_route.direct", args={"line": name(found.rides[0].line.names), "count": minutes})
    one, two = found.rides[0].line, found.rides[1].line
    return Text(key="bus_route.change", args={"first": name(one.names), "second": name(two.names), "count": minutes})


def _leg(ride: Ride) -> Text:
    args: dict[str, JsonValue] = {
        "line": name(ride.line.names),
        "headsign": name(ride.headsign),
        "board": name(ride.board.names),
        "alight": name(ride.alight.names),
        "count": ride.stops,
        "minutes": _minutes(ride.seconds),
    }
    return Text(key="bus_route.leg", args=args)


def _minutes(seconds: float) -> int:
    return max(1, round(seconds / 60))


def _round(metres: float) -> int:
    return max(10, int(round(metres, -1)))


def _nest(text: Text) -> dict[str, JsonValue]:
    return {"text": text.model_dump()}
