"""The order of CAP 1.2's elements, as data: what stands in which, in which order, how often.

From the data dictionary and the schema of the standard
(https://docs.oasis-open.org/emergency/cap/v1.2/CAP-v1.2-os.html, 3.2 and 3.4). Reading and writing both hold to it.
"""

from collections.abc import Mapping, Sequence

from desk.alerts.documents import Element, Refused, quoted

CAP = "urn:oasis:names:tc:emergency:cap:1.2"
SIGNATURE = "http://www.w3.org/2000/09/xmldsig#"
MANY = 10_000  # no limit of the standard; documents have limits of their own

type Order = tuple[tuple[str, int, int], ...]
"""Name, least and most of each."""

ALERT: Order = (
    ("identifier", 1, 1),
    ("sender", 1, 1),
    ("sent", 1, 1),
    ("status", 1, 1),
    ("msgType", 1, 1),
    ("source", 0, 1),
    ("scope", 1, 1),
    ("restriction", 0, 1),
    ("addresses", 0, 1),
    ("code", 0, MANY),
    ("note", 0, 1),
    ("references", 0, 1),
    ("incidents", 0, 1),
    ("info", 0, MANY),
)
INFO: Order = (
    ("language", 0, 1),
    ("category", 1, MANY),
    ("event", 1, 1),
    ("responseType", 0, MANY),
    ("urgency", 1, 1),
    ("severity", 1, 1),
    ("certainty", 1, 1),
    ("audience", 0, 1),
    ("eventCode", 0, MANY),
    ("effective", 0, 1),
    ("onset", 0, 1),
    ("expires", 0, 1),
    ("senderName", 0, 1),
    ("headline", 0, 1),
    ("description", 0, 1),
    ("instruction", 0, 1),
    ("web", 0, 1),
    ("contact", 0, 1),
    ("parameter", 0, MANY),
    ("resource", 0, MANY),
    ("area", 0, MANY),
)
RESOURCE: Order = (
    ("resourceDesc", 1, 1),
    ("mimeType", 1, 1),
    ("size", 0, 1),
    ("uri", 0, 1),
    ("derefUri", 0, 1),
    ("digest", 0, 1),
)
AREA: Order = (
    ("areaDesc", 1, 1),
    ("polygon", 0, MANY),
    ("circle", 0, MANY),
    ("geocode", 0, MANY),
    ("altitude", 0, 1),
    ("ceiling", 0, 1),
)
PAIR: Order = (("valueName", 1, 1), ("value", 1, 1))
WITHIN: Mapping[str, Order] = {
    "alert": ALERT,
    "info": INFO,
    "resource": RESOURCE,
    "area": AREA,
    "eventCode": PAIR,
    "parameter": PAIR,
    "geocode": PAIR,
}
"""What holds other elements; every other element holds text."""

type Parts = Mapping[str, Sequence[Element]]


def parts_of(element: Element, where: str) -> Parts:
    """The elements within one, by name; `where` names it in a reason.

    Raises:
        Refused: one is unknown, of another namespace, out of order, absent or too often.
    """
    order = WITHIN[element.name]
    places = {name: place for place, (name, _, _) in enumerate(order)}
    found: dict[str, list[Element]] = {name: [] for name in places}
    if element.text.strip():
        raise Refused("stray_text", f"{where} has text between its elements: {quoted(element.text.strip())}.")
    last = 0
    for child in element.children:
        if child.namespace == SIGNATURE and element.name == "alert":
            last = len(order)  # nothing of CAP follows a signature
            continue
        place = places.get(child.name) if child.namespace == CAP else None
        if place is None:
            raise Refused("unknown_element", f"{where} has no element {quoted(child.name)} in CAP 1.2.")
        if place < last:
            raise Refused("wrong_order", f"{where}/{child.name} stands too late: CAP 1.2 has an order of elements.")
        last = place
        found[child.name].append(child)
    for name, least, most in order:
        if not least <= len(found[name]) <= most:
            raise Refused("missing_or_repeated", f"{where} has {len(found[name])} of {name}; {least} to {most} stand.")
    return found


def text_of(element: Element, where: str) -> str:
    """The text of an element that holds text.

    Raises:
        Refused: it holds elements.
    """
    if element.children:
        raise Refused("unknown_element", f"{where} holds elements; it is a text in CAP 1.2.")
    return element.text.strip()
