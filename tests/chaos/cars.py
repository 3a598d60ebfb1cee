"""A pretend city with as many fined cars as a run needs: a copy of the sandbox's data files, and more cars in one."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from textwrap import indent
from typing import Any

import yaml

from sandbox.seed import DATA
from sandbox.vehicles import FILE, check_digit

CITY = "hangzhou"
FINES = (("1625", Decimal("200.00")), ("1039", Decimal("150.00")))  # acts of the city's own file
PLACES = ("wensan_xueyuan", "xihu_jianguo")
OWNER = "shen_ruochuan"


@dataclass(frozen=True)
class Car:
    """A car, and its notices with what they cost."""

    plate: str
    vin: str
    notices: dict[str, Decimal]

    @property
    def tail(self) -> str:
        return self.vin[-6:]


def cars_of(fines: Sequence[int]) -> list[Car]:
    """Invent a car for each number of fines."""
    return [_car(place, many) for place, many in enumerate(fines)]


def write_city(folder: Path, cars: Sequence[Car]) -> None:
    """Copy the data files of all cities, and give one of them these cars too."""
    shutil.copytree(DATA, folder)
    lines = [
        {"plate": car.plate, "vin": car.vin, "owner": OWNER, "violations": list(map(_violation, car.notices, range(2)))}
        for car in cars
    ]
    with (folder / CITY / FILE).open("a", encoding="utf-8") as file:  # `vehicles` is the last key of the file
        file.write(indent(yaml.safe_dump(lines, allow_unicode=True, sort_keys=False), "  "))


def _car(place: int, fines: int) -> Car:
    vin = f"LSGK2M880XS{200_000 + place:06d}"
    notices = {f"33019{place:09d}{which:02d}": amount for which, (_, amount) in enumerate(FINES[:fines])}
    return Car(f"浙A{place // 1000 % 10}K{place % 1000:03d}", vin[:8] + check_digit(vin) + vin[9:], notices)


def _violation(notice: str, which: int) -> dict[str, Any]:
    return {
        "notice": notice,
        "act": FINES[which][0],
        "place": PLACES[which],
        "at": f"2026-09-{16 + which}T09:46:13+08:00",
    }
