"""What an agency offers: offices and departments, remembered a while, and what is free, asked each time."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic

from actions.backends.appointments import Appointments, Department, FreeSlot, Office, OpenDay
from actions.backends.appointments import Names as Named
from actions.fields.clock import AFTERNOON, MORNING, part_of
from actions.fields.reading import Option
from desk.cities import Names

KEPT_SECONDS = 300.0
"""So long a list of offices is not asked for again."""
DAYS_SHOWN, TIMES_SHOWN = 5, 12


@dataclass
class AgencyOffer:
    """The offer of one agency of one city. All calls raise the `BackendError`s of the client."""

    agency: Appointments
    clock: Callable[[], float] = monotonic
    _offices: tuple[Office, ...] = ()
    _until: float = 0.0
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def offices(self) -> tuple[Office, ...]:
        """All offices; those of up to five minutes ago."""
        async with self._asking:
            if self.clock() >= self._until:
                self._offices = tuple(await self.agency.offices())
                self._until = self.clock() + KEPT_SECONDS
        return self._offices

    async def days(self, office: str, department: str | None) -> list[OpenDay]:
        """Days from today on that are open; full ones too."""
        return [day for day in await self.agency.days(office, department) if day.open]

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


def nearest_days(days: Sequence[OpenDay], wished: str | None = None) -> list[str]:
    """Free days: the next ones, or those nearest to a wished day, in order."""
    free = [day.date for day in days if day.free > 0]
    if wished is None:
        return free[:DAYS_SHOWN]
    later = [day for day in free if day > wished]
    earlier = [day for day in free if day < wished]
    chosen = [*earlier[-2:], *later[: DAYS_SHOWN - min(2, len(earlier))]]
    return sorted(chosen)


def free_times(slots: Sequence[FreeSlot], part: str | None = None) -> list[str]:
    """Free times of a day, or of its morning or afternoon."""
    free = [slot.time for slot in slots if slot.free > 0]
    return [time for time in free if part not in (MORNING, AFTERNOON) or part_of(time) == part]


def names(named: Named) -> Names:
    """Names of a contract as names of the data."""
    return Names(zh_Hans=named.zh_Hans, en=named.en)
