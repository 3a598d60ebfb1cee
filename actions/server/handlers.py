"""All handlers, opened once for the life of the process: kinds by what service files declare, code by name.

A new service of the kind `code` is a package `actions/<service>/` with an `open_service`; a new kind a line in KINDS.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from actions.backends.http import open_session
from actions.dialogue.answers.reference_proof import ReferenceProof, proved_by
from actions.dialogue.ports import ServiceHandler
from actions.dialogue.reading.proposing import Proposes
from actions.kinds.application import open_application
from actions.kinds.appointment import open_appointment
from actions.kinds.bill.handler import open_bill
from actions.kinds.guide import open_guide
from actions.kinds.record import open_record
from actions.kinds.report import open_report
from actions.larger_model.client import larger_models
from actions.proof.checks import Visitors, open_checks, open_visitors
from actions.schema import (
    ApplicationService,
    AppointmentService,
    BillService,
    CodeService,
    GuideService,
    RecordService,
    ReportService,
    Service,
    ServiceFile,
    require_bookings,
)
from actions.server.surroundings import Opened, Surroundings
from actions.transit.buses import CityBuses
from actions.transit.gazetteer import Gazetteer
from actions.transit.offered import open_offered
from desk.contract.errors import ConfigurationError

BUSES = ("next_bus", "bus_route")
"""Services about buses: a city that offers one of them names its feeds."""


def code_of(name: str) -> Callable[[Surroundings, Opened], ServiceHandler]:
    """What opens a service of the kind `code`: `open_service` of its package.

    Raises:
        ConfigurationError: there is no such package, or it has none.
    """
    package = f"actions.services.{name}"
    opener: Callable[[Surroundings, Opened], ServiceHandler] | None = None
    if find_spec(package) is not None:
        opener = getattr(import_module(package), "open_service", None)
    if opener is None:
        raise ConfigurationError(
            f"{name}/service.yml is of the kind code, and actions/services/{name}/ has no open_service(at, opened). "
            "Write it, as docs/reference/service-files.md says."
        )
    return opener


def _open_code(name: str, _: CodeService, at: Surroundings, opened: Opened) -> ServiceHandler:
    return code_of(name)(at, opened)


KINDS: Mapping[type[ServiceFile], Callable[[str, Any, Surroundings, Opened], ServiceHandler]] = {
    ApplicationService: open_application,
    AppointmentService: open_appointment,
    BillService: open_bill,
    CodeService: _open_code,
    GuideService: open_guide,
    RecordService: open_record,
    ReportService: open_report,
}


@dataclass(frozen=True, slots=True)
class Opening:
    """What is open: a handler for each service, what proves numbers of their cases that were made elsewhere, the
    larger models of the cities that have one, what knows places by name, the buses of each city, and what sends codes
    to visitors of pages.
    """

    handlers: Mapping[str, ServiceHandler]
    reference_proof: ReferenceProof
    larger_models: Mapping[str, Proposes]
    gazetteer: Gazetteer
    buses: Mapping[str, CityBuses]
    visitors: Visitors


@asynccontextmanager
async def open_handlers(services: Mapping[str, Service], at: Surroundings) -> AsyncIterator[Opening]:
    """Open a handler for each declared service.

    Raises:
        ConfigurationError: a service has no code or backend, or a city offers it without an address or a key, or
            names a larger model without its key, or demands a proved telephone where nothing is booked.
    """
    require_bookings(services, at.cities.values())
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(open_session())
        feeds = open_offered(at.cities, BUSES, root=at.root, sandbox_url=at.sandbox_url, data_dir=at.data_dir)
        opened = Opened(session, await stack.enter_async_context(feeds))
        handlers = {name: KINDS[type(declared)](name, declared, at, opened) for name, declared in services.items()}
        fees = {name: one for name, one in services.items() if isinstance(one, AppointmentService | ApplicationService)}
        rules = {name: one.refund for name, one in fees.items() if one.refund is not None}
        larger = larger_models(at.cities, session, environ=at.environ, sandbox_url=at.sandbox_url, root=at.root)
        proof = proved_by(handlers, open_checks(services, at, opened), rules)
        visitors = open_visitors(at, opened)
        yield Opening(handlers, proof, larger, Gazetteer(opened.buses), opened.buses, visitors)
