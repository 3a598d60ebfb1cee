"""What a clerk has done by one press: a service begun, a document or a consent asked for, money paid back."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from aiohttp import web

from desk.city.asking import Wanted
from desk.console import shell, visits
from desk.console.forms import Form
from desk.console.parts import CONSOLE
from desk.contract.errors import Conflict
from desk.contract.messages import Text
from desk.contract.staff import Actor, Permission
from desk.payments.beside import OrderBeside, orders_beside
from desk.tickets.asking import Ask, Asks, lacks
from desk.tickets.rows import TicketRow
from desk.tickets.service import Clerks
from desk.tickets.starting import Starting
from desk.web.parts import PARTS

type Do = Callable[[Clerks, Actor, int, Form], Awaitable[object]]
type Options = list[tuple[str, str, str]]


def presses(request: web.Request) -> Mapping[str, tuple[Do, str]]:
    """What forms of the page do, by name, and the field where an error is put right."""
    asking, services = request.app[CONSOLE].asking, request.app[PARTS].services

    def start(clerks: Clerks, actor: Actor, one: int, form: Form) -> Awaitable[object]:
        found = services.get(form["service"])
        return Starting(clerks).start(actor, one, form["service"], "" if found is None else found.title)

    def refund(clerks: Clerks, actor: Actor, one: int, form: Form) -> Awaitable[object]:
        return _pay_back(request, clerks, actor, one, form)

    return {
        "start": (start, "start-service"),
        "refund": (refund, "refund-reason"),
        "document": (
            lambda clerks, actor, one, form: Asks(clerks, asking).document(actor, one, form["document"]),
            "document",
        ),
        "consent": (
            lambda clerks, actor, one, form: Asks(clerks, asking).consent(actor, one, form["consent"]),
            "consent",
        ),
    }


def possible(request: web.Request, clerks: Clerks, ticket: TicketRow) -> dict[str, Any]:
    """What there is to choose from: the services of the city, documents and consents, each by its name."""
    parts, words, asks = request.app[PARTS], shell.words_of(request), Asks(clerks, request.app[CONSOLE].asking)
    city = parts.cities.get(ticket.city)
    offered = () if city is None else (name for name in city.services if name in parts.services)
    services: Options = [(one, words.say(Text(key=parts.services[one].title)), "") for one in offered]
    named = {
        f"{what}s": [(one.slug, _asked_as(request, one, ticket), "") for one in asks.possible(ticket, what)]
        for what in ("document", "consent")
    }
    return {"services": services, **named}


async def refundable(request: web.Request, ticket: TicketRow) -> list[OrderBeside]:
    """The orders of a ticket's conversation of which whoever looks may have something paid back."""
    if ticket.conversation_id is None or request.app[CONSOLE].refunds is None:
        return []
    places = visits.actor_of(request).places(Permission.PAYMENT_REFUND)
    async with request.app[CONSOLE].engine.connect() as connection:
        found = await orders_beside(connection, ticket.conversation_id, places)
    return [one for one in found if one.may_be_paid_back]


async def _pay_back(request: web.Request, clerks: Clerks, actor: Actor, ticket_id: int, form: Form) -> object:
    """Pay back the rest of an order of the ticket's conversation, or ask that another allows it."""
    console, ticket = request.app[CONSOLE], await clerks.find(actor, ticket_id)
    known = {one.number for one in await refundable(request, ticket)}
    if console.refunds is None or form["order"] not in known:
        raise Conflict(
            f"Nothing of an order {form['order'][:40]!r} can be paid back at {ticket.reference}.",
            said=Text(key="console.error_refund_nothing"),
        )
    return await console.refunds.begin(actor, form["order"], reason=form["reason"], requests=console.staff.requests)


def _asked_as(request: web.Request, wanted: Wanted, ticket: TicketRow) -> str:
    """What is asked for, in the clerk's language; with what is asked for besides, since it cannot be done without."""
    name = _named(request, wanted.names.model_dump())
    if not lacks(wanted, ticket):
        return name
    return shell.words_of(request).say(Text(key="console.ticket_asks_number", args={"what": name}))


def named_asks(request: web.Request, asks: Sequence[Ask]) -> list[tuple[Ask, str]]:
    """What was asked for, in the clerk's language; what is not there any more as it was called to the resident."""
    asking = request.app[CONSOLE].asking
    found = [(one, asking.of(one.what, one.name)) for one in asks]
    return [(one, one.said if wanted is None else _named(request, wanted.names.model_dump())) for one, wanted in found]


def _named(request: web.Request, names: Mapping[str, Any]) -> str:
    return request.app[PARTS].catalogs.name(dict(names), visits.locale_of(request))
