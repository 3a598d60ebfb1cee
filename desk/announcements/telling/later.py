"""What was held is said: one message with what came since and still holds, or nothing.

A conversation is one transaction under its lock: what is said is marked as said, and held no more. Of a digest no
announcement notes the message: to cancel one of them takes back no other.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from prometheus_client import Counter
from pydantic import JsonValue
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.announcements import arming
from desk.announcements.composing.documents import attached
from desk.announcements.composing.images import going_along, page_of
from desk.announcements.content import Document, Image
from desk.announcements.feeds.archive import HOLDS, KNOWN
from desk.announcements.telling import saying
from desk.announcements.words import NOTICE, Attached, Notice, in_zone, noted, said, with_documents
from desk.city.files import City
from desk.city.topics import Topic
from desk.contract.messages import Button, Reply, Text
from desk.contract.rendered import RenderedMessage
from desk.conversations import stream
from desk.conversations.live import NEWS, Live
from desk.conversations.rows import message_event, offers_after
from desk.conversations.stream import BULK
from desk.linking.person import together
from desk.store.backpressure import Backpressure
from desk.store.database import transaction
from desk.texts.catalogs import Catalogs

SAID = Counter("desk_announcements_later_total", "Messages with announcements that were held for a while")
MOST = 10
"""So many stand in one message, the urgent and the newest; of the rest the list in the chat tells."""
WAITING = text("""
    SELECT DISTINCT conversation_id FROM held_notices WHERE due_at <= :now AND conversation_id > :beyond
    ORDER BY conversation_id LIMIT :limit
""")
# Deleted as it is read: what does not hold any more is not said, which is noted. Of what was corrected meanwhile the
# correction is.
TAKE = text(f"""
    WITH RECURSIVE taken AS (
        DELETE FROM held_notices WHERE conversation_id = :id AND due_at <= :now RETURNING announcement_id
    ), meant (id) AS (
        SELECT announcement_id FROM taken
        UNION
        SELECT announcements.id FROM meant JOIN announcements ON announcements.corrects = meant.id WHERE {KNOWN}
    ), untold AS (
        INSERT INTO untold_notices (conversation_id, announcement_id, why)
        SELECT CAST(:id AS uuid), announcements.id, 'over'
        FROM taken JOIN announcements ON announcements.id = taken.announcement_id
        WHERE ({HOLDS} AND state <> 'cancelled') IS NOT TRUE
        ON CONFLICT DO NOTHING
    )
    SELECT {NOTICE}, image, documents FROM announcements
    WHERE id IN (SELECT id FROM meant) AND {HOLDS} AND state <> 'cancelled'
      AND NOT EXISTS (SELECT FROM announcement_deliveries AS told
                      WHERE told.announcement_id = announcements.id
                        AND told.conversation_id = ANY ({together("CAST(:id AS uuid)")}))
    ORDER BY urgency = 'routine', published_at DESC, id DESC
""")
MARK = text("""
    INSERT INTO announcement_deliveries (announcement_id, conversation_id, said_at)
    SELECT unnest(CAST(:announcements AS bigint[])), :id, :now ON CONFLICT DO NOTHING
""")


@dataclass(frozen=True, slots=True)
class Held:
    """An announcement that was held for somebody, with its files."""

    notice: Notice
    image: Image | None
    documents: Sequence[Document]


@dataclass(frozen=True)
class Later:
    """Says what was held. `now` is the clock; who is told gives way to residents who wait.

    `public_url` is where residents reach the desk, without a trailing slash; "": no files go along.
    """

    engine: AsyncEngine
    live: Live
    catalogs: Catalogs
    cities: Mapping[str, City]
    topics: Mapping[str, Topic]
    now: Callable[[], datetime]
    backpressure: Backpressure = field(default_factory=Backpressure)
    public_url: str = ""

    async def waiting(self, beyond: UUID, limit: int) -> list[UUID]:
        """Conversations in which something is due, in their order; none in a store that is not armed."""
        async with self.engine.connect() as connection:
            if not await arming.is_armed(connection):
                return []
            due = {"now": self.now(), "beyond": beyond, "limit": limit}
            return list((await connection.execute(WAITING, due)).scalars())

    async def say(self, conversation_id: UUID) -> bool:
        """Say in a conversation what was held for it, if anything of it still holds; whether something was said."""
        await self.backpressure.give_way()
        async with transaction(self.engine) as connection:
            locked = await saying.lock(connection, [conversation_id], waits=True)
            if conversation_id not in locked:
                return False
            held = await self._take(connection, conversation_id)
            reply = self._reply(held)
            if reply is None:
                return False
            message = await self._illustrated(connection, held, self.catalogs.render(reply, locked[conversation_id]))
            if len(held) == 1:
                messages = {message.locale: message}
                await saying.say(connection, held[0].notice.id, locked, messages, lane=BULK, now=self.now())
            else:
                marked = {"announcements": [one.notice.id for one in held], "id": conversation_id, "now": self.now()}
                await connection.execute(MARK, marked)
                offered = await stream.offered_in(connection, conversation_id)
                await stream.offer(connection, conversation_id, offers_after(offered, [message]))
                event = message_event(message, author="bot", about="announcement")
                await stream.append(connection, conversation_id, [event], lane=BULK)
        await self.live.publish(conversation_id, hint=NEWS)
        SAID.inc()
        return True

    async def _take(self, connection: AsyncConnection, conversation_id: UUID) -> list[Held]:
        rows = await connection.execute(TAKE, {"id": conversation_id, "now": self.now()})
        found = [_held(row._asdict()) for row in rows if row.city in self.cities]
        return [
            replace(one, notice=in_zone(one.notice, ZoneInfo(self.cities[one.notice.city].timezone))) for one in found
        ]

    async def _illustrated(
        self, connection: AsyncConnection, held: Sequence[Held], message: RenderedMessage
    ) -> RenderedMessage:
        """With the image of the first that has one. Of several each line says where its own is seen."""
        for one in held[:MOST]:
            place = (one.notice.city, one.notice.id)
            going = await going_along(connection, *place, one.image, self.public_url)
            if going is not None:
                return going.beside(message, self.catalogs, says_where=len(held) == 1)
        return message

    def _line(self, one: Held) -> JsonValue:
        page = page_of(self.public_url, one.notice.city, one.notice.id) if self.public_url else None
        return noted(
            one.notice,
            self.cities[one.notice.city],
            image_at=None if one.image is None else page,
            documents_at=page if one.documents else None,
        ).model_dump()

    def _attached(self, one: Held) -> Attached | None:
        return attached(one.documents, one.notice.city, one.notice.id, self.public_url)

    def _reply(self, held: Sequence[Held]) -> Reply | None:
        """One message: an announcement as it is told alone, or several in lines; None where nothing holds any more."""
        if not held:
            return None
        city = self.cities[held[0].notice.city]
        if len(held) == 1:
            return with_documents(said(held[0].notice, city, self.topics, unasked=True), self._attached(held[0]))
        lines: list[JsonValue] = [self._line(one) for one in held[:MOST]]
        args: dict[str, Any] = {
            "city": {"name": city.names.model_dump(exclude_none=True)},
            "count": len(held),
            "notices": {"items": lines, "join": "numbered"},
        }
        buttons = [
            Button(title=Text(key="latest_announcements.title"), payload="/latest_announcements"),
            Button(title=Text(key="button.unsubscribe"), payload="/unsubscribe"),
        ]
        return Reply(key="announcements.digest", args=args, buttons=buttons)


def _held(row: Mapping[str, Any]) -> Held:
    notice = Notice(**{name: value for name, value in row.items() if name not in {"image", "documents"}})
    image = None if row["image"] is None else Image.model_validate(row["image"])
    return Held(notice, image, [Document.model_validate(one) for one in row["documents"]])
