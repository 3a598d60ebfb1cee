"""Logging in, staying and logging out."""

from urllib.parse import urlencode

from aiohttp import web

from desk.console import shell, visits
from desk.console.access import signed_in, visitor
from desk.console.faults import Fault
from desk.console.forms import EMPTY, Form, form_of, query_of
from desk.console.parts import CONSOLE
from desk.console.passkeys import asked_for_json, is_offered, site_of
from desk.console.sections import Section
from desk.contract.errors import DeskError
from desk.contract.messages import Text
from desk.staff.authentication import FAILURES, LOCKED, LoginLocked, LoginRefused
from desk.tickets.staffing.duty import Duty
from desk.web.access import caller_of
from desk.web.limits import Rate
from desk.web.parts import PARTS

TRIES = Rate(per_second=0.5, capacity=30)
"""Of one address, which may be that of a whole office that comes to work at nine."""
LIMIT = "staff_login"
OFFERS = Rate(per_second=2, capacity=120)
"""Of one address: each login page that is shown asks once for what its browser may offer."""
OFFER_LIMIT = "staff_passkey"
NAMES = Rate(per_second=1 / LOCKED.total_seconds(), capacity=FAILURES)
"""Wrong answers for a login that there is not: it is said to be locked as one that there is would be."""
NAME_LIMIT = "staff_name"


@visitor
async def login_page(request: web.Request) -> web.Response:
    """Ask who it is."""
    wanted = visits.place_in(query_of(request)["next"])
    if visits.visit_of(request) is not None:
        return shell.see_other(wanted or visits.ROOT)
    return _page(request, wanted)


@visitor
async def log_in(request: web.Request) -> web.Response:
    """Let somebody in by login, password and code; all that is wrong is answered in one sentence."""
    form = await form_of(request)
    wanted = visits.place_in(form["next"])
    if refused := await refused_for_now(request):
        return _page(request, wanted, form, refused, status=429)
    address = caller_of(request, request.app[PARTS].proxies)
    door = request.app[CONSOLE].door
    try:
        _, token = await door.log_in(form["login"], form["password"], form["code"], via="console", address=address)
    except LoginLocked:
        return _page(request, wanted, form, Fault(Text(key="console.login_locked")), status=422)
    except LoginRefused:
        return _page(request, wanted, form, await _refused(request, form["login"]), status=422)
    await _forget_refusals(request, form["login"])
    return entered(request, token, wanted)


@visitor
async def passkey_asked(request: web.Request) -> web.Response:
    """What the browser is asked to log somebody in by passkey, for the script of the page."""
    if refused := await refused_for_now(request, OFFER_LIMIT, OFFERS):
        return web.json_response({"said": shell.words_of(request).say(refused.text)}, status=429)
    asking = request.app[CONSOLE].passkeys.asked_to_log_in(site_of(request), _of(request))
    return await asked_for_json(request, asking)


@visitor
async def log_in_by_passkey(request: web.Request) -> web.Response:
    """Let somebody in by what their browser answered."""
    form = await form_of(request)
    wanted = visits.place_in(form["next"])
    if refused := await refused_for_now(request):
        return _page(request, wanted, EMPTY, refused, status=429)
    address = caller_of(request, request.app[PARTS].proxies)
    try:
        _, token = await request.app[CONSOLE].passkeys.log_in(
            site_of(request), _of(request), form["credential"], address=address
        )
    except DeskError as exc:
        text = exc.said or Text(key="console.passkey_refused")
        return _page(request, wanted, EMPTY, Fault(text), status=422)
    return entered(request, token, wanted)


@signed_in
async def log_out(request: web.Request) -> web.Response:
    """End the session; where somebody is to prove again who they are, they come back to the page."""
    form, visit = await form_of(request), request[visits.VISIT]
    console = request.app[CONSOLE]
    await console.presence.gone(visit.actor.login)
    await Duty(console.engine).end(visit.actor.login)
    await console.door.log_out(visit.actor, visit.token)
    wanted = visits.place_in(form["next"])
    back = f"{visits.LOGIN}?{urlencode({'next': wanted, 'again': 'yes'})}" if wanted else visits.LOGIN
    response = shell.see_other(back, done="logged_out")
    visits.drop_session(response)
    return response


@signed_in
async def stay(request: web.Request) -> web.Response:
    """Count the session anew: somebody is there."""
    left = await request.app[CONSOLE].door.left(request[visits.VISIT].token)
    if "json" in request.headers.get("Accept", ""):
        return web.json_response({"idle": left.idle, "longest": left.longest})
    form = await form_of(request)
    return shell.see_other(visits.place_in(form["next"]) or visits.ROOT)


@signed_in
async def session_left(request: web.Request) -> web.Response:
    """How long the session holds, in seconds: other tabs may have prolonged it."""
    left = request[visits.VISIT].left
    return web.json_response({"idle": left.idle, "longest": left.longest})


def entered(request: web.Request, token: str, wanted: str | None) -> web.Response:
    """Lead somebody in who has proved who they are, with a fresh session."""
    response = shell.see_other(wanted or visits.ROOT)
    visits.keep_session(request, response, token, request.app[CONSOLE].door.limits.good)
    return response


async def refused_for_now(request: web.Request, limit: str = LIMIT, rate: Rate | None = None) -> Fault | None:
    """Count a try of an address, at the rate of logging in if none is named; answers what is said where it tried too
    often.
    """
    parts = request.app[PARTS]
    admission = await parts.buckets.take(limit, caller_of(request, parts.proxies), TRIES if rate is None else rate)
    return Fault(Text(key="console.login_too_often")) if admission.wait_seconds else None


def login_again(request: web.Request, wanted: str, fault: Fault, *, status: int) -> web.Response:
    """The login page, with why somebody was not let in."""
    return _page(request, wanted, EMPTY, fault, status=status)


async def _refused(request: web.Request, login: str) -> Fault:
    """What is said of a wrong answer: by no sentence it can be told whether there is such a login."""
    admission = await request.app[PARTS].buckets.take(NAME_LIMIT, login.strip().lower(), NAMES)
    if admission.wait_seconds:
        return Fault(Text(key="console.login_locked"))
    return Fault(Text(key="console.login_refused"), "login")


async def _forget_refusals(request: web.Request, login: str) -> None:
    for _ in range(FAILURES):
        await request.app[PARTS].buckets.give_back(NAME_LIMIT, login.strip().lower(), NAMES)


def _page(
    request: web.Request, wanted: str | None, form: Form = EMPTY, *faults: Fault, status: int = 200
) -> web.Response:
    return shell.page(
        request,
        "login.html",
        status=status,
        faults=faults,
        form=form,
        wanted=wanted or "",
        is_offered=is_offered(request),
        has_openid=request.app[CONSOLE].openid is not None,
        again=query_of(request)["again"] == "yes",
        # who has just logged out is not asked by the browser to come in again, until they press something
        has_left=query_of(request)["done"] == "logged_out" and query_of(request)["again"] != "yes",
    )


def _of(request: web.Request) -> str:
    """Whose browser a challenge is for."""
    return f"login {request[visits.FORM_SECRET]}"


SECTION = Section(
    routes=(
        web.get(visits.LOGIN, login_page),
        web.post(visits.LOGIN, log_in),
        web.post(f"{visits.LOGIN}/asked", passkey_asked),
        web.post(f"{visits.LOGIN}/passkey", log_in_by_passkey),
        web.post(f"{visits.ROOT}/logout", log_out),
        web.get(f"{visits.ROOT}/session", session_left, allow_head=False),
        web.post(f"{visits.ROOT}/stay", stay),
    )
)
