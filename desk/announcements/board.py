"""Announcements in a turn: what the bot is told of subscriptions, and what becomes of its effects.

All of it happens in the turn's own transaction, under the conversation's lock.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import JsonValue
from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.alerts.answers import CATEGORIES, asked, noticed, told
from desk.announcements.composing.documents import attached
from desk.announcements.composing.images import page_of
from desk.announcements.content import Document
from desk.announcements.feeds.archive import FOR_ALL, HOLDS, IS_THEIRS, KNOWN, NEWS_DAYS
from desk.announcements.telling import holding
from desk.announcements.words import NOTICE, Attached, Notice, answered, in_zone, listed, with_documents, written
from desk.city.files import City
from desk.city.topics import Topic
from desk.contract.grid import IN_A_ROW, PER_DEGREE
from desk.contract.messages import (
    Button,
    Context,
    FollowPlace,
    LeavePlaces,
    Published,
    Reply,
    SetRhythm,
    ShowAnnouncements,
    Subscribe,
    Text,
    Unsubscribe,
)
from desk.contract.wire import LOCALES, Locale
from desk.conversations.own_matters import Held, OwnMatter, Way
from desk.conversations.ports import Done, Turn, TurnPart
from desk.conversations.rows import ConversationRow
from desk.linking.person import HOME, together
from desk.sealing.opening import Opener

SHOWN = 5

SUBSCRIPTIONS = f"""
    SELECT coalesce(jsonb_agg(jsonb_build_object('topic', wish.topic, 'district', nullif(wish.district, ''))
                              ORDER BY wish.since, wish.topic, wish.district), '[]')
    FROM (SELECT topic, district, min(created_at) AS since FROM subscriptions
          WHERE conversation_id = ANY ({together("message.conversation_id")}) AND city = ({HOME})
          GROUP BY topic, district) AS wish
"""
PLACES = f"""
    SELECT coalesce(jsonb_agg(DISTINCT cell), '[]') FROM notice_places
    WHERE conversation_id = ANY ({together("message.conversation_id")}) AND city = ({HOME})
"""
# Which of them hold at the desk's own clock is decided beside; long ended ones are never read. One without an end is
# news for `NEWS_DAYS`.
NOTICES = f"""
    SELECT coalesce(jsonb_agg(DISTINCT jsonb_build_object('topic', topic, 'districts', districts, 'until', until,
                                                          'published_at', published_at)), '[]')
    FROM announcements
    WHERE city = ({HOME}) AND published_at IS NOT NULL AND withdrawn_at IS NULL AND mode = 'live' AND {FOR_ALL}
      AND {IS_THEIRS.format(reader="message.conversation_id")}
      AND coalesce(until, published_at + interval '{NEWS_DAYS} days') > clock_timestamp() - interval '1 day'
"""
ALERTS = CATEGORIES.format(city=HOME)
SUBSCRIBE = text("""
    INSERT INTO subscriptions (conversation_id, city, topic, district, account_id, created_at)
    SELECT id, :city, :topic, coalesce(:district, ''), account_id, :now FROM conversations WHERE id = :conversation_id
    ON CONFLICT DO NOTHING
""")
FOLLOW_PLACE = text("""
    INSERT INTO notice_places (conversation_id, city, cell, account_id, created_at)
    SELECT id, :city, :cell, account_id, :now FROM conversations WHERE id = :conversation_id
    ON CONFLICT DO NOTHING
""")
LEAVE_PLACES = text(f"""
    DELETE FROM notice_places WHERE conversation_id = ANY ({together("CAST(:conversation_id AS uuid)")})
""")
# Who wants nothing any more is told of nothing that they did not follow either: as a user of a service, on a list.
MUTE = text(f"""
    UPDATE residents SET muted_at = :now FROM conversations
    WHERE conversations.id = ANY ({together("CAST(:conversation_id AS uuid)")})
      AND residents.id = conversations.resident_id AND residents.muted_at IS NULL
""")
LET_GO_ALL = text(holding.let_go(f"held.conversation_id = ANY ({together('CAST(:conversation_id AS uuid)')})", "muted"))
# Whoever wants to hear of something again is told of it, too.
UNMUTE = text(f"""
    UPDATE residents SET muted_at = NULL FROM conversations
    WHERE conversations.id = ANY ({together("CAST(:conversation_id AS uuid)")})
      AND residents.id = conversations.resident_id AND residents.muted_at IS NOT NULL
""")
UNSUBSCRIBE = text(f"""
    DELETE FROM subscriptions
    WHERE conversation_id = ANY ({together("CAST(:conversation_id AS uuid)")})
      AND (CAST(:topic AS text) IS NULL OR (city = :city AND topic = :topic))
      AND (CAST(:district AS text) IS NULL OR district = :district)
""")
# Those who were told of it within a day before: how announcements fare (`measuring.counting`).
NOTED = text(f"""
    UPDATE announcement_deliveries AS told SET unsubscribed_at = :now FROM announcements
    WHERE told.conversation_id = ANY ({together("CAST(:conversation_id AS uuid)")})
      AND told.said_at BETWEEN CAST(:now AS timestamptz) - interval '24 hours' AND :now
      AND told.unsubscribed_at IS NULL AND announcements.id = told.announcement_id
      AND (CAST(:topic AS text) IS NULL OR (announcements.city = :city AND announcements.topic = :topic))
      AND (CAST(:district AS text) IS NULL OR announcements.districts = '{{}}'
           OR :district = ANY (announcements.districts))
""")
# What linked channels share is given out, and erased, on all of them.
OF_CONVERSATION = text(f"""
    SELECT city, topic, nullif(district, '') AS district, min(created_at) AS created_at FROM subscriptions
    WHERE conversation_id = ANY ({together("CAST(:id AS uuid)")})
    GROUP BY city, topic, district ORDER BY min(created_at), topic, district
""")
OWN = text(f"""
    SELECT wish.city, wish.topic, nullif(wish.district, '') AS district, min(wish.created_at) AS since,
           (array_agg(held.id ORDER BY wish.conversation_id = held.id DESC))[1] AS conversation_id
    FROM unnest(CAST(:whole AS uuid[])) AS held (id)
    JOIN subscriptions AS wish ON wish.conversation_id = ANY ({together("held.id")})
    GROUP BY wish.city, wish.topic, wish.district ORDER BY since, wish.topic, wish.district LIMIT :most
""")
MOST_OWN = 60
# What was held for them and is of nothing that they still follow.
LET_GO = text(
    holding.let_go(
        f"""held.conversation_id = ANY ({together("CAST(:conversation_id AS uuid)")})
      AND announcements.audience ->> 'whom' IS NOT DISTINCT FROM 'followers'
      AND NOT EXISTS (
          SELECT FROM subscriptions AS wish
          WHERE wish.conversation_id = ANY ({together("CAST(:conversation_id AS uuid)")})
            AND wish.city = announcements.city AND wish.topic = announcements.topic
            AND (announcements.districts = '{{}}' OR wish.district = ''
                 OR wish.district = ANY (announcements.districts)))""",
        "unfollowed",
    )
)
# Likewise of what was near places that they left.
LET_GO_NEARBY = text(
    holding.let_go(
        f"""held.conversation_id = ANY ({together("CAST(:conversation_id AS uuid)")})
      AND announcements.audience ->> 'whom' = 'area'
      AND NOT EXISTS (
          SELECT FROM subscriptions AS wish
          WHERE wish.conversation_id = ANY ({together("CAST(:conversation_id AS uuid)")})
            AND wish.city = announcements.city AND wish.topic = announcements.topic)""",
        "unfollowed",
    )
)
# Each square by its borders, as the resident reads it.
PLACES_OF = text(f"""
    SELECT city, format('%s–%s° N, %s–%s° E', south, south + 0.01, west, west + 0.01) AS square, created_at
    FROM (SELECT city, round(cell / {IN_A_ROW} / {PER_DEGREE}.0 - 90, 2) AS south,
                 round(cell % {IN_A_ROW} / {PER_DEGREE}.0 - 180, 2) AS west, min(created_at) AS created_at
          FROM notice_places WHERE conversation_id = ANY ({together("CAST(:id AS uuid)")})
          GROUP BY city, cell) AS place
    ORDER BY created_at, south, west
""")
ERASE_PLACES = text(f"DELETE FROM notice_places WHERE conversation_id = ANY ({together('CAST(:id AS uuid)')})")
RHYTHM = text("SELECT rhythm, weekday, hour, chosen_at FROM notice_rhythms WHERE conversation_id = :id")
HELD = text("""
    SELECT announcements.city, announcements.topic, announcements.titles, held.due_at
    FROM held_notices AS held JOIN announcements ON announcements.id = held.announcement_id
    WHERE held.conversation_id = :id ORDER BY held.due_at, announcements.id
""")
NOT_TOLD = text("""
    SELECT announcements.city, announcements.topic, announcements.titles, untold.why, untold.noted_at
    FROM untold_notices AS untold JOIN announcements ON announcements.id = untold.announcement_id
    WHERE untold.conversation_id = :id ORDER BY untold.noted_at, announcements.id
""")
ERASE_UNTOLD = text("DELETE FROM untold_notices WHERE conversation_id = :id")
ERASE_HELD = text("DELETE FROM held_notices WHERE conversation_id = :id")
ERASE_RHYTHM = text("DELETE FROM notice_rhythms WHERE conversation_id = :id")
ERASE = text(f"DELETE FROM subscriptions WHERE conversation_id = ANY ({together('CAST(:id AS uuid)')})")
TOLD = text("""
    SELECT announcements.city, announcements.topic, announcements.titles, told.said_at, told.unsubscribed_at
    FROM announcement_deliveries AS told JOIN announcements ON announcements.id = told.announcement_id
    WHERE told.conversation_id = :id ORDER BY told.said_at, announcements.id
""")
ERASE_TOLD = text("DELETE FROM announcement_deliveries WHERE conversation_id = :id")
LISTED = text("""
    SELECT list.city, list.agency, list.name, list.made_at, list.good_until
    FROM announcement_list_members AS member JOIN announcement_lists AS list ON list.id = member.list_id
    WHERE member.conversation_id = :id ORDER BY list.id
""")
ERASE_LISTED = text("DELETE FROM announcement_list_members WHERE conversation_id = :id")
# What matters to who asks comes first: what is urgent, then what they follow, then the newest. Of a district also what
# is for the whole city.
LATEST = text(f"""
    SELECT {NOTICE} FROM announcements
    WHERE city = :city AND {HOLDS} AND {IS_THEIRS.format(reader="CAST(:reader AS uuid)")}
      AND NOT EXISTS (SELECT FROM alerts WHERE alerts.announcement_id = announcements.id)
      AND (CAST(:topic AS text) IS NULL OR topic = :topic)
      AND (CAST(:district AS text) IS NULL OR districts = '{{}}' OR :district = ANY (districts))
    ORDER BY kind = 'alert' DESC, urgency = 'urgent' DESC, EXISTS (
        SELECT FROM subscriptions AS wish
        WHERE wish.conversation_id = ANY ({together("CAST(:reader AS uuid)")})
          AND wish.city = announcements.city AND wish.topic = announcements.topic
          AND (announcements.districts = '{{}}' OR wish.district = '' OR wish.district = ANY (announcements.districts))
    ) DESC, urgency = 'important' DESC, published_at DESC, id DESC LIMIT :limit
""")

DOCUMENTED = text("SELECT id, documents FROM announcements WHERE id = ANY (:numbers) AND documents <> '[]'")
ILLUSTRATED = text("SELECT id FROM announcements WHERE id = ANY (:numbers) AND image IS NOT NULL")
# One that was asked about; of what was corrected the newest correction, and nothing where that was taken back.
NUMBERED = text(f"""
    WITH RECURSIVE newer (id) AS (
        SELECT id FROM announcements WHERE id = :number AND city = :city
        UNION
        SELECT next.id FROM newer JOIN announcements AS next ON next.corrects = newer.id
        WHERE next.published_at <= :now AND next.mode = 'live'
    ), newest (id) AS (
        SELECT id FROM newer JOIN announcements USING (id) ORDER BY published_at DESC, id DESC LIMIT 1
    )
    SELECT {NOTICE} FROM newest JOIN announcements USING (id) WHERE {KNOWN}
      AND {IS_THEIRS.format(reader="CAST(:reader AS uuid)")}
""")
MOST = 24
"""So many are known of at once: what was told to the resident, then what is urgent, then the newest."""
ASKED_DAYS, TOLD_DAYS = 90, 7
"""So long one without an end can be asked about; and so lately it was told that it comes before others."""
READ, PASSAGES, SHORTEST = 600, 6, 8
"""Of a text in one language so many characters are read, in so many pieces at most, each of so many at least."""
_KEPT = 512
_ENDS = re.compile(r"(?<=[\u3002\uff01\uff1f\uff1b;!?\n])|(?<=[a-z0-9)]\.\s)")

# A resident was told of one in whatever conversation of theirs. Long ended ones are never read; which hold at the
# desk's own clock is decided beside.
PUBLISHED = f"""
    SELECT coalesce(jsonb_agg(to_jsonb(one)), '[]')
    FROM (SELECT {NOTICE}, EXISTS (
              SELECT FROM announcement_deliveries AS told
              WHERE told.announcement_id = announcements.id
                AND told.conversation_id = ANY ({together("message.conversation_id")})
                AND told.said_at > clock_timestamp() - interval '{TOLD_DAYS} days') AS told
          FROM announcements
          WHERE city = ({HOME}) AND published_at IS NOT NULL AND withdrawn_at IS NULL AND mode = 'live' AND {FOR_ALL}
            AND {IS_THEIRS.format(reader="message.conversation_id")}
            AND coalesce(until, published_at + interval '{ASKED_DAYS} days') > clock_timestamp() - interval '1 day'
            AND NOT EXISTS (SELECT FROM announcements AS correction
                            WHERE correction.corrects = announcements.id AND correction.published_at IS NOT NULL)
            AND NOT EXISTS (SELECT FROM alerts WHERE alerts.announcement_id = announcements.id)
          ORDER BY told DESC, urgency = 'urgent' DESC, published_at DESC, id DESC LIMIT {MOST}) AS one
"""
LATEST_BUTTON = Button(title=Text(key="latest_announcements.title"), payload="/latest_announcements")


class Board(TurnPart):
    """The board of all cities. `now` is the clock, `public_url` where the cities' pages are, without trailing slash."""

    columns: ClassVar[Mapping[str, str]] = {
        "subscriptions": SUBSCRIPTIONS,
        "places": PLACES,
        "notices": NOTICES,
        "alerts": ALERTS,
        "published": PUBLISHED,
    }
    gives: ClassVar[Mapping[str, TextClause]] = {
        "subscriptions": OF_CONVERSATION,
        "notice_places": PLACES_OF,
        "announcements": TOLD,
        "notice_rhythm": RHYTHM,
        "held_notices": HELD,
        "untold_notices": NOT_TOLD,
        "on_lists": LISTED,
    }
    erases: ClassVar[Sequence[TextClause]] = (
        *(ERASE, ERASE_PLACES, ERASE_TOLD, ERASE_HELD, ERASE_UNTOLD, ERASE_RHYTHM),
        ERASE_LISTED,
    )

    def __init__(
        self,
        cities: Mapping[str, City],
        topics: Mapping[str, Topic],
        now: Callable[[], datetime],
        public_url: str | None = None,
    ) -> None:
        self._public_url = public_url
        self._cities = cities
        self._topics = topics
        self._now = now
        self._matters = Matters(cities)

    async def own_matters(self, connection: AsyncConnection, held: Held) -> Sequence[OwnMatter]:
        """Notices that are followed, here or on linked channels."""
        rows = await connection.execute(OWN, {"whole": list(held.whole), "most": MOST_OWN})
        return [self._followed(row) for row in rows if row.city in self._cities]

    def _followed(self, row: Row[Any]) -> OwnMatter:
        city = self._cities[row.city]
        topic = self._topics.get(row.topic)
        named: JsonValue = row.topic if topic is None else {"name": topic.names.model_dump(exclude_none=True)}
        district = next((one for one in city.districts if one.slug == row.district), None)
        about = Text(key="have.notices", args={"topic": named})
        if district is not None:
            there: JsonValue = {"name": district.names.model_dump(exclude_none=True)}
            about = Text(key="have.notices_of_a_district", args={"topic": named, "district": there})
        stops = {"topic": row.topic, **({} if district is None else {"district": district.slug})}
        return OwnMatter(
            id=f"followed-{row.city}-{row.topic}-{row.district or ''}",
            conversation_id=row.conversation_id,
            kind="subscription",
            group="followed",
            city=row.city,
            agency=city.agencies[0].slug,
            service=None,
            about=about,
            state=(Text(key="web.own_state_followed"),),
            changed_at=row.since,
            ways=(Way("stop", payload=f"/unsubscribe{json.dumps(stops)}"),),
        )

    def items(
        self,
        conversation: ConversationRow,
        read: Mapping[str, Any],
        opener: Opener,  # noqa: ARG002
    ) -> Mapping[str, object]:
        """Of the context: subscriptions, what alerts and announcements in force are about, and what these say."""
        now = self._now()
        alerts = [about for one in read["alerts"] for about in noticed(one, now)]
        holding = (one for one in read["notices"] if self._holds(one))
        held = [(one["topic"], one["district"]) for one in alerts]
        held += [(one["topic"], district) for one in holding for district in one["districts"] or [None]]
        notices = [{"topic": topic, "district": district} for topic, district in dict.fromkeys(held)]
        published = self._matters.published(read["published"], conversation.city, now)
        return {
            "subscriptions": read["subscriptions"],
            "places": read["places"],
            "notices": notices,
            "published": published,
        }

    def compared(self, context: Context) -> Sequence[str]:
        """What announcements say, passage by passage, in the order of the context."""
        return [passage for one in context.published for passage in one.passages]

    def _holds(self, row: Mapping[str, Any]) -> bool:
        """Whether an announcement is in force at the desk's clock."""
        published = datetime.fromisoformat(row["published_at"])
        ends = published + timedelta(days=NEWS_DAYS) if row["until"] is None else datetime.fromisoformat(row["until"])
        return published <= self._now() < ends

    async def carry_out(self, turn: Turn) -> Done:
        """Carry out what a turn decided; what was published is said before its replies."""
        connection, city = turn.connection, turn.conversation.city
        said = await self._alerts(turn)
        alarmed = bool(said)
        for effect in turn.effects:
            about = {"conversation_id": turn.conversation.id, "city": city}
            match effect:
                case Subscribe():
                    wish = {**about, "topic": effect.topic, "district": effect.district, "now": self._now()}
                    await connection.execute(SUBSCRIBE, wish)
                    await connection.execute(UNMUTE, {"conversation_id": turn.conversation.id})
                case Unsubscribe():
                    await self._unsubscribe(turn, effect)
                case FollowPlace():
                    await connection.execute(FOLLOW_PLACE, {**about, "cell": effect.cell, "now": self._now()})
                    await connection.execute(UNMUTE, {"conversation_id": turn.conversation.id})
                case LeavePlaces():
                    await self._leave_places(turn)
                case SetRhythm():
                    await holding.set_rhythm(connection, turn.conversation.id, effect, self._cities[city], self._now())
                case ShowAnnouncements(number=int(number)):
                    said.append(await self._numbered(connection, city, number, reader=turn.conversation.id))
                case ShowAnnouncements():
                    found = await self.latest(
                        connection, city, effect.topic, effect.district, reader=turn.conversation.id
                    )
                    if found or not alarmed:
                        image_at = await self._images(connection, found)
                        files = await self._attached(connection, city, [one.id for one in found])
                        said += listed(found, self._cities[city], self._topics, effect, image_at, files)
        return Done(said)

    async def _images(self, connection: AsyncConnection, notices: Sequence[Notice]) -> Mapping[int, str]:
        """Where the images of announcements are seen, by their numbers, of those that have one."""
        if not self._public_url or not notices:
            return {}
        city, numbers = notices[0].city, [one.id for one in notices]
        found = (await connection.execute(ILLUSTRATED, {"numbers": numbers})).scalars()
        return {number: page_of(self._public_url, city, number) for number in found}

    async def _attached(self, connection: AsyncConnection, city: str, numbers: Sequence[int]) -> Mapping[int, Attached]:
        """The documents of announcements, by their numbers, of those that have some."""
        if not self._public_url or not numbers:
            return {}
        rows = (await connection.execute(DOCUMENTED, {"numbers": list(numbers)})).all()
        read = {row.id: [Document.model_validate(one) for one in row.documents] for row in rows}
        found = {number: attached(files, city, number, self._public_url) for number, files in read.items()}
        return {number: files for number, files in found.items() if files is not None}

    async def _unsubscribe(self, turn: Turn, effect: Unsubscribe) -> None:
        """End what they follow of it; of everything, also all else that is sent unasked."""
        connection, mine = turn.connection, {"conversation_id": turn.conversation.id}
        gone = {**mine, "city": turn.conversation.city, "topic": effect.topic, "district": effect.district}
        if (await connection.execute(UNSUBSCRIBE, gone)).rowcount:
            await connection.execute(NOTED, {**gone, "now": self._now()})
        if effect.topic is not None or effect.district is not None:
            await connection.execute(LET_GO, mine)
            return
        await connection.execute(MUTE, {**mine, "now": self._now()})
        await connection.execute(LEAVE_PLACES, mine)
        await connection.execute(LET_GO_ALL, mine)

    async def _leave_places(self, turn: Turn) -> None:
        for statement in (LEAVE_PLACES, LET_GO_NEARBY):
            await turn.connection.execute(statement, {"conversation_id": turn.conversation.id})

    async def _numbered(self, connection: AsyncConnection, city: str, number: int, *, reader: UUID) -> Reply:
        """One announcement that was asked about, or that it holds no more."""
        about = {"number": number, "city": city, "now": self._now(), "reader": reader}
        row = (await connection.execute(NUMBERED, about)).one_or_none()
        if row is None:
            return Reply(key="announcements.taken_back", buttons=[LATEST_BUTTON])
        files = await self._attached(connection, city, [row.id])
        return with_documents(answered(Notice(**row._mapping), self._cities[city], self._now()), files.get(row.id))

    async def _alerts(self, turn: Turn) -> list[Reply]:
        """The alerts that hold, where a resident asks what is going on: once, before everything else."""
        shown = (one for one in turn.effects if isinstance(one, ShowAnnouncements))
        wanted = [one.district for one in shown if one.number is None]
        if not wanted:
            return []
        city = self._cities[turn.conversation.city]
        return told(await asked(turn.connection, city, wanted, self._now()), city, self._public_url)

    async def latest(
        self,
        connection: AsyncConnection,
        city: str,
        topic: str | None,
        district: str | None,
        limit: int = SHOWN,
        *,
        reader: UUID | None = None,
    ) -> list[Notice]:
        """What still holds: what is urgent, then what `reader` follows, then the newest."""
        about = {"city": city, "topic": topic, "district": district, "reader": reader}
        wanted = {**about, "now": self._now(), "limit": limit}
        zone = ZoneInfo(self._cities[city].timezone)
        rows = [Notice(**row._mapping) for row in await connection.execute(LATEST, wanted)]
        return [in_zone(row, zone) for row in rows]


class Matters:
    """Makes what a turn knows of what was read. Pieces of one announcement are made once: its words never change."""

    def __init__(self, cities: Mapping[str, City]) -> None:
        self._cities = cities
        self._said = lru_cache(_KEPT)(self._say)

    def published(self, rows: Sequence[Mapping[str, Any]], city: str, now: datetime) -> list[Published]:
        """What was read, in the same order, as it stands now; what was over before today is left out."""
        return [one for row in rows if (one := self._published(row, city, now)) is not None]

    def _published(self, row: Mapping[str, Any], city: str, now: datetime) -> Published | None:
        about = {name: value for name, value in row.items() if name != "told"}
        notice = _notice(about, ZoneInfo(self._cities[city].timezone))
        over = notice.until is not None and notice.until <= now
        if notice.published_at > now or (over and not is_today(notice, now)):
            return None
        ahead = notice.valid_from is not None and notice.valid_from > now
        titles, passages = self._said(json.dumps(about, sort_keys=True), city)
        return Published(
            number=notice.id,
            topic=notice.topic,
            districts=tuple(notice.districts),
            titles=dict(titles),
            passages=passages,
            stands="over" if over else "ahead" if ahead else "holds",
            told=row["told"],
        )

    def _say(self, about: str, city: str) -> tuple[tuple[tuple[Locale, str], ...], tuple[str, ...]]:
        """Its titles by language, and what it says in pieces, in the languages that somebody wrote."""
        notice = _notice(json.loads(about), ZoneInfo(self._cities[city].timezone))
        titles, texts = written(notice, self._cities[city])
        languages = [one for one in LOCALES if notice.texts.get(one)]
        said = (piece for one in languages for piece in (str(titles[one]), *pieces(str(texts[one]))))
        return tuple((one, str(titles[one])) for one in LOCALES), tuple(dict.fromkeys(said))


def is_today(notice: Notice, now: datetime) -> bool:
    """Whether it ends, or ended, on the day that it is where it was made known."""
    return notice.until is not None and notice.until.date() == now.astimezone(notice.until.tzinfo).date()


def pieces(text: str) -> Iterator[str]:
    """The sentences of a text, short ones with the next; what is beyond the bounds is left out."""
    before, found = "", 0
    for sentence in _ENDS.split(text[:READ]):
        before += sentence
        if len(before) >= SHORTEST and found < PASSAGES:
            yield before.strip()
            before, found = "", found + 1
    if before.strip() and found < PASSAGES:
        yield before.strip()


def _notice(row: Mapping[str, Any], zone: ZoneInfo) -> Notice:
    """The row as JSON gives it, its times in the city's zone."""
    times = ("published_at", "valid_from", "until")
    read = {name: None if row[name] is None else datetime.fromisoformat(row[name]) for name in times}
    return in_zone(Notice(**{**row, **read}), zone)
