"""Days whose bill was not compared because the desk, or the gateway, was down. Real store, wire and sandbox."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from fixtures.payments import Mute, Otherwise, PayHouse

from desk.alipay.answers import CHINA
from desk.contract.errors import BackendUnavailable
from desk.payments.bill_days import BillDays
from desk.payments.ports import BillLine, Gateway
from desk.payments.reconciliation import Reconciliation
from desk.payments.service import Payments


class Without(Otherwise):
    """A gateway that cannot give the bill of one day."""

    def __init__(self, gateway: Gateway, day: date) -> None:
        super().__init__(gateway)
        self._day = day

    async def bill(self, day: date) -> Sequence[BillLine]:
        if day == self._day:
            raise BackendUnavailable("The bill cannot be had.")
        return await self.gateway.bill(day)


def _bills(paying: PayHouse, gateway: Gateway | None = None) -> BillDays:
    dependencies = paying.parts.payments.dependencies
    dependencies = dependencies if gateway is None else replace(dependencies, gateway=gateway)
    return BillDays(dependencies, Reconciliation(Payments(dependencies, Mute())))


async def _it_is(paying: PayHouse, days: int, hour: int) -> None:
    """So many days from now it is such an hour of China."""
    then = datetime.combine(datetime.now(CHINA).date() + timedelta(days=days), time(hour), CHINA)
    await paying.set_ahead(seconds=(then - datetime.now(UTC)).total_seconds())


async def _paid(paying: PayHouse) -> date:
    """A fine is paid, and its notification lost: only the bill knows it. Answers the day."""
    _, payment = await paying.offered()
    await paying.pay(payment)
    await paying.becomes(payment, "booked")
    return datetime.now(CHINA).date()


async def test_missed_days_are_compared_once_the_desk_is_up(paying: PayHouse) -> None:
    """Three mornings were missed: each day is compared, the oldest first, and none again."""
    day = await _paid(paying)
    await _it_is(paying, days=3, hour=15)
    assert await _bills(paying).compare_missed() == [day + timedelta(days=ahead) for ahead in range(3)]
    assert await _bills(paying).compare_missed() == []
    kept = await paying.house.scalar("SELECT payments FROM bill_days WHERE day = :day", day=day)
    assert kept == 1


async def test_bill_is_not_asked_for_before_it_is_made(paying: PayHouse) -> None:
    """At nine in the morning yesterday's bill may not be whole; at ten it is."""
    day = await _paid(paying)
    await _it_is(paying, days=1, hour=9)
    assert await _bills(paying).compare_missed() == []
    await _it_is(paying, days=1, hour=10)
    assert await _bills(paying).compare_missed() == [day]


async def test_day_that_cannot_be_had_holds_up_no_other(paying: PayHouse) -> None:
    """It comes again, and is compared when the gateway gives it."""
    day = await _paid(paying)
    await _it_is(paying, days=2, hour=12)
    failing = Without(paying.parts.payments.dependencies.gateway, day)
    assert await _bills(paying, failing).compare_missed() == [day + timedelta(days=1)]
    assert await _bills(paying).compare_missed() == [day]


async def test_nothing_is_asked_where_nothing_was_paid(paying: PayHouse) -> None:
    """A desk without payments asks for no bill."""
    await _it_is(paying, days=5, hour=12)
    assert await _bills(paying).compare_missed() == []
