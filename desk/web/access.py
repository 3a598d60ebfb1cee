"""Who may call a route. Every handler names it by one of these decorators; `require_names` asks for it at start."""

from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Literal, cast

from aiohttp import web

from desk.contract.errors import ConfigurationError

type Access = Literal["public", "session", "signed", "staff"]
type Route = Callable[..., Awaitable[web.StreamResponse]]
type Network = IPv4Network | IPv6Network

_ATTRIBUTE = "desk_access"
_ONE_HOUSEHOLD = 64  # bits: whoever has one IPv6 address has 2^64 of them (RFC 6177)


def public[R: Route](handler: R) -> R:
    """Open a route to everybody."""
    return _name(handler, "public")


def session[R: Route](handler: R) -> R:
    """Open a route to whoever holds a chat session's token (Authorization: Bearer)."""
    return _name(handler, "session")


def signed[R: Route](handler: R) -> R:
    """Open a route to platforms, whose every request its handler must verify before it does anything."""
    return _name(handler, "signed")


def staff[R: Route](handler: R) -> R:
    """Open a route to the staff console, which looks at who calls it by itself (`desk.console.guard`)."""
    return _name(handler, "staff")


def _name[R: Route](handler: R, access: Access) -> R:
    setattr(handler, _ATTRIBUTE, access)
    return handler


def access_of(handler: object) -> Access | None:
    """Read what a handler names; None when it names nothing."""
    return cast("Access | None", getattr(handler, _ATTRIBUTE, None))


def networks(listed: str) -> tuple[Network, ...]:
    """Read networks or single addresses, separated by commas.

    Raises:
        ConfigurationError: one is none.
    """
    try:
        return tuple(ip_network(part.strip()) for part in listed.split(",") if part.strip())
    except ValueError as exc:
        raise ConfigurationError(f"{exc}. Write addresses or networks like 10.0.0.0/8, separated by commas.") from exc


def caller_of(request: web.Request, proxies: Sequence[Network]) -> str:
    """Tell whose request it is, to count by: an IPv4 address, or the network of an IPv6 address.

    X-Forwarded-For is read from its end, and only as far as the hops are proxies of ours: what stands before, the
    caller may have written.
    """
    return _household(_told(request, proxies)[0])


def scheme_of(request: web.Request, proxies: Sequence[Network]) -> str:
    """Tell by which scheme the caller came: X-Forwarded-Proto counts as far as X-Forwarded-For does.

    Where several proxies of ours stand in a row and only some say it, the outermost that does is believed.
    """
    return _told(request, proxies)[1]


def _told(request: web.Request, proxies: Sequence[Network]) -> tuple[str, str]:
    """Address and scheme of the caller, as far as proxies of ours tell them; each writes at the end of both headers."""
    hops, schemes = _listed(request, "X-Forwarded-For"), _listed(request, "X-Forwarded-Proto")
    address, scheme = request.remote or "", request.scheme
    while is_within(address, proxies):
        scheme = schemes.pop().lower() if schemes else scheme
        if not hops:
            break
        address = hops.pop()
    return address, scheme


def _listed(request: web.Request, name: str) -> list[str]:
    """The values of a header that each hop may add to, in their order."""
    return [value.strip() for line in request.headers.getall(name, []) for value in line.split(",")]


def address_of(request: web.Request, proxies: Sequence[Network]) -> str | None:
    """The same, where it says anything of who calls. None: this machine, whose proxy is not named, so it is anybody."""
    caller = caller_of(request, proxies)
    known = _read(caller)
    return None if known is not None and known.is_loopback else caller


def is_within(address: str, proxies: Sequence[Network]) -> bool:
    """Whether an address is of one of these networks."""
    known = _read(address)
    return known is not None and any(known in network for network in proxies)


def _household(address: str) -> str:
    known = _read(address)
    if isinstance(known, IPv6Address):
        return str(ip_network((known, _ONE_HOUSEHOLD), strict=False))
    return address if known is None else str(known)


def _read(address: str) -> IPv4Address | IPv6Address | None:
    """Read an address; IPv4 that a socket for both shows as ::ffff:192.0.2.1 is IPv4. None: it is none."""
    try:
        known = ip_address(address)
    except ValueError:
        return None
    return (known.ipv4_mapped if isinstance(known, IPv6Address) else None) or known


def require_names(app: web.Application) -> None:
    """Check that every route names who may call it.

    Raises:
        ConfigurationError: one does not; the message says which.
    """
    for route in app.router.routes():
        if access_of(route.handler) is None:
            raise ConfigurationError(
                f"Route {route.method} {route.resource} names no access: decorate its handler with @public, @session,"
                " @signed or @staff (desk/web/access.py)."
            )
