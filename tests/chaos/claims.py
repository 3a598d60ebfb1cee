"""Many clerks claim many tickets at once: who gets what, and whether all that is kept of it agrees."""

import asyncio
import json
import random
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fixtures.house import House
from fixtures.staffed import actor
from sqlalchemy import text

from desk.contract.errors import Conflict
from desk.store.database import transaction

FOR_EACH = 10
"""Claims of one ticket, each by another clerk."""
CLERKS = 20
"""They claim at once, each one ticket after the other."""
OWNERS = text("SELECT id, claimed_by FROM tickets")
EVENTS = text("SELECT ticket_id, count(*) FROM ticket_events WHERE kind = 'claimed' GROUP BY ticket_id")
RECORDS = text("SELECT subject, count(*) FROM audit_records WHERE act = 'ticket.claim' GROUP BY subject")


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim that was made: of what, by whom, how long it took, and whether they got it."""

    ticket: int
    login: str
    seconds: float
    is_won: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """What the store says afterwards: owner of each ticket, events by ticket, records of the audit by reference."""

    owners: Mapping[int, str | None]
    events: Mapping[int, int]
    records: Mapping[str, int]


async def contest(house: House, *, claims: int, seed: int) -> tuple[list[str], dict[str, Any]]:
    """Have clerks claim a tenth as many tickets; answers what is wrong, and what was measured. Both are printed."""
    print(f"\nseed {seed}, {claims} claims of {claims // FOR_EACH} tickets by {CLERKS} clerks")
    tickets = await _open(house, claims // FOR_EACH)
    turns = ((ticket, FOR_EACH * place) for place, ticket in enumerate(tickets))
    wanted = [(ticket, f"clerk{(first + one) % CLERKS}") for ticket, first in turns for one in range(FOR_EACH)]
    random.Random(seed).shuffle(wanted)
    at_once = asyncio.Semaphore(CLERKS)

    async def claim(ticket: int, login: str) -> Claim:
        async with at_once:
            began = time.perf_counter()
            try:
                await house.clerks.claim(actor(login), ticket)
            except Conflict:
                return Claim(ticket, login, time.perf_counter() - began, is_won=False)
            return Claim(ticket, login, time.perf_counter() - began, is_won=True)

    began = time.perf_counter()
    made = await asyncio.gather(*(claim(*one) for one in wanted))
    seconds = time.perf_counter() - began
    kept = await _kept(house)
    found, measured = list(findings(tickets, made, kept)), summary(made, kept, seconds)
    print(json.dumps(measured, indent=2))
    print("\n".join(found) or "Nothing is wrong.")
    return found, measured


def findings(tickets: Sequence[int], made: Sequence[Claim], kept: Kept) -> Iterator[str]:
    """What is wrong, with its ticket: each has one owner for whom claimed it, in its row, its events and the audit."""
    won: dict[int, list[str]] = {one: [] for one in tickets}
    for one in made:
        if one.is_won:
            won[one.ticket].append(one.login)
    for ticket, logins in won.items():
        if len(logins) != 1:
            yield f"ticket {ticket}: {len(logins)} clerks were told that they have it: {logins}"
        elif kept.owners.get(ticket) != logins[0]:
            yield f"ticket {ticket}: {logins[0]} was told that they have it, and {kept.owners.get(ticket)} has it"
        if kept.events.get(ticket) != 1:
            yield f"ticket {ticket}: {kept.events.get(ticket, 0)} events of a claim"
    if len(kept.records) != len(tickets):
        yield f"{len(kept.records)} tickets are claimed in the audit, not {len(tickets)}"
    yield from (f"ticket {one}: {count} records of a claim" for one, count in kept.records.items() if count != 1)


def summary(made: Sequence[Claim], kept: Kept, seconds: float) -> dict[str, Any]:
    """What was measured. Times are of the machine as it was; of one claim in milliseconds."""
    times = sorted(1000 * one.seconds for one in made)
    owned = Counter(login for login in kept.owners.values() if login is not None)
    return {
        "claims": len(made),
        "tickets": len(kept.owners),
        "won": sum(one.is_won for one in made),
        "refused": sum(not one.is_won for one in made),
        "owned": owned.total(),
        "clerks_with_tickets": len(owned),
        "records_of_the_audit": sum(kept.records.values()),
        "seconds": round(seconds, 1),
        "claims_a_second": round(len(made) / seconds),
        "claim_ms": {"median": round(statistics.median(times), 1), "p95": round(times[len(times) * 95 // 100], 1)},
    }


async def _open(house: House, count: int) -> list[int]:
    hand_over = house.hand_over()
    for _ in range(count):
        conversation = await house.open()
        async with transaction(house.engine) as connection:
            await hand_over.open(connection, conversation, opened_by="resident", reason="asked", service=None)
    async with house.engine.connect() as connection:
        return list((await connection.execute(text("SELECT id FROM tickets"))).scalars())


async def _kept(house: House) -> Kept:
    async with house.engine.connect() as connection:
        owners, events, records = [
            {row[0]: row[1] for row in await connection.execute(one)} for one in (OWNERS, EVENTS, RECORDS)
        ]
    return Kept(owners, events, records)
