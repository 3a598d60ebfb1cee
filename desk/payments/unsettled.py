"""Finding, every quarter of an hour, what has not come to its end: lost notifications and jobs. Asks nobody itself."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.payments.cashier import CLOSE, REFUND
from desk.payments.service import BOOK, CHECK
from desk.store.deferring import REPLIES, defer

MOST = 1000  # of each kind, at once; the oldest first

OPEN = text(f"""
    SELECT number FROM orders WHERE status = 'open' AND opened_page_at IS NOT NULL AND expires_at > clock_timestamp()
    ORDER BY created_at LIMIT {MOST}
""")
EXPIRED = text(f"""
    SELECT number FROM orders
    WHERE status = 'open' AND expires_at < clock_timestamp() - interval '2 minutes' ORDER BY created_at LIMIT {MOST}
""")
CLOSED = text(f"""
    SELECT number FROM orders
    WHERE status = 'closed' AND opened_page_at IS NOT NULL AND expires_at > clock_timestamp() - interval '2 hours'
    ORDER BY created_at LIMIT {MOST}
""")
PAID = text(f"""
    SELECT number FROM orders WHERE status = 'paid' AND paid_at < clock_timestamp() - interval '10 minutes'
    ORDER BY created_at LIMIT {MOST}
""")
REFUNDS = text(f"""
    SELECT id FROM refunds WHERE status = 'pending' AND coalesce(tried_at, created_at) < clock_timestamp()
           - interval '10 minutes'
    ORDER BY created_at LIMIT {MOST}
""")


@dataclass(frozen=True, slots=True)
class Unsettled:
    """What was found, as job and argument."""

    task: str
    argument: str
    values: tuple[str, ...]


async def look(connection: AsyncConnection) -> int:
    """Queue a job for everything that is unsettled. Jobs are fenced: one more does no harm. Answers how many."""
    found = [
        Unsettled(task, argument, tuple((await connection.execute(statement)).scalars()))
        for task, argument, statement in (
            (CHECK, "order", OPEN),
            (CHECK, "order", CLOSED),
            (CLOSE, "order", EXPIRED),
            (BOOK, "order", PAID),
            (REFUND, "refund", REFUNDS),
        )
    ]
    for kind in found:
        for value in kind.values:
            argument: dict[str, Any] = {kind.argument: value}
            await defer(connection, kind.task, lane=REPLIES, **argument)
    return sum(len(kind.values) for kind in found)
