"""The daily bill against our orders, line by line.

What can be mended is mended: money that the bill knows and we missed is asked of the gateway and noted. Everything that
does not agree is kept in `payment_differences`; what could not be mended raises the alarm.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import batched

import structlog
from sqlalchemy import text

from desk.alipay.answers import CHINA
from desk.contract.errors import BackendUnavailable, Conflict
from desk.payments.ledger import REFUND_COLUMNS
from desk.payments.matters import Matters
from desk.payments.metrics import ALARMS
from desk.payments.ports import BillLine
from desk.payments.refunds import Refunds
from desk.payments.rows import RefundRow
from desk.payments.service import Payments, was_paid
from desk.payments.states import HAS_MONEY, State
from desk.store.database import transaction

log = structlog.get_logger(__name__)

CHUNK = 1000

ORDERS = text("SELECT number, amount, status, trade_no FROM orders WHERE number = ANY (:numbers)")
REFUNDS = text(f"SELECT {REFUND_COLUMNS} FROM refunds WHERE id = ANY (:ids)")
PAID = text("SELECT number, amount FROM orders WHERE paid_at >= :since AND paid_at < :until ORDER BY number")
PAID_BACK = text(f"""
    SELECT {REFUND_COLUMNS} FROM refunds
    WHERE status = 'done' AND done_at >= :since AND done_at < :until ORDER BY id
""")
MENDED = text("UPDATE payment_differences SET mended = true WHERE day = :day AND NOT mended")
"""Before what a comparison finds is kept: what it finds no more agrees by now."""
KEEP = text("""
    INSERT INTO payment_differences (day, kind, order_number, refund, billed, ours, mended)
    VALUES (:day, :kind, :order_number, :refund, :billed, :ours, :mended)
    ON CONFLICT (day, kind, order_number, refund) DO UPDATE SET mended = excluded.mended
""")


class Kind(StrEnum):
    """In what the bill and our orders do not agree."""

    UNKNOWN_ORDER = "unknown_order"  # billed, and none of ours
    AMOUNT = "amount"
    SECOND_TRADE = "second_trade"  # paid twice
    MISSED = "missed"  # billed, and not noted here until now
    NOT_BILLED = "not_billed"  # noted here, and the gateway does not know of it
    UNKNOWN_REFUND = "unknown_refund"
    REFUND_AMOUNT = "refund_amount"
    REFUND_MISSED = "refund_missed"  # billed, and not noted here until now
    REFUND_NOT_BILLED = "refund_not_billed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference; amounts in yuan, None where one side has none."""

    kind: Kind
    order: str
    refund: str = ""
    billed: Decimal | None = None
    ours: Decimal | None = None
    mended: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of a day."""

    day: date
    payments: int  # lines of the bill
    refunds: int
    differences: Sequence[Difference]
    lines: Sequence[BillLine]  # the bill

    @property
    def agrees(self) -> bool:
        """Whether everything agrees by now."""
        return all(difference.mended for difference in self.differences)


@dataclass(frozen=True, slots=True)
class _Ours:
    number: str
    amount: Decimal
    status: str
    trade_no: str | None


class Reconciliation:
    """Compares days."""

    def __init__(self, payments: Payments) -> None:
        self._payments = payments
        self._dependencies = payments.dependencies
        self._refunds = Refunds(payments.dependencies)

    async def of_day(self, day: date) -> Comparison:
        """Compare a day that is over (China's time), mend what can be mended, and keep the differences.

        Raises:
            BackendUnavailable: the bill is empty although money was taken that day: it is not made yet.
            BackendError: the gateway cannot give the bill.
        """
        lines = await self._dependencies.gateway.bill(day)
        paid = [line for line in lines if line.kind == "payment"]
        back = [line for line in lines if line.kind == "refund"]
        since = datetime.combine(day, time(), CHINA)
        until = since + timedelta(days=1)
        differences = [
            *await self._compare_payments(paid),
            *await self._compare_refunds(back),
            *await self._not_billed(paid, since, until, is_empty=not lines),
            *await self._refunds_not_billed(back, since, until),
        ]
        await self._keep(day, differences)
        return Comparison(day, len(paid), len(back), differences, lines)

    async def _compare_payments(self, lines: Sequence[BillLine]) -> list[Difference]:
        found: list[Difference] = []
        for chunk in batched(lines, CHUNK, strict=False):
            ours = await self._orders(line.order for line in chunk)
            for line in chunk:
                difference = await self._compare_payment(line, ours.get(line.order))
                found += [] if difference is None else [difference]
        return found

    async def _compare_payment(self, line: BillLine, ours: _Ours | None) -> Difference | None:
        billed = Decimal(line.amount)
        if ours is None:
            return Difference(Kind.UNKNOWN_ORDER, line.order, billed=billed)
        if ours.amount != billed:
            await self._raise(line)
            return Difference(Kind.AMOUNT, line.order, billed=billed, ours=ours.amount)
        if State(ours.status) not in HAS_MONEY:
            try:
                mended = await self._payments.check(line.order, source="bill")
            except Conflict:
                mended = False
            return Difference(Kind.MISSED, line.order, billed=billed, ours=ours.amount, mended=mended)
        if ours.trade_no != line.trade_no:
            await self._raise(line)
            return Difference(Kind.SECOND_TRADE, line.order, billed=billed, ours=ours.amount)
        return None

    async def _raise(self, line: BillLine) -> None:
        """A clerk must see to a payment of another amount, or to a second one; the resident is told."""
        dependencies, matters = self._dependencies, Matters(self._dependencies)
        async with transaction(dependencies.engine) as connection:
            order = await dependencies.ledger.lock(connection, line.order)
            assert order is not None
            if Decimal(line.amount) != order.amount:
                await matters.amount_differs(connection, order, line.trade_no, Decimal(line.amount))
            else:
                await matters.second_trade(connection, order, line.trade_no)
        await dependencies.notifier.publish(order)

    async def _compare_refunds(self, lines: Sequence[BillLine]) -> list[Difference]:
        found: list[Difference] = []
        for chunk in batched(lines, CHUNK, strict=False):
            ours = await self._promised(line.refund_request or "" for line in chunk)
            for line in chunk:
                difference = await self._compare_refund(line, ours.get(line.refund_request or ""))
                found += [] if difference is None else [difference]
        return found

    async def _compare_refund(self, line: BillLine, ours: RefundRow | None) -> Difference | None:
        billed, request = -Decimal(line.amount), line.refund_request or ""
        if ours is None or ours.order_number != line.order:
            return Difference(Kind.UNKNOWN_REFUND, line.order, request, billed=billed)
        if ours.amount != billed:
            return Difference(Kind.REFUND_AMOUNT, line.order, request, billed=billed, ours=ours.amount)
        if ours.status == "done":
            return None
        await self._refunds.carry_out(ours.id)
        now = (await self._promised([ours.id]))[ours.id]
        return Difference(
            Kind.REFUND_MISSED, line.order, request, billed=billed, ours=ours.amount, mended=now.status == "done"
        )

    async def _not_billed(
        self, lines: Sequence[BillLine], since: datetime, until: datetime, *, is_empty: bool
    ) -> list[Difference]:
        """Orders that were paid that day by our clock, are not in the bill, and by the gateway's were not later."""
        billed = {line.order for line in lines}
        async with self._dependencies.engine.connect() as connection:
            rows = (await connection.execute(PAID, {"since": since, "until": until})).all()
        found = []
        for number, amount in rows:
            if number in billed:
                continue
            trade = await self._dependencies.gateway.query(number)
            if trade is not None and was_paid(trade):
                if trade.paid_at is not None and not since <= trade.paid_at < until:
                    continue
                if is_empty:
                    raise BackendUnavailable(f"The bill of {since:%Y-%m-%d} is not made yet.")
            found.append(Difference(Kind.NOT_BILLED, number, ours=amount))
        return found

    async def _refunds_not_billed(
        self, lines: Sequence[BillLine], since: datetime, until: datetime
    ) -> list[Difference]:
        billed = {line.refund_request for line in lines}
        async with self._dependencies.engine.connect() as connection:
            rows = (await connection.execute(PAID_BACK, {"since": since, "until": until})).all()
        found = []
        for refund in [RefundRow(**row._mapping) for row in rows]:
            if refund.id in billed or await self._dependencies.gateway.refund_done(refund.order_number, refund.id):
                continue  # done, by the gateway's clock on another day: in that day's bill it is compared
            found.append(Difference(Kind.REFUND_NOT_BILLED, refund.order_number, refund.id, ours=refund.amount))
        return found

    async def _orders(self, numbers: Iterable[str]) -> Mapping[str, _Ours]:
        async with self._dependencies.engine.connect() as connection:
            rows = await connection.execute(ORDERS, {"numbers": list(numbers)})
            return {row.number: _Ours(**row._mapping) for row in rows}

    async def _promised(self, ids: Iterable[str]) -> Mapping[str, RefundRow]:
        async with self._dependencies.engine.connect() as connection:
            rows = await connection.execute(REFUNDS, {"ids": list(ids)})
            return {row.id: RefundRow(**row._mapping) for row in rows}

    async def _keep(self, day: date, differences: Sequence[Difference]) -> None:
        values = [
            {
                "day": day,
                "kind": one.kind.value,
                "order_number": one.order,
                "refund": one.refund,
                "billed": one.billed,
                "ours": one.ours,
                "mended": one.mended,
            }
            for one in differences
        ]
        async with transaction(self._dependencies.engine) as connection:
            await connection.execute(MENDED, {"day": day})
            if values:
                await connection.execute(KEEP, values)
        for one in differences:
            if not one.mended:
                ALARMS.labels(kind=f"bill_{one.kind.value}").inc()
                log.error("bill_differs", day=day.isoformat(), kind=one.kind.value, order=one.order)
