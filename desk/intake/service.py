"""Taking in what happened on a platform: everything of one request in one transaction, each thing once.

Most requests are one message of a resident whom the account knows: that is one statement, and so one round trip, as
long as the key that seals the message was read lately.
Nothing waits here for a turn or a clerk: no lock of a conversation is taken, and the platform is answered at once.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.accounts.people import name_of, person_of
from desk.accounts.rows import AccountRow
from desk.city.files import City
from desk.city.keywords import Keyword, Keywords
from desk.contract.channel import (
    TOKEN_MARK,
    ButtonPressed,
    Channel,
    CommandUsed,
    Delivery,
    DeliveryReported,
    EventIgnored,
    FileReceived,
    Forged,
    Inbound,
    LocationReceived,
    Mentioned,
    MessageEdited,
    Subscribed,
    TextReceived,
    Unsubscribed,
    event_name,
    token_of,
)
from desk.contract.commands import STOP
from desk.contract.rendered import RenderedMessage
from desk.conversations import numbered
from desk.conversations.bell import Bell
from desk.conversations.live import Live
from desk.conversations.service import TAKING_IN, sealed_body, storable
from desk.conversations.stream import dump
from desk.devices import telephones
from desk.http.tracing import taking_span
from desk.intake.loops import Loops
from desk.intake.residents import DID, KEPT, KNOWN, SOMETHING_NEW, Known, Residents
from desk.safety.store import LATELY
from desk.sealing.opening import KEY, Purpose, key_of, opened
from desk.sealing.vault import DataKey
from desk.sending import outbox
from desk.store.database import single_statements, transaction
from desk.store.deferring import REPLIES, defer
from desk.store.keys import Keys, Unsealable
from desk.tickets.reaching import wishes

log = structlog.get_logger(__name__)
HAPPENED = Counter("desk_intake_total", "What happened on platforms, taken in", ["channel", "kind"])
LOOPED = Counter("desk_intake_looped_total", "Texts not answered since the same came again and again", ["channel"])
REPEATED = Counter("desk_intake_repeated_total", "What platforms told again, and was known", ["channel"])

FETCH, MENTION = "intake.fetch", "publicity.invite"  # jobs
MESSAGE = "message of an account"  # purpose of a key
LONGEST_TEXT = 10_000  # characters
LOADING = timedelta(hours=1)  # after so long a message whose file never came is answered as it is
AHEAD = timedelta(minutes=5)  # a platform's clock may be so much ahead of ours
GREET = "/greet"
KEYS_KEPT = 10_000  # wrapped keys that a process remembers, of residents who wrote lately

# No row where nobody is known, or the key that sealed the message has been dropped: it is held until the message is
# stored. No message where it is known already.
RECEIVE = text(f"""
    WITH known AS (SELECT resident.id AS resident_id, conversation.id {KNOWN} {KEPT}),
    sealing AS (
        SELECT conversation_id FROM conversation_keys
        WHERE conversation_id = (SELECT id FROM known) AND conversation_id = :conversation_id
          AND generation = :generation FOR KEY SHARE
    ),
    did AS ({DID} FROM known WHERE one.id = known.resident_id AND {SOMETHING_NEW}),
    received AS (
        INSERT INTO inbound_messages (conversation_id, account_id, external_id, kind, body, wished, next_try_at)
        SELECT conversation_id, :account_id, :external_id, :kind, CAST(:body AS jsonb), :wished, :next_try_at
        FROM sealing
        ON CONFLICT (account_id, external_id) DO NOTHING RETURNING id
    )
    SELECT sealing.conversation_id, received.id AS message_id FROM sealing LEFT JOIN received ON true
""")
SEALS = text(f"""
    SELECT known.id, {KEY.format("known.id")} AS wrapped FROM (SELECT conversation.id {KNOWN}) AS known
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
OFFERED = text(f"""
    SELECT conversation_id, offered, {KEY.format("dialogue_states.conversation_id")} AS wrapped FROM dialogue_states
    WHERE conversation_id = (SELECT conversation.id {KNOWN})
""")
LAST_SAID = text(f"""
    SELECT conversation_id, body, {KEY.format("outbound_messages.conversation_id")} AS wrapped FROM outbound_messages
    WHERE conversation_id = (SELECT conversation.id {KNOWN}) AND type = 'message' ORDER BY seq DESC LIMIT 3
""")

# What may be of an emergency: one was heard in the conversation, or what waits there has not been listened to yet.
URGENT = text(f"""
    SELECT {LATELY} OR EXISTS (
        SELECT FROM inbound_messages AS message
        WHERE message.conversation_id = conversation.id AND message.answered_at IS NULL
    )
    FROM (SELECT conversation.id {KNOWN}) AS conversation
""")
SIGNED = text("""
    INSERT INTO used_signatures (account_id, word, body, good_until) VALUES (:account_id, :word, :body, :good_until)
    ON CONFLICT (account_id, word) DO UPDATE SET good_until = used_signatures.good_until RETURNING body = :body
""")


@dataclass
class Taken:
    """What was taken in: what was new, what was known, and whom to ring for after the commit."""

    new: int = 0
    repeated: int = 0
    rings: set[UUID] = field(default_factory=set)
    messages: list[tuple[UUID, int]] = field(default_factory=list)
    spoken: set[UUID] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Request:
    """What a platform brings to an account at once, on the connection on which it is stored."""

    connection: AsyncConnection
    account: AccountRow
    channel: Channel
    taken: Taken

    @property
    def is_timed(self) -> bool:
        """Whether we may answer only for a while after a resident did something."""
        return self.channel.abilities.reply_window is not None


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
        keywords: Keywords,
    ) -> None:
        self._engine = engine
        self._bell = bell
        self._live = live
        self._keys = keys
        self._cities = cities
        self._residents = residents
        self._keywords = keywords
        self._loops = Loops()
        self._lately: OrderedDict[tuple[int, str], tuple[UUID, bytes]] = OrderedDict()  # wrapped keys, by whose

    async def take(self, account: AccountRow, channel: Channel, happened: Sequence[Inbound]) -> int:
        """Store everything, each thing once; then ring. Answers how many things were new.

        Raises:
            sqlalchemy.exc.DBAPIError: the database cannot be reached; nothing was stored.
        """
        for one in happened:
            HAPPENED.labels(channel=account.channel, kind=event_name(one.what)).inc()
        said = [one for one in happened if not isinstance(one.what, EventIgnored)]
        wanted = [one for one in said if not await self._bounces(account, one)]
        if not wanted:
            return 0
        taken, began = Taken(), time.time_ns()
        if len(wanted) > 1 or not await self._alone(account, channel, wanted[0], taken):
            async with transaction(self._engine) as connection:
                for one in wanted:
                    before = taken.new
                    await self._one(Request(connection, account, channel, taken), one)
                    taken.repeated += taken.new == before
        attributes = {**TAKING_IN, "desk.channel": account.channel, "desk.city": account.city}
        for conversation, one_id in taken.messages:
            with taking_span(conversation, one_id, "send messages", attributes, began):
                log.info("message_taken", channel=account.channel)
        REPEATED.labels(channel=account.channel).inc(taken.repeated)
        await self._bell.ring(*taken.rings)
        for conversation in taken.spoken:
            await self._live.publish(conversation)
        return taken.new

    async def _bounces(self, account: AccountRow, one: Inbound) -> bool:
        """Whether a text is of a machine that answers our answers: it gets no other.

        What may be of an emergency is never left out for that. It is asked of the store only of a text that came too
        often: the signs of emergencies are a hundred megabytes, and hear less than bot and signs did of the same text.
        """
        if not isinstance(one.what, TextReceived):
            return False
        who = account.id, name_of(self._keys, account.id, one.resident)
        if not self._loops.bounces(who, one.id, one.what.text, _at(one)):
            return False
        if await self._may_be_urgent(who) and self._loops.passes(who, one.id, _at(one)):
            return False
        LOOPED.labels(channel=account.channel).inc()
        return True

    async def _may_be_urgent(self, who: tuple[int, str]) -> bool:
        """Whether a resident told of an emergency lately, or of something that nobody has listened to yet."""
        async with single_statements(self._engine) as connection:
            row = (await connection.execute(URGENT, {"account_id": who[0], "resident": who[1]})).one_or_none()
        return row is None or bool(row[0])

    async def sign(self, account: AccountRow, channel: Channel, delivery: Delivery) -> None:
        """Use up a signature that does not cover the body: brought again it is good for the same body only.

        Raises:
            Forged: it came with another body before.
            sqlalchemy.exc.DBAPIError: the database cannot be reached.
        """
        if channel.abilities.signs_once is None or delivery.method == "GET":
            return
        name, good = channel.abilities.signs_once
        used = {
            "account_id": account.id,
            "word": hashlib.sha256(delivery.query.get(name, "").lower().encode()).digest(),
            "body": hashlib.sha256(delivery.body).digest(),
            "good_until": delivery.at + 2 * good,  # it may be of a clock that is ahead
        }
        async with single_statements(self._engine) as connection:
            is_same = (await connection.execute(SIGNED, used)).scalar_one()
        if not is_same:
            raise Forged("This signature was used for something else.")

    async def _alone(self, account: AccountRow, channel: Channel, one: Inbound, taken: Taken) -> bool:
        """Take in a message that is one row, if the account knows who writes; whether it did."""
        if not isinstance(one.what, TextReceived | ButtonPressed | CommandUsed | LocationReceived):
            return False
        if self._stops(account, channel, one):
            return False
        async with single_statements(self._engine) as connection:
            is_known = await self._said(Request(connection, account, channel, taken), one)
        taken.repeated += is_known and not taken.new
        return is_known

    async def _one(self, request: Request, one: Inbound) -> None:
        match one.what:
            case Mentioned():
                await self._mentioned(request, one, one.what)
            case Unsubscribed() | MessageEdited():
                known = await self._residents.find(request.connection, request.account, one.resident)
                if known is not None:
                    request.taken.new += await self._noted(request, known, one)
            case Subscribed():
                await self._came(request, one, one.what)
            case DeliveryReported():
                await self._reported(request, one, one.what)
            case _ if self._stops(request.account, request.channel, one):
                await self._stop(request, one)
            case _:
                if not await self._said(request, one):
                    await self._enter(request, one)
                    await self._said(request, one)

    async def _enter(self, request: Request, one: Inbound) -> Known:
        """Find who did something; who is new is greeted."""
        city = self._cities[request.account.city]
        known = await self._residents.take_in(
            request.connection, request.account, city, one, request.channel.abilities.pushes
        )
        if known.is_new:
            request.taken.spoken.add(known.conversation_id)
        await self._residents.did(request.connection, known, _at(one), timed=request.is_timed)
        return known

    async def _came(self, request: Request, one: Inbound, what: Subscribed) -> None:
        known = await self._enter(request, one)
        if await self._event(request, known, "came", one, {"entry": what.entry}) is None:
            return
        request.taken.new += 1
        elsewhere = known.city != request.account.city  # moved since: the city that was come to is offered
        if not known.is_new and (what.entry is not None or elsewhere):
            await self._message(request, one, "payload", {"payload": GREET}, part=":greet", wished=True)

    def _stops(self, account: AccountRow, channel: Channel, one: Inbound) -> bool:
        """Whether a resident says that nothing more is to be sent unasked."""
        keyword = self._keyword(account, channel, one.what.text) if isinstance(one.what, TextReceived) else None
        return keyword is not None and keyword.verb == "stop"

    async def _stop(self, request: Request, one: Inbound) -> None:
        """Send nothing more unasked, from now on and whatever becomes of the turn, which confirms it: once.

        Who is not known gets nothing but word of a clerk's answer, which stops, too, as does word of news by
        text message. Who stopped before is not answered again.
        """
        known = await self._residents.find(request.connection, request.account, one.resident)
        if request.channel.abilities.by_telephone:
            await telephones.stop(request.connection, self._keys, one.resident)
        if known is None and request.channel.abilities.by_telephone:
            await wishes.stop(request.connection, person_of(self._keys, request.account.channel, one.resident))
        if known is None or known.is_muted:
            return
        stored = await self._message(request, one, "payload", {"payload": STOP}, wished=True)
        if stored is not None and stored.message_id is not None:
            await self._residents.mute(request.connection, known)
            await outbox.drop_news(request.connection, known.conversation_id, "the resident wants nothing unasked")

    async def _reported(self, request: Request, one: Inbound, what: DeliveryReported) -> None:
        known = await self._residents.find(request.connection, request.account, one.resident)
        if known is not None:
            request.taken.new += await self._residents.reported(
                request.connection, known, what.message, arrived=what.arrived
            )

    def _keyword(self, account: AccountRow, channel: Channel, said: str) -> Keyword | None:
        if not channel.abilities.keywords:
            return None
        return self._keywords.read(said, self._cities[account.city])

    async def _said(self, request: Request, one: Inbound) -> bool:
        """Store a message, if the account knows who writes and there is something to store; whether it did."""
        match one.what:
            case TextReceived():
                kind: str = "text"
                body: dict[str, Any] = {"text": one.what.text[:LONGEST_TEXT]}
                if not one.what.text.strip():
                    return False
                may_choose = not request.channel.abilities.buttons and len(one.what.text) <= numbered.LONGEST
                if may_choose and not self._keywords.is_stop(one.what.text):  # the turn reads stop words
                    chosen = await self._chosen(request, one, one.what.text)
                    kind, body = ("payload", {"payload": chosen}) if chosen else (kind, body)
                keyword = None if kind == "payload" else self._keyword(request.account, request.channel, body["text"])
                if keyword is not None:
                    wished = {"payload": keyword.payload}
                    return await self._message(request, one, "payload", wished, wished=True) is not None
            case ButtonPressed():
                payload = one.what.payload
                if payload.startswith(TOKEN_MARK):
                    payload = await self._of_token(request, one, payload)
                kind, body = "payload", {"payload": payload}
            case CommandUsed():
                kind, body = "payload", {"payload": one.what.payload}
            case LocationReceived():
                kind, body = "location", {"location": one.what.location.model_dump()}
            case FileReceived():
                return await self._filed(request, one, one.what)
            case _:
                return False
        return await self._message(request, one, kind, body, wished=isinstance(one.what, CommandUsed)) is not None

    async def _message(
        self,
        request: Request,
        one: Inbound,
        kind: str,
        body: dict[str, Any],
        *,
        part: str = "",
        wished: bool = False,
        next_try_at: datetime | None = None,
    ) -> Row[Any] | None:
        """Store a message, or the `part` of a thing that is one; `message_id` is None if it is known.

        None where the account does not know who writes.
        """
        values = {
            **self._who(request, one),
            "external_id": self._hashed(request.account, f"{one.id}{part}"),
            "kind": kind,
            "wished": wished,
            "next_try_at": next_try_at,
            "at": _at(one),
            "timed": request.is_timed,
        }
        said = storable(body)
        while (sealing := await self._sealing(request, one)) is not None:
            conversation_id, key = sealing
            sealed = {"body": dump(sealed_body(key, kind, said)), "generation": key.generation}
            found = {**values, **sealed, "conversation_id": conversation_id}
            row = (await request.connection.execute(RECEIVE, found)).one_or_none()
            if row is not None:
                if row.message_id is not None:
                    request.taken.new += 1
                    request.taken.rings.add(row.conversation_id)
                    request.taken.messages.append((row.conversation_id, row.message_id))
                return row
            self._lately.pop(self._whose(request, one), None)  # the key was dropped meanwhile
        return None

    async def _sealing(self, request: Request, one: Inbound) -> tuple[UUID, DataKey] | None:
        """The conversation of who did something, with its key; None where the account does not know them."""
        whose = self._whose(request, one)
        if whose in self._lately:
            self._lately.move_to_end(whose)
            conversation_id, wrapped = self._lately[whose]
            try:
                return conversation_id, opened(request.connection, conversation_id, wrapped, Purpose.WRITE)
            except Unsealable:  # wrapped by a master key that is retired by now: it is wrapped anew
                del self._lately[whose]
        row = (await request.connection.execute(SEALS, self._who(request, one))).one_or_none()
        if row is None:
            return None
        if row.wrapped is None:
            return row.id, await key_of(request.connection, row.id, Purpose.WRITE)
        self._lately[whose] = row.id, row.wrapped
        if len(self._lately) > KEYS_KEPT:
            self._lately.popitem(last=False)
        return row.id, opened(request.connection, row.id, row.wrapped, Purpose.WRITE)

    async def _filed(self, request: Request, one: Inbound, file: FileReceived) -> bool:
        """Words beside a file come first; its message is due when it has been loaded, and holds up what follows."""
        if file.text.strip():
            words = {"text": file.text[:LONGEST_TEXT]}
            await self._message(request, one, "text", words, part=":text")
        later = datetime.now(UTC) + LOADING
        row = await self._message(request, one, "media", {}, next_try_at=later)
        if row is not None and row.message_id is not None:
            about = {"reference": file.reference, "kind": file.kind, "size": file.size}
            values = {"message_id": row.message_id, "account_id": request.account.id, **about}
            await request.connection.execute(FILE, values)
            await defer(request.connection, FETCH, lane=REPLIES, message=row.message_id)
        return row is not None

    async def _noted(self, request: Request, known: Known, one: Inbound) -> bool:
        if isinstance(one.what, MessageEdited):
            body = {"message": self._hashed(request.account, one.what.message), "text": one.what.text[:LONGEST_TEXT]}
            return await self._event(request, known, "edited", one, body) is not None
        new = await self._event(request, known, "left", one, {}) is not None
        if new and await self._residents.set_state(request.connection, known, "left", _at(one)):
            await outbox.drop(request.connection, known.conversation_id, "the resident has left")
        return new

    async def _mentioned(self, request: Request, one: Inbound, what: Mentioned) -> None:
        by = name_of(self._keys, request.account.id, one.resident)
        body = {"post": what.post, "kind": what.kind, "by": by}  # what was said in public is not ours to keep
        if (event := await self._event(request, None, "mentioned", one, body)) is not None:
            request.taken.new += 1
            await defer(request.connection, MENTION, lane=REPLIES, event=event)

    async def _event(
        self, request: Request, known: Known | None, kind: str, one: Inbound, body: dict[str, Any]
    ) -> int | None:
        said = storable(body)
        if known is not None:
            key = await key_of(request.connection, known.conversation_id, Purpose.WRITE)
            said = key.seal(said, "happening")
        values = {
            "account_id": request.account.id,
            "external_id": self._hashed(request.account, one.id),
            "conversation_id": known and known.conversation_id,
            "kind": kind,
            "body": dump(said),
            "at": _at(one),
        }
        event: int | None = (await request.connection.execute(EVENT, values)).scalar_one_or_none()
        return event

    async def _of_token(self, request: Request, one: Inbound, token: str) -> str:
        """The payload of a token, among those that were offered; else the token itself, which was never offered."""
        row = (await request.connection.execute(OFFERED, self._who(request, one))).one_or_none()
        if row is None:
            return token
        key = opened(request.connection, row.conversation_id, row.wrapped, Purpose.INTAKE)
        offered: list[str] = key.open(row.offered, "state")
        return next((payload for payload in offered if token_of(payload) == token), token)

    async def _chosen(self, request: Request, one: Inbound, said: str) -> str | None:
        """The payload of a numbered line that a text names, where the channel has no buttons."""
        rows = (await request.connection.execute(LAST_SAID, self._who(request, one))).all()
        fields, shown = RenderedMessage.model_fields, []
        for row in reversed(rows):
            key = opened(request.connection, row.conversation_id, row.wrapped, Purpose.INTAKE)
            message = key.open(row.body, "event")["message"]
            shown.append(RenderedMessage.model_validate({name: message[name] for name in fields if name in message}))
        return numbered.picked(said, shown)

    def _who(self, request: Request, one: Inbound) -> dict[str, Any]:
        """Whom something is from, for a statement."""
        account = request.account.id
        return {"account_id": account, "resident": name_of(self._keys, account, one.resident)}

    def _whose(self, request: Request, one: Inbound) -> tuple[int, str]:
        return request.account.id, name_of(self._keys, request.account.id, one.resident)

    def _hashed(self, account: AccountRow, name: str) -> str:
        return self._keys.digest(f"{account.id}:{name}", purpose=MESSAGE).hex()[:48]


def _at(one: Inbound) -> datetime:
    """When it happened; never later than now, or nothing would count after it."""
    return min(one.at, datetime.now(UTC) + AHEAD)
