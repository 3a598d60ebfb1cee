"""Of which answers residents could not be told, and why: counted, for operators; of no single resident."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.contract.staff import Actor, Permission

SPAN = timedelta(days=7)

GROUPS = text("""
    SELECT ticket.city, one.kind AS way, coalesce(one.reason, '') AS reason, count(*) AS count,
           min(one.ended_at) AS first_at, max(one.ended_at) AS last_at
    FROM contact_texts AS one JOIN tickets AS ticket ON ticket.id = one.ticket_id
    WHERE one.state = 'failed' AND one.ended_at > clock_timestamp() - CAST(:span AS interval)
    GROUP BY ticket.city, one.kind, one.reason ORDER BY last_at DESC LIMIT 100
""")


@dataclass(frozen=True, slots=True)
class Unreached:
    """Residents of a city who could not be told by a way (phone, mail), for one reason, within `SPAN`."""

    city: str
    way: str
    reason: str
    count: int
    first_at: datetime
    last_at: datetime


async def unreached(engine: AsyncEngine, actor: Actor) -> list[Unreached]:
    """What failed lately, the latest first.

    Raises:
        NotPermitted: the actor does not look after what is sent.
    """
    actor.require(Permission.SENDING_MANAGE)
    async with engine.connect() as connection:
        return [Unreached(**row._mapping) for row in await connection.execute(GROUPS, {"span": SPAN})]
