"""`POST /commands/book`: the desk has an order's money, and the agency is told. Holds no rules of any service.

Idempotent: each item is reported under a key of its own, so the same command may come any number of times.
"""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol, runtime_checkable

import structlog
from aiohttp import web
from pydantic import ValidationError

from actions.kinds.statements import NotTaken, Payment
from desk.city.files import City
from desk.contract.agency_commands import BookAnswer, BookCommand, Booking, BookItem
from desk.contract.errors import BackendError, BackendTimeout, BackendUnavailable
from desk.http.signatures import NotSigned, Signatures

SECONDS = 25.0
"""Within the 30 s that the desk waits. What is not asked in time is `unreached`, and comes again."""

log = structlog.get_logger(__name__)


@runtime_checkable
class Settles(Protocol):
    """A service that takes money."""

    async def settle(self, city: str, payment: Payment) -> str | NotTaken:
        """Report a payment; answers the agency's receipt. Raises `BackendError`."""


class Bookings:
    """The command's side of the server."""

    def __init__(self, services: Mapping[str, Settles], cities: Mapping[str, City], signatures: Signatures) -> None:
        self._services = services
        self._cities = cities
        self._signatures = signatures

    async def book(self, command: BookCommand) -> BookAnswer:
        """Report each item of an order, one after the other; after a failure the rest is left for the next time.

        Raises:
            NotSigned: the desk did not say that this order was paid.
            KeyError: there is no such service that takes money in this city.
        """
        self._signatures.check_command(command.model_dump(mode="json"))
        service, city = self._services[command.service], self._cities[command.city]
        if command.service not in city.services:
            raise KeyError(command.service)
        loop = asyncio.get_running_loop()
        until = loop.time() + SECONDS
        bookings: list[Booking] = []
        for item in command.items:
            failed = any(one.outcome in ("unreached", "unknown") for one in bookings)
            if failed or loop.time() >= until:
                bookings.append(Booking(reference=item.reference, outcome="unreached"))
            else:
                bookings.append(await self._one(service, command, item))
        return BookAnswer(bookings=bookings)

    async def _one(self, service: Settles, command: BookCommand, item: BookItem) -> Booking:
        payment = Payment(
            item.reference, item.amount, command.order, command.trade_no, datetime.fromisoformat(command.paid_at)
        )
        try:
            taken = await service.settle(command.city, payment)
        except BackendError as exc:
            log.warning("booking_failed", order=command.order, error=type(exc).__name__)
            untouched = isinstance(exc, BackendUnavailable) and not isinstance(exc, BackendTimeout)
            return Booking(reference=item.reference, outcome="unreached" if untouched else "unknown")
        if isinstance(taken, NotTaken):
            return Booking(reference=item.reference, outcome="refused", code=taken.code)
        return Booking(reference=item.reference, outcome="booked", receipt=taken)


BOOKINGS = web.AppKey("bookings", Bookings)


async def post_booking(request: web.Request) -> web.Response:
    """200 with what became of each item; 400 where it is no command, 403 where the desk did not sign it."""
    try:
        command = BookCommand.model_validate_json(await request.read())
        answer = await request.app[BOOKINGS].book(command)
    except ValidationError:
        return _problem(400, "bad-request", "Not the contract.")
    except NotSigned as exc:
        log.warning("booking_not_signed")
        return _problem(403, "not-signed", str(exc))
    except KeyError as exc:
        return _problem(400, "bad-request", f"There is no service or city {exc}.")
    return web.json_response(answer.model_dump(mode="json"))


def routes() -> Iterable[web.RouteDef]:
    """The server lets the desk alone in (`desk/http/peers.py`), and the command is signed by itself."""
    return [web.post("/commands/book", post_booking)]


def _problem(status: int, name: str, detail: str) -> web.Response:
    body = {"type": name, "title": "Not a booking.", "status": status, "detail": detail}
    return web.json_response(body, status=status, content_type="application/problem+json")
