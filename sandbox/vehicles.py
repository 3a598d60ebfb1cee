"""The vehicle register of a city and what its cameras saw: `traffic_police.yml`."""

from typing import Annotated, Self

from pydantic import AwareDatetime, Field, field_validator, model_validator

from sandbox.seed import Names, Seed, SeedModel
from values.types.plate import WRITTEN
from values.types.vin_last6 import check_digit

FILE = "traffic_police.yml"

PLATE = rf"^{WRITTEN}$"
VIN_LAST6 = r"^[A-HJ-NPR-Z0-9]{6}$"
NOTICE = r"^[0-9]{15,16}$"

type Money = Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,7})\.[0-9]{2}$")]  # yuan


class Act(SeedModel):
    """A kind of violation: what it costs, by its national code."""

    names: Names
    points: Annotated[int, Field(ge=0, le=12)]
    fine: Money


class Violation(SeedModel):
    """One violation. `paid` is set if it was paid before the city began."""

    notice: Annotated[str, Field(pattern=NOTICE)]
    act: str
    place: str
    at: AwareDatetime
    paid: AwareDatetime | None = None


class Vehicle(SeedModel):
    """A registered vehicle. `owner` is a key of `persons.yml`."""

    plate: Annotated[str, Field(pattern=PLATE)]
    vin: Annotated[str, Field(pattern=r"^[A-HJ-NPR-Z0-9]{13}\d{4}$")]
    owner: str
    violations: list[Violation] = Field(default_factory=list)

    @field_validator("vin")
    @classmethod
    def _check_digit_is_right(cls, vin: str) -> str:
        if vin[8] != check_digit(vin):
            raise ValueError(f"the check digit of {vin} is {check_digit(vin)}")
        return vin

    @property
    def vin_last6(self) -> str:
        return self.vin[-6:]


class Register(SeedModel):
    """`traffic_police.yml`: acts by code, places by key, and vehicles."""

    acts: dict[str, Act]
    places: dict[str, Names]
    vehicles: list[Vehicle]

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        notices = [violation for vehicle in self.vehicles for violation in vehicle.violations]
        for violation in notices:
            if violation.act not in self.acts or violation.place not in self.places:
                raise ValueError(f"notice {violation.notice}: its act or place stands nowhere in the file")
        for what, values in {
            "plate": [vehicle.plate for vehicle in self.vehicles],
            "VIN tail": [vehicle.vin_last6 for vehicle in self.vehicles],
            "notice": [violation.notice for violation in notices],
        }.items():
            if len(set(values)) != len(values):
                raise ValueError(f"a {what} stands there twice")
        return self

    def vehicle(self, plate: str) -> Vehicle | None:
        return next((vehicle for vehicle in self.vehicles if vehicle.plate == plate), None)

    def of_notice(self, notice: str) -> Violation | None:
        """The violation that has this notice number."""
        return next((one for vehicle in self.vehicles for one in vehicle.violations if one.notice == notice), None)


def register(seed: Seed, city: str) -> Register:
    """The register of a city.

    Raises:
        SeedError: the city has none, or the file is wrong.
    """
    return seed.load(city, FILE, Register.model_validate)
