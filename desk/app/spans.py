"""Spans of this process, where a collector is named by OpenTelemetry's own variables; else nothing of it is loaded."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec

from desk.contract.errors import ConfigurationError
from desk.http import tracing

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
PROTOCOL = "http/protobuf"
NEEDED = ("opentelemetry", "opentelemetry.sdk", "opentelemetry.exporter", "opentelemetry.exporter.otlp.proto.http")
"""From the outside in: what is looked for in a package that is not there is an error of its own."""
NOT_INSTALLED = (
    "{name} names a collector, but what speaks to it is not installed. Install the extra: uv sync --extra otel"
    " (an image: --build-arg EXTRAS=otel). Or unset {name}."
)
OTHER_PROTOCOL = "{name} is {given}: spans are sent by http/protobuf alone. Name the collector's port for it (4318)."


@contextmanager
def spans(
    role: str,
    environ: Mapping[str, str] = os.environ,
    found: Callable[[str], object] = find_spec,
) -> Iterator[None]:
    """Record spans of a role while the block lasts, if a collector is named.

    Raises:
        ConfigurationError: one is named, and the extra is not installed, or another protocol is asked for.
    """
    if not is_wanted(environ):
        yield
        return
    require(environ, found)
    from desk.http.spans import open_spans

    with open_spans(role, version("citydesk")) as recorder, tracing.recording(recorder):
        yield


def is_wanted(environ: Mapping[str, str]) -> bool:
    """Whether a collector is named, and neither the SDK nor traces are switched off."""
    is_off = environ.get("OTEL_SDK_DISABLED", "").lower() == "true" or environ.get("OTEL_TRACES_EXPORTER") == "none"
    return not is_off and _first(environ, ENDPOINTS) is not None


def require(environ: Mapping[str, str], found: Callable[[str], object] = find_spec) -> None:
    """Check that what is wanted can be had.

    Raises:
        ConfigurationError: it cannot.
    """
    name = _first(environ, ENDPOINTS)
    if not all(found(one) for one in NEEDED):
        raise ConfigurationError(NOT_INSTALLED.format(name=name))
    protocol = _first(environ, PROTOCOLS)
    if protocol is not None and environ[protocol] != PROTOCOL:
        raise ConfigurationError(OTHER_PROTOCOL.format(name=protocol, given=environ[protocol]))


def _first(environ: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((name for name in names if environ.get(name)), None)
