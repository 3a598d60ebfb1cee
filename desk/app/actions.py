"""The role `actions`: what talks to the systems of cities."""

import os
from urllib.parse import urlsplit

from actions.server.app import build
from desk.app.runtime import Runtime, now
from desk.city.files import City
from desk.contract.errors import ConfigurationError
from desk.http.serving import Listener, run_http

LOOPBACK = ("127.0.0.1", "::1", "localhost")
NOT_FOR_RASA = "The actions server answers anybody's Rasa only where nothing is at stake: {why}."


async def actions(at: Runtime, *, for_rasa: bool = False) -> None:
    """Run the actions server until stopped.

    Args:
        at: where everything is.
        for_rasa: answer anybody's Rasa, for development.

    Raises:
        ConfigurationError: it may not, since this may be a server.
    """
    if for_rasa:
        require_nothing_at_stake(at)
    cities = at.cities()
    application = build(
        root=at.root,
        cities=cities,
        sandbox_url=at.sandbox_url,
        data_dir=at.data_dir,
        clock=now,
        keys=at.keys(),
        public_url=at.settings.public_url,
        retentions=at.retentions(cities),
        environ=os.environ,  # city files name the keys of their systems by environment variable
        for_rasa=for_rasa,
    )
    await run_http(Listener(application, at.settings.bind_host, at.settings.actions_port), at.measures())


def require_nothing_at_stake(at: Runtime) -> None:
    """Check that this is a developer's machine: reached from itself alone, with no secret of servers, no true city.

    Raises:
        ConfigurationError: it may be a server.
    """
    if at.settings.bind_host not in LOOPBACK:
        raise ConfigurationError(NOT_FOR_RASA.format(why="DESK_BIND_HOST must be 127.0.0.1"))
    if at.settings.secret_key is not None:
        raise ConfigurationError(NOT_FOR_RASA.format(why="DESK_SECRET_KEY is set, as on servers"))
    if urlsplit(at.sandbox_url or "").hostname not in LOOPBACK:
        raise ConfigurationError(NOT_FOR_RASA.format(why="a sandbox must run on this machine (make run)"))
    if true := sorted(slug for slug, city in at.cities().items() if _is_true(city)):
        raise ConfigurationError(NOT_FOR_RASA.format(why=f"true systems stand in the files of {', '.join(true)}"))


def _is_true(city: City) -> bool:
    """Whether a system of the city is none of the sandbox's, nor a file."""
    addresses = [address for service in city.services.values() for address in service.endpoints.values()]
    return any(urlsplit(address).scheme in ("http", "https") for address in addresses)
