"""Who takes new tickets: on duty, on a break, or simply there with the console open.

What a clerk says of themselves holds while a login does that was open when they said it: it ends with the logout, and
by itself when the session does. Who says nothing takes new tickets while the console is open.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.audit.trail import record
from desk.contract.errors import Conflict
from desk.contract.staff import Actor, Permission, roles_with
from desk.store.database import transaction
from desk.store.deferring import UPKEEP, defer

SWEEP = "tickets.share_out_everywhere"


class Said(StrEnum):
    """What counts of a clerk."""

    ON = "on"
    BREAK = "break"
    MISSED = "missed"  # a ticket that was given was not opened in time


HOLDS = """
    duty.state <> '' AND EXISTS (
        SELECT FROM staff_sessions AS session
        WHERE session.staff_id = staff.id AND session.via <> 'key' AND session.opened_at <= duty.since
          AND session.good_until > clock_timestamp() AND session.idle_until > clock_timestamp()
    )
"""
LOAD = """
    (SELECT count(*) FROM tickets WHERE tickets.state = 'claimed' AND tickets.held_until IS NULL
     AND tickets.claimed_by = staff.login)
"""
ON_DUTY = text(f"""
    SELECT staff.login, staff.languages, duty.busy_at, {LOAD} AS load,
           EXISTS (SELECT FROM team_members AS one WHERE one.team_id = :team AND one.login = staff.login) AS of_team
    FROM staff LEFT JOIN ticket_duty AS duty ON duty.login = staff.login
    WHERE staff.disabled_at IS NULL
      AND EXISTS (SELECT FROM staff_grants AS held WHERE held.staff_id = staff.id AND held.role = ANY (:roles)
                  AND held.city IN ('', :city) AND held.agency IN ('', :agency))
      AND CASE WHEN {HOLDS} THEN duty.state = 'on' ELSE staff.login = ANY (:present) END
""")
HOLD = text("SELECT login FROM staff WHERE login = :login FOR NO KEY UPDATE")
LOAD_OF = text(f"SELECT {LOAD} FROM staff WHERE staff.login = :login")
SAID = text(f"""
    SELECT duty.state FROM staff JOIN ticket_duty AS duty ON duty.login = staff.login
    WHERE staff.login = :login AND {HOLDS}
""")
SAY = text("""
    INSERT INTO ticket_duty (login, state, since) VALUES (:login, :state, clock_timestamp())
    ON CONFLICT (login) DO UPDATE SET state = EXCLUDED.state, since = EXCLUDED.since
""")
END = text("UPDATE ticket_duty SET state = '', since = NULL WHERE login = :login AND state <> ''")
BUSY = text("""
    INSERT INTO ticket_duty (login, busy_at) VALUES (:login, :now)
    ON CONFLICT (login) DO UPDATE SET busy_at = greatest(ticket_duty.busy_at, EXCLUDED.busy_at)
""")


@dataclass(frozen=True, slots=True)
class OnDuty:
    """A clerk who takes new tickets. `load` are the tickets in hand, without those on hold; `of_team`: they belong to
    the team that was asked for.
    """

    login: str
    languages: Sequence[str]
    busy_at: datetime | None
    load: int
    of_team: bool

    def speaks(self, locale: str | None) -> int:
        """How well they fit a language, the lower the better: they have named it, have not said, or named others."""
        if locale is None or not self.languages:
            return 1
        return 0 if locale in self.languages else 2


@dataclass(frozen=True)
class Duty:
    """What clerks say of themselves."""

    engine: AsyncEngine

    async def say(self, actor: Actor, said: str) -> None:
        """Be on duty, or on a break.

        Raises:
            NotPermitted: the actor answers no tickets.
            Conflict: it is neither.
        """
        if said not in (Said.ON, Said.BREAK):
            raise Conflict(f"{said!r} is neither on nor break.")
        if not actor.may_somewhere(Permission.TICKET_ANSWER):
            actor.require(Permission.TICKET_ANSWER)
        async with transaction(self.engine) as connection:
            await connection.execute(SAY, {"login": actor.login, "state": said})
            await defer(connection, SWEEP, lane=UPKEEP, timestamp=0)
            await record(connection, actor, f"duty.{said}", subject=actor.login)

    async def end(self, login: str) -> None:
        """Nothing that was said counts any more: somebody logs out."""
        async with transaction(self.engine) as connection:
            await connection.execute(END, {"login": login})

    async def of(self, actor: Actor) -> Said | None:
        """What counts of somebody; None: they have said nothing, or the login in which they did is over."""
        async with self.engine.connect() as connection:
            found = (await connection.execute(SAID, {"login": actor.login})).scalar_one_or_none()
        return None if found is None else Said(found)


async def on_duty(
    connection: AsyncConnection, present: Iterable[str], *, city: str, agency: str, team: int | None = None
) -> list[OnDuty]:
    """Who takes new tickets of an agency. `present` are those who have the console open."""
    roles = list(roles_with(Permission.TICKET_ANSWER))
    values = {"present": list(present), "city": city, "agency": agency, "team": team, "roles": roles}
    return [OnDuty(**row._mapping) for row in await connection.execute(ON_DUTY, values)]


async def load_of(connection: AsyncConnection, login: str) -> int:
    """How many tickets a clerk has in hand, with their row locked: nobody else gives them one meanwhile."""
    await connection.execute(HOLD, {"login": login})
    return int((await connection.execute(LOAD_OF, {"login": login})).scalar_one())


async def busy(connection: AsyncConnection, login: str, now: datetime) -> None:
    """Somebody has got a ticket, or ended one: from now on they are idle."""
    await connection.execute(BUSY, {"login": login, "now": now})


async def missed(connection: AsyncConnection, login: str) -> None:
    """Somebody did not open what they were given: they get nothing new until they say that they are on duty."""
    await connection.execute(SAY, {"login": login, "state": Said.MISSED})
