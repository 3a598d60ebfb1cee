"""A document of our own of an alert that was let through: CAP 1.2, in its order of elements.

Its number, sender and time are ours; what it says is its source's, in all languages. `source` names the document that
it is made of. What it refers to are documents of ours.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from xml.sax.saxutils import escape

from desk.alerts.cap import Alert, Area, Info, Pair, Resource
from desk.alerts.codes import Kind
from desk.alerts.elements import CAP, WITHIN
from desk.alerts.rows import AlertRow

type Tree = Sequence[tuple[str, "str | Tree"]]


def document_of(
    row: AlertRow, read: Alert | None, infos: Sequence[Info], host: str, replaced: Sequence[AlertRow]
) -> bytes:
    """Write the document of an alert. `read`: what came; None: a Cancel of ours. `replaced`: those that it ended."""
    assert row.number is not None
    assert row.live_at is not None
    kind = row.kind if row.kind is not Kind.UPDATE or replaced else Kind.ALERT
    made_of = f"{row.sender},{row.identifier},{_time(row.sent)}"
    tree: list[tuple[str, str | Tree]] = [
        ("identifier", row.number),
        ("sender", host),
        ("sent", _time(row.live_at)),
        ("status", row.status),
        ("msgType", kind),
        ("scope", row.scope),
    ]
    if read is not None:
        tree += [("source", made_of)]
        tree += [("code", one) for one in read.codes]
    if replaced:
        named = [f"{host},{one.number},{_time(one.live_at)}" for one in replaced if one.live_at is not None]
        tree.append(("references", " ".join(named)))
    tree += [("info", [*_info(one)]) for one in infos]
    return _written("alert", _in_order("alert", tree))


def _info(info: Info) -> Iterator[tuple[str, str | Tree]]:
    yield ("language", info.language)
    yield from (("category", one) for one in info.categories)
    yield ("event", info.event)
    yield from (("responseType", one) for one in info.responses)
    yield ("urgency", info.urgency)
    yield ("severity", info.severity)
    yield ("certainty", info.certainty)
    yield from (("eventCode", _pair(one)) for one in info.codes)
    yield from _times(("effective", info.effective), ("onset", info.onset), ("expires", info.expires))
    yield from _texts(
        ("audience", info.audience),
        ("senderName", info.sender_name),
        ("headline", info.headline),
        ("description", info.description),
        ("instruction", info.instruction),
        ("web", info.web),
        ("contact", info.contact),
    )
    yield from (("parameter", _pair(one)) for one in info.parameters)
    yield from (("resource", [*_resource(one)]) for one in info.resources)
    yield from (("area", [*_area(one)]) for one in info.areas)


def _resource(resource: Resource) -> Iterator[tuple[str, str]]:
    yield ("resourceDesc", resource.description)
    yield ("mimeType", resource.mime)
    yield from _texts(("size", resource.size), ("uri", resource.uri), ("digest", resource.digest))


def _area(area: Area) -> Iterator[tuple[str, str | Tree]]:
    yield ("areaDesc", area.description)
    for ring in area.rings:
        yield ("polygon", " ".join(f"{_degrees(lat)},{_degrees(lon)}" for lat, lon in ring))
    for circle in area.circles:
        yield ("circle", f"{_degrees(circle.lat)},{_degrees(circle.lon)} {_degrees(circle.km)}")
    yield from (("geocode", _pair(one)) for one in area.geocodes)
    yield from _texts(("altitude", area.altitude), ("ceiling", area.ceiling))


def _pair(pair: Pair) -> Tree:
    return [("valueName", pair.name), ("value", pair.value)]


def _texts(*texts: tuple[str, str | None]) -> Iterator[tuple[str, str]]:
    yield from ((name, said) for name, said in texts if said is not None)


def _times(*times: tuple[str, datetime | None]) -> Iterator[tuple[str, str]]:
    yield from ((name, _time(at)) for name, at in times if at is not None)


def _time(at: datetime) -> str:
    """With its offset in digits, to the second: the standard's DateTime."""
    said = at.replace(microsecond=0).isoformat()
    return said.replace("+00:00", "-00:00")  # UTC that says so, section 3.3.2


def _degrees(value: float) -> str:
    return f"{value:.10f}".rstrip("0").rstrip(".")


def _in_order(name: str, tree: Tree) -> Tree:
    places = {child: place for place, (child, _, _) in enumerate(WITHIN[name])}
    ordered = sorted(tree, key=lambda one: places[one[0]])
    return [
        (child, inside if isinstance(inside, str) or child not in WITHIN else _in_order(child, inside))
        for child, inside in ordered
    ]


def _written(root: str, tree: Tree) -> bytes:
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return (head + f'<{root} xmlns="{CAP}">{_inside(tree)}</{root}>\n').encode()


def _inside(tree: Tree) -> str:
    return "".join(
        f"<{name}>{escape(said) if isinstance(said, str) else _inside(said)}</{name}>" for name, said in tree
    )
