"""Spans: switched on by OpenTelemetry's own variables, one tree a message, and never what a resident said."""

import contextvars
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from structlog.contextvars import get_contextvars

from desk.app.spans import NEEDED, is_wanted, require, spans
from desk.contract.errors import ConfigurationError
from desk.http.spans import open_spans
from desk.http.tracing import (
    SPANS,
    at,
    first_span,
    follow,
    following,
    job_span,
    recording,
    sent_along,
    span,
    templated,
)
from roles.trace import passed_on, trace_of

ROOT = Path(__file__).parents[2]
COLLECTOR = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}
ROLES = ("serve", "worker", "actions")
LOADED = """
import sys
import desk.app.serve, desk.app.worker, desk.app.actions
from desk.app.spans import spans
with spans("serve", {}):
    pass
ours = ("desk.http.spans", "opentelemetry.sdk.trace", "opentelemetry.exporter", "opentelemetry.proto", "requests")
print(sorted(name for name in sys.modules if name.startswith(ours)))
"""
TRACE = trace_of("conversation", "1")


def test_where_no_collector_is_named_nothing_is_loaded() -> None:
    """No SDK of traces, no exporter. (Where the extra is installed, redis-py loads interfaces of metrics by itself.)"""
    done = subprocess.run([sys.executable, "-c", LOADED], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        pytest.param({}, False, id="nothing"),
        pytest.param({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False, id="an empty address"),
        pytest.param(COLLECTOR, True, id="a collector"),
        pytest.param({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://there/v1/traces"}, True, id="one of traces"),
        pytest.param({**COLLECTOR, "OTEL_SDK_DISABLED": "true"}, False, id="switched off"),
        pytest.param({**COLLECTOR, "OTEL_TRACES_EXPORTER": "none"}, False, id="other signals alone"),
    ],
)
def test_opentelemetrys_own_variables_switch_it_on(given: dict[str, str], wanted: bool) -> None:
    """And off."""
    assert is_wanted(given) is wanted


@pytest.mark.parametrize("missing", NEEDED)
def test_without_the_extra_it_is_an_error_at_start(missing: str) -> None:
    """Which says how to mend it, and is no silence."""

    def found(name: str) -> object:
        return None if name == missing else object()

    with pytest.raises(ConfigurationError, match="--extra otel"), spans("serve", COLLECTOR, found):
        raise AssertionError("it started")


def test_another_protocol_is_an_error_at_start() -> None:
    """A port of gRPC would refuse all that is sent."""
    with pytest.raises(ConfigurationError, match="http/protobuf"):
        require({**COLLECTOR, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"})


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/violations/query", "/violations/query"),
        ("/bookings/7f3a09", "/bookings/{}"),
        ("/notices/3301002026/payment", "/notices/{}/payment"),
        ("/days?office=west&department=heart", "/days"),
        ("/holders/浙A12345", "/holders/{}"),
        ("/v2/services/ZhangSan.xml", "/{}/services/{}"),
        ("/" + "a" * 40, "/{}"),
        ("/", "/"),
    ],
)
def test_of_a_path_its_plain_words_are_shown(path: str, shown: str) -> None:
    """No number, no name, no query."""
    assert templated(path) == shown


def test_an_address_is_shown_by_host_and_port() -> None:
    """Without what else stands in it."""
    assert at("https://key:secret@police.example:8443/v1?token=1") == {
        "server.address": "police.example",
        "server.port": 8443,
    }


class Roles:
    """Roles of one installation, each with what it exported."""

    def __init__(self) -> None:
        self.exporters = {role: InMemorySpanExporter() for role in ROLES}

    def spans(self) -> dict[str, ReadableSpan]:
        """All that was exported, by the role."""
        return {role: one for role, exporter in self.exporters.items() for one in exporter.get_finished_spans()}


def turn() -> Roles:
    """Serve takes a message in, a worker asks the actions, which fail."""
    roles, header = Roles(), ""
    with open_spans("serve", "1", exporter=roles.exporters["serve"]) as by, recording(by):
        follow("conversation", 1)
        with first_span("send messages", {}, began=1):
            pass
    with open_spans("worker", "1", exporter=roles.exporters["worker"]) as by, recording(by):
        follow("conversation", 1)
        with span("POST /turn", "client", {}):
            header = sent_along()["traceparent"]
    with (
        open_spans("actions", "1", exporter=roles.exporters["actions"]) as by,
        recording(by),
        pytest.raises(ValueError, match="planted"),
        following(passed_on(header)),
        span("POST /webhook", "server", {}),
    ):
        raise ValueError("planted words of a resident")
    return roles


def isolated(monkeypatch: pytest.MonkeyPatch, **given: str) -> Roles:
    """The same in a task of its own, with settings of OpenTelemetry."""
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return contextvars.copy_context().run(turn)


def test_a_message_is_one_tree_across_roles(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the trace of the logs; below what serve did stands the worker's, below that the actions'."""
    found = isolated(monkeypatch).spans()
    contexts = {role: one.context for role, one in found.items()}
    parents = {role: one.parent for role, one in found.items()}
    assert {f"{one.trace_id:032x}" for one in contexts.values() if one} == {TRACE}
    assert parents["serve"] is None
    assert parents["worker"] is not None
    assert contexts["serve"] is not None
    assert parents["worker"].span_id == contexts["serve"].span_id == int(TRACE[16:], 16)
    assert parents["actions"] is not None
    assert contexts["worker"] is not None
    assert parents["actions"].span_id == contexts["worker"].span_id


def test_of_an_error_its_class_alone_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its text may quote a resident."""
    failed = isolated(monkeypatch).spans()["actions"]
    assert (failed.attributes or {})["error.type"] == "ValueError"
    assert failed.status.description is None
    assert failed.events == ()


@pytest.mark.parametrize(("ratio", "kept"), [("0.0", 0), ("1.0", 3)])
def test_all_roles_sample_alike(monkeypatch: pytest.MonkeyPatch, ratio: str, kept: int) -> None:
    """By the trace, so that no tree lacks a part."""
    sampler = {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": ratio}
    assert len(isolated(monkeypatch, **sampler).spans()) == kept


def test_an_operator_names_services_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    """By OpenTelemetry's variables; else each role has a name of its own."""
    assert isolated(monkeypatch).spans()["worker"].resource.attributes["service.name"] == "citydesk-worker"
    named = isolated(monkeypatch, OTEL_SERVICE_NAME="hall", OTEL_RESOURCE_ATTRIBUTES="deployment.environment.name=test")
    attributes = named.spans()["worker"].resource.attributes
    assert (attributes["service.name"], attributes["deployment.environment.name"]) == ("hall", "test")


def test_a_job_has_a_trace_of_its_own_which_its_log_has() -> None:
    """While no spans are recorded its lines have none."""
    with job_span("tests.note", "replies"):
        assert "trace_id" not in get_contextvars()
    exporter = InMemorySpanExporter()
    with open_spans("worker", "1", exporter=exporter) as by, recording(by), job_span("tests.note", "replies"):
        trace = get_contextvars()["trace_id"]
    [one] = exporter.get_finished_spans()
    assert one.context is not None
    assert f"{one.context.trace_id:032x}" == trace
    assert (one.attributes or {})["messaging.operation.name"] == "tests.note"


def test_what_belongs_to_no_trace_is_not_recorded() -> None:
    """A look whether another role lives, each second."""
    exporter = InMemorySpanExporter()
    with open_spans("serve", "1", exporter=exporter) as by, recording(by), span("GET /health", "client", {}):
        pass
    assert exporter.get_finished_spans() == ()


class Hanging(SpanExporter):
    """Hangs until it is let go; what it took."""

    def __init__(self) -> None:
        self.let_go, self.hangs, self.taken = threading.Event(), threading.Event(), 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.hangs.set()
        self.let_go.wait()
        self.taken += len(spans)
        return SpanExportResult.SUCCESS


def counted(outcome: str) -> float:
    return SPANS.labels(outcome=outcome)._value.get()


def test_a_full_queue_drops_and_counts() -> None:
    """Whoever ends a span never waits."""
    exporter, before, exported = Hanging(), counted("dropped"), counted("exported")
    with open_spans("worker", "1", exporter=exporter, queued=4) as by, recording(by):
        with job_span("tests.note", "replies"):
            pass
        exporter.hangs.wait()
        for _ in range(10):
            with job_span("tests.note", "replies"):
                pass
        assert counted("dropped") - before == 6
        exporter.let_go.set()
    assert exporter.taken == 5
    assert counted("exported") - exported == 5


def test_a_process_ends_though_its_collector_hangs() -> None:
    """What could not be sent is counted."""
    exporter, before = Hanging(), counted("dropped")
    with open_spans("worker", "1", exporter=exporter, queued=4) as by, recording(by):
        with job_span("tests.note", "replies"):
            pass
        exporter.hangs.wait()
        for _ in range(3):
            with job_span("tests.note", "replies"):
                pass
    exporter.let_go.set()
    assert counted("dropped") - before == 3
