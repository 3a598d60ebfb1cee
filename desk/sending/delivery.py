"""Carries one delivery to its platform, piece by piece, and notes what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass

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
LANES = ("replies", "bulk", "urgent")

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
        refusal = self._refusal(claimed, channel)
        if refusal is not None:
            await self.outbox.end(claimed, *refusal)
            return NOTHING
        try:
            address = open_address(self.keys, claimed.account_id, claimed.external_id, claimed.address or b"")
        except Unsealable:
            await self.outbox.end(claimed, "dead", "the resident's address cannot be opened with this secret")
            return NOTHING
        opened = self.register.opened(account)
        shown = {name: claimed.message[name] for name in RenderedMessage.model_fields}
        message = RenderedMessage.model_validate(shown)
        if not channel.abilities.buttons:
            message = self.wordings[message.locale].of(message)
        pieces = channel.render(message)
        uncertain, met, last = claimed.uncertain, NOTHING, Sent()
        for place in range(claimed.pieces, len(pieces)):
            wait = await self._wait(claimed, account, channel, first=place == claimed.pieces)
            if wait:
                await self.outbox.later(claimed, wait, None)
                return met
            outcome = await self._call(opened, channel, address, pieces[place])
            if isinstance(outcome, Moved):
                address = outcome.resident
                await self._move(claimed, address)
                outcome = await self._call(opened, channel, address, pieces[place])
            if not isinstance(outcome, Sent | Unknown):
                return await self._stopped(claimed, outcome)
            unknown = isinstance(outcome, Unknown)
            uncertain = uncertain or unknown
            met = Met(outage=outcome.why) if isinstance(outcome, Unknown) else Met(works=True)
            last = outcome if isinstance(outcome, Sent) else Sent()
            if place + 1 < len(pieces):
                await self.outbox.step(claimed, place + 1, last, uncertain=unknown)
        sent = len(pieces) if met.works else None
        await self.outbox.end(claimed, *_last(uncertain), pieces=sent, sent=last)
        AGE.labels(channel=account.channel, lane=LANES[claimed.lane]).observe(claimed.age)
        return met

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

    async def _wait(self, claimed: Claimed, account: AccountRow, channel: Channel, *, first: bool) -> float:
        """Seconds until the next call may be made; 0: now."""
        abilities, rate = channel.abilities, rate_of(account, channel)
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

    async def _call(self, opened: Account, channel: Channel, address: str, piece: Piece) -> Outcome:
        try:
            outcome = await channel.send(self.http, opened, address, piece)
        except Exception as exc:  # noqa: BLE001 - the loop of sending: a channel's fault is no other's
            log.error("channel_broke", channel=channel.name, account=opened.id, trace=trace_of(exc))
            outcome = Unknown(f"the channel broke: {type(exc).__name__}")
        CALLS.labels(channel=channel.name, outcome=type(outcome).__name__.lower()).inc()
        return outcome

    async def _stopped(self, claimed: Claimed, outcome: Outcome) -> Met:
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

    async def _move(self, claimed: Claimed, address: str) -> None:
        hashed = name_of(self.keys, claimed.account_id, address)
        await self.outbox.move(claimed, hashed, seal_address(self.keys, claimed.account_id, hashed, address))


def rate_of(account: AccountRow, channel: Channel) -> float:
    """Calls a second of an account: the platform's bound, or less where the account says so."""
    bound = channel.abilities.account_rate
    return bound if account.rate is None else min(account.rate, bound)


def _last(uncertain: bool) -> tuple[End, str | None]:
    return ("unknown", "of a part of it the platform's answer was lost") if uncertain else ("sent", None)
