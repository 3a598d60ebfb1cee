"""`turns` and `history` beside the version before: two whole products in one run, taking turns, on the same lines.

The version before is a checkout, set up as any: each has its own environments, model and engines.
"""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import product
from bench.environment import without_settings
from bench.figures import Round, ratio, rounds_within
from bench.ground import OurModel, Tell, speaker_at, warm_up
from bench.history import MARKS, SAID, WINDOW, At, Costs, say_first
from bench.lines import Speaker
from bench.load import talk_all, timed
from bench.machine import machine
from bench.product import Product
from bench.turns import CONVERSATIONS, TURNS, side_document
from desk.contract.errors import StartError
from tools.training import TRAINING_SECONDS

NAME = "Citydesk at {commit}"
ROUNDS, LEAST_ROUNDS = 12, 3
HISTORY_ROUNDS, LEAST_HISTORY_ROUNDS = 3, 1
BUDGET_SECONDS = 300.0  # no further round is begun that would end later


@dataclass(frozen=True)
class Before:
    """The version before: what it is called in tables, its checkout, its Python, and its trained model."""

    name: str
    root: Path
    python: Path
    model: Path


@dataclass(frozen=True)
class Versions:
    """Both products, and who speaks there."""

    ours: Product
    before: Product
    speaker: Speaker

    @property
    def sides(self) -> tuple[Product, Product]:
        return self.ours, self.before


async def prepare(root: Path, tell: Tell) -> Before:
    """Have the version's model as its own `desk train` makes it: kept in its data directory, else trained now.

    Raises:
        StartError: it is not set up, or its training failed; the message has the end of what it said.
    """
    python = root / ".venv" / "bin" / "python"
    if not python.exists():
        raise StartError(f"The environment of {root} is missing ({python}). Set it up there with: make setup")
    tell.step("the model of the version before: trained once, some minutes, then kept")
    commit = await _said(root, "git", "rev-parse", "--short", "HEAD")
    model = await _said(root, *without_settings(os.environ), str(python), "-m", "desk", "train")
    return Before(NAME.format(commit=commit), root, python, Path(model))


async def _said(root: Path, *command: str) -> str:
    """What a command prints in a checkout."""
    child = await asyncio.create_subprocess_exec(
        *command,
        cwd=root,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(TRAINING_SECONDS):
            printed, complained = await child.communicate()
    except TimeoutError as exc:
        raise StartError(f"{' '.join(command)} in {root} took more than {TRAINING_SECONDS / 60:.0f} minutes.") from exc
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode != 0:
        said = complained.decode(errors="replace")[-1500:]
        raise StartError(f"{' '.join(command)} failed in {root}.\n{said}")
    return printed.decode().strip()


@asynccontextmanager
async def standing(model: OurModel, before: Before, tell: Tell) -> AsyncIterator[Versions]:
    """Run both versions while the block lasts, warmed up in every city.

    Raises:
        StartError: one does not come up.
    """
    with tempfile.TemporaryDirectory(prefix="citydesk-bench-", ignore_cleanup_errors=True) as folder:
        work = Path(folder)
        async with AsyncExitStack() as stack:
            tell.step("starting both versions")
            ours = product.running(model.root, work / "ours", model.model.parent)
            older = product.running(
                before.root, work / "before", before.model.parent, name=before.name, python=str(before.python)
            )
            versions = Versions(
                await stack.enter_async_context(ours),
                await stack.enter_async_context(older),
                speaker_at(model.root),
            )
            await warm_up(versions.sides, versions.speaker, tell)
            yield versions


async def turns(model: OurModel, before: Before, tell: Tell) -> dict[str, Any]:
    """Completed turns a second of both, round after round in alternating order.

    Raises:
        StartError: one does not come up.
    """
    async with standing(model, before, tell) as versions:
        called = {side.name: side.tally.by_action for side in versions.sides}
        rounds: dict[tuple[str, int], list[Round]] = {
            (side.name, clients): [] for side in versions.sides for clients in CONVERSATIONS
        }
        tell.step(f"{ROUNDS} rounds of both")
        done = 0
        for number in rounds_within(ROUNDS, LEAST_ROUNDS, BUDGET_SECONDS):
            scripts = {at: versions.speaker.scripts(count, TURNS) for at, count in CONVERSATIONS.items()}
            for side in versions.sides if number % 2 == 0 else reversed(versions.sides):
                for clients, said in scripts.items():
                    rounds[side.name, clients].append(await talk_all(side, said, clients))
            done = number + 1
            tell.progress(done, ROUNDS)
        ours, peer = (
            side_document(
                side.name,
                {clients: rounds[side.name, clients] for clients in CONVERSATIONS},
                side.memory_mb(),
                {side.name: side.tally.by_action},
                called,
            )
            for side in versions.sides
        )
    return {
        "name": "turns-before",
        "ours": ours,
        "peer": peer,
        "ratio": ratio(ours["turns_per_second"], peer["turns_per_second"]),
        "other_peers": [],
        "machine": machine(model.load_before),
        "method": {"rounds": done, "turns_in_a_conversation": TURNS},
    }


async def history(model: OurModel, before: Before, tell: Tell) -> dict[str, Any]:
    """What turn 10, 100 and 1,000 cost both; all of them are said, and those around a mark side by side.

    Raises:
        StartError: one does not come up.
    """
    rounds = 0
    async with standing(model, before, tell) as versions:
        costs = {side.name: Costs() for side in versions.sides}
        called = {side.name: side.tally.by_action for side in versions.sides}
        for _ in rounds_within(HISTORY_ROUNDS, LEAST_HISTORY_ROUNDS, BUDGET_SECONDS):
            tell.step(f"conversations of up to {SAID[MARKS[-1]]:,} turns")
            await _round(versions, costs, tell)
            rounds += 1
        for side in versions.sides:
            costs[side.name].actions_called = side.tally.by_action - called[side.name]
    found, theirs = (costs[side.name].document(side.name) for side in versions.sides)
    last = f"turn_{MARKS[-1]}_ms"
    return {
        "name": "history-before",
        "ours": found,
        "peer": theirs,
        "ratio": ratio(theirs[last], found[last]),
        "other_peers": [],
        "machine": machine(model.load_before),
        "method": {"rounds": rounds, "window_turns": WINDOW},
    }


async def _round(versions: Versions, costs: dict[str, Costs], tell: Tell) -> None:
    """Lead every conversation to its mark, then say the turns around the marks, side by side."""
    async with AsyncExitStack() as open_talks:
        at_marks: list[At] = []
        async with asyncio.TaskGroup() as group:
            for mark, lines in SAID.items():
                script = versions.speaker.script(lines)
                first = lines - WINDOW
                for side in versions.sides:
                    talk = await open_talks.enter_async_context((await side.prepare(script))())
                    told = tell if (mark, side) == (MARKS[-1], versions.ours) else None
                    group.create_task(say_first(talk, costs[side.name], script, first, told))
                    at_marks.append(At(talk, costs[side.name], mark, script.lines[first:]))
        for place in range(WINDOW):
            for one in at_marks if place % 2 == 0 else reversed(at_marks):
                one.costs.add(one.mark, await timed(one.talk, one.lines[place]))
                one.costs.turns += 1
                await one.talk.rest()
