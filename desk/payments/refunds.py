"""Paying money back, once: promised in the ledger first, then carried out by the gateway."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.contract.errors import BackendError, BackendRefused, Conflict, NotFound
from desk.contract.messages import Text
from desk.payments import notices
from desk.payments.cashier import REFUND
from desk.payments.dependencies import PaymentDependencies
from desk.payments.ledger import REFUND_COLUMNS
from desk.payments.matters import Matters
from desk.payments.rows import OrderRow, RefundRow
from desk.payments.states import OrderEvent, State
from desk.store.database import transaction
from desk.store.deferring import REPLIES, defer

log = structlog.get_logger(__name__)

PAUSE = timedelta(seconds=10)  # before the gateway can say what became of a refund
LONGEST_PAUSE = timedelta(minutes=30)
PASSING = frozenset({"ACQ.SELLER_BALANCE_NOT_ENOUGH"})  # refusals that pass by themselves

FIND = text(f"SELECT {REFUND_COLUMNS} FROM refunds WHERE id = :id")
TRY = text(f"""
    UPDATE refunds SET attempts = attempts + 1, tried_at = :now WHERE id = :id AND status = 'pending'
    RETURNING {REFUND_COLUMNS}
""")
END = text("""
    UPDATE refunds SET status = :status, code = :code, done_at = :now WHERE id = :id AND status = 'pending'
    RETURNING id
""")

type After = Callable[[], Awaitable[object]]
"""What is left to do after the commit."""


class Refunds:
    """Carries out what was promised, and promises on a clerk's word."""

    def __init__(self, dependencies: PaymentDependencies) -> None:
        self._dependencies = dependencies

    async def begin_in(
        self, connection: AsyncConnection, number: str, expected: Decimal | None = None
    ) -> tuple[RefundRow, After]:
        """Begin, on a clerk's word, to pay back the rest of an order: what is not back, nor on its way.

        Of an order that the agency refused in part, that part goes back by itself; the rest is what the agency took. If
        the gateway refused to pay that part back, it alone is asked for again: what the agency took stays with it.

        Args:
            connection: in a transaction of the caller.
            number: the order's.
            expected: yuan that the rest must still be.

        Raises:
            NotFound: there is no such order.
            Conflict: nothing of it can be paid back: it was not paid, or the agency is being told of it just now; or
                the rest is another than expected.
        """
        dependencies = self._dependencies
        order = await dependencies.ledger.lock(connection, number)
        if order is None:
            raise NotFound(f"There is no order {number}.")
        order, left, reason = await self._rest(connection, order)
        if expected is not None and left != expected:
            raise Conflict(f"Of order {number} {left:.2f} yuan can be paid back, and not {expected:.2f} as was asked.")
        refund = await dependencies.ledger.add_refund(connection, order, left, reason)
        await defer(connection, REFUND, lane=REPLIES, lock=f"order:{number}", refund=refund.id)
        await dependencies.notifier.tell(connection, order, [])
        return refund, lambda: dependencies.notifier.publish(order)

    async def _rest(self, connection: AsyncConnection, order: OrderRow) -> tuple[OrderRow, Decimal, str]:
        """The order after a clerk's word, what is to be paid back of it, and the reason."""
        ledger = self._dependencies.ledger
        left = await ledger.not_promised(connection, order)
        if order.state is State.REFUNDING and left:
            return order, left, "clerk"
        if order.state is not State.BOOKED or not left:
            raise Conflict(
                f"Nothing of order {order.number} can be paid back: it is {order.status}.",
                said=Text(key="console.error_refund_nothing"),
            )
        untaken = await ledger.untaken(connection, order)
        event, amount = (OrderEvent.PART_REFUND, untaken) if untaken else (OrderEvent.REFUND, left)
        changed = await ledger.apply(connection, order, event, source="clerk", amount=amount)
        assert changed is not None
        return changed, amount, "not_taken" if untaken else "clerk"

    async def carry_out(self, refund_id: str) -> None:
        """Pay back what was promised, unless it was; later again where the gateway cannot say."""
        async with transaction(self._dependencies.engine) as connection:
            refund = await self._take(connection, refund_id)
        if refund is None:
            return
        try:
            await self._ask(refund)
        except BackendError as exc:
            if isinstance(exc, BackendRefused) and exc.code.startswith("ACQ.") and exc.code not in PASSING:
                await self._refused(refund, exc.code)
            else:
                log.warning("refund_failed", refund=refund_id, error=type(exc).__name__)
                async with transaction(self._dependencies.engine) as connection:
                    await self._later(connection, refund)
            return
        await self._done(refund)

    async def _take(self, connection: AsyncConnection, refund_id: str) -> RefundRow | None:
        """Note an attempt before it is made: its outcome may be lost. None: nothing is to be done now."""
        row = (await connection.execute(FIND, {"id": refund_id})).one_or_none()
        refund = None if row is None else RefundRow(**row._mapping)
        if refund is None or refund.status != "pending":
            return None
        now = self._dependencies.now()
        if refund.tried_at is not None and now - refund.tried_at < PAUSE:
            await self._later(connection, refund)
            return None
        row = (await connection.execute(TRY, {"id": refund_id, "now": now})).one_or_none()
        return None if row is None else RefundRow(**row._mapping)

    async def _ask(self, refund: RefundRow) -> None:
        """Ask whether an earlier attempt did it; else do it. The gateway carries out one request once."""
        gateway, amount = self._dependencies.gateway, f"{refund.amount:.2f}"
        if refund.attempts > 1 and await gateway.refund_done(refund.order_number, refund.id):
            return
        why = self._dependencies.catalogs.text(Text(key=f"payments.back_{refund.reason}"), "zh_Hans")  # Alipay shows it
        await gateway.refund(refund.order_number, amount, refund.id, why)

    async def _later(self, connection: AsyncConnection, refund: RefundRow) -> None:
        after = min(PAUSE * 2 ** min(refund.attempts, 10), LONGEST_PAUSE)
        await defer(connection, REFUND, lane=REPLIES, after=after, refund=refund.id)

    async def _done(self, refund: RefundRow) -> None:
        dependencies = self._dependencies
        async with transaction(dependencies.engine) as connection:
            order = await self._end(connection, refund, "done", None)
            if order is None:
                return
            refunded = order.refunded + refund.amount
            whole = order.state is State.REFUNDING and refunded == order.amount
            event = OrderEvent.REFUNDED if whole else OrderEvent.PART_REFUNDED
            changed = await dependencies.ledger.apply(
                connection, order, event, source="job", amount=refund.amount, refunded=refunded
            )
            assert changed is not None
            subject, city = dependencies.subject(order), dependencies.cities[order.city]
            said = notices.refunded(refund.amount, subject, city, order.agency)
            await dependencies.notifier.tell(connection, changed, [said])
        await dependencies.notifier.publish(changed)

    async def _refused(self, refund: RefundRow, code: str) -> None:
        dependencies = self._dependencies
        log.error("refund_refused", refund=refund.id, code=code)
        async with transaction(dependencies.engine) as connection:
            order = await self._end(connection, refund, "refused", code)
            if order is None:
                return
            await Matters(dependencies).refund_refused(connection, order, refund)
        await dependencies.notifier.publish(order)

    async def _end(
        self, connection: AsyncConnection, refund: RefundRow, status: str, code: str | None
    ) -> OrderRow | None:
        """Take the order's lock and end the refund; None: another attempt has ended it."""
        order = await self._dependencies.ledger.lock(connection, refund.order_number)
        values = {"id": refund.id, "status": status, "code": code, "now": self._dependencies.now()}
        ended = (await connection.execute(END, values)).scalar_one_or_none()
        return order if ended is not None else None
