"""Pay pages: an order's own page, its QR code, the way to the provider, and what the provider notifies.

A page is for whoever has its address: without the code `k` there is no such page. Once its resident had everything
erased it says what was paid to whom, and nothing of the person.
"""

import re
from decimal import Decimal
from zoneinfo import ZoneInfo

import structlog
from aiohttp import web

from desk.alipay.notifications import FAILURE, SUCCESS, NotificationRefused, read_notification
from desk.contract.errors import BackendError, Conflict, NotFound
from desk.contract.messages import Text
from desk.contract.wire import LOCALES, Locale
from desk.payments.links import BACK
from desk.payments.metrics import NOTIFICATIONS
from desk.payments.opening import PaymentParts
from desk.payments.pages import Device
from desk.payments.rows import OrderRow
from desk.payments.states import State
from desk.texts.catalogs import locale_of, seal_of
from desk.web.access import public
from desk.web.gate import insist_on_pace
from desk.web.limits import Rate
from desk.web.pages import page
from desk.web.parts import PARTS, Parts, payments_of
from desk.web.problems import Problem
from desk.web.qr import qr_svg

log = structlog.get_logger(__name__)

NUMBER = "/pay/{number:[0-9]{24}}"
NO_STORE = {"Cache-Control": "no-store"}
GUESSES = Rate(per_second=0.5, capacity=60)  # wrong codes of one address
PHONES = re.compile(r"Mobile|Android|iPhone|HarmonyOS|AlipayClient|MicroMessenger", re.IGNORECASE)


@public
async def pay_page(request: web.Request) -> web.Response:
    """An order's page: how to pay it, or how it stands.

    Who comes back from paying before the provider has said so is told to wait, and cannot pay a second time.
    """
    parts, order = request.app[PARTS], await _order(request)
    payments = payments_of(request)
    locale = _locale(request, order)
    city = parts.cities[order.city]
    status = _status(order, payments)
    private = order.opened(payments.pages.dependencies.keys)
    receipt = order.receipt_number
    return page(
        request,
        "pay.html",
        locale,
        LOCALES,
        headers=NO_STORE,
        city=city.slug,
        name=parts.catalogs.name(city.names.model_dump(), locale),
        seal=seal_of(city.names.model_dump(), locale),
        agency=parts.catalogs.name(city.agency(order.agency).names.model_dump(), locale),
        phone_number=city.agency(order.agency).phone,
        order=order,
        status="confirming" if status == "open" and BACK in request.query else status,
        amount=parts.catalogs.text(_money(order.amount), locale),
        refunded=parts.catalogs.text(_money(order.refunded), locale) if order.refunded else None,
        subject=parts.catalogs.text(private.subject, locale),
        about=private.about(parted=order.parted),
        items=[] if order.parted else [parts.catalogs.text(item.title, locale) for item in private.items],
        until=order.expires_at.astimezone(_zone(parts, order)).strftime("%H:%M"),
        key=request.query["k"],
        device=_device(request),
        receipt=receipt,
        receipt_page=None if receipt is None else payments.pages.dependencies.links.receipt(receipt),
    )


@public
async def pay_status(request: web.Request) -> web.Response:
    """How an order stands, for its page: {"status", "order"}."""
    order = await _order(request)
    status = _status(order, payments_of(request))
    return web.json_response({"order": order.number, "status": status}, headers=NO_STORE)


@public
async def pay_prepare(request: web.Request) -> web.Response:
    """Lead to the provider's page that fits the device: `on` is phone or desk."""
    order = await _order(request)
    try:
        address = await payments_of(request).pages.address(order.number, _device(request))
    except Conflict:
        address = f"{NUMBER.partition('{')[0]}{order.number}?k={request.query['k']}"
    return web.Response(status=303, headers={"Location": address, **NO_STORE, "Referrer-Policy": "no-referrer"})


@public
async def pay_code(request: web.Request) -> web.Response:
    """The QR code to pay by, as SVG."""
    order = await _order(request)
    try:
        says = await payments_of(request).pages.qr_code(order.number)
    except BackendError as exc:
        log.warning("no_qr_code", order=order.number, error=type(exc).__name__)
        raise Problem("unavailable", headers={"Retry-After": "5"}) from exc
    return web.Response(body=qr_svg(says), content_type="image/svg+xml", headers=NO_STORE)


@public
async def alipay_notify(request: web.Request) -> web.Response:
    """Alipay's notification: `success` once what it says is committed, else `failure`, and it comes again."""
    payments = payments_of(request)
    try:
        notification = read_notification(await request.read(), payments.alipay)
        await payments.payments.note(
            notification.order,
            trade_no=notification.trade_no,
            trade_status=notification.status,
            amount=notification.amount,
            is_paid=notification.says_paid,
            paid_at=notification.paid_at,
            source="notification",
            refund_request=notification.refund_request or "",
        )
    except NotificationRefused as exc:
        return _refused(exc.reason)
    except NotFound:
        return _refused("unknown_order")
    except Conflict:
        return _refused("other_amount")
    NOTIFICATIONS.labels(outcome="taken").inc()
    return web.Response(text=SUCCESS, headers=NO_STORE)


def _refused(reason: str) -> web.Response:
    NOTIFICATIONS.labels(outcome=reason).inc()
    log.warning("notification_refused", reason=reason)
    return web.Response(text=FAILURE, status=400, headers=NO_STORE)


async def _order(request: web.Request) -> OrderRow:
    payments, number = payments_of(request), request.match_info["number"]
    if not payments.pages.dependencies.links.opens_pay_page(number, request.query.get("k", "")):
        await insist_on_pace(request, "pay codes", GUESSES)
        raise Problem("not_found")
    return await payments.pages.dependencies.find(number)


def _status(order: OrderRow, payments: PaymentParts) -> str:
    """The order's status; one that can no longer be paid, and is not closed yet, is `expired`."""
    if order.state is State.OPEN and payments.pages.dependencies.now() >= order.expires_at:
        return "expired"
    return order.status


def _device(request: web.Request) -> Device:
    asked = request.query.get("on")
    if asked in ("phone", "desk"):
        return "phone" if asked == "phone" else "desk"
    return "phone" if PHONES.search(request.headers.get("User-Agent", "")) else "desk"


def _locale(request: web.Request, order: OrderRow) -> Locale:
    """The language asked for, else the one the order was made in."""
    made_in = next(one for one in LOCALES if one == order.locale)
    return locale_of(request.query.get("lang", "")) or made_in


def _zone(parts: Parts, order: OrderRow) -> ZoneInfo:
    return ZoneInfo(parts.cities[order.city].timezone)


def _money(amount: Decimal) -> Text:
    return Text(key="card.value", args={"value": {"money": f"{amount:.2f}"}})
