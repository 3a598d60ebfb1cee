"""A CAP 1.2 document, read from whoever sent it: one immutable `Alert`, or `Refused` with the reason.

Each step is behind the limits of the one before: bytes, elements, their order, the form of each, how many points there
are, and then geometry. A ring that crosses itself is refused and not mended: which side it means nobody can know.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from desk.alerts import shapes
from desk.alerts.codes import Category, Certainty, Kind, Response, Scope, Severity, Status, Urgency
from desk.alerts.documents import Element, Refused, parse, quoted
from desk.alerts.elements import CAP, SIGNATURE, Parts, parts_of, text_of
from desk.alerts.shapes import Circle, Ring

MOST_INFOS = 50
MOST_AREAS = 500
MOST_RINGS = 500
MOST_CIRCLES = 500
MOST_POINTS = 20_000  # of all rings of a document
MOST_GEOCODES = 5_000
MOST_REFERENCES = 100
LONGEST_NUMBER = 200  # characters of an identifier or a sender
LONGEST_LINE = 500
LONGEST_TEXT = 20_000
WIDEST_KM = 20_000.0  # half the way around the earth
FIRST_YEAR, LAST_YEAR = 1970, 2199
LANGUAGE = "en-US"  # where an info names none: the standard's default

NUMBER = re.compile(r"[^\s,<&]+")  # an identifier or a sender: no spaces, commas or restricted characters
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-](?:0\d|1[0-4]):[0-5]\d", re.ASCII)
TAG = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
DEGREES = re.compile(r"[+-]?\d{1,3}(?:\.\d{1,20})?", re.ASCII)
RADIUS = re.compile(r"\d{1,6}(?:\.\d{1,20})?", re.ASCII)
DECIMAL = re.compile(r"[+-]?\d{1,9}(?:\.\d{1,20})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Reference:
    """An earlier document, as a later one names it."""

    sender: str
    identifier: str
    sent: datetime


@dataclass(frozen=True, slots=True)
class Pair:
    """`valueName` and `value`: a code of some system."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Area:
    """Where an info holds: all that its rings, circles and codes cover together."""

    description: str
    rings: tuple[Ring, ...] = ()
    circles: tuple[Circle, ...] = ()
    geocodes: tuple[Pair, ...] = ()
    altitude: str | None = None
    ceiling: str | None = None


@dataclass(frozen=True, slots=True)
class Resource:
    """A file beside an info. What it holds is neither fetched nor kept."""

    description: str
    mime: str
    size: str | None = None
    uri: str | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Info:
    """What an alert says in one language, of one event and for some areas."""

    language: str
    categories: tuple[Category, ...]
    event: str
    urgency: Urgency
    severity: Severity
    certainty: Certainty
    responses: tuple[Response, ...] = ()
    audience: str | None = None
    codes: tuple[Pair, ...] = ()
    effective: datetime | None = None
    onset: datetime | None = None
    expires: datetime | None = None
    sender_name: str | None = None
    headline: str | None = None
    description: str | None = None
    instruction: str | None = None
    web: str | None = None
    contact: str | None = None
    parameters: tuple[Pair, ...] = ()
    resources: tuple[Resource, ...] = ()
    areas: tuple[Area, ...] = ()


@dataclass(frozen=True, slots=True)
class Alert:
    """A document. Times have their offsets; `is_signed` says that a signature stands there, not that it is good."""

    identifier: str
    sender: str
    sent: datetime
    status: Status
    kind: Kind
    scope: Scope
    source: str | None = None
    restriction: str | None = None
    addresses: str | None = None
    codes: tuple[str, ...] = ()
    note: str | None = None
    references: tuple[Reference, ...] = ()
    incidents: str | None = None
    infos: tuple[Info, ...] = ()
    is_signed: bool = False


@dataclass(slots=True)
class _Counted:
    """How much geometry a document has had so far."""

    areas: int = 0
    rings: int = 0
    circles: int = 0
    geocodes: int = 0
    known: dict[str, Ring] = field(default_factory=dict)  # the same ring stands in the info of every language

    def more(self, what: str, by: int, most: int) -> None:
        now = getattr(self, what) + by
        setattr(self, what, now)
        if now > most:
            raise Refused(f"too_many_{what}", f"It has more than {most} {what}.")


def read(document: bytes) -> Alert:
    """Read a document.

    Raises:
        Refused: it is not one of CAP 1.2, or larger than the limits here.
    """
    root = parse(document, (CAP, "alert"))
    parts = parts_of(root, "alert")
    if len(parts["info"]) > MOST_INFOS:
        raise Refused("too_many_infos", f"It has {len(parts['info'])} infos; at most {MOST_INFOS} are read.")
    alert = Alert(
        identifier=_number(parts, "identifier"),
        sender=_number(parts, "sender"),
        sent=_time(_one(parts, "sent", "alert"), "alert/sent"),
        status=_word(Status, parts["status"][0], "alert"),
        kind=_word(Kind, parts["msgType"][0], "alert"),
        scope=_word(Scope, parts["scope"][0], "alert"),
        source=_maybe(parts, "source", "alert"),
        restriction=_maybe(parts, "restriction", "alert"),
        addresses=_maybe(parts, "addresses", "alert", LONGEST_TEXT),
        codes=tuple(_texts(parts, "code", "alert")),
        note=_maybe(parts, "note", "alert", LONGEST_TEXT),
        references=_references(_maybe(parts, "references", "alert", LONGEST_TEXT)),
        incidents=_maybe(parts, "incidents", "alert", LONGEST_TEXT),
        is_signed=any(one.namespace == SIGNATURE and one.name == "Signature" for one in root.children),
    )
    _whole(alert, has_info=bool(parts["info"]))
    _countable(root)
    counted = _Counted()
    infos = tuple(_info(one, f"alert/info[{n}]", counted) for n, one in enumerate(parts["info"], 1))
    read_so_far = {name: getattr(alert, name) for name in Alert.__slots__}
    return Alert(**{**read_so_far, "infos": infos})


def _countable(root: Element) -> None:
    """Refuse more points than are looked at, before any is."""
    areas = [area for info in root.children for area in info.children if area.name == "area"]
    rings = [ring for area in areas for ring in area.children if ring.name == "polygon"]
    points = sum(len(ring.text.split()) for ring in rings)
    if points > MOST_POINTS:
        raise Refused("too_many_points", f"It has {points} points; at most {MOST_POINTS} are read.")


def _whole(alert: Alert, *, has_info: bool) -> None:
    """What the standard wants of parts together."""
    if alert.scope is Scope.RESTRICTED and not alert.restriction:
        raise Refused("no_restriction", "Its scope is Restricted; then `restriction` says to whom.")
    if alert.scope is Scope.PRIVATE and not alert.addresses:
        raise Refused("no_addresses", "Its scope is Private; then `addresses` says for whom.")
    if alert.kind in {Kind.UPDATE, Kind.CANCEL} and not alert.references:
        raise Refused("no_references", f"An {alert.kind} says in `references` which document it is about.")
    if alert.kind in {Kind.ALERT, Kind.UPDATE} and not has_info:
        raise Refused("no_info", f"An {alert.kind} without `info` says nothing.")
    for one in alert.references:
        if (one.sender, one.identifier) == (alert.sender, alert.identifier) and one.sent >= alert.sent:
            raise Refused("refers_to_itself", "It refers to itself.")


def _info(element: Element, where: str, counted: _Counted) -> Info:
    parts = parts_of(element, where)
    language = _maybe(parts, "language", where) or LANGUAGE
    if not TAG.fullmatch(language):
        raise Refused("not_a_language", f"{where}/language is no language: {quoted(language)}.")
    effective, onset, expires = (
        None if (said := _maybe(parts, name, where)) is None else _time(said, f"{where}/{name}")
        for name in ("effective", "onset", "expires")
    )
    counted.more("areas", len(parts["area"]), MOST_AREAS)
    return Info(
        language=language,
        categories=tuple(_word(Category, one, where) for one in parts["category"]),
        event=_one(parts, "event", where),
        responses=tuple(_word(Response, one, where) for one in parts["responseType"]),
        urgency=_word(Urgency, parts["urgency"][0], where),
        severity=_word(Severity, parts["severity"][0], where),
        certainty=_word(Certainty, parts["certainty"][0], where),
        audience=_maybe(parts, "audience", where),
        codes=tuple(_pairs(parts["eventCode"], f"{where}/eventCode")),
        effective=effective,
        onset=onset,
        expires=expires,
        sender_name=_maybe(parts, "senderName", where),
        headline=_maybe(parts, "headline", where),
        description=_maybe(parts, "description", where, LONGEST_TEXT),
        instruction=_maybe(parts, "instruction", where, LONGEST_TEXT),
        web=_maybe(parts, "web", where, 2_000),
        contact=_maybe(parts, "contact", where),
        parameters=tuple(_pairs(parts["parameter"], f"{where}/parameter")),
        resources=tuple(_resource(one, f"{where}/resource[{n}]") for n, one in enumerate(parts["resource"], 1)),
        areas=tuple(_area(one, f"{where}/area[{n}]", counted) for n, one in enumerate(parts["area"], 1)),
    )


def _resource(element: Element, where: str) -> Resource:
    parts = parts_of(element, where)
    size = _maybe(parts, "size", where)
    if size is not None and not re.fullmatch(r"\d{1,15}", size, re.ASCII):
        raise Refused("not_a_number", f"{where}/size is no number of bytes: {quoted(size)}.")
    return Resource(
        description=_one(parts, "resourceDesc", where),
        mime=_one(parts, "mimeType", where),
        size=size,
        uri=_maybe(parts, "uri", where, 2_000),
        digest=_maybe(parts, "digest", where),
    )


def _area(element: Element, where: str, counted: _Counted) -> Area:
    parts = parts_of(element, where)
    counted.more("rings", len(parts["polygon"]), MOST_RINGS)
    counted.more("circles", len(parts["circle"]), MOST_CIRCLES)
    counted.more("geocodes", len(parts["geocode"]), MOST_GEOCODES)
    return Area(
        description=_one(parts, "areaDesc", where, LONGEST_TEXT),
        rings=tuple(_ring(one, f"{where}/polygon[{n}]", counted) for n, one in enumerate(parts["polygon"], 1)),
        circles=tuple(_circle(one, f"{where}/circle[{n}]") for n, one in enumerate(parts["circle"], 1)),
        geocodes=tuple(_pairs(parts["geocode"], f"{where}/geocode")),
        altitude=_decimal(parts, "altitude", where),
        ceiling=_decimal(parts, "ceiling", where),
    )


def _ring(element: Element, where: str, counted: _Counted) -> Ring:
    said = text_of(element, where)
    if (known := counted.known.get(said)) is not None:
        return known
    points = said.split()
    if len(points) < 4:
        raise Refused("polygon_too_short", f"{where} has {len(points)} points; a ring has four or more.")
    ring = tuple(_point(one, where) for one in points)
    if ring[0] != ring[-1]:
        raise Refused("polygon_open", f"{where} does not end where it begins.")
    if (fault := shapes.fault_of(ring)) is not None:
        raise Refused("polygon_crossing", f"{where} crosses itself, or encloses nothing: {fault}.")
    counted.known[said] = ring
    return ring


def _circle(element: Element, where: str) -> Circle:
    said = text_of(element, where).split()
    if len(said) != 2 or not RADIUS.fullmatch(said[1]) or float(said[1]) > WIDEST_KM:
        raise Refused("not_a_circle", f"{where} is no point with a radius of up to {WIDEST_KM:.0f} km.")
    lat, lon = _point(said[0], where)
    return Circle(lat, lon, float(said[1]))


def _point(said: str, where: str) -> tuple[float, float]:
    lat, comma, lon = said.partition(",")
    if comma and DEGREES.fullmatch(lat) and DEGREES.fullmatch(lon):
        point = float(lat), float(lon)
        if abs(point[0]) <= 90 and abs(point[1]) <= 180 and all(map(math.isfinite, point)):
            return point
    raise Refused("not_a_point", f"{where} has a point that is no latitude and longitude: {quoted(said)}.")


def _references(said: str | None) -> tuple[Reference, ...]:
    named = (said or "").split()
    if len(named) > MOST_REFERENCES:
        raise Refused(
            "too_many_references", f"It refers to {len(named)} documents; at most {MOST_REFERENCES} are read."
        )
    found = []
    for one in named:
        parts = one.split(",")
        if len(parts) != 3 or not all(0 < len(part) <= LONGEST_NUMBER for part in parts):
            raise Refused("not_a_reference", f"alert/references has no sender,identifier,sent: {quoted(one)}.")
        found.append(Reference(parts[0], parts[1], _time(parts[2], "alert/references")))
    return tuple(dict.fromkeys(found))


def _number(parts: Parts, name: str) -> str:
    said = _one(parts, name, "alert", LONGEST_NUMBER)
    if not NUMBER.fullmatch(said) or not said.isprintable():
        raise Refused("not_an_identifier", f"alert/{name} has a space, a comma, < or &: {quoted(said)}.")
    return said


def _time(said: str, where: str) -> datetime:
    if TIME.fullmatch(said):
        try:
            read_time = datetime.fromisoformat(said)
        except ValueError:
            read_time = None
        if read_time is not None and FIRST_YEAR <= read_time.year <= LAST_YEAR:
            return read_time
    raise Refused("not_a_time", f"{where} is no time with its offset, as 2026-11-24T10:00:00+08:00: {quoted(said)}.")


def _word[Word: StrEnum](words: type[Word], element: Element, where: str) -> Word:
    said = text_of(element, where)
    try:
        return words(said)
    except ValueError:
        listed = ", ".join(words)
        raise Refused("not_a_code", f"{where}/{element.name} is {quoted(said)}; it may be: {listed}.") from None


def _pairs(elements: Sequence[Element], where: str) -> Iterator[Pair]:
    for one in elements:
        parts = parts_of(one, where)
        value = _bounded(text_of(parts["value"][0], where), f"{where}/value", LONGEST_TEXT)
        yield Pair(_one(parts, "valueName", where), value)


def _one(parts: Parts, name: str, where: str, longest: int = LONGEST_LINE) -> str:
    said = _maybe(parts, name, where, longest)
    if not said:
        raise Refused("empty", f"{where}/{name} is empty.")
    return said


def _maybe(parts: Parts, name: str, where: str, longest: int = LONGEST_LINE) -> str | None:
    return next(_texts(parts, name, where, longest), None)


def _texts(parts: Parts, name: str, where: str, longest: int = LONGEST_LINE) -> Iterator[str]:
    """Texts of elements of a name; empty ones count as left out."""
    for one in parts[name]:
        if said := _bounded(text_of(one, f"{where}/{name}"), f"{where}/{name}", longest):
            yield said


def _bounded(said: str, where: str, longest: int) -> str:
    if len(said) > longest:
        raise Refused("too_long", f"{where} has {len(said)} characters; at most {longest} are read.")
    return said


def _decimal(parts: Parts, name: str, where: str) -> str | None:
    said = _maybe(parts, name, where)
    if said is not None and not DECIMAL.fullmatch(said):
        raise Refused("not_a_number", f"{where}/{name} is no number: {quoted(said)}.")
    return said


def lasts_until(alert: Alert, otherwise: timedelta) -> datetime:
    """When the last of its infos expires; one that does not say so expires so long after it takes effect."""
    ends = [one.expires or (one.effective or alert.sent) + otherwise for one in alert.infos]
    return max(ends, default=alert.sent + otherwise).astimezone(UTC)
