"""Voiding what is open when the pretend city begins anew. May not know the sandbox: only that it is one.

The trades of such orders are gone or will be closed: nobody can pay what the city no longer knows.
"""

from sqlalchemy import text

from desk.contract.errors import Conflict
from desk.payments.cashier import CLOSE
from desk.payments.dependencies import Till
from desk.payments.states import Happening
from desk.store.database import transaction
from desk.store.jobs import REPLIES, defer

OPEN = text("""
    SELECT number FROM orders
    WHERE status = 'open' AND (CAST(:city AS text) IS NULL OR city = :city) ORDER BY created_at
""")


async def void_open(till: Till, city: str | None, *, pretends: bool) -> list[str]:
    """Close all open orders of a city, or of all; answers their numbers. Each conversation gets the order's new status.

    Raises:
        Conflict: the gateway is a true one.
    """
    if not pretends:
        raise Conflict("Orders at a true gateway are not voided.")
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
