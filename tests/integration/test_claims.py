"""Many clerks claim many tickets at once. `CITYDESK_CLAIMS=10000` is the full size: ten clerks for each ticket."""

import asyncio
import os
import random
from collections import Counter

from fixtures.house import House
from fixtures.staffed import actor
from sqlalchemy import text

from desk.contract.errors import Conflict
from desk.store.database import transaction
from desk.tickets.rows import TicketRow

CLAIMS = int(os.environ.get("CITYDESK_CLAIMS", "300"))
TICKETS = CLAIMS // 10
CLERKS = 20
OWNERS = text("""
    SELECT ticket_id, count(*) AS claims FROM ticket_events WHERE kind = 'claimed' GROUP BY ticket_id
""")


async def test_no_ticket_has_two_owners(house: House) -> None:
    """Of ten claims of a ticket one wins; what is kept, what happened, what is in the audit and in streams agree."""
    hand_over = house.hand_over()
    for _ in range(TICKETS):
        conversation = await house.open()
        async with transaction(house.engine) as connection:
            await hand_over.open(connection, conversation, opened_by="resident", reason="asked", service=None)
    async with house.engine.connect() as connection:
        tickets = list((await connection.execute(text("SELECT id FROM tickets"))).scalars())
    claims = [(ticket, f"clerk{number % CLERKS}") for ticket in tickets for number in range(10)]
    at_once = asyncio.Semaphore(CLERKS)
    random.Random(7).shuffle(claims)

    async def claim(ticket_id: int, login: str) -> TicketRow | None:
        try:
            async with at_once:
                return await house.clerks.claim(actor(login), ticket_id)
        except Conflict:
            return None

    results = await asyncio.gather(*(claim(*one) for one in claims))
    won = Counter(one.id for one in results if one is not None)
    owners = {one.id: one.claimed_by for one in results if one is not None}
    async with house.engine.connect() as connection:
        kept = {row.id: row.claimed_by for row in await connection.execute(text("SELECT id, claimed_by FROM tickets"))}
        events = {row.ticket_id: row.claims for row in await connection.execute(OWNERS)}
    assert (len(results), set(won.values()), owners) == (CLAIMS, {1}, kept)
    assert events == dict.fromkeys(tickets, 1)
    assert await house.scalar("SELECT count(*) FROM audit_records WHERE act = 'ticket.claim'") == TICKETS
