"""Tells on a resident's devices that there is news in the web chat: what kind, never what.

One delivery is one message, for all devices of its conversation. Each that was told is noted at once, so that after an
interruption the others are told and none twice. A device that its push service knows no more is forgotten.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.city.files import City
from desk.contract.channel import Outcome, Rejected, RetryAfter, Sent, Stopped, Unknown
from desk.contract.messages import Text
from desk.contract.wire import Locale
from desk.conversations.live import Live
from desk.conversations.stream import BULK, URGENT
from desk.devices import service
from desk.devices.gateway import Gateway, Message
from desk.devices.service import Device
from desk.sending.delivery import AGE, CALLS, PAUSES, TOO_OLD, TRIES, last_of
from desk.sending.lanes import LANES
from desk.sending.outbox import Claimed, Outbox
from desk.store.database import single_statements, transaction
from desk.store.keys import Keys, Unsealable
from desk.texts.catalogs import LANGUAGE_TAGS, Catalogs

PUSH = "webpush"
"""What measures call it, beside channels."""
TAG_PURPOSE, TAG_CHARACTERS = "tag of a conversation", 32
PADDED_BYTES = 512
"""To so many a message is filled up: its length tells a push service nothing."""

TOLD = text("SELECT platform_ids FROM deliveries WHERE conversation_id = :conversation_id AND seq = :seq")
PLACE = text("""
    SELECT account.city, conversation.locale FROM conversations AS conversation
    JOIN channel_accounts AS account ON account.id = conversation.account_id WHERE conversation.id = :id
""")


@dataclass(frozen=True, slots=True)
class Place:
    """Of which city's page a conversation is, and its language."""

    city: str
    locale: Locale


@dataclass(slots=True)
class Round:
    """What the devices of a conversation said, one after the other."""

    uncertain: bool
    told: int = 0
    again: list[RetryAfter] = field(default_factory=list)
    refused: str | None = None


@dataclass(frozen=True)
class Pushing:
    """The way to devices."""

    engine: AsyncEngine
    outbox: Outbox
    gateway: Gateway
    live: Live
    catalogs: Catalogs
    cities: Mapping[str, City]
    keys: Keys

    async def carry(self, claimed: Claimed) -> None:
        """Carry a delivery that is in our hands."""
        kind = kind_of(claimed)
        why = await self._needless(claimed, kind)
        if why is not None or kind is None:
            await self.outbox.end(claimed, "dropped", why)
            return
        if claimed.age > TOO_OLD[claimed.lane]:
            await self.outbox.end(claimed, "dead", "it could not be sent in time")
            return
        devices, told, place = await self._devices(claimed)
        wanted = [one for one in devices if kind != "announcement" or one.announcements]
        left = [one for one in wanted if name_of(one) not in told]
        if (not left and not told) or place.city not in self.cities:
            await self.outbox.end(claimed, "dropped", "no device wishes to be told of it")
            return
        await self._tell(claimed, left, self._message(claimed, kind, place), told=len(told))

    async def _needless(self, claimed: Claimed, kind: str | None) -> str | None:
        """Why nobody is told."""
        if kind is None:
            return "of such a message no device is told"
        if not self.gateway.services.any:
            return "no push service is named in the settings"
        if claimed.is_muted and claimed.lane == BULK:
            return "the resident wants nothing unasked"
        if await self.live.is_looked_at(claimed.conversation_id):
            return "a page that is looked at shows it"
        return None

    async def _devices(self, claimed: Claimed) -> tuple[list[Device], Sequence[str], Place]:
        """The devices, which of them were told before, and whose city's page they are of."""
        async with transaction(self.engine) as connection:
            told = await connection.execute(TOLD, {"conversation_id": claimed.conversation_id, "seq": claimed.seq})
            before = list(told.scalar_one())
            place = Place(*(await connection.execute(PLACE, {"id": claimed.conversation_id})).one())
            try:
                devices = await service.devices_of(connection, claimed.conversation_id)
            except Unsealable:  # erased in this very moment
                devices = []
            if not devices:
                await service.none_left(connection, claimed.conversation_id)
        return devices, before, place

    def _message(self, claimed: Claimed, kind: str, place: Place) -> Message:
        city, locale = place.city, place.locale
        found = self.cities[city]
        names = (found.greeting_names or found.names).model_dump(exclude_none=True)
        tag = self.keys.digest(str(claimed.conversation_id), purpose=TAG_PURPOSE).hex()[:TAG_CHARACTERS]
        said = {
            "title": self.catalogs.text(Text(key="cities.title", args={"city": {"name": names}}), locale),
            "line": self.catalogs.text(Text(key=f"devices.{kind}"), locale),
            "lang": LANGUAGE_TAGS[locale],
            "city": city,
            "tag": tag,
        }
        content = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
        left = max(0, int(TOO_OLD[claimed.lane] - claimed.age))
        return Message(content.ljust(PADDED_BYTES), tag, left, urgent=claimed.lane == URGENT)

    async def _tell(self, claimed: Claimed, devices: Sequence[Device], message: Message, *, told: int) -> None:
        done = Round(uncertain=claimed.uncertain, told=told)
        for device in devices:
            outcome = await self.gateway.push(device, message)
            CALLS.labels(channel=PUSH, outcome=type(outcome).__name__.lower()).inc()
            await self._note(claimed, device, outcome, done)
        await self._end(claimed, done)

    async def _note(self, claimed: Claimed, device: Device, outcome: Outcome, done: Round) -> None:
        match outcome:
            case Sent() | Unknown():
                unknown = isinstance(outcome, Unknown)
                done.told, done.uncertain = done.told + 1, done.uncertain or unknown
                await self.outbox.step(claimed, done.told, Sent(id=name_of(device)), uncertain=unknown)
            case RetryAfter():
                done.again.append(outcome)
            case Rejected():
                done.refused = outcome.why
            case Stopped():
                async with single_statements(self.engine) as connection:
                    await service.forget(connection, claimed.conversation_id, device.id)

    async def _end(self, claimed: Claimed, done: Round) -> None:
        """Try again those that take it later; else it ends by what became of most use."""
        if done.again and claimed.tries + 1 < TRIES:
            pause = PAUSES[min(claimed.tries, len(PAUSES) - 1)]
            seconds = max(pause, *(one.seconds for one in done.again))
            await self.outbox.later(claimed, seconds, done.again[-1].why, counts=True)
        elif done.told:
            await self.outbox.end(claimed, *last_of(done.uncertain), pieces=done.told)
            AGE.labels(channel=PUSH, lane=LANES[claimed.lane]).observe(claimed.age)
        elif done.again or done.refused:
            await self.outbox.end(claimed, "dead", done.refused or done.again[-1].why)
        else:
            await self.outbox.end(claimed, "dropped", "no device is there any more")


def kind_of(claimed: Claimed) -> str | None:
    """Of what kind news is, as devices are told; None: of this they are told nothing."""
    return "answer" if claimed.author == "clerk" else claimed.about


def name_of(device: Device) -> str:
    """As a delivery notes that a device was told."""
    return f"device {device.id}"
