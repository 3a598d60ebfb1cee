"""What is done with orders outside of turns: paid, booked, closed, checked.

Nothing is asked of the gateway or an agency inside a transaction. What they answer is written under the order's lock,
if the order is still in the state that the question was asked in: any of this may run twice, at once, or be killed.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.contract.agency_commands import BookCommand, Booking, BookItem
from desk.contract.errors import BackendError, BackendTimeout, BackendUnavailable, Conflict, NotFound
from desk.http.signatures import Signatures
from desk.payments import notices
from desk.payments.cashier import CLOSE, REFUND
from desk.payments.dependencies import PaymentDependencies
from desk.payments.ledger import is_expired
from desk.payments.matters import Matters
from desk.payments.ports import Agencies, Trade
from desk.payments.rows import OrderRow
from desk.payments.states import OrderEvent, State
from desk.store.database import transaction
from desk.store.deferring import REPLIES, defer

log = structlog.get_logger(__name__)

BOOK, CHECK = "payments.book", "payments.check"
PATIENCE = timedelta(hours=24)  # how long an agency that cannot be reached is asked again before money goes back
SILENCE = timedelta(hours=2)  # how long an agency that may have booked is asked again before a clerk sees to it
CHECKS = (timedelta(minutes=1), timedelta(minutes=3), timedelta(minutes=10))  # after the pay page was opened
CLOSE_AGAIN = timedelta(minutes=1)


class Payments:
    """Takes note of money, and sees to it that an order comes to its end."""

    def __init__(self, dependencies: PaymentDependencies, agencies: Agencies) -> None:
        self.dependencies = dependencies
        self._agencies = agencies
        self._signatures = Signatures(dependencies.keys)
        self._matters = Matters(dependencies)

    async def note(
        self,
        number: str,
        *,
        trade_no: str,
        trade_status: str,
        amount: str,
        is_paid: bool,
        paid_at: datetime | None,
        source: str,
        refund_request: str = "",
    ) -> bool:
        """Take note of what the gateway says of an order. Answers whether the order has become paid by it.

        `source` is notification, query or bill. The same again changes nothing.

        Raises:
            NotFound: there is no such order.
            Conflict: the amount is not the order's.
        """
        dependencies = self.dependencies
        async with transaction(dependencies.engine) as connection:
            order = await dependencies.ledger.lock(connection, number)
            if order is None:
                raise NotFound("The gateway speaks of an order that there is not.")
            differs, paid = Decimal(amount) != order.amount, None
            if differs:
                told = await self._differs(connection, order, trade_no, Decimal(amount), is_paid=is_paid, source=source)
            else:
                if source == "notification":
                    await dependencies.ledger.note_notification(
                        connection, order, trade_status=trade_status, refund_request=refund_request, trade_no=trade_no
                    )
                paid = await self._paid(connection, order, trade_no, paid_at, source) if is_paid else None
                told = paid is not None or (is_paid and await self._paid_twice(connection, order, trade_no))
        if told:
            await dependencies.notifier.publish(order)
        if differs:
            raise Conflict("The gateway speaks of another amount than the order's.")
        return paid is not None

    async def _paid(
        self, connection: AsyncConnection, order: OrderRow, trade_no: str, paid_at: datetime | None, source: str
    ) -> OrderRow | None:
        """Let a locked order be paid, and see that its agency is told. None: it was paid before."""
        dependencies = self.dependencies
        paid = await dependencies.ledger.apply(
            connection,
            order,
            OrderEvent.PAID,
            source=source,
            amount=order.amount,
            trade_no=trade_no,
            paid_at=paid_at or dependencies.now(),
        )
        if paid is not None:
            await defer(connection, BOOK, lane=REPLIES, lock=f"order:{order.number}", order=order.number)
            said = notices.paid(
                order.amount, dependencies.subject(order), dependencies.cities[order.city], order.agency
            )
            await dependencies.notifier.tell(connection, paid, [said])
        return paid

    async def _paid_twice(self, connection: AsyncConnection, order: OrderRow, trade_no: str) -> bool:
        return order.trade_no not in (None, trade_no) and await self._matters.second_trade(connection, order, trade_no)

    async def _differs(
        self,
        connection: AsyncConnection,
        order: OrderRow,
        trade_no: str,
        amount: Decimal,
        *,
        is_paid: bool,
        source: str,
    ) -> bool:
        """Another amount was paid, by the gateway's own word. What a notification says of that it is asked about."""
        if not is_paid:
            return False
        if source == "notification":
            await defer(connection, CHECK, lane=REPLIES, order=order.number)
            return False
        return await self._matters.amount_differs(connection, order, trade_no, amount)

    async def check(self, number: str, *, source: str = "query") -> bool:
        """Ask the gateway whether an order was paid. Answers whether it has become paid by this.

        Raises:
            BackendError: the gateway cannot say.
        """
        order = await self.dependencies.find(number)
        if order.state not in (State.OPEN, State.CLOSED):
            return False
        trade = await self.dependencies.gateway.query(number)
        return trade is not None and await self._note_trade(number, trade, source)

    async def _note_trade(self, number: str, trade: Trade, source: str) -> bool:
        return await self.note(
            number,
            trade_no=trade.trade_no,
            trade_status=trade.trade_status,
            amount=trade.total_amount,
            is_paid=was_paid(trade),
            paid_at=trade.paid_at,
            source=source,
        )

    async def close(self, number: str) -> None:
        """Close an order that has expired, or at the gateway one that a turn has closed; a paid one is noted as paid.

        Whether it was paid is asked first, and again when it could not be closed: money in flight is never missed.
        """
        order = await self.dependencies.find(number)
        expired = order.state is State.OPEN and is_expired(order, self.dependencies.now())
        if order.state is not State.CLOSED and not expired:
            return
        try:
            if order.opened_page_at is not None and not await self._close_trade(number):
                return
        except Conflict:  # another amount was paid: a clerk sees to it, and nothing expires
            return
        except BackendError as exc:
            log.warning("order_cannot_be_closed_yet", order=number, error=type(exc).__name__)
            async with transaction(self.dependencies.engine) as connection:
                await defer(connection, CLOSE, lane=REPLIES, after=CLOSE_AGAIN, order=number)
            return
        if expired:
            await self._expire(number)

    async def _close_trade(self, number: str) -> bool:
        """Answers whether the order is not, and cannot become, paid by a trade that there is.

        Raises:
            BackendError: the gateway cannot say.
        """
        gateway = self.dependencies.gateway
        trade = await gateway.query(number)
        if trade is not None and trade.trade_status == "WAIT_BUYER_PAY" and not await gateway.close(number):
            trade = await gateway.query(number)
            if trade is not None and trade.trade_status == "WAIT_BUYER_PAY":
                raise BackendUnavailable("The trade waits and cannot be closed.")
        if trade is None or not was_paid(trade):
            return True
        await self._note_trade(number, trade, "query")
        return False

    async def _expire(self, number: str) -> None:
        dependencies = self.dependencies
        async with transaction(dependencies.engine) as connection:
            order = await dependencies.ledger.lock(connection, number)
            closed = order and await dependencies.ledger.apply(connection, order, OrderEvent.CLOSED, source="job")
            if not closed:
                return
            said = notices.expired(
                closed.amount, dependencies.subject(closed), dependencies.cities[closed.city], closed.agency
            )
            await dependencies.notifier.tell(connection, closed, [said])
        await dependencies.notifier.publish(closed)

    async def book(self, number: str) -> None:
        """Tell the agency of a paid order, and write what became of it; later again where it cannot be told."""
        order = await self.dependencies.find(number)
        if order.state is not State.PAID:
            return
        assert order.trade_no is not None
        assert order.paid_at is not None
        items = order.opened(self.dependencies.keys).items
        command = BookCommand(
            service=order.service,
            city=order.city,
            order=order.number,
            trade_no=order.trade_no,
            paid_at=order.paid_at.isoformat(),
            items=[BookItem(reference=item.reference, amount=item.amount) for item in items],
        )
        command = command.model_copy(update={"signature": self._signatures.of_command(command.model_dump(mode="json"))})
        try:
            bookings = (await self._agencies.book(command)).bookings
        except BackendError as exc:
            reached = isinstance(exc, BackendTimeout) or not isinstance(exc, BackendUnavailable)
            outcome = "unknown" if reached else "unreached"
            bookings = [Booking.model_validate({"reference": item.reference, "outcome": outcome}) for item in items]
        await self._conclude(number, bookings, [Decimal(item.amount) for item in items])

    async def _conclude(self, number: str, bookings: Sequence[Booking], amounts: Sequence[Decimal]) -> None:
        dependencies = self.dependencies
        async with transaction(dependencies.engine) as connection:
            order = await dependencies.ledger.lock(connection, number)
            if order is None or order.state is not State.PAID:
                return
            assert order.paid_at is not None
            waited = dependencies.now() - order.paid_at
            if any(one.outcome == "unknown" for one in bookings) and not order.may_be_booked:
                order = await dependencies.ledger.set(connection, order, may_be_booked=True)
            if any(one.outcome in ("unknown", "unreached") for one in bookings):
                if waited < PATIENCE or order.may_be_booked:
                    await self._book_later(connection, order, waited)
                    if order.may_be_booked and waited >= SILENCE:  # it may have acted: no money goes back until it says
                        await self._matters.agency_silent(connection, order)
                    bookings = []
                else:
                    bookings = [_given_up(one) for one in bookings]
            if bookings:
                order = await self._end(connection, order, bookings, amounts)
                await self._matters.agency_spoke(connection, order)
        await dependencies.notifier.publish(order)

    async def _book_later(self, connection: AsyncConnection, order: OrderRow, waited: timedelta) -> None:
        """Again after half of the time that has passed since it was paid: 2 s at least, half an hour at most."""
        after = min(max(waited / 2, timedelta(seconds=2)), timedelta(minutes=30))
        await defer(connection, BOOK, lane=REPLIES, after=after, order=order.number)

    async def _end(
        self, connection: AsyncConnection, order: OrderRow, bookings: Sequence[Booking], amounts: Sequence[Decimal]
    ) -> OrderRow:
        dependencies = self.dependencies
        ledger, city, subject = dependencies.ledger, dependencies.cities[order.city], dependencies.subject(order)
        await ledger.note_bookings(connection, order, bookings)
        pairs = zip(bookings, amounts, strict=True)
        taken = sum((amount for one, amount in pairs if one.outcome == "booked"), Decimal(0))
        left = order.amount - taken
        why = next((one.code for one in bookings if one.outcome == "refused"), None)
        ended: OrderRow | None
        if not taken:
            ended = await ledger.apply(connection, order, OrderEvent.REFUND, source="job", amount=left)
            assert ended is not None
            await self._promise(connection, ended, left, why)
            await dependencies.notifier.tell(
                connection, ended, [notices.not_taken(left, subject, city, order.agency, why)]
            )
            return ended
        ended = await ledger.apply(
            connection, order, OrderEvent.BOOKED, source="job", amount=taken, booked_at=dependencies.now()
        )
        assert ended is not None
        ended = await ledger.issue_receipt(connection, ended)
        receipt = ended.receipt_number
        assert receipt is not None
        said = notices.booked(order.number, taken, subject, city, order.agency, receipt)
        if left:
            await ledger.apply(connection, ended, OrderEvent.PART_REFUND, source="job", amount=left)
            await self._promise(connection, ended, left, why)
            said = notices.booked_in_part(taken, left, subject, city, order.agency, receipt, why)
        await dependencies.notifier.tell(connection, ended, [said])
        return ended

    async def _promise(self, connection: AsyncConnection, order: OrderRow, amount: Decimal, why: str | None) -> None:
        reason = "not_reached" if why == "not-reached" else "not_taken"
        refund = await self.dependencies.ledger.add_refund(connection, order, amount, reason)
        await defer(connection, REFUND, lane=REPLIES, lock=f"order:{order.number}", refund=refund.id)


def was_paid(trade: Trade) -> bool:
    """Whether a trade was ever paid: a closed one was, if it was refunded since."""
    return trade.trade_status in ("TRADE_SUCCESS", "TRADE_FINISHED") or (
        trade.trade_status == "TRADE_CLOSED" and trade.paid_at is not None
    )


def _given_up(booking: Booking) -> Booking:
    if booking.outcome != "unreached":
        return booking
    return booking.model_copy(update={"outcome": "refused", "code": "not-reached"})
