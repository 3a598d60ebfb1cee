"""Sessions of staff: who acts with a token. Grants are read each time, so that what is taken away is gone at once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.contract.staff import Actor, Via
from desk.staff.rows import grants_of
from desk.staff.secrets import fresh_token, token_hash

NEVER = timedelta(days=36500)  # of a key: it is not idle

GRANTS = """
    (SELECT json_agg(json_build_object('role', held.role, 'city', held.city, 'agency', held.agency))
     FROM staff_grants AS held WHERE held.staff_id = staff.id)
"""
OPEN = text("""
    INSERT INTO staff_sessions (hash, staff_id, via, name, address, good_until, idle_until, proved_at)
    VALUES (:hash, :staff_id, :via, :name, :address, clock_timestamp() + :good, clock_timestamp() + :idle, :proved_at)
""")
FIND = text(f"""
    SELECT staff.id, staff.login, staff.name, staff.locale, session.via, session.address,
           coalesce(session.proved_at, session.opened_at) AS proved_at,
           session.idle_until < clock_timestamp() + :idle - interval '1 minute' AS is_stale,
           {GRANTS} AS grants
    FROM staff_sessions AS session JOIN staff ON staff.id = session.staff_id
    WHERE session.hash = :hash AND session.good_until > clock_timestamp() AND session.idle_until > clock_timestamp()
      AND staff.disabled_at IS NULL
""")
NOTE = text("""
    UPDATE staff_sessions SET idle_until = clock_timestamp() + :idle WHERE hash = :hash AND via <> 'key'
""")
LEFT = text("""
    SELECT extract(epoch FROM good_until - clock_timestamp()) AS longest,
           extract(epoch FROM least(good_until, idle_until) - clock_timestamp()) AS idle
    FROM staff_sessions
    WHERE hash = :hash AND good_until > clock_timestamp() AND idle_until > clock_timestamp()
""")
LOGGED_IN = text("UPDATE staff SET logged_in_at = clock_timestamp() WHERE id = :id")
END = text("DELETE FROM staff_sessions WHERE hash = :hash")
END_ALL = text("DELETE FROM staff_sessions WHERE staff_id = :staff_id AND (via <> 'key' OR :keys)")
END_OTHERS = text("DELETE FROM staff_sessions WHERE staff_id = :staff_id AND hash <> :own AND via <> 'key'")
TIDY = text("DELETE FROM staff_sessions WHERE good_until < clock_timestamp() OR idle_until < clock_timestamp()")


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """How long a login holds: at most `good`, and `idle` without a request."""

    good: timedelta = timedelta(hours=10)
    idle: timedelta = timedelta(minutes=60)


@dataclass(frozen=True, slots=True)
class Left:
    """In how many seconds a session ends where nothing is done any more, and in any case."""

    idle: int
    longest: int


async def open_session(
    connection: AsyncConnection,
    staff_id: UUID,
    *,
    via: Via,
    address: str,
    limits: SessionLimits,
    proved_at: datetime | None = None,
) -> str:
    """Open a session; answers its token, of which only a hash is kept.

    `proved_at` is when somebody proved elsewhere who they are; None: here and now.
    """
    await connection.execute(LOGGED_IN, {"id": staff_id})
    return await _opened(connection, staff_id, via, "", address, limits.good, limits.idle, proved_at)


async def make_key(connection: AsyncConnection, staff_id: UUID, *, name: str, days: int) -> str:
    """Make the key of a program; answers it, once."""
    return await _opened(connection, staff_id, "key", name, "", timedelta(days=days), NEVER)


async def find(
    connection: AsyncConnection, token: str, limits: SessionLimits, *, address: str = ""
) -> tuple[Actor, bool] | None:
    """Find who acts with a token, and whether its use is to be noted; None: nobody, any more.

    `address` is from where; that of the login counts where none is given.
    """
    row = (await connection.execute(FIND, {"hash": token_hash(token), "idle": limits.idle})).one_or_none()
    if row is None:
        return None
    grants, since = grants_of(row.grants), None if row.via == "key" else row.proved_at
    actor = Actor(row.login, row.name, grants, row.via, address or row.address, row.locale, since=since)
    return actor, row.is_stale and row.via != "key"


async def note(connection: AsyncConnection, token: str, limits: SessionLimits) -> None:
    """Note that a session was used."""
    await connection.execute(NOTE, {"hash": token_hash(token), "idle": limits.idle})


async def left_of(connection: AsyncConnection, token: str) -> Left | None:
    """How long a session holds; None: it is over."""
    row = (await connection.execute(LEFT, {"hash": token_hash(token)})).one_or_none()
    return None if row is None else Left(max(0, int(row.idle)), max(0, int(row.longest)))


async def end(connection: AsyncConnection, token: str) -> None:
    """End a session, or take a key away."""
    await connection.execute(END, {"hash": token_hash(token)})


async def end_others(connection: AsyncConnection, staff_id: UUID, token: str) -> None:
    """End all sessions of somebody but the one of a token; keys stay."""
    await connection.execute(END_OTHERS, {"staff_id": staff_id, "own": token_hash(token)})


async def end_all(connection: AsyncConnection, staff_id: UUID, *, keys: bool) -> None:
    """End all sessions of somebody; with `keys`, their keys too."""
    await connection.execute(END_ALL, {"staff_id": staff_id, "keys": keys})


async def _opened(
    connection: AsyncConnection,
    staff_id: UUID,
    via: Via,
    name: str,
    address: str,
    good: timedelta,
    idle: timedelta,
    proved_at: datetime | None = None,
) -> str:
    token = fresh_token()
    values = {"hash": token_hash(token), "staff_id": staff_id, "via": via, "name": name, "address": address}
    await connection.execute(OPEN, {**values, "good": good, "idle": idle, "proved_at": proved_at})
    return token
