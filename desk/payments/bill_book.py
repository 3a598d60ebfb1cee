"""The gateway's bills by day, as staff see them: what was compared, what does not agree, an agency's report.

Nothing personal is shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.audit.trail import record
from desk.contract.errors import Conflict
from desk.contract.messages import Text
from desk.contract.staff import WITHIN, Actor, Permission
from desk.payments.bill_days import BillDays
from desk.payments.reconciliation import Comparison, Reconciliation
from desk.payments.report import AgencyReport, report_of
from desk.payments.service import Payments
from desk.store.database import transaction

PAGE = 31  # days
MOST = 500  # differences of a day that a person looks at; a report has all

# What is billed and none of ours is of no agency: whoever may see all sees it.
SEEN = WITHIN.format(city="orders.city", agency="orders.agency")
DAYS = text(f"""
    SELECT bill.day, bill.payments, bill.refunds, bill.compared_at,
           (SELECT count(*) FROM payment_differences AS differs
            LEFT JOIN orders ON orders.number = differs.order_number
            WHERE differs.day = bill.day AND NOT differs.mended AND {SEEN}) AS open_differences
    FROM bill_days AS bill WHERE CAST(:before AS date) IS NULL OR bill.day < :before
    ORDER BY bill.day DESC LIMIT :limit
""")
DIFFERENCES = text(f"""
    SELECT differs.kind, differs.order_number AS "order", orders.number IS NOT NULL AS is_ours, differs.refund,
           differs.billed, differs.ours, differs.mended
    FROM payment_differences AS differs LEFT JOIN orders ON orders.number = differs.order_number
    WHERE differs.day = :day AND {SEEN} ORDER BY differs.mended, differs.id LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class BillDay:
    """A day whose bill was compared. Lines of the bill are of all agencies; `open_differences` as far as one sees."""

    day: date
    payments: int
    refunds: int
    compared_at: datetime
    open_differences: int


@dataclass(frozen=True, slots=True)
class BillDifference:
    """In what a bill and our orders do not agree (`desk.payments.reconciliation.Kind`). Amounts in yuan.

    `is_ours`: there is such an order.
    """

    kind: str
    order: str
    is_ours: bool
    refund: str
    billed: Decimal | None
    ours: Decimal | None
    mended: bool


@dataclass(frozen=True)
class BillBook:
    """The bills of an installation. `payments` None: nothing is paid here."""

    engine: AsyncEngine
    payments: Payments | None

    async def days(self, actor: Actor, *, before: date | None = None, limit: int = PAGE) -> Sequence[BillDay]:
        """Days that were compared, the last first."""
        values = {"before": before, "limit": limit, **actor.places(Permission.PAYMENT_READ).values()}
        async with self.engine.connect() as connection:
            return [BillDay(**row._mapping) for row in await connection.execute(DAYS, values)]

    async def differences(self, actor: Actor, day: date, *, limit: int = MOST) -> Sequence[BillDifference]:
        """What does not agree on a day, of the agencies that the actor may see: what is open first."""
        values = {"day": day, "limit": limit, **actor.places(Permission.PAYMENT_READ).values()}
        async with self.engine.connect() as connection:
            return [BillDifference(**row._mapping) for row in await connection.execute(DIFFERENCES, values)]

    async def compare(self, actor: Actor, day: date) -> Comparison:
        """Compare the bill of a day with all orders, mend what can be mended, and note that it was.

        Raises:
            NotPermitted: the actor may not see the payments of all cities.
            Conflict: nothing is paid here.
            BackendError: the gateway cannot give the bill.
        """
        payments = self._opened()
        await self._noted(actor, "payment.reconcile", day)
        return await BillDays(payments.dependencies, Reconciliation(payments)).compare(day)

    async def report(self, actor: Actor, day: date, city: str, agency: str) -> AgencyReport:
        """Make the report of an agency's day; the bill of the day is compared first.

        Raises:
            NotPermitted: the actor may not see its payments.
            Conflict: nothing is paid here.
            BackendError: the gateway cannot give the bill.
        """
        payments = self._opened()
        await self._noted(actor, "payment.report", day, city, agency)
        compared = await Reconciliation(payments).of_day(day)
        return await report_of(self.engine, compared, city=city, agency=agency)

    def _opened(self) -> Payments:
        if self.payments is None:
            raise Conflict(
                "Nothing can be paid here: set DESK_ALIPAY_GATEWAY.", said=Text(key="console.error_nothing_paid")
            )
        return self.payments

    async def _noted(
        self, actor: Actor, act: str, day: date, city: str | None = None, agency: str | None = None
    ) -> None:
        """Keep in the audit what is about to be done, before it is."""
        actor.require(Permission.PAYMENT_READ, city, agency)
        async with transaction(self.engine) as connection:
            await record(connection, actor, act, subject=day.isoformat(), city=city, agency=agency)
