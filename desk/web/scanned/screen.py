"""The screen that a conversation is on: it shows a code for the resident's phone, and asks whether that may come in.

Looking changes nothing, and works without scripts. The code is for the conversation of this browser alone, and so is
the answer.
"""

import base64
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

from aiohttp import web

from channels.webchat import NAME
from desk.conversations import standing as standings
from desk.going_on.service import TO_SCAN
from desk.web.access import public
from desk.web.gate import insist_on_pace
from desk.web.limits import Rate
from desk.web.parts import ANNOUNCED
from desk.web.qr import qr_svg
from desk.web.scanned.place import (
    GOINGS_ON,
    LOOKS,
    Place,
    address_of_code,
    given,
    in_halves,
    led,
    place_of,
    pressed,
    shown,
)

CODES = Rate(per_second=0.05, capacity=10)  # of one conversation
SHOWN = "shown"
"""In the address of what a code leads to; without it the page says what would happen."""


@dataclass(frozen=True, slots=True)
class Own:
    """The conversation of this browser's chat, and the hash of its session."""

    conversation: UUID
    session: bytes


@public
async def screen_page(request: web.Request) -> web.Response:
    """What goes on where, and the code; once a phone has asked, its number; at last what came of it."""
    await insist_on_pace(request, "looks at codes", LOOKS)
    place = await place_of(request)
    service = request.query.get("service")
    own, found = await _own(place), None
    if own is not None and SHOWN in request.query:
        found = await request.app[GOINGS_ON].of_session(own.session)
    return shown(
        request,
        place,
        "on_my_phone.html",
        "nothing" if own is None else "begin" if found is None else found.state,
        own=None if own is None else str(own.conversation),
        back=place.goes_on(service),
        service=service,
        kept=urlencode(_kept(service) | ({} if found is None else {SHOWN: "1"})),
        minutes=TO_SCAN // timedelta(minutes=1),
        code=_drawn(request, place, found.code) if found is not None and found.state == "shown" else None,
        number=None if found is None else found.number,
        halves=in_halves((found.number if found is not None else None) or ""),
    )


@public
async def screen_post(request: web.Request) -> web.Response:
    """Show a code, answer the phone that asks, or show none any more."""
    form, place = await pressed(request), await place_of(request)
    own, goings_on = await _own(place), request.app[GOINGS_ON]
    service = given(form, "service") or None
    if own is None:
        return led(place.at("/on-my-phone", **_kept(service)))
    match given(form, "do"):
        case "show":
            await insist_on_pace(request, "codes for phones", CODES, str(own.conversation))
            known = service if service in place.city.services else None
            await goings_on.show(own.conversation, own.session, city=place.city.slug, service=known)
        case "yes" | "no" as do:
            await goings_on.answer(own.session, given(form, "number"), yes=do == "yes")
        case "stop":
            await goings_on.stop(own.session)
            return led(place.goes_on(service))
        case _:
            raise web.HTTPBadRequest
    return led(place.at("/on-my-phone", **_kept(service), **{SHOWN: "1"}))


async def _own(place: Place) -> Own | None:
    """The chat of this browser with this city, as long as its session holds."""
    visit = place.visit
    if visit is None or visit.conversation_id is None or visit.opened_by is None:
        return None
    async with place.parts.engine.connect() as connection:
        found = await standings.find(connection, visit.conversation_id)
    is_here = found is not None and (found.channel, found.city) == (NAME, place.city.slug)
    return Own(visit.conversation_id, visit.opened_by) if is_here else None


def _kept(service: str | None) -> dict[str, str]:
    return {} if service is None else {"service": service[:100]}


def _drawn(request: web.Request, place: Place, code: str) -> str:
    """The code as a picture that stands in the page: its address is nowhere else."""
    there = address_of_code(request.app[ANNOUNCED].public_url, place.city.slug, place.locale, code)
    return f"data:image/svg+xml;base64,{base64.b64encode(qr_svg(there)).decode()}"
