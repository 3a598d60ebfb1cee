"""Both formats of GeoReport v2 as the same records.

XML is parsed without DTDs, entities and outside references (defusedxml). A record's elements become strings, lists of
elements become lists: what the JSON format has from the start.
"""

import json
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

type Record = dict[str, Any]


class Unreadable(ValueError):
    """The answer is neither the XML nor the JSON of GeoReport v2."""


LISTS: Mapping[str, tuple[str, ...]] = {
    "services": ("service",),
    "service_requests": ("request", "service_request"),
    "errors": ("error",),
    "attributes": ("attribute",),
    "values": ("value",),
    "endpoints": ("endpoint",),
    "formats": ("format",),
}
"""XML elements that hold a list, and what their items are called."""


def records(content: bytes, name: str, format: str) -> list[Record]:
    """Read a list of records: `name` is what the XML calls it.

    Raises:
        Unreadable: it is not that.
    """
    if format == "json":
        found = _json(content)
        return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else _wrong(name)
    root = _xml(content)
    return [_record(one) for one in root if _tag(one) in LISTS[name]] if _tag(root) == name else _wrong(name)


def document(content: bytes, name: str, format: str) -> Record:
    """Read one record.

    Raises:
        Unreadable: it is not that.
    """
    if format == "json":
        found = _json(content)
        if isinstance(found, list) and len(found) == 1:  # as some servers write it
            found = found[0]
        return found if isinstance(found, dict) else _wrong(name)
    root = _xml(content)
    return _record(root) if _tag(root) == name else _wrong(name)


def refusal(content: bytes, format: str) -> str:
    """What an answer with an error status says, for developers; "" where it says nothing readable."""
    try:
        if format == "json":
            found = _json(content)
            errors = found if isinstance(found, list) else [found]
            said = [str(one.get("description", "")) for one in errors if isinstance(one, dict)]
        else:
            root = _xml(content)
            texts = [element for element in root.iter() if _tag(element) == "description"] or [root]
            said = ["".join(element.itertext()) for element in texts]
    except Unreadable:
        return ""
    return " ".join(" ".join(said).split())[:300]


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as exc:
        raise Unreadable("not JSON") from exc


def _xml(content: bytes) -> Element:
    try:
        return fromstring(content.strip(), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError, RecursionError) as exc:
        raise Unreadable("not XML, or with a document type") from exc


def _wrong(name: str) -> Any:
    raise Unreadable(f"no {name}")


def _tag(element: Element) -> str:
    """An element's name without its namespace; of comments and instructions the empty string."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _record(element: Element) -> Record:
    found: Record = {}
    for child in element:
        name = _tag(child)
        if name in LISTS:
            items = [one for one in child if _tag(one) in LISTS[name]]
            found[name] = [_record(one) if len(one) else (one.text or "").strip() for one in items]
        elif name == "attribute":  # without the list around them, as some servers and samples write it
            found.setdefault("attributes", []).append(_record(child))
        else:
            found[name] = (child.text or "").strip()
    return found
