"""What an agency offers: offices and departments, remembered a while, and what is free, asked each time."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Literal

from actions.backends.appointments import Appointments, Department, FreeSlot, Office, OpenDay
from actions.backends.wire import Names as Named
from actions.fields.reading import Option
from desk.city.files import Names
from desk.contract.errors import BackendError, BackendUnavailable
from values.types.time import AFTERNOON, MORNING, part_of

KEPT_SECONDS = 300.0
"""So long a list of offices is not asked for again."""
FAILED_SECONDS = 3.0
"""So long after a failure none is asked for: one turn waits for it once, and a crowd does not wait in a row."""
DAYS_SHOWN, TIMES_SHOWN = 5, 12

type DayState = Literal["free", "full", "closed", "beyond"]


@dataclass
class AgencyOffer:
    """The offer of one agency of one city. All calls raise the `BackendError`s of the client."""

    agency: Appointments
    clock: Callable[[], float] = monotonic
    _offices: tuple[Office, ...] = ()
    _until: float = 0.0
    _failed_until: float = 0.0
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def offices(self) -> tuple[Office, ...]:
        """All offices; those of up to five minutes ago."""
        async with self._asking:
            if self.clock() < self._until:
                return self._offices
            if self.clock() < self._failed_until:
                raise BackendUnavailable("The agency did not say a moment ago which offices it has.")
            try:
                self._offices = tuple(await self.agency.offices())
            except BackendError:
                self._failed_until = self.clock() + FAILED_SECONDS
                raise
            self._until = self.clock() + KEPT_SECONDS
        return self._offices

    async def days(self, office: str, department: str | None) -> list[OpenDay]:
        """Days from today to the last that can be booked, closed and full ones too."""
        return await self.agency.days(office, department)

    async def slots(self, office: str, department: str | None, date: str) -> list[FreeSlot]:
        """Times of a day, full ones too."""
        return await self.agency.slots(office, department, date)


def office_options(offices: Sequence[Office]) -> list[Option]:
    """Offices as things to choose from."""
    return [Option(one.id, names(one.names), tuple(one.also)) for one in offices]


def department_options(offices: Sequence[Office], office: str | None) -> list[Option]:
    """Departments of an office; of all of them while none is chosen."""
    found: dict[str, Department] = {}
    for one in offices:
        if office in (None, one.id):
            found |= {department.id: department for department in one.departments}
    return [Option(one.id, names(one.names), tuple(one.also)) for one in found.values()]


def state_of(days: Sequence[OpenDay], date: str) -> DayState:
    """Whether a day can be had, and if not, why; `beyond` is a day that cannot be booked yet."""
    day = next((one for one in days if one.date == date), None)
    if day is None:
        return "beyond"
    return "free" if day.free > 0 else "full" if day.open else "closed"


def free_days(days: Sequence[OpenDay]) -> list[str]:
    """All days that can be had, in order."""
    return [day.date for day in days if day.free > 0]


def nearest_days(days: Sequence[OpenDay], wished: str | None = None) -> list[str]:
    """Free days: the next ones, or those nearest to a wished day, in order."""
    free = free_days(days)
    if wished is None:
        return free[:DAYS_SHOWN]
    later = [day for day in free if day > wished]
    earlier = [day for day in free if day < wished]
    before = max(2, DAYS_SHOWN - len(later))
    return [*earlier[-before:], *later[: DAYS_SHOWN - min(2, len(earlier))]]


def free_times(slots: Sequence[FreeSlot], part: str | None = None) -> list[str]:
    """Free times of a day, or of its morning or afternoon."""
    free = [slot.time for slot in slots if slot.free > 0]
    return [time for time in free if part not in (MORNING, AFTERNOON) or part_of(time) == part]


def nearest_times(times: Sequence[str], wished: str | None = None) -> list[str]:
    """As many as can be shown, those nearest to a wished time, in order."""
    if wished is None or len(times) <= TIMES_SHOWN:
        return list(times[:TIMES_SHOWN])
    return sorted(sorted(times, key=lambda time: abs(_minutes(time) - _minutes(wished)))[:TIMES_SHOWN])


def names(named: Named) -> Names:
    """Names of a contract as names of the data."""
    return Names(zh_Hans=named.zh_Hans, en=named.en)


def _minutes(time: str) -> int:
    hours, minutes = time.split(":")
    return int(hours) * 60 + int(minutes)
