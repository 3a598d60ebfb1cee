"""Client of an agency that says whose a number is; its contract is docs/reference/references.openapi.yaml."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from actions.backends.http import Endpoint
from actions.backends.wire import Contract, Phone


class Asked(Contract):
    reference: str


class Paid(Contract):
    """What was paid for it, in yuan; `receipt` is the agency's own number."""

    amount: Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,9})\.[0-9]{2}$")]
    paid_at: AwareDatetime
    receipt: Annotated[str, Field(min_length=1, max_length=64)] | None


class Referenced(Contract):
    """A case: by which `key` it is read and changed, the telephone that the agency holds, and what it is about."""

    key: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,100}$")]
    reference: Annotated[str, Field(min_length=4, max_length=64)]
    phone: Phone | None
    on: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    values: dict[str, str]
    payment: Paid | None = None


class References:
    """One agency of one city. All calls raise the `BackendError`s of `Endpoint.call`."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    async def find(self, reference: str) -> Referenced:
        """Ask what the agency holds for a number (letters and digits only).

        Raises:
            BackendRefused: `unknown-reference`.
        """
        body = Asked(reference=reference)
        return await self._endpoint.call("POST", "/query", Referenced, body=body, repeatable=True)
