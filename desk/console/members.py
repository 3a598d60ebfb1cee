"""The staff: who they are, what they may do, letting them in and out. The room decides what takes another person."""

from collections.abc import Sequence

from aiohttp import web

from desk.console import requests, shell, visits
from desk.console.access import staff
from desk.console.faults import Fault, fault_of, naming, said_of, who_of
from desk.console.forms import EMPTY, Form, form_of, query_of
from desk.console.parts import CONSOLE
from desk.console.sections import Place, Section
from desk.contract.errors import Conflict, DeskError
from desk.contract.messages import Text
from desk.contract.staff import Actor, Grant, Permission, Role
from desk.staff.people import Newcomer, Staff, invitation_link
from desk.staff.requests import TOPIC, Kind
from desk.staff.rows import RequestRow, StaffRow
from desk.web.parts import PARTS

PATH = f"{visits.ROOT}/staff"
ONE = f"{PATH}/{{login:[a-z][a-z0-9._-]{{1,31}}}}"
STATES = ("active", "invited", "disabled")
PAGE = 100  # members on one page
DAYS = 30  # that a program's key holds where nobody says otherwise

type Option = tuple[str, str, str]
"""Value and label of a choice, and the label of its group."""


@staff(Permission.STAFF_READ)
async def members_page(request: web.Request) -> web.Response:
    """The members of staff whom one may see, by login."""
    asked = query_of(request)
    found = [one for one in await _room(request).members(visits.actor_of(request)) if _matches(one, asked)]
    rest = [one for one in found if one.login > asked["after"]]
    shown, words = rest[:PAGE], shell.words_of(request)
    return shell.page(
        request,
        "members.html",
        asked=asked,
        members=shown,
        count=len(found),
        after=shown[-1].login if len(rest) > PAGE else "",
        states=[(one, words.t(f"member_{one}"), "") for one in STATES],
        roles=_roles(request),
        may_create=visits.actor_of(request).may_somewhere(Permission.STAFF_MANAGE),
    )


@staff(Permission.STAFF_MANAGE)
async def new_page(request: web.Request) -> web.Response:
    """Ask who is to become a member of staff."""
    return _new(request)


@staff(Permission.STAFF_MANAGE)
async def create(request: web.Request) -> web.Response:
    """Create a member of staff; their role may wait for another's decision."""
    form = await form_of(request)
    try:
        newcomer = Newcomer(form["login"], form["name"], (_grant_in(form),), form["locale"] or "zh_Hans")
        await _room(request).create(visits.actor_of(request), newcomer, reason=form["reason"])
    except DeskError as exc:
        return _new(request, form, fault_of(exc))
    await _tell(request)
    return shell.see_other(f"{PATH}/{form['login'].strip().lower()}", done="member_created")


@staff(Permission.STAFF_READ)
async def member_page(request: web.Request) -> web.Response:
    """One member of staff."""
    return await _one(request)


@staff(Permission.STAFF_MANAGE)
async def grant(request: web.Request) -> web.Response:
    """Give a role, once another allows it."""
    form, login = await form_of(request), _login(request)
    try:
        asked = await _room(request).grant(visits.actor_of(request), login, _grant_in(form), reason=form["reason"])
    except DeskError as exc:
        return await _one(request, form, fault_of(exc), opened="grant")
    return await _asked(request, asked)


@staff(Permission.STAFF_MANAGE)
async def revoke(request: web.Request) -> web.Response:
    """Take a role away."""
    form, login = await form_of(request), _login(request)
    try:
        taken = _grant_in(form)
        await _room(request).revoke(visits.actor_of(request), login, taken, reason=form["reason"])
    except DeskError as exc:
        return await _one(request, form, fault_of(exc), opened=f"revoke-{_value(form)}")
    return shell.see_other(f"{PATH}/{login}", done="role_revoked")


@staff(Permission.STAFF_MANAGE)
async def invite(request: web.Request) -> web.Response:
    """Make the link by which somebody chooses how they log in, and show it once."""
    login = _login(request)
    try:
        token = await _room(request).invite(visits.actor_of(request), login)
    except DeskError as exc:
        said = said_of(exc)
        names = await shell.named(request, [who_of(said)])
        return await _one(request, EMPTY, Fault(naming(said, names)))
    return await _one(request, link=invitation_link(visits.opened_at(request), token))


@staff(Permission.STAFF_MANAGE)
async def recover(request: web.Request) -> web.Response:
    """Have somebody choose anew how they log in, once another allows it."""
    form, login = await form_of(request), _login(request)
    try:
        asked = await _room(request).recover(visits.actor_of(request), login, reason=form["reason"])
    except DeskError as exc:
        return await _one(request, form, fault_of(exc), opened="recover")
    return await _asked(request, asked)


@staff(Permission.STAFF_MANAGE)
async def disable(request: web.Request) -> web.Response:
    """Let somebody do nothing any more."""
    form, login = await form_of(request), _login(request)
    try:
        await _room(request).disable(visits.actor_of(request), login, reason=form["reason"])
    except DeskError as exc:
        return await _one(request, form, fault_of(exc), opened="disable")
    return shell.see_other(f"{PATH}/{login}", done="member_disabled")


@staff(Permission.STAFF_MANAGE)
async def end_keys(request: web.Request) -> web.Response:
    """End the keys of a program."""
    form, login = await form_of(request), _login(request)
    try:
        await _room(request).end_keys(visits.actor_of(request), login, reason=form["reason"])
    except DeskError as exc:
        return await _one(request, form, fault_of(exc), opened="keys")
    return shell.see_other(f"{PATH}/{login}", done="keys_ended")


@staff(Permission.STAFF_MANAGE)
async def enable(request: web.Request) -> web.Response:
    """Let somebody in again, once another allows it."""
    form, login = await form_of(request), _login(request)
    try:
        asked = await _room(request).enable(visits.actor_of(request), login, reason=form["reason"])
    except DeskError as exc:
        return await _one(request, form, fault_of(exc), opened="enable")
    return await _asked(request, asked)


@staff(Permission.STAFF_MANAGE)
async def ask_key(request: web.Request) -> web.Response:
    """Ask for a key by which a program acts as somebody."""
    form, login = await form_of(request), _login(request)
    try:
        asked = await _room(request).ask_key(
            visits.actor_of(request), login, name=_key_name(form), days=_days(form), reason=form["reason"]
        )
    except DeskError as exc:
        return await _one(request, form, fault_of(exc), opened="key")
    return await _asked(request, asked)


def places_of(request: web.Request, actor: Actor) -> list[Option]:
    """The places for which somebody may give roles: everywhere, cities, agencies."""
    words, found = shell.words_of(request), list[Option]()
    if actor.may(Permission.STAFF_MANAGE):
        found.append(("", words.t("everywhere"), ""))
    for slug, city in request.app[PARTS].cities.items():
        name = words.city(slug)
        if actor.may(Permission.STAFF_MANAGE, slug):
            found.append((slug, f"{name} · {words.t('whole_city')}", name))
        found += [
            (f"{slug}/{agency.slug}", f"{name} · {words.agency(slug, agency.slug)}", name)
            for agency in city.agencies
            if actor.may(Permission.STAFF_MANAGE, slug, agency.slug)
        ]
    return found


async def _one(
    request: web.Request, form: Form = EMPTY, *faults: Fault, opened: str = "", link: str = ""
) -> web.Response:
    actor, room = visits.actor_of(request), _room(request)
    found = await room.member(actor, _login(request))
    return shell.page(
        request,
        "member.html",
        status=422 if faults else 200,
        faults=faults,
        form=form,
        opened=opened,
        link=link,
        member=found,
        is_over=actor.may_somewhere(Permission.STAFF_MANAGE) and room.is_over(actor, found),
        roles=_roles(request),
        places=places_of(request, actor),
        days=form["days"] or str(DAYS),
        held=[(one, _place(one)) for one in found.grants],
    )


def _new(request: web.Request, form: Form = EMPTY, *faults: Fault) -> web.Response:
    return shell.page(
        request,
        "member_new.html",
        status=422 if faults else 200,
        faults=faults,
        form=form,
        roles=_roles(request),
        places=places_of(request, visits.actor_of(request)),
    )


async def _asked(request: web.Request, asked: RequestRow) -> web.Response:
    """Lead on after something that may take another person."""
    await _tell(request)
    done = "asked" if asked.state == "open" else "asked_done"
    if asked.kind == Kind.STAFF_KEY:
        return shell.see_other(f"{requests.PATH}/{asked.id}", done=done)
    return shell.see_other(f"{PATH}/{_login(request)}", done=done)


async def _tell(request: web.Request) -> None:
    await request.app[CONSOLE].news.tell(TOPIC)


def _matches(one: StaffRow, asked: Form) -> bool:
    words = asked["q"].casefold()
    is_named = words in one.login or words in one.name.casefold()
    has_role = not asked["role"] or any(held.role == asked["role"] for held in (*one.grants, *one.pending))
    return is_named and has_role and asked["state"] in ("", one.state)


def _grant_in(form: Form) -> Grant:
    """The role and place that were chosen.

    Raises:
        Conflict: no role was.
    """
    city, _, agency = form["place"].partition("/")
    try:
        return Grant(Role(form["role"]), city or None, agency or None)
    except ValueError as exc:
        raise Conflict("There is no such role.", said=Text(key="console.error_needs_role")) from exc


def _key_name(form: Form) -> str:
    name = " ".join(form["key_name"].split())
    if not 0 < len(name) <= 40:
        raise Conflict("A name has 1 to 40 characters.", said=Text(key="console.error_name_form", args={"most": 40}))
    return name


def _days(form: Form) -> int:
    """Days that a key is to hold; what is no number is too few, which the room refuses."""
    given = form["days"].strip()
    return int(given) if given.isascii() and given.isdigit() and len(given) < 6 else 0


def _roles(request: web.Request) -> Sequence[Option]:
    words = shell.words_of(request)
    return [(one.value, words.role(one), "") for one in Role]


def _place(held: Grant) -> str:
    return "/".join(one for one in (held.city, held.agency) if one)


def _value(form: Form) -> str:
    return f"{form['role']}-{form['place']}"


def _login(request: web.Request) -> str:
    return request.match_info["login"]


def _room(request: web.Request) -> Staff:
    return request.app[CONSOLE].staff


SECTION = Section(
    routes=(
        web.get(PATH, members_page),
        web.post(PATH, create),
        web.get(f"{PATH}/-/new", new_page),
        web.get(ONE, member_page),
        web.post(f"{ONE}/grant", grant),
        web.post(f"{ONE}/revoke", revoke),
        web.post(f"{ONE}/invite", invite),
        web.post(f"{ONE}/recover", recover),
        web.post(f"{ONE}/keys/end", end_keys),
        web.post(f"{ONE}/disable", disable),
        web.post(f"{ONE}/enable", enable),
        web.post(f"{ONE}/key", ask_key),
    ),
    places=(Place("staff", PATH, "p", 30, Permission.STAFF_READ),),
)
