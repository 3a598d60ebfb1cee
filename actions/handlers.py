"""All handlers, opened once for the life of the process: kinds by what service files declare, code by name.

A new service of the kind `code` is a module and a line in CODE; a new kind is a line in KINDS; else nothing.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from actions.air_quality import AirQuality
from actions.backends.environment import Environment
from actions.backends.http import open_session
from actions.bus_route import BusRoute
from actions.dialogue.ports import ServiceHandler
from actions.kinds.application import open_application
from actions.kinds.appointment import open_appointment
from actions.kinds.bill import open_bill
from actions.kinds.record import open_record
from actions.kinds.report import open_report
from actions.next_bus import NextBus
from actions.services import (
    ApplicationService,
    AppointmentService,
    BillService,
    CodeService,
    RecordService,
    ReportService,
    Service,
    ServiceFile,
)
from actions.surroundings import Opened, Surroundings, by_city
from actions.transit.offered import open_offered
from desk.errors import ConfigurationError


def _air_quality(at: Surroundings, opened: Opened) -> AirQuality:
    return AirQuality(by_city("air_quality", "environment", lambda system, _: Environment(system), at, opened))


CODE: Mapping[str, Callable[[Surroundings, Opened], ServiceHandler]] = {
    "air_quality": _air_quality,
    "bus_route": lambda _, opened: BusRoute(opened.buses),
    "next_bus": lambda _, opened: NextBus(opened.buses),
}
BUSES = ("next_bus", "bus_route")
"""Services about buses: a city that offers one of them names its feeds."""


def _open_code(name: str, _: CodeService, at: Surroundings, opened: Opened) -> ServiceHandler:
    if name not in CODE:
        raise ConfigurationError(f"{name}/service.yml is of the kind code; add its module to {__name__}.CODE.")
    return CODE[name](at, opened)


KINDS: Mapping[type[ServiceFile], Callable[[str, Any, Surroundings, Opened], ServiceHandler]] = {
    ApplicationService: open_application,
    AppointmentService: open_appointment,
    BillService: open_bill,
    CodeService: _open_code,
    RecordService: open_record,
    ReportService: open_report,
}


@asynccontextmanager
async def open_handlers(services: Mapping[str, Service], at: Surroundings) -> AsyncIterator[dict[str, ServiceHandler]]:
    """Open a handler for each declared service.

    Raises:
        ConfigurationError: a service has no code or backend, or a city offers it without an address or a key.
    """
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(open_session())
        feeds = open_offered(at.cities, BUSES, root=at.root, sandbox_url=at.sandbox_url, data_dir=at.data_dir)
        opened = Opened(session, await stack.enter_async_context(feeds))
        yield {name: KINDS[type(declared)](name, declared, at, opened) for name, declared in services.items()}
