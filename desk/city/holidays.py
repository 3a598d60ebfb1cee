"""The national calendar as data: `cities/shared/holidays.yml`."""

from datetime import date
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from desk.city.places import faults
from desk.city.yaml_files import read_yaml
from desk.contract.errors import ConfigurationError

FILE = "shared/holidays.yml"


class Calendar(BaseModel):
    """Days on which offices are closed, and Saturdays and Sundays that are worked in exchange."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    holidays: list[date] = Field(default_factory=list)
    working_weekends: list[date] = Field(default_factory=list)

    @model_validator(mode="after")
    def _no_day_is_both(self) -> Self:
        if both := sorted(set(self.holidays) & set(self.working_weekends)):
            raise ValueError(f"{both[0]} is both a holiday and worked; leave it in one list")
        if weekdays := [day for day in self.working_weekends if day.isoweekday() < 6]:
            raise ValueError(f"{weekdays[0]} is no Saturday or Sunday; working_weekends holds only those")
        return self

    def also(self, own: "Calendar") -> "Calendar":
        """Both together. A day that `own` has is as it says there."""
        return Calendar(
            holidays=sorted(set(self.holidays) - set(own.working_weekends) | set(own.holidays)),
            working_weekends=sorted(set(self.working_weekends) - set(own.holidays) | set(own.working_weekends)),
        )


def load_calendar(cities: Path) -> Calendar:
    """Read the national calendar. `cities` is the folder of city files.

    Raises:
        ConfigurationError: the file is absent or wrong.
    """
    try:
        return Calendar.model_validate(read_yaml(cities / FILE))
    except (OSError, ValueError) as exc:
        raise ConfigurationError(f"{faults(cities / FILE, exc)}. Mend the file.") from exc
