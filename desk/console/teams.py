"""Teams of agencies: what they are called, which tickets come to them, who belongs to them."""

from aiohttp import web

from desk.console import shell, visits
from desk.console.access import staff
from desk.console.faults import Fault, fault_of
from desk.console.forms import EMPTY, Form, form_of, query_of
from desk.console.parts import CONSOLE
from desk.console.sections import Place, Section
from desk.console.ticket_words import TicketWords
from desk.contract.errors import DeskError
from desk.contract.messages import Text
from desk.contract.staff import Actor, Permission
from desk.tickets.figures import REASONS
from desk.tickets.staffing.teams import Duties, DutyTaken, Team, Teams
from desk.web.parts import PARTS

PATH = f"{visits.ROOT}/teams"
ONE = f"{PATH}/{{team:[0-9]{{1,18}}}}"

type Option = tuple[str, str, str]
"""Value and label of a choice, and the label of its group."""


@staff(Permission.TICKET_ASSIGN)
async def teams_page(request: web.Request) -> web.Response:
    """The teams of the agencies whose tickets one assigns."""
    return await _page(request, query_of(request))


@staff(Permission.TICKET_ASSIGN)
async def create(request: web.Request) -> web.Response:
    """Create a team."""
    form, actor = await form_of(request), visits.actor_of(request)
    if form["place"] not in {value for value, _, _ in _places(request, actor)}:
        return await _page(request, form, Fault(Text(key="console.error_no_place"), "place"), status=422)
    city, _, agency = form["place"].partition("/")
    try:
        made = await _room(request).create(actor, city, agency, _duties(request, form))
    except DeskError as exc:
        return await _page(request, form, _fault(request, exc), status=422)
    return shell.see_other(f"{PATH}/{made}", done="team_created")


@staff(Permission.TICKET_ASSIGN)
async def team_page(request: web.Request) -> web.Response:
    """One team."""
    return await _one(request)


@staff(Permission.TICKET_ASSIGN)
async def change(request: web.Request) -> web.Response:
    """Change its name, or which tickets come to it."""
    form = await form_of(request)
    try:
        await _room(request).change(visits.actor_of(request), _id(request), _duties(request, form))
    except DeskError as exc:
        return await _one(request, form, _fault(request, exc))
    return shell.see_other(f"{PATH}/{_id(request)}", done="team_changed")


@staff(Permission.TICKET_ASSIGN)
async def join(request: web.Request) -> web.Response:
    """Take somebody into it."""
    form = await form_of(request)
    try:
        await _room(request).join(visits.actor_of(request), _id(request), form["login"])
    except DeskError as exc:
        return await _one(request, form, fault_of(exc, "login"))
    return shell.see_other(f"{PATH}/{_id(request)}", done="team_changed")


@staff(Permission.TICKET_ASSIGN)
async def leave(request: web.Request) -> web.Response:
    """Take somebody out of it."""
    form = await form_of(request)
    await _room(request).leave(visits.actor_of(request), _id(request), form["login"])
    return shell.see_other(f"{PATH}/{_id(request)}", done="team_changed")


@staff(Permission.TICKET_ASSIGN)
async def drop(request: web.Request) -> web.Response:
    """Dissolve it."""
    await _room(request).drop(visits.actor_of(request), _id(request))
    return shell.see_other(PATH, done="team_dropped")


async def _page(request: web.Request, form: Form = EMPTY, *faults: Fault, status: int = 200) -> web.Response:
    actor = visits.actor_of(request)
    places = _places(request, actor)
    asked = form["place"] if request.method == "GET" else ""
    city, _, agency = asked.partition("/")
    found = await _room(request).all(actor, Permission.TICKET_ASSIGN, city=city or None, agency=agency or None)
    return shell.page(
        request,
        "teams.html",
        status=status,
        faults=list(faults),
        form=form,
        asked=asked,
        teams=found,
        places=places,
        tickets=TicketWords(request),
        **_choices(request, form["place"].partition("/")[0]),
    )


async def _one(request: web.Request, form: Form | None = None, *faults: Fault) -> web.Response:
    room, actor = _room(request), visits.actor_of(request)
    team = await room.find(actor, _id(request))
    answering = await room.answering(team)
    names, others = dict(answering), [login for login, _ in answering if login not in team.members]
    called = await shell.named(request, others)
    return shell.page(
        request,
        "team.html",
        status=422 if faults else 200,
        faults=list(faults),
        team=team,
        form=form or _as_form(team),
        members=[(login, names.get(login, "")) for login in team.members],
        others=[(login, called.of(login), "") for login in others],
        **_choices(request, team.city),
    )


def _fault(request: web.Request, exc: DeskError) -> Fault:
    """What is wrong with a team's name or duties, where it is put right; duties by their names."""
    if not isinstance(exc, DutyTaken):
        return fault_of(exc, "name")
    words = TicketWords(request)
    named = [*map(words.service, exc.services), *map(words.reason_of, exc.reasons)]
    at = f"service_{exc.services[0]}" if exc.services else f"reason_{exc.reasons[0]}"
    items = [Text(key="card.value", args={"value": one}).model_dump(mode="json") for one in named]
    what = {"items": items, "join": "and"}
    return Fault(Text(key="console.error_team_duty", args={"what": what, "team": exc.team}), at)


def _as_form(team: Team) -> Form:
    chosen = {f"service_{one}": "yes" for one in team.services} | {f"reason_{one}": "yes" for one in team.reasons}
    return Form({"name": team.name, **chosen})


def _duties(request: web.Request, form: Form) -> Duties:
    services = [one for one in request.app[PARTS].services if form[f"service_{one}"]]
    return Duties(form["name"], services, [one for one in REASONS if form[f"reason_{one}"]])


def _choices(request: web.Request, city: str) -> dict[str, list[tuple[str, str]]]:
    """Services and reasons by which tickets can come to a team; services of a city, where one is known."""
    parts, words = request.app[PARTS], TicketWords(request)
    offered = parts.cities[city].services if city in parts.cities else parts.services
    services = sorted(((one, words.service(one)) for one in parts.services if one in offered), key=lambda one: one[1])
    return {"services": services, "reasons": [(one, words.reason_of(one)) for one in REASONS]}


def _places(request: web.Request, actor: Actor) -> list[Option]:
    """The agencies whose tickets somebody assigns."""
    words = shell.words_of(request)
    return [
        (f"{slug}/{agency.slug}", words.agency(slug, agency.slug), words.city(slug))
        for slug, city in request.app[PARTS].cities.items()
        for agency in city.agencies
        if actor.may(Permission.TICKET_ASSIGN, slug, agency.slug)
    ]


def _id(request: web.Request) -> int:
    return int(request.match_info["team"])


def _room(request: web.Request) -> Teams:
    return Teams(request.app[CONSOLE].engine)


SECTION = Section(
    routes=(
        web.get(PATH, teams_page),
        web.post(PATH, create),
        web.get(ONE, team_page),
        web.post(ONE, change),
        web.post(f"{ONE}/join", join),
        web.post(f"{ONE}/leave", leave),
        web.post(f"{ONE}/drop", drop),
    ),
    places=(Place("teams", PATH, "e", 20, Permission.TICKET_ASSIGN),),
)
