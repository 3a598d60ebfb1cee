"""What three hundred taught lines bring: topics that had hardly any, and what it costs the others.

Some services are taken back to a handful of lines, as new topics, and learn lines of their own again, a hundred
at a time. Heads alone are fitted, as for the gate (`bench/gate.py`); who is asked wrote none of the lines.
"""

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from bench.drawing import Bar, Group, bars
from bench.gate import Job, Learnt, asked_of, given_of, is_right, learnt_of, read_by, situations_of
from bench.ground import Tell
from tools.evaluation.comparing import Known

TOPICS, DRAWS = 5, 5
BEGUN = 15
"""So many lines a topic has before it is taught."""
STEPS = (0, 100, 200, 300)  # lines taught, of all topics together
ENOUGH, ASKED = 120, 40
"""A topic has so many lines to draw from, and so many messages by others."""


def measure(root: Path, python: Path, folder: Path, city: str, tell: Tell) -> dict[str, Any]:
    """Fit, ask, count: shares understood rightly of the taught topics and of the others, by lines taught.

    Args:
        root: the project's.
        python: the bot's.
        folder: where vectors are kept.
        city: where lines without a situation are read.
        tell: told how far it is.
    """
    learnt, asked = learnt_of(root), asked_of(root, city)
    topics = [drawn(learnt, asked, number) for number in range(DRAWS)]
    jobs = [
        Job(taught(learnt, some, lines, number), seed=number) for number, some in enumerate(topics) for lines in STEPS
    ]
    given, places = given_of(jobs, asked, situations_of(root))
    found = iter(read_by(python, folder, jobs, given, places, tell))
    draws = [_draw(asked, some, {lines: next(found) for lines in STEPS}) for some in topics]
    return {"topics": TOPICS, "begun": BEGUN, "messages": len(asked), "mean": _mean(draws), "draws": draws}


def drawn(learnt: Sequence[Learnt], asked: Sequence[Known], number: int) -> list[str]:
    """Services that are taught in a draw, by lot."""
    lines = [one.label for one in learnt if one.situation is None]
    messages = [one.command for one in asked if one.of == "line"]
    fit = [one for one in sorted(set(lines)) if lines.count(one) >= ENOUGH and messages.count(one) >= ASKED]
    services = [one for one in fit if one.startswith("start:")]
    return random.Random(number).sample(services, TOPICS)


def taught(learnt: Sequence[Learnt], topics: Sequence[str], lines: int, number: int) -> list[Learnt]:
    """What is learnt once so many lines were taught: of the topics those, of all else everything."""
    kept = [one for one in learnt if one.label not in topics]
    for topic in topics:
        own = [one for one in learnt if one.label == topic and one.situation is None]
        random.Random(f"{number} {topic}").shuffle(own)
        kept += own[: BEGUN + lines // len(topics)]
    return kept


def _draw(asked: Sequence[Known], topics: Sequence[str], found: Mapping[int, dict[str, Any]]) -> dict[str, Any]:
    return {
        "taught": [one.removeprefix("start:") for one in topics],
        "steps": [{"lines": lines, **_shares(asked, topics, one["read"])} for lines, one in found.items()],
    }


def _shares(asked: Sequence[Known], topics: Sequence[str], read: Sequence[str]) -> dict[str, float]:
    right: dict[bool, list[bool]] = {True: [], False: []}
    for known, label in zip(asked, read, strict=True):
        if known.of == "line":
            right[known.command in topics].append(is_right(known, label))
        elif known.command != "start":  # of turns it is not known which service is begun
            right[False].append(is_right(known, label))
    return {name: round(mean(right[own]), 4) for name, own in (("topics", True), ("others", False))}


def _mean(draws: Sequence[dict[str, Any]]) -> list[dict[str, float]]:
    return [
        {name: round(mean(one["steps"][place][name] for one in draws), 4) for name in ("lines", "topics", "others")}
        for place in range(len(STEPS))
    ]


def picture(document: dict[str, Any]) -> str:
    """The means, drawn."""
    groups = [
        Group(
            f"{one['lines']:.0f} lines taught",
            [
                Bar(said, one[name], f"{one[name]:.1%}")
                for name, said in (("topics", "taught topics"), ("others", "all others"))
            ],
        )
        for one in document["mean"]
    ]
    return bars("What taught lines bring", "Understood rightly, of messages by others", groups)
