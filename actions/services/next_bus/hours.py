"""What is said of the first and last buses of lines: keys and arguments."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from pydantic import JsonValue

from actions.services.next_bus.replies import answer, button, name
from actions.transit.buses import View
from actions.transit.network import Line, Place
from actions.transit.pathways import Hours, hours_of
from desk.contract.messages import Button, Reply, Text

LINES = 6
"""Of so many lines the hours are told at once."""
DAY, HOUR = 86_400, 3_600
"""Seconds."""


def hours_reply(lines: Sequence[Line], place: Place | None, view: View) -> Reply:
    """The first and last buses of lines today, at a place or, where a line does not stop there, where it begins."""
    parts: list[Text] = []
    for line in lines[:LINES]:
        at = place if place is not None and line.key in place.lines else None
        parts += line_hours(line, at, view) or [Text(key="bus_route.not_today", args={"line": name(line.names)})]
    here = [line for line in lines[:LINES] if place is not None and line.key in place.lines]
    return answer(parts, [when_button(line, place) for line in here if place is not None])


def line_hours(line: Line, place: Place | None, view: View) -> list[Text]:
    """The first and last buses of a line today, one row a direction.

    After midnight the last bus of the day before may still be to come: it is told with the first of today. A line that
    runs day and night has neither.
    """
    today, timetable = _today(view, line), view.edition.timetable
    night = {
        (one.at.key, one.towards.key): one
        for one in hours_of(timetable, line, today - timedelta(days=1), place)
        if one.last > view.now and not _never_ends(one)
    }
    return [_row(one, night.get((one.at.key, one.towards.key))) for one in hours_of(timetable, line, today, place)]


def when_button(line: Line, place: Place) -> Button:
    """Asks when the line comes to the place."""
    return button("bus_route.when_button", {"line": name(line.names)}, stop=place, line=line)


def _today(view: View, line: Line) -> date:
    return datetime.fromtimestamp(view.now, UTC).astimezone(line.routes[0].zone).date()


def _never_ends(hours: Hours) -> bool:
    """Whether the first bus of the next day follows the last as soon as others do: there is no last one then."""
    often = hours.buses > 1 and (hours.last - hours.first) / (hours.buses - 1) <= HOUR
    return often and hours.first + DAY - hours.last <= HOUR


def _row(one: Hours, night: Hours | None) -> Text:
    args: dict[str, JsonValue] = {
        "line": name(one.line.names),
        "at": name(one.at.names),
        "towards": name(one.towards.names),
    }
    if _never_ends(one):
        return Text(key="bus_route.day_and_night", args=args)
    if night is not None:
        times = {"first": _clock(one, one.first), "last": _clock(one, night.last)}
        return Text(key="bus_route.hours_at_night", args={**args, **times})
    return Text(key="bus_route.hours", args={**args, "first": _clock(one, one.first), "last": _clock(one, one.last)})


def _clock(hours: Hours, moment: int) -> JsonValue:
    local = datetime.fromtimestamp(moment, UTC).astimezone(hours.line.routes[0].zone)
    key = "bus_route.clock" if local.date() == hours.day else "bus_route.clock_next_day"
    return {"text": Text(key=key, args={"time": {"time": f"{local:%H:%M}"}}).model_dump()}
