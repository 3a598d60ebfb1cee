"""Households and what their suppliers bill them for: `utilities.yml`.

Bills are declared by how many months ago they ended, so that a city always has fresh ones; what is overdue follows from
the day.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sandbox.seed import Names, Seed, SeedModel

FILE = "utilities.yml"
ACCOUNT = r"^[0-9]{8,13}$"
NUMBER = r"^[1-3][0-9]{14,19}$"

type UtilityType = Literal["water", "electricity", "gas"]
CODES: dict[UtilityType, str] = {"water": "1", "electricity": "2", "gas": "3"}
CENT = Decimal("0.01")


class Supplier(SeedModel):
    """One supplier of a city: yuan a unit, and per mille of the charge that each day of delay costs."""

    unit: Literal["m3", "kWh"]
    price: Annotated[Decimal, Field(gt=0)]
    late_per_mille: Annotated[Decimal, Field(gt=0)]


class SeedBill(SeedModel):
    """A bill. It ends with the month that was `ago` months before this one, and spans `months`.

    `from_day` and `to_day` are the first and the last day of its one month where it bills only a part of it. It is due
    at the end of the next month.
    """

    ago: Annotated[int, Field(ge=1, le=12)]
    used: Annotated[Decimal, Field(gt=0)]
    months: Annotated[int, Field(ge=1, le=6)] = 1
    from_day: Annotated[int, Field(ge=2, le=28)] | None = None
    to_day: Annotated[int, Field(ge=2, le=27)] | None = None
    paid: bool = False

    @model_validator(mode="after")
    def _is_a_part_of_one_month(self) -> Self:
        first, last = self.from_day or 1, self.to_day or 31
        if self.months != 1 and (first, last) != (1, 31):
            raise ValueError("from_day and to_day are of one month")
        if first > last:
            raise ValueError("from_day comes after to_day")
        return self


class Household(SeedModel):
    """An account with one supplier. `road` and `house` are its address."""

    type: UtilityType
    account: Annotated[str, Field(pattern=ACCOUNT)]
    road: Names
    house: Annotated[int, Field(ge=1, le=2000)]
    bills: list[SeedBill] = Field(default_factory=list)


class Utilities(SeedModel):
    """All suppliers and accounts of a city."""

    suppliers: dict[UtilityType, Supplier]
    households: list[Household]

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        accounts = [one.account for one in self.households]
        if len(set(accounts)) < len(accounts):
            raise ValueError("an account stands there twice")
        if missing := {one.type for one in self.households} - set(self.suppliers):
            raise ValueError(f"there is no supplier of {', '.join(sorted(missing))}")
        for one in self.households:
            if len({bill.ago for bill in one.bills}) < len(one.bills):
                raise ValueError(f"{one.account} has two bills of one month")
        return self

    def household(self, kind: str, account: str) -> Household | None:
        return next((one for one in self.households if (one.type, one.account) == (kind, account)), None)


@dataclass(frozen=True)
class Bill:
    """A bill on a calendar; `month` is the first day of the month in which it ends."""

    household: Household
    supplier: Supplier
    seed: SeedBill
    month: date

    @property
    def number(self) -> str:
        return f"{CODES[self.household.type]}{self.household.account}{self.month:%Y%m}"

    @property
    def first(self) -> date:
        return before(self.month, self.seed.months - 1).replace(day=self.seed.from_day or 1)

    @property
    def last(self) -> date:
        return self.month.replace(day=self.seed.to_day) if self.seed.to_day else last_day(self.month)

    @property
    def due(self) -> date:
        return last_day(before(self.month, -1))

    @cached_property
    def charge(self) -> Decimal:
        return (self.seed.used * self.supplier.price).quantize(CENT, ROUND_HALF_UP)

    def late_fee(self, day: date) -> Decimal:
        """What the delay costs if it is paid on a day; never more than the charge."""
        days = max(0, (day - self.due).days)
        fee = self.charge * self.supplier.late_per_mille / 1000 * days
        return min(fee.quantize(CENT, ROUND_HALF_UP), self.charge)

    def amount(self, day: date) -> Decimal:
        return self.charge + self.late_fee(day)


def bills_of(known: Utilities, household: Household, today: date) -> list[Bill]:
    """The bills of a household, the newest first. `today` decides which month is which."""
    supplier, this = known.suppliers[household.type], today.replace(day=1)
    newest_first = sorted(household.bills, key=lambda bill: bill.ago)
    return [Bill(household, supplier, one, before(this, one.ago)) for one in newest_first]


def before(month: date, months: int) -> date:
    """The first day of the month so many months before."""
    number = month.year * 12 + month.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)


def last_day(month: date) -> date:
    """The last day of a month, given by its first."""
    return before(month, -1) - timedelta(days=1)


def utilities(seed: Seed, city: str) -> Utilities:
    """The suppliers of a city.

    Raises:
        SeedError: there are none, or the file is wrong.
    """
    return seed.load(city, FILE, Utilities.model_validate)
