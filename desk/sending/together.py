"""Carries many deliveries to their platform at once, where one call takes a piece for many residents.

What is the same for all of them is made once; each has an end of its own. A call whose answer was lost leaves all of
its deliveries unknown, as one call of one resident does; before a call begins all that is prepared for it may be lost
with us and is sent by another.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import batched, compress
from typing import Self

import structlog

from desk.accounts.rows import AccountRow
from desk.contract.channel import Account, Channel, Moved, Multicast, Outcome, Piece, Sent, Unknown
from desk.conversations.stream import dump
from desk.http.tracing import batch_span
from desk.sending.delivery import AGE, CALLS, NOTHING, Deliverer, Met, delivering, last_of, shown
from desk.sending.lanes import LANES
from desk.sending.outbox import NOTHING as NO_ID
from desk.sending.outbox import Claimed, ended
from desk.store.database import trace_of

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Going:
    """A delivery that goes to an address; `uncertain`: whether a piece of it arrived is not known."""

    claimed: Claimed
    address: str
    uncertain: bool

    def taken(self, outcome: Outcome) -> Self:
        """The same after a piece."""
        return replace(self, uncertain=self.uncertain or isinstance(outcome, Unknown))


@dataclass(frozen=True)
class Together:
    """Carries deliveries of one account together."""

    deliverer: Deliverer

    def most_at_once(self, account: AccountRow, channel: Channel) -> int:
        """So many deliveries of an account may share a call; 1: each has its own."""
        if not isinstance(channel, Multicast):
            return 1
        return channel.most_at_once(self.deliverer.register.opened(account))

    async def carry(self, claimed: Sequence[Claimed], account: AccountRow, channel: Channel) -> Met:
        """Carry deliveries that are in our hands; the first call to each resident is paid for at the account's bucket.

        Answers the worst that was met with.
        """
        assert isinstance(channel, Multicast)
        alike: dict[tuple[str, int], list[Going]] = {}
        nowhere = []
        for one in claimed:
            found = self.deliverer.where(one, channel)
            if isinstance(found, str):
                alike.setdefault((dump(shown(one)), one.pieces), []).append(Going(one, found, one.uncertain))
            else:
                nowhere.append(ended(one, *found))
        await self.deliverer.outbox.end_all(nowhere)
        met = [await self._carry(going, account, channel) for going in alike.values()]
        return max(met, key=_weight, default=NOTHING)

    async def _carry(self, going: list[Going], account: AccountRow, channel: Channel) -> Met:
        """Carry deliveries of the same message, of which equally many pieces were sent."""
        done = going[0].claimed.pieces
        pieces = self.deliverer.pieces(going[0].claimed, channel)
        met = NOTHING
        for place in range(done, len(pieces)):
            going = await self._due(going, account, channel, first=place == done)
            if not going:
                return met
            taken, refused = list[tuple[Going, Sent | Unknown]](), []
            for one, outcome in await self._call(going, account, channel, pieces[place]):
                if isinstance(outcome, Sent | Unknown):
                    taken.append((one.taken(outcome), outcome))
                else:
                    refused.append(self._refused(one, outcome))
            await self._note(taken, place + 1, is_last=place + 1 == len(pieces))
            said = [_met(outcome) for _, outcome in taken] + await asyncio.gather(*refused)
            met = max([met, *said], key=_weight)
            going = [one for one, _ in taken]
        if going:
            ages = AGE.labels(channel=account.channel, lane=LANES[going[0].claimed.lane])
            for one in going:
                ages.observe(one.claimed.age)
        return met

    async def _due(self, going: Sequence[Going], account: AccountRow, channel: Channel, *, first: bool) -> list[Going]:
        """Those to whom a piece may be shown now; the others are put back."""
        waits = await self.deliverer.waits([one.claimed for one in going], account, channel, first=first)
        back = [(one.claimed, wait) for one, wait in zip(going, waits, strict=True) if wait]
        await asyncio.gather(*(self.deliverer.outbox.later(one, wait, None) for one, wait in back))
        return [one for one, wait in zip(going, waits, strict=True) if not wait]

    async def _call(
        self, going: Sequence[Going], account: AccountRow, channel: Channel, piece: Piece
    ) -> list[tuple[Going, Outcome]]:
        """What became of the piece for each who was still in our hands."""
        opened, outcomes = self.deliverer.register.opened(account), list[tuple[Going, Outcome]]()
        for some in batched(going, self.most_at_once(account, channel), strict=False):
            still = list(compress(some, await self.deliverer.outbox.begin([one.claimed for one in some])))
            if still:
                said = await self._called(opened, channel, [one.address for one in still], piece)
                outcomes += zip(still, said, strict=True)
        return outcomes

    async def _called(
        self, opened: Account, channel: Channel, addresses: Sequence[str], piece: Piece
    ) -> Sequence[Outcome]:
        assert isinstance(channel, Multicast)
        with batch_span(f"send {channel.name}", "producer", delivering(channel), len(addresses)) as recorded:
            try:
                outcomes = await channel.send_to_many(self.deliverer.http, opened, addresses, piece)
            except Exception as exc:  # noqa: BLE001 - as in `Deliverer`: a channel's fault is no other's
                log.error("channel_broke", channel=channel.name, account=opened.id, trace=trace_of(exc))
                outcomes = [Unknown(f"the channel broke: {type(exc).__name__}")] * len(addresses)
            became = Counter(type(one).__name__.lower() for one in outcomes)
            [(most, _)] = became.most_common(1)
            recorded.attribute("desk.outcome", most)
            if not any(isinstance(one, Sent | Moved) for one in outcomes):
                recorded.fail(most)
        for outcome, count in became.items():
            CALLS.labels(channel=channel.name, outcome=outcome).inc(count)
        return outcomes

    async def _refused(self, one: Going, outcome: Outcome) -> Met:
        """Note what was not taken; who has another address now is written to there, in a call to come."""
        if not isinstance(outcome, Moved):
            return await self.deliverer.stopped(one.claimed, outcome)
        await self.deliverer.move(one.claimed, outcome.resident)
        await self.deliverer.outbox.later(one.claimed, 0.0, None)
        return NOTHING

    async def _note(self, taken: Sequence[tuple[Going, Sent | Unknown]], pieces: int, *, is_last: bool) -> None:
        """Note that so many pieces were taken, or may have been."""
        outbox = self.deliverer.outbox
        if not is_last:
            for one, outcome in taken:
                uncertain = isinstance(outcome, Unknown)
                await outbox.step(one.claimed, pieces, _sent(outcome), uncertain=uncertain, together=True)
            return
        ends = [
            ended(
                one.claimed,
                *last_of(one.uncertain),
                pieces=pieces if isinstance(outcome, Sent) else None,
                sent=_sent(outcome),
            )
            for one, outcome in taken
        ]
        await outbox.end_all(ends)


def _sent(outcome: Sent | Unknown) -> Sent:
    return outcome if isinstance(outcome, Sent) else NO_ID


def _met(outcome: Sent | Unknown) -> Met:
    return Met(outage=outcome.why) if isinstance(outcome, Unknown) else Met(works=True)


def _weight(met: Met) -> int:
    """How much it concerns the account: refused most, then held, then out."""
    return 4 * (met.refused is not None) + 3 * bool(met.holds_seconds) + 2 * (met.outage is not None) + met.works
