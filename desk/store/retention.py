"""For how long what is kept is kept, by kind and city; what erasing leaves; and what was deleted in time.

The installation's settings say it, and a city's file where the city has other rules. Jobs delete each hour, and write
down what they did for each city each day, so that it can be shown that they ran.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from pydantic import JsonValue
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.contract.text import Text

if TYPE_CHECKING:  # a list needs no files of cities
    from desk.city.files import City, RetentionHere
    from desk.contract.messages import Reply

REPORT_DAYS = 3 * 366
"""So long the reports themselves are kept: as long as the impact assessment that they prove (PIPL, article 56)."""
OVERDUE = timedelta(hours=26)
"""After so long without a run something is wrong: jobs run each hour."""


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

NOTE = text("""
    INSERT INTO retention_runs (day, kind, city, length, deleted, held)
    SELECT (clock_timestamp() AT TIME ZONE 'Asia/Shanghai')::date, :kind, one.city, one.length, one.deleted, one.held
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS one (city text, length integer, deleted bigint, held bigint)
    ORDER BY one.city
    ON CONFLICT (day, kind, city) DO UPDATE
    SET deleted = retention_runs.deleted + excluded.deleted, held = excluded.held, length = excluded.length,
        ran_at = clock_timestamp()
""")
TIDY = text("DELETE FROM retention_runs WHERE day < current_date - CAST(:days AS integer)")
REPORT = text("""
    SELECT kind, city, (array_agg(length ORDER BY day DESC))[1] AS length, max(ran_at) AS ran_at,
           sum(deleted) FILTER (WHERE day = :today) AS today, sum(deleted) AS deleted,
           (array_agg(held ORDER BY day DESC))[1] AS held
    FROM retention_runs
    WHERE day > CAST(:today AS date) - 31 AND (:everywhere OR city = ANY (:cities))
    GROUP BY kind, city ORDER BY city, kind
""")


@dataclass(frozen=True, slots=True)
class Line:
    """What was done with a kind in a city: in the last 31 days, of which `today`; `length` in days or years."""

    kind: str
    city: str
    length: int
    ran_at: datetime
    today: int
    deleted: int
    held: int

    @property
    def unit(self) -> str:
        """Days or years."""
        return UNITS[Category(self.kind)]

    def is_overdue(self, now: datetime) -> bool:
        """Whether it did not run for too long."""
        return now - self.ran_at > OVERDUE


async def note_run(connection: AsyncConnection, kind: Category, retentions: Retentions, done: Iterable[Tally]) -> int:
    """Write down what a run did in every city, nothing included. Answers how many were deleted in all."""
    deleted: dict[str, int] = dict.fromkeys(retentions.cities, 0)
    held: dict[str, int] = {}
    for tally in done:
        for city, count in tally.deleted.items():
            deleted[city] = deleted.get(city, 0) + count
        held.update(tally.held)
    rows = [
        {"city": city, "length": retentions.of(city).length(kind), "deleted": count, "held": held.get(city, 0)}
        for city, count in (dict.fromkeys(held, 0) | deleted).items()
    ]
    if rows:
        await connection.execute(NOTE, {"kind": kind, "rows": json.dumps(rows)})
        await connection.execute(TIDY, {"days": REPORT_DAYS})
    return sum(deleted.values())


async def report(connection: AsyncConnection, today: date, *, cities: Collection[str], everywhere: bool) -> list[Line]:
    """What was deleted in the last 31 days in these cities, or everywhere."""
    values = {"today": today, "cities": list(cities), "everywhere": everywhere}
    return [
        Line(**{**row._mapping, "today": int(row.today or 0), "deleted": int(row.deleted)})
        for row in await connection.execute(REPORT, values)
    ]
