"""Tells on a resident's devices that there is news in the web chat: what kind, never what.

One delivery is one message, for all devices of its conversation, and for the telephone to which the resident wishes
text messages. Each that was told is noted at once, so that after an interruption the others are told and none twice.
A device that its push service knows no more is forgotten.
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
from desk.devices import service, telephones
from desk.devices.gateway import Gateway, Message
from desk.devices.service import Device
from desk.devices.telephones import Telephone, telephone_of
from desk.sending.delivery import AGE, CALLS, PAUSES, TOO_OLD, TRIES, last_of
from desk.sending.lanes import LANES
from desk.sending.outbox import Claimed, Outbox
from desk.sending.texting import NAME as TELEPHONE
from desk.sending.texting import Later, Texts
from desk.store.database import single_statements, transaction
from desk.store.keys import Keys, Unsealable
from desk.texts.catalogs import LANGUAGE_TAGS, Catalogs

PUSH, TEXT = "webpush", "news_by_text"
"""What measures call them, beside channels."""
TAG_PURPOSE, TAG_CHARACTERS = "tag of a conversation", 32
PADDED_BYTES = 512
"""To so many a message is filled up: its length tells a push service nothing."""

BY_TEXT = frozenset({"answer", "reminder", "progress"})
"""Of what a telephone is told; notices have an account of their own, to which one subscribes."""

# Of a clerk's answer whoever left a contact with the ticket hears by that already.
TOLD_OTHERWISE = text("""
    SELECT EXISTS (SELECT FROM contact_texts WHERE conversation_id = :id AND state IN ('waiting', 'sending'))
""")
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


@dataclass(frozen=True, slots=True)
class Wishes:
    """Who is still to be told: devices, and a telephone; `told` were before."""

    devices: Sequence[Device]
    telephone: Telephone | None
    told: Sequence[str]
    place: Place

    @property
    def any(self) -> bool:
        return bool(self.devices or self.telephone or self.told)


@dataclass(slots=True)
class Round:
    """What the devices of a conversation said, one after the other."""

    uncertain: bool
    told: int = 0
    again: list[RetryAfter] = field(default_factory=list)
    refused: str | None = None
    waits: Later | None = None


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
    texts: Texts

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
        wishes = await self._wishes(claimed, kind)
        if not wishes.any or wishes.place.city not in self.cities:
            await self.outbox.end(claimed, "dropped", "no device wishes to be told of it")
            return
        done = Round(uncertain=claimed.uncertain, told=len(wishes.told))
        await self._tell(claimed, wishes.devices, self._message(claimed, kind, wishes.place), done)
        if wishes.telephone is not None:
            await self._text(claimed, wishes.telephone, kind, wishes.place, done)
        await self._end(claimed, done)

    async def _needless(self, claimed: Claimed, kind: str | None) -> str | None:
        """Why nobody is told."""
        if kind is None:
            return "of such a message no device is told"
        if claimed.is_muted and claimed.lane == BULK:
            return "the resident wants nothing unasked"
        if await self.live.is_looked_at(claimed.conversation_id):
            return "a page that is looked at shows it"
        return None

    async def _wishes(self, claimed: Claimed, kind: str) -> Wishes:
        """Who is still to be told, who was, and whose city's page they are of."""
        async with transaction(self.engine) as connection:
            told = await connection.execute(TOLD, {"conversation_id": claimed.conversation_id, "seq": claimed.seq})
            before = list(told.scalar_one())
            place = Place(*(await connection.execute(PLACE, {"id": claimed.conversation_id})).one())
            try:
                devices = await service.devices_of(connection, claimed.conversation_id)
                telephone = await telephone_of(connection, claimed.conversation_id)
            except Unsealable:  # erased in this very moment
                devices, telephone = [], None
            if not devices and telephone is None:
                await service.none_left(connection, claimed.conversation_id)
            otherwise = await connection.execute(TOLD_OTHERWISE, {"id": claimed.conversation_id})
            by_contact = kind == "answer" and bool(otherwise.scalar_one())
        pushed = devices if self.gateway.services.any else []
        wanted = [one for one in pushed if kind != "announcement" or one.announcements]
        texted = kind in BY_TEXT and not by_contact and TELEPHONE not in before
        left = [one for one in wanted if name_of(one) not in before]
        return Wishes(left, telephone if texted else None, before, place)

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

    async def _tell(self, claimed: Claimed, devices: Sequence[Device], message: Message, done: Round) -> None:
        for device in devices:
            outcome = await self.gateway.push(device, message)
            CALLS.labels(channel=PUSH, outcome=type(outcome).__name__.lower()).inc()
            await self._note(claimed, device, outcome, done)

    async def _text(self, claimed: Claimed, telephone: Telephone, kind: str, place: Place, done: Round) -> None:
        """Tell the telephone, or note when it is told."""
        city = self.cities[place.city]
        outcome = await self.texts.send(telephone, kind, claimed.conversation_id, city, place.locale)
        if isinstance(outcome, Later):
            done.waits = outcome
            return
        CALLS.labels(channel=TEXT, outcome=type(outcome).__name__.lower()).inc()
        match outcome:
            case Sent() | Unknown():
                unknown = isinstance(outcome, Unknown)
                parts = outcome.parts if isinstance(outcome, Sent) else 0
                done.told, done.uncertain = done.told + 1, done.uncertain or unknown
                await self.outbox.step(claimed, done.told, Sent(id=TELEPHONE, parts=parts), uncertain=unknown)
            case RetryAfter():
                done.again.append(outcome)
            case Stopped():
                async with transaction(self.engine) as connection:
                    await telephones.end(connection, claimed.conversation_id)
            case Rejected():
                done.refused = outcome.why
            case _:  # moved: telephones do not
                done.refused = "the gateway names another telephone"

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
        if done.waits is not None and not done.again:
            await self.outbox.later(claimed, done.waits.seconds, done.waits.why)
            return
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
