"""Answers in both formats of GeoReport v2: the same records as XML and as JSON."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from aiohttp import web

type Record = Mapping[str, Any]
ITEMS = {
    "services": "service",
    "service_requests": "request",
    "errors": "error",
    "attributes": "attribute",
    "values": "value",
    "endpoints": "endpoint",
    "formats": "format",
}
NUMBERS = ("service_request_id",)
"""Written as numbers in JSON, as many servers do."""


class ReportError(Exception):
    """A call that the server does not take: `status` and what it says."""

    def __init__(self, status: int, description: str) -> None:
        super().__init__(description)
        self.status = status


def listed(name: str, records: Sequence[Record], format: str) -> web.Response:
    """A list of records; `name` is what the XML calls it."""
    if format == "json":
        return _json([{key: _as_number(key, value) for key, value in one.items()} for one in records])
    root = Element(name)
    for one in records:
        _fill(SubElement(root, ITEMS[name]), one)
    return _xml(root)


def single(name: str, record: Record, format: str) -> web.Response:
    """One record."""
    if format == "json":
        return _json(record)
    root = Element(name)
    _fill(root, record)
    return _xml(root)


def error(exc: ReportError, format: str) -> web.Response:
    """An error, with its status."""
    answer = listed("errors", [{"code": exc.status, "description": str(exc)}], format)
    answer.set_status(exc.status)
    return answer


def _fill(element: Element, record: Record) -> None:
    for name, value in record.items():
        child = SubElement(element, name)
        if isinstance(value, list):
            for item in value:
                inner = SubElement(child, ITEMS[name])
                if isinstance(item, Mapping):
                    _fill(inner, item)
                else:
                    inner.text = str(item)
        elif value is not None:
            child.text = (
                {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)
            )


def _as_number(name: str, value: object) -> object:
    return int(value) if name in NUMBERS and isinstance(value, str) and value.isdigit() else value


def _json(body: object) -> web.Response:
    return web.Response(body=json.dumps(body, ensure_ascii=False).encode(), content_type="application/json")


def _xml(root: Element) -> web.Response:
    body = tostring(root, encoding="utf-8", xml_declaration=True)
    return web.Response(body=body, content_type="text/xml", charset="utf-8")
