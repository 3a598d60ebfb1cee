"""Client of an agency that keeps records of persons; its contract is docs/reference/records.openapi.yaml."""

from typing import Annotated, Self

from pydantic import AwareDatetime, Field, model_validator

from actions.backends.http import Endpoint
from actions.backends.wire import Contract, Names, Phone


class IdNumber(Contract):
    id_number: str


class Holder(Contract):
    """Who holds a record: the telephone that the agency knows, if it knows one."""

    phone: Phone | None


class Fact(Contract):
    """One fact with its label; exactly one kind of value. Money in yuan."""

    label: Names
    money: Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,9})\.[0-9]{2}$")] | None = None
    months: Annotated[int, Field(ge=0)] | None = None
    month: Annotated[str, Field(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")] | None = None
    date: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")] | None = None
    name: Names | None = None

    @model_validator(mode="after")
    def _has_one_value(self) -> Self:
        values = (self.money, self.months, self.month, self.date, self.name)
        if sum(value is not None for value in values) != 1:
            raise ValueError("a fact has exactly one kind of value")
        return self


class Record(Contract):
    """What is on record, in the order in which it is shown."""

    as_of: AwareDatetime
    facts: Annotated[list[Fact], Field(min_length=1, max_length=30)]


class Records:
    """One agency of one city. All calls raise the `BackendError`s of `Endpoint.call`."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    async def holder(self, id_number: str) -> Holder:
        """Ask which telephone the agency holds.

        Raises:
            BackendRefused: `unknown-person`.
        """
        body = IdNumber(id_number=id_number)
        return await self._endpoint.call("POST", "/holders/query", Holder, body=body, repeatable=True)

    async def record(self, id_number: str) -> Record:
        """Read a record: only after the identity was proved.

        Raises:
            BackendRefused: `unknown-person`.
        """
        body = IdNumber(id_number=id_number)
        return await self._endpoint.call("POST", "/records/query", Record, body=body, repeatable=True)
