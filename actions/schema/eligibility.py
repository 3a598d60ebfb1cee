"""Who may have what, read from id numbers: rules that service files name.

A rule that is not met names its text; the resident gets the reason before anything is booked or submitted.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from actions.schema.file import Key, ServiceModel
from desk.contract.wire import Slug
from values.types.id_number import age_on, is_male


class AgeAtLeast(ServiceModel):
    """The holder of an id is old enough on the day; men and women may differ, as for marriage."""

    rule: Literal["age_at_least"]
    of: Slug = Field(description="The field with the id number.")
    men: Annotated[int, Field(ge=0, le=120)]
    women: Annotated[int, Field(ge=0, le=120)]
    text: Key = Field(description="Said when it is not met.")

    def met(self, values: Mapping[str, str], day: date) -> bool:
        number = values[self.of]
        return age_on(number, day) >= (self.men if is_male(number) else self.women)


class OneManOneWoman(ServiceModel):
    """Two ids belong to a man and a woman."""

    rule: Literal["one_man_one_woman"]
    of: Annotated[list[Slug], Field(min_length=2, max_length=2)]
    text: Key

    def met(self, values: Mapping[str, str], day: date) -> bool:  # noqa: ARG002 - one shape of all rules
        first, second = (values[name] for name in self.of)
        return is_male(first) != is_male(second)


class Different(ServiceModel):
    """Two ids belong to two persons."""

    rule: Literal["different"]
    of: Annotated[list[Slug], Field(min_length=2, max_length=2)]
    text: Key

    def met(self, values: Mapping[str, str], day: date) -> bool:  # noqa: ARG002 - one shape of all rules
        first, second = (values[name] for name in self.of)
        return first != second


type Rule = Annotated[AgeAtLeast | OneManOneWoman | Different, Field(discriminator="rule")]


def judged(rules: Iterable[Rule]) -> set[str]:
    """Names of the fields whose id numbers rules are read from."""
    return {name for rule in rules for name in ([rule.of] if isinstance(rule.of, str) else rule.of)}


def unmet(rules: Iterable[Rule], values: Mapping[str, str], day: date) -> Rule | None:
    """The first rule that is not met on a day, of those whose values are all given."""
    for rule in rules:
        names = [rule.of] if isinstance(rule.of, str) else rule.of
        if all(values.get(name) for name in names) and not rule.met(values, day):
            return rule
    return None
