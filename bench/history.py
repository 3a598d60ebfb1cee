"""`history`: what turn 10, 100 and 1,000 of one conversation cost, ours and both peers', at the same time.

In each round every side has three conversations, one that is short of each mark. The turns around the marks are then
said in turn, side by side and mark by mark, so that what disturbs one disturbs all, and only then the clock counts.

Ours are said from the first line to the last. A peer's long one is said to turn 95; then its tracker in the store is
given the events of its turns 6 to 95 again, ten times over, as a longer conversation would have left them: saying them
all would take stock Rasa, which reads and replays them at every turn, longer than a bench may.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from statistics import median
from typing import Any
from uuid import uuid4

from bench.figures import ratio, rounds_within
from bench.ground import Ground, Models, Tell, standing
from bench.lines import SHAPE, Script
from bench.load import Talk, timed
from bench.machine import machine
from bench.rasa_server import RasaServer

MARKS = (10, 100, 1000)
WINDOW = len(SHAPE)  # turns around a mark, so that each kind of line is in it once
SAID = {mark: mark + WINDOW // 2 for mark in MARKS}  # lines of a mark's conversation
ROUNDS = 3  # at most
LEAST_ROUNDS = 1
BUDGET_SECONDS = 200.0  # no further round is begun that would end later
COPIED = (6, 95)  # turns of a peer's long conversation that are given again: whole shapes


@dataclass
class Costs:
    """Seconds of the turns around each mark."""

    around: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    failed: int = 0
    turns: int = 0
    copied_turns: int = 0
    actions_called: int = 0

    def add(self, mark: int, seconds: float | None) -> None:
        """Note a turn around a mark."""
        if seconds is None:
            self.failed += 1
        else:
            self.around[mark].append(seconds)

    def document(self, name: str) -> dict[str, Any]:
        """Medians in milliseconds, and by how much the last mark costs more than the first."""
        cost = {mark: round(median(self.around[mark]) * 1000, 2) for mark in MARKS}
        return {
            "name": name,
            **{f"turn_{mark}_ms": cost[mark] for mark in MARKS},
            "growth": ratio(cost[MARKS[-1]], cost[MARKS[0]]),
            "samples": {str(mark): len(self.around[mark]) for mark in MARKS},
            "failed": self.failed,
            "turns": self.turns,
            "copied_turns": self.copied_turns,
            "actions_called": self.actions_called,
        }


@dataclass(frozen=True)
class At:
    """A conversation that stands before the turns around a mark: what is left to be said in it."""

    talk: Talk
    costs: Costs
    mark: int
    lines: Sequence[str]


async def measure(models: Models, tell: Tell) -> dict[str, Any]:
    """Measure all sides and answer the result's document. `ratio` is a peer's last mark ÷ ours.

    Raises:
        StartError: a side does not come up.
    """
    rounds = 0
    async with standing(models, tell, same_model=True) as ground:
        ours, peers = Costs(), {peer.name: Costs() for peer in ground.peers}
        called_of_ours = ground.ours.tally.by_action
        called = {peer.name: await peer.actions_called() for peer in ground.peers}
        for number in rounds_within(ROUNDS, LEAST_ROUNDS, models.seconds_left(BUDGET_SECONDS)):
            tell.step(f"conversations of up to {SAID[MARKS[-1]]:,} turns, round {number + 1} of at most {ROUNDS}")
            await _round(ground, ours, peers, tell)
            rounds += 1
        for peer in ground.peers:
            peers[peer.name].actions_called += await peer.actions_called() - called[peer.name]
        ours.actions_called = ground.ours.tally.by_action - called_of_ours
    found = ours.document(ground.ours.name)
    last = f"turn_{MARKS[-1]}_ms"
    theirs = [peers[peer.name].document(peer.name) for peer in ground.peers]
    return {
        "name": "history",
        "ours": found,
        "peer": theirs[0],
        "ratio": ratio(theirs[0][last], found[last]),
        "other_peers": [{**other, "ratio": ratio(other[last], found[last])} for other in theirs[1:]],
        "machine": machine(models.load_before),
        "method": {"rounds": rounds, "window_turns": WINDOW, "copied_turns_of_a_peer": COPIED},
    }


async def _round(ground: Ground, ours: Costs, peers: dict[str, Costs], tell: Tell) -> None:
    """Lead every conversation to its mark, then say the turns around the marks, side by side."""
    scripts = {mark: ground.speaker.script(lines) for mark, lines in SAID.items()}
    async with AsyncExitStack() as open_talks:
        marks: list[list[At]] = []
        async with asyncio.TaskGroup() as group:
            for mark, script in scripts.items():
                first = SAID[mark] - WINDOW
                left = script.lines[first:]
                talk = await open_talks.enter_async_context((await ground.ours.prepare(script))())
                group.create_task(say_first(talk, ours, script, first, tell if mark == MARKS[-1] else None))
                sides = [At(talk, ours, mark, left)]
                for peer in ground.peers:
                    sender, costs = f"resident-{uuid4().hex}", peers[peer.name]
                    theirs = await open_talks.enter_async_context(peer.begin(sender, script.city)())
                    group.create_task(_lead(peer, sender, theirs, costs, script, first))
                    sides.append(At(theirs, costs, mark, left))
                marks.append(sides)
        for place in range(WINDOW):
            for one in (at for sides in marks for at in sides):
                one.costs.add(one.mark, await timed(one.talk, one.lines[place]))
                one.costs.turns += 1
                await one.talk.rest()


async def say_first(talk: Talk, costs: Costs, script: Script, until: int, tell: Tell | None = None) -> None:
    """Say the first lines of a script, without the clock."""
    for number, line in enumerate(script.lines[:until], start=1):
        if await timed(talk, line) is None:
            costs.failed += 1
        costs.turns += 1
        await talk.rest()
        if tell is not None:
            tell.progress(number, until)


async def _lead(server: RasaServer, sender: str, talk: Talk, costs: Costs, script: Script, until: int) -> None:
    """Lead a conversation of the peer to a turn: by saying its lines, and by giving it its earlier turns again."""
    first, last = COPIED
    times = max(0, (until - last) // (last - first + 1))
    await say_first(talk, costs, script, min(until, last))
    if times:
        costs.actions_called -= await server.lengthen(sender, first, last, times)
        costs.copied_turns += times * (last - first + 1)
