"""Requests that nobody decides: who may is reminded a day before the end, and who asked is told of the end.

Each happens once, in the transaction that notes it.
"""

from datetime import timedelta

from sqlalchemy import text

from desk.staff.requests import CLOCK, COLUMNS, Kind, Requests, ended, tell_deciders
from desk.staff.rows import RequestRow
from desk.store.database import transaction

REMINDED_BEFORE = timedelta(days=1)
AT_ONCE = 200  # requests that are reminded of in one transaction

ENDING = text(f"""
    WITH ending AS (
        SELECT id AS asked FROM staff_requests
        WHERE state = 'open' AND reminded_at IS NULL AND good_until > clock_timestamp()
          AND good_until < clock_timestamp() + :before
        ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED
    )
    UPDATE staff_requests SET reminded_at = clock_timestamp() FROM ending WHERE id = asked RETURNING {COLUMNS}
""")
OVERDUE = text("SELECT id FROM staff_requests WHERE state = 'open' AND good_until < clock_timestamp() ORDER BY id")
HOLD = text(f"""
    SELECT {COLUMNS} FROM staff_requests
    WHERE id = :id AND state = 'open' AND good_until < clock_timestamp() FOR UPDATE SKIP LOCKED
""")
EXPIRE = text("UPDATE staff_requests SET state = 'expired' WHERE id = :id")


async def remind(requests: Requests) -> int:
    """Remind those who may decide what ends within a day. Answers of how many requests."""
    async with transaction(requests.engine) as connection:
        rows = (await connection.execute(ENDING, {"before": REMINDED_BEFORE, "most": AT_ONCE})).all()
        for row in rows:
            await tell_deciders(connection, RequestRow(**row._mapping), ends_soon=True)
    return len(rows)


async def expire(requests: Requests) -> int:
    """End what nobody decided in time, as if it were refused, but by nobody. Answers how many."""
    async with requests.engine.connect() as connection:
        overdue = list((await connection.execute(OVERDUE)).scalars())
    return sum([await _expire_one(requests, one) for one in overdue])


async def _expire_one(requests: Requests, request_id: int) -> bool:
    async with transaction(requests.engine) as connection:
        row = (await connection.execute(HOLD, {"id": request_id})).one_or_none()
        if row is None:  # it was decided meanwhile, or somebody else ends it
            return False
        asked = RequestRow(**row._mapping)
        handler = requests.declined.get(Kind(asked.kind))
        # before the row is changed: who asks anew holds the conversation, and would wait for a change
        after = None if handler is None else await handler(connection, asked, CLOCK)
        await connection.execute(EXPIRE, {"id": request_id})
        await ended(connection, asked)
    if after is not None:
        await after()
    return True
