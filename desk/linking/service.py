"""Linking in a turn: a code is shown here, typed on the other channel, and confirmed there.

Shared from then on: city, language, subscriptions and values kept for the next time; nothing else. Staff who answer on
one channel read the others, which both sides are told before the yes. Codes are kept as keyed hashes, hold for minutes,
and few wrong ones are let pass. All of it happens in the turn's own transaction.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Protocol
from uuid import UUID, uuid4

from pydantic import JsonValue
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.city.files import City
from desk.contract.linking import LinkChannels
from desk.contract.messages import Button, Reply, Text
from desk.conversations.ports import Done, Turn, TurnPart
from desk.conversations.rows import ConversationRow
from desk.linking.person import LINKED, caught_up, erase, keep_up, leave
from desk.linking.words import channel_text, code_text
from desk.store.deferring import REPLIES, defer
from desk.store.keys import Keys

PURPOSE = "link code"
TELL = "linking.tell"
DIGITS = 10
MINUTES = 10
MOST_CHANNELS = 8

MAKE = text("""
    INSERT INTO link_codes (conversation_id, code_hash, good_until) VALUES (:id, :hash, :until)
    ON CONFLICT (conversation_id) DO UPDATE
    SET code_hash = excluded.code_hash, good_until = excluded.good_until, claimed_by = NULL
""")
FIND = text("""
    SELECT code.conversation_id, made.channel, made.city,
           EXISTS (SELECT FROM linked_conversations AS mine
                   JOIN linked_conversations AS theirs ON theirs.person_id = mine.person_id
                   WHERE mine.conversation_id = :id AND theirs.conversation_id = code.conversation_id) AS is_linked,
           (SELECT count(*) FROM linked_conversations AS mine
            JOIN linked_conversations AS theirs ON theirs.person_id = mine.person_id
            WHERE mine.conversation_id = code.conversation_id) AS channels
    FROM link_codes AS code JOIN conversations AS made ON made.id = code.conversation_id
    WHERE code.code_hash = :hash AND code.good_until > :now FOR UPDATE OF code
""")
# What was typed here before is not what the yes is to.
CLAIM = text("""
    UPDATE link_codes SET claimed_by = CASE WHEN conversation_id = :code THEN CAST(:id AS uuid) END
    WHERE conversation_id = :code OR claimed_by = :id
""")
USE = text("DELETE FROM link_codes WHERE claimed_by = :id AND good_until > :now RETURNING conversation_id")
DROP = text("DELETE FROM link_codes WHERE claimed_by = :id")
PERSON = text("SELECT person_id FROM linked_conversations WHERE conversation_id = :id")
BEGIN = text(
    "INSERT INTO linked_persons (id, city, locale) SELECT :person, city, locale FROM conversations WHERE id = :id"
)
# Both sides were told what staff may read: the one with the code, the other with the question.
JOIN = text("""
    INSERT INTO linked_conversations (conversation_id, person_id, linked_at, staff_may_read)
    VALUES (:id, :person, :now, true) ON CONFLICT (conversation_id) DO UPDATE SET staff_may_read = true
""")
NEWS = text("INSERT INTO link_news (conversation_id, what, channel) VALUES (:id, :what, :channel) RETURNING id")
CHANNELS = text("""
    SELECT theirs.conversation_id, conversation.channel FROM linked_conversations AS mine
    JOIN linked_conversations AS theirs ON theirs.person_id = mine.person_id
    JOIN conversations AS conversation ON conversation.id = theirs.conversation_id
    WHERE mine.conversation_id = :id AND theirs.conversation_id <> :id ORDER BY theirs.linked_at, theirs.conversation_id
""")
CHANNEL = text("SELECT channel FROM conversations WHERE id = :id")
PENDING = text("SELECT what, channel FROM link_news WHERE conversation_id = :id ORDER BY id")
ERASE_PENDING = text("DELETE FROM link_news WHERE conversation_id = :id")
OTHERS = text("""
    SELECT conversation.channel, theirs.linked_at FROM linked_conversations AS mine
    JOIN linked_conversations AS theirs ON theirs.person_id = mine.person_id
    JOIN conversations AS conversation ON conversation.id = theirs.conversation_id
    WHERE mine.conversation_id = :id AND theirs.conversation_id <> :id ORDER BY theirs.linked_at, conversation.id
""")

YES = Button(title=Text(key="button.link_yes"), payload="/affirm")
NO = Button(title=Text(key="button.link_no"), payload="/deny")
LEAVE = Button(title=Text(key="button.unlink"), payload='/change_language{"link": "leave"}')


class Tries(Protocol):
    """Counts wrong codes by caller: `desk.attempts`."""

    async def link_stop(
        self, connection: AsyncConnection, read: Mapping[str, Any], city: str, *, wrong: bool = False
    ) -> bool:
        """Whether too many were typed; `wrong` counts one more."""
        ...


@dataclass(frozen=True)
class Linker(TurnPart):
    """Links and parts conversations. `now` is the clock; `tries` counts wrong codes by who types them.

    Other parts read and erase what linked channels share, so this one is listed behind them. A conversation is not
    forgotten while its resident is active on a linked channel, which uses what was kept here.
    """

    columns: ClassVar[Mapping[str, str]] = {"linked": LINKED}
    gives: ClassVar[Mapping[str, TextClause]] = {"linked": OTHERS, "linking_to_be_told": PENDING}
    holds: ClassVar[str] = """
        EXISTS (SELECT FROM linked_conversations AS mine
                JOIN linked_conversations AS theirs ON theirs.person_id = mine.person_id
                JOIN inbound_messages AS message ON message.conversation_id = theirs.conversation_id
                WHERE mine.conversation_id = conversations.id
                AND message.received_at >= now() - make_interval(days => :days))
    """
    keys: Keys
    cities: Mapping[str, City]
    now: Callable[[], datetime]
    tries: Tries

    def caught_up(self, conversation: ConversationRow, read: Mapping[str, Any]) -> ConversationRow:
        """The conversation in the city and the language of the resident's other channels."""
        return caught_up(conversation, read["linked"])

    async def erase(self, connection: AsyncConnection, conversation_id: UUID) -> None:
        """Erase what is kept of linking; the other channels are told, which lose what was shared."""
        about = {"id": conversation_id}
        await connection.execute(ERASE_PENDING, about)
        others = (await connection.execute(CHANNELS, about)).all()
        if others:
            channel = str((await connection.execute(CHANNEL, about)).scalar_one())
            for one in others:
                await self._tell(connection, one.conversation_id, "erased", channel)
        await erase(connection, conversation_id)

    async def carry_out(self, turn: Turn) -> Done:
        """Carry out what a turn decided, and let the other channels follow where it went."""
        said: list[Reply] = []
        connection, conversation, read = turn.connection, turn.found, turn.read
        for effect in turn.effects:
            if not isinstance(effect, LinkChannels):
                continue
            match effect.step:
                case "offer":
                    said.append(await self._offer(connection, conversation))
                case "enter":
                    said.append(await self._enter(connection, conversation, read, effect.code or ""))
                case "confirm":
                    said.append(await self._confirm(connection, conversation))
                case "refuse":
                    await connection.execute(DROP, {"id": conversation.id})
                    said.append(Reply(key="linking.refused"))
                case "leave":
                    said.append(await self._leave(connection, conversation))
                case "show":
                    said.append(await self._show(connection, conversation))
                case "before_erasing":
                    said += await self._before_erasing(connection, conversation)
        gone = turn.conversation
        await keep_up(connection, read["linked"], city=gone.city, locale=gone.locale)
        return Done(said)

    async def _offer(self, connection: AsyncConnection, conversation: ConversationRow) -> Reply:
        now, code = self.now(), "".join(secrets.choice("0123456789") for _ in range(DIGITS))
        made = {"id": conversation.id, "hash": self._hash(code), "until": now + timedelta(minutes=MINUTES)}
        await connection.execute(MAKE, made)
        args: dict[str, JsonValue] = {"code": code_text(code), "minutes": str(MINUTES)}
        here = self.cities[conversation.city]
        others = list(dict.fromkeys(one.channel for one in here.accounts if one.channel != conversation.channel))
        args["channels"] = {"items": [channel_text(one).model_dump() for one in others or ["other"]], "join": "or"}
        return Reply(key="linking.offered", args=args)

    async def _enter(
        self, connection: AsyncConnection, conversation: ConversationRow, read: Mapping[str, Any], code: str
    ) -> Reply:
        about = {"id": conversation.id, "now": self.now()}
        if await self.tries.link_stop(connection, read, conversation.city):
            return Reply(key="linking.too_many_tries")
        found = (await connection.execute(FIND, {**about, "hash": self._hash(code)})).one_or_none()
        if found is None:
            await self.tries.link_stop(connection, read, conversation.city, wrong=True)
            return Reply(key="linking.wrong_code")
        if found.conversation_id == conversation.id:
            return Reply(key="linking.same_place")
        args = _channel(found.channel)
        if found.is_linked:
            return Reply(key="linking.linked_already", args=args, buttons=[LEAVE])
        if found.channels >= MOST_CHANNELS:
            return Reply(key="linking.too_many_channels", args={"count": MOST_CHANNELS})
        await connection.execute(CLAIM, {"id": conversation.id, "code": found.conversation_id})
        city = self.cities.get(found.city) or self.cities[conversation.city]
        args["city"] = {"name": city.names.model_dump(exclude_none=True)}
        return Reply(key="linking.confirm", args=args, buttons=[YES, NO])

    async def _confirm(self, connection: AsyncConnection, conversation: ConversationRow) -> Reply:
        now = self.now()
        other = (await connection.execute(USE, {"id": conversation.id, "now": now})).scalar_one_or_none()
        if other is None:
            return Reply(key="linking.code_is_over")
        await leave(connection, conversation.id)
        person = (await connection.execute(PERSON, {"id": other})).scalar_one_or_none()
        if person is None:
            person = uuid4()
            await connection.execute(BEGIN, {"person": person, "id": other})
        await connection.execute(JOIN, {"id": other, "person": person, "now": now})
        await connection.execute(JOIN, {"id": conversation.id, "person": person, "now": now})
        others = (await connection.execute(CHANNELS, {"id": conversation.id})).all()
        for one in others:
            await self._tell(connection, one.conversation_id, "joined", conversation.channel)
        return Reply(key="linking.linked", args=_channels(one.channel for one in others), buttons=[LEAVE])

    async def _leave(self, connection: AsyncConnection, conversation: ConversationRow) -> Reply:
        others = (await connection.execute(CHANNELS, {"id": conversation.id})).all()
        await connection.execute(DROP, {"id": conversation.id})
        if not await leave(connection, conversation.id):
            return Reply(key="linking.not_linked")
        for one in others:
            await self._tell(connection, one.conversation_id, "parted", conversation.channel)
        return Reply(key="linking.parted", args=_channels(one.channel for one in others))

    async def _show(self, connection: AsyncConnection, conversation: ConversationRow) -> Reply:
        others = (await connection.execute(CHANNELS, {"id": conversation.id})).all()
        if not others:
            return Reply(key="linking.not_linked")
        return Reply(key="linking.shown", args=_channels(one.channel for one in others), buttons=[LEAVE])

    async def _before_erasing(self, connection: AsyncConnection, conversation: ConversationRow) -> list[Reply]:
        others = (await connection.execute(CHANNELS, {"id": conversation.id})).all()
        args = _channels(one.channel for one in others)
        return [Reply(key="linking.erasing_reaches", args=args)] if others else []

    async def _tell(self, connection: AsyncConnection, conversation_id: UUID, what: str, channel: str) -> None:
        row = {"id": conversation_id, "what": what, "channel": channel}
        news = (await connection.execute(NEWS, row)).scalar_one()
        await defer(connection, TELL, lane=REPLIES, news=int(news))

    def _hash(self, code: str) -> bytes:
        return self.keys.digest(code, purpose=PURPOSE)


def _channel(name: str) -> dict[str, JsonValue]:
    return {"channel": {"text": channel_text(name).model_dump()}}


def _channels(names: Iterable[str]) -> dict[str, JsonValue]:
    return {"channels": {"items": [channel_text(name).model_dump() for name in dict.fromkeys(names)], "join": "and"}}
