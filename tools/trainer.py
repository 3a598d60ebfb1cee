"""The process that trains models beside the one that answers: one at a time, in the background of the machine.

It takes what waits (`desk.teaching.course`), runs the training and then the evaluation as children with one thread each
and low priority, and notes which model the bots answer with. What was trained it compares with that one (`gating.py`);
a trial it carries out (`trying.py`). What is released it writes where whoever runs the bots looks (`desk.app.choice`).
"""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.app.choice import ANSWERING, ENDING, JOBS, RELEASE, Choice, kept, path_of, read, write
from desk.app.model import MODELS, fingerprint
from desk.city.files import City
from desk.contract.errors import StartError
from desk.store.database import OUTAGES, is_outage
from desk.store.disk import require_room
from desk.teaching.course import Course, Fault
from desk.teaching.models import Model
from desk.teaching.readings import Readings
from desk.teaching.trials import Trials
from tools.evaluation.comparing import Ear
from tools.evaluation.listening import Trained, hearing
from tools.gating import NICE, Ears, Gating
from tools.supervisor.process import Command
from tools.training import forget_old, run, told_by, trainer_of, without_settings
from tools.trying import Trying

LOOK_SECONDS = 1.0  # what staff ask for stands in a table: it is looked at, as waiting messages are by the sweep
AWAY_SECONDS = 2.0
LOOKS_A_NOTE = 5  # which model answers is asked at each so many looks
TRAINED = 90  # percent: the rest is the evaluation
HELD_OUT = Path("nlu/common/tests/turns_by_others.jsonl")
KEPT_JOBS = 5  # files
LOG_BYTES = 8000
LEFT = ".training-*"  # folders of `bot/train.py`

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Programs:
    """What is run: to train a model into a file, and to print the evaluation of one, or what two read, as JSON.

    `ears` gives a bot with a model, which reads and answers nothing.
    """

    root: Path
    python: Path
    train: Callable[[Path], tuple[str, ...]]
    measure: Callable[[Path], tuple[str, ...]]
    compare: Callable[[Path, Path], tuple[str, ...]]
    ears: Ears

    @classmethod
    def of(cls, root: Path, python: Path, cities: Collection[City]) -> "Programs":
        """Those of this project."""

        def measure(model: Path) -> tuple[str, ...]:
            asked = ("nlu", "evaluate", str(HELD_OUT), "--model", str(model), "--json")
            return (sys.executable, "-m", "desk", *asked)

        def compare(before: Path, after: Path) -> tuple[str, ...]:
            return (sys.executable, "-m", "desk", "nlu", "compare", str(before), str(after), "--readings")

        def ears(model: Path) -> AbstractAsyncContextManager[Ear]:
            return hearing(Trained(model, python, root, cities, nice=NICE))

        return cls(root, python, lambda out: trainer_of(python, out), measure, compare, ears)


@dataclass
class Trainer:
    """Trains what waits. `answering` tells which model the bots answer with; None: they do not, or not with one."""

    course: Course
    programs: Programs
    data_dir: Path
    answering: Callable[[], Awaitable[str | None]]
    _job: "asyncio.Task[None] | None" = None
    _model: Model | None = None
    _looks: int = field(default=0)
    _gate: "asyncio.Task[None] | None" = None

    def __post_init__(self) -> None:
        programs, readings = self.programs, Readings(self.course.engine)
        self._trying = Trying(Trials(self.course.engine), readings, programs.ears, self.data_dir)
        places = (programs.root, programs.python, self.data_dir)
        self._gating = Gating(self.course, readings, programs.ears, programs.compare, *places)

    async def run(self) -> None:
        """Run until cancelled. While the database is away a training goes on, and is written down afterwards."""
        async with asyncio.TaskGroup() as group:
            while True:
                try:
                    async with self.course.alone() as connection:
                        if connection is not None:
                            await self._work(connection, group)
                except OUTAGES as exc:
                    if not is_outage(exc):
                        raise
                    log.warning("trainer_waits", error=type(exc).__name__)
                await asyncio.sleep(AWAY_SECONDS)

    async def _work(self, connection: AsyncConnection, group: asyncio.TaskGroup) -> None:
        """Look at what waits as long as this connection holds the right to train."""
        for one in await self.course.recover(own=self._model.id if self._model else 0):
            log.warning("training_interrupted", model=one.id)
        try:
            while True:
                await self.course.insist(connection)
                await self._look(group)
                await self._trying.look(group)
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            self._trying.stop()

    async def _look(self, group: asyncio.TaskGroup) -> None:
        if self._job is not None and self._job.done():
            self._job = self._model = None
        if self._job is None:
            self._model = await self.course.begin()
            if self._model is not None:
                self._job = group.create_task(self._train(self._model, group), name=f"train {self._model.id}")
        elif self._model is not None and not await self.course.goes_on(self._model.id):
            self._job.cancel()
        wanted = await self._release()
        if wanted or self._looks % LOOKS_A_NOTE == 0:
            await self._note()
        await self._compare(group)
        self._looks += 1

    async def _compare(self, group: asyncio.TaskGroup) -> None:
        """Have what was trained compared with the model that answers, while nothing is trained."""
        if self._job is not None or (self._gate is not None and not self._gate.done()):
            return
        found = await self.course.to_compare()
        if found is not None:
            self._gate = group.create_task(self._compared(*found), name=f"gate {found[1].id}")

    async def _compared(self, live: Model, model: Model) -> None:
        try:
            await self._gating.run(live, model)
        except OUTAGES as exc:
            if not is_outage(exc):
                raise
            log.warning("gate_waits", model=model.id)  # the next look begins anew

    async def _train(self, model: Model, group: asyncio.TaskGroup) -> None:
        training = Training(self.course, self.programs, self.data_dir, model)
        log.info("training_begins", model=model.id, fingerprint=model.fingerprint)
        try:
            await training.run(group)
        except (StartError, OSError) as exc:
            await training.settle(self.course.fail, model.id, training.fault, f"{training.said()}\n{exc}")
            log.warning("training_failed", model=model.id, fault=training.fault)
        finally:
            training.clear()

    async def _release(self) -> bool:
        """Write down for whoever runs the bots what is wanted, and hear what became of it. Whether anything is."""
        wanted = await self.course.wanted()
        if wanted is None or wanted.wanted_at is None:
            return False
        release = f"{wanted.id} {wanted.wanted_at.isoformat()}"
        before = read(self.data_dir, RELEASE)
        if before is None or before.release != release:
            files = await asyncio.to_thread(fingerprint, self.programs.root)
            write(self.data_dir, RELEASE, Choice(model=wanted.fingerprint, files=files, release=release))
            return True
        done = read(self.data_dir, ANSWERING)
        if done is None or done.release != release or done.model == wanted.fingerprint:
            return True
        fault = Fault.REFUSED if done.refused == wanted.fingerprint else Fault.SUPERSEDED
        await self.course.refuse(wanted.id, fault, done.why)
        return True

    async def _note(self) -> None:
        """Note which model answers, and which are kept."""
        models = self.data_dir / MODELS
        answering = await self.answering()
        if answering is not None:
            path = path_of(models, answering)
            size = None if path is None else path.stat().st_size
            if await self.course.answers(answering, None if path is None else _shown(path, models), size):
                log.info("model_answers", fingerprint=answering)
        await self.course.keep(kept(models))


@dataclass
class Training:
    """One training: its children, its files, and what is written of it."""

    course: Course
    programs: Programs
    data_dir: Path
    model: Model
    fault: Fault = Fault.TRAINING
    _told: tuple[int, str] = (0, "")

    @property
    def unfinished(self) -> Path:
        """Where the model lies until it is measured."""
        return self._folder / f"unfinished-{self.model.fingerprint}{ENDING}"

    @property
    def log(self) -> Path:
        """What its children write."""
        return self.data_dir / "logs" / f"training-{self.model.id}.log"

    @property
    def _folder(self) -> Path:
        return self.data_dir / MODELS / JOBS

    async def run(self, group: asyncio.TaskGroup) -> None:
        """Train, measure, and say that it is ready; how far it is is written in `group`.

        Raises:
            StartError, OSError: it failed; `fault` says at what.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.log.unlink(missing_ok=True)
        self.log.touch(0o600)
        self.clear()
        require_room(self._folder)
        await self._insist_on_files()
        writing = group.create_task(self._write(), name="progress")
        try:
            await self._teach()
            figures = await self._measure()
        finally:
            writing.cancel()
        await self._insist_on_files()
        model = self._folder / f"{self.model.fingerprint}{ENDING}"
        self.unfinished.replace(model)
        forget_old(self._folder, keep=model, most=KEPT_JOBS)
        finished = {"path": _shown(model, self.data_dir / MODELS), "size": model.stat().st_size}
        await self.settle(self.course.finish, self.model.id, **finished, figures=figures, said=self.said())
        log.info("training_done", model=self.model.id, fingerprint=self.model.fingerprint)

    def clear(self) -> None:
        """Delete what a training leaves that did not come to its end: it may have been killed."""
        for path in (*self._folder.glob("unfinished-*"), *self._folder.glob(LEFT)):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)

    async def settle(self, act: Callable[..., Awaitable[object]], *values: object, **named: object) -> None:
        """Write down what became of it, as soon as the database can be reached."""
        while True:
            try:
                await act(*values, **named)
                return
            except OUTAGES as exc:
                if not is_outage(exc):
                    raise
            await asyncio.sleep(AWAY_SECONDS)

    def said(self) -> str:
        """The end of the log; empty where there is none yet."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - LOG_BYTES))
            return file.read().decode("utf-8", "replace")

    async def _insist_on_files(self) -> None:
        """Raises StartError: the files are not those that the model was asked for of."""
        before, self.fault = self.fault, Fault.FILES_CHANGED
        if await asyncio.to_thread(fingerprint, self.programs.root) != self.model.fingerprint:
            raise StartError("The files that the model is made of are others by now. Ask for it anew.")
        self.fault = before

    async def _teach(self) -> None:
        self.fault = Fault.TRAINING

        def progress(percent: int, what: str) -> None:
            self._told = (percent * TRAINED // 100, what)

        code = await run(self._command(self.programs.train(self.unfinished)), progress, nice=NICE)
        if code != 0 or not self.unfinished.is_file():
            raise StartError(f"The training ended with code {code}.")

    async def _measure(self) -> Mapping[str, Any] | None:
        """Figures of the held-out turns; None: there are none."""
        self.fault = Fault.MEASURING
        if not (self.programs.root / HELD_OUT).is_file():
            return None
        self._told = (TRAINED, "evaluating")
        command = self._command(self.programs.measure(self.unfinished))
        code, printed = await told_by(command, nice=NICE)
        if code != 0:
            raise StartError(f"The evaluation ended with code {code}.")
        try:
            figures: dict[str, Any] = json.loads(printed)
        except ValueError as exc:
            raise StartError("The evaluation told no figures.") from exc
        return figures

    def _command(self, program: tuple[str, ...]) -> Command:
        programs = self.programs
        places = {"DESK_ROOT_DIR": programs.root, "DESK_DATA_DIR": self.data_dir, "DESK_BOT_PYTHON": programs.python}
        environment = without_settings(os.environ, **{name: str(path) for name, path in places.items()})
        return Command(program=program, folder=programs.root, log=self.log, environment=environment, whole=True)

    async def _write(self) -> None:
        """Write down how far it is, where that has changed."""
        before = (-1, "")
        while True:
            if self._told != before:
                before = self._told
                try:
                    await self.course.progress(self.model.id, *before, self.said())
                except OUTAGES as exc:
                    if not is_outage(exc):
                        raise
            await asyncio.sleep(LOOK_SECONDS)


def _shown(path: Path, models: Path) -> str:
    return path.relative_to(models).as_posix()
