"""One ticket: the conversation, what is known beside it, and all that a clerk does with it."""

import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from aiohttp import ClientConnectionError, web

from desk.cases.beside import cases_beside
from desk.city.answering import Urgency
from desk.console import shell, visits
from desk.console.access import staff
from desk.console.faults import Fault, fault_of, naming, who_of
from desk.console.forms import EMPTY, Form, form_of
from desk.console.live import Streams, full
from desk.console.operating.cases import status_of
from desk.console.parts import CONSOLE
from desk.console.pressing import (
    Do,
    agency_of_running,
    asked_to_pass,
    endings,
    minutes_since_asked,
    named_asks,
    possible,
    presses,
    refundable,
    services_first,
    unfinished,
)
from desk.console.sections import Section
from desk.console.suggesting import past_for, suggested_for
from desk.console.ticket_words import NOT_TEXT, TicketWords
from desk.console.tickets import NUMBER, PATH, clerks_of, colleagues, presence_of
from desk.contract.errors import Conflict, DeskError, NotFound
from desk.contract.staff import Actor, NotLoggedIn, NotPermitted, Permission
from desk.contract.wire import Locale
from desk.conversations.live import ENDED, NEW, NEWS, WRITING
from desk.payments.beside import orders_beside
from desk.staff.names import Names
from desk.staff.rows import RequestRow
from desk.texts.masking import masked
from desk.tickets.assigning import Assigning
from desk.tickets.canned import canned_of
from desk.tickets.ending.closing import CloseReason
from desk.tickets.ending.reopening import Reopening
from desk.tickets.holding import Holding
from desk.tickets.labelling import Labelling
from desk.tickets.lists.subjects import WHOLE, subject_in, told_in
from desk.tickets.lists.watching import OpenTickets
from desk.tickets.merging import Merging
from desk.tickets.notes import Notes, UnknownMention
from desk.tickets.reference import ticket_id_of
from desk.tickets.rows import TicketRow
from desk.tickets.staffing.teams import Team, Teaming, Teams
from desk.tickets.suggesting.past import PastAnswers, past_of
from desk.tickets.talk import conversations_of
from desk.tickets.transferring import Transferring, passed_on
from desk.tickets.workbench import Sheet, Workbench, kept_beside
from desk.web.parts import PARTS

ONE = f"{PATH}/{{reference:[Tt]-[0-9]{{1,18}}-[0-9]}}"
WAITS = {
    "1h": timedelta(hours=1),
    "4h": timedelta(hours=4),
    "1d": timedelta(days=1),
    "3d": timedelta(days=3),
    "7d": timedelta(days=7),
}
"""For how long a ticket is put aside."""
SUGGESTED = 3
BEAT_SECONDS = 5.0
"""How often who else looks is told anew."""
LOOK_SECONDS = 15.0
"""How often a stream shows that it lives, and looks whether its session does."""
CHANGED = "changed"
"""Told to a page whose ticket has changed, so that it looks at what it shows."""
MOST_OPEN = 60
"""Tickets that one person has open at once, in whatever browsers."""
STREAMS = web.AppKey("ticket_streams", Streams)
OPEN_TICKETS = web.AppKey("open_tickets", OpenTickets)
RETRY = b"retry: 3000\n\n"
GREW = b"event: grew\ndata: new\n\n"


def _until(form: Form) -> datetime:
    return datetime.now(UTC) + WAITS.get(form["for"], timedelta(0))


def _team_in(form: Form) -> int | None:
    return int(form["team"]) if NUMBER.fullmatch(form["team"]) else None


ACTS: dict[str, tuple[Do, str]] = {
    "claim": (lambda clerks, actor, one, _: clerks.claim(actor, one), ""),
    "reply": (lambda clerks, actor, one, form: clerks.reply(actor, one, form["message"]), "message"),
    "note": (
        lambda clerks, actor, one, form: Notes(clerks).add(actor, one, form["note"], anyway=bool(form["anyway"])),
        "note",
    ),
    "hold": (
        lambda clerks, actor, one, form: Holding(clerks).hold(
            actor, one, _until(form), reason=form["reason"], in_office=form["for"].endswith("d")
        ),
        "hold-reason",
    ),
    "snooze": (lambda clerks, actor, one, form: Holding(clerks).snooze(actor, one, _until(form)), ""),
    "resume": (lambda clerks, actor, one, _: Holding(clerks).resume(actor, one), ""),
    "assign": (lambda clerks, actor, one, form: Assigning(clerks).assign(actor, one, form["login"]), "login"),
    "take_over": (
        lambda clerks, actor, one, form: Assigning(clerks).take_over(actor, one, reason=form["reason"]),
        "take-reason",
    ),
    "put_back": (lambda clerks, actor, one, _: Assigning(clerks).put_back(actor, one), ""),
    "hand_back": (lambda clerks, actor, one, _: clerks.hand_back(actor, one), ""),
    "close": (
        lambda clerks, actor, one, form: clerks.close(
            actor, one, form["why"], told=form["told"], why_not=form["reason"]
        ),
        "why",
    ),
    "reopen": (
        lambda clerks, actor, one, form: Reopening(clerks).reopen(actor, one, reason=form["reason"]),
        "reopen-reason",
    ),
    "transfer": (
        lambda clerks, actor, one, form: Transferring(clerks).ask(actor, one, form["agency"], reason=form["reason"]),
        "transfer-reason",
    ),
    "merge": (
        lambda clerks, actor, one, form: Merging(clerks).merge(actor, one, ticket_id_of(form["into"])),
        "into",
    ),
    "team": (lambda clerks, actor, one, form: Teaming(clerks).put(actor, one, _team_in(form)), "team"),
    "keep": (
        lambda clerks, actor, one, form: PastAnswers(clerks).keep(actor, one, form["question"], form["answer"]),
        "keep-question",
    ),
    "tag": (lambda clerks, actor, one, form: Labelling(clerks).tag(actor, one, form["tags"]), "tags"),
    "urgency": (lambda clerks, actor, one, form: Labelling(clerks).set_urgency(actor, one, form["urgency"]), "urgency"),
}
"""What a form of the page does, by its name, and the field where an error of it is put right."""
LEAVES = frozenset({"hand_back", "close", "put_back", "merge", "hold", "snooze", "transfer"})
"""After these there is nothing more to do here for now: the list follows, where the next ticket is. Of a service that
was begun the page stays: where it was the wrong one the ticket is reopened there."""

SHOWS_ITSELF = frozenset({"claim", "reply"})
"""The page shows these by itself where one looks: no message is needed."""


@staff(Permission.TICKET_READ)
async def ticket_page(request: web.Request) -> web.Response:
    """A ticket, masked."""
    try:
        return await _page(request, await _open(request))
    except NotPermitted:
        if not visits.is_background(request) and not await _passed_on(request):
            raise
        return await _gone(request)  # it was open here, and is another agency's now


@staff(Permission.TICKET_READ)
async def act(request: web.Request) -> web.Response:
    """Do something with a ticket."""
    form, actor, ticket_id = await form_of(request), visits.actor_of(request), _id(request)
    name = request.match_info["act"]
    found = ACTS.get(name) or presses(request).get(name)
    if found is None:
        raise web.HTTPNotFound
    do, field = found
    try:
        result = await do(clerks_of(request), actor, ticket_id, form)
    except NotPermitted:
        if name != "reply" or not form["message"].strip():
            raise
        return await _gone(request, form)
    except DeskError as exc:
        sheet = await _open(request)
        if name == "close" and (sheet.ticket.is_mending or sheet.ticket.needs_a_person):
            field = "told" if sheet.ticket.is_mending else "why-not"
        asks = isinstance(exc, UnknownMention)
        return await _page(request, sheet, form=form, doing=name, faults=[fault_of(exc, field)], asks_anyway=asks)
    here = f"{PATH}/{request.match_info['reference']}"
    if name in LEAVES:
        return shell.see_other(f"{PATH}?show=mine&left={request.match_info['reference']}", done=f"ticket_{name}")
    if name == "reply":
        return shell.see_other(f"{here}#answered")  # who has written goes on writing: letters are no commands there
    if isinstance(result, RequestRow):  # another has to allow it first
        return shell.see_other(here, done="asked")
    return shell.see_other(here, done=None if name in SHOWS_ITSELF else f"ticket_{name}")


@staff(Permission.PERSONAL_REVEAL)
async def reveal(request: web.Request) -> web.Response:
    """A ticket with all that its resident wrote. Why is asked, and stands in the audit."""
    form, actor = await form_of(request), visits.actor_of(request)
    try:
        sheet = await Workbench(clerks_of(request)).reveal(actor, _id(request), reason=form["reason"])
    except NotPermitted:
        raise
    except DeskError as exc:
        fault = fault_of(exc, "reveal-reason")
        return await _page(request, await _open(request), form=form, doing="reveal", faults=[fault])
    return await _page(request, sheet)


@staff(Permission.PERSONAL_REVEAL)
async def reveal_contact(request: web.Request) -> web.Response:
    """A ticket, masked but for what its resident left to be reached by. Why is asked, and stands in the audit."""
    form, actor = await form_of(request), visits.actor_of(request)
    try:
        sheet = await Workbench(clerks_of(request)).reveal_contact(actor, _id(request), reason=form["reason"])
    except NotPermitted:
        raise
    except DeskError as exc:
        fault = fault_of(exc, "contact-reason")
        return await _page(request, await _open(request), form=form, doing="contact", faults=[fault])
    return await _page(request, sheet)


@staff(Permission.PERSONAL_REVEAL)
async def file(request: web.Request) -> web.Response:
    """A file that the resident sent, for who has just said why they look."""
    try:
        found = await Workbench(clerks_of(request)).file(
            visits.actor_of(request), _id(request), UUID(request.match_info["file"])
        )
    except ValueError as exc:
        raise web.HTTPNotFound from exc
    except Conflict as exc:  # no reason was given, or the file is kept back
        return await _page(request, await _open(request), doing="reveal", faults=[fault_of(exc, "reveal-reason")])
    shown = "inline" if found.content_type.startswith("image/") else "attachment"
    headers = {"Content-Disposition": shown, "Content-Security-Policy": "default-src 'none'; sandbox"}
    return web.Response(body=found.content, content_type=found.content_type, headers=headers)


@staff(Permission.TICKET_READ)
async def live(request: web.Request) -> web.StreamResponse:
    """Tell an open page that its conversation has grown, that the resident writes, and who else looks at it.

    Until the page is left, the session ends or the ticket is another agency's.
    """
    ticket = await ticket_of(request)
    with request.app[STREAMS].admit(visits.actor_of(request).login) as is_admitted:
        return await _tell(request, ticket) if is_admitted else full()


async def _tell(request: web.Request, ticket: TicketRow) -> web.StreamResponse:
    parts, actor = request.app[PARTS], visits.actor_of(request)
    headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    response = web.StreamResponse(headers=headers)
    with suppress(ClientConnectionError, ConnectionResetError):
        if ticket.conversation_id is None:
            await response.prepare(request)
            await response.write(RETRY)
            return response
        talk = await _talk_of(request, ticket.conversation_id)
        async with (
            parts.live.subscribe(*talk) as subscription,
            request.app[OPEN_TICKETS].watching(ticket.id, partial(subscription.tell, CHANGED)),
        ):
            others: Sequence[str] | None = None
            shown, looked_at = await _shown(request), time.monotonic()
            await response.prepare(request)  # the page looks anew once it is open: nothing comes between
            await response.write(RETRY)
            while not parts.closing.is_set():
                await presence_of(request).here(actor.login, ticket_id=ticket.id)
                if (found := await _others(request, ticket.id)) != others:
                    others = found
                    looking = _looking(request, others, await shell.named(request, others))
                    await response.write(f"event: present\ndata: {looking}\n\n".encode())
                hint = await subscription.wait(BEAT_SECONDS)
                is_due = time.monotonic() - looked_at >= LOOK_SECONDS
                before, shown = shown, await _shown(request) if is_due or hint not in (None, WRITING) else shown
                if hint == WRITING:
                    await response.write(b"event: writing\ndata: now\n\n")
                if hint in (NEW, NEWS) or shown != before:
                    await response.write(GREW)
                if shown is None:
                    return response
                if hint == ENDED or is_due:
                    if not await _may_look(request) or talk != await _talk_of(request, ticket.conversation_id):
                        return response  # where a channel was linked or parted, the page comes again
                    looked_at = time.monotonic()
                    await response.write(b": .\n\n")
    return response


async def _shown(request: web.Request) -> object:
    """What the page says of a ticket beside its conversation, to be compared; None: it may not be read any more."""
    try:
        ticket = await ticket_of(request)
    except (NotPermitted, NotFound):
        return None
    words = TicketWords(request)
    async with request.app[CONSOLE].engine.connect() as connection:
        beside = await kept_beside(connection, ticket.id)
    return ticket, words.state(ticket), words.due(ticket), beside


async def _gone(request: web.Request, form: Form = EMPTY) -> web.Response:
    """A ticket that whoever looks may not read any more, with what they wrote and was not sent."""
    return shell.page(
        request,
        "ticket_gone.html",
        status=200 if visits.is_background(request) else 403,
        reference=request.match_info["reference"].upper(),
        said=await _passed_on(request) or shell.words_of(request).t("ticket_gone"),
        form=form,
    )


async def _passed_on(request: web.Request) -> str:
    """Where a ticket went that whoever looks asked to pass on; empty: it was not so."""
    async with request.app[CONSOLE].engine.connect() as connection:
        ticket = await passed_on(connection, _id(request), visits.actor_of(request).login)
    if ticket is None:
        return ""
    words = shell.words_of(request)
    return words.t("ticket_passed_on", agency=words.agency(ticket.city, ticket.agency))


async def _others(request: web.Request, ticket_id: int) -> Sequence[str]:
    """Who else looks at a ticket, by login."""
    login = visits.actor_of(request).login
    return sorted(one for one in await presence_of(request).looking(ticket_id) if one != login)


def _looking(request: web.Request, others: Sequence[str], names: Names) -> str:
    """The same in words; empty: nobody."""
    clerks = ", ".join(names.of(one) for one in others)
    return shell.words_of(request).t("ticket_looking", clerks=clerks) if others else ""


async def _talk_of(request: web.Request, conversation_id: UUID) -> list[UUID]:
    async with request.app[CONSOLE].engine.connect() as connection:
        return [one.id for one in await conversations_of(connection, conversation_id)]


async def _may_look(request: web.Request) -> bool:
    """Whether whoever opened the page is still logged in, and may still read the ticket."""
    try:
        await request.app[CONSOLE].door.left(request[visits.VISIT].token, noted=False)
        await ticket_of(request)
    except (NotLoggedIn, NotPermitted, NotFound):
        return False
    return True


async def _open(request: web.Request) -> Sheet:
    again = visits.is_background(request)
    return await Workbench(clerks_of(request)).open(visits.actor_of(request), _id(request), again=again)


async def _page(
    request: web.Request,
    sheet: Sheet,
    *,
    form: Form = EMPTY,
    doing: str = "",
    faults: list[Fault] | None = None,
    asks_anyway: bool = False,
) -> web.Response:
    actor, ticket, wrong = visits.actor_of(request), sheet.ticket, faults or []
    await presence_of(request).here(actor.login, ticket_id=ticket.id)
    others, beside = await _others(request, ticket.id), await _beside(request, sheet)
    givable, words = await colleagues(request, actor, ticket=ticket), shell.words_of(request)
    kept, refused = (one.kept_by for one in beside["past"]), (who_of(one.text) for one in wrong)
    names = await shell.named(request, (*others, *_named(sheet), *kept, *refused, *givable.logins))
    return shell.page(
        request,
        "ticket.html",
        status=422 if wrong else 200,
        faults=[Fault(naming(one.text, names), one.field) for one in wrong],
        form=form,
        doing=doing,
        asks_anyway=asks_anyway,
        sheet=sheet,
        ticket=ticket,
        reference=ticket.reference,
        tickets=TicketWords(request, names),
        waits=[(name, words.t(f"ticket_wait_{name}"), "") for name in WAITS],
        close_reasons=[(one.value, words.t(f"ticket_close_{one}"), "") for one in CloseReason],
        urgencies=[(one.value, words.t(f"ticket_urgency_{one}"), "") for one in Urgency],
        colleagues=givable.options(words, names),
        mentionable=[(f"@{names.of(login)} ", label) for login, label in givable.labels(words, names)],
        others=[
            (one.reference, f"{one.reference} {TicketWords(request).reason(one)}", "")
            for one in sheet.others
            if one.state in ("open", "claimed") and one.conversation_id == ticket.conversation_id
        ],
        **_others_of_the_city(request, sheet),
        teams=[(str(one.id), one.name, "") for one in await _teams(request, actor, ticket)],
        looking=_looking(request, others, names),
        may=_may(actor, ticket),
        asks=named_asks(request, sheet.asks),
        refunds=[(one.number, TicketWords(request).order(one), "") for one in await refundable(request, ticket)],
        **_choices(request, sheet),
        **await _before_it_ends(request, sheet),
        last_question=_last(request, sheet, "resident"),
        last_answer=_last(request, sheet, "clerk"),
        **beside,
    )


def _others_of_the_city(request: web.Request, sheet: Sheet) -> dict[str, Any]:
    """The agencies that a ticket may be passed to: that of the service which runs first."""
    ticket, words = sheet.ticket, shell.words_of(request)
    city, first = request.app[PARTS].cities.get(ticket.city), agency_of_running(request, sheet)
    slugs = [one.slug for one in city.agencies if one.slug != ticket.agency] if city is not None else []
    slugs.sort(key=lambda one: first is None or one != first.slug)
    return {
        "agencies": [(one, words.agency(ticket.city, one), "") for one in slugs],
        "reads_before_passing": [(one, asked_to_pass(request, sheet, one)) for one in slugs],
        "agency_of_running": "" if first is None else words.agency(ticket.city, first.slug),
    }


def _choices(request: web.Request, sheet: Sheet) -> dict[str, Any]:
    """What there is to choose from, the services that the resident has begun first."""
    found = possible(request, clerks_of(request), sheet.ticket)
    return {**found, "services": services_first(request, sheet, found["services"])}


async def _before_it_ends(request: web.Request, sheet: Sheet) -> dict[str, Any]:
    """What the clerk reads before they close the ticket."""
    told = await endings(request, sheet)
    return {
        "endings": told,
        "unfinished": unfinished(request, sheet, told),
        "asked_ago": minutes_since_asked(sheet, request.app[PARTS].now()),
    }


def _named(sheet: Sheet) -> list[str | None]:
    """The logins of whom a ticket's page names: who has it, did something to it, wrote or is mentioned in a note."""
    noted = [login for note in sheet.notes for login in (note.author, *note.mentions)]
    done = [login for one in sheet.happened for login in (one.actor, one.detail.get("to"))]
    return [sheet.ticket.claimed_by, sheet.grade.row.clerk if sheet.grade else None, *noted, *done]


async def _teams(request: web.Request, actor: Actor, ticket: TicketRow) -> list[Team]:
    """The teams of the ticket's agency."""
    room = Teams(request.app[CONSOLE].engine)
    return await room.all(actor, Permission.TICKET_READ, city=ticket.city, agency=ticket.agency)


def _last(request: web.Request, sheet: Sheet, author: str) -> str:
    """The last words of somebody, masked also where the page is not: they go into a form that keeps them."""
    said = (line.text for line in reversed(sheet.lines) if line.author == author and line.text not in NOT_TEXT)
    return masked(next(said, ""), request.app[PARTS].published)


def _may(actor: Actor, ticket: TicketRow) -> dict[str, bool]:
    """What the actor may do with a ticket as it stands, so that the page offers nothing else."""
    answers = ticket.admits(actor, Permission.TICKET_ANSWER)
    assigns = ticket.admits(actor, Permission.TICKET_ASSIGN)
    owns = answers and ticket.state == "claimed" and ticket.claimed_by == actor.login
    has_talk = ticket.conversation_id is not None
    return {
        "own": owns,
        "hand_back": owns and not ticket.is_mending,
        "hold": owns and not ticket.is_mending,
        "call_back": owns and ticket.is_mending and has_talk,
        "claim": answers and ticket.state == "open",
        "take_over": answers and ticket.state == "claimed" and not owns,
        "assign": (owns or assigns) and ticket.state in ("open", "claimed"),
        "put_back": (owns or assigns) and ticket.state == "claimed",
        "reopen": answers and ticket.state in ("closed", "handed_back") and ticket.matter is None,
        "reply": owns and has_talk,
        "note": has_talk,
        "merge": answers and not ticket.is_mending and (owns or ticket.state == "open"),
        "label": answers,
        "team": (owns or assigns or (answers and ticket.state == "open")) and ticket.state in ("open", "claimed"),
        "reveal": has_talk and ticket.admits(actor, Permission.PERSONAL_REVEAL),
    }


async def _beside(request: web.Request, sheet: Sheet) -> dict[str, Any]:
    """What other rooms know of the conversation, and answers that could be sent."""
    ticket = sheet.ticket
    locale: Locale = next((one for one in ("zh_Hans", "zh_Hant", "en") if one == sheet.locale), "zh_Hans")
    if ticket.conversation_id is None:
        return {"orders": [], "cases": [], "canned": [], "suggested": [], "past": [], "subject": ""}
    async with request.app[CONSOLE].engine.connect() as connection:
        may_read = visits.actor_of(request).places
        orders = await orders_beside(connection, ticket.conversation_id, may_read(Permission.PAYMENT_READ))
        cases = await cases_beside(connection, ticket.conversation_id, may_read(Permission.CASE_READ))
        canned = await canned_of(connection, ticket.city, ticket.agency, locale)
        kept = await past_of(connection, ticket.city, ticket.agency, locale)
        told_of = await told_in(connection, ticket)
    asked = [line.text for line in sheet.lines[-8:] if line.author == "resident"]
    told = "\n".join(line.text for line in sheet.lines if line.author != "resident")
    suggested = suggested_for(request, ticket.city, sheet.asked, asked, locale, told)
    past = past_for(kept, asked, SUGGESTED)
    return {
        "orders": orders,
        "cases": [(one, status_of(request, one.status)) for one in cases],
        "canned": canned,
        "suggested": suggested,
        "past": past,
        "subject": subject_in(told_of, WHOLE),
    }


async def ticket_of(request: web.Request) -> TicketRow:
    """The ticket that a path names, for whoever may read it."""
    return await clerks_of(request).find(visits.actor_of(request), _id(request))


def _id(request: web.Request) -> int:
    return ticket_id_of(request.match_info["reference"])


SECTION = Section(
    routes=(
        web.get(ONE, ticket_page),
        web.get(f"{ONE}/live", live, allow_head=False),
        web.post(f"{ONE}/reveal", reveal),
        web.get(f"{ONE}/files/{{file}}", file, allow_head=False),
        web.post(f"{ONE}/contact", reveal_contact),
        web.post(f"{ONE}/{{act:[a-z_]{{1,20}}}}", act),
    ),
)
