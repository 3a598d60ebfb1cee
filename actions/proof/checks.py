"""What proves whose a number of an agency's is: the agency that says so, and the gateway that sends the code."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from actions.backends.references import References
from actions.backends.sms import Sms
from actions.proof.codes import Codes
from actions.server.surroundings import Opened, Surroundings, by_city
from desk.city.files import City, OfferedService
from desk.contract.agency_commands import CodeCommand

REFERENCES, SMS = "references", "sms"
"""The city file's names for both addresses."""
PAGES = "webchat"
"""The channel of a city's own pages, whose visitors they are."""


@dataclass(frozen=True, slots=True)
class ReferenceCheck:
    """Of one service in one city."""

    references: References
    codes: Codes


@dataclass(frozen=True, slots=True)
class Visitors:
    """Sends codes that are of no service, by the gateway of each city that has one, in the name of its account."""

    codes: Mapping[str, Codes]

    async def send_code(self, city: City, command: CodeCommand) -> None:
        """Send a code.

        Raises:
            KeyError: none is sent in this city.
            BackendError: the gateway failed.
        """
        await self.codes[city.slug].send(command, city.agency_of_account(PAGES))


def open_visitors(at: Surroundings, opened: Opened) -> Visitors:
    """What sends codes to visitors of pages.

    Raises:
        ConfigurationError: a key is not in the environment.
    """
    codes: dict[str, Codes] = {}
    for slug, city in at.cities.items():
        name = city.texting_service
        if name is not None:
            here = replace(at, cities={slug: city})
            codes |= by_city(name, SMS, lambda endpoint, _: Codes(at.keys, Sms(endpoint)), here, opened)
    return Visitors(codes)


def open_checks(services: Iterable[str], at: Surroundings, opened: Opened) -> dict[str, Mapping[str, ReferenceCheck]]:
    """Tracers by service and city, where a city file names both addresses.

    Raises:
        ConfigurationError: a key is not in the environment, or only one of both addresses is named.
    """
    checks: dict[str, Mapping[str, ReferenceCheck]] = {}
    for name in services:
        there = {slug: city for slug, city in at.cities.items() if _named(city.services.get(name))}
        if not there:
            continue
        named = replace(at, cities=there)
        asked = by_city(name, REFERENCES, lambda endpoint, _: References(endpoint), named, opened)
        codes = by_city(name, SMS, lambda endpoint, _: Codes(at.keys, Sms(endpoint)), named, opened)
        checks[name] = {slug: ReferenceCheck(asked[slug], codes[slug]) for slug in there}
    return checks


def _named(offered: OfferedService | None) -> bool:
    return offered is not None and REFERENCES in offered.endpoints
