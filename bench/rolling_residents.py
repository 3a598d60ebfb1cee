"""Residents of `rolling`: so many lines a second, whatever becomes of them, and what each of them saw."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import cycle, pairwise
from typing import Any

from bench.figures import percentile
from bench.lines import Speaker
from bench.product import LOCALE
from desk.tickets.notices import WITHDRAW
from desk.web.client import ChatClient, ChatRefused, ChatUnreachable

RESIDENTS, LINES = 80, 10
ANSWER_SECONDS = 60.0


@dataclass
class Turn:
    """A line that was said: when it was to be said, in which part of the course, and the id that it was given."""

    part: str
    due: float
    message: str = ""


class Resident:
    """Says one line after the other, also where the turn before is not done, and hears the stream."""

    def __init__(self, client: ChatClient, lines: Iterator[str]) -> None:
        self.news = asyncio.Event()
        self._client = client
        self._lines = lines
        self._posting = asyncio.Lock()
        self._waits = False  # for a clerk: the next line takes that back, or no action would answer any more
        self.turns: list[Turn] = []
        self.done: dict[str, float] = {}  # when, by message
        self.heard: list[tuple[int, str]] = []

    async def say(self, turn: Turn) -> None:
        """Say the next line."""
        self.turns.append(turn)
        async with self._posting:
            said = {"payload": WITHDRAW} if self._waits else {"text": next(self._lines)}
            self._waits = False
            with suppress(ChatUnreachable, ChatRefused):  # then it is lost, and will be seen to be
                turn.message = await self._client.post(said)

    async def listen(self) -> None:
        """Hear until cancelled."""
        async for event in self._client.events():
            if event["type"] == "turn_done":
                self._waits = bool(event["handed_over"])
                self.heard.append((event["seq"], event["in_reply_to"]))
                self.done.setdefault(event["in_reply_to"], time.monotonic())
                self.news.set()

    async def answered(self) -> None:
        """Wait until every line was."""
        while any(turn.message not in self.done for turn in self.turns):
            self.news.clear()
            await self.news.wait()

    async def seen_again(self, seconds: float) -> list[tuple[int, str]]:
        """What a page that is opened anew sees, until every line was answered or the time is over."""
        wanted, seen = {one.message for one in self.turns}, list[tuple[int, str]]()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                async for event in self._client.events():
                    if event["type"] == "turn_done":
                        seen.append((event["seq"], event["in_reply_to"]))
                        wanted.discard(event["in_reply_to"])
                    if not wanted:
                        break
        return seen


@dataclass
class Crowd:
    """All residents, and the part of the course that goes on."""

    residents: Sequence[Resident]
    per_second: float
    part: str = ""  # empty: nobody says anything more

    async def talk(self) -> None:
        """Say lines at an even pace: each at its time, however long those before take."""
        began, number = time.monotonic(), 0
        async with asyncio.TaskGroup() as group:
            for resident in cycle(self.residents):
                due = began + number / self.per_second
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                if not self.part:
                    return
                group.create_task(resident.say(Turn(self.part, due)))
                number += 1

    async def answered(self) -> None:
        """Wait until every line was, or nobody can be waited for any more."""
        with suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_SECONDS):
                for one in self.residents:
                    await one.answered()

    def figures(self) -> dict[str, dict[str, float]]:
        """By parts of the course: turns, and how long they took, from when their line was due."""
        seconds: dict[str, list[float]] = {}
        for one in self.residents:
            for turn in one.turns:
                if turn.message in one.done:
                    seconds.setdefault(turn.part, []).append(one.done[turn.message] - turn.due)
        return {
            part: {
                "turns": len(took),
                "p50_ms": round(percentile(took, 0.5) * 1000, 1),
                "p95_ms": round(percentile(took, 0.95) * 1000, 1),
                "slowest_ms": round(max(took) * 1000, 1),
            }
            for part, took in seconds.items()
        }

    def longest_silence(self) -> float:
        """The longest time in which nobody was answered, in seconds."""
        moments = sorted(at for one in self.residents for at in one.done.values())
        return max((later - before for before, later in pairwise(moments)), default=0.0)

    async def faults(self, seconds: float = ANSWER_SECONDS) -> list[str]:
        """What is wrong in what residents saw, live and once more: lost, doubled, out of order.

        Args:
            seconds: in which a page that is opened anew is to have seen everything.
        """
        again = await asyncio.gather(*(one.seen_again(seconds) for one in self.residents))
        found: list[str] = []
        for number, (resident, seen) in enumerate(zip(self.residents, again, strict=True)):
            said = [turn.message for turn in resident.turns]
            for how, heard in (("live", resident.heard), ("again", seen)):
                found += [f"resident {number}, {how}: {fault}" for fault in wrong(said, heard)]
        return found


def wrong(said: Sequence[str], heard: Sequence[tuple[int, str]]) -> Iterator[str]:
    """What is wrong in the turns that a resident heard of, as (seq, message), to the messages that were said."""
    times = Counter(message for _, message in heard)
    for message in said:
        if times[message] != 1:
            yield f"{'lost' if not times[message] else 'doubled'}: {message or 'a line that was not accepted'}"
    if stray := set(times) - set(said):
        yield f"not said: {sorted(stray)}"
    if [seq for seq, _ in heard] != sorted({seq for seq, _ in heard}):
        yield "events out of order"
    if [message for _, message in heard if message in set(said)] != [one for one in said if times[one] == 1]:
        yield "turns out of order"


@asynccontextmanager
async def crowd(url: str, speaker: Speaker, per_second: float) -> AsyncIterator[Crowd]:
    """Have residents there, in all cities, each with an open page."""
    async with AsyncExitStack() as stack:
        residents: list[Resident] = []
        for script in speaker.scripts(RESIDENTS, LINES):
            client = await stack.enter_async_context(ChatClient(url))
            await client.open(script.city, LOCALE)
            residents.append(Resident(client, cycle(script.lines)))
        async with asyncio.TaskGroup() as group:
            listening = [group.create_task(one.listen()) for one in residents]
            yield Crowd(residents, per_second)
            for one in listening:
                one.cancel()


def ratios(figures: Mapping[str, Mapping[str, Any]], before: str) -> dict[str, float]:
    """p95 of each part of the course, by that of the first."""
    return {part: round(one["p95_ms"] / figures[before]["p95_ms"], 2) for part, one in figures.items()}
