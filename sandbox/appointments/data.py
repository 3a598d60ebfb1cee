"""What the data files say of agencies with appointments, `appointments.yml`: offices, departments, hours, how many."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sandbox.appointments.calendar import HOLIDAYS, WORKING_WEEKENDS
from sandbox.seed import Names, Seed, SeedModel, UnknownCityError

FILE = "appointments.yml"

type Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
type Money = Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,7})\.[0-9]{2}$")]
type Weekday = Annotated[int, Field(ge=1, le=7, description="1 is Monday.")]


class Hours(SeedModel):
    """A part of a day with appointments."""

    days: list[Weekday]
    opens: time
    closes: time


class Department(SeedModel):
    """A part of an office that people choose. `also` are further words that people use for it."""

    names: Names
    also: list[str] = Field(default_factory=list)
    fee: Money | None = None


class Office(SeedModel):
    """A place with appointments; what it does not say is as its service has it."""

    id: Slug
    names: Names
    address: Names
    phone: str
    also: list[str] = Field(default_factory=list)
    fee: Money | None = None
    hours: list[Hours] | None = None
    departments: list[Slug] = Field(default_factory=list)
    closed_days: list[date] = Field(default_factory=list)


class Service(SeedModel):
    """Appointments for one thing."""

    facts: Slug | None = Field(None, description="What its facts begin with; None: it has none.")
    days_ahead: Annotated[int, Field(ge=1, le=150)] = Field(description="The last day that can be booked.")
    minutes: Annotated[int, Field(ge=5, le=240)] = Field(description="From one appointment to the next.")
    capacity: Annotated[int, Field(ge=1, le=50)] = Field(description="Appointments at one time and place.")
    hours: Annotated[list[Hours], Field(min_length=1)]
    open_on_holidays: bool = Field(False, description="Public holidays are days like others.")
    also_open: list[date] = Field(
        default_factory=list, description="Days that are open whatever weekday or holiday they are."
    )
    closed_days: list[date] = Field(default_factory=list)
    documents: list[Literal["passport", "hk_macau_permit", "taiwan_permit"]] = Field(
        default_factory=list, description="What it takes beside resident identity cards."
    )
    departments: dict[Slug, Department] = Field(default_factory=dict)
    offices: Annotated[list[Office], Field(min_length=1, max_length=200)]

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        known = {office.id for office in self.offices}
        if len(known) < len(self.offices):
            raise ValueError("two offices have the same id")
        for office in self.offices:
            if unknown := sorted(set(office.departments) - set(self.departments)):
                raise ValueError(f"office {office.id} has unknown departments: {', '.join(unknown)}")
            if self.departments and not office.departments:
                raise ValueError(f"office {office.id} has none of the departments")
        return self

    def office(self, office: str, department: str | None) -> Office | None:
        """The office, if there is such a department in it."""
        found = next((one for one in self.offices if one.id == office), None)
        wanted = found.departments if found is not None and found.departments else [""]
        if found is None or (department or "") not in wanted:
            return None
        return found

    def fee(self, office: Office, department: str | None) -> str | None:
        """What an appointment costs, in yuan; None where nothing."""
        part = self.departments.get(department or "")
        return part.fee if part is not None and part.fee is not None else office.fee

    def days(self, today: date) -> Iterator[date]:
        """Days from today to the last that can be booked."""
        return (today + timedelta(days=number) for number in range(self.days_ahead + 1))

    def times(self, office: Office, day: date) -> list[str]:
        """Times of appointments on a day; none if the office is closed."""
        if day in self.closed_days or day in office.closed_days:
            return []
        also = day in self.also_open
        if day in HOLIDAYS and not (self.open_on_holidays or also):
            return []
        hours = office.hours or self.hours
        weekday = day.isoweekday()
        if not any(weekday in one.days for one in hours) and (day in WORKING_WEEKENDS or also):
            weekday = 1  # a weekend that is worked is like a Monday
        return [at for one in hours if weekday in one.days for at in self._times(one)]

    def _times(self, hours: Hours) -> Iterator[str]:
        day, step = date.min, timedelta(minutes=self.minutes)
        at, end = datetime.combine(day, hours.opens), datetime.combine(day, hours.closes)
        while at + step <= end:
            yield f"{at:%H:%M}"
            at += step


class Agencies(SeedModel):
    """`appointments.yml`."""

    services: dict[Slug, Service]


def agencies(seed: Seed, city: str) -> Agencies:
    """What can be booked in a city.

    Raises:
        UnknownCityError: the city has nothing.
        SeedError: the file is wrong.
    """
    return seed.load(city, FILE, Agencies.model_validate)


def service_of(seed: Seed, city: str, name: str) -> Service:
    """One service of a city.

    Raises:
        UnknownCityError: there is none.
    """
    found = agencies(seed, city).services.get(name)
    if found is None:
        there = ", ".join(agencies(seed, city).services)
        raise UnknownCityError(f"{city} has no appointments for {name}; it has them for {there}.")
    return found
