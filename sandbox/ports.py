"""What the sandbox asks of each pretend system. A new system is one module that fulfils this, named in `server.py`."""

from collections.abc import Iterable
from typing import Protocol

from aiohttp import web


class UsedUpError(Exception):
    """A system has nothing left to show for a fact: reset the city."""


class System(Protocol):
    """A pretend system of every city that has data for it.

    Its addresses are `/<name>/<city>/…`; faults are set by the same name and city.
    """

    name: str

    def routes(self) -> Iterable[web.AbstractRouteDef]: ...

    def cities(self) -> list[str]:
        """Slugs of the cities that have this system."""
        ...

    def facts(self, city: str) -> dict[str, str]:
        """Values that work right now, as `desk sandbox facts` prints them.

        Raises:
            UsedUpError: all that would serve has been used up.
        """
        ...
