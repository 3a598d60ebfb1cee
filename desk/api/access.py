"""Who calls: a program, by the key of its account (`desk user key`), with what its roles permit. Nobody else.

A browser's session is no key: what a page is logged in with opens nothing here, so that no site can use it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from typing import cast

from aiohttp import web

from desk.announcements.content import AnnouncementFault
from desk.contract.errors import Conflict, DeskError, NotFound
from desk.contract.staff import Actor, NotLoggedIn, NotPermitted, Permission
from desk.staff.authentication import Authentication
from desk.web.access import Route, caller_of, signed
from desk.web.gate import insist_on_pace
from desk.web.limits import Rate
from desk.web.parts import PARTS
from desk.web.problems import Problem

DOOR = web.AppKey("api_door", Authentication)
PROGRAM = web.RequestKey("api_program", Actor)
CALLERS = Rate(per_second=50, capacity=500)  # of an address, whoever they say they are
PROGRAMS = Rate(per_second=20, capacity=200)
REFUSAL = {"WWW-Authenticate": 'Bearer realm="staff"'}

_ATTRIBUTE = "desk_api_needs"


@dataclass(frozen=True, slots=True)
class Needs:
    """The permission that a route needs, held for whatever place; for the one thing at hand the room looks."""

    permission: Permission


def program(permission: Permission) -> Callable[[Callable[[web.Request], Awaitable[web.StreamResponse]]], Route]:
    """Open a route to programs whose account holds a permission."""

    def name(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> Route:
        @wraps(handler)
        async def admitted(request: web.Request) -> web.StreamResponse:
            request[PROGRAM] = actor = await _actor(request)
            try:
                actor.require_somewhere(permission)
                return await handler(request)
            except DeskError as exc:
                raise _problem(exc) from exc

        setattr(admitted, _ATTRIBUTE, Needs(permission))
        return signed(admitted)

    return name


def needs_of(handler: object) -> Needs | None:
    """Read what a handler names; None: it is none of these."""
    return cast("Needs | None", getattr(handler, _ATTRIBUTE, None))


async def _actor(request: web.Request) -> Actor:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Problem("not_authenticated", headers=REFUSAL)
    address = str(caller_of(request, request.app[PARTS].proxies))
    await insist_on_pace(request, "api callers", CALLERS)
    try:
        actor = await request.app[DOOR].actor(token.strip(), address=address)
    except NotLoggedIn as exc:
        raise Problem("not_authenticated", headers=REFUSAL) from exc
    if actor.via != "key":
        raise Problem("not_authenticated", headers=REFUSAL)
    await insist_on_pace(request, "api programs", PROGRAMS, actor.login)
    return actor


def _problem(exc: DeskError) -> Problem:
    """What a program is told: why, in English, as the room says it."""
    match exc:
        case AnnouncementFault():
            return Problem("not_valid", errors=[{"in": "body", "field": exc.field, "reason": str(exc)}])
        case NotPermitted():
            return Problem("not_permitted", reason=str(exc))
        case NotFound():
            return Problem("not_found", reason=str(exc))
        case Conflict():
            return Problem("conflict", reason=str(exc))
        case _:
            raise exc
