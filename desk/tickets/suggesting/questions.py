"""What residents ask, read by the bot for whoever answers them: what it means, and which published guides are near.

While a clerk has a conversation the bot is not asked, so what comes then is read by a job, once somebody looks at the
ticket. Nothing is answered by it: it stands beside the message, sealed, where the bot's understanding stands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

import structlog
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.city.guides import LocalGuide
from desk.contract.errors import BotError, NotFound
from desk.contract.turns import Understood
from desk.conversations import stream
from desk.conversations.live import Live
from desk.conversations.service import OF_STAFF
from desk.conversations.stream import dump
from desk.sealing.opening import Purpose, key_of
from desk.sealing.vault import DataKey
from desk.store.database import transaction
from desk.store.deferring import REPLIES, defer
from desk.tickets.suggesting.near_guides import GuideWords, by_meaning, words_of

log = structlog.get_logger(__name__)

READ = "tickets.read_questions"
LOOKED_AT = 3  # messages, the newest
SECONDS = 6.0
"""So long the bot is waited for: nobody waits for the answer but a page that shows something meanwhile."""
GUIDES, ABOUT, CASES = "guides", "about", "cases"
"""Where in what was understood the guides stand that are near, by slug; the parts that are asked about, and the special
cases of each guide, by number."""
PART, CASE = 0.3, 0.45
"""So likely a part is asked about beside another one, and so near a question is to a special case of a guide; measured
where the assistant answers (`actions/dialogue/reading/inquiry.py`, `actions/kinds/guide/passages.py`)."""

LAST = text(f"""
    SELECT said.* FROM unnest(CAST(:ids AS uuid[])) AS of_resident (id) CROSS JOIN LATERAL (
        SELECT id, conversation_id, body, understanding FROM inbound_messages
        WHERE conversation_id = of_resident.id AND kind = 'text' AND answered_at IS NOT NULL
          AND (outcome IS NULL OR outcome NOT IN ('erased', 'graded')) AND external_id NOT LIKE '{OF_STAFF}%'
        ORDER BY received_at DESC LIMIT {LOOKED_AT}
    ) AS said ORDER BY said.id DESC LIMIT {LOOKED_AT}
""")
KEEP = text("""
    UPDATE inbound_messages SET understanding = CAST(:understanding AS jsonb)
    WHERE id = :id AND (outcome IS NULL OR outcome NOT IN ('erased', 'graded')) RETURNING id
""")
CITY = text("SELECT city FROM conversations WHERE id = :id")


class Reader(Protocol):
    """The bot, as far as it is asked here."""

    async def understand(
        self, text: str, compared: Sequence[str] = (), *, asked: bool = False, seconds: float
    ) -> Understood:
        """What a text means, how near it is to others and, where it is `asked`, what a question asks about."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Guides that are near to what was asked last, by slug; `is_read`: the bot has read the newest message.

    `about`: the parts of a guide that are asked about; `cases`: the special cases of guides, numbers by slug.
    """

    guides: Sequence[str] = ()
    is_read: bool = False
    about: Sequence[str] = ()
    cases: Mapping[str, Sequence[int]] = field(default_factory=dict)


NOTHING_ASKED = Asked()


async def asked_in(connection: AsyncConnection, keys: Mapping[UUID, DataKey]) -> Asked:
    """What is known of what was asked last in a resident's conversations; what was not read yet is read soon."""
    rows = (await connection.execute(LAST, {"ids": list(keys)})).all()
    understood = [_understood(row, keys[row.conversation_id]) for row in rows]
    read = [one.get(GUIDES) for one in understood]
    unread = {str(row.conversation_id) for row, found in zip(rows, read, strict=True) if found is None}
    for one in sorted(unread):
        await defer(connection, READ, lane=REPLIES, lock=f"read:{one}", conversation=one)
    near = list(dict.fromkeys(str(slug) for one in read for slug in one or ()))
    # what the newest question asks about; of thanks and greetings nothing, so the one before counts
    last: Mapping[str, Any] = next((one for one in understood if one.get(GUIDES)), {})
    return Asked(near, bool(read) and read[0] is not None, last.get(ABOUT) or (), last.get(CASES) or {})


class Questions:
    """Reads questions. `guides` are those of each city, by slug."""

    def __init__(
        self, engine: AsyncEngine, live: Live, reader: Reader, guides: Mapping[str, Mapping[str, LocalGuide]]
    ) -> None:
        self._engine, self._live, self._reader = engine, live, reader
        self._guides = guides
        self._words: dict[str, GuideWords] = {}

    async def read(self, conversation_id: UUID) -> int:
        """Read what was asked last in a conversation, if it was not read. Answers how many messages were."""
        async with self._engine.connect() as connection:
            city = (await connection.execute(CITY, {"id": conversation_id})).scalar_one_or_none()
            if city is None:
                return 0
            key = await key_of(connection, conversation_id, Purpose.QUESTION)
            rows = (await connection.execute(LAST, {"ids": [conversation_id]})).all()
        unread = [(row, before) for row in rows if GUIDES not in (before := _understood(row, key))]
        try:
            found = [(row.id, await self._read(city, _said(row, key), before)) for row, before in unread]
        except BotError as exc:  # it is read when the page is opened the next time; until then words alone suggest
            log.warning("question_not_read", error=type(exc).__name__)
            return 0
        kept = await self._keep(conversation_id, found)
        if kept:
            await self._live.publish(conversation_id)
        return kept

    async def _read(self, city: str, said: str, before: Mapping[str, Any]) -> Mapping[str, Any]:
        """What was understood, with the guides; of what the bot has answered it is what it understood then."""
        candidates = self._words_of(city).candidates(said)
        compared = [one for near in candidates for one in near.questions]
        understood = await self._reader.understand(said, compared, asked=True, seconds=SECONDS)
        guides = by_meaning(candidates, understood.likeness)
        meant = {"intent": understood.intent.model_dump(mode="json"), "language": understood.language}
        about = [part for part, likely in understood.about if likely >= PART]
        return {**(before or meant), GUIDES: guides, ABOUT: about, CASES: _cases(understood, guides)}

    async def _keep(self, conversation_id: UUID, found: Sequence[tuple[int, Mapping[str, Any]]]) -> int:
        """Keep what was read, unless it was erased meanwhile. Answers of how many messages it is."""
        kept = 0
        try:
            async with transaction(self._engine) as connection:
                await stream.lock(connection, conversation_id)
                key = await key_of(connection, conversation_id, Purpose.QUESTION)
                for message, meant in found:
                    values = {"id": message, "understanding": dump(key.seal(meant, "message"))}
                    kept += (await connection.execute(KEEP, values)).rowcount
        except NotFound:  # forgotten meanwhile
            return 0
        return kept

    def _words_of(self, city: str) -> GuideWords:
        if city not in self._words:
            self._words[city] = words_of(self._guides.get(city, {}))
        return self._words[city]


def _cases(understood: Understood, guides: Sequence[str]) -> dict[str, list[int]]:
    """The special cases that a question is near to, of some guides, the nearest first."""
    found = dict[str, list[int]]()
    for guide, part, number, likeness in sorted(understood.passages, key=lambda one: -one[3]):
        if part == "case" and likeness >= CASE and guide in guides:
            found.setdefault(guide, []).append(number)
    return found


def _understood(row: Row[Any], key: DataKey) -> Mapping[str, Any]:
    understood: Mapping[str, Any] = {} if row.understanding is None else key.open(row.understanding, "message")
    return understood


def _said(row: Row[Any], key: DataKey) -> str:
    return str(key.open(row.body, "message")["text"])
