"""Looking at what came: for staff who decide, and for whoever asks why something is not shown."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.alerts.rows import COLUMNS, AlertRow, alert_of
from desk.contract.errors import NotFound
from desk.contract.staff import WITHIN, Actor, Permission

MOST = 200

LISTED = text(f"""
    SELECT {COLUMNS} FROM alerts
    WHERE {WITHIN.format(city="city", agency="agency")} AND (CAST(:city AS text) IS NULL OR city = :city)
      AND (CAST(:state AS text) IS NULL OR state = :state)
    ORDER BY id DESC LIMIT :limit
""")
ONE = text(f"SELECT {COLUMNS}, content FROM alerts WHERE id = :id")
READINGS = text("""
    SELECT source, address, why, message, read_at FROM alert_readings
    WHERE city = :city AND why <> '' ORDER BY id DESC LIMIT :limit
""")
POLLS = text(
    "SELECT source, asked_at, answered_at, failures, fault FROM alert_polls WHERE city = :city ORDER BY source"
)


@dataclass(frozen=True, slots=True)
class RefusalRow:
    """A document that was refused."""

    source: str
    address: str
    why: str
    message: str
    read_at: datetime


@dataclass(frozen=True, slots=True)
class PollRow:
    """How a source that is asked answers."""

    source: str
    asked_at: datetime
    answered_at: datetime | None
    failures: int
    fault: str


@dataclass(frozen=True)
class Listing:
    """The reading side of the room, for staff."""

    engine: AsyncEngine

    async def alerts(self, actor: Actor, *, city: str | None = None, state: str | None = None) -> list[AlertRow]:
        """Documents that the actor may see, the newest first.

        Raises:
            NotPermitted: the actor may see none.
        """
        actor.require_somewhere(Permission.ALERT_READ)
        wanted = {**actor.places(Permission.ALERT_READ).values(), "city": city, "state": state, "limit": MOST}
        async with self.engine.connect() as connection:
            return [alert_of(row) for row in await connection.execute(LISTED, wanted)]

    async def one(self, actor: Actor, number: int) -> tuple[AlertRow, bytes]:
        """A document, and its bytes as they were read.

        Raises:
            NotPermitted: the actor may not see it.
            NotFound: there is none.
        """
        async with self.engine.connect() as connection:
            row = (await connection.execute(ONE, {"id": number})).one_or_none()
        if row is None:
            raise NotFound(f"There is no alert {number}.")
        actor.require(Permission.ALERT_READ, row.city, row.agency)
        return alert_of(row), bytes(row.content)

    async def refusals(self, actor: Actor, city: str) -> list[RefusalRow]:
        """Documents of a city's sources that were refused, the newest first.

        Raises:
            NotPermitted: the actor may not see them.
        """
        actor.require(Permission.ALERT_READ, city)
        async with self.engine.connect() as connection:
            rows = await connection.execute(READINGS, {"city": city, "limit": MOST})
            return [RefusalRow(**row._mapping) for row in rows]

    async def polls(self, actor: Actor, city: str) -> list[PollRow]:
        """How the sources of a city that are asked answer.

        Raises:
            NotPermitted: the actor may not see that.
        """
        actor.require(Permission.ALERT_READ, city)
        async with self.engine.connect() as connection:
            return [PollRow(**row._mapping) for row in await connection.execute(POLLS, {"city": city})]
