"""Spans for an OpenTelemetry collector, by OTLP over HTTP. Loaded only where one is named: it needs the extra `otel`.

Where the collector is, its headers, time limit and certificate, what is sampled and what the resource is called: the
SDK reads these of OpenTelemetry's own variables (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/).

Every role derives the same first span of a message's trace: its id is the end of the trace's (`roles.trace`). So what
a worker does about a message is below what serve did, though nothing of it waits in the database; and whether a trace
is sampled each role finds by itself, the same way. Export goes on in a thread: a queue that is full drops spans, which
is counted, and nobody waits for a collector.
"""

import logging
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

import structlog
from opentelemetry.context import Context, attach, detach
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    get_current_span,
    set_span_in_context,
)
from opentelemetry.trace import Span as Otel

from desk.http.tracing import SPANS, UNRECORDED, Kind, Span, Value

log = structlog.get_logger(__name__)

QUEUED = 2048
AT_ONCE = 512
EVERY_SECONDS = 1.0
CLOSING_SECONDS = 2.0
"""So long a process that ends waits for what is still to be exported."""
KINDS: Mapping[Kind, SpanKind] = {
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
    "producer": SpanKind.PRODUCER,
    "consumer": SpanKind.CONSUMER,
}
TALKATIVE = ("opentelemetry", "urllib3")
"""They say of every try that a collector is away; we say it once, and count."""

_first: ContextVar[str | None] = ContextVar("first", default=None)


class _Ids(RandomIdGenerator):
    """Ids by chance, but for the first span of a trace that is known."""

    def generate_trace_id(self) -> int:
        """The trace's."""
        trace = _first.get()
        return super().generate_trace_id() if trace is None else int(trace, 16)

    def generate_span_id(self) -> int:
        """The end of it."""
        trace = _first.get()
        return super().generate_span_id() if trace is None else int(trace[16:], 16)


class Queue(SpanProcessor):
    """Exports from a thread of its own. What does not fit is dropped, and counted."""

    def __init__(self, exporter: SpanExporter, *, queued: int = QUEUED, at_once: int = AT_ONCE) -> None:
        self._exporter = exporter
        self._queued, self._at_once = queued, at_once
        self._waiting: deque[ReadableSpan] = deque()
        self._changed = threading.Condition()
        self._ends = self._fails = False
        self._thread = threading.Thread(target=self._run, name="spans", daemon=True)
        self._thread.start()

    def on_end(self, span: ReadableSpan) -> None:
        """Put a span that has ended into the queue."""
        context = span.context
        if context is None or not context.trace_flags.sampled:
            return
        with self._changed:
            if self._ends or len(self._waiting) >= self._queued:
                SPANS.labels(outcome="dropped").inc()
                return
            self._waiting.append(span)
            if len(self._waiting) >= self._at_once:
                self._changed.notify()

    def shutdown(self) -> None:
        """Export what waits, for a moment; the rest is dropped."""
        with self._changed:
            self._ends = True
            self._changed.notify()
        self._thread.join(CLOSING_SECONDS)
        self._exporter.shutdown()
        with self._changed:
            SPANS.labels(outcome="dropped").inc(len(self._waiting))
            self._waiting.clear()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._ends or len(self._waiting) >= self._at_once, EVERY_SECONDS)
                some = [self._waiting.popleft() for _ in range(min(self._at_once, len(self._waiting)))]
                if not some and self._ends:
                    return
            if some:
                self._export(some)

    def _export(self, some: list[ReadableSpan]) -> None:
        fails = self._exporter.export(some) is not SpanExportResult.SUCCESS
        SPANS.labels(outcome="failed" if fails else "exported").inc(len(some))
        if fails != self._fails:
            self._fails = fails
            log.warning("spans_not_taken" if fails else "spans_taken_again", spans=len(some))


class _Recorded:
    """A span that is recorded."""

    def __init__(self, otel: Otel) -> None:
        self._otel = otel
        self._failed = False

    def attribute(self, name: str, value: Value) -> None:
        """Note an attribute."""
        self._otel.set_attribute(name, value)

    def fail(self, kind: str) -> None:
        """Note the first failure; without any text, which may quote a resident."""
        if not self._failed:
            self._failed = True
            self._otel.set_attribute("error.type", kind)
            self._otel.set_status(Status(StatusCode.ERROR))


class Spans:
    """Records spans for a provider."""

    def __init__(self, provider: TracerProvider, version: str) -> None:
        self._sampler = provider.sampler
        self._tracer = provider.get_tracer("citydesk", version)

    def follow(self, trace: str) -> None:
        """Let what follows in this task belong below the first span of a trace."""
        if _current().trace_id != int(trace, 16):
            attach(set_span_in_context(NonRecordingSpan(self._first_of(trace)), Context()))

    @contextmanager
    def following(self, header: str) -> Iterator[None]:
        """Let what is done meanwhile belong below the span that a `traceparent` names."""
        _, trace, span, flags = header.split("-")
        parent = SpanContext(int(trace, 16), int(span, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16) & 1))
        token = attach(set_span_in_context(NonRecordingSpan(parent), Context()))
        try:
            yield
        finally:
            detach(token)

    @contextmanager
    def first(self, name: str, attributes: Mapping[str, Value], began: int) -> Iterator[Span]:
        """The first span of the trace that is followed."""
        token = _first.set(f"{_current().trace_id:032x}")
        try:
            otel = self._tracer.start_span(name, Context(), SpanKind.PRODUCER, dict(attributes), start_time=began)
        finally:
            _first.reset(token)
        with _ended(otel) as recorded:
            yield recorded

    @contextmanager
    def alone(self, name: str, kind: Kind, attributes: Mapping[str, Value]) -> Iterator[tuple[Span, str]]:
        """A span that begins a trace of its own, and that trace."""
        otel = self._tracer.start_span(name, Context(), KINDS[kind], dict(attributes))
        with _ended(otel) as recorded:
            yield recorded, f"{otel.get_span_context().trace_id:032x}"

    @contextmanager
    def below(self, name: str, kind: Kind, attributes: Mapping[str, Value]) -> Iterator[Span]:
        """A span below the current one; nothing where no trace is followed."""
        if not _current().is_valid:
            yield UNRECORDED
            return
        with _ended(self._tracer.start_span(name, kind=KINDS[kind], attributes=dict(attributes))) as recorded:
            yield recorded

    def sent_along(self) -> str | None:
        """The `traceparent` of the current span."""
        current = _current()
        if not current.is_valid:
            return None
        return f"00-{current.trace_id:032x}-{current.span_id:016x}-{current.trace_flags & 1:02x}"

    def _first_of(self, trace: str) -> SpanContext:
        number = int(trace, 16)
        decided = self._sampler.should_sample(Context(), number, "", SpanKind.PRODUCER).decision
        flags = TraceFlags.SAMPLED if decided is Decision.RECORD_AND_SAMPLE else TraceFlags.DEFAULT
        return SpanContext(number, int(trace[16:], 16), is_remote=True, trace_flags=TraceFlags(flags))


@contextmanager
def open_spans(
    role: str, version: str, *, exporter: SpanExporter | None = None, queued: int = QUEUED
) -> Iterator[Spans]:
    """Record spans of a role, and export them while the block lasts: by OTLP, unless another exporter is given."""
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    named = {"service.name": f"citydesk-{role}", "service.namespace": "citydesk", "service.version": version}
    resource = Resource.create(named).merge(OTELResourceDetector().detect())  # what an operator says counts before ours
    provider = TracerProvider(resource=resource, id_generator=_Ids(), shutdown_on_exit=False)
    provider.add_span_processor(Queue(exporter or OTLPSpanExporter(), queued=queued))
    try:
        yield Spans(provider, version)
    finally:
        provider.shutdown()


def _current() -> SpanContext:
    return get_current_span().get_span_context()


@contextmanager
def _ended(otel: Otel) -> Iterator[_Recorded]:
    """Make a span the current one while the block lasts, and end it. Of what is raised the class alone is noted."""
    recorded, token = _Recorded(otel), attach(set_span_in_context(otel))
    try:
        yield recorded
    except BaseException as exc:
        recorded.fail(type(exc).__name__)
        raise
    finally:
        detach(token)
        otel.end()
