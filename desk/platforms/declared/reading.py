"""What happened, read out of the body of a declared channel's webhook."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from desk.contract import channel
from desk.contract.channel import ChannelEvent, Delivery, Inbound, Malformed
from desk.contract.messages import Location
from desk.platforms.declared import declaration as declared
from desk.platforms.declared.pointer import Missing, at

MOST = 1000  # events of a request
LONGEST = {"id": 190, "resident": 200, "name": 200, "language": 35}
LONGEST_TEXT = 20_000


def happened(said: declared.Messages, delivery: Delivery) -> list[Inbound]:
    """Everything that a request tells.

    Raises:
        Malformed: it is not as declared.
    """
    document = channel.json_of(delivery.body)
    try:
        events = at(document, said.events)
    except Missing as exc:
        raise Malformed(f"There is nothing at {said.events}.") from exc
    found = events if said.events or isinstance(events, list) else [events]
    if not isinstance(found, list) or len(found) > MOST:
        raise Malformed(f"What stands at {said.events or 'the top'} is no list of at most {MOST} events.")
    return [_one(said, event, delivery) for event in found]


def _one(said: declared.Messages, event: Any, delivery: Delivery) -> Inbound:
    try:
        return Inbound(
            id=_short(event, said.id, "id"),
            resident=_short(event, said.resident, "resident"),
            at=channel.in_time(_moment(said, at(event, said.at)), delivery.at),
            what=_what(said, event),
            name=_optional(event, said.name, "name"),
            language=_optional(event, said.language, "language"),
        )
    except Missing as exc:
        raise Malformed(f"An event has nothing at {exc.args[0]}.") from None
    except ValidationError:
        raise Malformed("A place is none on this earth.") from None
    except (ValueError, OverflowError, OSError) as exc:
        raise Malformed(f"An event cannot be read: {type(exc).__name__}.") from None


def _what(said: declared.Messages, event: Any) -> ChannelEvent:
    kind = next((one for one in said.kinds if _fits(one, event)), None)
    match kind:
        case declared.TextKind():
            text = _text(event, kind.text)
            command = said.commands.get(text.strip())
            return channel.TextReceived(text) if command is None else channel.CommandUsed(command)
        case declared.ButtonKind():
            return channel.ButtonPressed(_text(event, kind.payload))
        case declared.LocationKind():
            lat, lon = _number(at(event, kind.lat)), _number(at(event, kind.lon))
            return channel.LocationReceived(Location(lat=lat, lon=lon, datum=kind.datum))
        case declared.FileKind():
            size = None if kind.size is None else int(_number(at(event, kind.size)))
            text = "" if kind.text is None else _text(event, kind.text, absent="")
            return channel.FileReceived(_short(event, kind.reference, "resident"), kind.is_, size, text)
        case _:
            return _rest(kind, event)


def _rest(kind: declared.Kind | None, event: Any) -> ChannelEvent:
    match kind:
        case declared.EditKind():
            return channel.MessageEdited(_short(event, kind.message, "id"), _text(event, kind.text))
        case declared.FollowKind():
            return channel.Subscribed(_optional(event, kind.entry, "name"))
        case declared.LeaveKind():
            return channel.Unsubscribed()
        case declared.ReportKind():
            return channel.DeliveryReported(_short(event, kind.message, "id"), arrived=kind.is_ == "arrived")
    return channel.EventIgnored("unknown_event")


def _fits(kind: declared.Kind, event: Any) -> bool:
    for pointer, wanted in kind.when.items():
        try:
            found = at(event, pointer)
        except Missing:
            return False
        if type(found) is not type(wanted) or found != wanted:
            return False
    return True


def _short(event: Any, pointer: str, of: str) -> str:
    """A name or a number, as text; what is empty or too long is none."""
    found = at(event, pointer)
    if isinstance(found, bool) or not isinstance(found, str | int):
        raise ValueError(of)
    text = channel.whole(str(found))
    if not 0 < len(text) <= LONGEST[of]:
        raise ValueError(of)
    return text


def _optional(event: Any, pointer: str | None, of: str) -> str | None:
    try:
        return None if pointer is None or at(event, pointer) is None else _short(event, pointer, of)
    except (Missing, ValueError):
        return None  # it is not needed


def _text(event: Any, pointer: str, *, absent: str | None = None) -> str:
    try:
        found = at(event, pointer)
    except Missing:
        if absent is None:
            raise
        return absent
    if not isinstance(found, str) or len(found) > LONGEST_TEXT:
        raise ValueError("text")
    return channel.whole(found)


def _number(found: Any) -> float:
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise ValueError("number")
    return found


def _moment(said: declared.Messages, found: Any) -> datetime:
    if said.time == "iso8601":
        moment = datetime.fromisoformat(found) if isinstance(found, str) else None
        if moment is None or moment.tzinfo is None:
            raise ValueError("time")
        return moment
    digits = str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError("time")
    return datetime.fromtimestamp(int(digits) / (1000 if said.time == "milliseconds" else 1), UTC)


__all__: Sequence[str] = ["happened"]
