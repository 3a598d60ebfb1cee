"""The phone that scanned a code: it asks to come in, shows its number, and goes on once the screen said yes.

Looking changes nothing. What it wants to go on with it is known for by a cookie that no script reads, made for this
one code.
"""

import re
import secrets

from aiohttp import web

from desk.going_on.service import LENGTH, TO_ANSWER, TO_COME_IN
from desk.web import cookies
from desk.web.access import public
from desk.web.forms.page import SLOT
from desk.web.gate import insist_on_pace
from desk.web.limits import Rate
from desk.web.matters.page import VISITS, keep_cookie, token_of
from desk.web.parts import PARTS
from desk.web.scanned.place import GOINGS_ON, LOOKS, Place, given, in_halves, led, place_of, pressed, shown

ASKS = Rate(per_second=0.2, capacity=30)  # of one address
COOKIE = "go-on"
CODE = re.compile(rf"[A-Z2-7]{{{LENGTH}}}")
ONCE = re.compile(r"[A-Za-z0-9_-]{43}")
OVER = ("void", "over")


@public
async def device_page(request: web.Request) -> web.Response:
    """What was scanned, and the way to ask; then the number, and what the screen said."""
    await insist_on_pace(request, "looks at codes", LOOKS)
    place = await place_of(request)
    code = request.query.get("c", "")
    if CODE.fullmatch(code):
        return shown(request, place, "go_on.html", "begin", code=code, once=secrets.token_urlsafe(32), kept=f"c={code}")
    secret = _secret_in(request)
    found = None if secret is None else await request.app[GOINGS_ON].of_device(secret)
    if found is None or found.city != place.city.slug or found.state in OVER:
        return shown(request, place, "go_on.html", "over", kept="")
    mine = place.visit is not None and place.visit.conversation_id == found.conversation_id
    return shown(
        request,
        place,
        "go_on.html",
        found.state,
        kept="",
        halves=in_halves(found.number or ""),
        session=str(found.conversation_id) if mine and found.state == "used" else None,
        seq=found.seq,
        there=place.goes_on(found.service),
    )


@public
async def device_post(request: web.Request) -> web.Response:
    """Ask to come in, or come in."""
    form, place = await pressed(request), await place_of(request)
    match given(form, "do"):
        case "ask":
            return await _ask(request, place, given(form, "c"), given(form, "once"))
        case "come":
            return await _come_in(request, place)
        case _:
            raise web.HTTPBadRequest


async def _ask(request: web.Request, place: Place, code: str, once: str) -> web.Response:
    await insist_on_pace(request, "phones that ask", ASKS)
    answer = led(place.at("/go-on"))
    good = CODE.fullmatch(code) and ONCE.fullmatch(once)
    secret = await request.app[GOINGS_ON].ask(code, place.city.slug, once) if good else None
    if secret is None:
        answer.del_cookie(_name(request), path="/", httponly=True, samesite="Strict", secure=cookies.is_secure(request))
        return answer
    age = int((TO_ANSWER + TO_COME_IN).total_seconds())
    secure = cookies.is_secure(request)
    answer.set_cookie(_name(request), secret, max_age=age, path="/", secure=secure, httponly=True, samesite="Strict")
    return answer


async def _come_in(request: web.Request, place: Place) -> web.Response:
    """Have the browser keep the session as the chat and the forms of the city's pages do."""
    parts, secret = request.app[PARTS], _secret_in(request)
    answer = led(place.at("/go-on"))
    came = None if secret is None else await request.app[GOINGS_ON].come_in(secret)
    if came is None:
        return answer
    visit = await request.app[VISITS].open_for_chat(token_of(request), came.conversation_id, came.token, came.city)
    await parts.live.publish(came.conversation_id)
    keep_cookie(request, answer, visit)
    cookies.keep(request, answer, SLOT.format(came.city), came.token, parts.limits.session_longest)
    return answer


def _name(request: web.Request) -> str:
    """Over HTTPS a name that no other host of the domain can set (`__Host-`, RFC 6265bis)."""
    return f"__Host-{COOKIE}" if cookies.is_secure(request) else COOKIE


def _secret_in(request: web.Request) -> str | None:
    return request.cookies.get(_name(request)) or None
