"""Figures of a run: percentiles, medians over rounds, and rounding for people. No input or output."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Round:
    """What one side did in one round: seconds of each completed turn, how many failed, and how long all took."""

    latencies: tuple[float, ...]
    failed: int
    seconds: float

    @property
    def per_second(self) -> float:
        """Completed turns a second."""
        return len(self.latencies) / self.seconds if self.seconds > 0 else 0.0


@dataclass(frozen=True)
class Figures:
    """Medians over the rounds of one side; latencies in milliseconds over all its turns."""

    per_second: float
    p50_ms: float
    p95_ms: float
    completed: int
    failed: int
    rounds: tuple[float, ...]


def percentile(values: Sequence[float], share: float) -> float:
    """Gives the smallest value that at least `share` (0 to 1) of the values do not exceed.

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("no values")
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def figures(rounds: Sequence[Round]) -> Figures:
    """Sums up the rounds of one side.

    Raises:
        ValueError: no turn was completed.
    """
    every = [seconds * 1000 for one in rounds for seconds in one.latencies]
    return Figures(
        per_second=round(median(one.per_second for one in rounds), 1),
        p50_ms=round(percentile(every, 0.5), 2),
        p95_ms=round(percentile(every, 0.95), 2),
        completed=len(every),
        failed=sum(one.failed for one in rounds),
        rounds=tuple(round(one.per_second, 1) for one in rounds),
    )


def ratio(ours: float, theirs: float) -> float:
    """Gives ours ÷ theirs, to two decimals.

    Raises:
        ZeroDivisionError: theirs is nothing.
    """
    return round(ours / theirs, 2)


def rounds_within(
    most: int, least: int, budget_seconds: float, clock: Callable[[], float] = time.monotonic
) -> Iterator[int]:
    """Counts rounds from 0: at least `least`, at most `most`, and none that would end after the budget if it took as
    long as the longest before."""
    began = round_began = clock()
    longest = 0.0
    for number in range(most):
        if number >= least and clock() - began + longest > budget_seconds:
            return
        yield number
        longest = max(longest, clock() - round_began)
        round_began = clock()
