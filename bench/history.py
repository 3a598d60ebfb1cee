"""`history`: what turn 10, 100 and 1,000 of one conversation cost, ours and the stock peer's, turn by turn in turn."""

from collections import defaultdict
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from bench.figures import ratio
from bench.ground import Models, Tell, standing
from bench.lines import SHAPE, Script
from bench.load import Side, timed
from bench.machine import machine

MARKS = (10, 100, 1000)
WINDOW = len(SHAPE)  # turns around a mark, so that each kind of line is in it once
LONG, SHORT = MARKS[-1] + WINDOW // 2, MARKS[1] + WINDOW // 2
LONG_OF_PEER = 1  # its turns grow dearer, so that a second long conversation would take minutes more
CONVERSATIONS = 3


@dataclass
class Costs:
    """Seconds of the turns around each mark."""

    around: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    failed: int = 0

    def add(self, number: int, seconds: float | None) -> None:
        """Note the turn of this number, counted from 1."""
        if seconds is None:
            self.failed += 1
            return
        for mark in MARKS:
            if mark - WINDOW // 2 < number <= mark + WINDOW // 2:
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
        }


async def measure(models: Models, tell: Tell) -> dict[str, Any]:
    """Measure both sides and answer the result's document. `ratio` is the stock peer's last mark ÷ ours.

    Raises:
        StartError: a side does not come up.
    """
    ours, peer = Costs(), Costs()
    async with standing(models, tell, same_model=False) as ground:
        tell.step(f"{CONVERSATIONS} conversations of {LONG:,} turns, turn by turn")
        called, called_of_ours = await ground.stock.actions_called(), ground.ours.tally.by_action
        turns_of_peer = 0
        for number in range(CONVERSATIONS):
            script = ground.speaker.script(LONG)
            until = LONG if number < LONG_OF_PEER else SHORT
            turns_of_peer += until
            await _talk(script, [(ground.ours, ours, LONG), (ground.stock, peer, until)], tell)
        called = await ground.stock.actions_called() - called
        called_of_ours = ground.ours.tally.by_action - called_of_ours
    found, theirs = ours.document(ground.ours.name), peer.document(ground.stock.name)
    found |= {"turns": CONVERSATIONS * LONG, "actions_called": called_of_ours}
    theirs |= {"turns": turns_of_peer, "actions_called": called}
    last = f"turn_{MARKS[-1]}_ms"
    return {
        "name": "history",
        "ours": found,
        "peer": theirs,
        "ratio": ratio(theirs[last], found[last]),
        "other_peers": [],
        "machine": machine(models.load_before),
        "method": {
            "conversations": CONVERSATIONS,
            "long_conversations_of_the_peer": LONG_OF_PEER,
            "window_turns": WINDOW,
            "turns": LONG,
        },
    }


async def _talk(script: Script, sides: list[tuple[Side, Costs, int]], tell: Tell) -> None:
    """Say the script's lines on all sides, one after the other; each side until its last turn."""
    async with AsyncExitStack() as open_talks:
        talks = []
        for side, costs, until in sides:
            begin = await side.prepare(script)
            talks.append((await open_talks.enter_async_context(begin()), costs, until))
        for number, line in enumerate(script.lines, start=1):
            for talk, costs, until in talks:
                if number <= until:
                    costs.add(number, await timed(talk, line))
                    await talk.rest()
            tell.progress(number, len(script.lines))
