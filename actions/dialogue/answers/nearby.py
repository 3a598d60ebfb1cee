"""Notices near a place: where it is, what is kept of it, and the yes. The desk keeps and says them.

A place is shared, or named as a stop or station. Of either only its square of the grid goes on (`desk.contract.grid`),
in this dialogue, too. Nothing is kept before the resident has read what, and said yes.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import JsonValue

from actions.dialogue.answers.offer import Offer
from actions.dialogue.state import stack
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.session import Session
from actions.dialogue.state.turn import NOT_UNDERSTOOD, Turn
from actions.transit.gazetteer import KnownPlace
from actions.transit.naming import Names
from desk.contract.datum import gcj02_to_wgs84
from desk.contract.grid import MOST_PLACES, cell_at, square_of
from desk.contract.messages import Button, FollowPlace, LeavePlaces, Location, Reply, Text
from values.lexicon import lexicon
from values.writing import plain

_WORDS = lexicon(__file__)
_WISHES = tuple(_WORDS.pattern(name) for name in ("wish", "english", "nearby_first"))
_ENDS = _WORDS.pattern("ends")
_HERE = frozenset(_WORDS["here"])

KIND = "near"
"""Kind of the question where, and of the question whether; of the second `cell` says near which square."""
HERE = "here"
NAMING = frozenset({"inform", "choose", "next_bus", "bus_route", "report_problem"}) | NOT_UNDERSTOOD
"""Intents of a sentence that may be nothing but the name of a place."""


@dataclass(frozen=True, slots=True)
class Wished:
    """Notices near a place are wished; `place` is what it was called, empty where nothing was said."""

    place: str = ""


def wished(turn: Turn) -> Wished | None:
    """What a sentence or a button wishes; None where it wishes nothing of the kind."""
    if turn.kind == "payload":
        return Wished() if turn.intent == "subscribe" and turn.first(KIND) == HERE else None
    said = plain(turn.text).strip()
    found = next((match for one in _WISHES if (match := one.search(said)) is not None), None)
    if turn.kind != "text" or found is None or ends(turn):
        return None
    place = (found.groupdict().get("place") or "").strip()
    return Wished("" if place in _HERE else place)


def ends(turn: Turn) -> bool:
    """Whether notices near places are wished no more."""
    if turn.kind == "payload":
        return turn.intent == "unsubscribe" and turn.first(KIND) == HERE
    return turn.kind == "text" and _ENDS.search(plain(turn.text).strip()) is not None


def asked(turn: Turn, session: Session, offer: Offer, wish: Wished) -> Outcome:
    """Ask where, or whether, if that is known."""
    if len(turn.context.places) >= MOST_PLACES:
        reply = Reply(key="announcements.near_most", args={"most": MOST_PLACES}, buttons=[_stop()])
        return stack.returned(session, turn, (reply,), offer)
    if wish.place:
        found = offer.gazetteer.find(turn.city.slug, wish.place)
        if found.sure:
            return _known(turn, session, offer, found.places)
        return _unknown(turn, session, offer, wish.place, found.places)
    return _where(turn, session, offer, Reply(key="announcements.near_where"))


def settled(turn: Turn, session: Session, pending: Mapping[str, JsonValue], offer: Offer) -> Outcome | None:
    """The answer to the question where, or whether; None where a turn is none."""
    cell = pending.get("cell")
    if turn.kind == "location" and turn.location is not None:
        return shared(turn, session, offer, turn.location)
    if turn.intent in ("deny", "cancel"):
        return stack.returned(session, turn, (Reply(key="announcements.near_declined"),), offer)
    if isinstance(cell, int):
        return followed(turn, session, offer, cell) if turn.intent == "affirm" else None
    if turn.kind != "text" or not (turn.intent in NAMING or turn.first("stop") or turn.first("place")):
        return None
    found = offer.gazetteer.find(turn.city.slug, turn.text)
    if found.sure:
        return _known(turn, session, offer, found.places)
    asks = turn.inquiry is not None and turn.inquiry.is_question
    return None if asks else _unknown(turn, session, offer, turn.text.strip()[:40], found.places)


def pressed(turn: Turn, session: Session, offer: Offer) -> Outcome | None:
    """What a button of these questions says: near which square, or yes to one."""
    if turn.kind != "payload" or turn.intent != "subscribe":
        return None
    match (turn.first(KIND) or "").split():
        case ["at", cell] if cell.isdigit():
            return _whether(turn, session, offer, int(cell))
        case ["yes", cell] if cell.isdigit():
            return followed(turn, session, offer, int(cell))
    return None


def shared(turn: Turn, session: Session, offer: Offer, location: Location) -> Outcome:
    """A place was shared: ask whether, if it lies in the city."""
    lat, lon = location.lat, location.lon
    if location.datum == "gcj02":
        lat, lon = gcj02_to_wgs84(lat, lon)
    if not turn.city.bounds.contain(lat, lon):
        args: dict[str, JsonValue] = {"city": {"name": turn.city.names.model_dump(exclude_none=True)}}
        return _where(turn, session, offer, Reply(key="announcements.near_outside", args=args))
    return _whether(turn, session, offer, cell_at(lat, lon))


def followed(turn: Turn, session: Session, offer: Offer, cell: int) -> Outcome:
    """The yes."""
    places = turn.context.places
    if cell in places:
        reply = Reply(key="announcements.near_already", buttons=[_stop()])
        return stack.returned(session, turn, (reply,), offer)
    if len(places) >= MOST_PLACES:
        return asked(turn, session, offer, Wished())
    reply = Reply(key="announcements.near_done", args=_square(cell), buttons=[_stop()])
    outcome = stack.returned(session, turn, (reply,), offer)
    return replace(outcome, effects=(*outcome.effects, FollowPlace(cell=cell)))


def left(turn: Turn, session: Session, offer: Offer) -> Outcome:
    """No more of them."""
    if not turn.context.places:
        reply = Reply(key="announcements.near_none", buttons=[button()])
        return stack.returned(session, turn, (reply,), offer)
    outcome = stack.returned(session, turn, (Reply(key="announcements.near_left"),), offer)
    return replace(outcome, effects=(*outcome.effects, LeavePlaces()))


def button() -> Button:
    """The button beside the topics that can be followed."""
    return Button(title=Text(key="button.near"), payload=_payload("subscribe", HERE))


def end_button() -> Button:
    """The button beside what can be unsubscribed."""
    return Button(title=Text(key="button.near"), payload=_payload("unsubscribe", HERE))


def _stop() -> Button:
    return Button(title=Text(key="button.unsubscribe_near"), payload=_payload("unsubscribe", HERE))


def _where(turn: Turn, session: Session, offer: Offer, reply: Reply, buttons: Sequence[Button] = ()) -> Outcome:
    said = reply.model_copy(update={"buttons": list(buttons)})
    return stack.returned(replace(session, pending={"kind": KIND}), turn, (said,), offer)


def _known(turn: Turn, session: Session, offer: Offer, places: Sequence[KnownPlace]) -> Outcome:
    if len(places) == 1:
        return _whether(turn, session, offer, places[0].cell, places[0].names)
    return _where(turn, session, offer, Reply(key="announcements.near_which"), _choices(places))


def _unknown(turn: Turn, session: Session, offer: Offer, written: str, near: Sequence[KnownPlace]) -> Outcome:
    key = "announcements.near_unknown_like" if near else "announcements.near_unknown"
    return _where(turn, session, offer, Reply(key=key, args={"written": written}), _choices(near))


def _whether(turn: Turn, session: Session, offer: Offer, cell: int, names: Names | None = None) -> Outcome:
    """Say what would be kept, and ask."""
    named: dict[str, JsonValue] = {} if names is None else {"place": {"name": dict(names)}}
    key = "announcements.near_whether" if names is None else "announcements.near_whether_named"
    buttons = [
        Button(title=Text(key="button.near_yes"), payload=_payload("subscribe", f"yes {cell}")),
        Button(title=Text(key="button.near_no"), payload="/deny"),
    ]
    reply = Reply(key=key, args={**named, **_square(cell)}, buttons=buttons)
    return stack.returned(replace(session, pending={"kind": KIND, "cell": cell}), turn, (reply,), offer)


def _square(cell: int) -> dict[str, JsonValue]:
    """Arguments that say where a square lies."""
    square = square_of(cell)
    borders = {"south": square.south, "north": square.north, "west": square.west, "east": square.east}
    return {name: f"{degrees:.2f}" for name, degrees in borders.items()}


def _choices(places: Sequence[KnownPlace]) -> list[Button]:
    return [
        Button(
            title=Text(key="card.value", args={"value": {"name": dict(one.names)}}),
            payload=_payload("subscribe", f"at {one.cell}"),
        )
        for one in places
    ]


def _payload(intent: str, what: str) -> str:
    return f"/{intent}{json.dumps({KIND: what})}"
