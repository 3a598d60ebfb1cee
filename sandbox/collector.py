"""A pretend OpenTelemetry collector, at `/collector/v1/traces`: it takes spans by OTLP over HTTP (protobuf).

What it took is at `GET /_sandbox/collector`; `DELETE` forgets it. It keeps nothing beyond
its process. How its server misbehaves (hangs, 503, cut off, nonsense) is set by faults of the system `collector`.
What reads spans is loaded with the first of them: it comes with the extra `otel`.
"""

import gzip
from collections import deque
from collections.abc import Iterable
from typing import Any

from aiohttp import web

from sandbox.problems import problem

MOST = 5_000  # spans that are kept
PROTOBUF = "application/x-protobuf"


class Collector:
    """The collector; it serves no city."""

    name = "collector"

    def __init__(self) -> None:
        self._taken: deque[dict[str, Any]] = deque(maxlen=MOST)

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        yield web.post("/collector/v1/traces", self._take)
        yield web.get("/_sandbox/collector", self._show)
        yield web.delete("/_sandbox/collector", self._forget)

    def cities(self) -> list[str]:
        return []

    def facts(self, city: str) -> dict[str, str]:  # noqa: ARG002 - nothing that residents need to know beforehand
        return {}

    async def _take(self, request: web.Request) -> web.Response:
        if request.content_type != PROTOBUF:
            return problem(415, "not-protobuf", f"Spans come as {PROTOBUF}.")
        content = await request.read()
        if request.headers.get("Content-Encoding") == "gzip" and content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
        try:
            self._taken.extend(spans_of(content))
        except ValueError:
            return problem(400, "malformed", "These are no spans.")
        return web.Response(body=b"", content_type=PROTOBUF)

    async def _show(self, _: web.Request) -> web.Response:
        return web.json_response({"spans": list(self._taken)})

    async def _forget(self, _: web.Request) -> web.Response:
        self._taken.clear()
        return web.Response(status=204)


def spans_of(content: bytes) -> Iterable[dict[str, Any]]:
    """The spans of a request, each with what its resource is called and all its attributes, by name.

    Raises:
        ValueError: it is no request of OTLP.
    """
    from google.protobuf.message import DecodeError
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    asked = ExportTraceServiceRequest()
    try:
        asked.ParseFromString(content)
    except DecodeError as exc:
        raise ValueError("no request of OTLP") from exc
    for of_resource in asked.resource_spans:
        resource = _attributes(of_resource.resource.attributes)
        for of_scope in of_resource.scope_spans:
            for span in of_scope.spans:
                yield {
                    "service": resource.get("service.name", ""),
                    "resource": resource,
                    "trace": span.trace_id.hex(),
                    "span": span.span_id.hex(),
                    "parent": span.parent_span_id.hex(),
                    "name": span.name,
                    "kind": span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower(),
                    "began": span.start_time_unix_nano,
                    "ended": span.end_time_unix_nano,
                    "attributes": _attributes(span.attributes),
                    "events": [event.name for event in span.events],
                    "failed": span.status.code == span.status.STATUS_CODE_ERROR,
                    "said": span.status.message,
                }


def _attributes(given: Iterable[Any]) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value") or "string_value", None) for one in given}
