"""How far trainers agree, and how right the account is in a sample: kappa and Wilson's interval. Pure."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Z = 1.959964  # of 95 %


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two trainers agree on a command, or on all.

    Attributes:
        command: which; empty: all.
        lines: that both said something of; of one command, those that at least one says it is.
        same: on which they agree.
        kappa: Cohen's; None where chance alone says the same everywhere.
    """

    command: str
    lines: int
    same: int
    kappa: float | None


@dataclass(frozen=True, slots=True)
class Share:
    """A share of a sample with its 95 % interval."""

    right: int
    of: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share itself."""
        return self.right / self.of


def wilson(right: int, of: int) -> Share | None:
    """The share with Wilson's score interval, 95 % (Wilson 1927); None of nothing."""
    if of == 0:
        return None
    share, square = right / of, Z * Z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = Z * math.sqrt(share * (1 - share) / of + square / (4 * of * of)) / (1 + square / of)
    return Share(right, of, max(0.0, middle - half), min(1.0, middle + half))


def agreements(pairs: Iterable[tuple[str, str]]) -> list[Agreement]:
    """Of all commands together, then of each by how often it was said, from what first and second trainers said."""
    said = list(pairs)
    if not said:
        return []
    labels = sorted({one for pair in said for one in pair})
    of_all = Agreement("", len(said), sum(a == b for a, b in said), _kappa(said, labels))
    each = [
        Agreement(
            label,
            sum(label in pair for pair in said),
            sum(a == b == label for a, b in said),
            _kappa([(str(a == label), str(b == label)) for a, b in said], ("True", "False")),
        )
        for label in labels
    ]
    return [of_all, *sorted(each, key=lambda one: (-one.lines, one.command))]


def _kappa(said: Sequence[tuple[str, str]], labels: Sequence[str]) -> float | None:
    """Cohen's kappa: agreement beyond that of chance (Cohen 1960)."""
    count = len(said)
    seen = sum(a == b for a, b in said) / count
    chance = sum(
        (sum(a == label for a, _ in said) / count) * (sum(b == label for _, b in said) / count) for label in labels
    )
    return None if chance >= 1 else (seen - chance) / (1 - chance)
