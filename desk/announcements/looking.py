"""What people look at before and after an announcement is told: what waits for them, versions, examples, figures."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.announcements import arming
from desk.announcements.audience.whom import NOBODY, Whom
from desk.announcements.content import SOURCE, Draft, Earlier, Kind, State, Urgency
from desk.announcements.listing import APPROVED, IS_SENT_BACK
from desk.announcements.measuring.figures import LATER, STATES, UNTOLD, Result, result_of
from desk.announcements.rows import COLUMNS, AnnouncementRow
from desk.announcements.service import Announcements
from desk.contract.staff import WITHIN, Actor, Permission
from desk.contract.wire import LOCALES, Locale

EXAMPLES = 10
DRAWS = 40  # of an account and a place in it, until that many residents were found

DECIDED_FOR = "3 days"
"""So long who wrote it is told on the start page that it was approved or rejected."""

MINE = """EXISTS (SELECT FROM announcement_versions AS mine
                  WHERE mine.announcement_id = announcements.id AND mine.saved_by = :login)"""
OTHERS = f"""
    state = 'pending' AND {WITHIN.format(city="city", agency="agency")}
    AND created_by <> :login AND coalesce(submitted_by, '') <> :login AND NOT {MINE}
    AND NOT EXISTS (SELECT FROM announcement_approvals AS read
                    WHERE read.announcement_id = announcements.id AND read.version = announcements.version
                      AND read.approved_by = :login)
"""
OWN = f"{WITHIN.format(city='city', agency='agency')} AND (created_by = :login OR {MINE})"
RETURNED = f"state IN ('returned', 'draft') AND {IS_SENT_BACK} AND {OWN}"
DRAFTS = f"state = 'draft' AND NOT {IS_SENT_BACK} AND {OWN}"
PAUSED = f"""
    state = 'sending' AND {WITHIN.format(city="city", agency="agency")}
    AND EXISTS (SELECT FROM announcement_sends AS send
                WHERE send.announcement_id = announcements.id AND send.state = 'paused')
"""
DECIDED_AT = """(SELECT max(done.at) FROM announcement_events AS done
                 WHERE done.announcement_id = announcements.id AND done.act IN ('approve', 'reject')
                   AND done.version = announcements.version)"""
DECIDED = f"""
    state NOT IN ('draft', 'pending', 'returned') AND {OWN}
    AND id IN (SELECT done.announcement_id FROM announcement_events AS done
               WHERE done.act IN ('approve', 'reject')
                 AND done.at > CAST(:now AS timestamptz) - {DECIDED_FOR!r}::interval)
    AND {DECIDED_AT} > CAST(:now AS timestamptz) - {DECIDED_FOR!r}::interval
"""
# When what became of one was last another: it began or ended, was paused, sent back, withdrawn or corrected.
BECAME_AT = """greatest(published_at, ended_at, withdrawn_at,
    (SELECT max(done.at) FROM announcement_events AS done WHERE done.announcement_id = announcements.id
       AND done.act IN ('pause', 'resume', 'return', 'reject', 'cancel')),
    (SELECT max(later.published_at) FROM announcements AS later
     WHERE later.corrects = announcements.id AND later.earlier IS NULL))"""
BECAME = f"""
    state <> 'pending' AND {WITHIN.format(city="city", agency="agency")} AND {APPROVED.format(login=":login")}
    AND {BECAME_AT} > CAST(:now AS timestamptz) - {DECIDED_FOR!r}::interval
"""
LATELY = 7  # days for which it stands there
# Somebody sent alone a correction of what the looker had approved.
ALONE = f"""
    corrects IS NOT NULL AND earlier IS NULL AND {WITHIN.format(city="city", agency="agency")}
    AND published_at > CAST(:now AS timestamptz) - interval '{LATELY} days'
    AND coalesce(published_by, '') <> :login AND NOT {MINE}
    AND EXISTS (SELECT FROM announcement_approvals AS read
                WHERE read.announcement_id = announcements.corrects AND read.approved_by = :login)
    AND NOT EXISTS (SELECT FROM announcement_approvals AS read
                    WHERE read.announcement_id = announcements.id AND read.version = announcements.version)
"""
# Languages of which the last who was asked to read it is the looker.
ASKS = """ARRAY (
    SELECT split_part(asked.reason, ' ', 1) FROM announcement_events AS asked
    WHERE asked.announcement_id = announcements.id AND asked.act = 'ask' AND split_part(asked.reason, ' ', 2) = :login
      AND NOT EXISTS (SELECT FROM announcement_events AS later
                      WHERE later.announcement_id = asked.announcement_id AND later.act = 'ask' AND later.id > asked.id
                        AND split_part(later.reason, ' ', 1) = split_part(asked.reason, ' ', 1)))"""
IS_AGAIN = """EXISTS (SELECT FROM announcement_events AS before
                      WHERE before.announcement_id = announcements.id AND before.act = 'return')"""
WHY = """(SELECT before.reason FROM announcement_events AS before
          WHERE before.announcement_id = announcements.id AND before.act = 'return' AND before.actor = :login
          ORDER BY before.id DESC LIMIT 1)"""
NOTED = f"{ASKS} AS asks, {IS_AGAIN} AS is_again, coalesce({WHY}, '') AS why"
BARE = "CAST('{}' AS text[]) AS asks, false AS is_again, '' AS why"
BECAUSE = """(SELECT before.reason FROM announcement_events AS before
              WHERE before.announcement_id = announcements.id AND before.act = 'return'
              ORDER BY before.id DESC LIMIT 1)"""
# Of what ended by itself why, and that what is being told is paused.
ENDED_BY = """(SELECT CASE WHEN state = 'cancelled' THEN (
                   SELECT done.act FROM announcement_events AS done
                   WHERE done.announcement_id = announcements.id ORDER BY done.id DESC LIMIT 1)
               WHEN state = 'sending' AND EXISTS (
                   SELECT FROM announcement_sends AS send
                   WHERE send.announcement_id = announcements.id AND send.state = 'paused') THEN 'pause' END)"""
BESIDE = {
    "others": NOTED,
    "became": f"CAST('{{}}' AS text[]) AS asks, false AS is_again, coalesce({ENDED_BY}, '') AS why",
    "returned": f"CAST('{{}}' AS text[]) AS asks, false AS is_again, coalesce({BECAUSE}, '') AS why",
}
RETURNED_BECAUSE = text(f"SELECT {BECAUSE} FROM announcements WHERE id = :id AND {IS_SENT_BACK}")
RETURNED_AT = """(SELECT max(done.at) FROM announcement_events AS done
                  WHERE done.announcement_id = announcements.id AND done.act = 'return')"""
SAVED_AT = """(SELECT max(saved.saved_at) FROM announcement_versions AS saved
               WHERE saved.announcement_id = announcements.id)"""
WAITING = (
    ("others", OTHERS, "submitted_at", "cardinality(asks) > 0 DESC, since, id"),
    ("returned", RETURNED, RETURNED_AT, "since, id"),
    ("drafts", DRAFTS, SAVED_AT, "since DESC, id DESC"),
    ("paused", PAUSED, "submitted_at", "since, id"),
    ("decided", DECIDED, DECIDED_AT, "since DESC, id DESC"),
    ("alone", ALONE, "published_at", "since DESC, id DESC"),
    ("became", BECAME, BECAME_AT, "since DESC, id DESC"),
)
"""What waits: its condition, since when, and what comes first."""
COUNTS = {which: text(f"SELECT count(*) FROM announcements WHERE {condition}") for which, condition, _, _ in WAITING}
FIRSTS = {
    which: text(f"""
        SELECT * FROM (
            SELECT {COLUMNS}, {since} AS since, {BESIDE.get(which, BARE)}
            FROM announcements WHERE {condition}
        ) AS one ORDER BY {order} LIMIT :limit
    """)
    for which, condition, since, order in WAITING
}
LAST_TOPIC = text("""
    SELECT topic FROM announcements
    WHERE city = :city AND agency = :agency AND kind = 'announcement' AND repeats IS NULL ORDER BY id DESC LIMIT 1
""")
VERSIONS = text("""
    SELECT one.version, one.written, one.saved_by, one.saved_at,
           (SELECT array_agg(read.approved_by ORDER BY read.approved_at) FROM announcement_approvals AS read
            WHERE read.announcement_id = one.announcement_id AND read.version = one.version) AS approved_by
    FROM announcement_versions AS one WHERE one.announcement_id = :id ORDER BY one.version DESC
""")
ALIKE = text("""
    SELECT max(id) FROM announcements
    WHERE city = :city AND agency = :agency AND mode = :mode AND withdrawn_at IS NULL
      AND coalesce(repeats, id) <> :series AND published_at > CAST(:now AS timestamptz) - interval '2 days'
      AND titles ->> 'zh_Hans' = :title AND texts ->> 'zh_Hans' = :text
""")
CORRECTIONS = text("SELECT id FROM announcements WHERE corrects = :id AND earlier IS NULL ORDER BY id")
CORRECTED = text("""
    SELECT corrects, max(id) AS id FROM announcements
    WHERE corrects = ANY (:numbers) AND earlier IS NULL AND published_at IS NOT NULL AND withdrawn_at IS NULL
    GROUP BY corrects
""")
ITS_END = text(f"SELECT {COLUMNS} FROM announcements WHERE corrects = :id AND earlier = 'over' ORDER BY id LIMIT 1")
READERS = text("SELECT id, locale, channel FROM conversations WHERE id = ANY (:ids)")
TOTALS = text(f"SELECT number, state, count(*) AS residents FROM ({STATES}) AS each GROUP BY number, state")
SAID = ("sent", "shown", "waiting", "unknown", "dead", "dropped")
"""States of messages, as in the outbox; `shown`: nothing is sent, it is read where it was said."""
OUTCOMES = (*SAID, LATER, UNTOLD)
"""All states of those whom one is for."""


@dataclass(frozen=True, slots=True)
class Version:
    """An announcement as it was saved once, and who approved it so."""

    number: int
    draft: Draft
    saved_by: str
    saved_at: datetime
    approved_by: Sequence[str]


@dataclass(frozen=True, slots=True)
class Example:
    """Somebody who would be told: in which language, on which channel. Who it is stays unknown."""

    locale: Locale
    channel: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """Examples of those whom an announcement is for; `are_all`: there are no others."""

    examples: Sequence[Example]
    are_all: bool


@dataclass(frozen=True, slots=True)
class Waits:
    """An announcement that waits for somebody.

    Attributes:
        row, since: which, and since when.
        asks: languages that they are asked to read.
        is_again: it was returned before.
        why: why it was returned to them, or they returned it themselves, the last time; empty: it was not.
    """

    row: AnnouncementRow
    since: datetime
    asks: Sequence[Locale] = ()
    is_again: bool = False
    why: str = ""


@dataclass(frozen=True)
class Looking:
    """The room for pages; `room` is where announcements live."""

    room: Announcements

    async def to_approve(self, actor: Actor, limit: int) -> tuple[int, list[Waits]]:
        """What waits for the actor's approval: nothing that they wrote, nor what they approved already."""
        return await self._waiting("others", actor, Permission.ANNOUNCEMENT_APPROVE, limit)

    async def returned(self, actor: Actor, limit: int) -> tuple[int, list[Waits]]:
        """What the actor wrote and was returned to be changed, until it is submitted again."""
        return await self._waiting("returned", actor, Permission.ANNOUNCEMENT_PUBLISH, limit)

    async def drafts(self, actor: Actor, limit: int) -> tuple[int, list[Waits]]:
        """Drafts that the actor wrote and nobody returned, the one that was saved last first."""
        return await self._waiting("drafts", actor, Permission.ANNOUNCEMENT_PUBLISH, limit)

    async def paused(self, actor: Actor, limit: int) -> tuple[int, list[Waits]]:
        """What somebody paused or paused by itself, and the actor may resume or cancel."""
        return await self._waiting("paused", actor, Permission.ANNOUNCEMENT_WITHDRAW, limit)

    async def decided(self, actor: Actor, limit: int) -> tuple[int, list[Waits]]:
        """What the actor wrote and was approved or rejected of late, the last decision first."""
        return await self._waiting("decided", actor, Permission.ANNOUNCEMENT_PUBLISH, limit)

    async def became(self, actor: Actor, limit: int) -> tuple[int, list[Waits]]:
        """What the actor approved and something became of lately, the last first; `why` is what ended or holds it."""
        return await self._waiting("became", actor, Permission.ANNOUNCEMENT_APPROVE, limit)

    async def corrected(self, numbers: Sequence[int]) -> Mapping[int, int]:
        """Which announcements were corrected, each by its last correction that was published and holds."""
        async with self.room.engine.connect() as connection:
            return {one.corrects: one.id for one in await connection.execute(CORRECTED, {"numbers": list(numbers)})}

    async def newest(self, actor: Actor, number: int) -> int:
        """What is corrected where an announcement was wrong: its last correction that holds; else the same.

        Raises:
            NotFound: there is none that the actor may see.
        """
        await self.room.find(actor, number)
        async with self.room.engine.connect() as connection:
            return await self.room.newest(connection, number)

    async def corrected_alone(self, actor: Actor, limit: int) -> tuple[int, list[Waits]]:
        """Corrections that were sent lately without approval, of what the actor had approved."""
        return await self._waiting("alone", actor, Permission.ANNOUNCEMENT_APPROVE, limit)

    async def returned_because(self, row: AnnouncementRow) -> str:
        """Why one that the actor was given was returned, until it is submitted again; else nothing."""
        if row.state not in (State.DRAFT, State.RETURNED):
            return ""
        async with self.room.engine.connect() as connection:
            return (await connection.execute(RETURNED_BECAUSE, {"id": row.id})).scalar_one_or_none() or ""

    async def last_topic(self, actor: Actor, city: str, agency: str) -> str | None:
        """What the agency announced of last; None: it never announced.

        Raises:
            NotPermitted: the actor does not write for this agency.
        """
        actor.require(Permission.ANNOUNCEMENT_PUBLISH, city, agency)
        async with self.room.engine.connect() as connection:
            found = (await connection.execute(LAST_TOPIC, {"city": city, "agency": agency})).scalar_one_or_none()
        return found if found in self.room.topics else None

    async def is_armed(self) -> bool:
        """Whether announcements may be sent from this store."""
        async with self.room.engine.connect() as connection:
            return await arming.is_armed(connection)

    async def versions(self, actor: Actor, number: int) -> list[Version]:
        """All versions, the newest first.

        Raises:
            NotFound: there is none that the actor may see.
        """
        await self.room.find(actor, number)
        async with self.room.engine.connect() as connection:
            rows = (await connection.execute(VERSIONS, {"id": number})).all()
        return [
            Version(one.version, Draft.model_validate(one.written), one.saved_by, one.saved_at, one.approved_by or ())
            for one in rows
        ]

    async def examples(self, actor: Actor, number: int) -> Drawn:
        """Some of those whom it is for, drawn at random; all of them where they are few.

        Raises:
            NotFound: there is none that the actor may see.
        """
        row = await self.room.find(actor, number)
        async with self.room.engine.connect() as connection:
            whom = Whom.of(row)
            few = await self._few(connection, whom)
            drawn = await self._drawn(connection, whom) if few is None else few
            found = (await connection.execute(READERS, {"ids": drawn})).all() if drawn else []
            are_all = few is not None and len(few) == await whom.count(connection)
        return Drawn([Example(one.locale, one.channel) for one in found], are_all)

    async def alike(self, row: AnnouncementRow) -> int | None:
        """The last of the agency that said the same within two days and was not taken back: many would be told twice.

        None: there is none, or it corrects another. Dates of one series say the same on purpose.
        """
        title, words = row.titles.get(SOURCE, ""), row.texts.get(SOURCE, "")
        if row.corrects is not None or not (title and words):
            return None
        about = {"city": row.city, "agency": row.agency, "mode": row.mode, "series": row.repeats or row.id}
        said = {"title": title, "text": words, "now": self.room.now()}
        async with self.room.engine.connect() as connection:
            found: int | None = (await connection.execute(ALIKE, {**about, **said})).scalar_one()
        return found

    async def corrections(self, actor: Actor, number: int) -> list[int]:
        """The numbers of what corrects an announcement, the oldest first."""
        await self.room.find(actor, number)
        async with self.room.engine.connect() as connection:
            return list((await connection.execute(CORRECTIONS, {"id": number})).scalars())

    async def its_end(self, actor: Actor, number: int) -> AnnouncementRow | None:
        """What tells those whom an announcement reached that it was taken back, or is over; None: nothing does."""
        await self.room.find(actor, number)
        async with self.room.engine.connect() as connection:
            found = (await connection.execute(ITS_END, {"id": number})).one_or_none()
        return None if found is None else AnnouncementRow.of(found._asdict())

    async def result(self, actor: Actor, number: int) -> Result:
        """What became of it until now.

        Raises:
            NotFound: there is none that the actor may see.
        """
        await self.room.find(actor, number)
        async with self.room.engine.connect() as connection:
            return await result_of(connection, number)

    async def totals(self, rows: Sequence[AnnouncementRow]) -> Mapping[int, Mapping[str, int]]:
        """How many residents are in each state, by announcement, of rows that the actor was given."""
        async with self.room.engine.connect() as connection:
            found = (await connection.execute(TOTALS, {"numbers": [row.id for row in rows]})).all()
        totals: dict[int, dict[str, int]] = {row.id: {} for row in rows}
        for one in found:
            totals[one.number][one.state] = one.residents
        return totals

    def imagined(
        self,
        actor: Actor,
        draft: Draft,
        corrects: int | None = None,
        earlier: Earlier | None = None,
        corrected: Mapping[str, Any] | None = None,
    ) -> AnnouncementRow:
        """A draft as if it were saved, so that it can be shown; `corrected` as the row of a correction keeps it."""
        now = self.room.now()
        nothing = dict.fromkeys(
            (
                "repeats",
                "submitted_by",
                "submitted_at",
                "due_at",
                "stale_at",
                "published_by",
                "published_at",
            ),
            None,
        )
        written = {name: getattr(draft, name) for name in Draft.model_fields}
        return AnnouncementRow(
            **{**written, "kind": Kind(draft.kind), "urgency": Urgency(draft.urgency), **nothing},
            id=0,
            state=State.DRAFT,
            version=0,
            corrects=corrects,
            corrected=corrected,
            also_reached=(),
            earlier=earlier,
            created_by=actor.login,
            created_at=now,
            withdrawn_at=None,
            ended_at=None,
            converted=False,
            hurried_by=None,
        )

    async def _waiting(self, which: str, actor: Actor, permission: Permission, limit: int) -> tuple[int, list[Waits]]:
        values = {**actor.places(permission).values(), "login": actor.login, "now": self.room.now()}
        async with self.room.engine.connect() as connection:
            count = (await connection.execute(COUNTS[which], values)).scalar_one()
            first = await connection.execute(FIRSTS[which], {**values, "limit": limit})
            return int(count), [_waits(one._asdict()) for one in first]

    async def _few(self, connection: AsyncConnection, whom: Whom) -> list[object] | None:
        """All conversations, where they are no more than are drawn of many; None: they are more."""
        found: dict[object, None] = {}
        for account in await whom.accounts(connection):
            found |= dict.fromkeys(one for one, _ in await whom.next(connection, account, NOBODY, EXAMPLES + 1))
            if len(found) > EXAMPLES:
                return None
        return list(found)

    async def _drawn(self, connection: AsyncConnection, whom: Whom) -> list[object]:
        """Conversations, each the next one behind a random place: ids are random themselves, so all are as likely."""
        if (drawn := await whom.drawn(connection, EXAMPLES)) is not None:
            return list(drawn)
        accounts = await whom.accounts(connection)
        found: dict[object, None] = {}
        for _ in range(DRAWS if accounts else 0):
            account = random.choice(accounts)
            page = await whom.next(connection, account, uuid4(), 1) or await whom.next(connection, account, NOBODY, 1)
            found |= dict.fromkeys(one for one, _ in page)
            if len(found) == EXAMPLES:
                break
        return list(found)


def _waits(found: dict[str, Any]) -> Waits:
    since, asks, is_again, why = (found.pop(one) for one in ("since", "asks", "is_again", "why"))
    return Waits(AnnouncementRow.of(found), since, [one for one in LOCALES if one in asks], is_again, why)
