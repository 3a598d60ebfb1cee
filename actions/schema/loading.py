"""Service files, read and checked."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field

from actions.schema.application import ApplicationService
from actions.schema.appointment import AppointmentService
from actions.schema.bill import BillService
from actions.schema.code import CodeService
from actions.schema.file import ServiceModel
from actions.schema.guide import GuideService
from actions.schema.record import RecordService
from actions.schema.report import ReportService
from desk.city.files import City
from desk.city.yaml_files import parse_yaml, read_yaml
from desk.contract.errors import ConfigurationError

FILE = "service.yml"

type Service = (
    ApplicationService | CodeService | BillService | AppointmentService | GuideService | RecordService | ReportService
)
"""One class a kind."""


class _File(ServiceModel):
    service: Annotated[Service, Field(discriminator="kind")]


def load_service(path: Path) -> Service:
    """Read one service file.

    Raises:
        ConfigurationError: it is not YAML or breaks the schema.
    """
    try:
        return _read(read_yaml(path))
    except ValueError as exc:
        raise _wrong(path.parent.name, exc) from exc


def parsed_service(text: str, name: str) -> Service:
    """Read the text of a service file.

    Raises:
        ConfigurationError: it is not YAML or breaks the schema.
    """
    try:
        return _read(parse_yaml(text))
    except ValueError as exc:
        raise _wrong(name, exc) from exc


def _read(document: object) -> Service:
    return _File.model_validate({"service": document}).service


def _wrong(name: str, exc: ValueError) -> ConfigurationError:
    return ConfigurationError(
        f"{name}/{FILE}: {exc}. Mend the file; its fields are in docs/reference/service-files.md."
    )


def load_services(folder: Path) -> dict[str, Service]:
    """Read all service files of `nlu/`, by intent name, in alphabetical order.

    Raises:
        ConfigurationError: there is none, or one is wrong.
    """
    services = {path.parent.name: load_service(path) for path in sorted(folder.glob(f"*/{FILE}"))}
    if not services:
        raise ConfigurationError(f"No service file in {folder}. Add one with: uv run desk new service NAME")
    return services


def require_bookings(services: Mapping[str, Service], cities: Iterable[City]) -> None:
    """Check that telephones are proved (`proved_phone` of a city file) only where something is booked.

    Raises:
        ConfigurationError: a service that books nothing demands it.
    """
    for city in cities:
        for name, offered in city.services.items():
            if name in services and offered.proved_phone and not isinstance(services[name], AppointmentService):
                raise ConfigurationError(
                    f"{city.slug}.yml: {name} books no appointment, so its telephone is not proved; leave out"
                    " proved_phone."
                )
