"""Orders at the pretend Alipay: made payable without their page, and closed when the pretend city begins anew.

The trades of open orders are gone then: nobody can pay what the city no longer knows.
"""

from sqlalchemy import text

from desk.contract.errors import Conflict
from desk.payments.cashier import CLOSE
from desk.payments.dependencies import Till
from desk.payments.opening import PaymentParts
from desk.payments.states import Happening
from desk.store.database import transaction
from desk.store.jobs import REPLIES, defer

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
    till = payments.pages.till
    async with till.engine.connect() as connection:
        numbers = list((await connection.execute(OPEN, {"city": city})).scalars())
    return [number for number in numbers if await _void(till, number)]


async def _void(till: Till, number: str) -> bool:
    async with transaction(till.engine) as connection:
        order = await till.ledger.lock(connection, number)
        closed = order and await till.ledger.happen(connection, order, Happening.CLOSED, source="reset")
        if not closed:
            return False
        await defer(connection, CLOSE, lane=REPLIES, lock=f"order:{number}", order=number)
        await till.voice.tell(connection, closed, [])
    await till.voice.publish(closed)
    return True
