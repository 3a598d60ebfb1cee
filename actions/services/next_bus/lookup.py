"""One look-up: from what was said and what is remembered to the board of a stop, or to what is still missing.

Runs in a thread: no awaiting here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import JsonValue

from actions.dialogue.ports import Step
from actions.dialogue.state.session import Frame, Question
from actions.dialogue.state.turn import Turn
from actions.services.next_bus import boards, card, replies, shown
from actions.services.next_bus.hours import hours_reply
from actions.services.next_bus.wishes import Wish, asks_hours, asks_where, wish_of
from actions.transit.asked import Asked, Reader
from actions.transit.buses import View
from actions.transit.metro import lacking
from actions.transit.network import Line, Network, Place
from desk.city.files import City
from desk.contract.datum import gcj02_to_wgs84
from desk.contract.messages import Button, Location, Reply, Text

NEAR_M = 800.0
"""How far a resident walks to a stop: about ten minutes."""
FAR_M = 20_000.0
NEAR_STOPS = 4
READ_CHARACTERS = 1000
NO_NAMES = frozenset({"affirm", "deny", "next_bus", "go_back"})
"""Intents of sentences that are no name of a stop or line, not even a wrong one."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The look-up as far as it is known: kept in the frame's values between turns."""

    stop: Place | None = None
    lines: tuple[Line, ...] = ()
    towards: Place | None = None
    where: bool = False  # the position of the bus was asked for, before the stop is known
    hours: bool = False  # the first or last bus was asked for, before line or stop is known

    @staticmethod
    def read(values: Mapping[str, JsonValue], network: Network) -> "Wanted":
        """Read the frame's values; what the timetable no longer has is forgotten."""
        keys = values.get("lines")
        lines = [network.line_of_key.get(str(key)) for key in keys] if isinstance(keys, list) else []
        return Wanted(
            network.place_of_key.get(str(values.get("stop"))),
            tuple(line for line in lines if line is not None),
            network.place_of_key.get(str(values.get("towards"))),
            values.get("where") is True,
            values.get("hours") is True,
        )

    def values(self) -> dict[str, JsonValue]:
        """Write it as the frame's values."""
        kept: dict[str, JsonValue] = {}
        if self.stop is not None:
            kept["stop"] = self.stop.key
        if self.lines:
            kept["lines"] = [line.key for line in self.lines]
        if self.towards is not None:
            kept["towards"] = self.towards.key
        if self.where:
            kept["where"] = True
        if self.hours:
            kept["hours"] = True
        return kept


def read(reader: Reader, turn: Turn) -> Asked:
    """Read what a message names. A button says exactly what it means; text is searched as well."""
    if turn.kind not in ("text", "payload"):
        return Asked()
    text = turn.text[:READ_CHARACTERS] if turn.kind == "text" else ""
    return reader.read(text, [*turn.values("stop"), *turn.values("place")], turn.values("bus_line"))


def answer(turn: Turn, frame: Frame, view: View) -> Step:
    """Answer one turn."""
    if (lacks := lacking(turn, frame.service, view.network)) is not None:
        asked = read(view.edition.reader, turn)
        stop = asked.stop[0] if len(asked.stop) == 1 else None
        towards = asked.towards[0] if len(asked.towards) == 1 else None
        return replace(lacks, values=Wanted(stop, (), towards).values())
    return _answered(turn, frame, view)


def _answered(turn: Turn, frame: Frame, view: View) -> Step:
    known = Wanted.read(frame.values, view.network)
    if turn.kind == "location" and turn.location is not None:
        return _at_location(turn.location, turn.city, known, view)
    asked, wish = _headed(read(view.edition.reader, turn), known), wish_of(turn.text)
    bare = turn.intent not in NO_NAMES and wish is Wish.NONE
    if turn.kind == "text" and frame.question is not None and not asked.says_anything and bare:
        asked = _bare(view.edition.reader, turn.text[:READ_CHARACTERS], frame.question.asks_for)
    if turn.kind == "payload" and asked.stop and frame.question is None:
        known = Wanted()
    if asked.unknown_line is not None:
        return _unknown_line(asked.unknown_line, replace(known, stop=asked.stop[0] if asked.stop else known.stop), view)
    lines = asked.lines or known.lines
    where = known.where or wish is Wish.WHERE or (turn.kind == "text" and asks_where(turn.text))
    if asked.unknown_stop is not None:
        said = replies.unknown_stop(asked.unknown_stop, asked.near)
        return _ask_stop(Wanted(lines=lines, where=where), [said], replies.stop_buttons(asked.near, lines))
    places = asked.stop or ((known.stop,) if known.stop is not None else ())
    if known.hours or (turn.kind == "text" and asks_hours(turn.text)):
        return _hours(lines, places, view)
    if len(places) > 1:
        places = tuple(place for place in places if _serving(lines, place)) or places
    if len(places) > 1:
        return _which_stop(places, Wanted(lines=lines, where=where), view.network)
    if not places:
        return _ask_stop(Wanted(lines=lines, where=where), [], [])
    place = places[0]
    if not asked.lines and asked.stop and not _serving(lines, place):
        lines = ()  # the line that was asked about before does not stop there: all lines that do
    towards = asked.towards[0] if asked.towards else known.towards if not asked.says_anything else None
    if wish is Wish.OTHER:
        return _others(Wanted(place, lines), view)
    return _board(Wanted(place, lines, towards), view, where=where)


def _headed(asked: Asked, known: Wanted) -> Asked:
    """What is asked; who said before where the bus is waited for, names behind "to" where it goes."""
    if not asked.heads_there or known.stop is None or known.stop in asked.stop:
        return asked
    return replace(asked, stop=(), towards=asked.stop)


def _hours(lines: tuple[Line, ...], places: Sequence[Place], view: View) -> Step:
    """The first and last buses of the lines, or of all lines at the stop; with neither a stop is asked for."""
    if not lines and len(places) > 1:
        return _which_stop(places, Wanted(hours=True), view.network)
    if not lines and not places:
        return _ask_stop(Wanted(hours=True), [], [])
    place = next((one for one in places if _serving(lines, one)), places[0] if places else None)
    wanted = lines or (view.network.lines_at(place) if place is not None else ())
    return Step((hours_reply(wanted, place, view),), Wanted(place, lines).values(), finished=True)


def board_of(place: Place, lines: tuple[Line, ...], towards: Place | None, view: View) -> Step:
    """The next buses of lines at a place, on the way to another if given: for services that know what is wanted."""
    return _board(Wanted(place, lines, towards), view)


def _bare(reader: Reader, text: str, asks_for: str | None) -> Asked:
    """Read an answer in which nothing is known: the wrong name of what was asked for."""
    if asks_for == "stop":
        return reader.read_stop(text)
    return Asked(unknown_line=text.strip())


def _serving(lines: Sequence[Line], place: Place) -> tuple[Line, ...]:
    return tuple(line for line in lines if line.key in place.lines)


def _ask_stop(wanted: Wanted, said: Sequence[Reply], buttons: Sequence[Button]) -> Step:
    question = Question("stop", replies.ask_stop(wanted.lines, buttons))
    return Step(replies=tuple(said), values=wanted.values(), question=question)


def _which_stop(places: Sequence[Place], wanted: Wanted, network: Network) -> Step:
    """Several stops have the name: they are told apart by their lines."""
    question = Question("stop", replies.which_stop(places, wanted.lines, network))
    return Step(values=wanted.values(), question=question)


def _unknown_line(said: str, wanted: Wanted, view: View) -> Step:
    near = view.edition.lines.near(said)
    if wanted.stop is not None:
        here = _serving(near, wanted.stop) or view.network.lines_at(wanted.stop)
        buttons = replies.line_buttons(here, wanted.stop)
    else:
        buttons = [replies.line_button(line) for line in near]
    question = Question("bus_line", replies.ask_line(buttons))
    return Step(
        replies=(replies.unknown_line(said, near),), values=replace(wanted, lines=()).values(), question=question
    )


def _at_location(location: Location, city: City, known: Wanted, view: View) -> Step:
    """The stops around a shared place, and the board of the nearest."""
    lat, lon = location.lat, location.lon
    if location.datum == "gcj02":
        lat, lon = gcj02_to_wgs84(lat, lon)
    if not city.bounds.contain(lat, lon):
        said = Reply(key="next_bus.outside_city", args={"city": {"name": city.names.model_dump(exclude_none=True)}})
        return _ask_stop(replace(known, stop=None), [said], [])
    around = view.network.near(lat, lon, NEAR_M)
    if not around:
        far = view.network.near(lat, lon, FAR_M)[:NEAR_STOPS]
        said = replies.none_near(round(NEAR_M), far)
        return _ask_stop(replace(known, stop=None), [said], replies.distance_buttons(far, known.lines))
    served = [(place, metres) for place, metres in around if _serving(known.lines, place)]
    first: list[Text] = []
    if known.lines and not served:
        first.append(replies.line_not_near(known.lines, round(NEAR_M)))
    lines = known.lines if served else ()
    around = (served or around)[:NEAR_STOPS]
    first.append(replies.nearest(*around[0]))
    if len(around) > 1:
        first.append(replies.also_near(around[1:]))
    return _board(Wanted(around[0][0], lines), view, first=first, more=replies.distance_buttons(around[1:], lines))


def _board(
    wanted: Wanted, view: View, *, where: bool = False, first: Sequence[Text] = (), more: Sequence[Button] = ()
) -> Step:
    """The next buses of the lines at the stop, or of all its lines."""
    place = wanted.stop
    assert place is not None
    lines = _serving(wanted.lines, place)
    if wanted.lines and not lines:
        return _not_served(wanted, place, view)
    board = view.board(place, lines, wanted.towards)
    if wanted.towards is not None and not board.arrivals:
        return Step(
            replies=(replies.no_way(place, wanted.towards, lines),), values=Wanted(place).values(), finished=True
        )
    texts = replies.BoardTexts(place, view.now)
    if lines and where:
        ways = shown.located(board, lines)
        parts = lead = texts.where(ways, lines)
    else:
        ways, parts = boards.told(board, lines, wanted.towards, texts, view.now)
        lead = [texts.lead(lines, wanted.towards)]
    all_lines = lines or view.network.lines_at(place)
    notes = boards.notes(board, place, all_lines, view)
    here = tuple({arrival.line.key: arrival.line for arrival in board.arrivals}.values())
    buttons = replies.board_buttons(place, lines, here)
    asked = card.asked_for(view, place, lines, wanted.towards)
    drawn = card.board_of(asked, place, all_lines, ways, notes, view, buttons[0] if len(lines) == 1 else None)
    told = card.card_of(drawn, texts.lead(lines, wanted.towards))
    reply = replies.board_answer([*first, *lead], [*first, *parts, *notes], told, [*more, *buttons])
    return Step(replies=(reply,), values=wanted.values(), finished=True)


def _others(wanted: Wanted, view: View) -> Step:
    """The other lines at the stop, one row each; the next "where is it now" is about them."""
    place = wanted.stop
    assert place is not None
    asked = {line.key for line in wanted.lines}
    others = tuple(line for line in view.network.lines_at(place) if line.key not in asked)
    if not others:
        return Step(replies=(replies.no_other_line(place, wanted.lines),), values=wanted.values(), finished=True)
    board = view.board(place, others)
    texts = replies.BoardTexts(place, view.now)
    ways, notes = shown.of_all(board, view.now), boards.caveats(view, board.arrivals != ())
    lead, parts = texts.lead((), None), texts.of_all(ways, None)
    drawn = card.board_of(card.asked_for(view, place, others, None), place, others, ways, notes, view)
    buttons = replies.line_buttons(others, place)
    reply = replies.board_answer([lead], [*parts, *notes], card.card_of(drawn, lead), buttons)
    return Step(replies=(reply,), values=Wanted(place, others).values(), finished=True)


def _not_served(wanted: Wanted, place: Place, view: View) -> Step:
    """The line does not stop there: which do, and the nearest stops of the line."""
    network = view.network
    serving = network.lines_at(place)
    spot = place.platforms[0]
    keys = {line.key for line in wanted.lines}
    stops = sorted((p for p in network.places if p.lines & keys), key=lambda p: p.distance_m(spot.lat, spot.lon))
    reply = replies.not_served(wanted.lines, place, serving, stops[:3])
    return Step(replies=(reply,), values=wanted.values(), finished=True)
