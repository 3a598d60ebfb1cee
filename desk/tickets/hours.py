"""Office hours of an agency: as a text, and whether it is open. May not know tickets."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import JsonValue

from desk.cities import Agency, City, Hours
from desk.messages import Text

WEEK = range(1, 8)


def answering_agency(city: City, *, channel: str, service: str | None) -> Agency:
    """Find who answers: the agency responsible for the service, else the one whose account was written to."""
    if service is not None and service in city.services:
        return city.agency(city.services[service].agency)
    for account in city.accounts:
        if account.channel == channel:
            return city.agency(account.agency)
    return city.agencies[0]


def is_open(agency: Agency, city: City, now: datetime) -> bool:
    """Tell whether an agency is open. `now` carries its offset and is in the city's time."""
    return any(hours.opens <= now.time() < hours.closes for hours in city.hours_on(agency, now.date()))


def hours_text(agency: Agency) -> Text:
    """Say an agency's hours: `ticket.hours` with days and times, one after another."""
    items: list[JsonValue] = [_one(hours).model_dump(mode="json") for hours in agency.hours]
    return Text(key="ticket.all_hours", args={"hours": {"items": items, "join": "and"}})


def _one(hours: Hours) -> Text:
    return Text(
        key="ticket.hours",
        args={
            "days": {"text": _days(hours.days).model_dump(mode="json")},
            "opens": f"{hours.opens:%H:%M}",
            "closes": f"{hours.closes:%H:%M}",
        },
    )


def _days(days: Sequence[int]) -> Text:
    chosen = sorted(set(days))
    if chosen == list(WEEK):
        return Text(key="ticket.every_day")
    if len(chosen) > 2 and chosen == list(range(chosen[0], chosen[-1] + 1)):
        return Text(key="ticket.days", args={"first": _weekday(chosen[0]), "last": _weekday(chosen[-1])})
    items: list[JsonValue] = [Text(key=f"ticket.weekday_{day}").model_dump(mode="json") for day in chosen]
    return Text(key="ticket.some_days", args={"days": {"items": items, "join": "and"}})


def _weekday(day: int) -> JsonValue:
    return {"text": Text(key=f"ticket.weekday_{day}").model_dump(mode="json")}
