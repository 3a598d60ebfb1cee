"""The gate: whether a model may answer in the place of another, by what both read in the same messages. Pure.

Chance decides nothing: a share counts as lost where it is lost by more than its margin, and where so many messages
would not be lost by chance among those that the two read differently (McNemar's test, exact and one-sided, of as many
messages as tell something apart from each other: `SPREAD`). What must be understood is another matter: of that nothing
may be lost.
"""

import math
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

from desk.teaching.agreement import wilson


class Why(StrEnum):
    """What is looked at, and so why a model is stopped."""

    MUST_PASS = "must_pass"  # lines and conversations that must be understood
    ALL = "all"
    LANGUAGE = "language"
    COMMAND = "command"
    CALIBRATION = "calibration"
    SPEED = "speed"
    LEAK = "leak"  # held-out lines stand among those that it learnt from


MARGINS: Mapping[Why, float] = {
    Why.ALL: 0.005,
    Why.LANGUAGE: 0.01,
    Why.COMMAND: 0.15,
    Why.CALIBRATION: 0.03,
    Why.LEAK: 0.01,
}
"""So much may be lost: shares of messages, of the calibration error; so many of a hundred held-out ones be learnt."""
CHANCE: Mapping[Why, float] = {Why.ALL: 0.005, Why.LANGUAGE: 0.005, Why.COMMAND: 0.02}
"""So improbable must a loss be (docs/decisions/0043)."""
SPREAD: Mapping[Why, float] = {Why.ALL: 2.0, Why.LANGUAGE: 2.0, Why.COMMAND: 3.0}
"""So many times as much as single messages by chance do two trainings of the same data differ: they read messages that
are alike alike. Measured over all pairs of 21 trainings (`desk bench gate`).
"""
FEWEST = 5
"""Of fewer messages a group says nothing."""
SLOWER, SLOWER_BY = 1.5, 3.0
"""It may take so many times as long, or so many milliseconds more, whichever is longer."""
STEPS = 10
DRAWS = 200
_SEED = 1  # of the draws: the same messages give the same verdict


class Compared(BaseModel):
    """A message of which is known what it means, as two models read it.

    Attributes:
        of: a turn in its situation, a line without one, or what must be understood.
        command: what it means; a start with its service.
        service: whose it is, where it must be understood.
        conversation: in which it is said, where it must be understood.
        before, after: whether the model that answers, and the other, read it rightly.
        sure_before, sure_after: how likely they said what they read to be.
    """

    model_config = ConfigDict(frozen=True)

    of: Literal["turn", "line", "must_pass"]
    command: str
    lang: str
    service: str = ""
    conversation: str = ""
    before: bool
    after: bool
    sure_before: float = 1.0
    sure_after: float = 1.0


class Comparison(BaseModel):
    """What two models made of the same messages, asked in turns on the same machine.

    Attributes:
        milliseconds_before, milliseconds_after: the median time of a message.
        leaked: so many held-out messages stand among those that the other learnt from, of `leakable`: short ones are
            said by everybody.
    """

    model_config = ConfigDict(frozen=True)

    read: tuple[Compared, ...]
    milliseconds_before: float
    milliseconds_after: float
    leaked: int = 0
    leakable: int = 0


class Finding(BaseModel):
    """Of one thing that was looked at, how it was and how it is.

    Attributes:
        about: the command, language or service; empty: all.
        messages: of how many.
        before, after: shares that are right; of the calibration its error, of the speed milliseconds.
        low, high: the interval of `after`, 95 % (Wilson); None where there is none.
        lost, gained: messages that only the one, and only the other reads rightly.
        chance: how probable it is to lose so many by chance; None: chance has no part in it.
        stops: whether it keeps the model from answering.
        conversations: those that do not hold, of what must be understood.
    """

    model_config = ConfigDict(frozen=True)

    why: Why
    about: str = ""
    messages: int = 0
    before: float = 0.0
    after: float = 0.0
    low: float | None = None
    high: float | None = None
    lost: int = 0
    gained: int = 0
    chance: float | None = None
    stops: bool = False
    conversations: tuple[str, ...] = ()


class Verdict(BaseModel):
    """What the gate says of a model. `against` is the fingerprint of the one that answered.

    `fault`: why they could not be compared; then it does not pass.
    """

    model_config = ConfigDict(frozen=True)

    against: str
    passes: bool
    findings: tuple[Finding, ...] = ()
    fault: str = ""
    replayed: int = 0
    changed: int = 0

    @property
    def stops(self) -> tuple[Finding, ...]:
        """What keeps it from answering."""
        return tuple(one for one in self.findings if one.stops)


def judged(comparison: Comparison, against: str) -> Verdict:
    """Whether a model may answer in the place of the one that does, and all that was looked at, what stops first."""
    measured = [one for one in comparison.read if one.of != "must_pass"]
    findings = [
        *_must_pass([one for one in comparison.read if one.of == "must_pass"]),
        *_groups(Why.ALL, measured, lambda _: ""),
        *_groups(Why.LANGUAGE, measured, lambda one: one.lang),
        *_groups(Why.COMMAND, measured, lambda one: one.command),
        _calibration([one for one in measured if one.of == "turn"]),
        _speed(comparison),
        _leak(comparison),
    ]
    ordered = sorted(findings, key=lambda one: not one.stops)
    return Verdict(against=against, passes=not any(one.stops for one in findings), findings=tuple(ordered))


def improbable(lost: int, gained: int) -> float:
    """How probable it is that, of so many read differently, at least `lost` are lost by chance.

    McNemar's test, exact and one-sided: of what two read differently, a half is lost where neither is better.
    """
    both = lost + gained
    return sum(math.comb(both, more) for more in range(lost, both + 1)) / (1 << both)


def _must_pass(read: Sequence[Compared]) -> list[Finding]:
    """Of each service, what must be understood and is not; of those of which all is, one line together."""
    return [
        Finding(
            why=Why.MUST_PASS,
            about=service,
            messages=len(some),
            before=sum(one.before for one in some) / len(some),
            after=sum(one.after for one in some) / len(some),
            lost=sum(not one.after for one in some),
            stops=not all(one.after for one in some),
            conversations=tuple(sorted({one.conversation for one in some if not one.after})),
        )
        for service, some in _grouped(read, lambda one: one.service)
    ]


def _groups(why: Why, read: Sequence[Compared], of: Callable[[Compared], str]) -> list[Finding]:
    return [_loss(why, about, some) for about, some in _grouped(read, of) if len(some) >= FEWEST]


def _loss(why: Why, about: str, some: Sequence[Compared]) -> Finding:
    """Whether more of these messages is lost than may be, and than chance would lose."""
    lost = sum(one.before and not one.after for one in some)
    gained = sum(one.after and not one.before for one in some)
    right, spread = sum(one.after for one in some), SPREAD[why]
    chance = improbable(round(lost / spread), round(gained / spread))
    share = wilson(right, len(some))
    return Finding(
        why=why,
        about=about,
        messages=len(some),
        before=sum(one.before for one in some) / len(some),
        after=right / len(some),
        low=None if share is None else share.low,
        high=None if share is None else share.high,
        lost=lost,
        gained=gained,
        chance=chance,
        stops=(lost - gained) / len(some) > MARGINS[why] and chance < CHANCE[why],
    )


def _calibration(turns: Sequence[Compared]) -> Finding:
    """How far certainty is from the truth: worse by more than may be, in 39 of 40 draws of the same size."""
    before = _error([(one.sure_before, one.before) for one in turns])
    after = _error([(one.sure_after, one.after) for one in turns])
    lot = random.Random(_SEED)
    worse = 0
    if after - before > MARGINS[Why.CALIBRATION]:
        for _ in range(DRAWS):
            drawn = lot.choices(turns, k=len(turns))
            drawn_before = _error([(one.sure_before, one.before) for one in drawn])
            worse += _error([(one.sure_after, one.after) for one in drawn]) > drawn_before
    return Finding(
        why=Why.CALIBRATION,
        messages=len(turns),
        before=before,
        after=after,
        chance=1 - worse / DRAWS,
        stops=worse > DRAWS * 39 / 40,
    )


def _error(pairs: Iterable[tuple[float, bool]]) -> float:
    """The expected calibration error, in ten steps (Naeini and others 2015)."""
    steps: defaultdict[int, list[tuple[float, bool]]] = defaultdict(list)
    for sure, right in pairs:
        steps[min(STEPS - 1, int(sure * STEPS))].append((sure, right))
    count = sum(map(len, steps.values()))
    apart = (abs(sum(sure for sure, _ in some) - sum(right for _, right in some)) for some in steps.values())
    return sum(apart) / count if count else 0.0


def _speed(comparison: Comparison) -> Finding:
    before, after = comparison.milliseconds_before, comparison.milliseconds_after
    most = max(before * SLOWER, before + SLOWER_BY)
    return Finding(
        why=Why.SPEED, messages=len(comparison.read), before=before, after=after, stops=after > most and before > 0
    )


def _leak(comparison: Comparison) -> Finding:
    """Held-out messages that were learnt: a few are said by others in the same words."""
    share = comparison.leaked / comparison.leakable if comparison.leakable else 0.0
    return Finding(
        why=Why.LEAK,
        messages=comparison.leakable,
        after=share,
        lost=comparison.leaked,
        stops=share > MARGINS[Why.LEAK],
    )


def _grouped(read: Sequence[Compared], of: Callable[[Compared], str]) -> list[tuple[str, list[Compared]]]:
    grouped: defaultdict[str, list[Compared]] = defaultdict(list)
    for one in read:
        grouped[of(one)].append(one)
    return sorted(grouped.items())
