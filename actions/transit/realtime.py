"""Reads GTFS-Realtime messages.

https://gtfs.org/documentation/realtime/reference/ (moments are Unix times; delays seconds, late is positive).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum

from google.protobuf.message import DecodeError
from google.transit import gtfs_realtime_pb2 as pb

from actions.transit.naming import Names, locale_of, names_of
from actions.transit.service_day import day, seconds
from desk.contract.errors import BackendNonsense


class Fate(Enum):
    """What becomes of a trip (`TripDescriptor.schedule_relationship`)."""

    RUNS = "runs"
    CANCELLED = "cancelled"
    DELETED = "deleted"  # cancelled, and residents need not be told
    EXTRA = "extra"  # not in the timetable
    REPLACED = "replaced"  # in the timetable, but with other stops and times


_FATES = {
    pb.TripDescriptor.SCHEDULED: Fate.RUNS,
    pb.TripDescriptor.UNSCHEDULED: Fate.RUNS,
    pb.TripDescriptor.CANCELED: Fate.CANCELLED,
    pb.TripDescriptor.DELETED: Fate.DELETED,
    pb.TripDescriptor.ADDED: Fate.EXTRA,
    pb.TripDescriptor.NEW: Fate.EXTRA,
    pb.TripDescriptor.DUPLICATED: Fate.EXTRA,
    pb.TripDescriptor.REPLACEMENT: Fate.REPLACED,
}


class Halt(Enum):
    """What becomes of a call (`StopTimeUpdate.schedule_relationship`)."""

    MADE = "made"
    SKIPPED = "skipped"
    NO_DATA = "no_data"


_HALTS = {
    pb.TripUpdate.StopTimeUpdate.SCHEDULED: Halt.MADE,
    pb.TripUpdate.StopTimeUpdate.UNSCHEDULED: Halt.MADE,
    pb.TripUpdate.StopTimeUpdate.SKIPPED: Halt.SKIPPED,
    pb.TripUpdate.StopTimeUpdate.NO_DATA: Halt.NO_DATA,
}


@dataclass(frozen=True, slots=True)
class TripRef:
    """Which trip is meant: by id, or by route, direction and start. `start` is seconds of the service day."""

    trip_id: str | None = None
    route_id: str | None = None
    direction: int | None = None
    start_date: date | None = None
    start: int | None = None
    fate: Fate = Fate.RUNS


@dataclass(frozen=True, slots=True)
class Expected:
    """When something is expected: a moment, or a delay against the timetable; the moment counts where both stand."""

    time: int | None = None
    delay: int | None = None


@dataclass(frozen=True, slots=True)
class StopUpdate:
    """News of one call, found by sequence or by stop."""

    seq: int | None = None
    stop_id: str | None = None
    arrival: Expected | None = None
    departure: Expected | None = None
    halt: Halt = Halt.MADE


@dataclass(frozen=True, slots=True)
class TripUpdate:
    """News of one trip. `delay` holds for the stops before the first update that says more."""

    trip: TripRef
    stops: tuple[StopUpdate, ...] = ()
    delay: int | None = None
    vehicle: str | None = None


class Standing(Enum):
    """How a vehicle stands to the stop it names."""

    INCOMING = "incoming"
    STOPPED = "stopped"
    IN_TRANSIT = "in_transit"


_STANDINGS = {
    pb.VehiclePosition.INCOMING_AT: Standing.INCOMING,
    pb.VehiclePosition.STOPPED_AT: Standing.STOPPED,
    pb.VehiclePosition.IN_TRANSIT_TO: Standing.IN_TRANSIT,
}


@dataclass(frozen=True, slots=True)
class Vehicle:
    """Where a vehicle is. Degrees; `bearing` clockwise from north; `at` is when it was measured, if known."""

    id: str
    trip: TripRef | None
    lat: float | None = None
    lon: float | None = None
    bearing: float | None = None
    seq: int | None = None
    stop_id: str | None = None
    standing: Standing = Standing.IN_TRANSIT
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Selector:
    """What an alert is about: every field that is given must fit."""

    agency_id: str | None = None
    route_id: str | None = None
    mode: int | None = None
    stop_id: str | None = None
    trip_id: str | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """A notice of the operator. Without periods it always holds; an end of None is open."""

    id: str
    header: Names
    periods: tuple[tuple[int, int | None], ...] = ()
    about: tuple[Selector, ...] = ()

    def holds(self, now: int) -> bool:
        """Whether the alert holds at a moment."""
        return not self.periods or any(begin <= now and (end is None or now < end) for begin, end in self.periods)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One reading of a feed. `at` is the feed's own moment, None if it gives none."""

    at: int | None = None
    updates: tuple[TripUpdate, ...] = ()
    vehicles: tuple[Vehicle, ...] = ()
    alerts: tuple[Alert, ...] = ()


NOTHING = Snapshot()


def parse(body: bytes) -> Snapshot:
    """Read one message, which may hold any kinds of entities.

    Raises:
        BackendNonsense: it is no complete FeedMessage, or a differential one, which the standard does not define.
    """
    message = pb.FeedMessage()
    try:
        message.ParseFromString(body)
    except (DecodeError, UnicodeDecodeError) as exc:
        raise BackendNonsense(f"The live feed is no GTFS-Realtime message: {exc}") from exc
    if not message.IsInitialized():
        raise BackendNonsense("The live feed is no GTFS-Realtime message: required fields are missing.")
    if message.header.incrementality == pb.FeedHeader.DIFFERENTIAL:
        raise BackendNonsense("The live feed is differential; only full datasets are standardised.")
    return snapshot(message)


def snapshot(message: pb.FeedMessage) -> Snapshot:
    """Turn a message into our own words."""
    entities = [entity for entity in message.entity if not entity.is_deleted]
    updates = tuple(_update(entity.trip_update) for entity in entities if entity.HasField("trip_update"))
    vehicles = tuple(_vehicle(entity.id, entity.vehicle) for entity in entities if entity.HasField("vehicle"))
    alerts = tuple(_alert(entity.id, entity.alert) for entity in entities if entity.HasField("alert"))
    measured = [e.trip_update.timestamp for e in entities] + [e.vehicle.timestamp for e in entities]
    at = message.header.timestamp or max(measured, default=0)
    return Snapshot(at or None, updates, vehicles, alerts)


def merge(snapshots: Iterable[Snapshot]) -> Snapshot:
    """Put feeds together; one address may serve several kinds, so equal entities are kept once."""
    parts = list(snapshots)
    if len(parts) == 1:
        return parts[0]
    return Snapshot(
        max((part.at for part in parts if part.at is not None), default=None),
        tuple(dict.fromkeys(update for part in parts for update in part.updates)),
        tuple(dict.fromkeys(vehicle for part in parts for vehicle in part.vehicles)),
        tuple({alert.id: alert for part in parts for alert in part.alerts}.values()),
    )


def _text(said: str | bytes) -> str:
    """A text of a message; where it is not of UTF-8 the library gives its bytes."""
    return said if isinstance(said, str) else said.decode(errors="replace")


def _trip(trip: pb.TripDescriptor) -> TripRef:
    return TripRef(
        _text(trip.trip_id) or None,
        _text(trip.route_id) or None,
        trip.direction_id if trip.HasField("direction_id") else None,
        day(_text(trip.start_date)),
        seconds(_text(trip.start_time)),
        _FATES.get(trip.schedule_relationship, Fate.RUNS),
    )


def _expected(event: pb.TripUpdate.StopTimeEvent) -> Expected | None:
    if not (event.HasField("time") and event.time) and not event.HasField("delay"):
        return None
    return Expected(event.time or None, event.delay if event.HasField("delay") else None)


def _update(update: pb.TripUpdate) -> TripUpdate:
    stops = tuple(
        StopUpdate(
            stop.stop_sequence if stop.HasField("stop_sequence") else None,
            _text(stop.stop_id) or None,
            _expected(stop.arrival),
            _expected(stop.departure),
            _HALTS.get(stop.schedule_relationship, Halt.MADE),
        )
        for stop in update.stop_time_update
    )
    delay = update.delay if update.HasField("delay") else None
    return TripUpdate(_trip(update.trip), stops, delay, _text(update.vehicle.id) or None)


def _vehicle(entity_id: str, vehicle: pb.VehiclePosition) -> Vehicle:
    position = vehicle.position if vehicle.HasField("position") else None
    return Vehicle(
        _text(vehicle.vehicle.id) or _text(entity_id),
        _trip(vehicle.trip) if vehicle.HasField("trip") else None,
        None if position is None else position.latitude,
        None if position is None else position.longitude,
        position.bearing if position is not None and position.HasField("bearing") else None,
        vehicle.current_stop_sequence if vehicle.HasField("current_stop_sequence") else None,
        _text(vehicle.stop_id) or None,
        _STANDINGS.get(vehicle.current_status, Standing.IN_TRANSIT),
        vehicle.timestamp or None,
    )


def _alert(entity_id: str, alert: pb.Alert) -> Alert:
    translations = list(alert.header_text.translation)
    by_locale = {locale: _text(t.text) for t in translations if (locale := locale_of(_text(t.language))) is not None}
    plain = next((_text(t.text) for t in translations if not t.language), None)
    first = plain or next((_text(t.text) for t in translations), "")
    about = tuple(
        Selector(
            _text(selector.agency_id) or None,
            _text(selector.route_id) or _text(selector.trip.route_id) or None,
            selector.route_type if selector.HasField("route_type") else None,
            _text(selector.stop_id) or None,
            _text(selector.trip.trip_id) or None,
        )
        for selector in alert.informed_entity
    )
    if plain is None and by_locale:
        header = dict(by_locale)
        header.setdefault("zh_Hans", header.get("zh_Hant") or header["en"])
    else:
        header = names_of(first, by_locale, None)
    return Alert(_text(entity_id), header, tuple((p.start, p.end or None) for p in alert.active_period), about)
