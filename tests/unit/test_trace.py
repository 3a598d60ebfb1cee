"""The trace of a message: the same for every role, of the form of W3C Trace Context, and of nobody."""

import pytest
from structlog.contextvars import bound_contextvars, get_contextvars

from desk.http.tracing import following, sent_along
from roles.trace import read, trace_of, traceparent

CONVERSATION = "6f1b8f0e-0f7c-4c63-9d6e-0d5f4b1f9a11"


def test_a_trace_follows_from_conversation_and_message() -> None:
    """Every role knows it without being told; the next message has another, and neither tells its conversation."""
    trace = trace_of(CONVERSATION, "17")
    assert trace == trace_of(CONVERSATION, "17")
    assert len({trace, trace_of(CONVERSATION, "18"), trace_of(CONVERSATION[:-1] + "2", "17")}) == 3
    assert CONVERSATION[:8] not in trace


def test_what_is_sent_along_is_read_again() -> None:
    """As `traceparent`."""
    trace = trace_of(CONVERSATION, "17")
    assert read(traceparent(trace)) == trace
    assert traceparent(trace).split("-") == ["00", trace, trace[16:], "01"]


@pytest.mark.parametrize(
    "header", [None, "", "00-" + "0" * 32 + "-00f067aa0ba902b7-01", "00-xyz-00f067aa0ba902b7-01", "message 17 of Wang"]
)
def test_what_cannot_be_read_is_no_trace(header: str | None) -> None:
    """Whatever somebody sends, it gets into no log line."""
    assert read(header) is None
    with following(header):
        assert "trace_id" not in get_contextvars()


def test_nothing_is_sent_along_outside_of_a_trace() -> None:
    """And within it the trace alone."""
    assert sent_along() == {}
    with bound_contextvars(trace_id="a" * 32):
        assert sent_along() == {"traceparent": traceparent("a" * 32)}
