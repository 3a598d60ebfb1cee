"""Teams below an agency: who belongs to them, which tickets come to them. A team bounds no permission.

They are data of the agency, administered by whoever assigns its tickets: names and members change weekly, and a city of
three thousand accounts cannot wait for its file.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.audit.trail import record
from desk.contract.errors import Conflict, NotFound
from desk.contract.messages import Text
from desk.contract.staff import WITHIN, Actor, Permission, roles_with
from desk.store.database import transaction
from desk.tickets.queue import COLUMNS
from desk.tickets.room import Room
from desk.tickets.rows import TicketRow

LONGEST_NAME = 40  # characters
MOST = 500  # teams in a list
MOST_OF_AGENCY = 50

SEEN = WITHIN.format(city="team.city", agency="team.agency")
TEAM = """
    team.id, team.city, team.agency, team.name, team.services, team.reasons,
    ARRAY(SELECT one.login FROM team_members AS one WHERE one.team_id = team.id ORDER BY one.login) AS members
"""
ALL = text(f"""
    SELECT {TEAM} FROM teams AS team
    WHERE {SEEN} AND (CAST(:city AS text) IS NULL OR team.city = :city)
      AND (CAST(:agency AS text) IS NULL OR team.agency = :agency)
    ORDER BY team.city, team.agency, team.name LIMIT :most
""")
FIND = text(f"SELECT {TEAM} FROM teams AS team WHERE team.id = :id")
HOLD = text("SELECT pg_advisory_xact_lock(hashtext('citydesk teams ' || :city || '/' || :agency))")
COUNT = text("SELECT count(*) FROM teams WHERE city = :city AND agency = :agency")
CREATE = text("""
    INSERT INTO teams (city, agency, name, services, reasons, changed_by)
    VALUES (:city, :agency, :name, :services, :reasons, :by) ON CONFLICT (city, agency, name) DO NOTHING RETURNING id
""")
CHANGE = text("""
    UPDATE teams
    SET name = :name, services = :services, reasons = :reasons, changed_by = :by, changed_at = clock_timestamp()
    WHERE id = :id AND NOT EXISTS (SELECT FROM teams AS other WHERE other.city = teams.city
                                   AND other.agency = teams.agency AND other.name = :name AND other.id <> :id)
    RETURNING id
""")
OVERLAPS = text("""
    SELECT team.name,
           ARRAY(SELECT unnest(team.services) INTERSECT SELECT unnest(CAST(:services AS text[])) ORDER BY 1) AS service,
           ARRAY(SELECT unnest(team.reasons) INTERSECT SELECT unnest(CAST(:reasons AS text[])) ORDER BY 1) AS reason
    FROM teams AS team
    WHERE team.city = :city AND team.agency = :agency AND team.id IS DISTINCT FROM CAST(:id AS bigint)
      AND (team.services && CAST(:services AS text[]) OR team.reasons && CAST(:reasons AS text[]))
    ORDER BY team.id LIMIT 1
""")
DROP = text("DELETE FROM teams WHERE id = :id RETURNING id")
JOIN = text("INSERT INTO team_members (team_id, login) VALUES (:id, :login) ON CONFLICT DO NOTHING")
LEAVE = text("DELETE FROM team_members WHERE team_id = :id AND login = :login RETURNING login")
ANSWERING = text("""
    SELECT staff.login, staff.name FROM staff
    WHERE staff.disabled_at IS NULL
      AND EXISTS (SELECT FROM staff_grants AS held WHERE held.staff_id = staff.id AND held.role = ANY (:roles)
                  AND held.city IN ('', :city) AND held.agency IN ('', :agency))
    ORDER BY staff.login LIMIT 2000
""")
PUT = text(f"UPDATE tickets SET team_id = :team WHERE id = :id AND state IN ('open', 'claimed') RETURNING {COLUMNS}")


class DutyTaken(Conflict):
    """Tickets of a service, or opened for a reason, come to another team of the agency already.

    `services` and `reasons` are those of the other `team`.
    """

    def __init__(self, team: str, services: Sequence[str], reasons: Sequence[str]) -> None:
        self.team, self.services, self.reasons = team, services, reasons
        named = ", ".join((*services, *reasons))
        super().__init__(
            f"Tickets of {named} come to the team {team!r} already.",
            said=Text(key="console.error_team_duty", args={"what": named, "team": team}),
        )


@dataclass(frozen=True, slots=True)
class Team:
    """A team of an agency. Tickets of its `services` come to it, and such as are opened for its `reasons`."""

    id: int
    city: str
    agency: str
    name: str
    services: Sequence[str]
    reasons: Sequence[str]
    members: Sequence[str]


@dataclass(frozen=True, slots=True)
class Duties:
    """What a team is called, and which tickets come to it."""

    name: str
    services: Collection[str] = ()
    reasons: Collection[str] = ()


@dataclass(frozen=True)
class Teams:
    """The teams of agencies."""

    engine: AsyncEngine

    async def all(
        self, actor: Actor, permission: Permission, *, city: str | None = None, agency: str | None = None
    ) -> list[Team]:
        """Teams of the places where the actor holds a permission, by city, agency and name; at most 500."""
        values = {"city": city, "agency": agency, "most": MOST, **actor.places(permission).values()}
        async with self.engine.connect() as connection:
            return [_team(row) for row in await connection.execute(ALL, values)]

    async def find(self, actor: Actor, team_id: int) -> Team:
        """A team whose tickets the actor assigns.

        Raises:
            NotFound: there is none such, or it is another agency's.
        """
        async with self.engine.connect() as connection:
            return await _found(connection, actor, team_id)

    async def answering(self, team: Team) -> list[tuple[str, str]]:
        """Who may answer the tickets of a team's agency: login and name."""
        roles = list(roles_with(Permission.TICKET_ANSWER))
        values = {"city": team.city, "agency": team.agency, "roles": roles}
        async with self.engine.connect() as connection:
            return [(row.login, row.name) for row in await connection.execute(ANSWERING, values)]

    async def create(self, actor: Actor, city: str, agency: str, duties: Duties) -> int:
        """Create a team. Answers its number.

        Raises:
            NotPermitted: the actor does not assign tickets there.
            DutyTaken: another team of the agency has one of its services or reasons.
            Conflict: the name is none or taken, or there are too many teams.
        """
        actor.require(Permission.TICKET_ASSIGN, city, agency)
        values = {"city": city, "agency": agency, "by": actor.login, **_values(duties)}
        async with transaction(self.engine) as connection:
            await connection.execute(HOLD, values)
            if (await connection.execute(COUNT, values)).scalar_one() >= MOST_OF_AGENCY:
                said = Text(key="console.error_teams_most", args={"most": MOST_OF_AGENCY})
                raise Conflict(f"An agency has at most {MOST_OF_AGENCY} teams.", said=said)
            await _insist_free(connection, {**values, "id": None})
            made = (await connection.execute(CREATE, values)).scalar_one_or_none()
            if made is None:
                raise _taken(duties)
            await record(
                connection,
                actor,
                "team.create",
                subject=str(values["name"]),
                city=city,
                agency=agency,
                details={"services": values["services"], "reasons": values["reasons"]},
            )
        return int(made)

    async def change(self, actor: Actor, team_id: int, duties: Duties) -> None:
        """Change a team's name, or which tickets come to it from now on.

        Raises:
            NotFound: there is none such, or it is another agency's.
            DutyTaken: another team of the agency has one of its services or reasons.
            Conflict: the name is none or taken.
        """
        values = {"id": team_id, "by": actor.login, **_values(duties)}
        async with transaction(self.engine) as connection:
            team = await _found(connection, actor, team_id)
            await connection.execute(HOLD, {"city": team.city, "agency": team.agency})
            await _insist_free(connection, {**values, "city": team.city, "agency": team.agency})
            if (await connection.execute(CHANGE, values)).one_or_none() is None:
                raise _taken(duties)
            details = {"was": team.name, "services": values["services"], "reasons": values["reasons"]}
            await _record(connection, actor, "team.change", team, details, subject=str(values["name"]))

    async def drop(self, actor: Actor, team_id: int) -> None:
        """Dissolve a team: its tickets are of none.

        Raises:
            NotFound: there is none such, or it is another agency's.
        """
        async with transaction(self.engine) as connection:
            team = await _found(connection, actor, team_id)
            await connection.execute(DROP, {"id": team_id})
            await _record(connection, actor, "team.drop", team, {})

    async def join(self, actor: Actor, team_id: int, login: str) -> None:
        """Take somebody into a team who may answer its agency's tickets.

        Raises:
            NotFound: there is no such team, or it is another agency's.
            Conflict: they may not answer its tickets.
        """
        async with transaction(self.engine) as connection:
            team = await _found(connection, actor, team_id)
            if login not in {one for one, _ in await self.answering(team)}:
                said = Text(key="console.error_ticket_colleague", args={"clerk": login})
                raise Conflict(f"{login} may not answer tickets of {team.city}/{team.agency}.", said=said)
            await connection.execute(JOIN, {"id": team_id, "login": login})
            await _record(connection, actor, "team.join", team, {"login": login})

    async def leave(self, actor: Actor, team_id: int, login: str) -> None:
        """Take somebody out of a team.

        Raises:
            NotFound: there is no such team, or it is another agency's.
        """
        async with transaction(self.engine) as connection:
            team = await _found(connection, actor, team_id)
            if (await connection.execute(LEAVE, {"id": team_id, "login": login})).one_or_none() is not None:
                await _record(connection, actor, "team.leave", team, {"login": login})


class Teaming:
    """Putting tickets to teams."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def put(self, actor: Actor, ticket_id: int, team_id: int | None) -> TicketRow:
        """Put a ticket to a team of its agency, or to none; who has it keeps it.

        Raises:
            NotFound: there is no such ticket, or no such team of its agency.
            NotPermitted: it is another's, and the actor does not assign tickets there.
            Conflict: it has ended.
        """
        async with self._room.act(actor, ticket_id, Permission.TICKET_READ) as act:
            ticket = act.ticket
            own = ticket.state == "open" or ticket.claimed_by == actor.login
            permission = Permission.TICKET_ANSWER if own else Permission.TICKET_ASSIGN
            if not actor.may(Permission.TICKET_ASSIGN, ticket.city, ticket.agency):
                actor.require(permission, ticket.city, ticket.agency)
            name = ""
            if team_id is not None:
                row = (await act.connection.execute(FIND, {"id": team_id})).one_or_none()
                if row is None or (row.city, row.agency) != (ticket.city, ticket.agency):
                    raise _no_team(team_id)
                name = row.name
            if not await act.change(PUT, team=team_id):
                raise Conflict(
                    f"{ticket.reference} has ended.",
                    said=Text(key="console.error_ticket_ended", args={"reference": ticket.reference}),
                )
            act.done("teamed", "ticket.team", to=name)
        return act.ticket


async def _found(connection: AsyncConnection, actor: Actor, team_id: int) -> Team:
    row = (await connection.execute(FIND, {"id": team_id})).one_or_none()
    if row is None or not actor.may(Permission.TICKET_ASSIGN, row.city, row.agency):
        raise _no_team(team_id)
    return _team(row)


async def _insist_free(connection: AsyncConnection, values: dict[str, object]) -> None:
    """Insist that no other team of the agency has one of these services or reasons: only one could get the tickets."""
    row = (await connection.execute(OVERLAPS, values)).one_or_none()
    if row is not None:
        raise DutyTaken(row.name, row.service, row.reason)


def _no_team(team_id: int) -> NotFound:
    return NotFound(f"There is no team {team_id}.", said=Text(key="console.error_no_team"))


def _taken(duties: Duties) -> Conflict:
    said = Text(key="console.error_team_taken", args={"name": duties.name.strip()})
    return Conflict(f"There is a team {duties.name.strip()!r}.", said=said)


def _values(duties: Duties) -> dict[str, object]:
    name = duties.name.replace("\x00", "").strip()
    if not 0 < len(name) <= LONGEST_NAME:
        said = Text(key="console.error_name_form", args={"most": LONGEST_NAME})
        raise Conflict(f"A name has 1 to {LONGEST_NAME} characters.", said=said)
    return {"name": name, "services": sorted(duties.services), "reasons": sorted(duties.reasons)}


def _team(row: Row[tuple[object, ...]]) -> Team:
    return Team(**row._mapping)


async def _record(
    connection: AsyncConnection, actor: Actor, act: str, team: Team, details: dict[str, object], *, subject: str = ""
) -> None:
    await record(
        connection, actor, act, subject=subject or team.name, city=team.city, agency=team.agency, details=details
    )
