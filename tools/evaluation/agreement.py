"""How far two labellers of the same turns agree, beyond what chance would bring: Cohen's κ, of all and of each command.

J. Cohen, A coefficient of agreement for nominal scales, Educational and Psychological Measurement 20 (1960).
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from desk.contract.errors import StartError
from tools.evaluation.turns import Line

type Pair = tuple[str, str]

DISAGREEMENTS = 30


def document(first: Sequence[Line], second: Sequence[Line]) -> dict[str, Any]:
    """The figures of turns that both have labelled: a situation and a text that stand in both files.

    Of several commands the first counts. `alone` are turns that stand in one of the files only.

    Raises:
        StartError: no turn stands in both, or one file labels a turn twice.
    """
    one, other = _labels(first), _labels(second)
    both = sorted(one.keys() & other.keys())
    if not both:
        raise StartError("No turn stands in both files: the same `in` and `say`, labelled by two.")
    pairs = [(one[turn], other[turn]) for turn in both]
    return {
        "turns": len(pairs),
        "alone": len(one.keys() ^ other.keys()),
        "agree": _agreed(pairs),
        "kappa": kappa(pairs),
        "by_command": {name: _of_command(pairs, name) for name in sorted({name for pair in pairs for name in pair})},
        "disagreements": [
            {"first": a, "second": b, "turns": count}
            for (a, b), count in Counter(pair for pair in pairs if pair[0] != pair[1]).most_common(DISAGREEMENTS)
        ],
    }


def kappa(pairs: Sequence[tuple[object, object]]) -> float | None:
    """κ of pairs of labels; None where both gave one label only, and chance explains everything."""
    agreed = sum(a == b for a, b in pairs) / len(pairs)
    firsts, seconds = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    by_chance = sum(firsts[name] * seconds[name] for name in firsts) / len(pairs) ** 2
    return None if by_chance == 1 else round((agreed - by_chance) / (1 - by_chance), 4)


def _of_command(pairs: Sequence[Pair], name: str) -> dict[str, Any]:
    """Of one command: how often each said it, how often both, and the κ of saying it or not."""
    said = [(a == name, b == name) for a, b in pairs]
    return {
        "first": sum(a for a, _ in said),
        "second": sum(b for _, b in said),
        "both": sum(a and b for a, b in said),
        "kappa": kappa(said),
    }


def _agreed(pairs: Sequence[Pair]) -> float:
    return round(sum(a == b for a, b in pairs) / len(pairs), 4)


def _labels(lines: Sequence[Line]) -> dict[tuple[str, str], str]:
    labels: dict[tuple[str, str], str] = {}
    for line in lines:
        turn = line.situation, line.say
        if turn in labels:
            raise StartError(f"A turn is labelled twice in one file: {line.say}")
        labels[turn] = line.commands[0].partition(":")[0]
    return labels
