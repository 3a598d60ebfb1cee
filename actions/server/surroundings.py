"""What handlers are built from: the cities, addresses of their systems, and what services share. Knows no service."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import aiohttp

from actions.backends.http import Endpoint
from actions.dialogue.reading.finder import NOBODY, Finder
from actions.transit.buses import CityBuses
from desk.city.files import City, OfferedService, resolve_endpoint
from desk.contract.errors import ConfigurationError
from desk.store.keys import Keys


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What handlers are built from. `environ` holds the keys of agencies that city files name by `key_env`; `keys` are
    our own.
    """

    root: Path
    cities: Mapping[str, City]
    sandbox_url: str | None
    data_dir: Path
    environ: Mapping[str, str]
    keys: Keys
    public_url: str | None = None  # where the desk is reached, for addresses that agencies are given
    finder: Finder = NOBODY  # whom to call


@dataclass(frozen=True, slots=True)
class Opened:
    """What services share: one HTTP session, and one network and set of live feeds a city."""

    session: aiohttp.ClientSession
    buses: Mapping[str, CityBuses]


def by_city[Source](
    name: str, backend: str, make: Callable[[Endpoint, City], Source], at: Surroundings, opened: Opened
) -> dict[str, Source]:
    """A service's systems in all cities that offer it, by city: `make` builds the client of one.

    Args:
        backend: the name of the address in city files (`endpoints`), and of its key (`key_env`).

    Raises:
        ConfigurationError: a city file lacks the address, or the key is not in the environment.
    """
    sources = {}
    for slug, city in at.cities.items():
        offered = city.services.get(name)
        if offered is not None:
            sources[slug] = make(_endpoint(slug, name, backend, offered, at, opened), city)
    return sources


def zone_of(city: City) -> ZoneInfo:
    """The time zone of a city."""
    return ZoneInfo(city.timezone)


def key_of(name: str, backend: str, city: City, at: Surroundings) -> str | None:
    """The agency's key for us, if the city file says that there is one.

    Raises:
        ConfigurationError: it is not in the environment.
    """
    variable = city.services[name].key_env.get(backend)
    if variable is not None and not at.environ.get(variable):
        raise ConfigurationError(
            f"{city.slug}.yml: {name} needs the key in the environment variable {variable}; set it."
        )
    return None if variable is None else at.environ[variable]


def _endpoint(
    slug: str, name: str, backend: str, offered: OfferedService, at: Surroundings, opened: Opened
) -> Endpoint:
    if backend not in offered.endpoints:
        raise ConfigurationError(f"{slug}.yml offers {name} without an address: add endpoints.{backend}.")
    address = resolve_endpoint(offered.endpoints[backend], sandbox_url=at.sandbox_url, root=at.root)
    key = key_of(name, backend, at.cities[slug], at)
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    return Endpoint(f"{backend}.{slug}", address, opened.session, headers=headers)
