"""What a city's systems call their stops, lines, offices and departments, for the model.

Only names: what is said of them at run time comes from the systems themselves, whether or not the model knew the name.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from actions.backends.appointments import Appointments, Department, Office
from actions.backends.http import open_session
from actions.schema import AppointmentService, Service
from actions.server.handlers import BUSES
from actions.server.surroundings import Opened, Surroundings, by_city
from actions.transit.buses import CityBuses
from actions.transit.naming import without_brackets
from actions.transit.network import Network
from actions.transit.offered import open_offered
from desk.city.files import City
from values.lexicon import lexicon

FIRST_READING_SECONDS = 600.0
"""So long a large timetable that was never read may take."""
_NUMBERED_LINE = lexicon(__file__).text("numbered_line")

type Known = dict[str, list[str]]
"""Names by entity (`stop`, `bus_line`, `office`, `department`), sorted."""


class CityNames:
    """The systems of some cities, to be asked for their names."""

    def __init__(self, buses: Mapping[str, CityBuses], agencies: Mapping[str, list[Appointments]]) -> None:
        self._buses = buses
        self._agencies = agencies

    async def of(self, city: City) -> Known:
        """Ask a city's systems.

        Raises:
            BackendError: one of them does not answer, or its timetable is broken.
        """
        names: dict[str, set[str]] = {}
        if city.slug in self._buses:
            edition = await self._buses[city.slug].editions.ready(FIRST_READING_SECONDS)
            names |= {"stop": stop_names(edition.timetable.network), "bus_line": line_names(edition.timetable.network)}
        offices = [office for agency in self._agencies.get(city.slug, ()) for office in await agency.offices()]
        if offices:
            names["office"] = {name for office in offices for name in _called(office)} - _districts(city)
            names["department"] = {name for office in offices for part in office.departments for name in _called(part)}
        return {entity: sorted(known) for entity, known in sorted(names.items()) if known}


@asynccontextmanager
async def open_names(at: Surroundings, services: Mapping[str, Service]) -> AsyncIterator[CityNames]:
    """Open the systems of all cities in `at`.

    Raises:
        ConfigurationError: a city file lacks an address, or the sandbox is named where there is none.
    """
    buses = open_offered(at.cities, BUSES, root=at.root, sandbox_url=at.sandbox_url, data_dir=at.data_dir)
    async with open_session() as session, buses as networks:
        opened = Opened(session, networks)
        agencies: dict[str, list[Appointments]] = {}
        for name, declared in services.items():
            if isinstance(declared, AppointmentService):
                found = by_city(name, declared.backend, lambda endpoint, _: Appointments(endpoint), at, opened)
                for city, agency in found.items():
                    agencies.setdefault(city, []).append(agency)
        yield CityNames(networks, agencies)


def stop_names(network: Network) -> set[str]:
    """Give the names of all stops with a line, in every language of the feed, without what stands in brackets."""
    return {without_brackets(name) for place in network.places if place.lines for name in place.names.values()}


def line_names(network: Network) -> set[str]:
    """Give the names of all lines but mere numbers, which every text with a number would hold.

    Those with a number at their end also with the word for a line behind it.
    """
    routes = [route for line in network.lines for route in line.routes]
    short = {name for route in routes for name in (route.short, *route.short_names.values()) if name}
    names = {name for name in short if not name.isdecimal()}
    return names | {_NUMBERED_LINE.format(name=name) for name in names if name[-1].isdecimal()}


def _called(thing: Office | Department) -> set[str]:
    return {*thing.names.model_dump().values(), *thing.also}


def _districts(city: City) -> set[str]:
    """A registry is called by its district alone, too; the model knows it as one."""
    return {name for district in city.districts for name in district.names.model_dump().values() if name}
