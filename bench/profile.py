"""`profile`: what a turn costs each role in processor time, and in which layers of it that goes.

Processor time is that of processes, not of clocks: what else the machine does changes it little. Sides take turns,
round after round; what each spends while nothing happens is measured before, and taken off. Then py-spy looks at each
Python role a hundred times a second while residents go on.
"""

import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from bench import product
from bench.figures import ratio
from bench.ground import OurModel, Tell, speaker_at, warm_up
from bench.layers import shares
from bench.lines import Script, Speaker
from bench.load import talk_all
from bench.machine import machine
from bench.processor import seconds_of
from bench.product import Product
from bench.versions import Before
from desk.contract.errors import DeskError, StartError

ROUNDS = 6
CLIENTS, CONVERSATIONS, TURNS = 16, 16, 10
IDLE_SECONDS = 15.0
SAMPLE_SECONDS, SAMPLES_A_SECOND = 20, 100
ROLES = ("bot", "serve", "worker", "actions", "postgres", "valkey")
PYTHON_ROLES = ROLES[:4]
LETS_GO = "bot"
"""Its models compute without holding Python's lock; of the other roles what holds it is looked at, and nothing else."""


class ProfileError(DeskError):
    """A role could not be looked at."""


@dataclass
class Spent:
    """What a side spent: of each round, milliseconds of a processor a turn by role; and the shares of layers.

    `idle` is what each role spends while nothing happens, in seconds of a processor a second.
    """

    idle: dict[str, float] = field(default_factory=dict)
    rounds: list[dict[str, float]] = field(default_factory=list)
    turns: int = 0
    failed: int = 0
    layers: dict[str, dict[str, float]] = field(default_factory=dict)

    def document(self, name: str) -> dict[str, Any]:
        """As it is published."""
        milliseconds = {role: round(median(one[role] for one in self.rounds), 2) for role in ROLES}
        return {
            "name": name,
            "turns": self.turns,
            "failed": self.failed,
            "ms_a_turn": milliseconds,
            "ms_in_all": round(sum(milliseconds.values()), 2),
            "idle_percent_of_a_core": {role: round(spent * 100, 1) for role, spent in self.idle.items()},
            "rounds": [{role: round(spent, 2) for role, spent in one.items()} for one in self.rounds],
            "layers": self.layers,
        }


async def measure(
    ours: OurModel,
    before: Before | None,
    tell: Tell,
    *,
    rounds: int = ROUNDS,
    seconds: int = SAMPLE_SECONDS,
) -> dict[str, Any]:
    """Measure ours, and a version before where one is given; answers the result's document.

    `seconds` are those for which each side is looked at by py-spy; 0: not at all.

    Raises:
        StartError: a product does not come up, or py-spy is not installed.
        ProfileError: py-spy may not look at a process.
    """
    spy = _spy() if seconds else None
    async with AsyncExitStack() as stack:
        tell.step("starting")
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="citydesk-bench-")))
        sides = [await stack.enter_async_context(product.running(ours.root, folder / "ours", ours.model.parent))]
        if before is not None:
            older = product.running(
                before.root, folder / "before", before.model.parent, name=before.name, python=str(before.python)
            )
            sides.append(await stack.enter_async_context(older))
        speaker = speaker_at(ours.root)
        await warm_up(sides, speaker, tell)
        tell.step(f"{IDLE_SECONDS:.0f} s in which nothing happens")
        spent = await _idle(sides)
        tell.step(f"{rounds} rounds")
        for number in range(rounds):
            pairs, scripts = list(zip(sides, spent, strict=True)), speaker.scripts(CONVERSATIONS, TURNS)
            for side, noted in pairs if number % 2 == 0 else reversed(pairs):
                await _round(side, noted, scripts)
            tell.progress(number + 1, rounds)
        if spy is not None:
            for side, noted in zip(sides, spent, strict=True):
                tell.step(f"looking at {side.name}")
                noted.layers = await _looked_at(side, speaker_at(ours.root), spy, seconds, folder)
    found, *others = (noted.document(side.name) for side, noted in zip(sides, spent, strict=True))
    peer = others[0] if others else found
    return {
        "name": "profile",
        "ours": found,
        "peer": peer,
        "ratio": ratio(peer["ms_in_all"], found["ms_in_all"]),
        "other_peers": [],
        "machine": machine(ours.load_before),
        "method": {"rounds": rounds, "clients": CLIENTS, "turns_in_a_conversation": TURNS, "sampled_seconds": seconds},
    }


async def _idle(sides: Sequence[Product]) -> list[Spent]:
    """What each side spends while nothing happens."""
    before, began = [_processor(side) for side in sides], time.monotonic()
    await asyncio.sleep(IDLE_SECONDS)
    after, took = [_processor(side) for side in sides], time.monotonic() - began
    return [
        Spent({role: (late[role] - early[role]) / took for role in ROLES})
        for early, late in zip(before, after, strict=True)
    ]


async def _round(side: Product, noted: Spent, scripts: Sequence[Script]) -> None:
    """One round of conversations at once, and what each role spent on it."""
    turns, before = side.tally.turns, _processor(side)
    said = await talk_all(side, scripts, CLIENTS)
    after, turns = _processor(side), side.tally.turns - turns
    noted.turns += turns
    noted.failed += said.failed
    noted.rounds.append(
        {role: (after[role] - before[role] - noted.idle[role] * said.seconds) / turns * 1_000 for role in ROLES}
    )


def _processor(side: Product) -> dict[str, float]:
    return {role: seconds_of([side.pid(role)]) for role in ROLES}


async def _looked_at(
    side: Product, speaker: Speaker, spy: str, seconds: int, folder: Path
) -> dict[str, dict[str, float]]:
    """The shares of layers of each Python role, while residents talk."""
    async with asyncio.TaskGroup() as group:
        talking = group.create_task(_talk_on(side, speaker))
        files = [folder / f"{role}.txt" for role in PYTHON_ROLES]
        commands = [_command(spy, side, role, seconds, at) for role, at in zip(PYTHON_ROLES, files, strict=True)]
        await asyncio.gather(*map(_ran, commands))
        talking.cancel()
    read = [await asyncio.to_thread(at.read_text, encoding="utf-8") for at in files]
    return {role: shares(text.splitlines()) for role, text in zip(PYTHON_ROLES, read, strict=True)}


async def _talk_on(side: Product, speaker: Speaker) -> None:
    """Say the lines of the rounds again, without end: they are looked at, and not timed."""
    while True:
        await talk_all(side, speaker.scripts(CONVERSATIONS, TURNS), CLIENTS)


def _spy() -> str:
    """Where py-spy is."""
    beside = Path(sys.executable).with_name("py-spy")
    found = str(beside) if beside.exists() else shutil.which("py-spy")
    if found is None:
        raise StartError("py-spy is not installed here. It comes with: make setup")
    return found


def _command(spy: str, side: Product, role: str, seconds: int, at: Path) -> Sequence[str]:
    how = ("--format", "raw", "--rate", str(SAMPLES_A_SECOND), "--duration", str(seconds))
    held = () if role == LETS_GO else ("--gil",)
    return (spy, "record", "--pid", str(side.pid(role)), *how, *held, "--output", str(at))


async def _ran(command: Sequence[str]) -> None:
    child = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, complained = await child.communicate()
    if child.returncode != 0:
        said = complained.decode(errors="replace").strip()[-500:]
        raise ProfileError(f"py-spy could not look at a role: {said} (it may have to be root, or ptrace be allowed).")
