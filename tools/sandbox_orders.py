"""Orders at the pretend Alipay: made payable without their page, and closed when the pretend city begins anew.

The trades of open orders are gone then: nobody can pay what the city no longer knows.
"""

from sqlalchemy import text

from desk.contract.errors import Conflict
from desk.payments.cashier import CLOSE
from desk.payments.dependencies import PaymentDependencies
from desk.payments.opening import PaymentParts
from desk.payments.states import OrderEvent
from desk.store.database import transaction
from desk.store.deferring import REPLIES, defer

OPEN = text("""
    SELECT number FROM orders
    WHERE status = 'open' AND (CAST(:city AS text) IS NULL OR city = :city) ORDER BY created_at
""")


async def make_payable(payments: PaymentParts, number: str) -> None:
    """Make the gateway know of an order, as its pay page does when it is opened.

    Raises:
        NotFound: there is no such order.
        Conflict: it can no longer be paid.
        BackendError: the gateway did not answer.
    """
    await payments.pages.qr_code(number)


async def void_open(payments: PaymentParts, city: str | None, sandbox_url: str) -> list[str]:
    """Close all open orders of a city, or of all; answers their numbers. Each conversation gets the order's new status.

    Raises:
        Conflict: the gateway is not the sandbox's.
    """
    if not payments.alipay.gateway.startswith(f"{sandbox_url.rstrip('/')}/"):
        raise Conflict("Orders at a true gateway are not voided.")
    dependencies = payments.pages.dependencies
    async with dependencies.engine.connect() as connection:
        numbers = list((await connection.execute(OPEN, {"city": city})).scalars())
    return [number for number in numbers if await _void(dependencies, number)]


async def _void(dependencies: PaymentDependencies, number: str) -> bool:
    async with transaction(dependencies.engine) as connection:
        order = await dependencies.ledger.lock(connection, number)
        closed = order and await dependencies.ledger.apply(connection, order, OrderEvent.CLOSED, source="reset")
        if not closed:
            return False
        await defer(connection, CLOSE, lane=REPLIES, lock=f"order:{number}", order=number)
        await dependencies.notifier.tell(connection, closed, [])
    await dependencies.notifier.publish(closed)
    return True
