"""Publishing, withdrawing and telling: each subscriber hears an announcement once, in chunks, whatever is killed.

What is said is written in the transaction that marks it as said, under the conversation's lock.
"""

from collections.abc import Awaitable, Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from prometheus_client import Counter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.announcements import telling
from desk.announcements.words import Notice, in_zone, said
from desk.audit.trail import record
from desk.city.files import City
from desk.city.topics import Topic
from desk.contract.errors import Conflict, NotFound
from desk.contract.staff import Actor, Permission
from desk.conversations import stream
from desk.conversations.live import NEWS, Live
from desk.linking.person import place_to_tell
from desk.store.backpressure import Backpressure
from desk.store.database import transaction
from desk.store.jobs import UPKEEP, defer
from desk.texts.catalogs import Catalogs

TELL = "announcements.tell"
CHUNK = 200
AT_ONCE = 25  # conversations in a transaction: so many are locked for a moment
LONGEST_TITLE, LONGEST_TEXT = 80, 1_000  # characters

SAID = Counter("desk_announcements_said_total", "Announcements that were said to subscribers")

PUBLISH = text("""
    INSERT INTO announcements (city, agency, topic, district, titles, texts, link, published_by, published_at, until)
    VALUES (:city, :agency, :topic, :district, CAST(:titles AS jsonb), CAST(:texts AS jsonb), :link, :by, :at, :until)
    RETURNING id
""")
WITHDRAW = text("""
    UPDATE announcements SET withdrawn_at = :now WHERE id = :id AND withdrawn_at IS NULL RETURNING city, agency
""")
FIND = text("""
    SELECT id, city, agency, topic, district, titles, texts, link, published_at FROM announcements
    WHERE id = :id AND withdrawn_at IS NULL AND (until IS NULL OR until > :now)
""")
SUBSCRIBERS = text("""
    SELECT DISTINCT conversation_id, EXISTS (
        SELECT FROM linked_conversations AS mine WHERE mine.conversation_id = subscriptions.conversation_id
    ) AS is_linked FROM subscriptions
    WHERE city = :city AND topic = :topic AND (CAST(:district AS text) IS NULL OR district IN ('', :district))
      AND conversation_id > :beyond
    ORDER BY conversation_id LIMIT :limit
""")
NOBODY = UUID(int=0)


type Besides = Callable[[AsyncConnection, int], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be published. `titles` and `texts` need zh_Hans and en; zh_Hant is derived where it is not given."""

    city: str
    agency: str
    topic: str
    titles: dict[str, str]
    texts: dict[str, str]
    district: str | None = None
    link: str | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Announcements:
    """The room for commands and jobs. `now` is the clock; who is told gives way to residents who wait."""

    engine: AsyncEngine
    live: Live
    catalogs: Catalogs
    cities: Mapping[str, City]
    topics: Mapping[str, Topic]
    now: Callable[[], datetime]
    backpressure: Backpressure = field(default_factory=Backpressure)

    async def publish(self, actor: Actor, draft: Draft, *, besides: Besides | None = None) -> int:
        """Publish, and queue the telling in the same transaction. Answers the announcement's number.

        `besides` queues what else is done with it, in the same transaction; what it raises publishes nothing.

        Raises:
            NotPermitted: the actor may not publish for this agency.
            NotFound: there is no such city, agency, topic or district.
            Conflict: it is empty, too long, or out of date already.
        """
        self._check(draft)
        actor.require(Permission.ANNOUNCEMENT_PUBLISH, draft.city, draft.agency)
        now = self.now()
        values = {
            "city": draft.city,
            "agency": draft.agency,
            "topic": draft.topic,
            "district": draft.district,
            "titles": stream.dump(draft.titles),
            "texts": stream.dump(draft.texts),
            "link": draft.link,
            "by": actor.login,
            "at": now,
            "until": draft.until,
        }
        async with transaction(self.engine) as connection:
            number = int((await connection.execute(PUBLISH, values)).scalar_one())
            await defer(connection, TELL, lane=UPKEEP, announcement=number, beyond=str(NOBODY))
            if besides is not None:
                await besides(connection, number)
            await record(
                connection, actor, "announcement.publish", subject=str(number), city=draft.city, agency=draft.agency
            )
        return number

    async def withdraw(self, actor: Actor, number: int) -> None:
        """Take an announcement back: it is shown and told no more. What was said stays said.

        Raises:
            NotPermitted: the actor may not take back what this agency said.
            NotFound: there is none, or it was withdrawn.
        """
        async with transaction(self.engine) as connection:
            row = (await connection.execute(WITHDRAW, {"id": number, "now": self.now()})).one_or_none()
            if row is None:
                raise NotFound(f"There is no announcement {number} that could be withdrawn.")
            actor.require(Permission.ANNOUNCEMENT_WITHDRAW, row.city, row.agency)
            await record(
                connection, actor, "announcement.withdraw", subject=str(number), city=row.city, agency=row.agency
            )

    async def tell(self, number: int, beyond: UUID) -> int:
        """Tell the next subscribers, and queue the rest. Answers how many were told now."""
        async with transaction(self.engine) as connection:
            notice = await self._find(connection, number)
            if notice is None:
                return 0
            wanted = {"city": notice.city, "topic": notice.topic, "district": notice.district}
            rows = await connection.execute(SUBSCRIBERS, {**wanted, "beyond": beyond, "limit": CHUNK})
            subscribers = [(row.conversation_id, row.is_linked) for row in rows]
            if len(subscribers) == CHUNK:
                await defer(connection, TELL, lane=UPKEEP, announcement=number, beyond=str(subscribers[-1][0]))
            # who has several channels is told on one of them
            places = [await place_to_tell(connection, one) if is_linked else one for one, is_linked in subscribers]
        where, told = list(dict.fromkeys(places)), 0
        for begin in range(0, len(where), AT_ONCE):
            await self.backpressure.give_way()
            told += await self._tell(notice, where[begin : begin + AT_ONCE])
        return told

    async def _tell(self, notice: Notice, wanted: Sequence[UUID]) -> int:
        """Say it in conversations that are free, at once; then in those that were in a turn, one by one."""
        free, told = await self._say(notice, wanted, waits=False)
        for one in wanted:
            if one not in free:
                told += (await self._say(notice, [one], waits=True))[1]
        SAID.inc(len(told))
        await self.live.publish(*told, hint=NEWS)
        return len(told)

    async def _say(self, notice: Notice, wanted: Sequence[UUID], *, waits: bool) -> tuple[Container[UUID], list[UUID]]:
        async with transaction(self.engine) as connection:
            locked = await telling.lock(connection, wanted, waits=waits)
            reply = said(notice, self.cities[notice.city], self.topics, unasked=True)
            messages = {locale: self.catalogs.render(reply, locale) for locale in set(locked.values())}
            return locked, await telling.say(connection, notice.id, locked, messages, now=self.now())

    async def _find(self, connection: AsyncConnection, number: int) -> Notice | None:
        row: Any = (await connection.execute(FIND, {"id": number, "now": self.now()})).one_or_none()
        if row is None or row.city not in self.cities:
            return None
        return in_zone(Notice(**row._mapping), ZoneInfo(self.cities[row.city].timezone))

    def _check(self, draft: Draft) -> None:
        city = self.cities.get(draft.city)
        if city is None:
            raise NotFound(f"There is no city {draft.city!r}; there are {', '.join(self.cities)}.")
        for what, given, known in (
            ("agency", draft.agency, [one.slug for one in city.agencies]),
            ("topic", draft.topic, list(self.topics)),
            ("district", draft.district, [one.slug for one in city.districts]),
        ):
            if given is not None and given not in known:
                raise NotFound(f"There is no {what} {given!r}; there are {', '.join(known)}.")
        for what, names, longest in (("title", draft.titles, LONGEST_TITLE), ("text", draft.texts, LONGEST_TEXT)):
            for language in ("zh_Hans", "en"):
                length = len(names.get(language, "").strip())
                if not 0 < length <= longest:
                    raise Conflict(f"The {what} in {language} has {length} characters; it needs 1 to {longest}.")
        if draft.until is not None and draft.until <= self.now():
            raise Conflict("It would be out of date already: `until` is not in the future.")
