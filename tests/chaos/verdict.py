"""What must be true after a run, judged by what the police, Alipay and the residents have on record, not by our store.

Every finding names the order.
"""

import asyncio
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from chaos.cars import CITY
from chaos.course import Course
from chaos.residents import Resident
from chaos.town import parsed

HEARD = {
    "one": [["paid", "booked"]],
    "two": [["paid", "booked"]],
    "counter": [["paid", "refunding", "refunded"]],
    "partly": [["paid", "booked", "booked"]],
    "twin": [["paid", "booked"], ["paid", "refunding", "refunded"]],
    "cancelled": [["closed", "paid", "booked"]],
    "unpaid": [[]],
}
BY_A_CLERK = ["refunding", "refunded"]

TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Records:
    """What each side has on record. `police` is order -> what it took for it, `refused` page -> status."""

    trades: dict[str, dict[str, Any]]
    police: dict[str, dict[str, dict[str, Any]]]
    notices: list[dict[str, Any]]
    orders: dict[str, dict[str, Any]]
    pages: dict[str, tuple[int, str]]


async def gather(course: Course) -> Records:
    """Ask everybody."""
    town = course.town
    police: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for payment in (await town.control("GET", f"/traffic-police/{CITY}/payments"))["payments"]:
        police[payment["order"]][payment["notice"]] = payment
    listed = parsed(await town.desk("payments", "list", "--limit", "100000", "--json"))
    return Records(
        trades={one["order"]: one for one in (await town.control("GET", "/alipay/trades"))["trades"]},
        police=dict(police),
        notices=(await town.control("GET", "/alipay/notifications"))["notifications"],
        orders={one["order"]: one for one in listed["orders"]},
        pages=await _pages(course),
    )


async def _pages(course: Course) -> dict[str, tuple[int, str]]:
    """Every receipt's public page, by its address."""
    site, slots = course.town.product.site, asyncio.Semaphore(8)

    async def read(address: str) -> tuple[int, str]:
        async with slots:
            status, page, _ = await site.ask_at(address)
            return status, str(page)

    addresses = sorted({address for one in course.residents for address in one.receipts.values()})
    return dict(zip(addresses, await asyncio.gather(*map(read, addresses)), strict=True))


def findings(course: Course, records: Records) -> list[str]:
    """Say all that is wrong; empty when all is well."""
    found = list(course.failed)
    for resident in course.residents:
        clerk = course.clerk_refunded.get(resident.order)
        wrong = [*_money(resident, records, clerk), *_words(resident, records, clerk)]
        found += [f"{resident.story.name} {resident.order}: {what}" for what in wrong]
    return [*found, *_altogether(course, records), *_bills(course)]


def _money(resident: Resident, records: Records, clerk: str | None) -> Iterator[str]:
    """What came in is with the police, once, or back with the payer."""
    trade, taken = records.trades.get(resident.order), records.police.get(resident.order, {})
    if resident.story.kind == "unpaid":
        if taken or (trade is not None and trade["paid_at"]):
            yield f"nobody paid, and yet: {trade}, {taken}"
        return
    if trade is None or not trade["paid_at"]:
        yield f"not paid at Alipay: {trade}"
        return
    amount, refunded = Decimal(trade["amount"]), Decimal(trade["refunded"])
    booked = sum((Decimal(one["amount"]) for one in taken.values()), Decimal(0))
    if clerk is not None and (Decimal(clerk), refunded) != (booked, amount):
        yield f"a clerk paid back {clerk} of {booked} that the police took; {refunded} of {amount} is back"
    if clerk is None and booked + refunded != amount:
        yield f"of {amount} the police has {booked}, and {refunded} went back"
    strangers = set(taken) - set(resident.car.notices)
    if strangers:
        yield f"the police took money for {strangers}, which the order was not for"
    if {one["trade_no"] for one in taken.values()} - {trade["trade_no"]}:
        yield f"the police was told of another trade than {trade['trade_no']}"
    ours = records.orders.get(resident.order, {})
    status = "refunded" if clerk or not taken else "booked"
    if (ours.get("status"), ours.get("refunded")) != (status, f"{refunded:.2f}"):
        yield f"our books say {ours.get('status')}, {ours.get('refunded')} back; it is {status}, {refunded} back"


def _words(resident: Resident, records: Records, clerk: str | None) -> Iterator[str]:
    """What the resident was told: each step once, in order, and a receipt that anyone can verify."""
    expected = [one + (BY_A_CLERK if clerk else []) for one in HEARD[resident.story.kind]]
    if resident.heard not in expected:
        yield f"heard {resident.heard}, not {expected}"
    if [one["seq"] for one in resident.events] != list(range(1, len(resident.events) + 1)):
        yield "the stream has gaps"
    done = [one["in_reply_to"] for one in resident.events if one["type"] == "turn_done"]
    if len(done) != len(set(done)) or len(done) < resident.asked:
        yield f"{resident.asked} messages, {len(done)} answers"
    taken = records.police.get(resident.order, {})
    if len(resident.receipts) != bool(taken):
        yield f"the police took {len(taken)} of its fines, and there are the receipts {list(resident.receipts)}"
    for number, address in resident.receipts.items():
        status, page = records.pages[address]
        booked = sum((Decimal(one["amount"]) for one in taken.values()), Decimal(0))
        standing = "receipt-refunded" if clerk else "receipt-valid"
        words = TAG.sub("", page)  # the order's number stands there in groups of four
        missing = [part for part in (number, f"{booked:.2f}", resident.order) if part not in words]
        missing += [] if standing in page else [standing]
        if status != 200 or missing:
            yield f"its receipt's page answers {status} without {missing}"


def _altogether(course: Course, records: Records) -> Iterator[str]:
    """Of all orders together: none lost, none invented, every receipt of one order, nothing forged believed."""
    lived = {one.order for one in course.residents}
    if strange := {order for order in records.police if not order.startswith("counter-")} - lived:
        yield f"the police has money of orders that nobody made: {strange}"
    if (lost := lived - set(records.orders)) or len(lived) != len(course.residents):
        yield f"orders are lost: {lost}"
    receipts = Counter(number for one in course.residents for number in one.receipts)
    if twice := [number for number, many in receipts.items() if many > 1]:
        yield f"receipts of more than one order: {twice}"
    for notice in records.notices:
        if notice["forgery"] and any(answer.startswith("2") for answer in notice["answers"]):
            yield f"a forged notification ({notice['forgery']}) of {notice['order']} was believed: {notice['answers']}"


def _bills(course: Course) -> Iterator[str]:
    """The first comparison mends what was missed, and no more is left to do; then every line agrees."""
    for bill in course.first_bills:
        rest = [one for one in bill["differences"] if not one["mended"]]
        if rest or bill["code"]:
            yield f"the bill of {bill['day']} does not agree, nor can it be mended: {rest}"
    for bill in course.last_bills:
        if bill["differences"] or bill["code"]:
            yield f"the bill of {bill['day']} still does not agree: {bill['differences']}"


async def summary(course: Course, records: Records) -> dict[str, Any]:
    """What was measured, to be printed."""
    kinds = Counter(resident.story.kind for resident in course.residents)
    answers = Counter(
        "forged" if notice["forgery"] else notice["outcome"] for notice in records.notices if notice["answers"]
    )
    return {
        "seed": course.plan.seed,
        "orders": len(records.orders),
        "stories": dict(kinds),
        "statuses": dict(Counter(one["status"] for one in records.orders.values())),
        "paid at Alipay": sum(bool(trade["paid_at"]) for trade in records.trades.values()),
        "fines booked at the police": sum(len(v) for k, v in records.police.items() if not k.startswith("counter-")),
        "receipts verified": len(records.pages),
        "became paid by": await course.sources(),
        "notifications": {**answers, "lost": sum(n["outcome"] == "lost" for n in records.notices)},
        "tries of notifications": sum(len(notice["answers"]) for notice in records.notices),
        "killed": dict(course.killed),
        "refunded by a clerk": course.clerk_refunded,
        "bills": [
            {name: bill[name] for name in ("day", "payments", "refunds")} | {"differences": len(bill["differences"])}
            for bill in (*course.first_bills, *course.last_bills)
        ],
        "seconds": course.seconds,
    }
