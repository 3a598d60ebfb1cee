"""What is said about buses: keys and arguments."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence

from pydantic import JsonValue

from actions.services.next_bus.shown import CLOCK_ONLY_SECONDS, ROWS_AT_STOP, Shown, day_of, is_later, local
from actions.transit.asked import KEY_SIGN
from actions.transit.board import Arrival, Missing, Source
from actions.transit.live import Health
from actions.transit.naming import Names
from actions.transit.network import Line, Network, Place
from actions.transit.realtime import Alert
from desk.contract.messages import Button, Card, Reply, Text

BUTTONS = 6
SOON_SECONDS = 60

_LIVE_KEYS = {
    Source.LIVE: ("next_bus.live_stops", "next_bus.live"),
    Source.ESTIMATE: ("next_bus.estimate_stops", "next_bus.estimate"),
}


def name(names: Names) -> dict[str, JsonValue]:
    """An argument that is a name of the data."""
    return {"name": dict(names)}


def lines_of(texts: Iterable[Text]) -> dict[str, JsonValue]:
    """An argument of several lines."""
    return {"items": [text.model_dump() for text in texts], "join": "lines"}


def listed(names: Iterable[Names], join: str = "or") -> dict[str, JsonValue]:
    """An argument that lists names."""
    return {"items": [Text(key="next_bus.name", args={"name": name(one)}).model_dump() for one in names], "join": join}


def button(key: str, args: Mapping[str, JsonValue], *, stop: Place | None, line: Line | None) -> Button:
    """A choice of this service, which names stop and line exactly."""
    entities: dict[str, str] = {}
    if line is not None:
        entities["bus_line"] = line.routes[0].short or line.routes[0].long
    if stop is not None:
        entities["stop"] = KEY_SIGN + stop.key
    payload = "/next_bus" + json.dumps(entities, ensure_ascii=False)
    return Button(title=Text(key=key, args=dict(args)), payload=payload)


def stop_buttons(places: Sequence[Place], lines: Sequence[Line] = ()) -> list[Button]:
    """A button for each place; with a line where exactly one is being asked for."""
    line = lines[0] if len(lines) == 1 else None
    return [button("next_bus.name", {"name": name(p.names)}, stop=p, line=line) for p in places[:BUTTONS]]


def line_buttons(lines: Sequence[Line], place: Place) -> list[Button]:
    """A button for each line at a place."""
    return [button("next_bus.name", {"name": name(ln.names)}, stop=place, line=ln) for ln in lines[:BUTTONS]]


def ask_stop(lines: Sequence[Line], buttons: Sequence[Button] = ()) -> Reply:
    """The question for the stop."""
    if lines:
        args: dict[str, JsonValue] = {"lines": listed((line.names for line in lines), "and")}
        return Reply(key="next_bus.ask_stop_of_line", args=args, buttons=list(buttons))
    return Reply(key="next_bus.ask_stop", buttons=list(buttons))


def unknown_stop(said: str, near: Sequence[Place]) -> Reply:
    """There is no such stop; the nearest names."""
    if near:
        return Reply(
            key="next_bus.unknown_stop_near", args={"said": said, "near": listed(place.names for place in near)}
        )
    return Reply(key="next_bus.unknown_stop", args={"said": said})


def unknown_line(said: str, near: Sequence[Line]) -> Reply:
    """There is no such line; those that look like it."""
    if near:
        return Reply(key="next_bus.unknown_line_near", args={"said": said, "near": listed(line.names for line in near)})
    return Reply(key="next_bus.unknown_line", args={"said": said})


def not_served(lines: Sequence[Line], place: Place, serving: Sequence[Line], stops: Sequence[Place]) -> Reply:
    """The line does not stop there: which do, and where the line stops nearest."""
    args: dict[str, JsonValue] = {
        "lines": listed((line.names for line in lines), "and"),
        "stop": name(place.names),
        "serving": listed((line.names for line in serving), "and"),
        "stops": listed((stop.names for stop in stops), "and"),
    }
    buttons = [*line_buttons(serving[:3], place), *stop_buttons(stops[:3], lines)]
    return Reply(key="next_bus.not_served", args=args, buttons=buttons)


def line_button(line: Line) -> Button:
    """A button for a line, wherever its stop."""
    return button("next_bus.name", {"name": name(line.names)}, stop=None, line=line)


def ask_line(buttons: Sequence[Button]) -> Reply:
    """The question for the line."""
    return Reply(key="next_bus.ask_line", buttons=list(buttons))


def which_stop(places: Sequence[Place], lines: Sequence[Line], network: Network) -> Reply:
    """Several stops have the name: choose by the lines that serve them."""
    line = lines[0] if len(lines) == 1 else None
    return choose_stop(places, network, lambda place, text: button(text.key, text.args, stop=place, line=line))


def choose_stop(places: Sequence[Place], network: Network, button_of: Callable[[Place, Text], Button]) -> Reply:
    """The choice between stops of one name; `button_of` gives the button of a place and its title."""
    choices: list[tuple[Place, Text]] = []
    for place in places[:BUTTONS]:
        serving = [line.names for line in network.lines_at(place)][:4]
        args: dict[str, JsonValue] = {"stop": name(place.names), "lines": listed(serving, "and")}
        choices.append((place, Text(key="next_bus.stop_with_lines", args=args)))
    return Reply(
        key="next_bus.which_stop",
        args={"stop": name(places[0].names), "choices": lines_of(text for _, text in choices)},
        buttons=[button_of(*choice) for choice in choices],
    )


def nearest(place: Place, metres: float) -> Text:
    """The stop nearest to a shared place."""
    return Text(key="next_bus.nearest", args=_distance(place, metres))


def also_near(around: Sequence[tuple[Place, float]]) -> Text:
    """Other stops around a shared place."""
    return Text(key="next_bus.also_near", args={"stops": _with_distances(around)})


def none_near(within: int, far: Sequence[tuple[Place, float]]) -> Reply:
    """There is no stop in walking distance; the nearest ones."""
    if not far:
        return Reply(key="next_bus.none_near", args={"metres": within})
    return Reply(key="next_bus.none_near_but", args={"metres": within, "stops": _with_distances(far)})


def line_not_near(lines: Sequence[Line], within: int) -> Text:
    """The line that was asked for has no stop in walking distance."""
    args: dict[str, JsonValue] = {"lines": listed((line.names for line in lines), "and"), "metres": within}
    return Text(key="next_bus.line_not_near", args=args)


def distance_buttons(around: Sequence[tuple[Place, float]], lines: Sequence[Line]) -> list[Button]:
    """A button for each stop around, with its distance."""
    line = lines[0] if len(lines) == 1 else None
    return [
        button("next_bus.stop_distance", _distance(place, metres), stop=place, line=line) for place, metres in around
    ]


def board_buttons(place: Place, lines: Sequence[Line], shown: Sequence[Line]) -> list[Button]:
    """What can be asked next: the same again, or all lines; from all lines, one of them."""
    if not lines:
        return line_buttons(shown, place)
    again = (
        [button("next_bus.refresh", {}, stop=place, line=lines[0])] if len(lines) == 1 else line_buttons(lines, place)
    )
    return [*again, button("next_bus.all_lines", {}, stop=place, line=None)]


def _distance(place: Place, metres: float) -> dict[str, JsonValue]:
    return {"stop": name(place.names), "metres": int(round(metres, -1))}


def _with_distances(around: Sequence[tuple[Place, float]]) -> dict[str, JsonValue]:
    texts = [Text(key="next_bus.stop_distance", args=_distance(place, metres)) for place, metres in around]
    return {"items": [text.model_dump() for text in texts], "join": "and"}


def no_other_line(place: Place, lines: Sequence[Line]) -> Reply:
    """Nothing else stops there."""
    args: dict[str, JsonValue] = {"stop": name(place.names), "lines": listed((line.names for line in lines), "and")}
    return Reply(key="next_bus.no_other_line", args=args, buttons=stop_buttons([place], lines))


def no_way(place: Place, towards: Place, lines: Sequence[Line]) -> Reply:
    """Nothing goes straight from one to the other."""
    args: dict[str, JsonValue] = {"stop": name(place.names), "towards": name(towards.names)}
    return Reply(key="next_bus.no_direct", args=args, buttons=stop_buttons([place], lines))


class BoardTexts:
    """The texts of one board, at one moment."""

    def __init__(self, place: Place, now: int) -> None:
        self._place = place
        self._now = now

    def lead(self, lines: Sequence[Line], towards: Place | None) -> Text:
        """Whose board it is, in a line: that of one line, or of the stop."""
        args: dict[str, JsonValue] = {"stop": name(self._place.names)}
        of = f"next_bus.heading{'' if len(lines) == 1 else '_stop'}{'' if towards is None else '_towards'}"
        if len(lines) == 1:
            args["line"] = name(lines[0].names)
        if towards is not None:
            args["towards"] = name(towards.names)
        return Text(key=of, args=args)

    def of_lines(self, ways: Sequence[Shown], towards: Place | None) -> list[Text]:
        """The next buses of one or a few lines, by direction."""
        parts: list[Text] = []
        for number, way in enumerate(ways):
            if number == 0 or ways[number - 1].line.key != way.line.key:
                parts.append(self.lead([way.line], towards))
            if way.headsign is None:
                parts.append(Text(key="next_bus.none_planned"))
                continue
            if way.boards:
                parts.append(Text(key="next_bus.direction", args={"headsign": name(way.headsign)}))
            else:
                parts.append(Text(key="next_bus.ends_here"))
            if way.is_gone:
                parts.append(Text(key="next_bus.last_gone"))
            parts += [Text(key="next_bus.row", args={"when": _nest(self.when(bus))}) for bus in way.buses]
            if way.is_last:
                parts.append(Text(key="next_bus.no_more_after"))
        return parts

    def of_all(self, ways: Sequence[Shown], towards: Place | None) -> list[Text]:
        """The next bus of each line and direction."""
        parts = [self.lead((), towards)]
        if any(way.is_gone for way in ways):
            parts.append(Text(key="next_bus.last_gone"))
        for way in ways:
            bus = way.buses[0]
            args = {"line": name(bus.line.names), "headsign": name(bus.headsign), "when": _nest(self.when(bus))}
            parts.append(Text(key="next_bus.row_of_line" if way.boards else "next_bus.row_ending", args=args))
        if not ways:
            parts.append(Text(key="next_bus.none_planned"))
        return parts

    def where(self, ways: Sequence[Shown], lines: Sequence[Line]) -> list[Text]:
        """Where the next bus of each line and direction is now."""
        if not ways:
            head = {"line": listed((line.names for line in lines), "and"), "stop": name(self._place.names)}
            return [Text(key="next_bus.heading", args=head), Text(key="next_bus.none_planned")]
        return [self._where(way.buses[0]) for way in ways]

    def _where(self, bus: Arrival) -> Text:
        args: dict[str, JsonValue] = {
            "line": name(bus.line.names), "headsign": name(bus.headsign), "stop": name(self._place.names),
            "when": _nest(self.when(bus, with_stops=False)),
        }  # fmt: skip
        if bus.at_stop is None or bus.away is None:
            return Text(key="next_bus.where_unknown", args=args)
        if bus.away == 0:
            return Text(key="next_bus.where_standing_here" if bus.standing else "next_bus.where_here", args=args)
        args |= {"at": name(bus.at_stop.names), "count": bus.away}
        return Text(key="next_bus.where_standing" if bus.standing else "next_bus.where_next", args=args)

    def when(self, arrival: Arrival, *, with_stops: bool = True) -> Text:
        """When one bus comes: minutes and clock, and whether live or by timetable."""
        args: dict[str, JsonValue] = {"source": _nest(source_of(arrival, with_stops=with_stops))}
        if self._is_of_another_day(arrival):
            return Text(key="next_bus.at_day", args={"at": self._at(arrival), **args})
        args["time"] = self._at(arrival)
        minutes = self.minutes(arrival)
        if minutes is None:
            return Text(key="next_bus.at_time", args=args)
        if minutes == 0:
            return Text(key="next_bus.soon", args=args)
        return Text(key="next_bus.minutes", args={**args, "count": minutes})

    def clock(self, arrival: Arrival) -> Text:
        """When it comes, by the clock; where that is another day, with the day."""
        return Text(key="next_bus.name", args={"name": self._at(arrival)})

    def minutes(self, arrival: Arrival) -> int | None:
        """In how many whole minutes it comes; None where the clock says more."""
        wait = arrival.arrival - self._now
        if self._is_of_another_day(arrival) or wait >= CLOCK_ONLY_SECONDS:
            return None
        return 0 if wait < SOON_SECONDS else wait // 60

    def later(self, arrival: Arrival) -> bool:
        """Whether service pauses before this bus."""
        return is_later(arrival, self._now)

    def _is_of_another_day(self, arrival: Arrival) -> bool:
        line = arrival.line
        return self.later(arrival) and day_of(line, arrival.arrival) != day_of(line, self._now)

    def _at(self, arrival: Arrival) -> JsonValue:
        moment = local(arrival.line, arrival.arrival)
        return {"datetime": moment.isoformat()} if self._is_of_another_day(arrival) else {"time": f"{moment:%H:%M}"}

    def missing(self, missing: Sequence[Missing], arrivals: Sequence[Arrival]) -> list[Text]:
        """The buses that do not come, as far as they would have been shown."""
        last = max((arrival.arrival for arrival in arrivals[:ROWS_AT_STOP]), default=self._now + 3600)
        return [
            Text(
                key="next_bus.skipped" if gone.skipped else "next_bus.cancelled",
                args={
                    "line": name(gone.line.names), "stop": name(self._place.names),
                    "time": {"time": f"{local(gone.line, gone.planned):%H:%M}"},
                },
            )
            for gone in [gone for gone in missing if gone.planned <= max(last, self._now + 1800)][:3]
        ]  # fmt: skip


def health(state: Health | None) -> list[Text]:
    """What is to be said of the live feeds. Nothing where they are fresh, or the city has none."""
    if state is None or state is Health.FRESH:
        return []
    return [Text(key="next_bus.feed_stale" if state is Health.STALE else "next_bus.feed_down")]


def notices(alerts: Sequence[Alert]) -> list[Text]:
    """The operator's notices, two at most."""
    return [Text(key="next_bus.notice", args={"header": name(alert.header)}) for alert in alerts[:2] if alert.header]


def answer(parts: Sequence[Text], buttons: Sequence[Button]) -> Reply:
    """One message of several lines."""
    return Reply(key="next_bus.answer", args={"parts": lines_of(parts)}, buttons=list(buttons))


def board_answer(lead: Sequence[Text], parts: Sequence[Text], card: Card, buttons: Sequence[Button]) -> Reply:
    """The board of a stop: several lines, and a card for who can show it; `lead` are the lines that stand above it."""
    args: dict[str, JsonValue] = {"parts": lines_of(parts), "lead": lines_of(lead)}
    return Reply(key="next_bus.board", args=args, buttons=list(buttons), cards=[card])


def source_of(arrival: Arrival, *, with_stops: bool) -> Text:
    """From where it is known when a bus comes."""
    if arrival.source is Source.TIMETABLE:
        if not arrival.exact and arrival.run is not None and arrival.run.headway is not None:
            return Text(key="next_bus.by_headway", args={"count": max(1, round(arrival.run.headway / 60))})
        return Text(key="next_bus.by_timetable")
    near, plain = _LIVE_KEYS[arrival.source]
    if with_stops and arrival.away is not None and arrival.away > 0:
        return Text(key=near, args={"count": arrival.away})
    return Text(key=plain)


def _nest(text: Text) -> dict[str, JsonValue]:
    return {"text": text.model_dump()}
