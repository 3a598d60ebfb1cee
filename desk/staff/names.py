"""What colleagues read members of staff by: their names, with the login where two that stand together share one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

NAMED = text("""
    SELECT staff.login, staff.name, EXISTS (
        SELECT FROM staff AS other
        WHERE lower(other.name) = lower(staff.name) AND other.id <> staff.id
          AND (other.login = ANY (:logins) OR EXISTS (
              SELECT FROM staff_grants AS mine JOIN staff_grants AS theirs
                  ON (mine.city IN ('', theirs.city) OR theirs.city = '')
                 AND (mine.agency IN ('', theirs.agency) OR theirs.agency = '')
              WHERE mine.staff_id = staff.id AND theirs.staff_id = other.id))
    ) AS is_shared
    FROM staff WHERE staff.login = ANY (:logins)
""")
"""A name is shared with who is named on the same page, and with who has a role where its holder has one."""


@dataclass(frozen=True, slots=True)
class Names:
    """What members of staff are called, by login."""

    called: Mapping[str, str] = field(default_factory=dict)

    def of(self, login: str | None) -> str:
        """What somebody is called; the login itself where there is no such member of staff, empty for nobody."""
        return self.called.get(login or "", login or "")


async def names_of(connection: AsyncConnection, logins: Iterable[str | None]) -> Names:
    """What some are called, in one statement for all that a page names; none where it names nobody."""
    wanted = sorted({one for one in logins if one})
    if not wanted:
        return Names()
    rows = await connection.execute(NAMED, {"logins": wanted})
    return Names({row.login: f"{row.name} ({row.login})" if row.is_shared else row.name for row in rows if row.name})
