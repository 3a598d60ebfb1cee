"""Whether serve lives, takes messages in, and whether they are answered, part by part.

Asked by monitors and load balancers, never where residents come in. What parts there are is put together elsewhere.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from aiohttp import web
from prometheus_client import Gauge

from desk.contract.errors import DeskError
from desk.store.database import OUTAGES, why_unreachable

LOOK_SECONDS = 3.0
FRESH_SECONDS = 2.0  # however often monitors ask
FAULTY = Gauge("desk_part_faulty", "Whether a part is faulty (1), as /readyz names it", ["part", "effect"])


class Effect(StrEnum):
    """What a faulty part means for residents."""

    INTAKE = "intake"  # nothing can be taken in
    ANSWERS = "answers"  # what is taken in is not answered
    BESIDE = "beside"  # both go on; something is worse, or will be


class Faulty(DeskError):
    """A part is not well. `saw` says what was seen, `mend` what to do; `effect` where it is another than the part's."""

    def __init__(self, saw: str, mend: str, effect: Effect | None = None) -> None:
        super().__init__(f"{saw} {mend}")
        self.saw, self.mend, self.effect = saw, mend, effect


@dataclass(frozen=True, slots=True)
class Part:
    """Something that is needed. `look` answers what it saw, or raises Faulty, or one of the errors of an outage.

    `mend` says what to do where it cannot be asked; where it `needs` another part that is faulty it is not looked at.
    """

    name: str
    effect: Effect
    look: Callable[[], Awaitable[str]]
    mend: str
    needs: str | None = None
    fresh_seconds: float = FRESH_SECONDS


@dataclass(frozen=True, slots=True)
class Finding:
    """What was seen of a part. `mend` is there exactly where it is faulty."""

    name: str
    effect: Effect
    saw: str
    mend: str | None = None
    is_skipped: bool = False  # what it needs is faulty

    @property
    def is_faulty(self) -> bool:
        return self.mend is not None


class Health:
    """Looks at all parts; each again when what was seen of it is some seconds old."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts
        self._seen: dict[str, tuple[float, Finding]] = {}
        self._looking = asyncio.Lock()

    async def findings(self) -> list[Finding]:
        """One of each part, in their order. Raises nothing that a part could do."""
        async with self._looking:
            left = list(self._parts)
            while left:
                waiting = {one.name for one in left}
                now = [one for one in left if one.needs not in waiting]
                await asyncio.gather(*(self._see(one) for one in now))
                left = [one for one in left if one not in now]
            found = [self._seen[one.name][1] for one in self._parts]
        FAULTY.clear()
        for one in found:
            if not one.is_skipped:  # of what was not looked at nothing is said
                FAULTY.labels(part=one.name, effect=one.effect).set(one.is_faulty)
        return found

    async def _see(self, part: Part) -> None:
        now = asyncio.get_running_loop().time()
        needed = self._seen.get(part.needs) if part.needs else None
        if needed is not None and (needed[1].is_faulty or needed[1].is_skipped):
            why = needed[1].saw if needed[1].is_skipped else f"not looked at: {part.needs} is faulty"
            self._seen[part.name] = (now, Finding(part.name, part.effect, why, is_skipped=True))
        elif self._is_old(part, now):
            self._seen[part.name] = (now, await look_at(part))

    def _is_old(self, part: Part, now: float) -> bool:
        if part.name not in self._seen:
            return True
        at, found = self._seen[part.name]
        fresh = FRESH_SECONDS if found.is_faulty else part.fresh_seconds
        return found.is_skipped or now - at >= fresh


async def look_at(part: Part) -> Finding:
    """Look at a part, for some seconds at most."""
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            return Finding(part.name, part.effect, await part.look())
    except Faulty as exc:
        return Finding(part.name, exc.effect or part.effect, exc.saw, exc.mend)
    except OUTAGES as exc:
        return Finding(part.name, part.effect, f"cannot be asked ({why_unreachable(exc)})", part.mend)


def add_readiness(application: web.Application, health: Health) -> None:
    """Add `/healthz`, `/readyz` and `/readyz/intake` to an application for monitors (`desk.http.serving.measures`)."""

    async def healthz(_: web.Request) -> web.Response:
        """Answers while the process lives."""
        return web.json_response({"status": "alive"})

    async def readyz(_: web.Request) -> web.Response:
        """200 while messages are taken in and answered, else 503; all parts, the faulty ones by name."""
        return _told(await health.findings(), (Effect.INTAKE, Effect.ANSWERS))

    async def intake(_: web.Request) -> web.Response:
        """200 while messages can be taken in: what a load balancer sends residents to."""
        return _told(await health.findings(), (Effect.INTAKE,))

    application.add_routes(
        [web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/readyz/intake", intake)]
    )


def _told(findings: Sequence[Finding], needed: Sequence[Effect]) -> web.Response:
    faulty = [one for one in findings if one.is_faulty]
    is_ready = not any(one.effect in needed for one in faulty)
    document = {
        "status": "ready" if is_ready else "not ready",
        "faulty": [one.name for one in faulty],
        "parts": [
            {"name": one.name, "ok": not one.is_faulty, "effect": one.effect, "saw": one.saw, "mend": one.mend}
            for one in findings
        ],
    }
    return web.json_response(document, status=200 if is_ready else 503)
