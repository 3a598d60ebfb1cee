"""`desk payments`: orders as staff see them, refunds on a clerk's word, the daily bill. Nothing personal is shown."""

import asyncio
import json
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Column, Table

from desk.app.acting import acting
from desk.app.runtime import runtime
from desk.cli.requested import request_json, request_said
from desk.contract.errors import Conflict, NotFound
from desk.payments.looking import OrderBook
from desk.payments.rows import OrderRow, RefundRow
from desk.staff.rows import RequestRow

if TYPE_CHECKING:
    from desk.payments.reconciliation import Comparison
    from desk.payments.report import AgencyReport

app = App(name="payments", help="Payments: list and show orders, pay back, compare a day's bill, report to an agency.")

type AsJson = Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")]

REFUND = ("id", "amount", "reason", "status", "code", "attempts")
"""What is shown of a refund."""


@app.command(name="list")
def list_(
    *,
    city: Annotated[str | None, Parameter(help="Only orders of this city, as its file is called.")] = None,
    status: Annotated[str | None, Parameter(help="Only orders of this status.")] = None,
    limit: Annotated[int, Parameter(help="At most so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List orders, the newest first."""

    async def act() -> list[OrderRow]:
        async with acting(runtime()) as here:
            return await OrderBook(here.engine).page(here.actor, city=city, status=status, limit=limit)

    orders = asyncio.run(act())
    if as_json:
        _print_json({"orders": [_order_json(order) for order in orders]})
        return
    table = Table(Column("Order", no_wrap=True), "City", "Amount", "Refunded", "Status", "Receipt", "Opened")
    for order in orders:
        table.add_row(
            order.number,
            order.city,
            f"{order.amount:.2f}",
            f"{order.refunded:.2f}",
            order.status,
            order.receipt_number or "",
            f"{order.created_at.astimezone():%Y-%m-%d %H:%M}",
        )
    console = Console()
    if not console.is_terminal:
        console.width = 120  # nothing is folded for a file or a pipe
    console.print(table)


@app.command
def show(order: str, *, as_json: AsJson = False) -> None:
    """Show an order: its items, refunds and all that happened to it.

    Args:
        order: the order's number.
    """

    async def act() -> dict[str, Any]:
        async with acting(runtime()) as here:
            sheet = await OrderBook(here.engine).one(here.actor, order)
            refunds = [{name: one[name] for name in REFUND} for one in map(asdict, sheet.refunds)]
            more = {"items": [*map(asdict, sheet.items)], "refunds": refunds, "events": [*map(asdict, sheet.events)]}
            return {**_order_json(sheet.order), **more}

    shown = asyncio.run(act())
    for event in shown["events"]:
        event["at"] = event["at"].astimezone().isoformat(timespec="seconds")
    if as_json:
        _print_json(shown)
        return
    console = Console(markup=False, highlight=False)
    console.print(f"{shown['order']}  {shown['city']}  {shown['service']}  {shown['amount']} yuan  {shown['status']}")
    for item in shown["items"]:
        outcome = item["outcome"] or "not told yet"
        detail = item["code"] or item["agency_receipt"] or ""
        console.print(f"  item {item['place']}  {item['amount']}  {outcome}  {detail}")
    for refund in shown["refunds"]:
        console.print(f"  refund {refund['id']}  {refund['amount']}  {refund['status']}  {refund['code'] or ''}")
    for event in shown["events"]:
        console.print(f"  {event['at']}  {event['happening']:<14} {event['source']:<13} -> {event['status']}")


@app.command
def refund(
    order: str, *, reason: Annotated[str, Parameter(help="Why, for the audit.")], as_json: AsJson = False
) -> None:
    """Pay back the rest of a booked order; the resident is told. What the agency took it must have withdrawn before.

    Above DESK_REFUND_LIMIT it is asked for, and another has to allow it.

    If the gateway refused to pay back what the agency did not take, that alone is asked for again.

    Args:
        order: the order's number.
    """

    from desk.app.payments import opened_payments  # the gateway
    from desk.app.staffing import staff
    from desk.payments.clerk_refunds import ClerkRefunds

    async def act() -> RefundRow | RequestRow:
        at = runtime()
        async with acting(at) as here, opened_payments(at) as room:
            refunds = ClerkRefunds(room.payments.dependencies, at.settings.refund_limit)
            requests = staff(here.engine, at.cities(), refunds).requests
            return await refunds.begin(here.actor, order, reason=reason, requests=requests)

    begun = asyncio.run(act())
    if isinstance(begun, RequestRow):
        if as_json:
            _print_json(request_json(begun))
        else:
            Console(markup=False, highlight=False, soft_wrap=True).print(request_said(begun))
    elif as_json:
        _print_json({"refund": begun.id, "order": order, "amount": f"{begun.amount:.2f}", "status": begun.status})
    else:
        Console(markup=False, highlight=False, soft_wrap=True).print(
            f"{begun.amount:.2f} yuan of order {order} are on their way back: {begun.id}."
        )


@app.command
def reconcile(
    *,
    day: Annotated[date | None, Parameter(help="The day, China's time. Unset: yesterday.")] = None,
    as_json: AsJson = False,
) -> None:
    """Compare the bill of a day with our orders, line by line, and mend what can be mended."""
    from desk.alipay.answers import CHINA  # the gateway
    from desk.app.payments import opened_payments
    from desk.payments.bill_book import BillBook

    chosen = day or datetime.now(CHINA).date() - timedelta(days=1)

    async def act() -> "Comparison":
        at = runtime()
        async with acting(at) as here, opened_payments(at) as room:
            return await BillBook(here.engine, room.payments).compare(here.actor, chosen)

    compared = asyncio.run(act())
    if as_json:
        _print_json(
            {
                "day": compared.day.isoformat(),
                "payments": compared.payments,
                "refunds": compared.refunds,
                "agrees": compared.agrees,
                "differences": [
                    {
                        "kind": one.kind.value,
                        "order": one.order,
                        "refund": one.refund or None,
                        "billed": None if one.billed is None else f"{one.billed:.2f}",
                        "ours": None if one.ours is None else f"{one.ours:.2f}",
                        "mended": one.mended,
                    }
                    for one in compared.differences
                ],
            }
        )
    else:
        console = Console(markup=False, highlight=False)
        for one in compared.differences:
            console.print(f"{one.kind.value}  {one.order}  {one.refund}  {'mended' if one.mended else 'look at it'}")
        console.print(
            f"{compared.day}: {compared.payments} payments, {compared.refunds} refunds; "
            + ("all agrees." if compared.agrees else f"{len(compared.differences)} differences.")
        )
    if not compared.agrees:
        raise Conflict(f"The bill of {compared.day} and our orders do not agree.")


@app.command
def report(
    *,
    agency: Annotated[str, Parameter(help="The agency, as its city's file calls it.")],
    city: Annotated[str, Parameter(help="Its city, as its file is called.")],
    day: Annotated[date, Parameter(name="--date", help="The day, China's time.")],
    csv: Annotated[Path, Parameter(help="The file to write. One that is there is replaced.")],
    as_json: AsJson = False,
) -> None:
    """Write an agency's day as CSV: the bill beside our orders, and totals. The day is compared first."""
    from desk.app.payments import opened_payments  # the gateway
    from desk.payments.bill_book import BillBook

    cities = runtime().cities()
    if city not in cities or agency not in [one.slug for one in cities[city].agencies]:
        there = [one.slug for one in cities[city].agencies] if city in cities else sorted(cities)
        raise NotFound(f"There is no agency {agency} of {city}; there is {', '.join(there)}.")

    async def act() -> "AgencyReport":
        at = runtime()
        async with acting(at) as here, opened_payments(at) as room:
            return await BillBook(here.engine, room.payments).report(here.actor, day, city, agency)

    made = asyncio.run(act())
    try:
        with csv.open("w", encoding="utf-8", newline="") as file:
            made.write(file)
    except OSError as exc:
        raise NotFound(f"{csv} cannot be written: {exc.strerror}.") from exc
    total = made.total
    if as_json:
        _print_json(
            {
                "day": day.isoformat(),
                "city": city,
                "agency": agency,
                "csv": str(csv),
                "lines": len(made.lines),
                "billed": total.billed,
                "ours": total.ours,
                "taken": total.taken,
                "open_differences": made.open_differences,
            }
        )
    else:
        said = f"{day}: {len(made.lines)} lines, {total.billed} yuan by the bill, {total.ours} by our books: {csv}"
        Console(markup=False, highlight=False, soft_wrap=True).print(said)
    if made.open_differences:
        raise Conflict(f"{made.open_differences} lines of {day} do not agree; they are marked in {csv}.")


def _order_json(order: OrderRow) -> dict[str, Any]:
    return {
        "order": order.number,
        "city": order.city,
        "service": order.service,
        "agency": order.agency,
        "amount": f"{order.amount:.2f}",
        "refunded": f"{order.refunded:.2f}",
        "status": order.status,
        "trade_no": order.trade_no,
        "receipt": order.receipt_number,
        "created_at": order.created_at.astimezone().isoformat(timespec="seconds"),
        "paid_at": None if order.paid_at is None else order.paid_at.astimezone().isoformat(timespec="seconds"),
    }


def _print_json(document: dict[str, Any]) -> None:
    print(json.dumps(document, ensure_ascii=False))
