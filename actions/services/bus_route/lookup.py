"""One question about ways or lines: from what was said and what is remembered to an answer, or to what is missing.

Runs in a thread: no awaiting here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import JsonValue

from actions.dialogue.ports import Step
from actions.dialogue.state.session import Frame, Question
from actions.dialogue.state.turn import Turn
from actions.services.bus_route import line_replies, replies
from actions.services.bus_route.asked import Asked, Unknown, begins, read, read_name
from actions.services.bus_route.ends import End, Way
from actions.services.bus_route.finding import SHOWN, Found, find
from actions.services.bus_route.wishes import Matter, Wish, matter_of, wish_of
from actions.services.next_bus import replies as bus_replies
from actions.services.next_bus.hours import hours_reply
from actions.services.next_bus.lookup import board_of
from actions.transit.board import Arrival
from actions.transit.buses import View
from actions.transit.journeys import WALK_M, Journey
from actions.transit.metro import lacking
from actions.transit.network import Line, Network, Place
from desk.contract.datum import gcj02_to_wgs84
from desk.contract.messages import Button, Reply, Text

SAME_M = 60.0
"""Two ends so near are one."""
WALKABLE_M = 800.0
"""A way that is walked in about as long as a bus is waited for."""
FAR_M = 20_000.0
NEAR_STOPS = 4
NO_NAMES = frozenset({"affirm", "deny", "bus_route", "go_back"})
"""Intents of sentences that are no name of a place, not even a wrong one."""

type Ends = dict[str, tuple[Place, ...] | Unknown]


def answer(turn: Turn, frame: Frame, view: View) -> Step:
    """Answer one turn."""
    if (lacks := lacking(turn, frame.service, view.network)) is not None:
        named = _ends(read(view.edition, turn), Way(), None)
        return replace(lacks, values=_named_surely(named).values())
    way = Way.of(frame, view.network)
    if turn.kind == "location" and turn.location is not None:
        return _at_location(turn, frame, way, view)
    wish = Wish(turn.first("way")) if turn.first("way") in ("other", "back") else wish_of(turn.text)
    if way.start is not None and way.goal is not None:
        if wish is Wish.BACK:
            return _way(way.back(), turn, view)
        if wish is Wish.OTHER:
            return _way(way, turn, view, after=offset_of(frame), shown=frame.shown)
    asked = read(view.edition, turn)
    legs = legs_of(frame, view.network)
    if legs and (wish is Wish.WHEN or (turn.intent == "next_bus" and asked.lines)):
        return _when(legs, asked.lines, frame, view)
    if (about := _about_lines(turn, asked, legs, view)) is not None:
        return Step((about,), frame.values, frame.shown, frame.question, finished=frame.question is None)
    if asked.onwards and way.goal is not None and frame.finished:
        way = way.onwards()
    asks_for = frame.question.asks_for if frame.question is not None else None
    names = turn.kind == "text" and turn.intent not in NO_NAMES
    if names and asks_for in ("from", "to") and not asked.says_anything:
        asked = _alone(asked, view, turn.text[:100])
    return _taken(way, _ends(asked, way, asks_for), asked.lines, turn, view)


def _named_surely(ends: Ends) -> Way:
    """The ends of a way that are known places, each of one name."""
    known = {role: End(one[0]) for role, one in ends.items() if isinstance(one, tuple) and len(one) == 1}
    return Way(known.get("from"), known.get("to"))


def _alone(asked: Asked, view: View, text: str) -> Asked:
    """A message that is nothing but a name; one that begins with "from" is the beginning, whatever was asked."""
    named = read_name(view.edition, text)
    return replace(asked, start=named) if begins(text) else replace(asked, somewhere=named)


def legs_of(frame: Frame, network: Network) -> list[tuple[Line, Place, Place]]:
    """The first rides of the ways that were shown last: line, where it is boarded, where it is left."""
    shown = frame.shown.get("legs")
    legs = []
    for leg in shown if isinstance(shown, list) else []:
        if isinstance(leg, dict):
            line = network.line_of_key.get(str(leg.get("line")))
            stop, towards = (network.place_of_key.get(str(leg.get(end))) for end in ("stop", "towards"))
            if line is not None and stop is not None and towards is not None:
                legs.append((line, stop, towards))
    return legs


def offset_of(frame: Frame) -> int:
    """How many ways have been shown."""
    offset = frame.shown.get("offset")
    return offset if isinstance(offset, int) else 0


def _ends(asked: Asked, way: Way, asks_for: str | None) -> Ends:
    ends: Ends = {}
    if asked.start is not None:
        ends["from"] = asked.start
    if asked.goal is not None:
        ends["to"] = asked.goal
    if asked.somewhere is not None:
        start = way.start.place.key if way.start is not None and way.start.place is not None else None
        role = asks_for if asks_for in ("from", "to") else "from" if start in asked.rejected else "to"
        ends.setdefault(role, asked.somewhere)
    return ends


def _taken(way: Way, ends: Ends, lines: tuple[Line, ...], turn: Turn, view: View) -> Step:
    """Take what was named; ask where a name is unknown or shared by several stops."""
    unclear: list[str] = []
    if lines or ends:
        way = replace(way, lines=lines)
    for role, named in ends.items():
        end = End(named[0]) if isinstance(named, tuple) and len(named) == 1 else None
        way = replace(way, start=end) if role == "from" else replace(way, goal=end)
        if end is None:
            unclear.append(role)
    if not unclear:
        return _way(way, turn, view)
    role = unclear[0]
    named = ends[role]
    if isinstance(named, tuple):
        return Step(values=way.values(), question=Question(role, replies.which(role, named, view.network)))
    buttons = [replies.place_button(role, place) for place in named.near]
    said = (replies.unknown(named.said, named.near),)
    return Step(said, way.values(), question=_question(role, way, buttons))


def _question(role: str, way: Way, buttons: Sequence[Button] = ()) -> Question:
    other = way.goal if role == "from" else way.start
    return Question(role, replies.ask(role, other, buttons))


def _about_lines(turn: Turn, asked: Asked, legs: Sequence[tuple[Line, Place, Place]], view: View) -> Reply | None:
    """The answer to a question about a line or a stop, if it is one."""
    if asked.unknown_line is not None and not asked.lines:
        near = view.edition.lines.near(asked.unknown_line)
        said = bus_replies.unknown_line(asked.unknown_line, near)
        return Reply(key=said.key, args=said.args, buttons=[replies.line_button(line) for line in near])
    if asked.start is not None and asked.goal is not None:
        return None
    named = asked.somewhere or asked.goal or asked.start
    place = named[0] if isinstance(named, tuple) else None
    matter = matter_of(turn.text, line=bool(asked.lines or legs), stop=place is not None)
    lines = asked.lines or (tuple(line for line, _, _ in legs[:1]) if matter is Matter.HOURS else ())
    if lines and matter is Matter.HOURS:
        return hours_reply(lines, place or next((p for ln, p, _ in legs if ln == lines[0]), None), view)
    if asked.lines and isinstance(named, Unknown):
        return replies.unknown(named.said, named.near)
    if asked.lines:
        line = asked.lines[0]
        return line_replies.serves(line, place, view) if place is not None else line_replies.stops_of(line, view)
    if place is not None and asked.goal is None and matter_of(turn.text, line=False, stop=True) is Matter.LINES:
        return line_replies.lines_at(place, view)
    return None


def _when(legs: Sequence[tuple[Line, Place, Place]], lines: Sequence[Line], frame: Frame, view: View) -> Step:
    """When the first bus of a way comes: the board of its stop, as `next_bus` shows it."""
    wanted = [leg for leg in legs if leg[0] in lines] or list(legs)
    _, stop, towards = wanted[0]
    here = tuple({line.key: line for line, place, _ in wanted if place == stop}.values())
    board = board_of(stop, here, towards if len(here) == 1 else None, view)
    return Step(board.replies, frame.values, frame.shown, finished=True)


def _at_location(turn: Turn, frame: Frame, way: Way, view: View) -> Step:
    """A shared location is where the way begins, unless only its end is missing."""
    location, city = turn.location, turn.city
    assert location is not None
    lat, lon = location.lat, location.lon
    if location.datum == "gcj02":
        lat, lon = gcj02_to_wgs84(lat, lon)
    ends_here = frame.question is not None and frame.question.asks_for == "to" and way.start is not None
    role = "to" if ends_here else "from"
    if not city.bounds.contain(lat, lon):
        said = Reply(key="next_bus.outside_city", args={"city": {"name": city.names.model_dump(exclude_none=True)}})
        return Step((said,), way.values(), question=_question(role, way))
    end = End.at(lat, lon)
    if not end.around(view):
        far = view.network.near(lat, lon, FAR_M)[:NEAR_STOPS]
        buttons = [replies.place_button(role, place) for place, _ in far]
        said = bus_replies.none_near(round(WALK_M), far)
        return Step((said,), way.values(), question=_question(role, way, buttons))
    return _way(replace(way, goal=end) if ends_here else replace(way, start=end), turn, view)


def _way(way: Way, turn: Turn, view: View, *, after: int = 0, shown: Mapping[str, JsonValue] | None = None) -> Step:
    """The ways from one end to the other, or the question for the end that is missing.

    Args:
        after: how many have been shown already, with `shown`.
    """
    if way.start is None or way.goal is None:
        role = "from" if way.start is None else "to"
        return Step(values=way.values(), question=_question(role, way))
    metres = way.start.metres_to(way.goal)
    if metres <= SAME_M:
        kept = replace(way, goal=None)
        return Step((replies.same(way.goal),), kept.values(), question=_question("to", kept))
    near = metres <= WALKABLE_M
    found = find(way, view, after=after, direct_only=near)
    if after and not found.ways:
        return Step((replies.no_other(way.start, way.goal),), way.values(), shown or {}, finished=True)
    if not found.ways and not near:
        agency = turn.city.agency(turn.city.services["bus_route"].agency)
        said = replies.none_found(way.start, way.goal, agency)
        return Step((said,), way.values(), finished=True)
    parts = [replies.walkable(way.start, way.goal, metres) if near else replies.heading(way.start, way.goal)]
    return _answer(way, found, parts, view, after)


def _answer(way: Way, found: Found, parts: list[Text], view: View, after: int) -> Step:
    assert way.goal is not None
    numbered = len(found.ways) > 1 or after > 0
    for number, (journey, bus) in enumerate(found.ways, start=after + 1):
        texts = bus_replies.BoardTexts(journey.rides[0].board, view.now)
        parts += replies.journey(journey, way.goal, bus, texts, number if numbered else None)
    if found.ways:
        parts += bus_replies.health(view.health)
        parts += _notices(found.ways, view)
    journeys = [journey for journey, _ in found.ways]
    reply = replies.answer(parts, replies.journey_buttons(journeys, more=found.more))
    legs: list[JsonValue] = [
        {"line": ride.line.key, "stop": ride.board.key, "towards": ride.alight.key}
        for ride in (journey.rides[0] for journey in journeys)
    ]
    shown: dict[str, JsonValue] = {"offset": after + SHOWN, "legs": legs}
    return Step((reply,), way.values(), shown, finished=True)


def _notices(ways: Sequence[tuple[Journey, Arrival | None]], view: View) -> list[Text]:
    rides = [ride for journey, _ in ways for ride in journey.rides]
    alerts = {alert.id: alert for ride in rides for alert in view.alerts(ride.board, (ride.line,))}
    return bus_replies.notices(list(alerts.values()))
