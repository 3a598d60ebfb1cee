"""Where a benchmark takes place: our product and its peers, started for it and ended with it; no other is touched."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bench import product, rasa_actions, rasa_init, rasa_server
from bench.environment import stock_python
from bench.lines import Speaker, read_held_out, read_places
from bench.load import Side, talk_all
from bench.machine import load
from bench.product import Product
from bench.rasa_server import RasaPlan, RasaServer
from desk.app.model import trained
from tools.training import train

STOCK = "Rasa 3.6.21, rasa init"
SAME_MODEL = "Rasa 3.6.21, our model"
WARM_UP_TURNS = 10
WHOLE_SECONDS = 600.0
"""A bench begins no further round after this, trainings and starts included, so that it ends within twelve minutes."""


class Tell(Protocol):
    """Who is told how it goes."""

    def step(self, text: str) -> None:
        """Something long begins."""

    def progress(self, done: float, total: float) -> None:
        """How far what began is."""


@dataclass(frozen=True)
class Models:
    """What both sides understand by. `began` is when the bench began, by the monotonic clock."""

    root: Path
    stock_python: Path
    ours: Path
    stock: rasa_init.Trained
    load_before: float
    began: float

    def seconds_left(self, most: float) -> float:
        """The time for rounds: so much at most, less where trainings and starts took long."""
        return min(most, WHOLE_SECONDS - (time.monotonic() - self.began))


@dataclass(frozen=True)
class OurModel:
    """What our side understands by, where it is measured against itself."""

    root: Path
    model: Path
    load_before: float


@dataclass(frozen=True)
class Ground:
    """What runs, and who speaks there."""

    ours: Product
    stock: RasaServer
    same_model: RasaServer | None
    speaker: Speaker
    peers_actions: int  # the process id of the actions server that the peers share

    @property
    def peers(self) -> list[RasaServer]:
        """The peers that run, the stock one first."""
        return [self.stock, *([self.same_model] if self.same_model else [])]

    def memory_mb(self) -> dict[str, float | None]:
        """Memory of each side by its name."""
        shared = [self.ours.pid("postgres"), self.peers_actions]
        return {self.ours.name: self.ours.memory_mb()} | {peer.name: peer.memory_mb(*shared) for peer in self.peers}


async def prepare(root: Path, python: Path, data_dir: Path, tell: Tell) -> Models:
    """Have both models: from the data directory, else trained now.

    Raises:
        StartError: a model cannot be trained, or stock Rasa is not set up.
    """
    began, load_before = time.monotonic(), load()
    peers = stock_python(root)
    tell.step("models of both sides: trained once, some minutes, then kept")
    async with asyncio.TaskGroup() as group:  # each trainer is content with one core
        ours = group.create_task(_our_model(root, python, data_dir, tell))
        stock = group.create_task(rasa_init.trained(root, peers, data_dir / "bench"))
    return Models(root, peers, ours.result(), stock.result(), load_before, began)


async def prepare_ours(root: Path, python: Path, data_dir: Path, tell: Tell) -> OurModel:
    """Have our model: from the data directory, else trained now.

    Raises:
        StartError: it cannot be trained.
    """
    load_before = load()
    tell.step("our model: trained once, some minutes, then kept")
    return OurModel(root, await _our_model(root, python, data_dir, tell), load_before)


async def _our_model(root: Path, python: Path, data_dir: Path, tell: Tell) -> Path:
    models = data_dir / "models"
    model = trained(root, models)
    if model is None:
        log = data_dir / "logs" / "train.log"
        model = await train(root, models, python, log, lambda percent, _: tell.progress(percent, 100))
    return model


@asynccontextmanager
async def standing(models: Models, tell: Tell, *, same_model: bool) -> AsyncIterator[Ground]:
    """Run our product and its peers while the block lasts, warmed up in every city.

    Args:
        models: what `prepare` made.
        tell: who is told.
        same_model: whether stock Rasa with our model runs too.

    Raises:
        StartError: a side does not come up.
    """
    with tempfile.TemporaryDirectory(prefix="citydesk-bench-", ignore_cleanup_errors=True) as folder:
        work = Path(folder)
        tell.step("starting Citydesk")
        data_dir = work / "citydesk"
        async with (
            product.running(models.root, data_dir, models.ours.parent) as ours,
            rasa_actions.answering(models.root, data_dir) as acting,
        ):
            urls = ours.state.urls

            def plan(slug: str, name: str, model: Path, code: Path | None) -> RasaPlan:
                at = work / slug
                return RasaPlan(name, slug, models.stock_python, model, code, at, urls["database"], acting.url)

            plans = [plan("init", STOCK, models.stock.model, None)]
            plans += [plan("ours", SAME_MODEL, models.ours, models.root)] if same_model else []
            tell.step("starting stock Rasa" + (", and with our model" if same_model else ""))
            async with AsyncExitStack() as running:
                async with asyncio.TaskGroup() as group:
                    starts = [group.create_task(running.enter_async_context(rasa_server.serving(one))) for one in plans]
                stock, *others = (start.result() for start in starts)
                speaker = speaker_at(models.root)
                ground = Ground(ours, stock, others[0] if others else None, speaker, acting.pid)
                await warm_up([ground.ours, *ground.peers], ground.speaker, tell)
                yield ground


def speaker_at(root: Path) -> Speaker:
    """Who says the held-out lines of a checkout, in its pretend cities."""
    return Speaker(read_held_out(root / "nlu"), read_places(root / "sandbox" / "data"))


async def warm_up(sides: Sequence[Side], speaker: Speaker, tell: Tell) -> None:
    """One conversation in each city, so that timetables are read and libraries loaded on every side."""
    tell.step("warming up")
    cities = {script.city: script for script in speaker.scripts(speaker.cities, WARM_UP_TURNS)}
    for place, side in enumerate(sides):
        await talk_all(side, list(cities.values()), clients=4)
        tell.progress(place + 1, len(sides))
    await asyncio.sleep(1.0)  # what was started by it has ended
