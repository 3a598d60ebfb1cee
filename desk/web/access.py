"""Who may call a route. Every handler names it with one of these decorators; `require_names` refuses to start without.

May not know what the routes do.
"""

from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import Literal, cast

from aiohttp import web
from multidict import istr

from desk.errors import ConfigurationError

type Access = Literal["public", "session", "loopback"]
type Route = Callable[..., Awaitable[web.StreamResponse]]

_ATTRIBUTE = "desk_access"
_FORWARDED = (istr("Forwarded"), istr("X-Forwarded-For"), istr("X-Real-IP"))


def public[R: Route](handler: R) -> R:
    """Open a route to everybody."""
    return _name(handler, "public")


def session[R: Route](handler: R) -> R:
    """Open a route to whoever holds a chat session's token (Authorization: Bearer)."""
    return _name(handler, "session")


def loopback[R: Route](handler: R) -> R:
    """Open a route to this machine alone; what a proxy passes on does not count as this machine."""
    return _name(handler, "loopback")


def _name[R: Route](handler: R, access: Access) -> R:
    setattr(handler, _ATTRIBUTE, access)
    return handler


def access_of(handler: object) -> Access | None:
    """Read what a handler names; None when it names nothing."""
    return cast("Access | None", getattr(handler, _ATTRIBUTE, None))


def is_loopback(request: web.Request) -> bool:
    """Tell whether a request comes from this machine itself."""
    if any(header in request.headers for header in _FORWARDED) or request.remote is None:
        return False
    try:
        return ip_address(request.remote).is_loopback
    except ValueError:
        return False


def require_names(app: web.Application) -> None:
    """Check that every route names who may call it.

    Raises:
        ConfigurationError: one does not; the message says which.
    """
    for route in app.router.routes():
        if access_of(route.handler) is None:
            raise ConfigurationError(
                f"Route {route.method} {route.resource} names no access: decorate its handler with @public, @session"
                " or @loopback (desk/web/access.py)."
            )
