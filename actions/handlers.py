"""All handlers, opened once for the life of the process: kinds by what service files declare, code by name.

A new service of the kind `code` is a module and a line in CODE; of another kind, nothing.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import aiohttp

from actions.backends.http import Endpoint, open_session
from actions.dialogue.ports import ServiceHandler
from actions.kinds.bill import Bill
from actions.kinds.sources import SOURCES
from actions.kinds.statements import BillSource
from actions.next_bus import NextBus
from actions.services import BillService, Service
from actions.transit.buses import CityBuses
from actions.transit.offered import open_offered
from desk.cities import City, resolve_endpoint
from desk.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What handlers are built from. `environ` holds the keys that city files name by `key_env`."""

    root: Path
    cities: Mapping[str, City]
    sandbox_url: str | None
    data_dir: Path
    environ: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Opened:
    """What services share: one HTTP session, and one network and set of live feeds a city."""

    session: aiohttp.ClientSession
    buses: Mapping[str, CityBuses]


CODE: Mapping[str, Callable[[Surroundings, Opened], ServiceHandler]] = {
    "next_bus": lambda _, opened: NextBus(opened.buses),
}
BUSES = ("next_bus", "bus_route")
"""Services about buses: a city that offers one of them names its feeds."""


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
        handlers: dict[str, ServiceHandler] = {}
        for name, declared in services.items():
            if isinstance(declared, BillService):
                handlers[name] = Bill(name, declared, bill_sources(name, declared, at, session))
            elif name in CODE:
                handlers[name] = CODE[name](at, opened)
            else:
                raise ConfigurationError(f"{name}/service.yml is of the kind code; add its module to {__name__}.CODE.")
        yield handlers


def bill_sources(
    name: str, declared: BillService, at: Surroundings, session: aiohttp.ClientSession
) -> dict[str, BillSource]:
    """The agencies' systems of all cities that offer a bill.

    Raises:
        ConfigurationError: the backend is unknown, or a city file lacks its address or key.
    """
    backend = declared.backend
    if backend not in SOURCES:
        raise ConfigurationError(f"{name}/service.yml: backend {backend!r} is unknown; there are {sorted(SOURCES)}.")
    sources = {}
    for slug, city in at.cities.items():
        offered = city.services.get(name)
        if offered is None:
            continue
        if backend not in offered.endpoints:
            raise ConfigurationError(f"{slug}.yml offers {name} without an address: add endpoints.{backend}.")
        address = resolve_endpoint(offered.endpoints[backend], sandbox_url=at.sandbox_url, root=at.root)
        headers = _key(slug, name, offered.key_env.get(backend), at.environ)
        endpoint = Endpoint(f"{backend}.{slug}", address, session, headers=headers)
        sources[slug] = SOURCES[backend](endpoint, ZoneInfo(city.timezone))
    return sources


def _key(slug: str, name: str, variable: str | None, environ: Mapping[str, str]) -> dict[str, str]:
    if variable is None:
        return {}
    if not environ.get(variable):
        raise ConfigurationError(f"{slug}.yml: {name} needs the key in the environment variable {variable}; set it.")
    return {"Authorization": f"Bearer {environ[variable]}"}
