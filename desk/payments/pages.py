"""What a pay page does with its order: shown, prepared for paying."""

import math
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import text

from desk.contract.errors import Conflict
from desk.contract.wire import LOCALES
from desk.payments.dependencies import PaymentDependencies
from desk.payments.ledger import is_expired
from desk.payments.rows import OrderRow
from desk.payments.service import CHECK, CHECKS
from desk.payments.states import State
from desk.store.database import transaction
from desk.store.deferring import REPLIES, defer

type Device = Literal["phone", "desk"]

OPENED = text("""
    UPDATE orders SET opened_page_at = clock_timestamp() WHERE number = :number AND opened_page_at IS NULL
    RETURNING number
""")
BELONGS = text("SELECT number FROM orders WHERE number = :number AND conversation_id = :conversation_id")
KEEP_CODE = text("UPDATE orders SET qr_code = :qr_code WHERE number = :number AND status = 'open'")


class PayPages:
    """The desk's side of pay pages."""

    def __init__(self, dependencies: PaymentDependencies) -> None:
        self.dependencies = dependencies

    async def address(self, number: str, device: Device) -> str:
        """Make the address of the provider's page that fits the device.

        Raises:
            NotFound: there is no such order.
            Conflict: it cannot be paid any more.
        """
        order = await self._payable(number)
        return self.dependencies.gateway.page_url(
            "alipay.trade.wap.pay" if device == "phone" else "alipay.trade.page.pay",
            order.number,
            f"{order.amount:.2f}",
            self._subject(order),
            minutes=_minutes_left(order, self.dependencies.now()),
            return_url=self.dependencies.links.pay_page_after(order.number),
            quit_url=self.dependencies.links.pay_page(order.number),
        )

    async def qr_code(self, number: str) -> str:
        """Give what the order's QR code says; the gateway makes it once.

        Raises:
            NotFound: there is no such order.
            Conflict: it cannot be paid any more.
            BackendError: the gateway does not make one.
        """
        order = await self._payable(number)
        if order.qr_code is not None:
            return order.qr_code
        minutes = _minutes_left(order, self.dependencies.now())
        made = await self.dependencies.gateway.precreate(
            order.number, f"{order.amount:.2f}", self._subject(order), minutes=minutes
        )
        async with transaction(self.dependencies.engine) as connection:
            await connection.execute(KEEP_CODE, {"number": number, "qr_code": made.qr_code})
        return made.qr_code

    async def trade(self, number: str, *, buyer: str, mini_program: str) -> str:
        """Open the trade by which a buyer pays an order in a mini program; answers Alipay's number of it.

        Raises:
            NotFound: there is no such order.
            Conflict: it cannot be paid any more.
            BackendError: the gateway does not make one.
        """
        order = await self._payable(number)
        minutes = _minutes_left(order, self.dependencies.now())
        return await self.dependencies.gateway.create(
            order.number,
            f"{order.amount:.2f}",
            self._subject(order),
            minutes=minutes,
            buyer=buyer,
            mini_program=mini_program,
        )

    async def belongs(self, number: str, conversation_id: UUID) -> bool:
        """Whether an order was opened in a conversation."""
        async with self.dependencies.engine.connect() as connection:
            found = await connection.execute(BELONGS, {"number": number, "conversation_id": conversation_id})
        return found.scalar_one_or_none() is not None

    async def _payable(self, number: str) -> OrderRow:
        """Find an order that can be paid, and note before anything else that it may be from now on: checks are due."""
        order = await self.dependencies.find(number)
        if order.state is not State.OPEN or is_expired(order, self.dependencies.now()):
            raise Conflict("The order cannot be paid any more.")
        if order.opened_page_at is None:
            async with transaction(self.dependencies.engine) as connection:
                first = (await connection.execute(OPENED, {"number": number})).scalar_one_or_none() is not None
                for after in CHECKS if first else ():
                    await defer(connection, CHECK, lane=REPLIES, after=after, order=number)
        return order

    def _subject(self, order: OrderRow) -> str:
        locale = next(one for one in LOCALES if one == order.locale)
        return self.dependencies.catalogs.text(self.dependencies.subject(order), locale)


def _minutes_left(order: OrderRow, now: datetime) -> int:
    """Whole minutes in which an order can be paid: one at least, since no provider knows less."""
    return max(1, math.floor((order.expires_at - now).total_seconds() / 60))
