"""Client of an agency that decides on applications; its contract is docs/reference/applications.openapi.yaml."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from actions.backends.http import Endpoint
from actions.backends.wire import Contract, Money, Names, Payment


class Form(Contract):
    """Named values: those of the service's fields."""

    values: dict[str, str]


class Terms(Contract):
    """Whether somebody may apply, else why not; `fee` in yuan, None where nothing; `days` are working days."""

    eligible: bool
    reason: Names | None
    fee: Money | None
    days: Annotated[int, Field(ge=0)]


class Application(Contract):
    """An application as it stands. `note` is what the agency adds."""

    reference: Annotated[str, Field(pattern=r"^[A-Z0-9]{6,20}$")]
    status: Literal["awaiting_payment", "submitted", "accepted", "ready", "refused"]
    fee: Money | None
    paid: bool
    receipt: str | None
    note: Names | None


class Applications:
    """One agency of one city. All calls raise the `BackendError`s of `Endpoint.call`, and all may be repeated.

    An application is addressed by a key of ours: the same key and values submit once.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    async def check(self, values: Mapping[str, str]) -> Terms:
        """Ask whether somebody may apply, and what it would cost.

        Raises:
            BackendRefused: `unknown-person`, `pending`.
        """
        return await self._endpoint.call("POST", "/check", Terms, body=Form(values=dict(values)), repeatable=True)

    async def submit(self, key: str, values: Mapping[str, str]) -> Application:
        """Submit.

        Raises:
            BackendRefused: `unknown-person`, `not-eligible`, `pending`, `key-reused`.
        """
        body = Form(values=dict(values))
        return await self._endpoint.call("PUT", f"/applications/{key}", Application, body=body, repeatable=True)

    async def application(self, key: str) -> Application:
        """Say how an application stands.

        Raises:
            BackendRefused: `not-found`.
        """
        return await self._endpoint.call("GET", f"/applications/{key}", Application)

    async def pay(self, key: str, payment: Payment) -> Application:
        """Report that the fee was paid.

        Raises:
            BackendRefused: `already-paid`, `wrong-amount`, `not-found`.
        """
        path = f"/applications/{key}/payment"
        return await self._endpoint.call("PUT", path, Application, body=payment, repeatable=True)
