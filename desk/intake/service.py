"""Taking in what happened on a platform: everything of one request in one transaction, each thing once.

Nothing waits here for a turn or a clerk: no lock of a conversation is taken, and the platform is answered at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from prometheus_client import Counter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.accounts.rows import AccountRow
from desk.channel import (
    TOKEN_MARK,
    Came,
    Channel,
    Edited,
    Filed,
    Ignored,
    Inbound,
    Left,
    Mentioned,
    Pressed,
    Said,
    Shared,
    Wished,
    token_of,
)
from desk.cities import City
from desk.conversations import numbered
from desk.conversations.bell import Bell
from desk.conversations.live import Live
from desk.conversations.service import storable
from desk.conversations.stream import dump
from desk.db import transaction
from desk.intake.residents import Known, Residents, name_of
from desk.jobs import REPLIES, defer
from desk.keys import Keys
from desk.messages import RenderedMessage
from desk.sending import outbox

HAPPENED = Counter("desk_intake_total", "What happened on platforms, taken in", ["channel", "kind"])
REPEATED = Counter("desk_intake_repeated_total", "What platforms told again, and was known", ["channel"])

FETCH, MENTION = "intake.fetch", "publicity.invite"  # jobs
MESSAGE = "message of an account"  # purpose of a key
LONGEST_TEXT = 10_000  # characters
LOADING = timedelta(hours=1)  # after so long a message whose file never came is answered as it is
AHEAD = timedelta(minutes=5)  # a platform's clock may be so much ahead of ours
GREET = "/greet"

RECEIVE = text("""
    INSERT INTO inbound_messages (conversation_id, account_id, external_id, kind, body, wished, next_try_at)
    VALUES (:conversation_id, :account_id, :external_id, :kind, CAST(:body AS jsonb), :wished, :next_try_at)
    ON CONFLICT (account_id, external_id) DO NOTHING RETURNING id
""")
EVENT = text("""
    INSERT INTO channel_events (account_id, external_id, conversation_id, kind, body, happened_at)
    VALUES (:account_id, :external_id, :conversation_id, :kind, CAST(:body AS jsonb), :at)
    ON CONFLICT (account_id, external_id) DO NOTHING RETURNING id
""")
FILE = text("""
    INSERT INTO channel_files (message_id, account_id, reference, kind, size)
    VALUES (:message_id, :account_id, :reference, :kind, :size)
""")
OFFERED = text("SELECT offered FROM dialogue_states WHERE conversation_id = :id")
LAST_SAID = text("""
    SELECT body -> 'message' FROM outbound_messages
    WHERE conversation_id = :id AND type = 'message' ORDER BY seq DESC LIMIT 3
""")


@dataclass
class Taken:
    """What a transaction took in: what was new, and whom to ring for after the commit."""

    new: int = 0
    rings: set[UUID] = field(default_factory=set)
    spoken: set[UUID] = field(default_factory=set)


class Intake:
    """Takes in what happened, for all accounts."""

    def __init__(
        self,
        *,
        engine: AsyncEngine,
        bell: Bell,
        live: Live,
        keys: Keys,
        cities: Mapping[str, City],
        residents: Residents,
    ) -> None:
        self._engine = engine
        self._bell = bell
        self._live = live
        self._keys = keys
        self._cities = cities
        self._residents = residents

    async def take(self, account: AccountRow, channel: Channel, happened: Sequence[Inbound]) -> int:
        """Store everything, each thing once; then ring. Answers how many things were new.

        Raises:
            sqlalchemy.exc.DBAPIError: the database cannot be reached; nothing was stored.
        """
        for one in happened:
            HAPPENED.labels(channel=account.channel, kind=type(one.what).__name__.lower()).inc()
        wanted = [one for one in happened if not isinstance(one.what, Ignored)]
        if not wanted:
            return 0
        taken, repeated = Taken(), 0
        async with transaction(self._engine) as connection:
            for one in wanted:
                before = taken.new
                await self._one(connection, account, channel, one, taken)
                repeated += taken.new == before
        REPEATED.labels(channel=account.channel).inc(repeated)
        await self._bell.ring(*taken.rings)
        for conversation in taken.spoken:
            await self._live.publish(conversation)
        return taken.new

    async def _one(
        self, connection: AsyncConnection, account: AccountRow, channel: Channel, one: Inbound, taken: Taken
    ) -> None:
        match one.what:
            case Mentioned():
                await self._mentioned(connection, account, one, one.what, taken)
                return
            case Left() | Edited():
                known = await self._residents.find(connection, account, one.resident)
                if known is not None:
                    taken.new += await self._noted(connection, account, known, one)
                return
        city = self._cities[account.city]
        known = await self._residents.take_in(connection, account, city, one, channel.abilities.pushes)
        if known.is_new:
            taken.spoken.add(known.conversation_id)
        elif known.state == "left":
            await self._residents.set_state(connection, known, "reachable", _at(one))
        if channel.abilities.reply_window is not None:
            await self._residents.heard(connection, known, _at(one))
        if isinstance(one.what, Came):
            came = await self._event(connection, account, known, "came", one, {"entry": one.what.entry})
            taken.new += came is not None
            elsewhere = known.city != account.city  # moved since: the city of the account that was come to is offered
            if came is not None and not known.is_new and (one.what.entry is not None or elsewhere):
                await self._message(connection, account, known, f"{one.id}:greet", "payload", {"payload": GREET}, taken)
        else:
            await self._said(connection, account, channel, known, one, taken)

    async def _said(
        self,
        connection: AsyncConnection,
        account: AccountRow,
        channel: Channel,
        known: Known,
        one: Inbound,
        taken: Taken,
    ) -> None:
        match one.what:
            case Said():
                kind: str = "text"
                body: dict[str, Any] = {"text": one.what.text[:LONGEST_TEXT]}
                if not channel.abilities.buttons and len(one.what.text) <= numbered.LONGEST:
                    chosen = await self._chosen(connection, known, one.what.text)
                    kind, body = ("payload", {"payload": chosen}) if chosen else (kind, body)
                if not one.what.text.strip():
                    return
            case Pressed():
                payload = one.what.payload
                if payload.startswith(TOKEN_MARK):
                    payload = await self._of_token(connection, known, payload)
                kind, body = "payload", {"payload": payload}
            case Wished():
                kind, body = "payload", {"payload": one.what.payload}
            case Shared():
                kind, body = "location", {"location": one.what.location.model_dump()}
            case Filed():
                await self._filed(connection, account, known, one, one.what, taken)
                return
            case _:
                return
        await self._message(connection, account, known, one.id, kind, body, taken, wished=isinstance(one.what, Wished))

    async def _message(
        self,
        connection: AsyncConnection,
        account: AccountRow,
        known: Known,
        name: str,
        kind: str,
        body: dict[str, Any],
        taken: Taken,
        *,
        wished: bool | None = None,
        next_try_at: datetime | None = None,
    ) -> int | None:
        """Store a message; None: it is known."""
        values = {
            "conversation_id": known.conversation_id,
            "account_id": account.id,
            "external_id": self._hashed(account, name),
            "kind": kind,
            "body": dump(storable(body)),
            "wished": body.get("payload") == GREET if wished is None else wished,
            "next_try_at": next_try_at,
        }
        message_id: int | None = (await connection.execute(RECEIVE, values)).scalar_one_or_none()
        if message_id is not None:
            taken.new += 1
            taken.rings.add(known.conversation_id)
        return message_id

    async def _filed(
        self, connection: AsyncConnection, account: AccountRow, known: Known, one: Inbound, file: Filed, taken: Taken
    ) -> None:
        """Words beside a file come first; its message is due when it has been loaded, and holds up what follows."""
        if file.text.strip():
            words = {"text": file.text[:LONGEST_TEXT]}
            await self._message(connection, account, known, f"{one.id}:text", "text", words, taken)
        later = datetime.now(UTC) + LOADING
        message_id = await self._message(connection, account, known, one.id, "media", {}, taken, next_try_at=later)
        if message_id is None:
            return
        row = {"message_id": message_id, "account_id": account.id, "reference": file.reference, "kind": file.kind}
        await connection.execute(FILE, {**row, "size": file.size})
        await defer(connection, FETCH, lane=REPLIES, message=message_id)

    async def _noted(self, connection: AsyncConnection, account: AccountRow, known: Known, one: Inbound) -> bool:
        if isinstance(one.what, Edited):
            body = {"message": self._hashed(account, one.what.message), "text": one.what.text[:LONGEST_TEXT]}
            return await self._event(connection, account, known, "edited", one, body) is not None
        new = await self._event(connection, account, known, "left", one, {}) is not None
        if new and await self._residents.set_state(connection, known, "left", _at(one)):
            await outbox.drop(connection, known.conversation_id, "the resident has left")
        return new

    async def _mentioned(
        self, connection: AsyncConnection, account: AccountRow, one: Inbound, what: Mentioned, taken: Taken
    ) -> None:
        by = name_of(self._keys, account.id, one.resident)
        body = {"post": what.post, "kind": what.kind, "by": by}  # what was said in public is not ours to keep
        event = await self._event(connection, account, None, "mentioned", one, body)
        if event is not None:
            taken.new += 1
            await defer(connection, MENTION, lane=REPLIES, event=event)

    async def _event(
        self,
        connection: AsyncConnection,
        account: AccountRow,
        known: Known | None,
        kind: str,
        one: Inbound,
        body: dict[str, Any],
    ) -> int | None:
        values = {
            "account_id": account.id,
            "external_id": self._hashed(account, one.id),
            "conversation_id": known and known.conversation_id,
            "kind": kind,
            "body": dump(storable(body)),
            "at": _at(one),
        }
        event: int | None = (await connection.execute(EVENT, values)).scalar_one_or_none()
        return event

    async def _of_token(self, connection: AsyncConnection, known: Known, token: str) -> str:
        """The payload of a token, among those that were offered; else the token itself, which was never offered."""
        offered = (await connection.execute(OFFERED, {"id": known.conversation_id})).scalar_one()
        return next((payload for payload in offered if token_of(payload) == token), token)

    async def _chosen(self, connection: AsyncConnection, known: Known, said: str) -> str | None:
        """The payload of a numbered line that a text names, where the channel has no buttons."""
        rows = (await connection.execute(LAST_SAID, {"id": known.conversation_id})).scalars().all()
        fields = RenderedMessage.model_fields
        shown = [RenderedMessage.model_validate({name: body[name] for name in fields}) for body in reversed(rows)]
        return numbered.picked(said, shown)

    def _hashed(self, account: AccountRow, name: str) -> str:
        return self._keys.digest(f"{account.id}:{name}", purpose=MESSAGE).hex()[:48]


def _at(one: Inbound) -> datetime:
    """When it happened; never later than now, or nothing would count after it."""
    return min(one.at, datetime.now(UTC) + AHEAD)
