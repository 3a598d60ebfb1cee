"""The bot of a stack, and a fresh one that takes over from it with another model.

The fresh one starts beside the other, at a port of its own. Once it is ready `run.json` names it, and workers ask it;
then the other finishes its turns and ends. Where it cannot be started the other goes on, and nobody has waited.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from desk.app.choice import ANSWERING, RELEASE, Choice, Start, path_of, read, write
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

    def move(self, name: str) -> None:
        """Say in `run.json` that this is the bot."""
        ...


class Takeover:
    """Starts the bot with a model, and fresh ones with those that are released. `notice` tells a person."""

    def __init__(
        self, data_dir: Path, tree: Tree, places: Places, stage: int, notice: Callable[[str, str], None]
    ) -> None:
        self._data_dir = data_dir
        self._tree = tree
        self._places = places
        self._stage = stage
        self._notice = notice
        self._name = NAMES[0]
        self._choice = Choice(model="", files="")

    async def begin(self, model: Path, start: Start, group: asyncio.TaskGroup) -> None:
        """Start the bot with the first model. Raises StartError: it cannot start."""
        await self._tree.start(self._places.fresh_bot(self._name, model), stage=self._stage, group=group)
        self._note(start.choice)

    async def follow(self, group: asyncio.TaskGroup) -> None:
        """Take over with each model that is released, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            wanted = read(self._data_dir, RELEASE)
            if wanted is not None and wanted.release != self._choice.release:
                await self._take(wanted, group)

    async def _take(self, wanted: Choice, group: asyncio.TaskGroup) -> None:
        if wanted.model == self._choice.model:
            self._note(wanted)
            return
        before, name = self._name, next(one for one in NAMES if one != self._name)
        path = path_of(self._data_dir / MODELS, wanted.model)
        try:
            if path is None:
                raise StartError(f"The file of model {wanted.model} is not kept.")
            await self._tree.start(self._places.fresh_bot(name, path), stage=self._stage, group=group)
        except (StartError, OSError) as exc:
            self._notice("bot", f"Model {wanted.model} is not taken, the one before goes on: {exc}")
            self._note(self._choice.model_copy(update={**_refused(wanted), "why": str(exc)}))
            return
        self._name = name
        self._places.move(name)
        self._note(wanted)
        await asyncio.sleep(MOVE_SECONDS)
        await self._tree.end(before)
        self._notice("bot", f"Model {wanted.model} answers.")

    def _note(self, choice: Choice) -> None:
        self._choice = choice
        write(self._data_dir, ANSWERING, choice)


def _refused(wanted: Choice) -> dict[str, str]:
    return {"release": wanted.release, "refused": wanted.model}
