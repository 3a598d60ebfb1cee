"""Cases as staff see them: found, and one as it stands. What is about a person is for whoever shows it to mask.

Who found a case by its agency's number, or opened one, stands in the audit.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.audit.trail import record
from desk.cases.rows import CaseRow, Private, reference_hash
from desk.contract.errors import NotFound
from desk.contract.staff import WITHIN, Actor, Permission
from desk.contract.text import Text
from desk.store.database import transaction
from desk.store.keys import Keys

PAGE = 50


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case of a list: nothing of it is sealed, so that no key is opened for it. Times are aware, in UTC."""

    id: int
    city: str
    service: str
    agency: str
    kind: str
    status: str
    at: datetime | None
    over: bool
    created_at: datetime
    changed_at: datetime


COLUMNS = ", ".join(f"cases.{one.name}" for one in fields(CaseLine))
LIST = text(f"""
    SELECT {COLUMNS} FROM cases
    WHERE (CAST(:city AS text) IS NULL OR cases.city = :city)
      AND (CAST(:service AS text) IS NULL OR cases.service = :service)
      AND (CAST(:hash AS bytea) IS NULL OR cases.reference_hash = :hash)
      AND (CAST(:before AS bigint) IS NULL OR cases.id < :before)
      AND (:everything OR NOT cases.over)
      AND {WITHIN.format(city="cases.city", agency="cases.agency")}
    ORDER BY cases.id DESC LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class CaseSheet:
    """A case with the sealed part of it open."""

    case: CaseRow
    private: Private


@dataclass(frozen=True)
class CaseBook:
    """All cases, as far as somebody may see them."""

    engine: AsyncEngine
    keys: Keys

    async def page(
        self,
        actor: Actor,
        *,
        city: str | None = None,
        service: str | None = None,
        reference: str | None = None,
        everything: bool = False,
        before: int | None = None,
        limit: int = PAGE,
    ) -> Sequence[CaseLine]:
        """Cases of the actor's agencies, the newest first; those that are over with `everything`, or by the number.

        Args:
            actor: who asks.
            city: of one city.
            service: of one service.
            reference: the agency's number, however it is written. What is found by it stands in the audit, the number
                does not.
            everything: also those that are over.
            before: those older than the case of this id.
            limit: so many at most.
        """
        actor.require_somewhere(Permission.CASE_READ)
        values = {
            "city": city,
            "service": service,
            "hash": None if reference is None else reference_hash(self.keys, reference),
            "before": before,
            "everything": everything or reference is not None,
            "limit": limit,
            **actor.places(Permission.CASE_READ).values(),
        }
        async with transaction(self.engine) as connection:
            found = [CaseLine(**row._mapping) for row in await connection.execute(LIST, values)]
            for case in found if reference is not None else ():
                await record(connection, actor, "case.find", subject=str(case.id), of=case)
        return found

    async def one(self, actor: Actor, case_id: int) -> CaseSheet:
        """A case with what is sealed of it: that somebody read it stands in the audit, in the same transaction.

        Raises:
            NotFound: there is no such case of the actor's agencies.
        """
        from desk.cases.register import FIND, row_of  # opens what is sealed: a list does not
        from desk.sealing.opening import Purpose, traced

        async with transaction(self.engine) as connection:
            row = (await connection.execute(FIND, {"id": case_id})).one_or_none()
            if row is None or not actor.may(Permission.CASE_READ, row.city, row.agency):
                raise NotFound(
                    f"There is no case {case_id}. `desk cases list --all` shows them.",
                    said=Text(key="console.error_no_case"),
                )
            case = row_of(connection, row)
            await traced(connection, case.conversation_id, Purpose.CASE, reader=actor.login)
            await record(connection, actor, "case.read", subject=str(case.id), of=case)
            return CaseSheet(case, case.opened(self.keys))
