"""The queue: which tickets wait, which are one's own, claiming the next, and the same for many at once."""

import re
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import parse_qsl, urlencode, urlsplit

from aiohttp import web

from desk.console import shell, visits
from desk.console.access import staff
from desk.console.faults import Fault, fault_of, naming, said_of, who_of
from desk.console.forms import Form, form_of, query_of
from desk.console.parts import CONSOLE
from desk.console.sections import Item, Place, Section, Tile, Waiting
from desk.console.tables import csv_of, zone_of
from desk.console.ticket_words import TicketWords
from desk.contract.errors import Conflict, DeskError
from desk.contract.messages import Text
from desk.contract.staff import Actor, Permission
from desk.contract.wire import LOCALES
from desk.staff.names import Names
from desk.staff.register import who_may
from desk.texts.masking import masked
from desk.tickets.assigning import Assigning, givable
from desk.tickets.bulk import each
from desk.tickets.ending.closing import CloseReason
from desk.tickets.figures import REASONS
from desk.tickets.listing import SHOWN, Filter, Listed, Listing, Shown, View
from desk.tickets.lists.subjects import Subjects
from desk.tickets.presence import Presence
from desk.tickets.rows import TicketRow
from desk.tickets.service import Clerks
from desk.tickets.staffing.duty import Duty, Said
from desk.tickets.staffing.teams import Teams
from desk.web.gate import posted
from desk.web.parts import PARTS

PATH = f"{visits.ROOT}/tickets"
NARROW = ("city", "agency", "team", "service", "reason", "tag", "clerk", "locale", "since", "until", "reference")
"""Filters of a list, as its address has them."""
NUMBER = re.compile(r"[0-9]{1,18}")
DUTIES = (Said.ON, Said.BREAK)
"""What a clerk can say of themselves."""
MY_TEAMS = "mine"
"""In the place of a team: all that one belongs to."""
ONWARD = frozenset(f"ticket_{one}" for one in ("close", "hand_back", "put_back", "merge", "hold", "snooze", "transfer"))
"""What leads to the list, as `done` names it: the next ticket is what comes now."""
LEFT = re.compile(r"[Tt]-[0-9]{1,18}-[0-9]")
FIRST = 5  # tickets on the start page
HIGHEST_PAGE = 1000


def clerks_of(request: web.Request) -> Clerks:
    """What acts on tickets."""
    parts, console = request.app[PARTS], request.app[CONSOLE]
    return Clerks(
        console.engine,
        parts.live,
        parts.catalogs,
        parts.cities,
        news=console.news,
        published=parts.published,
    )


def presence_of(request: web.Request) -> Presence:
    """Who has the console open."""
    return request.app[CONSOLE].presence


@staff(Permission.TICKET_READ)
async def tickets_page(request: web.Request) -> web.Response:
    """A list of tickets."""
    return await _page(request)


@staff(Permission.TICKET_READ)
async def tickets_csv(request: web.Request) -> web.Response:
    """A list of tickets as a file: what stands in their rows, and nothing that residents wrote."""
    wanted, wrong = _filter(query_of(request))
    if wrong:
        raise web.HTTPUnprocessableEntity
    words, names = TicketWords(request), shell.words_of(request)
    found = await Listing(request.app[CONSOLE].engine).export(visits.actor_of(request), wanted)
    zone, zone_name = zone_of(request, {one.ticket.city for one in found})
    return csv_of(
        f"tickets-{wanted.shown}",
        [
            *(words.t(f"ticket_{one}") for one in ("reference", "city", "agency", "state", "close_why", "why")),
            *(words.t(f"ticket_{one}") for one in ("service", "urgency", "tags", "clerk", "team")),
            words.t("language"),
            names.t("csv_time", name=words.t("ticket_opened"), zone=zone_name),
            names.t("csv_time", name=words.t("ticket_due"), zone=zone_name),
            names.t("csv_seconds", name=words.t("ticket_first_answer")),
        ],
        [
            (
                one.ticket.reference,
                names.city(one.ticket.city),
                names.agency(one.ticket.city, one.ticket.agency),
                words.state(one.ticket),
                names.either(f"ticket_close_{one.ticket.close_reason}", one.ticket.close_reason or ""),
                words.reason(one.ticket),
                words.service(one.ticket.service) if one.ticket.service else None,
                words.urgency(one.ticket.urgency),
                masked(" ".join(one.ticket.tags)),
                one.ticket.claimed_by,
                one.team,
                words.t(f"ticket_language_{one.locale}") if one.locale else None,
                one.ticket.opened_at.astimezone(zone),
                one.ticket.due_at.astimezone(zone) if one.ticket.due_at else None,
                one.ticket.first_answer_seconds,
            )
            for one in found
        ],
    )


@staff(Permission.TICKET_ANSWER)
async def claim_next(request: web.Request) -> web.Response:
    """Claim an emergency, else the ticket that has waited longest, and open it."""
    form = await form_of(request)
    ticket = await clerks_of(request).claim_next(visits.actor_of(request), city=form["city"] or None)
    if ticket is None:
        return shell.see_other(PATH, done="ticket_none_waits")
    return shell.see_other(f"{PATH}/{ticket.reference}")


@staff(Permission.TICKET_ANSWER)
async def say_duty(request: web.Request) -> web.Response:
    """Be on duty, or on a break: whether one is given new tickets."""
    form = await form_of(request)
    if form["said"] not in DUTIES:
        raise web.HTTPBadRequest
    await Duty(request.app[CONSOLE].engine).say(visits.actor_of(request), form["said"])
    return shell.see_other(_back(form), done=f"duty_{form['said']}")


@staff(Permission.TICKET_READ)
async def bulk(request: web.Request) -> web.Response:
    """Do the same with all tickets that are chosen."""
    given = await posted(request)
    form = await form_of(request)
    chosen = [
        int(one) for one in given.getall("ticket", []) if isinstance(one, str) and NUMBER.fullmatch(one) is not None
    ]
    try:
        outcomes = await each(chosen, _act_of(request, form))
    except DeskError as exc:
        return await _page(request, faults=[fault_of(exc)], back=_back(form))
    why = [(one.reference, said_of(one.error)) for one in outcomes if one.error is not None]
    if why:
        names = await shell.named(request, (who_of(said) for _, said in why))
        refusals = [_refusal(reference, naming(said, names)) for reference, said in why]
        return await _page(request, faults=refusals, back=_back(form))
    return shell.see_other(_back(form), done="tickets_done")


@staff(Permission.TICKET_READ)
async def keep_view(request: web.Request) -> web.Response:
    """Name the list that is shown, or forget a name."""
    form, actor = await form_of(request), visits.actor_of(request)
    listing = Listing(request.app[CONSOLE].engine)
    if form["drop"]:
        await listing.drop(actor, form["drop"])
        return shell.see_other(PATH, done="ticket_view_dropped")
    filters = {name: form[name] for name in ("show", *NARROW) if form[name]}
    try:
        await listing.save(actor, form["name"], filters)
    except DeskError as exc:
        return await _page(request, faults=[fault_of(exc, "view-name")], back=f"{PATH}?{urlencode(filters)}")
    return shell.see_other(f"{PATH}?{urlencode(filters)}", done="ticket_view_saved")


async def waiting(request: web.Request) -> Waiting:
    """What waits for whoever looks, for the start page."""
    actor, listing = visits.actor_of(request), Listing(request.app[CONSOLE].engine)
    found, _ = await listing.tickets(actor, Filter(shown="waiting"))
    words = TicketWords(request)
    items = await _items(request, [one.ticket for one in found[:FIRST]], lambda one: words.due(one).text)
    return Waiting((await listing.counts(actor)).waiting, items)


async def mine(request: web.Request) -> Waiting:
    """The open tickets of whoever looks, each with when it is due or until when it is on hold, for the start page."""
    listing = Listing(request.app[CONSOLE].engine)
    found, _ = await listing.tickets(visits.actor_of(request), Filter(shown="mine"))
    words = TicketWords(request)

    def note(ticket: TicketRow) -> str:
        if ticket.held_until is not None:
            held = words.t("ticket_held_until", at=shell.when(ticket.held_until))
            return " · ".join([words.state(ticket), held] if ticket.transfer_to else [held])
        return " · ".join(filter(None, (words.state(ticket), words.due(ticket).text)))

    return Waiting(len(found), await _items(request, [one.ticket for one in found[:FIRST]], note))


async def mentioned(request: web.Request) -> Waiting:
    """The open tickets in whose notes whoever looks is mentioned, for the start page."""
    listing = Listing(request.app[CONSOLE].engine)
    found, _ = await listing.tickets(visits.actor_of(request), Filter(shown="mentions"))
    words = TicketWords(request)
    return Waiting(len(found), await _items(request, [one.ticket for one in found[:FIRST]], words.state))


async def _items(
    request: web.Request, tickets: Sequence[TicketRow], note: Callable[[TicketRow], str]
) -> tuple[Item, ...]:
    """Tickets on the start page: by reference, why and what about, each with a note."""
    words, subjects = TicketWords(request), Subjects(request.app[CONSOLE].engine)
    about = await subjects.of(visits.actor_of(request), tickets)
    return tuple(
        Item(
            " · ".join([f"{one.reference} {words.reason(one)}", *([about[one.id]] if one.id in about else [])]),
            f"{PATH}/{one.reference}",
            note(one),
        )
        for one in tickets
    )


@dataclass(frozen=True, slots=True)
class Colleagues:
    """Who can be given a ticket, by login, those who have the console open first; `here` are these."""

    logins: Sequence[str] = ()
    here: Collection[str] = ()

    def labels(self, words: shell.Words, names: Names) -> list[tuple[str, str]]:
        """Login and what is read: a name, and whether they are there."""
        mark = words.t("ticket_is_there")
        return [(one, f"{names.of(one)}{mark if one in self.here else ''}") for one in self.logins]

    def options(self, words: shell.Words, names: Names) -> list[tuple[str, str, str]]:
        """The same as choices of a field."""
        return [(login, label, "") for login, label in self.labels(words, names)]


async def colleagues(request: web.Request, actor: Actor, *, ticket: TicketRow | None = None) -> Colleagues:
    """Who can be given a ticket, or some."""
    here = set(await presence_of(request).present())
    async with request.app[CONSOLE].engine.connect() as connection:
        if ticket is None:
            known = [
                one for one in await who_may(connection, Permission.TICKET_ANSWER) if _answers_where_given(actor, one)
            ]
        else:
            known = await givable(connection, ticket)
    logins = [one.login for one in known if one.login != actor.login]
    return Colleagues(sorted(logins, key=lambda one: (one not in here, one)), here)


def _answers_where_given(actor: Actor, other: Actor) -> bool:
    """Whether somebody may answer tickets where the actor gives them out: nobody else's staff are named."""
    answers, gives = other.places(Permission.TICKET_ANSWER), actor.places(Permission.TICKET_ASSIGN)
    return answers.meets(gives)


async def _page(request: web.Request, faults: list[Fault] | None = None, *, back: str | None = None) -> web.Response:
    """A list. `back` is the address of the one that a form was sent from."""
    actor, listing = visits.actor_of(request), Listing(request.app[CONSOLE].engine)
    await presence_of(request).here(actor.login)
    asked = query_of(request) if back is None else Form(dict(parse_qsl(urlsplit(back).query)))
    wanted, wrong = _filter(asked)
    wanted, found, more = await _found(listing, actor, wanted)
    all_faults, told = [*wrong, *(faults or [])], request.query.get("done", "")
    others = await colleagues(request, actor) if actor.may_somewhere(Permission.TICKET_ASSIGN) else Colleagues()
    names = await shell.named(request, (*(one.ticket.claimed_by for one in found), *others.logins))
    words = TicketWords(request, names)
    return shell.page(
        request,
        "tickets.html",
        status=422 if all_faults else 200,
        faults=all_faults,
        words_of_tickets=words,
        wanted=wanted,
        asked=asked,
        narrow={name: asked[name] for name in NARROW if asked[name]},
        found=found,
        told=told,
        onward=_onward(actor, told, request.query.get("left", ""), found),
        subjects=await Subjects(listing.engine).of(actor, [one.ticket for one in found]),
        more=more,
        counts=await listing.counts(actor),
        decided=len(await request.app[CONSOLE].staff.requests.news(actor)),
        duty=await Duty(listing.engine).of(actor) or "none",
        views=[(one.name, _path_of(one)) for one in await listing.views(actor)],
        address=_address(asked),
        choices={**_choices(request, words, actor), "team": await _teams(request, actor, wanted)},
        colleagues=others.options(shell.words_of(request), names),
        shown=SHOWN,
        reasons=[(one.value, words.t(f"ticket_close_{one}"), "") for one in CloseReason],
        may_share=actor.may_somewhere(Permission.TICKET_ASSIGN),
        may_answer=actor.may_somewhere(Permission.TICKET_ANSWER),
        at=_address(asked)(page=wanted.page),
        csv=_address(asked)().replace(PATH, f"{PATH}.csv", 1),
    )


@dataclass(frozen=True, slots=True)
class Onward:
    """Where a clerk goes on who is done with the ticket `left`: `mine` is the next of their own. Both may be empty."""

    left: str
    mine: str


def _onward(actor: Actor, told: str, left: str, found: Sequence[Listed]) -> Onward | None:
    """The same for whoever answers; None: nothing led here. What waits for somebody else is passed over."""
    if told not in ONWARD or not actor.may_somewhere(Permission.TICKET_ANSWER):
        return None
    left = left.upper() if LEFT.fullmatch(left) else ""
    own = (one.ticket for one in found if one.ticket.claimed_by == actor.login)
    free = (one.reference for one in own if not one.held_until and not one.transfer_to and one.reference != left)
    return Onward(left, next(free, ""))


async def _found(listing: Listing, actor: Actor, wanted: Filter) -> tuple[Filter, Sequence[Listed], bool]:
    """A page of a list, and of which: what is looked for by its reference is found wherever it stands."""
    places: tuple[Shown, ...] = (wanted.shown, "all", "ended") if wanted.reference else (wanted.shown,)
    for shown in dict.fromkeys(places):
        looked = replace(wanted, shown=shown)
        found, more = await listing.tickets(actor, looked)
        if found:
            return looked, found, more
    return wanted, [], False


def _path_of(view: View) -> str:
    return f"{PATH}?{urlencode({name: view.filters[name] for name in ('show', *NARROW) if name in view.filters})}"


def _choices(request: web.Request, words: TicketWords, actor: Actor) -> Mapping[str, list[tuple[str, str, str]]]:
    """What can be chosen in filters: value and label, and of agencies their city."""
    parts = request.app[PARTS]
    places = actor.places(Permission.TICKET_READ)
    cities = [slug for slug in parts.cities if places.everywhere or slug in places.cities]
    cities = list(dict.fromkeys([*cities, *(city for city, _ in places.agencies if city in parts.cities)]))
    city = request.query.get("city") or (cities[0] if len(cities) == 1 else "")
    agencies = [one.slug for one in parts.cities[city].agencies] if city in cities else []
    shell_words = shell.words_of(request)
    return {
        "city": [(one, shell_words.city(one), "") for one in cities],
        "agency": [(one, shell_words.agency(city, one), "") for one in agencies],
        "service": sorted(((name, words.service(name), "") for name in parts.services), key=lambda one: one[1]),
        "reason": [(one, words.reason_of(one), "") for one in REASONS],
        "locale": [(code, label, "") for code, _, label in shell_words.languages],
    }


async def _teams(request: web.Request, actor: Actor, wanted: Filter) -> list[tuple[str, str, str]]:
    """The teams whose tickets can be asked for, by agency, after one's own."""
    words, room = shell.words_of(request), Teams(request.app[CONSOLE].engine)
    found = await room.all(actor, Permission.TICKET_READ, city=wanted.city, agency=wanted.agency)
    named = [(str(one.id), one.name, words.place(one.city, one.agency)) for one in found]
    return [(MY_TEAMS, words.t("ticket_my_teams"), ""), *named] if named else []


def _filter(asked: Form) -> tuple[Filter, list[Fault]]:
    faults: list[Fault] = []
    days: dict[str, date | None] = {}
    for name in ("since", "until"):
        try:
            days[name] = date.fromisoformat(asked[name]) if asked[name] else None
        except ValueError:
            days[name] = None
            faults.append(Fault(Text(key="console.error_day"), name))
    shown: Shown = next((one for one in SHOWN if one == asked["show"]), "waiting")
    page = asked["page"]
    wanted = Filter(
        shown=shown,
        city=asked["city"] or None,
        agency=asked["agency"] or None,
        service=asked["service"] or None,
        reason=asked["reason"] or None,
        tag=asked["tag"].lower() or None,
        clerk=asked["clerk"] or None,
        team=int(asked["team"]) if NUMBER.fullmatch(asked["team"]) else None,
        of_my_teams=asked["team"] == MY_TEAMS,
        locale=asked["locale"] if asked["locale"] in LOCALES else None,
        since=days["since"],
        until=days["until"],
        reference=asked["reference"] or None,
        page=min(int(page), HIGHEST_PAGE) if NUMBER.fullmatch(page) and int(page) else 1,
    )
    return (replace(wanted, shown="all") if wanted.reference and shown == "waiting" else wanted), faults


def _address(asked: Form) -> Callable[..., str]:
    """Makes addresses of this list with another view or page."""

    def address(show: str | None = None, page: int = 1) -> str:
        filters = {name: asked[name] for name in NARROW if asked[name]}
        shown = show or asked["show"]
        filters |= ({"show": shown} if shown else {}) | ({"page": str(page)} if page > 1 else {})
        return f"{PATH}?{urlencode(filters)}" if filters else PATH

    return address


def _act_of(request: web.Request, form: Form) -> Callable[[int], Awaitable[object]]:
    actor, clerks = visits.actor_of(request), clerks_of(request)
    match form["do"]:
        case "claim":
            return lambda one: clerks.claim(actor, one)
        case "close":
            return lambda one: clerks.close(actor, one, form["why"] or CloseReason.SOLVED)
        case "assign":
            return lambda one: Assigning(clerks).assign(actor, one, form["login"])
        case "share":
            return lambda one: _share(request, clerks, actor, one)
        case "return":
            return lambda one: Assigning(clerks).put_back(actor, one)
        case _:
            raise web.HTTPBadRequest


async def _share(request: web.Request, clerks: Clerks, actor: Actor, ticket_id: int) -> None:
    present = await presence_of(request).present()
    if await Assigning(clerks).share_out(actor, ticket_id, present) is None:
        raise Conflict("Nobody who is there can have more.", said=Text(key="console.error_ticket_all_full"))


def _refusal(reference: str, said: Text) -> Fault:
    """Why something cannot be done with one of several tickets; what names it itself is said as it is."""
    if said.args.get("reference") == reference:
        return Fault(said)
    nested = {"text": said.model_dump(mode="json")}
    return Fault(Text(key="console.ticket_refused", args={"reference": reference, "why": nested}))


def _back(form: Form) -> str:
    return visits.place_in(form["next"]) or PATH


SECTION = Section(
    routes=(
        web.get(PATH, tickets_page),
        web.get(f"{PATH}.csv", tickets_csv, allow_head=False),
        web.post(f"{PATH}/next", claim_next),
        web.post(f"{PATH}/duty", say_duty),
        web.post(f"{PATH}/bulk", bulk),
        web.post(f"{PATH}/views", keep_view),
    ),
    places=(Place("tickets", PATH, "t", 1, Permission.TICKET_READ),),
    tiles=(
        Tile("mine", f"{PATH}?show=mine", 0, mine, Permission.TICKET_ANSWER),
        Tile("tickets", PATH, 1, waiting, Permission.TICKET_READ),
        Tile("mentions", f"{PATH}?show=mentions", 2, mentioned, Permission.TICKET_READ),
    ),
)
