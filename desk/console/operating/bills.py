"""The gateway's bills by day: what was compared, what does not agree, a day compared once more, an agency's report."""

from datetime import date, datetime
from urllib.parse import urlencode

from aiohttp import web

from desk.alipay.answers import CHINA
from desk.console import shell, visits
from desk.console.access import staff
from desk.console.faults import Fault, fault_of
from desk.console.forms import EMPTY, Form, form_of, query_of
from desk.console.operating.orders import service_name
from desk.console.parts import CONSOLE
from desk.console.sections import Place, Section
from desk.console.tables import csv_of
from desk.contract.errors import BackendError, Conflict
from desk.contract.messages import Text
from desk.contract.staff import Actor, Permission
from desk.payments.bill_book import PAGE, BillBook
from desk.payments.report import Line
from desk.web.parts import PARTS

PATH = f"{visits.ROOT}/bills"

type Option = tuple[str, str, str]
"""Value and label of a choice, and the label of its group."""


@staff(Permission.PAYMENT_READ)
async def bills_page(request: web.Request) -> web.Response:
    """The days that were compared; of one that is chosen, what does not agree."""
    asked = query_of(request)
    day = _day(asked["day"])
    if asked["day"] and day is None:
        return await _page(request, asked, Fault(Text(key="console.error_bill_day"), "day"))
    return await _page(request, asked, day=day)


@staff(Permission.PAYMENT_READ)
async def compare(request: web.Request) -> web.Response:
    """Compare the bill of a day with our orders once more, and mend what can be mended."""
    form, actor = await form_of(request), visits.actor_of(request)
    day = _day(form["day"])
    if day is None:
        return await _page(request, form, Fault(Text(key="console.error_bill_day"), "compare-day"), opened="compare")
    if not actor.may(Permission.PAYMENT_READ):
        fault = Fault(Text(key="console.error_bills_everywhere"))
        return await _page(request, form, fault, day=day, opened="compare")
    try:
        compared = await _book(request).compare(actor, day)
    except (BackendError, Conflict) as exc:
        return await _page(request, form, _fault(exc, "compare-day"), day=day, opened="compare")
    return shell.see_other(f"{PATH}?day={day}", done="bill_agrees" if compared.agrees else "bill_differs")


@staff(Permission.PAYMENT_READ)
async def report(request: web.Request) -> web.Response:
    """An agency's day as CSV: the bill beside our orders, and totals. The day is compared first."""
    form, actor = await form_of(request), visits.actor_of(request)
    day = _day(form["day"])
    if form["place"] not in {value for value, _, _ in _places(request, actor)}:
        return await _page(request, form, Fault(Text(key="console.error_no_place"), "place"), day=day, opened="report")
    if day is None:
        return await _page(request, form, Fault(Text(key="console.error_bill_day"), "report-day"), opened="report")
    city, _, agency = form["place"].partition("/")
    try:
        made = await _book(request).report(actor, day, city, agency)
    except (BackendError, Conflict) as exc:
        return await _page(request, form, _fault(exc, "report-day"), day=day, opened="report")
    words = shell.words_of(request)
    heads = [
        *(words.t(f"bill_{one}") for one in ("line", "order", "refund", "trade", "service")),
        words.t("csv_time", name=words.t("bill_at"), zone=CHINA.key),
        *(words.t(f"bill_{one}") for one in ("billed", "ours", "taken", "receipt", "agency_receipts", "difference")),
        words.t("bill_mended"),
    ]
    rows = (_cells(request, words, line) for line in (*made.lines, made.total))
    return csv_of(f"payments-{city}-{agency}-{day}", heads, rows)


def _cells(request: web.Request, words: shell.Words, line: Line) -> list[object]:
    return [
        words.t(f"bill_line_{line.line}"),
        line.order,
        line.refund,
        line.trade_no,
        service_name(request, line.service) if line.service else "",
        line.at,
        line.billed,
        line.ours,
        line.taken,
        line.receipt,
        line.agency_receipts,
        words.t(f"bill_difference_{line.difference}") if line.difference else "",
        words.t(f"bill_mended_{line.mended}") if line.mended else "",
    ]


async def _page(
    request: web.Request, form: Form = EMPTY, *faults: Fault, day: date | None = None, opened: str = ""
) -> web.Response:
    actor, book = visits.actor_of(request), _book(request)
    found = await book.days(actor, before=_day(form["before"]), limit=PAGE + 1)
    return shell.page(
        request,
        "bills.html",
        status=422 if faults else 200,
        faults=faults,
        form=form,
        opened=opened,
        day=day,
        days=found[:PAGE],
        differences=[] if day is None else await book.differences(actor, day),
        of_all=actor.may(Permission.PAYMENT_READ),
        is_paid_here=book.payments is not None,
        places=_places(request, actor),
        older=urlencode({"before": found[PAGE - 1].day}) if len(found) > PAGE else "",
        newest=bool(form["before"]),
    )


def _fault(exc: BackendError | Conflict, field: str) -> Fault:
    if isinstance(exc, BackendError):
        return Fault(Text(key="console.error_bill_not_had"), field)
    return fault_of(exc, field)


def _places(request: web.Request, actor: Actor) -> list[Option]:
    """The agencies whose payments somebody may see."""
    words = shell.words_of(request)
    return [
        (f"{slug}/{one.slug}", words.agency(slug, one.slug), words.city(slug))
        for slug, city in request.app[PARTS].cities.items()
        for one in city.agencies
        if actor.may(Permission.PAYMENT_READ, slug, one.slug)
    ]


def _day(given: str) -> date | None:
    """A day that is over, by the country's time; None: it is none."""
    try:
        day = date.fromisoformat(given)
    except ValueError:
        return None
    return day if day.year >= 2000 and day < datetime.now(CHINA).date() else None


def _book(request: web.Request) -> BillBook:
    return request.app[CONSOLE].bills


SECTION = Section(
    routes=(
        web.get(PATH, bills_page),
        web.post(f"{PATH}/compare", compare),
        web.post(f"{PATH}/report", report),
    ),
    places=(Place("bills", PATH, "x", 29, Permission.PAYMENT_READ, group="operation"),),
)
