"""The trace of what a process does now: bound to its log lines, and sent along with what it asks of others.

Where a collector is named (`desk.app.spans`), spans are recorded beside it, by whoever is given to `recording`. Names
and attributes are OpenTelemetry's (https://opentelemetry.io/docs/specs/semconv/): `messaging.*`, `http.*`. They name
roles, systems and operations, and never a resident: no text, no id, no query.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Literal, Protocol
from urllib.parse import urlsplit

from prometheus_client import Counter
from structlog.contextvars import bind_contextvars, bound_contextvars, get_contextvars

from roles.trace import HEADER, read, trace_of, traceparent

KEY = "trace_id"
"""Its name in log lines: OpenTelemetry's."""
SPANS = Counter("desk_spans_total", "Spans that the collector of traces took, or did not", ["outcome"])
QUEUE = "citydesk"
"""What messages of residents wait in, as `messaging.system` calls it."""

type Kind = Literal["server", "client", "producer", "consumer"]
type Value = str | int

_WORD = re.compile(r"[a-z][a-z_.-]{0,30}")


class Span(Protocol):
    """Something that is being done. Its attributes go to the collector."""

    def attribute(self, name: str, value: Value) -> None:
        """Note an attribute."""

    def fail(self, kind: str) -> None:
        """Note that it failed, by a kind of few values: a class of errors, a status. The first counts."""


class Recorder(Protocol):
    """What records spans."""

    def follow(self, trace: str) -> None:
        """Let what follows in this task belong to a trace, below its first span."""

    def following(self, header: str) -> AbstractContextManager[object]:
        """Let what is done meanwhile belong below the span that a `traceparent` names."""

    def first(self, name: str, attributes: Mapping[str, Value], began: int) -> AbstractContextManager[Span]:
        """The first span of the trace that is followed, from a moment in nanoseconds on."""

    def alone(self, name: str, kind: Kind, attributes: Mapping[str, Value]) -> AbstractContextManager[tuple[Span, str]]:
        """A span that begins a trace of its own, and that trace."""

    def below(self, name: str, kind: Kind, attributes: Mapping[str, Value]) -> AbstractContextManager[Span]:
        """A span below the current one; nothing where no trace is followed."""

    def sent_along(self) -> str | None:
        """The `traceparent` of the current span; None where there is none."""


class _Unrecorded:
    """A span where none are recorded."""

    def attribute(self, name: str, value: Value) -> None:
        """Nothing."""

    def fail(self, kind: str) -> None:
        """Nothing."""


UNRECORDED: Span = _Unrecorded()
_NONE = nullcontext(UNRECORDED)


class _Recording:
    """Who records in this process; nobody, unless `recording` says otherwise."""

    by: Recorder | None = None


@contextmanager
def recording(recorder: Recorder) -> Iterator[None]:
    """Have spans of this process recorded while the block lasts."""
    before, _Recording.by = _Recording.by, recorder
    try:
        yield
    finally:
        _Recording.by = before


def follow(conversation: object, message: object) -> None:
    """Bind the trace of a message until the task ends: a turn's, a request's."""
    trace = trace_of(str(conversation), str(message))
    bind_contextvars(**{KEY: trace})
    if _Recording.by is not None:
        _Recording.by.follow(trace)


@contextmanager
def following(header: str | None) -> Iterator[None]:
    """Bind the trace that somebody sent along, as long as the context lasts; none where none can be read."""
    trace = read(header)
    if trace is None or header is None:
        yield
        return
    spans = nullcontext() if _Recording.by is None else _Recording.by.following(header)
    with bound_contextvars(**{KEY: trace}), spans:
        yield


def sent_along() -> Mapping[str, str]:
    """What tells another which trace its work belongs to."""
    current = None if _Recording.by is None else _Recording.by.sent_along()
    if current is not None:
        return {HEADER: current}
    trace = get_contextvars().get(KEY)
    return {} if trace is None else {HEADER: traceparent(trace)}


def span(name: str, kind: Kind, attributes: Mapping[str, Value]) -> AbstractContextManager[Span]:
    """Record a span of the trace that is followed while the block lasts; what it raises ends it as failed."""
    return _NONE if _Recording.by is None else _Recording.by.below(name, kind, attributes)


def first_span(name: str, attributes: Mapping[str, Value], began: int) -> AbstractContextManager[Span]:
    """The same for the first one of the trace that is followed. `began` is a moment in nanoseconds (`time_ns`)."""
    return _NONE if _Recording.by is None else _Recording.by.first(name, attributes, began)


@contextmanager
def taking_span(
    conversation: object, message: object, name: str, attributes: Mapping[str, Value], began: int
) -> Iterator[Span]:
    """The first span of a message's trace, which is bound while the block lasts and not beyond it."""
    with following(traceparent(trace_of(str(conversation), str(message)))), first_span(name, attributes, began) as one:
        yield one


@contextmanager
def batch_span(name: str, kind: Kind, attributes: Mapping[str, Value], residents: int) -> Iterator[Span]:
    """The same for what is done for many residents at once: of no message, so it has a trace of its own, as a job.

    Whose they are is in none of it: how many, alone.
    """
    if _Recording.by is None:
        yield UNRECORDED
        return
    sized = {**attributes, "messaging.batch.message_count": residents}
    with _Recording.by.alone(name, kind, sized) as (recorded, trace), bound_contextvars(**{KEY: trace}):
        yield recorded


@contextmanager
def job_span(task: str, lane: str) -> Iterator[None]:
    """The same for a job. It is about no message: it has a trace of its own, which its log lines have, too."""
    if _Recording.by is None:
        yield
        return
    attributes = {
        "messaging.system": "procrastinate",
        "messaging.operation.name": task,
        "messaging.operation.type": "process",
        "messaging.destination.name": lane,
    }
    with (
        _Recording.by.alone(f"process {lane}", "consumer", attributes) as (_, trace),
        bound_contextvars(**{KEY: trace}),
    ):
        yield


def call_span(method: str, path: str, address: str, system: str | None = None) -> AbstractContextManager[Span]:
    """The same for asking somebody over HTTP. `system` is what we call who is asked; of `path` its words are shown."""
    if _Recording.by is None:
        return _NONE
    template = templated(path)
    of = {} if system is None else {"peer.service": system}
    attributes = {"http.request.method": method, "url.template": template, **at(address), **of}
    return _Recording.by.below(f"{method} {template}", "client", attributes)


def at(address: str) -> Mapping[str, Value]:
    """Where somebody is asked: host and port of an address."""
    parts = urlsplit(address)
    host = {} if parts.hostname is None else {"server.address": parts.hostname}
    return host if parts.port is None else {**host, "server.port": parts.port}


def templated(path: str) -> str:
    """A path by its plain words; all else in it is `{}`."""
    words = path.partition("?")[0].split("/")
    return "/".join(one if not one or _WORD.fullmatch(one) else "{}" for one in words)


def answered(recorded: Span, status: int, *, least_fault: int = 400) -> None:
    """Note the status of an answer; from `least_fault` on it is a failure."""
    recorded.attribute("http.response.status_code", status)
    if status >= least_fault:
        recorded.fail(str(status))
