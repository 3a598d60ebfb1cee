"""Lists of tickets: filtered by what stands in their rows, never by what residents wrote, which is sealed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, Literal

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.audit.trail import record
from desk.contract.errors import Conflict
from desk.contract.messages import Text
from desk.contract.staff import Actor, Permission
from desk.conversations.service import OF_STAFF
from desk.store.database import transaction
from desk.tickets.grades.ledger import HIDDEN
from desk.tickets.queue import OF_MY_TEAMS, ORDER, SEEN
from desk.tickets.reference import looked_for
from desk.tickets.rows import TicketRow

PAGE = 100
EXPORTED = 10_000
"""So many tickets stand in a file at most."""
MOST_VIEWS = 30
LONGEST_NAME = 40  # characters

type Shown = Literal["mine", "waiting", "mentions", "all", "ended"]
SHOWN: tuple[Shown, ...] = ("mine", "waiting", "mentions", "all", "ended")

NAMES = ", ".join(f"tickets.{field.name}" for field in fields(TicketRow))
WANTED = f"""
    {SEEN} AND NOT {HIDDEN}
    AND (CAST(:city AS text) IS NULL OR tickets.city = :city)
    AND (CAST(:agency AS text) IS NULL OR tickets.agency = :agency OR tickets.backstop = :agency)
    AND (CAST(:service AS text) IS NULL OR tickets.service = :service)
    AND (CAST(:reason AS text) IS NULL OR tickets.reason LIKE :reason || '%')
    AND (CAST(:tag AS text) IS NULL OR :tag = ANY (tickets.tags))
    AND (CAST(:clerk AS text) IS NULL OR tickets.claimed_by = ANY (ARRAY(
        SELECT login FROM staff WHERE lower(name) = lower(:clerk) OR login = lower(:clerk))))
    AND (CAST(:team AS bigint) IS NULL OR tickets.team_id = :team)
    AND (NOT :of_my_teams OR {OF_MY_TEAMS})
    AND (CAST(:ids AS bigint[]) IS NULL OR tickets.id = ANY (CAST(:ids AS bigint[])))
    AND (CAST(:locale AS text) IS NULL OR EXISTS (
        SELECT FROM conversations AS spoken WHERE spoken.id = tickets.conversation_id AND spoken.locale = :locale))
    AND (CAST(:since AS date) IS NULL OR tickets.opened_at >= CAST(:since AS timestamp) AT TIME ZONE 'Asia/Shanghai')
    AND (CAST(:until AS date) IS NULL
         OR tickets.opened_at < (CAST(:until AS timestamp) + interval '1 day') AT TIME ZONE 'Asia/Shanghai')
"""
UNREAD = f"""
    tickets.state IN ('open', 'claimed') AND (look.at IS NOT NULL OR tickets.claimed_by = :me) AND EXISTS (
        SELECT FROM inbound_messages AS message
        WHERE message.conversation_id = tickets.conversation_id
          AND message.received_at > coalesce(look.at, '-infinity')
          AND (message.outcome IS NULL OR message.outcome NOT IN ('erased', 'graded'))
          AND message.external_id NOT LIKE '{OF_STAFF}%')
"""
"""Whether its resident wrote since `:me` last looked; of what they never opened only what is theirs is new."""
PAGE_OF = """
    SELECT {names}, conversation.locale, team.name AS team, {unread} AS unread
    FROM ({found} LIMIT :limit OFFSET :offset) AS tickets
    LEFT JOIN teams AS team ON team.id = tickets.team_id
    LEFT JOIN conversations AS conversation ON conversation.id = tickets.conversation_id
    LEFT JOIN ticket_looks AS look ON look.ticket_id = tickets.id AND look.login = :me ORDER BY {order}
"""
"""Only of the page that is shown the conversations, teams and looks are looked at."""
LIVE = f"""
    SELECT {NAMES} FROM tickets
    WHERE tickets.state IN ('open', 'claimed') AND {WANTED}
      AND (:shown <> 'waiting' OR tickets.state = 'open')
      AND (:shown <> 'mentions' OR EXISTS (SELECT FROM ticket_notes AS note WHERE note.ticket_id = tickets.id
                                           AND note.mentions @> ARRAY[CAST(:me AS text)]))
      AND (:shown <> 'mine' OR (tickets.state = 'claimed' AND tickets.claimed_by = :me
                                AND (tickets.snoozed_until IS NULL OR tickets.snoozed_until <= clock_timestamp())))
    ORDER BY {ORDER}
"""
ENDED = f"""
    SELECT {NAMES} FROM tickets
    WHERE tickets.state NOT IN ('open', 'claimed') AND {WANTED} ORDER BY tickets.id DESC
"""
LIVE_PAGE = text(PAGE_OF.format(names=NAMES, found=LIVE, order=ORDER, unread=UNREAD))
ENDED_PAGE = text(PAGE_OF.format(names=NAMES, found=ENDED, order="tickets.id DESC", unread=UNREAD))
COUNTS = text(f"""
    SELECT count(*) FILTER (WHERE state = 'claimed' AND claimed_by = :me
                            AND (snoozed_until IS NULL OR snoozed_until <= clock_timestamp())) AS mine,
           count(*) FILTER (WHERE state = 'claimed' AND claimed_by = :me AND given_at IS NOT NULL) AS given,
           count(*) FILTER (WHERE state = 'open') AS waiting,
           count(*) FILTER (WHERE state = 'open' AND priority > 0) AS emergencies
    FROM tickets WHERE state IN ('open', 'claimed') AND {SEEN} AND NOT {HIDDEN}
""")
VIEWS = text("SELECT name, filters FROM ticket_views WHERE login = :login ORDER BY name")
SAVE = text("""
    INSERT INTO ticket_views (login, name, filters) VALUES (:login, :name, CAST(:filters AS jsonb))
    ON CONFLICT (login, name) DO UPDATE SET filters = EXCLUDED.filters
""")
DROP = text("DELETE FROM ticket_views WHERE login = :login AND name = :name")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which tickets are wanted; None: whatever. `clerk` is a name or a login.

    Days are of the opening, in the country's time.
    """

    shown: Shown = "waiting"
    city: str | None = None
    agency: str | None = None
    service: str | None = None
    reason: str | None = None
    tag: str | None = None
    clerk: str | None = None
    team: int | None = None
    of_my_teams: bool = False
    locale: str | None = None
    since: date | None = None
    until: date | None = None
    reference: str | None = None
    page: int = 1

    def values(self) -> dict[str, Any]:
        """For the statements."""
        values = asdict(self)
        page, reference = values.pop("page"), values.pop("reference")
        values["ids"] = None if reference is None else looked_for(reference)
        return {**values, "limit": PAGE + 1, "offset": (page - 1) * PAGE}


@dataclass(frozen=True, slots=True)
class Listed:
    """A ticket of a list, with the language of its conversation and the name of its team.

    `unread`: its resident wrote since whoever looks at the list last had it before them.
    """

    ticket: TicketRow
    locale: str | None
    team: str | None
    unread: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """How many tickets somebody has, of these given in turn and not opened, and how many wait for them; emergencies
    among these.
    """

    mine: int
    given: int
    waiting: int
    emergencies: int


@dataclass(frozen=True, slots=True)
class View:
    """A list that somebody named."""

    name: str
    filters: Mapping[str, str]


@dataclass(frozen=True)
class Listing:
    """Lists of tickets, as far as the actor may read them."""

    engine: AsyncEngine

    async def tickets(self, actor: Actor, wanted: Filter) -> tuple[Sequence[Listed], bool]:
        """A page of a list: emergencies first, then what is due first; what has ended, the newest first.

        Answers whether there is more, too.
        """
        values = self._values(actor, wanted)
        async with self.engine.connect() as connection:
            rows = (await connection.execute(ENDED_PAGE if wanted.shown == "ended" else LIVE_PAGE, values)).all()
        return [_listed(row) for row in rows[:PAGE]], len(rows) > PAGE

    async def export(self, actor: Actor, wanted: Filter) -> Sequence[Listed]:
        """The same for a file: at most `EXPORTED`, from the first on. That it was made stands in the audit."""
        values = {**self._values(actor, wanted), "limit": EXPORTED, "offset": 0}
        async with transaction(self.engine) as connection:
            rows = (await connection.execute(ENDED_PAGE if wanted.shown == "ended" else LIVE_PAGE, values)).all()
            chosen = {name: str(value) for name, value in asdict(wanted).items() if value and name != "page"}
            details = {**chosen, "count": len(rows)}
            await record(connection, actor, "ticket.export", city=wanted.city, agency=wanted.agency, details=details)
        return [_listed(row) for row in rows]

    def _values(self, actor: Actor, wanted: Filter) -> dict[str, Any]:
        return {**wanted.values(), "me": actor.login, **actor.places(Permission.TICKET_READ).values()}

    async def counts(self, actor: Actor) -> Counts:
        """What the actor has, and what waits for them."""
        values = {"me": actor.login, **actor.places(Permission.TICKET_READ).values()}
        async with self.engine.connect() as connection:
            return Counts(**(await connection.execute(COUNTS, values)).one()._mapping)

    async def views(self, actor: Actor) -> list[View]:
        """The lists that the actor has named."""
        async with self.engine.connect() as connection:
            return await _views(connection, actor)

    async def save(self, actor: Actor, name: str, filters: Mapping[str, str]) -> None:
        """Name a list, or change what a name stands for.

        Raises:
            Conflict: the name is none, or there are too many.
        """
        called = name.strip()
        async with transaction(self.engine) as connection:
            others = {one.name for one in await _views(connection, actor)} - {called}
            if not 0 < len(called) <= LONGEST_NAME or len(others) >= MOST_VIEWS:
                said = Text(key="console.error_ticket_view", args={"longest": LONGEST_NAME, "most": MOST_VIEWS})
                raise Conflict(f"A view has a name of 1 to {LONGEST_NAME} characters, at most {MOST_VIEWS}.", said=said)
            values = {"login": actor.login, "name": called, "filters": _dumped(filters)}
            await connection.execute(SAVE, values)

    async def drop(self, actor: Actor, name: str) -> None:
        """Forget the name of a list."""
        async with transaction(self.engine) as connection:
            await connection.execute(DROP, {"login": actor.login, "name": name})


def _listed(row: Row[Any]) -> Listed:
    columns = dict(row._mapping)
    locale, team, unread = columns.pop("locale"), columns.pop("team"), columns.pop("unread")
    return Listed(TicketRow(**columns), locale, team, unread)


async def _views(connection: AsyncConnection, actor: Actor) -> list[View]:
    return [View(row.name, row.filters) for row in await connection.execute(VIEWS, {"login": actor.login})]


def _dumped(filters: Mapping[str, str]) -> str:
    return json.dumps(dict(filters), ensure_ascii=False)
