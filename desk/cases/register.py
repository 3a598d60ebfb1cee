"""The register of cases, on a connection whose transaction the caller owns.

Lock order: conversation, case, stream counter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.cases import times
from desk.cases.links import Links, hash_of
from desk.cases.rows import CASE, CaseRow, Private, name_of, reference_hash
from desk.conversations.own_matters import Held, telephone_hash
from desk.sealing.opening import KEY, Purpose, key_of, opened
from desk.store.keys import Keys
from desk.tickets.queue import settle_matter

if TYPE_CHECKING:  # a list needs neither files of cities nor what turns say
    from desk.city.files import City
    from desk.contract.messages import CaseNote

COLUMNS = ", ".join(
    [*(f"cases.{field.name}" for field in fields(CaseRow)), f"{KEY.format('cases.conversation_id')} AS wrapped"]
)
"""What `row_of` reads."""

FIND = text(f"SELECT {COLUMNS} FROM cases WHERE id = :id")
LOCK = text(f"SELECT {COLUMNS} FROM cases WHERE id = :id FOR UPDATE")
BY_CODE = text(f"SELECT {COLUMNS} FROM cases WHERE code_hash = :code_hash")
OF_CONVERSATION = text(f"SELECT {COLUMNS} FROM cases WHERE conversation_id = :id ORDER BY created_at, id")
# Of who is proved to hold a telephone: what was made in a conversation of theirs, or by a code to that telephone.
HELD = text(f"""
    SELECT {COLUMNS} FROM cases
    WHERE conversation_id = ANY (CAST(:whole AS uuid[])) OR holder = :telephone
    ORDER BY over, changed_at DESC, id DESC LIMIT :most
""")
KEEP = text(f"""
    INSERT INTO cases (conversation_id, frame, city, service, agency, kind, reference_hash, code_hash, private, status,
                       at, over, remind_at, look_at, holder, created_at, changed_at, known_at)
    VALUES (:conversation_id, :frame, :city, :service, :agency, :kind, :reference_hash, :code_hash, :private, :status,
            :at, :over, :remind_at, :look_at, :holder, :now, :now, :now)
    ON CONFLICT (conversation_id, frame) DO UPDATE
    SET city = excluded.city, service = excluded.service, agency = excluded.agency, kind = excluded.kind,
        reference_hash = excluded.reference_hash, private = excluded.private, status = excluded.status,
        at = excluded.at, over = excluded.over, revision = cases.revision + 1,
        holder = coalesce(excluded.holder, cases.holder),
        remind_at = CASE WHEN excluded.over THEN NULL
                         WHEN cases.over OR cases.at IS DISTINCT FROM excluded.at THEN excluded.remind_at
                         ELSE cases.remind_at END,
        reminded_at = CASE WHEN cases.at IS DISTINCT FROM excluded.at THEN NULL ELSE cases.reminded_at END,
        look_at = excluded.look_at, changed_at = excluded.changed_at, known_at = excluded.known_at, late_at = NULL
    RETURNING {COLUMNS}
""")
TO_REMIND = text("""
    SELECT id FROM cases WHERE remind_at <= :now AND reminded_at IS NULL AND at > :now ORDER BY remind_at LIMIT :limit
""")
# The fence: whoever comes second, a job that was taken over or the frozen worker that wakes up, changes nothing.
REMINDED = text(f"""
    UPDATE cases SET reminded_at = :now
    WHERE id = :id AND remind_at <= :now AND reminded_at IS NULL AND at > :now AND NOT over RETURNING {COLUMNS}
""")
TO_LOOK_AT = text(f"""
    WITH due AS (
        SELECT id FROM cases WHERE look_at <= :now ORDER BY look_at LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    UPDATE cases
    SET look_at = CASE WHEN at < :bygone THEN NULL
                       ELSE :now + greatest(:first, least(:seldom, (:now - changed_at) / :share)) END
    FROM due WHERE cases.id = due.id RETURNING {COLUMNS}
""")
# Reports of which nothing was heard since `before`, of agencies of cities, side by side.
SILENT = text("""
    SELECT cases.id FROM cases
    JOIN unnest(CAST(:cities AS text[]), CAST(:agencies AS text[]), CAST(:before AS timestamptz[]))
         AS place (city, agency, before) ON place.city = cases.city AND place.agency = cases.agency
    WHERE cases.kind = 'report' AND NOT cases.over AND cases.late_at IS NULL AND cases.changed_at < place.before
    ORDER BY cases.changed_at LIMIT :limit
""")
LATE = text(f"""
    UPDATE cases SET late_at = :now
    WHERE id = :id AND kind = 'report' AND NOT over AND late_at IS NULL AND changed_at < :before RETURNING {COLUMNS}
""")
UNSURE = ("unknown", "not_sent")
"""Statuses of what an agency's system has not confirmed: its answer was lost, or it could not be told at all."""
_UNSURE = "cases.status IN ('unknown', 'not_sent') AND NOT cases.over AND cases.late_at IS NULL"
UNCONFIRMED = text(f"SELECT EXISTS (SELECT FROM cases WHERE id = :id AND {_UNSURE} AND created_at <= :before)")
TOLD_UNSURE = text(f"""
    UPDATE cases SET late_at = :now WHERE id = :id AND {_UNSURE} AND created_at <= :before RETURNING {COLUMNS}
""")
UNCHANGED = text("UPDATE cases SET known_at = :now WHERE id = :id AND revision = :revision")
LOOK_LATER = text("UPDATE cases SET look_at = :at WHERE id = :id AND look_at IS NOT NULL")


class Register:
    """Cases and what becomes of them. `cities` are by slug."""

    def __init__(self, keys: Keys, links: Links, cities: Mapping[str, "City"]) -> None:
        self._keys = keys
        self._links = links
        self._cities = cities

    async def keep(
        self, connection: AsyncConnection, conversation_id: UUID, case: "CaseNote", *, now: datetime
    ) -> CaseRow:
        """Keep a case, or what has become of it.

        Raises:
            ValueError: there is no such city or agency, or the time has no offset.
        """
        city = self._cities.get(case.city)
        if city is None or case.agency not in [agency.slug for agency in city.agencies]:
            raise ValueError("A case names a city or an agency that there is not.")
        at = None if case.at is None else datetime.fromisoformat(case.at)
        if at is not None and at.tzinfo is None:
            raise ValueError("A case's time has no offset.")
        private = Private(reference=case.reference, about=case.about, facts=case.facts, place=case.place)
        sealed = self._keys.seal(
            private.model_dump_json().encode(), purpose=CASE, of=name_of(conversation_id, case.case)
        )
        key = await key_of(connection, conversation_id, Purpose.WRITE)
        values = {
            "conversation_id": conversation_id,
            "frame": case.case,
            "city": case.city,
            "service": case.service,
            "agency": case.agency,
            "kind": case.kind,
            "reference_hash": self.reference_hash(case.reference),
            "code_hash": hash_of(self._links.code(conversation_id, case.case)),
            "private": key.seal_file(sealed, "case"),
            "status": case.status,
            "at": at,
            "over": case.over,
            "remind_at": times.reminder_of(at, over=case.over, zone=ZoneInfo(city.timezone), now=now),
            "look_at": None if case.over else times.next_look(now, now),
            "holder": self._holder(case),
            "now": now,
        }
        row = row_of(connection, (await connection.execute(KEEP, values)).one())
        if row.kind == "report" and row.revision > 1:  # there is news of it
            await settle_matter(connection, matter_of(row.id, row.revision - 1))
        if row.revision > 1 and row.status not in UNSURE:
            await settle_matter(connection, unsure_matter_of(row.id))
        return row

    async def find(self, connection: AsyncConnection, case_id: int) -> CaseRow | None:
        """Find a case as it stands."""
        row = (await connection.execute(FIND, {"id": case_id})).one_or_none()
        return None if row is None else row_of(connection, row)

    async def find_by_code(self, connection: AsyncConnection, code: str) -> CaseRow | None:
        """Find a case by the code of its calendar page."""
        row = (await connection.execute(BY_CODE, {"code_hash": hash_of(code)})).one_or_none()
        return None if row is None else row_of(connection, row)

    async def of_conversation(self, connection: AsyncConnection, conversation_id: UUID) -> Sequence[CaseRow]:
        """All cases of a conversation, the oldest first."""
        return [row_of(connection, row) for row in await connection.execute(OF_CONVERSATION, {"id": conversation_id})]

    async def held(self, connection: AsyncConnection, held: Held, *, most: int) -> Sequence[CaseRow]:
        """Cases of who looks at their own, those that go on before those that are over."""
        about = {"whole": list(held.whole), "telephone": held.telephone, "most": most}
        return [row_of(connection, row, Purpose.STREAM) for row in await connection.execute(HELD, about)]

    def _holder(self, case: "CaseNote") -> bytes | None:
        """By which telephone a case is seen on other devices: proved for it, or that which a report names."""
        from desk.contract.messages import KeepCase  # all that a turn says

        if not isinstance(case, KeepCase):
            return None
        phone = case.proved_phone or (case.contact_phone if case.kind == "report" else None)
        return None if phone is None else telephone_hash(self._keys, phone)

    async def lock(self, connection: AsyncConnection, case_id: int) -> CaseRow | None:
        """Take a case's lock; the conversation's is held."""
        row = (await connection.execute(LOCK, {"id": case_id})).one_or_none()
        return None if row is None else row_of(connection, row)

    async def to_remind(self, connection: AsyncConnection, *, now: datetime, limit: int) -> Sequence[int]:
        """Ids of appointments of which to remind now."""
        return list((await connection.execute(TO_REMIND, {"now": now, "limit": limit})).scalars())

    async def mark_reminded(self, connection: AsyncConnection, case_id: int, *, now: datetime) -> CaseRow | None:
        """Note that a resident is reminded; None: they were before, or are not to be any more."""
        row = (await connection.execute(REMINDED, {"id": case_id, "now": now})).one_or_none()
        return None if row is None else row_of(connection, row)

    async def to_look_at(self, connection: AsyncConnection, *, now: datetime, limit: int) -> Sequence[CaseRow]:
        """Take cases about which to ask their agencies now; each is due again later."""
        values: dict[str, Any] = {
            "now": now,
            "limit": limit,
            "bygone": now - times.AFTERWARDS,
            "first": times.FIRST_LOOK,
            "seldom": times.SELDOM,
            "share": times.SHARE,
        }
        return [row_of(connection, row) for row in await connection.execute(TO_LOOK_AT, values)]

    async def silent(self, connection: AsyncConnection, *, now: datetime, limit: int) -> Sequence[int]:
        """Ids of reports of which nothing was heard for longer than their agencies may take."""
        places = [
            (city.slug, agency.slug, now - timedelta(days=agency.answering.report_days))
            for city in self._cities.values()
            for agency in city.agencies
        ]
        cities, agencies, before = (list(column) for column in zip(*places, strict=True))
        values = {"cities": cities, "agencies": agencies, "before": before, "limit": limit}
        return list((await connection.execute(SILENT, values)).scalars())

    async def mark_late(self, connection: AsyncConnection, case: CaseRow, *, now: datetime) -> CaseRow | None:
        """Note that clerks get a ticket of a report; None: they did before, or there is news of it."""
        days = self._cities[case.city].agency(case.agency).answering.report_days
        values = {"id": case.id, "now": now, "before": now - timedelta(days=days)}
        row = (await connection.execute(LATE, values)).one_or_none()
        return None if row is None else row_of(connection, row)

    async def is_unconfirmed(self, connection: AsyncConnection, case: CaseRow, *, now: datetime) -> bool:
        """Whether its agency's system has not confirmed a case for long, and clerks do not see to that yet."""
        values = {"id": case.id, "before": now - times.UNCONFIRMED}
        return bool((await connection.execute(UNCONFIRMED, values)).scalar_one())

    async def mark_unconfirmed(self, connection: AsyncConnection, case: CaseRow, *, now: datetime) -> CaseRow | None:
        """Note that clerks see to what is not confirmed; None: they did before, or it is by now."""
        values = {"id": case.id, "now": now, "before": now - times.UNCONFIRMED}
        row = (await connection.execute(TOLD_UNSURE, values)).one_or_none()
        return None if row is None else row_of(connection, row)

    async def note_unchanged(self, connection: AsyncConnection, case: CaseRow, *, now: datetime) -> None:
        """Note that a case stands as it stood."""
        await connection.execute(UNCHANGED, {"id": case.id, "revision": case.revision, "now": now})

    async def look_later(self, connection: AsyncConnection, case: CaseRow, *, now: datetime, after: timedelta) -> None:
        """Ask about a case only after a while."""
        await connection.execute(LOOK_LATER, {"id": case.id, "at": now + after})

    def reference_hash(self, reference: str) -> bytes:
        """The hash by which an agency's number is found, however it is written."""
        return reference_hash(self._keys, reference)


def matter_of(case_id: int, revision: int) -> str:
    """What the ticket of a report is about of which nothing is heard as it stands."""
    return f"report:{case_id}:{revision}"


def unsure_matter_of(case_id: int) -> str:
    """What the ticket of a case is about that its agency's system has not confirmed: one, however often it is tried."""
    return f"unconfirmed:{case_id}"


def row_of(connection: AsyncConnection, row: Row[Any], purpose: Purpose = Purpose.UPKEEP) -> CaseRow:
    """A case that a statement read by `COLUMNS`: what the conversation's key sealed of it is open."""
    found = row._asdict()
    key = opened(connection, row.conversation_id, found.pop("wrapped"), purpose)
    return CaseRow(**{**found, "private": key.open_file(row.private, "case")})
