"""The pretend agencies that keep records of persons; their contract is docs/reference/records.openapi.yaml.

What is on record follows from who somebody is and from `records.yml`: every month since they began is paid.
"""

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from sandbox.persons import persons
from sandbox.problems import problem
from sandbox.seed import Names, Seed, SeedModel
from sandbox.state import State

FILE = "records.yml"
ZONE = ZoneInfo("Asia/Shanghai")


class Line(SeedModel):
    """One fact of a record: its label, and how its value follows from the months since somebody began."""

    label: Names
    value: Literal["last_month", "months", "monthly", "balance", "name"]
    monthly: Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]{2}$")] | None = None  # yuan a month, of the average person
    name: Names | None = None


class RecordSeed(SeedModel):
    """What one agency keeps. `without_phone` and `nobody` are people of whom it holds no telephone, or nothing."""

    lines: list[Line]
    without_phone: list[str] = Field(default_factory=list)
    nobody: list[str] = Field(default_factory=list)


class Seeds(SeedModel):
    services: dict[str, RecordSeed]


class IdNumber(BaseModel):
    """The body of both queries."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    id_number: Annotated[str, Field(pattern=r"^[0-9]{17}[0-9X]$")]


class Records:
    """The agencies of every city that has a `records.yml`."""

    name = "records"

    def __init__(self, *, seed: Seed, state: State, clock: Callable[[], datetime]) -> None:
        self._seed, self._state, self._clock = seed, state, clock

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        yield web.post("/records/{city}/{service}/holders/query", self._holder)
        yield web.post("/records/{city}/{service}/records/query", self._record)

    def cities(self) -> list[str]:
        return self._seed.cities(FILE)

    def facts(self, city: str) -> dict[str, str]:  # noqa: ARG002 - the person of all facts has every record
        return {}

    async def _holder(self, request: web.Request) -> web.Response:
        kept = self._kept(request)
        found = await self._person(request, kept)
        if isinstance(found, web.Response) or kept is None:
            return found if isinstance(found, web.Response) else _no_such_service()
        key, phone = found
        return web.json_response({"phone": None if key in kept.without_phone else phone})

    async def _record(self, request: web.Request) -> web.Response:
        kept = self._kept(request)
        found = await self._person(request, kept)
        if isinstance(found, web.Response) or kept is None:
            return found if isinstance(found, web.Response) else _no_such_service()
        now = self._clock().astimezone(ZONE)
        facts = [_fact(line, found[0], now) for line in kept.lines]
        return web.json_response({"as_of": now.isoformat(timespec="seconds"), "facts": facts})

    def _kept(self, request: web.Request) -> RecordSeed | None:
        seeds = self._seed.load(request.match_info["city"], FILE, Seeds.model_validate)
        return seeds.services.get(request.match_info["service"])

    async def _person(self, request: web.Request, kept: RecordSeed | None) -> tuple[str, str] | web.Response:
        """Key and telephone of the person asked for."""
        asked = IdNumber.model_validate_json(await request.read())
        if kept is None:
            return _no_such_service()
        found = persons(self._seed, request.match_info["city"]).by_id_number(asked.id_number)
        if found is None or found[0] in kept.nobody:
            return problem(404, "unknown-person", "Nothing is on record for this id number.")
        return found[0], found[1].phone


def _no_such_service() -> web.Response:
    return problem(404, "no-such-service", "This agency does not keep such records.")


def _fact(line: Line, person: str, now: datetime) -> dict[str, Any]:
    """As the contract's `Fact`."""
    digest = int.from_bytes(hashlib.sha256(person.encode()).digest()[:4])
    months, share = 18 + digest % 200, Decimal(70 + digest % 61) / 100
    label = line.label.model_dump()
    match line.value:
        case "months":
            return {"label": label, "months": months}
        case "last_month":
            year, month = (now.year, now.month - 1) if now.month > 1 else (now.year - 1, 12)
            return {"label": label, "month": f"{year}-{month:02}"}
        case "name":
            assert line.name is not None
            return {"label": label, "name": line.name.model_dump()}
    monthly = (Decimal(line.monthly or "0") * share).quantize(Decimal("0.01"))
    return {"label": label, "money": f"{monthly if line.value == 'monthly' else monthly * months:.2f}"}
