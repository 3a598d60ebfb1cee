"""The invented people of a city, `persons.yml`: the same person owns a car, holds a permit, has a record.

Ids and permits follow from the names, so that no file has to hold them: valid check digits, born 1970 to 1999.
"""

import hashlib
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Annotated, Literal, Self

from aiohttp import web
from pydantic import Field, model_validator
from stdnum.cn import ric

from sandbox.seed import Seed, SeedModel

FILE = "persons.yml"
FIRST_BIRTH = date(1970, 1, 1)
BIRTHS = 30 * 365  # days on which somebody may be born


class Person(SeedModel):
    """Someone who does not exist."""

    name: str
    sex: Literal["male", "female"]
    phone: Annotated[str, Field(pattern=r"^1[3-9]\d{9}$")]


class Persons(SeedModel):
    """Everyone, by key. `resident` is the one whose own records the facts speak of: a man; `partner` a woman."""

    resident: str
    partner: str
    region: Annotated[str, Field(pattern=r"^\d{6}$")]
    people: dict[str, Person]

    def id_number(self, key: str) -> str:
        """The number of somebody's resident identity card."""
        person, digest = self.people[key], _digest(key, self.region)
        born = FIRST_BIRTH + timedelta(days=digest % BIRTHS)
        sequence = digest // BIRTHS % 400 * 2 + (101 if person.sex == "male" else 100)
        body = f"{self.region}{born:%Y%m%d}{sequence:03}"
        return body + ric.calc_check_digit(f"{body}0")

    def permit_number(self, key: str) -> str:
        """The number of somebody's permit to travel to Hong Kong and Macau."""
        return f"C{_digest(key, 'permit', self.region) % 10**8:08}"

    def by_id_number(self, number: str) -> tuple[str, Person] | None:
        """Whose id this is, by key."""
        return next(((key, one) for key, one in self.people.items() if self.id_number(key) == number), None)

    @model_validator(mode="after")
    def _the_resident_is_a_man(self) -> Self:
        if self.resident not in self.people or self.people[self.resident].sex != "male":
            raise ValueError(f"resident {self.resident!r} is not one of the men of people")
        if self.partner not in self.people or self.people[self.partner].sex != "female":
            raise ValueError(f"partner {self.partner!r} is not one of the women of people")
        for what in ("name", "phone"):
            if len({getattr(person, what) for person in self.people.values()}) != len(self.people):
                raise ValueError(f"two people have the same {what}")
        return self


def persons(seed: Seed, city: str) -> Persons:
    """The people of a city.

    Raises:
        SeedError: the city has none, or the file is wrong.
    """
    return seed.load(city, FILE, Persons.model_validate)


class People:
    """What is the same in all systems: who the facts speak of. Has no addresses of its own."""

    name = "persons"

    def __init__(self, *, seed: Seed) -> None:
        self._seed = seed

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return ()

    def cities(self) -> list[str]:
        return self._seed.cities(FILE)

    def facts(self, city: str) -> dict[str, str]:
        people = persons(self._seed, city)
        resident, partner = people.people[people.resident], people.people[people.partner]
        return {
            "person_name": resident.name,
            "valid_id_number": people.id_number(people.resident),
            "phone": resident.phone,
            "permit_number": people.permit_number(people.resident),
            "partner_name": partner.name,
            "partner_id_number": people.id_number(people.partner),
        }


def _digest(*parts: str) -> int:
    return int.from_bytes(hashlib.sha256("\n".join(parts).encode()).digest()[:8])
