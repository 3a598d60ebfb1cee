"""What residents demand of their data, at a ticket: how much is kept, consents, a link for them, a demand of two."""

from typing import Any

from aiohttp import web
from markupsafe import Markup
from pydantic import JsonValue

from desk.consents.beside import ConsentBeside, consents_beside
from desk.console import requests, shell, visits
from desk.console.access import staff
from desk.console.faults import Fault, fault_of
from desk.console.forms import EMPTY, Form, form_of
from desk.console.parts import CONSOLE
from desk.console.sections import Section
from desk.console.ticket import ONE, ticket_of
from desk.console.ticket_words import TicketWords
from desk.console.tickets import PATH
from desk.contract.errors import DeskError
from desk.contract.messages import Text
from desk.contract.staff import NotPermitted, Permission
from desk.rights.service import Demand, Document
from desk.staff.requests import TOPIC
from desk.tickets.rows import TicketRow
from desk.web.parts import PARTS
from desk.web.qr import qr_svg


@staff(Permission.TICKET_READ)
async def rights_page(request: web.Request) -> web.Response:
    """How much is kept of who wrote, what they agreed to, and what can be done where they ask."""
    return await _page(request)


@staff(Permission.TICKET_ANSWER)
async def send_link(request: web.Request) -> web.Response:
    """Send the resident their link, in the conversation."""
    await form_of(request)
    ticket = await ticket_of(request)
    try:
        await request.app[CONSOLE].rights.send_link(visits.actor_of(request), ticket.id)
    except NotPermitted:
        raise
    except DeskError as exc:
        return await _page(request, faults=[fault_of(exc)])
    return shell.see_other(f"{PATH}/{ticket.reference}", done="rights_link")


@staff(Permission.PERSONAL_ASK)
async def demand(request: web.Request) -> web.Response:
    """Ask for what a resident demands at the counter."""
    form, ticket, console = await form_of(request), await ticket_of(request), request.app[CONSOLE]
    try:
        asked = await console.rights.ask(
            visits.actor_of(request),
            ticket.id,
            form["demand"],
            form["document"],
            reason=form["reason"],
            requests=console.staff.requests,
        )
    except NotPermitted:
        raise
    except DeskError as exc:
        return await _page(request, form=form, faults=[fault_of(exc, "reason" if not form["reason"].strip() else "")])
    await console.news.tell(TOPIC)
    return shell.see_other(f"{requests.PATH}/{asked.id}", done="rights_asked")


@staff(Permission.PERSONAL_ASK)
async def take_link(request: web.Request) -> web.Response:
    """Show the link of a copy that was allowed, once, to who asked for it, as a code for the resident's telephone."""
    await form_of(request)
    actor, number = visits.actor_of(request), int(request.match_info["number"])
    await request.app[CONSOLE].staff.requests.one(actor, number)  # another's is not there
    try:
        address = await request.app[CONSOLE].rights.take_link(actor, number)
    except NotPermitted:
        raise
    except DeskError as exc:
        return shell.page(request, "rights_link.html", status=422, faults=[fault_of(exc)], address="", code="")
    code = Markup(qr_svg(address).decode())
    return shell.page(request, "rights_link.html", faults=[], address=address, code=code)


async def _page(request: web.Request, *, form: Form = EMPTY, faults: list[Fault] | None = None) -> web.Response:
    actor, ticket, console = visits.actor_of(request), await ticket_of(request), request.app[CONSOLE]
    words, kept, consents = shell.words_of(request), None, []
    if ticket.conversation_id is not None:
        kept = await console.rights.kept(actor, ticket)
        async with console.engine.connect() as connection:
            places = actor.places(Permission.TICKET_READ)
            consents = await consents_beside(connection, ticket.conversation_id, places)

    values: dict[str, Any] = {
        "ticket": ticket,
        "reference": ticket.reference,
        "tickets": TicketWords(request),
        "kept": kept,
        "consents": [(one, _purpose(request, ticket, one), words.agency(ticket.city, one.agency)) for one in consents],
        "owns": actor.may(Permission.TICKET_ANSWER, ticket.city, ticket.agency)
        and ticket.state == "claimed"
        and ticket.claimed_by == actor.login,
        "may_ask": actor.may(Permission.PERSONAL_ASK, ticket.city, ticket.agency),
        "demands": [(one.value, words.t(f"rights_demand_{one}"), "") for one in Demand],
        "documents": [(one.value, words.t(f"rights_document_{one}"), "") for one in Document],
    }
    return shell.page(request, "rights.html", status=422 if faults else 200, faults=faults or [], form=form, **values)


def _purpose(request: web.Request, ticket: TicketRow, consent: ConsentBeside) -> str:
    """To what a resident agreed, in words: of a question by one press its own, else the reason that was said."""
    words, (of, _, name) = shell.words_of(request), consent.purpose.partition(".")
    asked = request.app[CONSOLE].asking.of("consent", name) if of == "asking" else None
    if asked is not None:
        return request.app[PARTS].catalogs.name(asked.names.model_dump(), visits.locale_of(request))
    if consent.purpose not in request.app[PARTS].catalogs.keys(visits.locale_of(request)):
        return words.t("rights_consent_to", field=consent.field)
    agency = {"name": _names(request, ticket.city, consent.agency)}
    return words.say(Text(key=consent.purpose, args={"agency": agency, "first": agency, "reference": ticket.reference}))


def _names(request: web.Request, city: str, agency: str) -> dict[str, JsonValue]:
    found = next((one for one in request.app[PARTS].cities[city].agencies if one.slug == agency), None)
    return {"zh_Hans": agency, "en": agency} if found is None else found.names.model_dump(exclude_none=True)


SECTION = Section(
    routes=(
        web.get(f"{ONE}/data", rights_page),
        web.post(f"{ONE}/data/link", send_link),
        web.post(f"{ONE}/data/demand", demand),
        web.post(f"{requests.ONE}/link", take_link),
    ),
)
