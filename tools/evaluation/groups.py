"""Errors put together by meaning: by the encoder's vectors, averagely linked."""

import json
import subprocess
from collections.abc import Sequence
from math import sumprod
from pathlib import Path

from desk.contract.errors import StartError

ALIKE = 0.3
"""So alike are two groups, in the mean of all their pairs, that they are one. Of 59 errors of turns a half then stands
in groups; at 0.5 nearly all stand alone, at 0.2 what has nothing in common stands together."""
SECONDS = 600.0
ENCODE = Path(__file__).with_name("encode.py")

type Vector = Sequence[float]


def vectors(texts: Sequence[str], python: Path, root: Path) -> list[Vector]:
    """The encoder's vector of each text, of length one.

    Raises:
        StartError: the bot's Python failed; the message has the end of what it said.
    """
    said = "".join(f"{json.dumps(text)}\n" for text in texts)
    try:
        done = subprocess.run(
            [str(python), str(ENCODE)],
            cwd=root,
            input=said,
            capture_output=True,
            text=True,
            check=True,
            timeout=SECONDS,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as exc:
        raise StartError(f"The errors could not be encoded.\n{str(exc.stderr or exc)[-1500:]}") from exc
    return [json.loads(line) for line in done.stdout.splitlines()]


def grouped(rows: Sequence[Vector], alike: float = ALIKE) -> list[list[int]]:
    """Places of rows that belong together, the largest group first; in each the most typical row first.

    Averagely linked, along chains of nearest neighbours (F. Murtagh, A survey of recent advances in hierarchical
    clustering algorithms, The Computer Journal 26, 1983): two groups that are nearest to each other become one; a group
    that nothing is alike enough to is done, for no later group will be nearer to it.
    """
    pairs = _pairs(rows)
    likeness = [list(row) for row in pairs]
    growing, done, chain = {place: [place] for place in range(len(rows))}, list[list[int]](), list[int]()
    while growing:
        tip = chain[-1] if chain else next(iter(growing))
        before = chain[-2] if len(chain) > 1 else None
        others = [one for one in growing if one != tip]
        near = max(others, key=lambda one: (likeness[tip][one], one == before), default=None)
        if near is None or likeness[tip][near] < alike:
            done.append(growing.pop(tip))
            chain = chain[:-1]
        elif near == before:
            _join(growing, likeness, near, tip)
            chain = chain[:-2]
        else:
            chain = [*(chain or [tip]), near]
    typical = [sorted(group, key=lambda place: (-sum(pairs[place][one] for one in group), place)) for group in done]
    return sorted(typical, key=lambda group: (-len(group), group[0]))


def _pairs(rows: Sequence[Vector]) -> list[list[float]]:
    """How alike each two rows are."""
    half = [[sumprod(rows[one], rows[other]) for other in range(one + 1)] for one in range(len(rows))]
    return [[half[max(one, other)][min(one, other)] for other in range(len(rows))] for one in range(len(rows))]


def _join(growing: dict[int, list[int]], likeness: list[list[float]], one: int, other: int) -> None:
    """Put a group into another; the mean likeness to any third is weighed by their sizes."""
    sizes = len(growing[one]), len(growing[other])
    growing[one] += growing.pop(other)
    for third in growing:
        mean = (likeness[one][third] * sizes[0] + likeness[other][third] * sizes[1]) / sum(sizes)
        likeness[one][third] = likeness[third][one] = mean
