"""For how long what is kept is kept, by kind and city, and what erasing leaves.

The installation's settings say it, and a city's file where the city has other rules. What was deleted in time stands
in `desk.store.retention`, apart: who tells residents how long something is kept needs no database.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from pydantic import JsonValue

from desk.contract.text import Text

if TYPE_CHECKING:  # a list needs no files of cities
    from desk.city.files import City, RetentionHere
    from desk.contract.messages import Reply


class Category(StrEnum):
    """What is kept for a time."""

    CONVERSATIONS = "conversations"  # days after the last message
    EMERGENCIES = "emergencies"  # days after its last message
    CONSENTS = "consents"  # years after erasing: receipts
    ORDERS = "orders"  # years after the year of paying, of erased residents
    UNPAID = "unpaid"  # days after they were made: orders that nobody paid, of erased residents


UNITS: Mapping[Category, str] = {
    Category.CONVERSATIONS: "days",
    Category.EMERGENCIES: "days",
    Category.CONSENTS: "years",
    Category.ORDERS: "years",
    Category.UNPAID: "days",
}


@dataclass(frozen=True, slots=True)
class Stays:
    """What erasing leaves, and for how long: the law behind each is in docs/how-to/answer-residents-rights.md.

    Attributes:
        order_years: of paid orders and their receipts, counted from the end of the year in which they were paid.
        consent_years: of receipts of consent, which prove it.
        unpaid_days: of orders that nobody paid: money that comes late is found by them.
    """

    order_years: int = 30
    consent_years: int = 3
    unpaid_days: int = 90

    @property
    def said(self) -> Text:
        """What stays, why and until when, in a few sentences."""
        args = {"orders": self.order_years, "consents": self.consent_years, "unpaid": self.unpaid_days}
        return Text(key="stays.said", args=args)

    @property
    def args(self) -> dict[str, JsonValue]:
        """The same as an argument of a text."""
        return {"stays": {"text": self.said.model_dump(mode="json")}}

    @property
    def erased(self) -> "Reply":
        """Confirms that everything else is erased."""
        from desk.contract.messages import Reply  # all that a turn says

        return Reply(key="common.erased", args=self.args)


@dataclass(frozen=True, slots=True)
class Retention:
    """For how long each kind is kept in one place."""

    conversation_days: int = 30
    emergency_days: int = 30
    stays: Stays = field(default_factory=Stays)

    def length(self, kind: Category) -> int:
        """How many days or years (`UNITS`) a kind is kept."""
        match kind:
            case Category.CONVERSATIONS:
                return self.conversation_days
            case Category.EMERGENCIES:
                return self.emergency_days
            case Category.CONSENTS:
                return self.stays.consent_years
            case Category.ORDERS:
                return self.stays.order_years
            case Category.UNPAID:
                return self.stays.unpaid_days

    def here(self, own: "RetentionHere") -> "Retention":
        """The same where a city says otherwise."""
        return Retention(
            own.conversation_days or self.conversation_days,
            own.emergency_days or self.emergency_days,
            Stays(
                own.order_years or self.stays.order_years,
                own.consent_years or self.stays.consent_years,
                own.unpaid_days or self.stays.unpaid_days,
            ),
        )


@dataclass(frozen=True, slots=True)
class Term:
    """How long a kind is kept, in days or years, in `cities`; with `all_but` in all others."""

    length: int
    cities: Collection[str] = ()
    all_but: bool = True


@dataclass(frozen=True, slots=True)
class Tally:
    """What a run did, by city: how many were deleted, and how many are kept beyond their term, and may be."""

    deleted: Mapping[str, int]
    held: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Retentions:
    """For how long each kind is kept, by city. `default` holds where a city says nothing."""

    default: Retention = field(default_factory=Retention)
    cities: Mapping[str, Retention] = field(default_factory=dict)

    @classmethod
    def in_cities(cls, default: Retention, cities: Mapping[str, "City"]) -> "Retentions":
        """As the files of cities say."""
        return cls(default, {slug: default.here(city.retention) for slug, city in cities.items()})

    def of(self, city: str) -> Retention:
        """What holds in a city."""
        return self.cities.get(city, self.default)

    def terms(self, kind: Category) -> list[Term]:
        """The terms of a kind: first that of most, then those of cities that differ."""
        usual = self.default.length(kind)
        differing: dict[int, list[str]] = {}
        for slug, one in self.cities.items():
            if one.length(kind) != usual:
                differing.setdefault(one.length(kind), []).append(slug)
        others = [slug for slugs in differing.values() for slug in slugs]
        return [Term(usual, others), *(Term(length, slugs, all_but=False) for length, slugs in differing.items())]


OF_CITIES = "(CASE WHEN :all_but THEN {city} <> ALL (:cities) ELSE {city} = ANY (:cities) END)"
"""Whether a row is of a `Term`; the braces stand for its city."""
