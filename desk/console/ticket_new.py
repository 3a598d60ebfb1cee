"""Opening a ticket for a resident who is at the counter or on the telephone, by a number that they have."""

from uuid import UUID

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.cases.beside import conversation_of_case
from desk.console import shell, visits
from desk.console.access import staff
from desk.console.faults import Fault, fault_of
from desk.console.forms import EMPTY, Form, form_of
from desk.console.parts import CONSOLE
from desk.console.sections import Section
from desk.console.tickets import PATH, clerks_of
from desk.contract.errors import DeskError, NotFound
from desk.contract.messages import Text
from desk.contract.staff import Actor, NotPermitted, Permission
from desk.payments.beside import conversation_of_order
from desk.tickets.by_clerk import ByClerk
from desk.tickets.reference import SHAPE, ticket_id_of
from desk.web.parts import PARTS

NEW = f"{PATH}/new"


@staff(Permission.TICKET_ANSWER)
async def new_page(request: web.Request) -> web.Response:
    """Which number, and why."""
    return _page(request)


@staff(Permission.TICKET_ANSWER)
async def open_one(request: web.Request) -> web.Response:
    """Open it, and go there."""
    form, actor = await form_of(request), visits.actor_of(request)
    try:
        async with request.app[CONSOLE].engine.connect() as connection:
            conversation_id, agency = await _found(request, connection, actor, form["number"])
        ticket = await ByClerk(clerks_of(request)).open(actor, conversation_id, agency, reason=form["reason"])
    except NotPermitted:
        raise
    except DeskError as exc:
        field = "number" if isinstance(exc, NotFound) else "" if form["reason"].strip() else "reason"
        return _page(request, form, fault_of(exc, field))
    return shell.see_other(f"{PATH}/{ticket.reference}")


async def _found(request: web.Request, connection: AsyncConnection, actor: Actor, number: str) -> tuple[UUID, str]:
    """The conversation that a number is of, and the agency that has it: of an earlier ticket, an order or a case.

    Raises:
        NotFound: there is none that the actor may see, or its resident has had everything erased.
    """
    wanted = number.strip()
    places = actor.places(Permission.TICKET_ANSWER)
    found: tuple[UUID, str] | None = None
    if SHAPE.fullmatch(wanted) and wanted[:1] in "Tt":
        ticket = await clerks_of(request).find(actor, ticket_id_of(wanted))
        found = None if ticket.conversation_id is None else (ticket.conversation_id, ticket.agency)
    elif wanted:
        found = await conversation_of_order(connection, wanted, places)
        found = found or await conversation_of_case(connection, request.app[PARTS].keys, wanted, places)
    if found is None:
        raise NotFound(f"No conversation is known by {wanted!r}.", said=Text(key="console.error_ticket_no_number"))
    return found


def _page(request: web.Request, form: Form = EMPTY, *faults: Fault) -> web.Response:
    return shell.page(request, "ticket_new.html", status=422 if faults else 200, faults=list(faults), form=form)


SECTION = Section(routes=(web.get(NEW, new_page), web.post(NEW, open_one)))
