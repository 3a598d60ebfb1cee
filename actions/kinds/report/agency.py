"""What an agency takes reports of: its categories in two languages, and what they ask. Kept for a while."""

import typing
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import JsonValue

from actions.backends.open311 import Attribute, Category, Definition, Protocol, Receipt, Report, Request
from desk.city.files import Names
from desk.contract.errors import BackendError

OWN, ENGLISH = "zh-CN", "en"
FRESH, USABLE = timedelta(minutes=10), timedelta(days=1)
"""So long a list is not asked for again; so long an old one serves while the system is away."""


class Server(typing.Protocol):
    """An Open311 server, as the kind uses it (actions/backends/open311/client.py)."""

    async def categories(self, language: str) -> list[Category]: ...
    async def definition(self, service_code: str, language: str) -> Definition: ...
    async def request(self, service_request_id: str, language: str) -> Request | None: ...
    async def id_of(self, token: str) -> str | None: ...
    async def find(self, key: str, service_code: str, now: datetime) -> Request | None: ...
    async def withdraw(self, service_request_id: str) -> None: ...
    async def submit(
        self, report: Report, *, key: str, now: datetime, sent_at: datetime | None = None, listed: bool = True
    ) -> Receipt: ...


@dataclass(frozen=True, slots=True)
class Sort:
    """A category: what it is called, by which words it is known, and how the server takes it."""

    code: str
    names: Names
    words: tuple[str, ...]
    described: str
    type: str
    asks: bool

    def kept(self) -> dict[str, JsonValue]:
        """What is remembered of it with a form."""
        return {"code": self.code, "names": self.names.model_dump(), "type": self.type, "asks": self.asks}

    @staticmethod
    def remembered(kept: JsonValue) -> "Sort | None":
        """The category that was remembered, as far as submitting needs it."""
        if not isinstance(kept, dict):
            return None
        names = Names.model_validate(kept["names"])
        return Sort(str(kept["code"]), names, (), "", str(kept["type"]), bool(kept["asks"]))


@dataclass(frozen=True, slots=True)
class Asked:
    """An attribute that a resident must give, with its names and those of its values."""

    code: str
    names: Names
    is_list: bool
    values: tuple[tuple[str, Names], ...] = ()


@dataclass
class Agency:
    """One agency, how its server is spoken to, and what was last heard of it. `server` fails with `BackendError`s."""

    server: Server
    protocol: Protocol = field(default_factory=Protocol)
    _sorts: tuple[Sort, ...] = ()
    _heard_at: datetime | None = None
    _asked: dict[str, tuple[Asked, ...]] = field(default_factory=dict)

    async def sorts(self, now: datetime) -> tuple[Sort, ...]:
        """All categories.

        Raises:
            BackendError: the system failed, and there is no list of the last day.
        """
        age = None if self._heard_at is None else now - self._heard_at
        if age is not None and age < FRESH:
            return self._sorts
        try:
            own, english = await self.server.categories(OWN), await self.server.categories(ENGLISH)
        except BackendError:
            if age is not None and age < USABLE:
                return self._sorts
            raise
        self._sorts, self._heard_at, self._asked = _sorted_out(own, english), now, {}
        return self._sorts

    async def asked(self, sort: Sort) -> tuple[Asked, ...]:
        """What a category asks of the resident.

        Raises:
            BackendError: the system failed.
        """
        if not sort.asks:
            return ()
        if sort.code not in self._asked:
            own = await self.server.definition(sort.code, OWN)
            english = await self.server.definition(sort.code, ENGLISH) if own.asked else own
            self._asked[sort.code] = tuple(_asked(one, english) for one in own.asked)
        return self._asked[sort.code]

    def forget(self) -> None:
        """Ask anew next time: the list is out of date."""
        self._heard_at = None


def _sorted_out(own: Sequence[Category], english: Sequence[Category]) -> tuple[Sort, ...]:
    in_english = {one.service_code: one.service_name for one in english}
    return tuple(
        Sort(
            code=one.service_code,
            names=Names(zh_Hans=one.service_name, en=in_english.get(one.service_code, one.service_name)),
            words=tuple(one.words),
            described=f"{one.description} {one.group}",
            type=one.type,
            asks=one.metadata,
        )
        for one in own
    )


def _asked(attribute: Attribute, english: Definition) -> Asked:
    other = next((one for one in english.attributes if one.code == attribute.code), attribute)
    in_english = {one.key: one.name for one in other.values}
    values = tuple((one.key, _names(one.name or one.key, in_english.get(one.key, ""))) for one in attribute.values)
    names = _names(attribute.description or attribute.code, other.description)
    return Asked(attribute.code, names, attribute.is_list, values)


def _names(own: str, english: str) -> Names:
    return Names(zh_Hans=own, en=english or own)
