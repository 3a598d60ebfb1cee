"""The trace of what a process does now: bound to its log lines, and sent along with what it asks of others."""

from collections.abc import Mapping
from contextlib import AbstractContextManager

from structlog.contextvars import bind_contextvars, bound_contextvars, get_contextvars

from roles.trace import HEADER, read, trace_of, traceparent

KEY = "trace_id"
"""Its name in log lines: OpenTelemetry's."""


def follow(conversation: object, message: object) -> None:
    """Bind the trace of a message until the task ends: a turn's, a request's."""
    bind_contextvars(**{KEY: trace_of(str(conversation), str(message))})


def following(header: str | None) -> AbstractContextManager[object]:
    """Bind the trace that somebody sent along, as long as the context lasts; none where none can be read."""
    trace = read(header)
    return bound_contextvars(**({} if trace is None else {KEY: trace}))


def sent_along() -> Mapping[str, str]:
    """What tells another which trace its work belongs to."""
    trace = get_contextvars().get(KEY)
    return {} if trace is None else {HEADER: traceparent(trace)}
