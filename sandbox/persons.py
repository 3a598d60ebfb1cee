"""The invented people of a city, `persons.yml`: the same person owns a car, holds a permit, has a record."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sandbox.seed import Seed, SeedModel

FILE = "persons.yml"


class Person(SeedModel):
    """Someone who does not exist."""

    name: str
    sex: Literal["male", "female"]
    phone: Annotated[str, Field(pattern=r"^1[3-9]\d{9}$")]


class Persons(SeedModel):
    """Everyone, by key. `resident` is the one whose own records the facts speak of: a man."""

    resident: str
    people: dict[str, Person]

    @model_validator(mode="after")
    def _the_resident_is_a_man(self) -> Self:
        if self.resident not in self.people or self.people[self.resident].sex != "male":
            raise ValueError(f"resident {self.resident!r} is not one of the men of people")
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
