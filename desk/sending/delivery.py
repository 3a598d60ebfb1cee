"""Carries one delivery to its platform, piece by piece, and notes what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from aiohttp import ClientSession
from prometheus_client import Counter, Histogram

from desk.accounts.people import name_of, open_address, seal_address
from desk.accounts.register import Register
from desk.accounts.rows import AccountRow
from desk.contract.channel import Account, Channel, Moved, Outcome, Piece, Rejected, RetryAfter, Sent, Stopped, Unknown
from desk.contract.rendered import RenderedMessage
from desk.contract.wire import Locale
from desk.conversations.numbered import Wording
from desk.conversations.stream import BULK
from desk.http.tracing import Value, follow, span
from desk.sending.lanes import LANES
from desk.sending.outbox import Claimed, End, Outbox
from desk.sending.pacing import Pacing
from desk.store.database import trace_of
from desk.store.keys import Keys, Unsealable

log = structlog.get_logger(__name__)
CALLS = Counter("desk_channel_calls_total", "Calls of platforms that show messages", ["channel", "outcome"])
AGE = Histogram(
    "desk_delivery_seconds",
    "From a message's writing to its arrival at the platform",
    ["channel", "lane"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200),
)

TRIES = 8  # of a message that alone is refused for now
PAUSES = (1.0, 2.0, 5.0, 15.0, 30.0, 60.0, 120.0)  # before each further try; never less than the platform asks for
TOO_OLD = (
    24 * 3600.0,
    48 * 3600.0,
    6 * 3600.0,
)  # seconds, by lane: what could not be sent in so long is of no use any more


@dataclass(frozen=True)
class Met:
    """What a delivery met with, as far as it concerns its account."""

    works: bool = False  # the platform answered as it should
    outage: str | None = None  # why the platform seems to be out
    holds_seconds: float = 0.0  # how long the platform wants to hear nothing
    refused: str | None = None  # why the platform takes nothing of this account any more


NOTHING = Met()


@dataclass(frozen=True)
class Deliverer:
    """Carries deliveries."""

    outbox: Outbox
    register: Register
    pacing: Pacing
    keys: Keys
    http: ClientSession
    wordings: Mapping[Locale, Wording]

    async def carry(self, claimed: Claimed, account: AccountRow, channel: Channel) -> Met:
        """Carry a delivery that is in our hands. Its first call is paid for at the account's bucket."""
        reply_to = claimed.message.get("in_reply_to")
        if reply_to is not None:
            follow(claimed.conversation_id, reply_to)
        address = await self.address(claimed, channel)
        if address is None:
            return NOTHING
        opened = self.register.opened(account)
        pieces = self.pieces(claimed, channel)
        uncertain, met, last = claimed.uncertain, NOTHING, Sent()
        for place in range(claimed.pieces, len(pieces)):
            wait = await self.wait(claimed, account, channel, first=place == claimed.pieces)
            if wait:
                await self.outbox.later(claimed, wait, None)
                return met
            outcome = await self._call(opened, channel, address, pieces[place])
            if isinstance(outcome, Moved):
                address = outcome.resident
                await self.move(claimed, address)
                outcome = await self._call(opened, channel, address, pieces[place])
            if pieces[place].beside and self._is_left_out(claimed, outcome):
                outcome = Sent()
            if not isinstance(outcome, Sent | Unknown):
                return await self.stopped(claimed, outcome)
            unknown = isinstance(outcome, Unknown)
            uncertain = uncertain or unknown
            met = Met(outage=outcome.why) if isinstance(outcome, Unknown) else Met(works=True)
            last = outcome if isinstance(outcome, Sent) else Sent()
            if place + 1 < len(pieces):
                await self.outbox.step(claimed, place + 1, last, uncertain=unknown)
        sent = len(pieces) if met.works else None
        await self.outbox.end(claimed, *last_of(uncertain), pieces=sent, sent=last)
        AGE.labels(channel=account.channel, lane=LANES[claimed.lane]).observe(claimed.age)
        if reply_to is not None:
            log.info("reply_sent", channel=account.channel, age_seconds=round(claimed.age, 3))
        return met

    async def address(self, claimed: Claimed, channel: Channel) -> str | None:
        """Where a delivery goes; None: nowhere, which is noted."""
        found = self.where(claimed, channel)
        if isinstance(found, str):
            return found
        await self.outbox.end(claimed, *found)
        return None

    def where(self, claimed: Claimed, channel: Channel) -> str | tuple[End, str]:
        """Where a delivery goes; or how it ends, and why, since it goes nowhere."""
        refusal = self._refusal(claimed, channel)
        if refusal is not None:
            return refusal
        try:
            return open_address(self.keys, claimed.account_id, claimed.external_id, claimed.address or b"")
        except Unsealable:
            return "dead", "the resident's address cannot be opened with this secret"

    def pieces(self, claimed: Claimed, channel: Channel) -> Sequence[Piece]:
        """What is sent of it: one call each."""
        message = RenderedMessage.model_validate(shown(claimed))
        if not channel.abilities.images:
            message = message.without_image()
        return channel.render(self.wordings[message.locale].of(message) if channel.abilities.numbers else message)

    def _is_left_out(self, claimed: Claimed, outcome: Outcome) -> bool:
        """Whether what goes beside a message is done with: refused, perhaps taken, or tried often enough.

        All that has to be read was sent before it.
        """
        match outcome:
            case Unknown() | Rejected(account=False):
                return True
            case RetryAfter(account=False, outage=False):
                return claimed.tries + 1 >= TRIES
            case _:
                return False

    def _refusal(self, claimed: Claimed, channel: Channel) -> tuple[End, str] | None:
        """Why a delivery is not even tried."""
        window = channel.abilities.reply_window
        if claimed.resident_state == "left":
            return "dropped", "the resident has left"
        if claimed.is_muted and claimed.lane == BULK:
            return "dropped", "the resident wants nothing unasked"
        if claimed.address is None:
            return "dead", "no address of the resident is known"
        if claimed.age > TOO_OLD[claimed.lane]:
            return "dead", "it could not be sent in time"
        if window is not None and (claimed.silence is None or claimed.silence > window.total_seconds()):
            return "dropped", "the resident has been silent for longer than the platform lets us answer"
        return None

    async def wait(self, claimed: Claimed, account: AccountRow, channel: Channel, *, first: bool) -> float:
        """Seconds until the next piece may be shown to the resident; 0: now. The `first` was paid for."""
        abilities, rate = channel.abilities, channel.abilities.rate(account.rate)
        wait = await self.pacing.resident(
            account.id, claimed.external_id, abilities.resident_rate, abilities.resident_burst
        )
        if wait:
            if first:
                await self.pacing.give_back(account.id, rate, 1)
            return wait
        if first:
            return 0.0
        granted = await self.pacing.account(account.id, rate, 1)
        return 0.0 if granted.calls else max(granted.wait_seconds, 0.01)

    async def waits(
        self, claimed: Sequence[Claimed], account: AccountRow, channel: Channel, *, first: bool
    ) -> list[float]:
        """The same of each of many deliveries of an account, which are asked for together."""
        abilities, rate = channel.abilities, channel.abilities.rate(account.rate)
        names = [one.external_id for one in claimed]
        waits = await self.pacing.residents(account.id, names, abilities.resident_rate, abilities.resident_burst)
        free = [at for at, wait in enumerate(waits) if not wait]
        if first:
            await self.pacing.give_back(account.id, rate, len(waits) - len(free))
        elif free:
            granted = await self.pacing.account(account.id, rate, len(free))
            for at in free[granted.calls :]:
                waits[at] = max(granted.wait_seconds, 0.01)
        return waits

    async def _call(self, opened: Account, channel: Channel, address: str, piece: Piece) -> Outcome:
        with span(f"send {channel.name}", "producer", delivering(channel)) as recorded:
            try:
                outcome = await channel.send(self.http, opened, address, piece)
            except Exception as exc:  # noqa: BLE001 - the loop of sending: a channel's fault is no other's
                log.error("channel_broke", channel=channel.name, account=opened.id, trace=trace_of(exc))
                outcome = Unknown(f"the channel broke: {type(exc).__name__}")
            kind = type(outcome).__name__.lower()
            recorded.attribute("desk.outcome", kind)
            if not isinstance(outcome, Sent | Moved):
                recorded.fail(kind)
        CALLS.labels(channel=channel.name, outcome=kind).inc()
        return outcome

    async def stopped(self, claimed: Claimed, outcome: Outcome) -> Met:
        """What becomes of a delivery whose piece was not taken."""
        match outcome:
            case RetryAfter():
                own = not outcome.account and not outcome.outage
                if own and claimed.tries + 1 >= TRIES:
                    await self.outbox.end(claimed, "dead", outcome.why)
                    return NOTHING
                pause = PAUSES[min(claimed.tries, len(PAUSES) - 1)] if own else 0.0
                await self.outbox.later(claimed, max(outcome.seconds, pause), outcome.why, counts=own)
                if outcome.outage:
                    return Met(outage=outcome.why)
                return Met(holds_seconds=outcome.seconds if outcome.account else 0.0)
            case Stopped():
                await self.outbox.leave(claimed, outcome.why)
                return Met(works=True)
            case Rejected():
                if outcome.account:
                    await self.outbox.later(claimed, 0.0, outcome.why)
                    return Met(refused=outcome.why)
                await self.outbox.end(claimed, "dead", outcome.why)
                return Met(works=True)
            case _:  # moved twice in one call: the platform leads in circles
                await self.outbox.end(claimed, "dead", "the platform names one address after another")
                return NOTHING

    async def move(self, claimed: Claimed, address: str) -> None:
        hashed = name_of(self.keys, claimed.account_id, address)
        await self.outbox.move(claimed, hashed, seal_address(self.keys, claimed.account_id, hashed, address))


def delivering(channel: Channel) -> Mapping[str, Value]:
    """What a span of a call says of it."""
    return {
        "messaging.system": channel.name,
        "messaging.operation.name": "deliver",
        "messaging.operation.type": "send",
    }


def shown(claimed: Claimed) -> dict[str, Any]:
    """What residents see of a message: without its number, place and time."""
    return {name: claimed.message[name] for name in RenderedMessage.model_fields if name in claimed.message}


def last_of(uncertain: bool) -> tuple[End, str | None]:
    """How a delivery ends whose last piece was taken, or may have been."""
    return ("unknown", "of a part of it the platform's answer was lost") if uncertain else ("sent", None)
