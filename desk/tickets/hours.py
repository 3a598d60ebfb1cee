"""Which agency answers or has a ticket, and whether it is open."""

from datetime import datetime

from desk.city.files import Agency, City


def answering_agency(city: City, *, channel: str, service: str | None) -> Agency:
    """Find who answers: the agency responsible for the service, else the one whose account was written to."""
    if service is not None and service in city.services:
        return city.agency(city.services[service].agency)
    for account in city.accounts:
        if account.channel == channel:
            return city.agency(account.agency)
    return city.agencies[0]


def agency_of(city: City, slug: str, *, channel: str, service: str | None) -> Agency:
    """Find the agency that has a ticket; of a ticket of before tickets had one, who answers."""
    found = next((one for one in city.agencies if one.slug == slug), None)
    return found or answering_agency(city, channel=channel, service=service)


def is_open(agency: Agency, city: City, now: datetime) -> bool:
    """Tell whether an agency is open. `now` carries its offset and is in the city's time."""
    return any(hours.opens <= now.time() < hours.closes for hours in city.hours_on(agency, now.date()))
