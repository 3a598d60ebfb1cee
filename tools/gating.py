"""Comparing a model that was trained with the one that answers, as the process that trains does it.

Both read the same held-out messages in a child (`desk nlu compare`), then real ones of the last month here: those are
opened, read by two bots that answer nothing, and what is read otherwise is kept as trainers may see it.
"""

import os
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import structlog
from pydantic import ValidationError

from desk.app.model import MODELS
from desk.contract.errors import PeerStrange, StartError
from desk.teaching.course import Course
from desk.teaching.gate import Comparison, Verdict, judged
from desk.teaching.models import Model
from desk.teaching.readings import Readings, Said
from desk.teaching.signals import Heard
from tools.evaluation.comparing import Ear, heard_of
from tools.evaluation.listening import Message
from tools.supervisor.process import Command
from tools.training import told_by, without_settings

NICE = 10
REPLAYED = 300
"""So many messages of the last month are read with both: some minutes of a core that stands back."""
REPLAY, SHADOW = "replay", "shadow"

type Ears = Callable[[Path], AbstractAsyncContextManager[Ear]]
"""A bot with a model, which reads and answers nothing."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Gating:
    """Compares. `compare` is the program that prints a `Comparison` of two models' files."""

    course: Course
    readings: Readings
    ears: Ears
    compare: Callable[[Path, Path], tuple[str, ...]]
    root: Path
    python: Path
    data_dir: Path

    async def run(self, live: Model, model: Model) -> None:
        """Compare a model with the one that answers, and say what the gate says."""
        log.info("gate_begins", model=model.id, against=live.fingerprint)
        verdict = await self._verdict(live, model)
        await self.course.judged(model.id, verdict)
        log.info("gate_done", model=model.id, passes=verdict.passes, fault=verdict.fault)

    async def _verdict(self, live: Model, model: Model) -> Verdict:
        if live.path is None or model.path is None:
            return Verdict(against=live.fingerprint, passes=False, fault="not_kept")
        before, after = (self.data_dir / MODELS / path for path in (live.path, model.path))
        try:
            verdict = judged(await self._comparison(model, before, after), live.fingerprint)
            replayed, changed = await self._replayed(model, before, after)
        except (StartError, PeerStrange, OSError, aiohttp.ClientError) as exc:
            log.warning("gate_failed", model=model.id, error=str(exc))
            return Verdict(against=live.fingerprint, passes=False, fault="failed")
        return verdict.model_copy(update={"replayed": replayed, "changed": changed})

    async def _comparison(self, model: Model, before: Path, after: Path) -> Comparison:
        folder = self.data_dir / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        places = {"DESK_ROOT_DIR": self.root, "DESK_DATA_DIR": self.data_dir, "DESK_BOT_PYTHON": self.python}
        environment = without_settings(os.environ, **{name: str(path) for name, path in places.items()})
        command = Command(
            program=self.compare(before, after),
            folder=self.root,
            log=folder / f"gate-{model.id}.log",
            environment=environment,
            whole=True,
        )
        code, printed = await told_by(command, nice=NICE)
        if code != 0:
            raise StartError(f"The comparison ended with code {code}. Look into {command.log}.")
        try:
            return Comparison.model_validate_json(printed)
        except ValidationError as exc:
            raise StartError("The comparison told nothing.") from exc

    async def _replayed(self, model: Model, before: Path, after: Path) -> tuple[int, int]:
        """How many real messages were read with both, and how many otherwise."""
        await self.readings.forget(model.id, REPLAY)
        said = await self.readings.of_a_month(REPLAYED)
        if not said:
            return 0, 0
        async with self.ears(before) as one, self.ears(after) as other:
            heard = [(each, await hear(one, each), await hear(other, each)) for each in said]
        read = [(each, first, second) for each, first, second in heard if first is not None and second is not None]
        return len(read), await self.readings.keep(model.id, REPLAY, read)


async def hear(ear: Ear, said: Said) -> Heard | None:
    """How a model reads a message where it was said; None: it makes nothing of it."""
    situation = None if said.situation is None else dict(said.situation)
    call = await ear.hear(Message(said.text, said.city, situation))
    return None if call is None else heard_of(call)
