"""What a clerk has the resident do by one press: begin a service with the bot, send a document, agree to something."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from aiohttp import web

from desk.city.asking import Wanted
from desk.console import shell, visits
from desk.console.forms import Form
from desk.console.parts import CONSOLE
from desk.contract.messages import Text
from desk.contract.staff import Actor
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

    return {
        "start": (start, "start-service"),
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
