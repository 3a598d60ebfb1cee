"""A trial as the process that trains carries it out: it reads beside what residents write, or counts what came of it.

In the shadow a bot of its own reads each message soon after it was answered, and answers nothing; where it reads it
otherwise than the one that answers, that is kept. A canary is run by whoever runs the bots (`trial.json`): here is
counted how it goes, and one that is surely worse is ended.
"""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import structlog

from desk.app.choice import ANSWERING, TRIAL, Choice, path_of, read, write
from desk.app.model import MODELS
from desk.contract.errors import PeerStrange, StartError
from desk.conversations.candidate import Candidate
from desk.store.database import OUTAGES, is_outage
from desk.teaching.course import TRAINER
from desk.teaching.readings import Readings, Said
from desk.teaching.trials import CANARY, OTHERS, Stage, Trial, Trials, tally
from tools.gating import SHADOW, Ears, hear

LOOK_SECONDS = 1.0
AT_ONCE = 100

log = structlog.get_logger(__name__)


@dataclass
class Trying:
    """Carries out the trial that runs, if there is one."""

    trials: Trials
    readings: Readings
    ears: Ears
    data_dir: Path
    _reading: "asyncio.Task[None] | None" = None
    _tried: int = field(default=0)

    async def look(self, group: asyncio.TaskGroup) -> None:
        """Look which trial runs, and carry it on in `group`."""
        trial = await self.trials.running()
        self._tell(trial)
        if trial is None or trial.id != self._tried:
            self.stop()
        if trial is None:
            return
        self._tried = trial.id
        if trial.stage == Stage.CANARY:
            await self._canary(trial)
        elif self._reading is None or self._reading.done():
            self._reading = group.create_task(self._shadow(trial), name=f"shadow {trial.model_id}")

    def stop(self) -> None:
        """End the reading: it reads on from where it was when it is taken up again."""
        if self._reading is not None:
            self._reading.cancel()
        self._reading = None

    def _tell(self, trial: Trial | None) -> None:
        """Write down for whoever runs the bots which model is to answer some."""
        answers = trial is not None and trial.stage == Stage.CANARY
        wanted = Choice(model=trial.fingerprint if trial and answers else "", files="", trial=_name(trial))
        if read(self.data_dir, TRIAL) != wanted and (trial is not None or (self.data_dir / TRIAL).exists()):
            write(self.data_dir, TRIAL, wanted)

    async def _canary(self, trial: Trial) -> None:
        """Count what came of what was answered since, by the canary and by the other."""
        done = read(self.data_dir, ANSWERING)
        if done is not None and done.trial == _name(trial) and done.refused == trial.fingerprint:
            log.warning("canary_refused", model=trial.model_id, why=done.why)
            await self.trials.failed(trial, by=TRAINER)
            return
        said, last = await self.readings.after(trial.read_to, AT_ONCE)
        if last == trial.read_to:
            return
        counts = dict(trial.counts)
        whom = Candidate(trial.fingerprint, frozenset(trial.cities), trial.percent)
        for one in said:
            if trial.fingerprint in (one.candidate, one.passed_over):
                counts = _counted(counts, CANARY, one, failed=one.is_failed or one.candidate is None)
            elif whom.answers(str(one.conversation_id), one.city):
                continue  # before its bot stood: it tells of neither
            elif trial.percent == 100 or not trial.cities or one.city in trial.cities:
                counts = _counted(counts, OTHERS, one, failed=one.is_failed)
        if await self.trials.count(trial, last, counts, by=TRAINER) is None:
            log.warning("canary_over", model=trial.model_id)

    async def _shadow(self, begun: Trial) -> None:
        """Read what is answered, until the trial is over."""
        path = path_of(self.data_dir / MODELS, begun.fingerprint)
        try:
            if path is None:
                raise StartError(f"The file of model {begun.fingerprint} is not kept.")
            async with self.ears(path) as ear:
                log.info("shadow_reads", model=begun.model_id)
                trial: Trial | None = begun
                while trial is not None:
                    trial = await self._read_on(trial, ear)
        except (StartError, PeerStrange) as exc:
            log.warning("shadow_failed", model=begun.model_id, error=str(exc))
            await self._failed(begun)
        except aiohttp.ClientError as exc:
            log.warning("shadow_interrupted", model=begun.model_id, error=type(exc).__name__)  # the next look goes on
        except OUTAGES as exc:
            if not is_outage(exc):
                raise

    async def _failed(self, trial: Trial) -> None:
        try:
            await self.trials.failed(trial, by=TRAINER)
        except OUTAGES as exc:
            if not is_outage(exc):
                raise

    async def _read_on(self, trial: Trial, ear: Any) -> Trial | None:
        """Read the next messages; None: the trial is over."""
        said, last = await self.readings.after(trial.read_to, AT_ONCE)
        if last == trial.read_to:
            await asyncio.sleep(LOOK_SECONDS)
            return trial
        heard = [(one, one.heard, other) for one in said if (other := await hear(ear, one)) is not None]
        changed = sum(one.likeliest != other.likeliest for _, one, other in heard)
        before = trial.counts
        counts = {"read": before.get("read", 0) + len(heard), "changed": before.get("changed", 0) + changed}
        now = await self.trials.count(trial, last, counts, by=TRAINER)
        if now is not None:  # what was said after its end is kept nowhere
            await self.readings.keep(trial.model_id, SHADOW, heard)
        return now


def _counted(counts: dict[str, Any], who: str, one: Said, *, failed: bool) -> dict[str, Any]:
    return tally(counts, who, unsure=one.is_unsure, handed_over=one.is_handed_over, failed=failed)


def _name(trial: Trial | None) -> str:
    return "" if trial is None else str(trial.id)
