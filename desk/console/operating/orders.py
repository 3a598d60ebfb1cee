"""Orders: found by their number, a receipt's or the gateway's; one with all that happened to it, and paid back."""

from urllib.parse import urlencode

from aiohttp import web

from desk.console import shell, visits
from desk.console.access import staff
from desk.console.faults import Fault, fault_of
from desk.console.forms import EMPTY, Form, form_of, query_of
from desk.console.parts import CONSOLE
from desk.console.sections import Place, Section
from desk.contract.errors import DeskError, NotFound
from desk.contract.messages import Text
from desk.contract.staff import NotPermitted, Permission
from desk.payments.looking import PAGE, OrderBook
from desk.payments.rows import OrderRow
from desk.payments.states import State
from desk.staff.requests import TOPIC, Kind
from desk.staff.rows import RequestRow
from desk.web.parts import PARTS

PATH = f"{visits.ROOT}/orders"
ONE = f"{PATH}/{{order:[0-9A-Za-z_-]{{1,64}}}}"


@staff(Permission.PAYMENT_READ)
async def orders_page(request: web.Request) -> web.Response:
    """Orders, the newest first; what is typed as a number leads to its order at once."""
    asked, actor, words = query_of(request), visits.actor_of(request), shell.words_of(request)
    faults = list[Fault]()
    if asked["number"]:
        try:
            return shell.see_other(f"{PATH}/{await _book(request).find(actor, asked['number'])}")
        except NotFound as exc:
            faults.append(fault_of(exc, "number"))
    status = asked["status"] if asked["status"] in set(State) else None
    found = await _book(request).page(
        actor, city=asked["city"] or None, status=status, before=asked["before"] or None, limit=PAGE + 1
    )
    kept = {name: asked[name] for name in ("city", "status") if asked[name]}
    return shell.page(
        request,
        "orders.html",
        status=422 if faults else 200,
        faults=faults,
        asked=asked,
        orders=[(one, service_name(request, one.service)) for one in found[:PAGE]],
        cities=[(slug, words.city(slug), "") for slug in request.app[PARTS].cities],
        states=[(one.value, words.t(f"order_status_{one}"), "") for one in State],
        older=urlencode({**kept, "before": found[PAGE - 1].number}) if len(found) > PAGE else "",
        newest=urlencode(kept) if asked["before"] else None,
    )


@staff(Permission.PAYMENT_READ)
async def order_page(request: web.Request) -> web.Response:
    """One order."""
    return await _one(request)


@staff(Permission.PAYMENT_REFUND)
async def refund(request: web.Request) -> web.Response:
    """Pay back the rest of it, or ask that another allows that where it is above the limit."""
    form, console, number = await form_of(request), request.app[CONSOLE], _number(request)
    actor = visits.actor_of(request)
    if console.refunds is None:
        return await _one(request, form, Fault(Text(key="console.error_refund_nothing")))
    try:
        begun = await console.refunds.begin(actor, number, reason=form["reason"], requests=console.staff.requests)
    except (NotPermitted, NotFound):
        raise
    except DeskError as exc:
        return await _one(request, form, fault_of(exc, "reason"))
    if isinstance(begun, RequestRow):
        await console.news.tell(TOPIC)
        return shell.see_other(f"{visits.ROOT}/requests/{begun.id}", done="asked")
    return shell.see_other(f"{PATH}/{number}", done="ticket_refund")


def service_name(request: web.Request, service: str) -> str:
    """What a service is called; one that there is no more has its name in the store."""
    found = request.app[PARTS].services.get(service)
    return service if found is None else shell.words_of(request).say(Text(key=found.title))


async def _one(request: web.Request, form: Form = EMPTY, *faults: Fault) -> web.Response:
    console, actor = request.app[CONSOLE], visits.actor_of(request)
    sheet = await _book(request).one(actor, _number(request))
    order = sheet.order
    asked = [
        one
        for one in await console.staff.requests.all(actor)
        if one.kind == Kind.REFUND and one.subject == order.number and one.state == "open"
    ]
    return shell.page(
        request,
        "order.html",
        status=422 if faults else 200,
        faults=faults,
        form=form,
        sheet=sheet,
        order=order,
        service=service_name(request, order.service),
        asked=asked[0] if asked else None,
        may_refund=_may_refund(request, order),
        names=await shell.named(request, (one.requested_by for one in asked)),
    )


def _may_refund(request: web.Request, order: OrderRow) -> bool:
    """Whether whoever looks may have something of it paid back; what is on its way the ledger knows."""
    actor = visits.actor_of(request)
    return (
        request.app[CONSOLE].refunds is not None
        and order.state in (State.BOOKED, State.REFUNDING)
        and order.refunded < order.amount
        and actor.may(Permission.PAYMENT_REFUND, order.city, order.agency)
    )


def _number(request: web.Request) -> str:
    return request.match_info["order"]


def _book(request: web.Request) -> OrderBook:
    return OrderBook(request.app[CONSOLE].engine)


SECTION = Section(
    routes=(
        web.get(PATH, orders_page),
        web.get(ONE, order_page),
        web.post(f"{ONE}/refund", refund),
    ),
    places=(Place("orders", PATH, "y", 28, Permission.PAYMENT_READ, group="operation"),),
)
