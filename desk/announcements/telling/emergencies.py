"""Emergency alerts told to residents: an announcement of the kind `alert` of each that holds, taken back with it.

What is done follows from how the alert stands, so that a job that is carried out twice does the same once. The source
has written it, and who let the alert through has approved it: two, as for every alert.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.alerts import cap
from desk.alerts.answers import TOPICS
from desk.alerts.codes import Kind as AlertKind
from desk.alerts.codes import Severity
from desk.alerts.deciding import Done
from desk.alerts.places import infos_of
from desk.alerts.rows import COLUMNS, AlertRow, alert_of
from desk.alerts.said import Said, said
from desk.alerts.shapes import ground_of
from desk.announcements.composing.writing import Besides
from desk.announcements.content import (
    LONGEST_TEXT,
    LONGEST_TITLE,
    OPEN,
    Audience,
    Draft,
    Earlier,
    Kind,
    Schedule,
    State,
    Urgency,
    fitted,
)
from desk.announcements.rows import AnnouncementRow
from desk.announcements.service import Announcements
from desk.city.area import within
from desk.city.files import City
from desk.contract.errors import Conflict, NotFound
from desk.contract.messages import Text
from desk.contract.staff import Actor, Permission, system
from desk.contract.wire import LOCALES, Locale

type Whom = Literal["followers", "everybody"]

TO_ALL: Mapping[Severity, tuple[bool, bool]] = {
    Severity.EXTREME: (True, True),
    Severity.SEVERE: (True, False),
    Severity.MODERATE: (False, False),
    Severity.MINOR: (False, False),
    Severity.UNKNOWN: (False, False),
}
"""Whether everybody who ever wrote here is told, or followers of its topic: of the whole city, of some districts.

In which district somebody lives nobody knows; followers may have said so. Beside followers those are told who want
notices near a place in its rings and circles.
"""
OTHERWISE = "government"  # the topic of what no category has one for
TRIES = 5
LIFTED = timedelta(hours=6)  # so long it is said that an alert is over

FIND = text(f"SELECT {COLUMNS} FROM alerts WHERE id = :id")
CONTENT = text("SELECT content FROM alerts WHERE id = :id")
# In the transaction that makes its announcement. What is ended waits for that, and so knows of it; or was first, and
# nothing is made.
KEEP = text("""
    UPDATE alerts SET announcement_id = :announcement
    WHERE id = :id AND announcement_id IS NULL AND state = 'live' RETURNING id
""")
LIFTS = text("SELECT id FROM announcements WHERE corrects = :id AND kind = 'alert' LIMIT 1")
REPLACED_BY = text("SELECT kind, state FROM alerts WHERE id = :id")
# Over any number of updates: one of them may have been replaced before it was told.
REPLACED = text(f"""
    WITH RECURSIVE before (id) AS (
        SELECT id FROM alerts WHERE replaced_by = :id AND done = :done
        UNION
        SELECT alerts.id FROM before JOIN alerts ON alerts.replaced_by = before.id WHERE alerts.done = :done
    )
    SELECT {COLUMNS} FROM alerts WHERE id IN (SELECT id FROM before) ORDER BY id
""")
ALL_BEFORE = text("""
    SELECT DISTINCT one.number FROM announcements
    CROSS JOIN LATERAL unnest(announcements.also_reached || announcements.id) AS one (number)
    WHERE announcements.id = ANY (:numbers) ORDER BY one.number
""")


@dataclass(frozen=True)
class AlertDelivery:
    """Tells residents of alerts, through the room of announcements."""

    engine: AsyncEngine
    announcements: Announcements
    cities: Mapping[str, City]
    now: Callable[[], datetime]

    async def carry_out(self, number: int) -> None:
        """Tell of an alert that holds, or take back what was told of one that was ended."""
        async with self.engine.connect() as connection:
            alert = alert_of((await connection.execute(FIND, {"id": number})).one())
        city = self.cities[alert.city]
        if alert.done is not Done.PUBLIC or city.alerts.mode != "live" or alert.kind is AlertKind.CANCEL:
            return
        if alert.state == "live" and alert.expires > self.now():
            await self._tell(alert)
        elif alert.state == "ended" and alert.announcement_id is not None:
            await self._take_back(alert, alert.announcement_id)

    async def _tell(self, alert: AlertRow) -> None:
        writer, number = _writer(alert), alert.announcement_id
        if number is None:
            before = await self._before(alert) if alert.kind is AlertKind.UPDATE else []
            earlier = Earlier.CHANGED if alert.kind is AlertKind.UPDATE else None
            says = await self.announcements.in_public.says(alert.city, alert.agency)
            draft = await self._draft(alert, says=says)
            try:
                made = await self.announcements.create(
                    writer, draft, also_reached=before, earlier=earlier, besides=self._keeping(alert)
                )
            except _Ended:  # meanwhile: what ended it is told
                return
            number = made.id
        await self._send(alert, await self.announcements.find(writer, number))

    def _keeping(self, alert: AlertRow) -> Besides:
        async def keep(connection: AsyncConnection, row: AnnouncementRow) -> None:
            kept = await connection.execute(KEEP, {"id": alert.id, "announcement": row.id})
            if kept.one_or_none() is None:
                raise _Ended

        return keep

    async def _before(self, alert: AlertRow) -> list[int]:
        """What was told of the alerts that an update replaces, over any number of updates; it is told no more.

        An update may come while the one before it is told: who was not reached by that was by an earlier one.
        """
        async with self.engine.connect() as connection:
            replaced = [
                alert_of(row) for row in await connection.execute(REPLACED, {"id": alert.id, "done": alert.done})
            ]
        for one in replaced:
            if one.announcement_id is not None:
                await self._take_back(one, one.announcement_id)
        numbers = [one.announcement_id for one in replaced if one.announcement_id is not None]
        async with self.engine.connect() as connection:
            return list((await connection.execute(ALL_BEFORE, {"numbers": numbers})).scalars())

    async def _send(self, alert: AlertRow, row: AnnouncementRow) -> None:
        if row.state is State.DRAFT:
            row = await self.announcements.submit(_writer(alert), row.id)
        if row.state is State.PENDING:
            approver = system(
                alert.decided_by or "alerts", Permission.ANNOUNCEMENT_APPROVE, Permission.ANNOUNCEMENT_READ
            )
            await self.announcements.approve(approver, row.id, row.version, LOCALES)

    async def _take_back(self, alert: AlertRow, number: int) -> None:
        """Stop the telling at once, then say to those who were reached that it is over; an update says so itself."""
        writer = _writer(alert)
        row = await self._stopped(writer, number, alert.why)
        if row.published_at is None or await self._is_replaced(alert):
            return
        async with self.engine.connect() as connection:
            stands = await self.announcements.in_public.stands(connection, number)
            lifting: int | None = (await connection.execute(LIFTS, {"id": number})).scalar_one_or_none()
        if lifting is None:
            lifted = self._lifted(alert, row, stands=stands)
            made = await self.announcements.create(writer, lifted, corrects=number, earlier=Earlier.OVER)
            lifting = made.id
        await self._send(alert, await self.announcements.find(writer, lifting))

    async def _stopped(self, writer: Actor, number: int, why: str) -> AnnouncementRow:
        """What is told no more: of one alert several workers may come to it at once, while another lets it begin."""
        for _ in range(TRIES):
            row = await self.announcements.find(writer, number)
            is_out = row.published_at is not None
            if row.withdrawn_at is not None or (not is_out and row.state not in OPEN):
                return row
            with suppress(Conflict, NotFound):  # it is another by now
                if is_out:
                    await self.announcements.withdraw(writer, number, why, tell=False, post=False)
                else:
                    await self.announcements.cancel(writer, number, why)
        raise Conflict(f"Announcement {number} could not be stopped.")

    async def _is_replaced(self, alert: AlertRow) -> bool:
        """Whether an update that holds here ended it, and not a cancel, somebody here, or an update for elsewhere."""
        async with self.engine.connect() as connection:
            by = (await connection.execute(REPLACED_BY, {"id": alert.replaced_by})).one_or_none()
        return by is not None and by.kind == AlertKind.UPDATE and by.state != "kept"

    async def _draft(self, alert: AlertRow, *, says: bool) -> Draft:
        spoken = {locale: said(alert, locale) for locale in LOCALES}
        to_all = TO_ALL[alert.severity][0 if alert.districts is None else 1]
        later = alert.effective if alert.effective > self.now() else None
        return Draft(
            city=alert.city,
            agency=alert.agency,
            topic=self._topic(alert),
            titles={locale: self._title(alert, one.headline, locale) for locale, one in spoken.items()},
            texts={locale: self._text(one, locale) for locale, one in spoken.items()},
            districts=alert.districts or (),
            urgency=Urgency.URGENT,
            kind=Kind.ALERT,
            until=alert.expires,
            public=("post",) if says else (),
            audience=Audience(whom="everybody") if to_all else await self._nearby(alert),
            schedule=Schedule(at=later, quiet=False),
        )

    async def _nearby(self, alert: AlertRow) -> Audience:
        """Followers, and who wants notices near a place in the rings and circles that its document draws here."""
        async with self.engine.connect() as connection:
            content = bytes((await connection.execute(CONTENT, {"id": alert.id})).scalar_one())
        city = self.cities[alert.city]
        areas = [area for info in infos_of(cap.read(content).infos, city) for area in info.areas] if content else []
        ground = ground_of(
            [ring for area in areas for ring in area.rings], [circle for area in areas for circle in area.circles]
        )
        here = None if ground.is_empty else within(ground, city.bounds)
        return Audience() if here is None else Audience(whom="area", area=here, and_followers=True)

    def _lifted(self, alert: AlertRow, row: AnnouncementRow, *, stands: bool) -> Draft:
        """What those are told who were reached; in public too, where it stands there."""
        titles = {locale: said(alert, locale).headline for locale in LOCALES}
        written = {
            locale: (self._say("alerts.lifted_title", locale, title), self._say("alerts.lifted", locale, title))
            for locale, title in titles.items()
        }
        return row.draft.model_copy(
            update={
                "titles": {locale: fitted(title, LONGEST_TITLE) for locale, (title, _) in written.items()},
                "texts": {locale: fitted(words, LONGEST_TEXT) for locale, (_, words) in written.items()},
                "until": self.now() + LIFTED,
                "valid_from": None,
                "public": row.draft.public if stands else (),
                "schedule": Schedule(quiet=False),
            }
        )

    def _title(self, alert: AlertRow, headline: str, locale: Locale) -> str:
        is_update = alert.kind is AlertKind.UPDATE
        said = self._say("alerts.updated_title", locale, headline) if is_update else headline
        return fitted(said, LONGEST_TITLE)

    def _text(self, one: Said, locale: Locale) -> str:
        """Where, what, and what to do; what does not fit stands on the city's page."""
        areas = self.announcements.catalogs.text(Text(key="alerts.where", args={"areas": one.areas}), locale)
        parts = [areas, one.instruction, one.description]
        return fitted("\n".join(part for part in parts if part), LONGEST_TEXT)

    def _say(self, key: str, locale: Locale, headline: str) -> str:
        return self.announcements.catalogs.text(Text(key=key, args={"headline": headline}), locale)

    def _topic(self, alert: AlertRow) -> str:
        categories = [category for one in alert.infos for category in one["categories"]]
        topics = [topic for category in categories for topic in TOPICS.get(category, ())]
        known = self.announcements.topics
        return next((topic for topic in [*topics, OTHERWISE] if topic in known), next(iter(known)))


class _Ended(Exception):
    """The alert was ended before its announcement was made."""


def _writer(alert: AlertRow) -> Actor:
    """The source, as it writes."""
    return system(
        f"alerts:{alert.source}",
        Permission.ANNOUNCEMENT_PUBLISH,
        Permission.ANNOUNCEMENT_READ,
        Permission.ANNOUNCEMENT_WITHDRAW,
    )
