"""Residents as an account knows them: found by a keyed hash of what the platform calls them, greeted when they come.

What the platform calls them is personal data: it is kept sealed, to send to, and hashed, to find them by.
"""

from collections.abc import Awaitable, Callable, Container, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, ClassVar
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.accounts.people import name_of, person_of, seal_address
from desk.accounts.rows import AccountRow
from desk.city.files import City
from desk.contract.channel import Inbound
from desk.contract.rendered import RenderedMessage
from desk.contract.wire import Locale
from desk.conversations import stream
from desk.conversations.ports import TurnPart
from desk.conversations.rows import ConversationRow, message_event, offers_after
from desk.conversations.times import at, told
from desk.linking.person import HOME
from desk.sealing.opening import FIRST, Opener, first
from desk.sealing.vault import DataKey
from desk.store.keys import Keys
from desk.texts.catalogs import locale_of

# Cities whose accounts the resident of a conversation comes to, this account's first; none where no platform knows
# them.
FOLLOWED = """
    SELECT coalesce(jsonb_agg(known.city ORDER BY known.place), '[]') FROM (
        SELECT account.city, min(CASE WHEN other.id = mine.id THEN 0 ELSE account.id END) AS place
        FROM residents AS mine
        JOIN residents AS other ON other.person = mine.person
        JOIN channel_accounts AS account ON account.id = other.account_id
        WHERE mine.id = conversation.resident_id AND (other.state = 'reachable' OR other.id = mine.id)
        GROUP BY account.city
    ) AS known
"""
# A resident of an account with their conversation: whom a statement is about.
KNOWN = """
    FROM residents AS resident JOIN conversations AS conversation ON conversation.resident_id = resident.id
    WHERE resident.account_id = :account_id AND resident.external_id = :resident
    ORDER BY conversation.created_at DESC LIMIT 1
"""
# The conversation is kept from being forgotten until the transaction ends.
KEPT = "FOR KEY SHARE OF conversation"
FIND = text(f"""
    SELECT resident.id AS resident_id, conversation.id, ({HOME}) AS city, resident.state, resident.state_at,
           resident.muted_at IS NOT NULL AS is_muted
    {KNOWN} {KEPT}
""")
COME = text("""
    INSERT INTO residents (id, account_id, external_id, address, person, state_at, heard_at)
    VALUES (:id, :account_id, :external_id, :address, :person, :at, :at)
    ON CONFLICT (account_id, external_id) DO UPDATE SET address = excluded.address
    RETURNING id
""")
OPEN = text(f"""
    WITH conversation AS (
        INSERT INTO conversations (id, account_id, resident_id, channel, city, locale, pushes)
        VALUES (:id, :account_id, :resident_id, :channel, :city, :locale, :pushes) RETURNING id
    ), counter AS (
        INSERT INTO conversation_counters (conversation_id) SELECT id FROM conversation
    ), sealing AS ({FIRST})
    INSERT INTO dialogue_states (conversation_id, offered) SELECT id, CAST(:offered AS jsonb) FROM conversation
""")
BACK = "(one.state = 'left' AND (one.state_at IS NULL OR one.state_at <= :at))"
# Who does something is there again. When they did is noted for platforms that let us answer only for a while (`timed`).
DID = f"""
    UPDATE residents AS one
    SET heard_at = CASE WHEN :timed THEN greatest(coalesce(one.heard_at, :at), :at) ELSE one.heard_at END,
        state = CASE WHEN {BACK} THEN 'reachable' ELSE one.state END,
        state_at = CASE WHEN {BACK} THEN :at ELSE one.state_at END
"""
SOMETHING_NEW = f"({BACK} OR :timed AND (one.heard_at IS NULL OR one.heard_at < :at))"
DID_SOMETHING = text(f"{DID} WHERE one.id = :id AND {SOMETHING_NEW}")
SET_STATE = text("""
    UPDATE residents SET state = :state, state_at = :at WHERE id = :id AND (state_at IS NULL OR state_at <= :at)
""")

MUTE = text("UPDATE residents SET muted_at = clock_timestamp() WHERE id = :id AND muted_at IS NULL")
# A platform may report before whoever sent has noted its id: then the report waits with what is being sent, of which
# `desk.sending.outbox` keeps what is its own.
REPORTED = text("""
    UPDATE deliveries SET reports = reports || jsonb_build_object(CAST(:message AS text), CAST(:arrived AS boolean))
    WHERE conversation_id = :conversation_id
      AND (platform_ids @> jsonb_build_array(CAST(:message AS text)) OR state = 'sending')
      AND reports -> :message IS DISTINCT FROM to_jsonb(CAST(:arrived AS boolean))
""")

type Greet = Callable[[AsyncConnection, AccountRow, City, Locale], Awaitable[RenderedMessage]]


@dataclass(frozen=True, slots=True)
class Known:
    """A resident with their conversation. `is_new`: they came just now, and were greeted."""

    resident_id: UUID
    conversation_id: UUID
    state: str = "reachable"
    state_at: datetime | None = None
    city: str = ""  # that the conversation is in
    is_new: bool = False
    is_muted: bool = False  # they want nothing unasked


HAPPENED = text("""
    SELECT kind, body, happened_at FROM channel_events
    WHERE conversation_id = :id AND kind <> 'erased' ORDER BY id
""")
REACHED = text("""
    SELECT resident.state FROM residents AS resident
    JOIN conversations ON conversations.resident_id = resident.id
    WHERE conversations.id = :id AND conversations.pushes NOT IN ('nothing', 'devices')
""")
# Without content, so that what is brought again is known.
ERASE_EVENTS = text("UPDATE channel_events SET kind = 'erased', body = '{}' WHERE conversation_id = :id")
ERASE_LOADING = text("""
    DELETE FROM channel_files USING inbound_messages AS message
    WHERE message.id = channel_files.message_id AND message.conversation_id = :id
""")


@dataclass(frozen=True)
class Followed(TurnPart):
    """Tells turns which cities' accounts a resident comes to, and gives out and erases what channels brought of them.

    `cities` are those that there are, by slug.
    """

    columns: ClassVar[Mapping[str, str]] = {"followed": FOLLOWED}
    cities: Container[str]

    def items(
        self,
        conversation: ConversationRow,  # noqa: ARG002 - one shape of all parts
        read: Mapping[str, Any],
        opener: Opener,  # noqa: ARG002
    ) -> Mapping[str, object]:
        """Of the context: cities, that of this account first."""
        return {"followed": [slug for slug in read["followed"] if slug in self.cities]}

    async def data_of(
        self, connection: AsyncConnection, conversation_id: UUID, key: DataKey, timezone: tzinfo
    ) -> Mapping[str, Any]:
        about = {"id": conversation_id}
        return {
            "channel_events": [
                {"kind": row.kind, **_happened(row.body, key), "at": at(row.happened_at, timezone)}
                for row in await connection.execute(HAPPENED, about)
            ],
            "reached": told(await connection.execute(REACHED, about), timezone),
        }

    async def erase(self, connection: AsyncConnection, conversation_id: UUID) -> None:
        for statement in (ERASE_LOADING, ERASE_EVENTS):
            await connection.execute(statement, {"id": conversation_id})


def _happened(body: dict[str, Any], key: DataKey) -> dict[str, Any]:
    """What is told of a thing that happened: without the hashed name of the message that it was about."""
    return {name: value for name, value in key.open(body, "happening").items() if name != "message"}


class Residents:
    """Finds residents, and takes them in. `greet` makes the first words."""

    def __init__(self, keys: Keys, greet: Greet) -> None:
        self._keys = keys
        self._greet = greet

    async def find(self, connection: AsyncConnection, account: AccountRow, name: str) -> Known | None:
        """Find a resident by what the platform calls them."""
        who = {"account_id": account.id, "resident": name_of(self._keys, account.id, name)}
        row = (await connection.execute(FIND, who)).one_or_none()
        if row is None:
            return None
        return Known(row.resident_id, row.id, row.state, row.state_at, row.city, is_muted=row.is_muted)

    async def take_in(
        self, connection: AsyncConnection, account: AccountRow, city: City, happened: Inbound, pushes: str
    ) -> Known:
        """Find the resident whom something is from; else enter them, open their conversation and greet them."""
        known = await self.find(connection, account, happened.resident)
        if known is not None:
            return known
        fresh = uuid4()
        name = name_of(self._keys, account.id, happened.resident)
        come = {"id": fresh, "account_id": account.id, "external_id": name, "at": happened.at}
        come["person"] = person_of(self._keys, account.channel, happened.resident)
        come["address"] = seal_address(self._keys, account.id, name, happened.resident)
        # Of two who bring the same resident at once, one waits here for the other's commit.
        resident_id = (await connection.execute(COME, come)).scalar_one()
        if resident_id != fresh:
            known = await self.find(connection, account, happened.resident)
            if known is not None:
                return known
        locale = _locale(happened.language, city)
        conversation_id, greeting = uuid4(), await self._greet(connection, account, city, locale)
        key, kept = first(connection, conversation_id)
        opened = {
            "id": conversation_id,
            "account_id": account.id,
            "resident_id": resident_id,
            "channel": account.channel,
            "city": city.slug,
            "locale": locale,
            "pushes": pushes,
            "offered": stream.dump(key.seal(offers_after([], [greeting]), "state")),
            **kept,
        }
        await connection.execute(OPEN, opened)
        await stream.append(connection, conversation_id, [message_event(greeting, author="bot")], key=key)
        return Known(resident_id, conversation_id, state_at=happened.at, city=city.slug, is_new=True)

    async def reported(self, connection: AsyncConnection, known: Known, message: str, *, arrived: bool) -> bool:
        """Note what became of something that the platform took; whether that is new. The last report counts."""
        told = {"conversation_id": known.conversation_id, "message": message, "arrived": arrived}
        return (await connection.execute(REPORTED, told)).rowcount > 0

    async def set_state(self, connection: AsyncConnection, known: Known, state: str, at: datetime) -> bool:
        """Note that a resident came or left, unless something later is known already."""
        if known.state == state:
            return False
        return (await connection.execute(SET_STATE, {"id": known.resident_id, "state": state, "at": at})).rowcount > 0

    async def mute(self, connection: AsyncConnection, known: Known) -> None:
        """Note that a resident wants nothing unasked from now on."""
        await connection.execute(MUTE, {"id": known.resident_id})

    async def did(self, connection: AsyncConnection, known: Known, at: datetime, *, timed: bool) -> None:
        """Note that a resident did something: they are there; `timed`: we may answer only for a while after it."""
        if timed or known.state == "left":
            await connection.execute(DID_SOMETHING, {"id": known.resident_id, "at": at, "timed": timed})


def _locale(language: str | None, city: City) -> Locale:
    wanted = locale_of(language) if language else None
    return wanted if wanted is not None and wanted in city.languages else city.languages[0]
