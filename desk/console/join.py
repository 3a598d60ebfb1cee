"""Joining with an invitation: somebody chooses a passkey, or a password with an authenticator app."""

from functools import partial

from aiohttp import web

from desk.console import apps, login, shell, visits
from desk.console.access import visitor
from desk.console.faults import Fault, fault_of
from desk.console.forms import EMPTY, Form, form_of
from desk.console.parts import CONSOLE
from desk.console.passkeys import asked_for_json, is_offered, site_of
from desk.console.sections import Section
from desk.contract.errors import DeskError, NotFound
from desk.contract.messages import Text
from desk.contract.staff import Actor, Role
from desk.staff.secrets import SHORTEST, check
from desk.web.access import caller_of
from desk.web.parts import PARTS

PASSWORD_LIMIT = "staff_password_typed"
PATH = f"{visits.ROOT}/join/{{token:[A-Za-z0-9_-]{{20,100}}}}"
FIRST_TICKET = f"{visits.ROOT}/tickets?done=joined"
REFERRER = {"Referrer-Policy": "strict-origin"}
"""The address of this page lets somebody in: nobody hears it. Under `no-referrer` its forms would name no origin."""


@visitor
async def join_page(request: web.Request) -> web.Response:
    """Ask how somebody wants to log in."""
    if (refused := await login.refused_for_now(request)) is not None:
        return _unknown(request, refused, status=429)
    return await _page(request)


@visitor
async def join(request: web.Request) -> web.Response:
    """Take password and authenticator app, once a code shows that the app works."""
    form, token = await form_of(request), request.match_info["token"]
    if (refused := await login.refused_for_now(request)) is not None:
        return _unknown(request, refused, status=429)
    address = caller_of(request, request.app[PARTS].proxies)
    secret = apps.opened(request, form["sealed"], of=token)
    if secret is None:
        return await _page(request, form, Fault(Text(key="console.error_form")))
    if form["anew"]:
        return await _page(request, form)
    door, chosen = request.app[CONSOLE].door, apps.opened(request, form["chosen"], of=_chosen_of(token))
    try:
        if chosen is None:
            if "again" in set(form) and form["password"] != form["again"]:  # asked where it cannot be looked at
                return await _page(request, form, Fault(Text(key="console.error_again"), "again"))
            chosen = await door.choose(token, form["password"])
    except NotFound as exc:
        return _unknown(request, fault_of(exc))
    except DeskError as exc:
        return await _page(request, form, fault_of(exc, "password"))
    try:
        joined, session = await door.accept(
            token, chosen=chosen, totp=secret, code=form["code"], via="console", address=address
        )
    except NotFound as exc:
        return _unknown(request, fault_of(exc))
    except DeskError as exc:
        return await _page(request, form, fault_of(exc, "code"), chosen=chosen)
    return _entered(request, joined, session)


@visitor
async def password_said(request: web.Request) -> web.Response:
    """Say of a password that was typed whether it would be taken, before a code is fetched for it."""
    form, token = await form_of(request), request.match_info["token"]
    fault = await login.refused_for_now(request, PASSWORD_LIMIT, login.OFFERS)
    if fault is None:
        try:
            check(form["password"], (await request.app[CONSOLE].door.invited(token)).login)
        except DeskError as exc:
            fault = fault_of(exc)
    response = shell.page(request, "join_password.html", text=fault.text if fault else None)
    response.headers.update(REFERRER)
    return response


@visitor
async def passkey_asked(request: web.Request) -> web.Response:
    """What the browser is asked to make a passkey, for the script of the page."""
    console, token = request.app[CONSOLE], request.match_info["token"]
    invited = await console.door.invited(token)
    asking = console.passkeys.asked_to_add(site_of(request), _of(request), invited.login)
    return await asked_for_json(request, asking)


@visitor
async def join_by_passkey(request: web.Request) -> web.Response:
    """Take the passkey that the browser made."""
    form, token = await form_of(request), request.match_info["token"]
    address = caller_of(request, request.app[PARTS].proxies)
    name = shell.words_of(request).t("passkey_first")
    try:
        joined, session = await request.app[CONSOLE].passkeys.join(
            token, site_of(request), _of(request), form["credential"], name=name, address=address
        )
    except NotFound as exc:
        return _unknown(request, fault_of(exc))
    except DeskError as exc:
        fault = fault_of(exc) if exc.said is not None else Fault(Text(key="console.error_passkey_made"))
        return await _page(request, form, fault)
    return _entered(request, joined, session)


async def _page(request: web.Request, form: Form = EMPTY, *faults: Fault, chosen: str = "") -> web.Response:
    """The page. `chosen` is the hash of a password that was taken: it goes along, sealed, until a code is right."""
    token = request.match_info["token"]
    try:
        invited = await request.app[CONSOLE].door.invited(token)
    except NotFound as exc:
        return _unknown(request, fault_of(exc))
    response = shell.page(
        request,
        "join.html",
        status=422 if faults else 200,
        faults=faults,
        invited=invited,
        path=request.path,
        **apps.shown(
            request,
            form["sealed"],
            of=token,
            login=invited.login,
            otherwise=partial(apps.of_invitation, request, token),
        ),
        chosen=apps.taken_along(request, chosen, of=_chosen_of(token)) if chosen else "",
        code_kept="" if any(one.field == "code" for one in faults) else form["code"],
        is_offered=is_offered(request),
        shortest=SHORTEST,
    )
    response.headers.update(REFERRER)
    return response


def _unknown(request: web.Request, fault: Fault, *, status: int = 404) -> web.Response:
    response = shell.page(request, "error.html", status=status, text=fault.text)
    response.headers.update(REFERRER)
    return response


def _entered(request: web.Request, joined: Actor, session: str) -> web.Response:
    """Lead on to where the first thing is done: who is a clerk and nothing else takes a ticket."""
    is_clerk = {one.role for one in joined.grants} == {Role.CLERK}
    response = login.entered(request, session, FIRST_TICKET if is_clerk else None)
    response.headers.update(REFERRER)
    return response


def _chosen_of(token: str) -> str:
    """What the password that was taken is bound to: this invitation, and no secret of an app."""
    return f"password {token}"


def _of(request: web.Request) -> str:
    """Whose browser a challenge is for."""
    return f"join {request.match_info['token']} {request[visits.FORM_SECRET]}"


SECTION = Section(
    routes=(
        web.get(PATH, join_page, allow_head=False),
        web.post(PATH, join),
        web.post(f"{PATH}/password", password_said),
        web.post(f"{PATH}/asked", passkey_asked),
        web.post(f"{PATH}/passkey", join_by_passkey),
    )
)
