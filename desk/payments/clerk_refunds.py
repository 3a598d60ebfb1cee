"""Paying back on a clerk's word: up to a limit at once, above it once another member of staff allows it."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncConnection

from desk.audit.trail import reason_of, record
from desk.contract.errors import NotFound
from desk.contract.staff import Actor, Permission
from desk.payments.dependencies import PaymentDependencies
from desk.payments.refunds import After, Refunds
from desk.payments.rows import RefundRow
from desk.staff.requests import Kind, Requests, Wish
from desk.staff.rows import RequestRow
from desk.store.database import transaction


@dataclass(frozen=True)
class ClerkRefunds:
    """What clerks and whoever allows it do with refunds. `limit` is in yuan."""

    dependencies: PaymentDependencies
    limit: Decimal

    async def begin(self, actor: Actor, number: str, *, reason: str, requests: Requests) -> RefundRow | RequestRow:
        """Pay back the rest of an order, or ask that another allows it where it is above the limit.

        Raises:
            NotPermitted: the actor may not pay back what this agency took.
            NotFound: there is no such order.
            Conflict: nothing of it can be paid back just now; it is asked for already; no reason is given.
        """
        said = reason_of(reason)
        ledger = self.dependencies.ledger
        async with transaction(self.dependencies.engine) as connection:
            order = await ledger.lock(connection, number)
            if order is None:
                raise NotFound(f"There is no order {number}.")
            actor.require(Permission.PAYMENT_REFUND, order.city, order.agency)
            async with connection.begin_nested() as trial:
                refund, after = await Refunds(self.dependencies).begin_in(connection, number)
                if refund.amount > self.limit:
                    await trial.rollback()
            if refund.amount > self.limit:
                what = {"amount": f"{refund.amount:.2f}"}
                wish = Wish(Kind.REFUND, number, what, said, order.city, order.agency)
                return (await requests.ask_in(connection, actor, wish))[0]
            await record(
                connection,
                actor,
                "payment.refund",
                subject=number,
                of=order,
                reason=said,
                details={"amount": f"{refund.amount:.2f}", "refund": refund.id},
            )
        await after()
        return refund

    async def allowed(self, connection: AsyncConnection, asked: RequestRow, actor: Actor) -> After:  # noqa: ARG002
        """Pay back what was asked for and allowed (`desk.staff.requests.Handler`)."""
        _, after = await Refunds(self.dependencies).begin_in(connection, asked.subject, Decimal(asked.what["amount"]))
        return after
