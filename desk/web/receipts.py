"""Receipts in public: anyone with a receipt's address, or number and code, sees what was paid and whether it holds."""

import asyncio
from datetime import datetime
from zoneinfo import ZoneInfo

from aiohttp import web

from desk.contract.errors import NotFound
from desk.contract.messages import Text
from desk.contract.wire import LOCALES, Locale
from desk.payments.links import Links
from desk.payments.numbers import receipt_number, serial_of
from desk.payments.receipts import ReceiptRow, find_receipt
from desk.texts.catalogs import LANGUAGE_TAGS, seal_of
from desk.web import languages
from desk.web.access import public
from desk.web.gate import WITH_FORM, insist_on_pace
from desk.web.limits import Rate
from desk.web.pages import page
from desk.web.parts import PARTS, Parts, payments_of
from desk.web.problems import Problem
from desk.web.qr import qr_svg
from desk.web.receipt_pdf import Sheet, write

VERIFY = "/receipt"
NUMBER = "/receipt/{number:R?-?[0-9]{1,15}-?[0-9]}"
NO_STORE = {"Cache-Control": "no-store"}
GUESSES = Rate(per_second=0.5, capacity=60)  # wrong codes of one address
GUESSES_AT_ONE = Rate(per_second=1 / 60, capacity=20)  # wrong codes of one receipt, of whatever address
LONGEST = 40  # characters of what is typed
MISREAD = str.maketrans("018", "OIB", " -")
"""Codes have letters and 2 to 7: what looks like another digit is the letter that it looks like."""
PAPERS = Rate(per_second=0.5, capacity=20)  # of one receipt: each is written anew


@public
async def verify_page(request: web.Request) -> web.Response:
    """Where number and code of a receipt are typed: what is right leads there, what is not is said beside it."""
    locale = languages.requested(request)
    number, code = (request.query.get(name, "").strip()[:LONGEST] for name in ("number", "code"))
    wrong: dict[str, str] = {}
    if number or code or "number" in request.query:
        found, wrong = await _typed(request, number, code.translate(MISREAD))
        if found is not None:
            return web.Response(status=303, headers={"Location": f"{found}&lang={locale}", **NO_STORE})
    return page(
        request,
        "verify.html",
        locale,
        LOCALES,
        headers={**NO_STORE, "Content-Security-Policy": WITH_FORM},
        number=number,
        code=code,
        wrong=wrong,
    )


async def _typed(request: web.Request, number: str, code: str) -> tuple[str | None, dict[str, str]]:
    """The address of the receipt that was typed, else the texts that say what is wrong, by field.

    Whether there is a receipt of a number is told only with its code.
    """
    links = payments_of(request).pages.dependencies.links
    wrong = {name: f"verify_missing_{name}" for name, given in (("number", number), ("code", code)) if not given}
    try:
        written = receipt_number(serial_of(number))
    except NotFound:
        return None, {"number": "verify_no_number", **wrong}
    if wrong:
        return None, wrong
    if links.verifies(written, code) and await find_receipt(payments_of(request).pages.dependencies, written):
        return f"{VERIFY}/{written}?c={links.receipt_code(written)}", {}
    await _insist_on_guesses(request, written)
    return None, {"code": "verify_no_receipt"}


async def _insist_on_guesses(request: web.Request, number: str) -> None:
    """Insist that a wrong code is one of few, of its address and of its receipt; who has the right one never waits.

    Raises:
        Problem: it is not.
    """
    await insist_on_pace(request, "codes of one receipt", GUESSES_AT_ONE, number)
    await insist_on_pace(request, "receipt codes", GUESSES)


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
        name=parts.catalogs.name(city.names.model_dump(), locale),
        seal=seal_of(city.names.model_dump(), locale),
        receipt=receipt,
        amount=say("card.value", value={"money": f"{receipt.amount:.2f}"}),
        returned=say("card.value", value={"money": f"{receipt.returned:.2f}"}) if receipt.returned else None,
        subject=parts.catalogs.text(receipt.subject, locale),
        agency=parts.catalogs.name(city.agency(receipt.agency).names.model_dump(), locale),
        phone_number=city.agency(receipt.agency).phone,
        paid_at=say("card.value", value={"datetime": receipt.paid_at.astimezone(zone).isoformat()}),
        issued_at=say("card.value", value={"datetime": receipt.issued_at.astimezone(zone).isoformat()}),
        code_value=payments_of(request).pages.dependencies.links.receipt_code(receipt.number),
    )


@public
async def receipt_code(request: web.Request) -> web.Response:
    """The QR code of a receipt's address, as SVG."""
    receipt = await _receipt(request)
    address = payments_of(request).pages.dependencies.links.receipt(receipt.number)
    return web.Response(body=qr_svg(address), content_type="image/svg+xml", headers=NO_STORE)


@public
async def receipt_pdf(request: web.Request) -> web.Response:
    """The same receipt as PDF."""
    parts, receipt = request.app[PARTS], await _receipt(request)
    await insist_on_pace(request, "receipt papers", PAPERS, receipt.number)
    sheet = _sheet(parts, receipt, languages.requested(request), payments_of(request).pages.dependencies.links)
    return web.Response(
        body=await asyncio.to_thread(write, sheet),
        content_type="application/pdf",
        headers={**NO_STORE, "Content-Disposition": f'inline; filename="{receipt.number}.pdf"'},
    )


def _sheet(parts: Parts, receipt: ReceiptRow, locale: Locale, links: Links) -> Sheet:
    city = parts.cities[receipt.city]
    agency = city.agency(receipt.agency)

    def say(key: str, **args: str) -> str:
        return parts.catalogs.text(Text.model_validate({"key": f"web.{key}", "args": args}), locale)

    def value(**given: str) -> str:
        return parts.catalogs.text(Text.model_validate({"key": "card.value", "args": {"value": given}}), locale)

    def at(moment: datetime) -> str:
        return value(datetime=moment.astimezone(ZoneInfo(city.timezone)).isoformat())

    about = "\n".join((parts.catalogs.text(receipt.subject, locale), *receipt.about))
    facts = [
        ("pay_amount", value(money=f"{receipt.amount:.2f}")),
        ("pay_refunded", value(money=f"{receipt.returned:.2f}") if receipt.returned else ""),
        ("pay_for", about),
        ("pay_to", parts.catalogs.name(agency.names.model_dump(), locale)),
        ("receipt_number", receipt.number),
        ("receipt_code", links.receipt_code(receipt.number)),
        ("receipt_of_agency", ", ".join(receipt.agency_receipts)),
        ("receipt_paid_at", at(receipt.paid_at)),
        ("receipt_issued_at", at(receipt.issued_at)),
        ("pay_order", receipt.order),
        ("pay_questions", agency.phone),
    ]
    return Sheet(
        tag=LANGUAGE_TAGS[locale],
        issuer=say("city_title", city=parts.catalogs.name(city.names.model_dump(), locale)),
        title=say("receipt_title"),
        warning="" if receipt.standing == "valid" else say(f"receipt_{receipt.standing}"),
        facts=tuple((say(label), shown) for label, shown in facts if shown),
        address=links.receipt(receipt.number),
        scan=say("receipt_scan"),
        issued_at=receipt.issued_at,
    )


async def _receipt(request: web.Request) -> ReceiptRow:
    dependencies = payments_of(request).pages.dependencies
    try:
        number = receipt_number(serial_of(request.match_info["number"]))
    except NotFound as exc:
        await insist_on_pace(request, "receipt codes", GUESSES)
        raise Problem("not_found") from exc
    if dependencies.links.verifies(number, request.query.get("c", "")):
        receipt = await find_receipt(dependencies, number)
        if receipt is not None:
            return receipt
    await _insist_on_guesses(request, number)
    raise Problem("not_found")
