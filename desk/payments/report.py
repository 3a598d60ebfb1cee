"""A day's payments of one agency as a table: the gateway's bill beside our orders, line by line, and a line of totals.

Reads what a comparison of the day (`desk.payments.reconciliation`) found, and changes nothing. Holds nothing personal.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from decimal import Decimal
from itertools import batched
from typing import Any, Literal, TextIO

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.alipay.answers import CHINA
from desk.payments.numbers import receipt_number
from desk.payments.reconciliation import CHUNK, Comparison
from desk.texts.cells import cells

ORDERS = text("""
    SELECT orders.number, orders.service, orders.amount, orders.trade_no, orders.paid_at, receipts.serial,
           (SELECT coalesce(sum(item.amount), 0) FROM order_items AS item
            WHERE item.order_number = orders.number AND item.outcome = 'booked') AS taken,
           (SELECT array_agg(item.agency_receipt ORDER BY item.place) FROM order_items AS item
            WHERE item.order_number = orders.number AND item.agency_receipt IS NOT NULL) AS agency_receipts
    FROM orders LEFT JOIN receipts ON receipts.order_number = orders.number
    WHERE orders.number = ANY (:numbers) AND orders.city = :city AND orders.agency = :agency
""")
REFUNDS = text("SELECT id, amount, done_at FROM refunds WHERE id = ANY (:ids)")


@dataclass(frozen=True, slots=True)
class Line:
    """A payment or a refund; the fields are the columns. Amounts in yuan with two decimals, those of refunds negative.

    `billed` is what the gateway's bill says, `ours` what our books say, `taken` what the agency took of a payment. `at`
    is China's time. `difference` is empty or a kind of `desk.payments.reconciliation.Kind`; `mended` is yes or no then.
    """

    line: Literal["payment", "refund", "total"]
    order: str
    refund: str
    trade_no: str
    service: str
    at: str
    billed: str
    ours: str
    taken: str
    receipt: str
    agency_receipts: str
    difference: str
    mended: str


@dataclass(frozen=True, slots=True)
class AgencyReport:
    """All lines of an agency's day, payments first, then refunds."""

    lines: Sequence[Line]

    @property
    def total(self) -> Line:
        """The last line. `order` is how many lines the bill has, `billed` what they come to."""
        billed = [line.billed for line in self.lines if line.billed]
        sums = {name: _sum(getattr(line, name) for line in self.lines) for name in ("billed", "ours", "taken")}
        empty = dict.fromkeys((field.name for field in fields(Line)), "")
        return Line(**{**empty, "line": "total", "order": str(len(billed)), **sums})  # type: ignore[arg-type]

    @property
    def open_differences(self) -> int:
        """Lines that do not agree and were not put right."""
        return sum(line.mended == "no" for line in self.lines)

    def write(self, file: TextIO) -> None:
        """Write CSV (RFC 4180): a line of column names, the lines, the totals."""
        out = csv.writer(file)
        out.writerow(field.name for field in fields(Line))
        out.writerows(cells(astuple(line)) for line in (*self.lines, self.total))


async def report_of(engine: AsyncEngine, compared: Comparison, *, city: str, agency: str) -> AgencyReport:
    """Make the report of a day that was compared.

    Lines of the bill whose order is none of ours belong to no agency: the comparison alone has them.
    """
    differences = {(one.order, one.refund): one for one in compared.differences}
    billed = {(line.order, line.refund_request or ""): line for line in compared.lines}
    keys = [*billed, *(key for key in differences if key not in billed)]
    orders, refunds = await _ours(engine, keys, city, agency)
    lines = []
    for order, refund in keys:
        ours = orders.get(order)
        if ours is None:
            continue
        line, difference = billed.get((order, refund)), differences.get((order, refund))
        mended = "" if difference is None else "yes" if difference.mended else "no"
        kind = "" if difference is None else difference.kind.value
        paid_back = refunds.get(refund) if refund else None
        at = (paid_back.done_at if paid_back else None) if refund else ours.paid_at
        amount = (-paid_back.amount if paid_back else None) if refund else ours.amount
        lines.append(
            Line(
                line="refund" if refund else "payment",
                order=order,
                refund=refund,
                trade_no=line.trade_no if line else ours.trade_no or "",
                service=ours.service,
                at=_time(at),
                billed=line.amount if line else "",
                ours="" if amount is None else f"{amount:.2f}",
                taken="" if refund else f"{ours.taken:.2f}",
                receipt="" if ours.serial is None else receipt_number(ours.serial),
                agency_receipts=" ".join(ours.agency_receipts or ()),
                difference=kind,
                mended=mended,
            )
        )
    return AgencyReport(sorted(lines, key=lambda line: (line.line, line.at, line.order, line.refund)))


async def _ours(
    engine: AsyncEngine, keys: Sequence[tuple[str, str]], city: str, agency: str
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Orders of the agency by number, and refunds by their request, as rows."""
    orders: dict[str, Any] = {}
    refunds: dict[str, Any] = {}
    async with engine.connect() as connection:
        for chunk in batched(keys, CHUNK, strict=False):
            numbers, ids = [order for order, _ in chunk], [refund for _, refund in chunk if refund]
            values = {"numbers": numbers, "city": city, "agency": agency}
            orders |= {row.number: row for row in await connection.execute(ORDERS, values)}
            refunds |= {row.id: row for row in await connection.execute(REFUNDS, {"ids": ids})}
    return orders, refunds


def _sum(amounts: Iterable[str]) -> str:
    return f"{sum((Decimal(amount) for amount in amounts if amount), Decimal(0)):.2f}"


def _time(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(CHINA).isoformat(timespec="seconds")
