"""A trainer's course: what was unsure is labelled, learnt, compared, tried, released, and gone back from.

All acts are acts of people at the console; the store is only read, to know when something that was asked for is done.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from bench.trainer_console import AtConsole, Labelled, Meant
from desk.contract.errors import DeskError
from desk.contract.staff import Actor, Grant, Role
from desk.teaching.models import Model, Models, State
from desk.teaching.trials import CANARY, Trials

LABELLING, TRAINING, COMPARING, TRYING, RELEASED, GONE_BACK = (
    "labelling",
    "training",
    "comparing",
    "canary",
    "release",
    "rollback",
)
LOOK_SECONDS = 0.05
HANG_SECONDS = 3_600.0
"""A training may take half an hour; so may the comparison, beside residents."""
LABEL_SECONDS, LABEL_MESSAGES = 600.0, 200
"""The bar: so many messages in less than this, of the machine's time."""
BACK_SECONDS = 5.0
"""The bar: a click goes back in this time."""
READS = Actor("bench", grants=(Grant(Role.TRAINER),))
WHY = "measured by desk bench trainer"


class CourseError(DeskError):
    """The trainer's course could not be gone to its end."""


@dataclass(frozen=True)
class Plan:
    """What a trainer does.

    Attributes:
        meant: what a message means.
        take: puts an export of taught lines into the files.
        percent: of conversations that the model on trial answers.
        tried: messages that it answers at the least before it is released.
        seconds: for which the trial, the release and the way back are watched.
    """

    meant: Meant
    take: Callable[[str], Awaitable[None]]
    percent: int = 20
    tried: int = 20
    seconds: float = 30.0


@dataclass(frozen=True)
class Went:
    """How a course went; `took` are seconds by what was waited for."""

    labelled: Labelled
    model: int
    took: dict[str, float]
    verdict: dict[str, Any]
    canary: dict[str, Any]

    def faults(self) -> list[str]:
        """Where it misses the bar."""
        found = []
        each = self.labelled.seconds / max(1, self.labelled.messages)
        if each * LABEL_MESSAGES > LABEL_SECONDS:
            found.append(f"{LABEL_MESSAGES} messages take {each * LABEL_MESSAGES:.0f} s to label")
        if self.took[GONE_BACK] > BACK_SECONDS:
            found.append(f"going back took {self.took[GONE_BACK]:g} s")
        return found

    def document(self) -> dict[str, Any]:
        """For a result."""
        each = round(self.labelled.messages / max(1, self.labelled.decisions), 1)
        return {
            "labelled": {**asdict(self.labelled), "lines_a_decision": each},
            "took": self.took,
            "verdict": self.verdict,
            "canary": self.canary,
        }


class Course:
    """Two people at the console of one store. `part` is told of each part of the course as it begins."""

    def __init__(self, trainer: AtConsole, second: AtConsole, engine: AsyncEngine, part: Callable[[str], None]) -> None:
        self._trainer = trainer
        self._second = second
        self._models = Models(engine)
        self._trials = Trials(engine)
        self._part = part
        self._took: dict[str, float] = {}

    async def go(self, plan: Plan) -> Went:
        """Go it from the inbox to the way back.

        Raises:
            ConsoleError: the console refused an act.
            CourseError: a training failed, the gate stopped the model, or something is not done in an hour.
        """
        before = await self._answering()
        self._part(LABELLING)
        labelled = await self._trainer.label(plan.meant)
        await plan.take(await self._trainer.taught())
        model, verdict = await self._learn()
        canary = await self._try(model, plan)
        await self._release(model, plan)
        await self._go_back(before, plan)
        return Went(labelled, model, self._took, verdict, canary)

    async def _learn(self) -> tuple[int, dict[str, Any]]:
        """Train, and have it compared. Answers the model and what the gate says."""
        self._part(TRAINING)
        async with self._timed(TRAINING):
            model = await self._trainer.train(WHY)
            trained = await self._until(model, lambda one: not one.is_begun, TRAINING)
        if trained.state != State.READY:
            raise CourseError(f"Model {model} is {trained.state} ({trained.fault}): {trained.said[-500:]}")
        self._part(COMPARING)
        async with self._timed(COMPARING):
            compared = await self._until(model, lambda one: one.gate is not None, COMPARING)
        verdict = compared.verdict
        if verdict is None or not verdict.passes:
            stops = [
                " ".join(filter(None, (one.why, one.about, *one.conversations)))
                for one in (verdict.stops if verdict else ())
            ]
            why = ", ".join(stops) or (verdict.fault if verdict else "not compared")
            raise CourseError(f"The gate stops model {model}: {why}. Until then, seconds: {self._took}.")
        return model, {"passes": True, "replayed": verdict.replayed, "changed": verdict.changed}

    async def _try(self, model: int, plan: Plan) -> dict[str, Any]:
        """Have a share answered by it. Answers what was counted."""
        self._part(TRYING)

        async def tried() -> dict[str, Any] | None:
            counts = (await self._trials.of(READS, model))[0].counts
            return dict(counts) if counts.get(CANARY, {}).get("messages", 0) >= plan.tried else None

        async with self._timed(TRYING):
            await self._second.allow(await self._trainer.canary(model, plan.percent, WHY))
            await _until(tried, TRYING)
        await asyncio.sleep(plan.seconds)
        return dict((await self._trials.of(READS, model))[0].counts)

    async def _release(self, model: int, plan: Plan) -> None:
        self._part(RELEASED)
        async with self._timed(RELEASED):
            await self._second.allow(await self._trainer.release(model, WHY))
            await self._until(model, lambda one: one.state == State.LIVE, RELEASED)
        await asyncio.sleep(plan.seconds)

    async def _go_back(self, model: int, plan: Plan) -> None:
        """Timed from the click until the bots that are asked answer with it."""
        await self._trainer.look_at(model)
        self._part(GONE_BACK)
        async with self._timed(GONE_BACK):
            await self._trainer.go_back()
            await self._until(model, lambda one: one.state == State.LIVE, GONE_BACK)
        await asyncio.sleep(plan.seconds)

    async def _answering(self) -> int:
        async def live() -> int | None:
            return next((one.id for one in await self._models.all(READS) if one.state == State.LIVE), None)

        return await _until(live, "answering")

    async def _until(self, number: int, holds: Callable[[Model], bool], what: str) -> Model:
        async def held() -> Model | None:
            model = await self._models.one(READS, number)
            return model if holds(model) else None

        return await _until(held, what)

    @asynccontextmanager
    async def _timed(self, what: str) -> AsyncIterator[None]:
        began = time.monotonic()
        yield
        self._took[what] = round(time.monotonic() - began, 2)


async def _until[T](look: Callable[[], Awaitable[T | None]], what: str) -> T:
    try:
        async with asyncio.timeout(HANG_SECONDS):
            while True:
                found = await look()
                if found is not None:
                    return found
                await asyncio.sleep(LOOK_SECONDS)
    except TimeoutError as exc:
        raise CourseError(f"{what} is not done after {HANG_SECONDS:g} s.") from exc
