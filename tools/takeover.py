"""The bot of a stack, a fresh one that takes over from it with another model, and one with a model on trial.

A fresh one starts beside the other, at a port of its own. Once it is ready `run.json` names it, and workers ask it. The
other stays for a while: going back to it is only to name it again. Where a fresh one cannot be started the other goes
on, and nobody has waited.

There are two places. In the second stands the one before, or one with a model on trial: `run.json` names that, too, and
workers ask it in the conversations that it answers.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from desk.app.choice import ANSWERING, RELEASE, TRIAL, Choice, Start, path_of, read, write
from desk.app.model import MODELS
from desk.contract.errors import StartError
from tools.supervisor.role import Role
from tools.supervisor.tree import Tree

LOOK_SECONDS = 0.5  # the release is a file: nothing announces it
MOVE_SECONDS = 3.0
"""So long the other is still reached: a worker reads each second where the bot is."""
NAMES = ("bot", "bot_2")


class Places(Protocol):
    """What knows where roles are."""

    def fresh_bot(self, name: str, model: Path) -> Role:
        """A bot of this name with this model, at a free port where it has none yet."""
        ...

    def move(self, name: str, tried: str | None) -> None:
        """Say in `run.json` which is the bot, and which the one with the model on trial; None: there is none."""
        ...


@dataclass(slots=True)
class Beside:
    """The bot in the second place. `until` is when it ends, by the monotonic clock; None: while its model is tried."""

    model: str
    until: float | None


class Takeover:
    """Starts the bot with a model, and fresh ones with those that are released or tried. `notice` tells a person.

    `standby_seconds` is for how long the one before stays after a release.
    """

    def __init__(
        self,
        data_dir: Path,
        tree: Tree,
        places: Places,
        stage: int,
        notice: Callable[[str, str], None],
        *,
        standby_seconds: float = 0.0,
    ) -> None:
        self._data_dir = data_dir
        self._tree = tree
        self._places = places
        self._stage = stage
        self._notice = notice
        self._standby_seconds = max(MOVE_SECONDS, standby_seconds)
        self._name = NAMES[0]
        self._choice = Choice(model="", files="")
        self._beside: Beside | None = None
        self._refused = ""  # the trial whose model cannot be started

    async def begin(self, model: Path, start: Start, group: asyncio.TaskGroup) -> None:
        """Start the bot with the first model. Raises StartError: it cannot start."""
        await self._tree.start(self._places.fresh_bot(self._name, model), stage=self._stage, group=group)
        self._note(start.choice)

    async def follow(self, group: asyncio.TaskGroup) -> None:
        """Take over with each model that is released, and have one tried, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            wanted = read(self._data_dir, RELEASE)
            if wanted is not None and wanted.release != self._choice.release:
                await self._take(wanted, group)
            await self._try(read(self._data_dir, TRIAL), group)
            if self._beside is not None and self._beside.until is not None and time.monotonic() > self._beside.until:
                await self._end_beside()

    @property
    def _other(self) -> str:
        """The name of the second place."""
        return next(one for one in NAMES if one != self._name)

    async def _take(self, wanted: Choice, group: asyncio.TaskGroup) -> None:
        if wanted.model == self._choice.model:
            self._note(wanted)
            return
        try:
            await self._stand_beside(wanted.model, group)
        except (StartError, OSError) as exc:
            self._notice("bot", f"Model {wanted.model} is not taken, the one before goes on: {exc}")
            self._note(self._choice.model_copy(update={**_refused(wanted), "why": str(exc)}))
            return
        before = self._choice.model
        self._name, self._beside = self._other, Beside(before, time.monotonic() + self._standby_seconds)
        self._places.move(self._name, None)
        self._note(wanted)
        self._notice("bot", f"Model {wanted.model} answers.")

    async def _try(self, trial: Choice | None, group: asyncio.TaskGroup) -> None:
        """Have the model of a trial stand in the second place as long as it is tried."""
        wanted = "" if trial is None or trial.model == self._choice.model else trial.model
        if not wanted:
            if self._beside is not None and self._beside.until is None:
                self._beside.until = time.monotonic() + self._standby_seconds
                self._places.move(self._name, None)
            return
        stands = self._beside is not None and self._beside.model == wanted and self._beside.until is None
        if trial is None or stands or trial.trial == self._refused:
            return
        try:
            await self._stand_beside(wanted, group)
        except (StartError, OSError) as exc:
            self._refused = trial.trial
            self._notice("bot", f"Model {wanted} cannot be tried: {exc}")
            self._note(self._choice.model_copy(update={"refused": wanted, "trial": trial.trial, "why": str(exc)}))
            return
        self._beside = Beside(wanted, None)
        self._places.move(self._name, self._other)
        self._note(self._choice.model_copy(update={"refused": "", "trial": trial.trial, "why": ""}))

    async def _stand_beside(self, model: str, group: asyncio.TaskGroup) -> None:
        """Have a bot with a model in the second place: the one that stands there, or a fresh one.

        Raises:
            StartError, OSError: it cannot be started; nobody stands there then.
        """
        if self._beside is not None and self._beside.model == model:
            return
        await self._end_beside()
        path = path_of(self._data_dir / MODELS, model)
        if path is None:
            raise StartError(f"The file of model {model} is not kept.")
        await self._tree.start(self._places.fresh_bot(self._other, path), stage=self._stage, group=group)

    async def _end_beside(self) -> None:
        if self._beside is not None:
            tried, self._beside = self._beside.until is None, None
            if tried:
                self._places.move(self._name, None)
                await asyncio.sleep(MOVE_SECONDS)
            await self._tree.end(self._other)

    def _note(self, choice: Choice) -> None:
        self._choice = choice
        write(self._data_dir, ANSWERING, choice)


def _refused(wanted: Choice) -> dict[str, str]:
    return {"release": wanted.release, "refused": wanted.model}
