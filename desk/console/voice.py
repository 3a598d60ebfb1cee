"""The assistant's voice: where it is stopped and why; stopped at once by one person, started again by two."""

from collections.abc import Sequence
from typing import get_args

from aiohttp import web

from desk.console import shell, visits
from desk.console.access import staff
from desk.console.faults import Fault, fault_of
from desk.console.forms import EMPTY, Form, form_of
from desk.console.parts import CONSOLE
from desk.console.sections import Item, Place, Section, Tile, Waiting
from desk.contract.errors import DeskError
from desk.contract.messages import Text
from desk.contract.staff import NotPermitted, Permission
from desk.kill_switch.service import Account, KillSwitch, Scope, ScopeKind, StopRow
from desk.staff.requests import TOPIC, Kind
from desk.web.parts import PARTS

PATH = f"{visits.ROOT}/voice"
ACCOUNTS = web.RequestKey("console_accounts", Sequence[Account])
EARLIER = 20  # stops that have ended, as the page shows them

type Option = tuple[str, str, str]
"""Value and label of a choice, and the label of its group."""


@staff(Permission.VOICE_READ)
async def voice_page(request: web.Request) -> web.Response:
    """What is stopped now, and was before."""
    return await _page(request)


@staff(Permission.VOICE_STOP)
async def stop(request: web.Request) -> web.Response:
    """Stop the voice, at once."""
    form, actor = await form_of(request), visits.actor_of(request)
    scope = await _scope(request, form["scope"])
    if scope is None:
        return await _page(request, form, Fault(Text(key="console.error_voice_scope"), "scope"), doing="stop")
    try:
        stopped = await _switch(request).stop(scope, reason=form["reason"], actor=actor)
    except NotPermitted:
        raise
    except DeskError as exc:
        return await _page(request, form, fault_of(exc, "stop-reason"), doing="stop")
    await request.app[CONSOLE].news.tell(TOPIC)
    return shell.see_other(PATH, done="voice_stopped" if stopped else "voice_stopped_before")


@staff(Permission.VOICE_START)
async def start(request: web.Request) -> web.Response:
    """Ask that the voice is started again; another allows it."""
    form, actor = await form_of(request), visits.actor_of(request)
    scope = await _scope(request, form["scope"])
    if scope is None:
        return await _page(request, form, Fault(Text(key="console.error_voice_scope")))
    requests = request.app[CONSOLE].staff.requests
    try:
        asked = await _switch(request).ask_to_start(scope, reason=form["reason"], actor=actor, requests=requests)
    except NotPermitted:
        raise
    except DeskError as exc:
        return await _page(request, form, fault_of(exc, f"start-{form['scope'].replace(' ', '-')}"), doing=str(scope))
    await request.app[CONSOLE].news.tell(TOPIC)
    return shell.see_other(f"{visits.ROOT}/requests/{asked.id}", done="asked")


async def stopped(request: web.Request) -> Waiting:
    """What is stopped, for the start page."""
    found = [one for one in await _switch(request).holding() if await _concerns(request, one.scope)]
    accounts = await _accounts(request)
    items = tuple(Item(_named(request, one.scope, accounts), PATH, one.reason) for one in found)
    return Waiting(len(items), items)


async def _page(request: web.Request, form: Form = EMPTY, *faults: Fault, doing: str = "") -> web.Response:
    actor, switch, accounts = visits.actor_of(request), _switch(request), await _accounts(request)
    held = [one for one in await switch.holding() if await _concerns(request, one.scope)]
    earlier = [one for one in await switch.history() if one.started_at and await _concerns(request, one.scope)]
    open_requests = [one for one in await request.app[CONSOLE].staff.requests.all(actor) if one.state == "open"]
    asked = {one.subject: one for one in open_requests if one.kind == Kind.VOICE_START}
    acted = (login for one in (*held, *earlier[:EARLIER]) for login in (one.stopped_by, one.started_by))
    return shell.page(
        request,
        "voice.html",
        status=422 if faults else 200,
        faults=list(faults),
        form=form,
        doing=doing,
        held=[
            (one, _named(request, one.scope, accounts), asked.get(str(one.scope)), _may_start(request, one, accounts))
            for one in held
        ],
        earlier=[(one, _named(request, one.scope, accounts)) for one in earlier[:EARLIER]],
        scopes=_scopes(request, accounts),
        names=await shell.named(request, (*acted, *(one.requested_by for one in asked.values()))),
    )


def _scopes(request: web.Request, accounts: Sequence[Account]) -> list[Option]:
    """What somebody may stop: the narrowest first, since it is the likeliest and harms the least."""
    actor, words = visits.actor_of(request), shell.words_of(request)
    found: list[Option] = [
        (f"account {one.slug}", _account(request, one), words.city(one.city))
        for one in accounts
        if actor.may(Permission.VOICE_STOP, one.city, one.agency)
    ]
    whole = words.t("voice_whole")
    found += [
        (f"city {slug}", words.city(slug), whole)
        for slug in request.app[PARTS].cities
        if actor.may(Permission.VOICE_STOP, slug)
    ]
    if actor.may(Permission.VOICE_STOP):
        found.append(("everything", words.t("everywhere"), whole))
    return found


async def _scope(request: web.Request, given: str) -> Scope | None:
    """The scope that a form names; None: there is no such."""
    kind, _, subject = given.partition(" ")
    known: dict[str, set[str]] = {
        "everything": {""},
        "city": set(request.app[PARTS].cities),
        "account": {one.slug for one in await _accounts(request)},
    }
    found = next((one for one in get_args(ScopeKind.__value__) if one == kind), None)
    return Scope(found, subject) if found is not None and subject in known[kind] else None


async def _concerns(request: web.Request, scope: Scope) -> bool:
    """Whether somebody sees a stop: it is of everything, or of a city in which they see any."""
    places = visits.actor_of(request).places(Permission.VOICE_READ)
    if scope.kind == "everything" or places.everywhere:
        return True
    city = scope.subject
    if scope.kind == "account":
        city = next((one.city for one in await _accounts(request) if one.slug == scope.subject), "")
    return city in places.all_cities


def _may_start(request: web.Request, stop: StopRow, accounts: Sequence[Account]) -> bool:
    actor = visits.actor_of(request)
    if stop.kind != "account":
        return actor.may(Permission.VOICE_START, stop.subject or None)
    account = next((one for one in accounts if one.slug == stop.subject), None)
    return account is not None and actor.may(Permission.VOICE_START, account.city, account.agency)


def _named(request: web.Request, scope: Scope, accounts: Sequence[Account]) -> str:
    words = shell.words_of(request)
    if scope.kind == "account":
        account = next((one for one in accounts if one.slug == scope.subject), None)
        return scope.subject if account is None else f"{words.city(account.city)} · {_account(request, account)}"
    return words.city(scope.subject) if scope.kind == "city" else words.t("everywhere")


def _account(request: web.Request, account: Account) -> str:
    words = shell.words_of(request)
    return f"{words.agency(account.city, account.agency)} · {account.slug}"


async def _accounts(request: web.Request) -> Sequence[Account]:
    if ACCOUNTS not in request:
        request[ACCOUNTS] = await _switch(request).accounts()
    return request[ACCOUNTS]


def _switch(request: web.Request) -> KillSwitch:
    return KillSwitch(request.app[CONSOLE].engine)


SECTION = Section(
    routes=(
        web.get(PATH, voice_page),
        web.post(f"{PATH}/stop", stop),
        web.post(f"{PATH}/start", start),
    ),
    places=(Place("voice", PATH, "b", 25, Permission.VOICE_READ),),
    tiles=(Tile("voice", PATH, 15, stopped, Permission.VOICE_STOP),),
)
