"""The buses of the cities that offer a service about them: a network and a set of feeds a city, for all of them."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from actions.transit.buses import CityBuses, Endpoints, open_buses
from desk.city.files import City, resolve_endpoint
from desk.contract.errors import ConfigurationError

KINDS = ("gtfs", "trip_updates", "vehicle_positions", "alerts")


@asynccontextmanager
async def open_offered(
    cities: Mapping[str, City], services: Collection[str], *, root: Path, sandbox_url: str | None, data_dir: Path
) -> AsyncIterator[Mapping[str, CityBuses]]:
    """Open the buses of all cities that offer one of some services; timetables are kept current while they are open.

    Addresses stand at any one of a city's services and count for all.

    Raises:
        ConfigurationError: a city names no timetable, or two, or names the sandbox where there is none.
    """
    endpoints = {}
    for slug, city in cities.items():
        offered = [name for name in services if name in city.services]
        if not offered:
            continue
        found = {}
        for kind in KINDS:
            named = {e[kind] for e in (city.services[name].endpoints for name in offered) if kind in e}
            if len(named) > 1:
                raise ConfigurationError(f"{slug}.yml names two addresses for {kind} ({sorted(named)}): leave one.")
            if named:
                found[kind] = resolve_endpoint(named.pop(), sandbox_url=sandbox_url, root=root)
        if "gtfs" not in found:
            raise ConfigurationError(
                f"{slug}.yml offers {offered[0]} without a timetable: add services.{offered[0]}.endpoints.gtfs."
            )
        endpoints[slug] = Endpoints(**found)
    async with open_buses(endpoints, data_dir) as buses:
        yield buses
