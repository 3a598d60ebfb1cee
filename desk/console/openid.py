"""Logging in by the city's identity provider: to it and back. Both are addresses that a browser is led to."""

from datetime import timedelta

from aiohttp import web

from desk.console import shell, visits
from desk.console.access import visitor
from desk.console.faults import Fault
from desk.console.forms import query_of
from desk.console.login import login_again, refused_for_now
from desk.console.parts import CONSOLE
from desk.console.sections import Section
from desk.contract.messages import Text
from desk.staff.authentication import LoginRefused
from desk.staff.openid import GOOD_SECONDS, OpenId, ProviderAway
from desk.web.access import caller_of
from desk.web.cookies import is_secure
from desk.web.parts import PARTS

ADDRESS = f"{visits.LOGIN}/openid"
BACK = f"{ADDRESS}/back"
COOKIE = "desk-staff-openid"


@visitor
async def leave(request: web.Request) -> web.StreamResponse:
    """Send somebody to the provider."""
    wanted = visits.place_in(query_of(request)["next"]) or ""
    if refused := await refused_for_now(request):
        return login_again(request, wanted, refused, status=429)
    try:
        again = query_of(request)["again"] == "yes"
        address, kept = await _openid(request).leave(_back(request), wanted, again=again)
    except ProviderAway:
        return login_again(request, wanted, Fault(Text(key="console.openid_away")), status=503)
    response = web.Response(status=303, headers={"Location": address})
    # Lax: who comes back comes from another site.
    response.set_cookie(
        COOKIE,
        kept,
        max_age=int(timedelta(seconds=GOOD_SECONDS).total_seconds()),
        path=BACK,
        secure=is_secure(request),
        httponly=True,
        samesite="Lax",
    )
    return response


@visitor
async def come_back(request: web.Request) -> web.StreamResponse:
    """Let in who comes back from the provider.

    They are led on by a page of ours and not by a redirect: this request came from another site, and browsers do not
    send the session's strict cookie with what it is redirected to.
    """
    if refused := await refused_for_now(request):
        return login_again(request, "", refused, status=429)
    address = caller_of(request, request.app[PARTS].proxies)
    kept = request.cookies.get(COOKIE, "")
    try:
        _, token, wanted = await _openid(request).come_back(kept, request.query, _back(request), address=address)
    except ProviderAway:
        return login_again(request, "", Fault(Text(key="console.openid_away")), status=503)
    except LoginRefused as exc:
        return login_again(request, "", Fault(exc.said or Text(key="console.openid_refused")), status=422)
    where = visits.place_in(wanted) or visits.ROOT
    response = shell.page(request, "openid_back.html", where=where)
    response.headers["Refresh"] = f"0; url={where}"
    visits.keep_session(request, response, token, request.app[CONSOLE].door.limits.good)
    response.del_cookie(COOKIE, path=BACK, httponly=True, samesite="Lax")
    return response


def _openid(request: web.Request) -> OpenId:
    openid = request.app[CONSOLE].openid
    if openid is None:
        raise web.HTTPNotFound
    return openid


def _back(request: web.Request) -> str:
    return visits.origin_of(request) + BACK


SECTION = Section(routes=(web.get(ADDRESS, leave, allow_head=False), web.get(BACK, come_back, allow_head=False)))
