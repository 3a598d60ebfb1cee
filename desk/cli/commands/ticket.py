"""`desk ticket`: what a clerk does with conversations that were handed over, until the console comes.

Residents' numbers, plates and addresses of mail are masked in all that is shown.
"""

import asyncio
import getpass
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from desk.app.runtime import runtime
from desk.conversations.live import Live
from desk.store.database import create_engine
from desk.store.valkey import create_client
from desk.texts.catalogs import Catalogs
from desk.tickets.reference import ticket_id_of
from desk.tickets.rows import Line, TicketRow
from desk.tickets.service import Clerks

app = App(name="ticket", help="Tickets: list, claim, read, answer, hand back, close.")

type City = Annotated[str | None, Parameter(help="Only tickets of this city, as its file is called.")]
type Clerk = Annotated[str | None, Parameter(help="Who acts. Unset: the name you are logged in with.")]
type AsJson = Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")]


@app.command(name="list")
def list_(*, city: City = None, as_json: AsJson = False) -> None:
    """List tickets that wait or are claimed: emergencies first, then the oldest."""

    async def act() -> list[TicketRow]:
        async with _clerks() as clerks:
            return await clerks.waiting(city=city)

    tickets = asyncio.run(act())
    if as_json:
        _print_json({"tickets": [_ticket_json(ticket) for ticket in tickets]})
        return
    if not tickets:
        Console().print("No ticket waits.")
        return
    table = Table("", "Ticket", "City", "State", "Reason", "Matter", "Service", "Opened", "Clerk")
    for ticket in tickets:
        table.add_row(
            "[bold red]![/]" if ticket.priority else "",
            ticket.reference,
            ticket.city,
            ticket.state,
            ticket.reason,
            ticket.matter or "",
            ticket.service or "",
            f"{ticket.opened_at.astimezone():%Y-%m-%d %H:%M}",
            ticket.claimed_by or "",
        )
    Console().print(table)


@app.command
def claim(reference: str | None = None, *, city: City = None, clerk: Clerk = None, as_json: AsJson = False) -> None:
    """Claim a ticket, or an emergency, else the one that has waited longest, and read its conversation.

    Args:
        reference: like T-4711-8. Unset: an emergency, else the oldest that is open.
    """

    async def act() -> tuple[TicketRow, list[Line]] | None:
        async with _clerks() as clerks:
            who = _name(clerk)
            ticket = (
                await clerks.claim_next(city=city, clerk=who)
                if reference is None
                else await clerks.claim(ticket_id_of(reference), clerk=who)
            )
            return None if ticket is None else (ticket, await clerks.transcript(ticket, clerk=who))

    claimed = asyncio.run(act())
    if claimed is not None:
        _show(*claimed, as_json=as_json)
    elif as_json:
        _print_json({"ticket": None, "lines": []})
    else:
        Console().print("No ticket waits.")


@app.command
def show(reference: str, *, clerk: Clerk = None, as_json: AsJson = False) -> None:
    """Read a ticket and the last lines of its conversation. That you did is kept.

    Args:
        reference: like T-4711-8.
    """

    async def act() -> tuple[TicketRow, list[Line]]:
        async with _clerks() as clerks:
            ticket = await clerks.find(ticket_id_of(reference))
            return ticket, await clerks.transcript(ticket, clerk=_name(clerk))

    _show(*asyncio.run(act()), as_json=as_json)


@app.command
def reply(reference: str, message: str, *, clerk: Clerk = None, as_json: AsJson = False) -> None:
    """Write to the resident of a ticket that you have claimed.

    Args:
        reference: like T-4711-8.
        message: what the resident reads.
    """

    async def act() -> TicketRow:
        async with _clerks() as clerks:
            return await clerks.reply(ticket_id_of(reference), clerk=_name(clerk), message=message)

    _tell(asyncio.run(act()), "Sent.", as_json=as_json)


@app.command(name="hand-back")
def hand_back(reference: str, *, clerk: Clerk = None, as_json: AsJson = False) -> None:
    """Give a conversation back to the bot; the resident is told.

    Args:
        reference: like T-4711-8.
    """

    async def act() -> TicketRow:
        async with _clerks() as clerks:
            return await clerks.hand_back(ticket_id_of(reference), clerk=_name(clerk))

    _tell(asyncio.run(act()), "Handed back.", as_json=as_json)


@app.command
def close(reference: str, *, clerk: Clerk = None, as_json: AsJson = False) -> None:
    """End a ticket whose matter is settled; the resident is told.

    Args:
        reference: like T-4711-8.
    """

    async def act() -> TicketRow:
        async with _clerks() as clerks:
            return await clerks.close(ticket_id_of(reference), clerk=_name(clerk))

    _tell(asyncio.run(act()), "Closed.", as_json=as_json)


@asynccontextmanager
async def _clerks() -> AsyncIterator[Clerks]:
    now = runtime()
    engine = create_engine(now.database_url, pool_size=1, vault=now.vault())
    redis = create_client(now.redis_url)
    try:
        yield Clerks(engine, Live(redis), Catalogs(now.root / "locales"))
    finally:
        await redis.aclose()
        await engine.dispose()


def _name(clerk: str | None) -> str:
    return clerk or getpass.getuser()


def _ticket_json(ticket: TicketRow) -> dict[str, Any]:
    return {
        "reference": ticket.reference,
        "city": ticket.city,
        "state": ticket.state,
        "opened_by": ticket.opened_by,
        "reason": ticket.reason,
        "matter": ticket.matter,
        "priority": ticket.priority,
        "service": ticket.service,
        "claimed_by": ticket.claimed_by,
        "opened_at": ticket.opened_at.astimezone().isoformat(timespec="seconds"),
    }


def _show(ticket: TicketRow, lines: Sequence[Line], *, as_json: bool) -> None:
    if as_json:
        _print_json(
            {
                "ticket": _ticket_json(ticket),
                "lines": [
                    {
                        "at": line.at.astimezone().isoformat(timespec="seconds"),
                        "author": line.author,
                        "text": line.text,
                        **({"delivery": line.delivery} if line.delivery else {}),
                    }
                    for line in lines
                ],
            }
        )
        return
    console = Console(markup=False, highlight=False)
    console.print(f"{ticket.reference}  {ticket.city}  {ticket.state.replace('_', ' ')}  {ticket.service or ''}")
    if ticket.matter is not None:
        console.print(f"{ticket.reason}: {ticket.matter.partition(':')[2]}")
    for line in lines:
        arrived = "" if line.delivery in (None, "sent") else f"  [{line.delivery}]"
        console.print(f"{line.at.astimezone():%H:%M} {line.author:>8}  {line.text}{arrived}")


def _tell(ticket: TicketRow, done: str, *, as_json: bool) -> None:
    if as_json:
        _print_json({"ticket": _ticket_json(ticket)})
    else:
        Console(markup=False).print(f"{ticket.reference}: {done}")


def _print_json(document: dict[str, Any]) -> None:
    print(json.dumps(document, ensure_ascii=False))
