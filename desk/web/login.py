"""Residents who come in through another platform's door: its page, its entries, and trades to pay in its app."""

import math
from typing import Annotated

from aiohttp import web
from aiohttp_pydantic.oas.typing import r200, r201
from pydantic import Field, StringConstraints

from channels.webchat import Received, Sent, SessionOpened, Slot
from desk.contract.channel import Forged
from desk.contract.errors import BackendError, Conflict, NotFound
from desk.contract.wire import LOCALES, Locale
from desk.login.service import TOKEN_GOOD, FromAPage, Logins, Sender, Unconfirmed
from desk.web import cookies, languages
from desk.web.access import caller_of, public, session
from desk.web.gate import SPEAKS
from desk.web.limits import Rate
from desk.web.pages import page
from desk.web.parts import PARTS, PAYMENTS, conversation_of
from desk.web.problems import Problem
from desk.web.typed import typed

LOGINS = web.AppKey("logins", Logins)  # absent where no account has a door
ENTER = "/enter/{account:[a-z0-9_-]+}"
TRADE = "/chat/v1/orders/{order:[0-9]{24}}/trade"
FORGERIES = Rate(per_second=0.5, capacity=20)  # of one caller: entries that were refused


class EntryRequest(Received):
    """Comes in through a platform's door. `entry` is what the platform gave: a signed entry, or a code.

    An entry of a link is brought by the page `/enter/<account>` alone, whose cookie comes with it, and admitted once it
    is `confirmed`: the person has said that they opened it themselves. `cookie` is as that of a session. An app's code
    no browser may bring.
    """

    account: Slot
    entry: Annotated[str, StringConstraints(min_length=1, max_length=4096)] = Field(repr=False)
    locale: Locale | None = None
    confirmed: bool = False
    cookie: Slot | None = None


class EntryOpened(SessionOpened):
    """The resident's lasting conversation. `certified`: the platform said who they are, by name and id number."""

    certified: bool


class TradeOpened(Sent):
    """A trade of the platform, to be paid in its app: `my.tradePay({tradeNO})`."""

    order: str
    trade_no: str


@public
async def enter_page(request: web.Request) -> web.Response:
    """The chat as a page for residents of a platform; who they are stands behind the # and is never sent here."""
    if LOGINS not in request.app:
        raise Problem("not_found")
    locale = languages.requested(request)
    account = request.match_info["account"]
    try:
        nonce = await request.app[LOGINS].asked(account)
    except NotFound as exc:
        raise Problem("not_found") from exc
    headers = {"Cache-Control": "no-store", **SPEAKS}
    shown = page(request, "enter.html", locale, LOCALES, account=account, headers=headers)
    cookies.keep_asked(request, shown, account, nonce)
    return shown


@public
@typed
async def open_entry(request: web.Request, body: EntryRequest) -> r201[EntryOpened]:
    """Come in through a platform's door: the resident's lasting conversation goes on.

    Status Codes:
        201: Open. Keep the token: it is shown once, and good for a day.
    """
    parts, logins = request.app[PARTS], request.app.get(LOGINS)
    if logins is None:
        raise Problem("not_found")
    if body.cookie is not None and not cookies.is_own_page(request):
        raise Problem("origin_not_allowed")
    caller, rate = caller_of(request, parts.proxies), parts.limits.sessions
    admission = await parts.buckets.take("sessions", caller, rate)
    if admission.wait_seconds:
        raise _too_many(admission.wait_seconds)
    try:
        sender = Sender(cookies.asked_in(request, body.account), cookies.is_browser(request) or body.cookie is not None)
        opened = await logins.admit(body.account, body.entry, body.locale, sender=sender, confirmed=body.confirmed)
    except FromAPage as exc:
        raise Problem("origin_not_allowed") from exc
    except Unconfirmed as exc:
        raise Problem("entry_unconfirmed", known_by=exc.known_by) from exc
    except NotFound as exc:
        raise Problem("not_found") from exc
    except Forged as exc:
        admission = await parts.buckets.take("entries", caller, FORGERIES)
        raise _too_many(admission.wait_seconds) if admission.wait_seconds else Problem("entry_refused") from exc
    except BackendError as exc:
        raise Problem("unavailable", headers={"Retry-After": "5"}) from exc
    entered = EntryOpened(
        session=opened.conversation,
        token=opened.token if body.cookie is None else None,
        city=opened.city,
        locale=opened.locale,
        certified=opened.is_certified,
    )
    answer = web.json_response(entered.model_dump(), status=201, headers={"Cache-Control": "no-store"})
    if body.cookie is not None:
        cookies.keep(request, answer, body.cookie, opened.token, TOKEN_GOOD)
    return answer


@session
@typed
async def open_trade(request: web.Request, order: str, /) -> r200[TradeOpened]:
    """Open the trade of an order of this conversation, to be paid in the platform's app. Asking again gives the same.

    Status Codes:
        200: The trade.
    """
    logins, payments, conversation = request.app.get(LOGINS), request.app.get(PAYMENTS), conversation_of(request)
    if logins is None or payments is None:
        raise Problem("not_found")
    buyer = await logins.buyer(conversation.id)
    if buyer is None or not await payments.pages.belongs(order, conversation.id):
        raise Problem("not_found")
    try:
        trade_no = await payments.pages.trade(order, buyer=buyer.name, mini_program=buyer.application)
    except NotFound as exc:
        raise Problem("not_found") from exc
    except Conflict as exc:
        raise Problem("conflict") from exc
    except BackendError as exc:
        raise Problem("unavailable", headers={"Retry-After": "5"}) from exc
    opened = TradeOpened(order=order, trade_no=trade_no)
    return web.json_response(opened.model_dump(), headers={"Cache-Control": "no-store"})


def _too_many(seconds: float) -> Problem:
    return Problem("too_many_sessions", headers={"Retry-After": str(math.ceil(seconds))})
