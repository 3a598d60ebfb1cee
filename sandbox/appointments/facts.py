"""Values that work at an agency right now: an office, a time that is free there on two days, a day it is closed."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from itertools import pairwise, product

from sandbox.appointments.data import Office
from sandbox.appointments.ledger import Ledger
from sandbox.appointments.wire import Slot
from sandbox.ports import UsedUpError

APART = timedelta(days=4)
"""The days of the facts lie at least so far apart."""
DAYS_OF_A_WEEK = 7


def facts_of(ledger: Ledger, used: Iterable[str]) -> dict[str, str]:
    """The facts of one service, each with its prefix; none of their values is among the `used`.

    `full_time` is a time at which nothing is free at the office on `date`; a service that is open on every day of the
    week has no `closed_date`.

    Raises:
        UsedUpError: there are no such days.
    """
    service, before = ledger.service, set(used)
    office = service.offices[0]
    department = office.departments[0] if office.departments else None
    days = [day for day in service.days(ledger.today) if day > ledger.today and day.isoformat() not in before]
    taken = ledger.taken()
    times = {day: _times(ledger, office, department, day, taken) for day in days}
    rests = len({day for one in office.hours or service.hours for day in one.days}) < DAYS_OF_A_WEEK
    shut = [day for day in days if not ledger.times(office, day)] if rests else [None]
    for first, second, closed in product(days, days, shut):
        both = [at for at in times[first][0] if at in times[second][0] and at not in before]
        full = [at for at in times[first][1] if at not in before]
        if both and full and first < second and _are_apart(first, second, closed):
            found = {
                "office": office.names.zh_Hans,
                "office_en": office.names.en,
                "time": both[0],
                "full_time": full[0],
                "date": first.isoformat(),
                "date2": second.isoformat(),
            }
            if closed is not None:
                found["closed_date"] = closed.isoformat()
            if department is not None:
                names = service.departments[department].names
                found |= {"department": names.zh_Hans, "department_en": names.en}
            return {f"{service.facts}_{name}": value for name, value in found.items()}
    raise UsedUpError(f"Nothing is left for {ledger.name} in {ledger.city}: desk sandbox reset --city {ledger.city}")


def _are_apart(*days: date | None) -> bool:
    there = sorted(day for day in days if day is not None)
    return all(later - earlier >= APART for earlier, later in pairwise(there))


def _times(
    ledger: Ledger, office: Office, department: str | None, day: date, taken: Mapping[str, int]
) -> tuple[list[str], list[str]]:
    """Times of a day that are free, and those that are full."""
    slots = [
        Slot(office=office.id, department=department, date=day.isoformat(), time=at) for at in ledger.times(office, day)
    ]
    free = [slot.time for slot in slots if ledger.free(slot, taken.get(slot.id, 0)) > 0]
    return free, [slot.time for slot in slots if slot.time not in free]
