"""What pages that ask for a passkey have in common: for which site it is, and what their script is given."""

from collections.abc import Awaitable
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web

from desk.console import shell, visits
from desk.console.faults import said_of
from desk.contract.errors import Conflict, DeskError
from desk.contract.messages import Text
from desk.staff.passkeys import Site


def is_offered(request: web.Request) -> bool:
    """Whether there can be passkeys at the address that was opened: they belong to names, never to numbers."""
    host = urlsplit(visits.opened_at(request)).hostname or ""
    return host != "" and not _is_a_number(host)


def site_of(request: web.Request) -> Site:
    """For which site a passkey is.

    Raises:
        Conflict: there can be none here.
    """
    if not is_offered(request):
        raise Conflict("Passkeys need a host name.", said=Text(key="console.passkeys_by_name"))
    origin = visits.opened_at(request)
    return Site(urlsplit(origin).hostname or "", origin)


async def asked_for_json(request: web.Request, asking: Awaitable[str]) -> web.Response:
    """Answer a page's script with what the browser is to be asked, or with what is said to the person."""
    try:
        body = await asking
    except DeskError as exc:
        return web.json_response({"said": shell.words_of(request).say(said_of(exc))}, status=503)
    return web.Response(text=body, content_type="application/json")


def _is_a_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
