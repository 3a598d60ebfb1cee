"""What all of the room's services work with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from desk.city.files import City
from desk.contract.errors import NotFound
from desk.contract.messages import Text
from desk.payments.ledger import Ledger
from desk.payments.links import Links
from desk.payments.notifier import OrderNotifier
from desk.payments.ports import Gateway
from desk.payments.rows import OrderRow
from desk.store.keys import Keys
from desk.texts.catalogs import Catalogs


@dataclass(frozen=True)
class PaymentDependencies:
    """What all of the room's services work with. `now` is aware."""

    engine: AsyncEngine
    gateway: Gateway
    keys: Keys
    links: Links
    notifier: OrderNotifier
    catalogs: Catalogs
    cities: dict[str, City]
    now: Callable[[], datetime]

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.keys)

    def subject(self, order: OrderRow) -> Text:
        """What an order is for."""
        return order.opened(self.keys).subject

    async def find(self, number: str) -> OrderRow:
        """Find an order as it stands.

        Raises:
            NotFound: there is no such order.
        """
        async with self.engine.connect() as connection:
            order = await self.ledger.find(connection, number)
        if order is None:
            raise NotFound("There is no such order.")
        return order
