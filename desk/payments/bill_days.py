"""Days whose bill has been compared, and those still to be: none is left out because the desk was down that morning."""

from datetime import date, datetime, time, timedelta

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.alipay.answers import CHINA
from desk.contract.errors import BackendError
from desk.payments.dependencies import PaymentDependencies
from desk.payments.reconciliation import Comparison, Reconciliation
from desk.store.database import transaction

READY = time(10)  # China's time: Alipay has the bill of the day before from nine
BACK = timedelta(days=60)  # so far back bills are asked for; Alipay keeps them longer

FIRST = text("SELECT min(paid_at) FROM orders WHERE paid_at >= :since")
COMPARED = text("SELECT day FROM bill_days WHERE day >= :since")
KEEP = text("""
    INSERT INTO bill_days (day, payments, refunds, differences) VALUES (:day, :payments, :refunds, :differences)
    ON CONFLICT (day) DO UPDATE
    SET payments = excluded.payments, refunds = excluded.refunds, differences = excluded.differences,
        compared_at = clock_timestamp()
""")

log = structlog.get_logger(__name__)


class BillDays:
    """Compares what has not been compared."""

    def __init__(self, dependencies: PaymentDependencies, bills: Reconciliation) -> None:
        self._dependencies, self._bills = dependencies, bills

    async def compare(self, day: date) -> Comparison:
        """Compare one day, and note that it was.

        Raises:
            BackendError: the bill cannot be had; nothing is noted.
        """
        compared = await self._bills.of_day(day)
        async with transaction(self._dependencies.engine) as connection:
            values = {
                "day": day,
                "payments": compared.payments,
                "refunds": compared.refunds,
                "differences": len(compared.differences),
            }
            await connection.execute(KEEP, values)
        return compared

    async def compare_missed(self) -> list[date]:
        """Compare every day that is over and was not compared, the oldest first; answers which were.

        A day whose bill cannot be had holds up no other: it comes again with the next call.
        """
        async with self._dependencies.engine.connect() as connection:
            days = await self.missed(connection)
        done: list[date] = []
        for day in days:
            try:
                await self.compare(day)
            except BackendError as exc:
                log.warning("bill_cannot_be_compared", day=day.isoformat(), error=type(exc).__name__)
                continue
            done.append(day)
        return done

    async def missed(self, connection: AsyncConnection) -> list[date]:
        """Days since money was first taken whose bill is made by now, and was not compared."""
        last = _last_billed(self._dependencies.now())
        since = last - BACK
        begin = datetime.combine(since, time(), CHINA)
        first = (await connection.execute(FIRST, {"since": begin})).scalar_one_or_none()
        if first is None:
            return []
        compared = set((await connection.execute(COMPARED, {"since": since})).scalars())
        days = (first.astimezone(CHINA).date() + timedelta(days=ahead) for ahead in range(BACK.days + 1))
        return [day for day in days if day <= last and day not in compared]


def _last_billed(now: datetime) -> date:
    """The last day whose bill is made."""
    here = now.astimezone(CHINA)
    return here.date() - timedelta(days=1 if here.time() >= READY else 2)
