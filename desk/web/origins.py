"""Sites of others whose pages may hold the chat: exactly those that are listed, each for its city.

An origin is scheme, host and port, as a browser sends it: https://www.example.gov.cn. There are no wildcards.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from desk.city.files import ORIGIN, City
from desk.contract.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Origins:
    """The origins: `everywhere` may open a chat with any city, those of `by_city` with that city."""

    everywhere: frozenset[str] = frozenset()
    by_city: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def knows(self, origin: str) -> bool:
        """Tell whether an origin is listed at all."""
        return origin in self.everywhere or any(origin in listed for listed in self.by_city.values())

    def may_open(self, origin: str, city: str) -> bool:
        """Tell whether a page of an origin may open a chat with a city."""
        return origin in self.everywhere or origin in self.by_city.get(city, frozenset())


def origins(cities: Mapping[str, City], everywhere: Iterable[str] = ()) -> Origins:
    """Collect the origins of the city files, and those of all cities.

    Raises:
        ConfigurationError: one of `everywhere` is none.
    """
    listed = [one.strip() for one in everywhere if one.strip()]
    for one in listed:
        if not re.fullmatch(ORIGIN, one):
            raise ConfigurationError(
                f"{one!r} is no origin. Write https://www.example.gov.cn, in lower case, without a path or a wildcard."
            )
    return Origins(
        frozenset(listed),
        {
            slug: frozenset(origin for account in city.accounts for origin in account.origins)
            for slug, city in cities.items()
            if any(account.origins for account in city.accounts)
        },
    )
