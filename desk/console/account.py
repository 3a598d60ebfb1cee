"""One's own account: passkeys, other sessions, alerts, language."""

import base64
import binascii

from aiohttp import web

from desk.console import apps, shell, visits
from desk.console.access import signed_in, staff
from desk.console.faults import Fault, fault_of
from desk.console.forms import EMPTY, Form, form_of
from desk.console.login import refused_for_now
from desk.console.parts import CONSOLE
from desk.console.passkeys import asked_for_json, is_offered, site_of
from desk.console.sections import Section
from desk.contract.errors import DeskError, NotFound
from desk.contract.messages import Text
from desk.contract.staff import Permission
from desk.contract.wire import LOCALES
from desk.staff.alerts import AlertKind
from desk.staff.authentication import LoginLocked, LoginRefused
from desk.staff.secrets import SHORTEST

PATH = f"{visits.ROOT}/account"
PASSKEY = f"{PATH}/passkeys/{{passkey:[A-Za-z0-9_-]{{1,1400}}}}"
SESSION = f"{PATH}/sessions/{{session:[A-Za-z0-9_-]{{43}}}}"


@signed_in
async def account_page(request: web.Request) -> web.Response:
    """Who one is here, how one logs in, and where one is logged in."""
    return await _page(request)


@signed_in
async def speak(request: web.Request) -> web.Response:
    """Choose the language of one's pages."""
    form = await form_of(request)
    await request.app[CONSOLE].own.speak(visits.actor_of(request), form["locale"])
    response = shell.see_other(visits.place_in(form["next"]) or PATH)
    visits.drop_language(response)
    return response


@signed_in
async def passkey_asked(request: web.Request) -> web.Response:
    """What the browser is asked to make a passkey, for the script of the page."""
    visit, console = request[visits.VISIT], request.app[CONSOLE]
    asking = console.passkeys.asked_to_add(site_of(request), _of(visit), visit.actor.login)
    return await asked_for_json(request, asking)


@signed_in
async def add_passkey(request: web.Request) -> web.Response:
    """Add the passkey that the browser made."""
    form, visit = await form_of(request), request[visits.VISIT]
    try:
        await request.app[CONSOLE].passkeys.add(
            visit.actor, site_of(request), _of(visit), form["credential"], name=form["name"]
        )
    except DeskError as exc:
        fault = fault_of(exc, "name") if exc.said is not None else Fault(Text(key="console.error_passkey_made"))
        return await _page(request, form, fault)
    return shell.see_other(PATH, done="passkey_added")


@signed_in
async def rename_passkey(request: web.Request) -> web.Response:
    """Call a passkey otherwise."""
    form = await form_of(request)
    try:
        own = request.app[CONSOLE].own
        await own.rename_passkey(visits.actor_of(request), _bytes(request, "passkey"), name=form["new_name"])
    except DeskError as exc:
        return await _page(request, form, fault_of(exc))
    return shell.see_other(PATH, done="passkey_renamed")


@signed_in
async def remove_passkey(request: web.Request) -> web.Response:
    """Take a passkey away, never the last way in."""
    try:
        await request.app[CONSOLE].own.remove_passkey(visits.actor_of(request), _bytes(request, "passkey"))
    except DeskError as exc:
        return await _page(request, EMPTY, fault_of(exc))
    return shell.see_other(PATH, done="passkey_removed")


@signed_in
async def change_password(request: web.Request) -> web.Response:
    """Change one's own password. Wrong answers count as they do at the login."""
    form, visit = await form_of(request), request[visits.VISIT]
    if refused := await refused_for_now(request):
        return await _page(request, EMPTY, refused)
    if form["new"] != form["again"]:
        return await _page(request, EMPTY, Fault(Text(key="console.error_again"), "again"))
    try:
        await request.app[CONSOLE].door.change_password(
            visit.actor, visit.token, old=form["old"], code=form["code"], new=form["new"]
        )
    except LoginLocked:
        return await _page(request, EMPTY, Fault(Text(key="console.login_locked")))
    except LoginRefused:
        return await _page(request, EMPTY, Fault(Text(key="console.password_refused"), "old"))
    except DeskError as exc:
        return await _page(request, EMPTY, fault_of(exc, "new"))
    return shell.see_other(PATH, done="password_changed")


@signed_in
async def app_page(request: web.Request) -> web.Response:
    """Show the secret of a new authenticator app, to somebody who proved lately who they are."""
    return await _app_page(request)


@signed_in
async def passkey_asked_for_app(request: web.Request) -> web.Response:
    """What the browser is asked to show that a passkey is at hand in place of the app of before."""
    asking = request.app[CONSOLE].passkeys.asked_to_log_in(site_of(request), _for_app(request[visits.VISIT]))
    return await asked_for_json(request, asking)


@signed_in
async def change_app(request: web.Request) -> web.Response:
    """Change one's own authenticator app. Wrong answers count as they do at the login."""
    form, visit, console = await form_of(request), request[visits.VISIT], request.app[CONSOLE]
    if refused := await refused_for_now(request):
        return await _app_page(request, form, refused)
    secret = apps.opened(request, form["sealed"], of=visit.token)
    if secret is None:
        return await _app_page(request, form, Fault(Text(key="console.error_form")))
    try:
        visit.actor.require_fresh()
        if form["credential"]:
            await console.passkeys.prove(visit.actor, site_of(request), _for_app(visit), form["credential"])
        present = None if form["credential"] else form["present"]
        await console.door.change_app(
            visit.actor, visit.token, password=form["password"], present=present, totp=secret, code=form["code"]
        )
    except LoginLocked:
        return await _app_page(request, form, Fault(Text(key="console.login_locked")))
    except LoginRefused as exc:
        return await _app_page(request, form, Fault(exc.said or Text(key="console.app_refused"), "password"))
    except DeskError as exc:
        return await _app_page(request, form, fault_of(exc, "code"))
    return shell.see_other(PATH, done="app_changed")


@signed_in
async def choose_alerts(request: web.Request) -> web.Response:
    """Choose what one is told of by mail, and where."""
    form = await form_of(request)
    kinds = frozenset(one for one in AlertKind if form[f"alert_{one}"])
    try:
        await request.app[CONSOLE].alerts.keep(visits.actor_of(request), form["mail"], kinds)
    except DeskError as exc:
        return await _page(request, form, fault_of(exc, "mail"))
    return shell.see_other(PATH, done="alerts_kept")


@staff(Permission.TICKET_ANSWER)
async def answer_in(request: web.Request) -> web.Response:
    """Choose the languages in which one answers residents: tickets that are shared out follow them."""
    form = await form_of(request)
    chosen = [one for one in LOCALES if form[f"answers_{one}"]]
    await request.app[CONSOLE].own.answer_in(visits.actor_of(request), chosen)
    return shell.see_other(PATH, done="languages_kept")


@signed_in
async def end_session(request: web.Request) -> web.Response:
    """End another session of one's own."""
    visit = request[visits.VISIT]
    try:
        await request.app[CONSOLE].own.end_session(visit.actor, visit.token, _bytes(request, "session"))
    except DeskError as exc:
        return await _page(request, EMPTY, fault_of(exc))
    return shell.see_other(PATH, done="session_ended")


@signed_in
async def end_others(request: web.Request) -> web.Response:
    """End all other sessions of one's own."""
    visit = request[visits.VISIT]
    await request.app[CONSOLE].own.end_others(visit.actor, visit.token)
    return shell.see_other(PATH, done="sessions_ended")


def address_part(value: bytes) -> str:
    """Bytes as a part of an address (base64url)."""
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


async def _page(request: web.Request, form: Form = EMPTY, *faults: Fault) -> web.Response:
    visit, own = request[visits.VISIT], request.app[CONSOLE].own
    account = await own.account(visit.actor)
    wanted = await request.app[CONSOLE].alerts.of(visit.actor)
    passkeys = [(address_part(one.id), one) for one in await own.passkeys(visit.actor)]
    sessions = [(address_part(one.hash), one) for one in await own.sessions(visit.actor, visit.token)]
    return shell.page(
        request,
        "account.html",
        status=422 if faults else 200,
        faults=faults,
        form=form,
        account=account,
        passkeys=passkeys,
        sessions=sessions,
        shortest=SHORTEST,
        mail=form["mail"] or wanted.mail or "",
        alerts=[(one, one in wanted.kinds) for one in AlertKind],
        may_answer=visit.actor.may_somewhere(Permission.TICKET_ANSWER),
        is_offered=is_offered(request),
        is_last=len(passkeys) == 1 and not (account.has_password and account.has_totp),
    )


async def _app_page(request: web.Request, form: Form = EMPTY, *faults: Fault) -> web.Response:
    visit, own = request[visits.VISIT], request.app[CONSOLE].own
    account = await own.account(visit.actor)
    if not account.has_totp:
        return shell.see_other(PATH)
    return shell.page(
        request,
        "account_app.html",
        status=422 if faults else 200,
        faults=faults,
        is_offered=is_offered(request) and account.passkeys > 0,
        **apps.shown(request, form["sealed"], of=visit.token, login=account.login),
    )


def _of(visit: visits.Visit) -> str:
    """Whose browser a challenge is for."""
    return f"add {visit.token}"


def _for_app(visit: visits.Visit) -> str:
    """The same of one that stands in place of an app."""
    return f"app {visit.token}"


def _bytes(request: web.Request, name: str) -> bytes:
    given = request.match_info[name]
    try:
        return base64.urlsafe_b64decode(given + "=" * (-len(given) % 4))
    except (binascii.Error, ValueError) as exc:
        raise NotFound from exc


SECTION = Section(
    routes=(
        web.get(PATH, account_page),
        web.post(f"{PATH}/language", speak),
        web.post(f"{PATH}/passkeys", add_passkey),
        web.post(f"{PATH}/passkeys/-/asked", passkey_asked),
        web.post(f"{PASSKEY}/name", rename_passkey),
        web.post(f"{PASSKEY}/remove", remove_passkey),
        web.post(f"{PATH}/password", change_password),
        web.get(f"{PATH}/app", app_page),
        web.post(f"{PATH}/app", change_app),
        web.post(f"{PATH}/app/asked", passkey_asked_for_app),
        web.post(f"{PATH}/alerts", choose_alerts),
        web.post(f"{PATH}/languages", answer_in),
        web.post(f"{PATH}/sessions/end", end_others),
        web.post(f"{SESSION}/end", end_session),
    )
)
