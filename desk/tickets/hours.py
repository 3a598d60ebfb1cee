"""Which agency answers or has a ticket, and whether it is open."""

from datetime import UTC, datetime, timedelta

from desk.city.files import Agency, City
from desk.tickets.office_time import OfficeTime

FURTHEST_DAYS = 60
"""So far ahead an opening is told: what opens later than that is not worth naming."""


def answering_agency(city: City, *, channel: str, service: str | None) -> Agency:
    """Find who answers: the agency responsible for the service, else the one whose account was written to."""
    if service is not None and service in city.services:
        return city.agency(city.services[service].agency)
    return city.agency_of_account(channel)


def agency_of(city: City, slug: str, *, channel: str, service: str | None) -> Agency:
    """Find the agency that has a ticket; of a ticket of before tickets had one, who answers."""
    found = next((one for one in city.agencies if one.slug == slug), None)
    return found or answering_agency(city, channel=channel, service=service)


def is_open(agency: Agency, city: City, now: datetime) -> bool:
    """Tell whether an agency is open. `now` carries its offset and is in the city's time."""
    moment = now.astimezone(UTC)
    return any(span.begins <= moment < span.ends for span in OfficeTime(city).open_on(agency.slug, now.date()))


def opens_at(agency: Agency, city: City, now: datetime) -> datetime | None:
    """When an agency opens next, in the city's time. `now` is in it, too. None: not within `FURTHEST_DAYS`."""
    moment, office = now.astimezone(UTC), OfficeTime(city)
    for days in range(FURTHEST_DAYS):
        for span in office.open_on(agency.slug, now.date() + timedelta(days=days)):
            if span.begins > moment:
                return city.local(span.begins)
    return None
