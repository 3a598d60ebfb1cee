"""Cases in a turn: what the bot is told of them, and what becomes of its effects.

All of it happens in the turn's own transaction, under the conversation's lock.
"""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.cases import own
from desk.cases.links import Links
from desk.cases.register import Register
from desk.cases.rows import REMEMBERED, CaseRow, RememberedRow, Values, name_of
from desk.city.files import City
from desk.contract.messages import Forget, KeepCase, Remember, Reply
from desk.conversations.own_matters import Held, OwnMatter
from desk.conversations.ports import NOTHING, Done, Turn, TurnPart
from desk.conversations.rows import ConversationRow
from desk.conversations.times import at
from desk.devices.telephones import SERVICE as NEWS_BY_TEXT
from desk.linking.person import together
from desk.sealing.opening import KEY, Opener, Purpose, key_of, opened
from desk.sealing.vault import DataKey
from desk.store.keys import Keys

MOST_REMEMBERED = 10  # of a service

_WRAPPED = f"encode({KEY}, 'base64')"

_COLUMNS = f"""
    cases.id, cases.frame, cases.city, cases.service, cases.agency, cases.kind,
    encode(cases.private, 'base64') AS private, {_WRAPPED.format("cases.conversation_id")} AS wrapped,
    cases.status, cases.at, cases.over, cases.revision, cases.remind_at,
    cases.reminded_at, cases.look_at, cases.created_at, cases.changed_at, cases.known_at
"""
# Ten cases: those that are over come last.
CASES = f"""
    SELECT coalesce(jsonb_agg(to_jsonb(known) ORDER BY known.created_at DESC, known.id DESC), '[]') FROM (
        SELECT {_COLUMNS} FROM cases
        WHERE cases.conversation_id = message.conversation_id
        ORDER BY cases.over, cases.created_at DESC, cases.id DESC LIMIT 10
    ) AS known
"""
# Of values that were kept on several linked channels one is enough.
KEPT_VALUES = f"""
    SELECT coalesce(jsonb_agg(to_jsonb(known) ORDER BY known.id DESC), '[]') FROM (
        SELECT DISTINCT ON (kept.service, kept.values_hash)
               kept.id, kept.conversation_id, kept.service, encode(kept.private, 'base64') AS private, kept.created_at,
               {_WRAPPED.format("kept.conversation_id")} AS wrapped
        FROM remembered_values AS kept WHERE kept.conversation_id = ANY ({together("message.conversation_id")})
          AND kept.service <> '{NEWS_BY_TEXT}'
        ORDER BY kept.service, kept.values_hash, kept.id DESC
    ) AS known
"""

REMEMBER = text("""
    INSERT INTO remembered_values (conversation_id, service, values_hash, private, created_at)
    VALUES (:conversation_id, :service, :values_hash, :private, :now)
    ON CONFLICT (conversation_id, service, values_hash) DO NOTHING
""")
FORGET_OLDEST = text(f"""
    DELETE FROM remembered_values WHERE id IN (
        SELECT id FROM remembered_values WHERE conversation_id = :conversation_id AND service = :service
        ORDER BY id DESC OFFSET {MOST_REMEMBERED}
    )
""")
REMEMBERED_OF = text(f"""
    SELECT id, conversation_id, service, private, created_at,
           {KEY.format("remembered_values.conversation_id")} AS wrapped
    FROM remembered_values
    WHERE conversation_id = ANY ({together("CAST(:conversation_id AS uuid)")}) AND service <> '{NEWS_BY_TEXT}'
    ORDER BY id
""")
FORGET = text("DELETE FROM remembered_values WHERE id = ANY (:ids)")
CASE_DAYS = 180
"""A case that its agency has not ended keeps its conversation so long after its last change."""
ERASE_CASES = text("DELETE FROM cases WHERE conversation_id = :id")
ERASE_VALUES = text(f"DELETE FROM remembered_values WHERE conversation_id = ANY ({together('CAST(:id AS uuid)')})")


class Keeper(TurnPart):
    """Keeps cases and values for turns, and tells them of what it has. `now` is the clock of reminders and news."""

    holds: ClassVar[str] = f"""
        EXISTS (SELECT FROM cases WHERE cases.conversation_id = conversations.id AND NOT cases.over
                AND coalesce(cases.at, cases.changed_at + interval '{CASE_DAYS} days') > now())
    """
    columns: ClassVar[Mapping[str, str]] = {"cases": CASES, "remembered": KEPT_VALUES}

    def __init__(self, keys: Keys, links: Links, cities: Mapping[str, City], now: Callable[[], datetime]) -> None:
        self._keys = keys
        self._links = links
        self._cities = cities
        self._now = now
        self._register = Register(keys, links, cities)

    def items(self, conversation: ConversationRow, read: Mapping[str, Any], opener: Opener) -> Mapping[str, object]:
        """Of the context: cases, and the values that are remembered, the newest first."""
        rows = [_case(conversation.id, one, opener) for one in read["cases"]]
        return {
            "cases": [row.note(self._keys, self._cities[row.city]) for row in rows if row.city in self._cities],
            "remembered": [_remembered(one, opener).note(self._keys) for one in read["remembered"]],
        }

    def filled(self, conversation_id: UUID, reply: Reply) -> Reply:
        """Put addresses where a reply asks for them."""
        return self._links.reply(conversation_id, reply)

    async def carry_out(self, turn: Turn) -> Done:
        """Carry out what a turn decided about cases and values; other effects are left alone.

        Raises:
            ValueError: a case is not the contract.
        """
        connection, conversation_id = turn.connection, turn.conversation.id
        for effect in turn.effects:
            match effect:
                case KeepCase():
                    await self._register.keep(connection, conversation_id, effect, now=self._now())
                case Remember():
                    await self._remember(connection, conversation_id, effect)
                case Forget():
                    await self._forget(connection, conversation_id, effect)
        return NOTHING

    async def erase(self, connection: AsyncConnection, conversation_id: UUID) -> None:
        """Erase cases, and values on all linked channels."""
        for statement in (ERASE_CASES, ERASE_VALUES):
            await connection.execute(statement, {"id": conversation_id})

    async def own_matters(self, connection: AsyncConnection, held: Held) -> Sequence[OwnMatter]:
        """Appointments, applications and reports."""
        rows = await self._register.held(connection, held, most=own.MOST)
        known = (row for row in rows if row.city in self._cities)
        return [own.own_matter(row, self._keys, self._links, self._cities, held.now) for row in known]

    async def data_of(
        self,
        connection: AsyncConnection,
        conversation_id: UUID,
        key: DataKey,  # noqa: ARG002
        timezone: tzinfo,
    ) -> Mapping[str, Any]:
        """Cases, and the values that are remembered here or on linked channels."""
        cases = await self._register.of_conversation(connection, conversation_id)
        values = await connection.execute(REMEMBERED_OF, {"conversation_id": conversation_id})
        return {
            "cases": [
                {
                    **row.note(self._keys, self._cities[row.city]).model_dump(mode="json"),
                    "created_at": at(row.created_at, timezone),
                    "changed_at": at(row.changed_at, timezone),
                }
                for row in cases
            ],
            "remembered": [
                {
                    **row.note(self._keys).model_dump(mode="json"),
                    "at": at(row.created_at, timezone),
                }
                for row in (_kept(connection, one) for one in values)
            ],
        }

    async def _remember(self, connection: AsyncConnection, conversation_id: UUID, effect: Remember) -> None:
        about = {"conversation_id": conversation_id, "service": effect.service}
        plain = Values(values=effect.values).model_dump_json().encode()
        canonical = json.dumps(effect.values, ensure_ascii=False, sort_keys=True)
        key = await key_of(connection, conversation_id, Purpose.WRITE)
        sealed = self._keys.seal(plain, purpose=REMEMBERED, of=name_of(conversation_id, effect.service))
        values = {
            **about,
            "values_hash": self._keys.digest(canonical, purpose=REMEMBERED),
            "private": key.seal_file(sealed, "value"),
            "now": self._now(),
        }
        await connection.execute(REMEMBER, values)
        await connection.execute(FORGET_OLDEST, about)

    async def _forget(self, connection: AsyncConnection, conversation_id: UUID, effect: Forget) -> None:
        """Forget what has these values, perhaps among others."""
        found = await connection.execute(REMEMBERED_OF, {"conversation_id": conversation_id})
        rows = [row for row in (_kept(connection, one) for one in found) if row.service == effect.service]
        ids = [row.id for row in rows if effect.values.items() <= row.note(self._keys).values.items()]
        await connection.execute(FORGET, {"ids": ids})


def _case(conversation_id: UUID, read: dict[str, Any], opener: Opener) -> CaseRow:
    times = ("at", "remind_at", "reminded_at", "look_at", "created_at", "changed_at", "known_at")
    parsed = {name: None if read[name] is None else datetime.fromisoformat(read[name]) for name in times}
    key = opener(conversation_id, _bytes(read["wrapped"]))
    private = key.open_file(base64.b64decode(read["private"]), "case")
    known = {name: value for name, value in read.items() if name != "wrapped"}
    return CaseRow(**{**known, **parsed, "private": private, "conversation_id": conversation_id})


def _kept(connection: AsyncConnection, row: Row[Any]) -> RememberedRow:
    key = opened(connection, row.conversation_id, row.wrapped, Purpose.UPKEEP)
    private = key.open_file(row.private, "value")
    return RememberedRow(row.id, row.conversation_id, row.service, private, row.created_at)


def _bytes(wrapped: str | None) -> bytes | None:
    return None if wrapped is None else base64.b64decode(wrapped)


def _remembered(read: dict[str, Any], opener: Opener) -> RememberedRow:
    key = opener(UUID(read["conversation_id"]), _bytes(read["wrapped"]))
    return RememberedRow(
        id=read["id"],
        conversation_id=UUID(read["conversation_id"]),
        service=read["service"],
        private=key.open_file(base64.b64decode(read["private"]), "value"),
        created_at=datetime.fromisoformat(read["created_at"]),
    )
