"""`desk ticket`: what a clerk does with conversations that were handed over, as the console does.

Residents' numbers, plates and addresses of mail are masked in all that is shown.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from desk.app.acting import acting
from desk.app.runtime import runtime
from desk.cli.report import whole, zone
from desk.contract.staff import Actor
from desk.tickets.lists.waiting import waiting
from desk.tickets.reference import ticket_id_of
from desk.tickets.rows import Line, TicketRow

if TYPE_CHECKING:
    from desk.tickets.service import Clerks

app = App(name="ticket", help="Tickets: list, claim, read, answer, hand back, close.")

WISHED = {"phone": "call back wished", "mail": "mail wished"}
"""What a ticket says whose resident left a contact."""

type City = Annotated[str | None, Parameter(help="Only tickets of this city, as its file is called.")]
type AsJson = Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")]


@app.command(name="list")
def list_(*, city: City = None, as_json: AsJson = False) -> None:
    """List tickets that wait or are claimed: emergencies first, then the oldest."""

    async def act() -> list[TicketRow]:
        async with acting(runtime()) as here:
            return await waiting(here.engine, here.actor, city=city)

    tickets = asyncio.run(act())
    if as_json:
        _print_json({"tickets": [_ticket_json(ticket) for ticket in tickets]})
        return
    if not tickets:
        Console().print("No ticket waits.")
        return
    table = Table("", "Ticket", "City", "State", "Reason", "Matter", "Service", f"Opened ({zone()})", "Clerk")
    for ticket in tickets:
        table.add_row(
            "[bold red]![/]" if ticket.priority else "",
            ticket.reference,
            ticket.city,
            ticket.state,
            f"{ticket.reason}, {WISHED[ticket.contact_kind]}" if ticket.contact_kind else ticket.reason,
            ticket.matter or "",
            ticket.service or "",
            f"{ticket.opened_at.astimezone():%Y-%m-%d %H:%M}",
            ticket.claimed_by or "",
        )
    whole().print(table)


@app.command
def claim(reference: str | None = None, *, city: City = None, as_json: AsJson = False) -> None:
    """Claim a ticket, or an emergency, else the one that has waited longest, and read its conversation.

    Args:
        reference: like T-4711-8. Unset: an emergency, else the oldest that is open.
    """

    async def act() -> tuple[TicketRow, list[Line]] | None:
        async with _clerks() as (clerks, actor):
            ticket = (
                await clerks.claim_next(actor, city=city)
                if reference is None
                else await clerks.claim(actor, ticket_id_of(reference))
            )
            return None if ticket is None else (ticket, await clerks.transcript(actor, ticket))

    claimed = asyncio.run(act())
    if claimed is not None:
        _show(*claimed, as_json=as_json)
    elif as_json:
        _print_json({"ticket": None, "lines": []})
    else:
        Console().print("No ticket waits.")


@app.command
def show(reference: str, *, as_json: AsJson = False) -> None:
    """Read a ticket and the last lines of its conversation. That you did is kept.

    Args:
        reference: like T-4711-8.
    """

    async def act() -> tuple[TicketRow, list[Line]]:
        async with _clerks() as (clerks, actor):
            ticket = await clerks.find(actor, ticket_id_of(reference))
            return ticket, await clerks.transcript(actor, ticket)

    _show(*asyncio.run(act()), as_json=as_json)


@app.command
def reply(reference: str, message: str, *, as_json: AsJson = False) -> None:
    """Write to the resident of a ticket that you have claimed.

    Args:
        reference: like T-4711-8.
        message: what the resident reads.
    """

    async def act() -> TicketRow:
        async with _clerks() as (clerks, actor):
            return await clerks.reply(actor, ticket_id_of(reference), message)

    _tell(asyncio.run(act()), "Sent.", as_json=as_json)


@app.command(name="hand-back")
def hand_back(reference: str, *, as_json: AsJson = False) -> None:
    """Give a conversation back to the bot; the resident is told.

    Args:
        reference: like T-4711-8.
    """

    async def act() -> TicketRow:
        async with _clerks() as (clerks, actor):
            return await clerks.hand_back(actor, ticket_id_of(reference))

    _tell(asyncio.run(act()), "Handed back.", as_json=as_json)


@app.command
def close(reference: str, *, told: str = "", reason: str = "", as_json: AsJson = False) -> None:
    """End a ticket whose matter is settled; the resident is told.

    Args:
        reference: like T-4711-8.
        told: of a ticket in which a bad grade is mended: what the resident is told of it.
        reason: of an emergency in which nobody has answered: why nobody does, for the audit.
    """

    async def act() -> TicketRow:
        async with _clerks() as (clerks, actor):
            return await clerks.close(actor, ticket_id_of(reference), told=told, why_not=reason)

    _tell(asyncio.run(act()), "Closed.", as_json=as_json)


@app.command
def duty(said: Literal["on", "break"]) -> None:
    """Say that you are on duty, or on a break: whether you are given new tickets. It holds while your login does.

    Args:
        said: on or break.
    """

    from desk.tickets.staffing.duty import Duty

    async def act() -> None:
        async with acting(runtime()) as here:
            await Duty(here.engine).say(here.actor, said)

    asyncio.run(act())
    Console(markup=False).print("You are on duty." if said == "on" else "You are on a break.")


@asynccontextmanager
async def _clerks() -> AsyncIterator["tuple[Clerks, Actor]"]:
    from desk.conversations.live import Live  # who writes to residents: catalogs, streams
    from desk.store.valkey import create_client
    from desk.texts.catalogs import Catalogs
    from desk.tickets.service import Clerks

    at = runtime()
    redis = create_client(at.redis_url)
    try:
        async with acting(at) as here:
            cities, catalogs = at.cities(), Catalogs(at.root / "locales")
            clerks = Clerks(here.engine, Live(redis), catalogs, cities, published=at.published(cities))
            yield clerks, here.actor
    finally:
        await redis.aclose()


def _ticket_json(ticket: TicketRow) -> dict[str, Any]:
    return {
        "reference": ticket.reference,
        "city": ticket.city,
        "agency": ticket.agency or None,
        "state": ticket.state,
        "opened_by": ticket.opened_by,
        "reason": ticket.reason,
        "matter": ticket.matter,
        "priority": ticket.priority,
        "service": ticket.service,
        "claimed_by": ticket.claimed_by,
        "contact": ticket.contact_kind,
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
                        **({"channel": line.channel} if line.channel else {}),
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
        where = f"  ({line.channel})" if line.channel else ""
        console.print(f"{line.at.astimezone():%H:%M} {line.author:>8}  {line.text}{where}{arrived}")


def _tell(ticket: TicketRow, done: str, *, as_json: bool) -> None:
    if as_json:
        _print_json({"ticket": _ticket_json(ticket)})
    else:
        Console(markup=False).print(f"{ticket.reference}: {done}")


def _print_json(document: dict[str, Any]) -> None:
    print(json.dumps(document, ensure_ascii=False))
