"""Says to residents what happened to their orders, in the transaction in which it happened."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.contract.messages import Reply
from desk.contract.wire import LOCALES
from desk.conversations import stream
from desk.conversations.live import Live
from desk.conversations.rows import message_event
from desk.payments.cashier import payment_event
from desk.payments.links import Links
from desk.payments.rows import OrderRow
from desk.texts.catalogs import Catalogs

SPOKEN = text("SELECT locale, manner FROM conversations WHERE id = :id")


class OrderNotifier:
    """Speaks in the conversation of an order; where there is none any more, nothing is said."""

    def __init__(self, catalogs: Catalogs, links: Links, live: Live) -> None:
        self._catalogs = catalogs
        self._links = links
        self._live = live

    async def tell(self, connection: AsyncConnection, order: OrderRow, replies: Sequence[Reply]) -> None:
        """Append messages and the order's new status to the stream: the last thing of a transaction."""
        if order.conversation_id is None:
            return
        spoken = (await connection.execute(SPOKEN, {"id": order.conversation_id})).one_or_none()
        if spoken is None:
            return
        locale = next(one for one in LOCALES if one == spoken.locale)
        catalogs = self._catalogs.in_manner(spoken.manner)
        payments = {order.number: order.payment(self._links)}
        messages = [catalogs.render(self._links.reply(reply), locale, payments) for reply in replies]
        events = [*(message_event(message, author="bot") for message in messages), payment_event(order, self._links)]
        away = not await self._live.is_watched(order.conversation_id)
        await stream.append(connection, order.conversation_id, events, news=away)

    async def publish(self, order: OrderRow) -> None:
        """Hint, after the commit, that something was said."""
        if order.conversation_id is not None:
            await self._live.publish(order.conversation_id)
