"""Receipts in public: anyone with a receipt's address, or its number and code, sees what was paid and whether it holds.

May not know how orders come about.
"""

from zoneinfo import ZoneInfo

from aiohttp import web

from desk.errors import NotFound
from desk.messages import LOCALES, Text
from desk.payments.opening import PaymentParts
from desk.payments.receipts import ReceiptRow, find_receipt
from desk.web import languages
from desk.web.access import public
from desk.web.pages import page
from desk.web.parts import PARTS, PAYMENTS
from desk.web.problems import Problem
from desk.web.qr import qr_svg

NUMBER = "/receipt/{number:R?-?[0-9]{1,15}-?[0-9]}"
NO_STORE = {"Cache-Control": "no-store"}


@public
async def receipt_page(request: web.Request) -> web.Response:
    """A receipt, verified."""
    parts, receipt = request.app[PARTS], await _receipt(request)
    city, locale = parts.cities[receipt.city], languages.requested(request)
    zone = ZoneInfo(city.timezone)

    def say(key: str, **args: object) -> str:
        return parts.catalogs.text(Text.model_validate({"key": key, "args": args}), locale)

    return page(
        request,
        "receipt.html",
        locale,
        LOCALES,
        headers=NO_STORE,
        city=city.slug,
        city_name=parts.catalogs.name(city.names.model_dump(), locale),
        seal=city.names.zh_Hans[0],
        receipt=receipt,
        amount=say("card.value", value={"money": f"{receipt.amount:.2f}"}),
        returned=say("card.value", value={"money": f"{receipt.returned:.2f}"}) if receipt.returned else None,
        subject=parts.catalogs.text(receipt.subject, locale),
        agency=parts.catalogs.name(city.agency(receipt.agency).names.model_dump(), locale),
        paid_at=say("card.value", value={"datetime": receipt.paid_at.astimezone(zone).isoformat()}),
        issued_at=say("card.value", value={"datetime": receipt.issued_at.astimezone(zone).isoformat()}),
        code_value=_payments(request).pages.till.links.receipt_code(receipt.number),
    )


@public
async def receipt_code(request: web.Request) -> web.Response:
    """The QR code of a receipt's address, as SVG."""
    receipt = await _receipt(request)
    address = _payments(request).pages.till.links.receipt(receipt.number)
    return web.Response(body=qr_svg(address), content_type="image/svg+xml", headers=NO_STORE)


def _payments(request: web.Request) -> PaymentParts:
    payments = request.app.get(PAYMENTS)
    if payments is None:
        raise Problem("not_found")
    return payments


async def _receipt(request: web.Request) -> ReceiptRow:
    payments = _payments(request)
    try:
        receipt = await find_receipt(payments.pages.till, request.match_info["number"])
    except NotFound:
        receipt = None
    if receipt is None or not payments.pages.till.links.verifies(receipt.number, request.query.get("c", "")):
        raise Problem("not_found")
    return receipt
