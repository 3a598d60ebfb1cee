"""Which category a sentence is about: by the words that the agency gives for its categories, and by likeness.

Place names are taken out first, so that a street called after a park is no park.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from actions.fields.likeness import scored
from actions.kinds.report.agency import Sort
from values.writing import plain as spelled

SURE = ((1.6, 1.25), (1.0, 2.5))
"""A category is meant if it scores so much, and so many times the next."""
LIKELY = 0.45
"""From here on a category is offered as a guess."""
GUESSES = 4
FEW = 2
"""So many are offered where a sentence says little, or not this one."""


@dataclass(frozen=True, slots=True)
class Inferred:
    """The category that is meant, if one surely is; else those that may be, the likeliest first."""

    sort: Sort | None
    guesses: tuple[Sort, ...] = ()


def inferred(text: str, sorts: Sequence[Sort], places: Iterable[str] = ()) -> Inferred:
    """Say what a sentence is about."""
    ranked = _ranked(text, sorts, places)
    if not ranked:
        return Inferred(None)
    best, second = ranked[0][0], ranked[1][0] if len(ranked) > 1 else 0.0
    if any(best >= least and best >= times * second for least, times in SURE):
        return Inferred(ranked[0][1])
    return Inferred(None, tuple(sort for score, sort in ranked[:GUESSES] if score >= max(LIKELY, best / 3)))


def likeliest(text: str, sorts: Sequence[Sort], places: Iterable[str] = ()) -> tuple[Sort, ...]:
    """The few that a sentence may be about at all, however little it says."""
    return tuple(sort for _, sort in _ranked(text, sorts, places)[:FEW])


def _ranked(text: str, sorts: Sequence[Sort], places: Iterable[str]) -> list[tuple[float, Sort]]:
    """The categories that a sentence says anything of, the likeliest first."""
    said = spelled(text)
    for place in places:
        said = said.replace(spelled(place), " ")
    scores = scored(said, [(*one.words, one.names.zh_Hans, one.names.en) for one in sorts])
    return sorted(
        ((score, sort) for score, sort in zip(scores, sorts, strict=True) if score > 0), key=lambda one: -one[0]
    )
