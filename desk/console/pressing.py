"""What a clerk has done by one press: a service begun, a document or a consent asked for, money paid back.

And what the page says before: how the ticket ends for each reason, what goes on from where.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from desk.city.asking import Wanted
from desk.city.files import Agency
from desk.console import shell, visits
from desk.console.forms import Form
from desk.console.parts import CONSOLE
from desk.console.ticket_words import TicketWords
from desk.contract.errors import Conflict
from desk.contract.messages import Text
from desk.contract.staff import Actor, Permission
from desk.contract.wire import LOCALES, Locale
from desk.payments.beside import OrderBeside, orders_beside
from desk.tickets import notices
from desk.tickets.asking import Ask, Asks, lacks
from desk.tickets.ending.closing import REOPENS, CloseReason, Ending, ending, other_of, wanted_of
from desk.tickets.grades.ledger import may_ask
from desk.tickets.rows import TicketRow
from desk.tickets.service import Clerks
from desk.tickets.starting import Starting
from desk.tickets.workbench import Sheet
from desk.web.parts import PARTS

type Do = Callable[[Clerks, Actor, int, Form], Awaitable[object]]
type Options = list[tuple[str, str, str]]

RECENT = timedelta(hours=1)
"""So long after the clerk's last words it is early to say that the resident wrote no more."""


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


@dataclass(frozen=True, slots=True)
class Told:
    """How a ticket ends for a reason: when it is the right one, what the resident reads, and what follows, in words."""

    reason: CloseReason
    name: str
    when: str
    reads: str
    then: Sequence[str]
    by_writing: bool


async def endings(request: web.Request, sheet: Sheet) -> list[Told]:
    """How the ticket ends for each reason; nothing where it ends with a call-back, or nobody is there to be told."""
    ticket = sheet.ticket
    if ticket.conversation_id is None or ticket.is_mending:
        return []
    async with request.app[CONSOLE].engine.connect() as connection:
        other = await other_of(connection, ticket)
    agency, wanted = _agency(request, ticket, ticket.agency), _wanted(request, sheet)
    asks = agency is not None and may_ask(ticket, agency)
    found = [ending(ticket, agency, one, wanted=wanted, other=other) for one in CloseReason]
    return [_told(request, one, asks=asks) for one in found]


def _told(request: web.Request, one: Ending, *, asks: bool) -> Told:
    words = shell.words_of(request)
    name, days = words.t(f"ticket_close_{one.reason}"), one.reopens_days
    then = [words.t("ticket_end_grade" if asks and one.reason in REOPENS else "ticket_end_no_grade")]
    if one.by_writing:
        then.append(words.t("ticket_end_by_writing", days=days))
    elif days:
        button = words.say(Text(key="button.reopen_ticket"))
        then.append(words.t("ticket_end_by_button", days=days, button=button))
    else:
        then.append(words.t("ticket_end_for_good"))
    reads = words.say(Text(key=one.said.key, args=one.said.args))
    return Told(one.reason, name, words.t(f"ticket_end_when_{one.reason}"), reads, then, one.by_writing)


def unfinished(request: web.Request, sheet: Sheet, told: Sequence[Told]) -> list[str]:
    """What is said of a question of the assistant's that is open: what to do, and what answers it; empty: none is."""
    wanted, words = _wanted(request, sheet), shell.words_of(request)
    if wanted is None or sheet.service is None:
        return []
    name, service = words.say(Text(key=wanted)), TicketWords(request).service(sheet.service)
    to_ticket = [words.t("ticket_end_not_filled", reason=one.name) for one in told if one.by_writing]
    return [
        words.t("ticket_end_unfinished", service=service, wanted=name),
        words.t("ticket_end_answers", wanted=name),
        *to_ticket,
    ]


def minutes_since_asked(sheet: Sheet, now: datetime) -> int | None:
    """How many minutes ago (0: a moment) the clerk wrote last; None: the resident has since, or it is `RECENT`."""
    last = next((line for line in reversed(sheet.lines) if line.author in ("clerk", "resident")), None)
    if last is None or last.author != "clerk" or now - last.at >= RECENT:
        return None
    return max((now - last.at) // timedelta(minutes=1), 0)


def begun(sheet: Sheet) -> tuple[str, ...]:
    """The services that the resident has begun, the one in front first."""
    filled = [one.service for one in sheet.filled or ()]
    return tuple(dict.fromkeys([*([sheet.service] if sheet.service else []), *sheet.waiting, *filled]))


def services_first(request: web.Request, sheet: Sheet, services: Options) -> Options:
    """Services to start, those that the resident has begun first: they go on from there."""
    first = begun(sheet)
    words = shell.words_of(request)
    named = {one: (one, words.t("ticket_start_goes_on", service=name), group) for one, name, group in services}
    mine = [named[one] for one in first if one in named]
    return [*mine, *(one for one in services if one[0] not in first)]


def agency_of_running(request: web.Request, sheet: Sheet) -> Agency | None:
    """The agency of the service that runs, where it is another than the ticket's."""
    ticket, city = sheet.ticket, request.app[PARTS].cities.get(sheet.ticket.city)
    found = city.services.get(sheet.service) if city is not None and sheet.service else None
    return None if found is None or found.agency == ticket.agency else _agency(request, ticket, found.agency)


def asked_to_pass(request: web.Request, sheet: Sheet, slug: str) -> str:
    """What the resident reads who is asked whether an agency may have the ticket, in their language."""
    agency, catalogs = _agency(request, sheet.ticket, slug), request.app[PARTS].catalogs
    if agency is None:
        return ""
    reply = notices.may_transfer(agency, reference=sheet.ticket.reference, time=1)
    locale: Locale = next((one for one in LOCALES if one == sheet.locale), visits.locale_of(request))
    buttons = " ".join(f"[{catalogs.text(one.title, locale)}]" for one in reply.buttons)
    return f"{catalogs.text(Text(key=reply.key, args=reply.args), locale)} {buttons}"


def _agency(request: web.Request, ticket: TicketRow, slug: str) -> Agency | None:
    city = request.app[PARTS].cities.get(ticket.city)
    return None if city is None else next((one for one in city.agencies if one.slug == slug), None)


def _wanted(request: web.Request, sheet: Sheet) -> str | None:
    known = request.app[PARTS].catalogs.keys(visits.locale_of(request))
    return wanted_of(sheet.asks_field, sheet.asks_for, known)
