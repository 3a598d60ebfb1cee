"""Reading members of staff."""

from collections.abc import Sequence

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.contract.errors import NotFound
from desk.contract.staff import PERMITS, Actor, Permission, Role
from desk.contract.text import Text
from desk.staff.rows import StaffRow, grants_of
from desk.staff.sessions import GRANTS

COLUMNS = f"""
    staff.id, staff.login, staff.name, staff.locale, staff.password IS NOT NULL AS has_password,
    staff.totp IS NOT NULL AS has_totp,
    (SELECT count(*) FROM staff_passkeys AS passkey WHERE passkey.staff_id = staff.id) AS passkeys,
    (SELECT count(*) FROM staff_sessions AS key WHERE key.staff_id = staff.id AND key.via = 'key'
                                                  AND key.good_until > clock_timestamp()) AS keys,
    staff.openid_at, staff.locked_until, staff.created_at, staff.created_by, staff.disabled_at, staff.languages,
    {GRANTS} AS grants,
    (SELECT json_agg(asked.what) FROM staff_requests AS asked
     WHERE asked.kind = 'staff_grant' AND asked.state = 'open' AND asked.good_until > clock_timestamp()
       AND asked.what ->> 'login' = staff.login) AS pending
"""
ALL = text(f"SELECT {COLUMNS} FROM staff ORDER BY staff.login")
WHO_MAY = text(f"""
    SELECT staff.login, staff.name, {GRANTS} AS grants FROM staff
    WHERE staff.disabled_at IS NULL
      AND (staff.password IS NOT NULL OR staff.openid_at IS NOT NULL
           OR EXISTS (SELECT FROM staff_passkeys AS passkey WHERE passkey.staff_id = staff.id))
      AND EXISTS (SELECT FROM staff_grants AS held
                  WHERE held.staff_id = staff.id AND held.role = ANY (:roles)
                    AND (CAST(:city AS text) IS NULL OR held.city IN ('', :city))
                    AND (CAST(:agency AS text) IS NULL OR held.agency IN ('', :agency)))
    ORDER BY staff.login
""")
ACTIVE = text(f"""
    SELECT staff.login, staff.name, {GRANTS} AS grants FROM staff
    WHERE staff.disabled_at IS NULL AND staff.login = ANY (:logins) ORDER BY staff.login
""")
OF_LOGIN = text(f"SELECT {COLUMNS} FROM staff WHERE staff.login = :login")


async def everybody(connection: AsyncConnection) -> list[StaffRow]:
    """All members of staff, by login."""
    return [_row(row) for row in await connection.execute(ALL)]


async def who_may(
    connection: AsyncConnection, permission: Permission, city: str | None = None, agency: str | None = None
) -> list[Actor]:
    """The persons (`StaffRow.is_person`) who hold a permission for a place, by login; anywhere where none is given."""
    roles = [role.value for role in Role if permission in PERMITS[role]]
    rows = await connection.execute(WHO_MAY, {"roles": roles, "city": city, "agency": agency})
    return [Actor(row.login, row.name, grants_of(row.grants)) for row in rows]


async def actors_of(connection: AsyncConnection, logins: Sequence[str]) -> list[Actor]:
    """Who of some is there and not disabled, by login."""
    rows = await connection.execute(ACTIVE, {"logins": list(logins)})
    return [Actor(row.login, row.name, grants_of(row.grants)) for row in rows]


async def find(connection: AsyncConnection, login: str) -> StaffRow | None:
    """The member of staff of a login; None: there is none."""
    row = (await connection.execute(OF_LOGIN, {"login": login.strip().lower()})).one_or_none()
    return None if row is None else _row(row)


async def member(connection: AsyncConnection, login: str) -> StaffRow:
    """The member of staff of a login.

    Raises:
        NotFound: there is none.
    """
    found = await find(connection, login)
    if found is None:
        raise NotFound(
            f"There is no member of staff {login!r}: desk user list", said=Text(key="console.error_no_member")
        )
    return found


def _row(row: Row[tuple[object, ...]]) -> StaffRow:
    values = dict(row._mapping)
    values |= {"grants": grants_of(values["grants"]), "pending": grants_of(values["pending"])}
    return StaffRow(**{**values, "languages": tuple(values["languages"])})
