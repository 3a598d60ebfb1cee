"""What of an order a person must settle: one ticket each, and one message to the resident.

A matter is named by its kind and number; raising it again changes nothing, so whoever comes across it raises it.
"""

from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.contract.messages import Reply
from desk.payments import notices
from desk.payments.dependencies import PaymentDependencies
from desk.payments.metrics import ALARMS
from desk.payments.rows import OrderRow, RefundRow
from desk.tickets.queue import open_matter, settle_matter

log = structlog.get_logger(__name__)


class Kind(StrEnum):
    """Kinds of matters: the reason of their ticket, and of the alarm `desk_payment_alarms_total`."""

    AGENCY_SILENT = "agency_silent"  # it may have booked an order, and does not say so
    SECOND_TRADE = "second_trade"  # an order was paid twice
    AMOUNT_DIFFERS = "amount_differs"  # another amount than the order's was paid
    REFUND_REFUSED = "refund_refused"  # the gateway does not pay back


class Matters:
    """Raises matters of an order whose lock is held. Each answers whether it is new: then something was said."""

    def __init__(self, dependencies: PaymentDependencies) -> None:
        self._dependencies = dependencies

    async def agency_silent(self, connection: AsyncConnection, order: OrderRow) -> bool:
        """The agency may have taken the money and has not said so for long."""
        return await self._raise(connection, order, Kind.AGENCY_SILENT, order.number, notices.agency_silent)

    async def agency_spoke(self, connection: AsyncConnection, order: OrderRow) -> None:
        """The agency has said what it did: nothing is left for a clerk who has not begun."""
        await settle_matter(connection, f"{Kind.AGENCY_SILENT}:{order.number}")

    async def second_trade(self, connection: AsyncConnection, order: OrderRow, trade_no: str) -> bool:
        """The order was paid by another trade already."""
        return await self._raise(
            connection, order, Kind.SECOND_TRADE, f"{order.number}/{trade_no}", notices.second_trade
        )

    async def amount_differs(
        self, connection: AsyncConnection, order: OrderRow, trade_no: str, billed: Decimal
    ) -> bool:
        """Another amount was paid: nothing is booked for it."""

        def said(*about: object) -> Reply:
            return notices.amount_differs(*about, billed=billed)  # type: ignore[arg-type]

        return await self._raise(connection, order, Kind.AMOUNT_DIFFERS, f"{order.number}/{trade_no}", said)

    async def refund_refused(self, connection: AsyncConnection, order: OrderRow, refund: RefundRow) -> bool:
        """The gateway refused for good to pay money back."""

        def said(*about: object) -> Reply:
            return notices.refund_by_hand(*about, returned=refund.amount)  # type: ignore[arg-type]

        return await self._raise(connection, order, Kind.REFUND_REFUSED, refund.id, said)

    async def _raise(
        self, connection: AsyncConnection, order: OrderRow, kind: Kind, number: str, said: Callable[..., Reply]
    ) -> bool:
        dependencies = self._dependencies
        ticket = await open_matter(
            connection,
            order.conversation_id,
            city=order.city,
            agency=order.agency,
            reason=kind.value,
            service=order.service,
            matter=f"{kind}:{number}",
        )
        if ticket is None:
            return False
        ALARMS.labels(kind=kind.value).inc()
        log.error(kind.value, matter=number, city=order.city, service=order.service, ticket=ticket.reference)
        city = dependencies.cities[order.city]
        reply = said(order.amount, dependencies.subject(order), city, order.agency, order.number, ticket.reference)
        await dependencies.notifier.tell(connection, order, [reply])
        return True
