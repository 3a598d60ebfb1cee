"""Which announcement a question is about: by the rare words that both have, and by how near they are in meaning."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from actions.dialogue.state.turn import Turn
from actions.samples import Rarity, words
from desk.contract.messages import Published

WORDS, MEANING = 2.2, 12.5
"""How much nearer an announcement is by the root of how rare the shared words are, and by likeness in meaning."""
TOLD = 1.0
"""So much nearer is one that was told to this resident lately."""
ALIKE, FAR_AHEAD = 0.8, 4.0
"""What is no nearer than so much may be meant as well; from so far ahead on of all others, more says nothing more."""
OF_WORDS, OF_MEANING, OF_AHEAD, OF_A_GUIDE, NONE = 1.61, 12.51, 0.83, -0.87, -9.27
"""How the shared words, the likeness, being ahead of others and a likely guide weigh for the nearest being meant.

Fitted by logistic regression on 128 sentences in three languages, 42 of them questions about seven of fourteen
announcements in force (`tests/product/asked.yml`, half a).
"""
MOST = 3
"""So many are asked about at most."""


@dataclass(frozen=True, slots=True)
class Found:
    """The announcements that are nearest to a message, and how likely it is about them, from 0 to 1."""

    likely: float
    meant: tuple[Published, ...]


@dataclass(frozen=True, slots=True)
class _Near:
    one: Published
    shared: float
    likeness: float

    @property
    def strength(self) -> float:
        return WORDS * self.shared + MEANING * self.likeness + TOLD * self.one.told


def found(turn: Turn, rarity: Rarity, district: str | None, guide: float) -> Found | None:
    """What a message is nearest to, of announcements that are for a district; None: there is none.

    Args:
        district: the one that is named, if one is.
        guide: how likely the likeliest guide is meant.
    """
    near = sorted(_near(turn, rarity, district), key=lambda one: -one.strength)
    if not near:
        return None
    best = near[0]
    alike = [one for one in near if best.strength - one.strength < ALIKE][:MOST]
    others = [one.strength for one in near if one not in alike]
    ahead = min(best.strength - max(others, default=0.0), FAR_AHEAD)
    weighed = OF_WORDS * best.shared + OF_MEANING * best.likeness + OF_AHEAD * ahead + OF_A_GUIDE * guide + NONE
    return Found(1 / (1 + math.exp(-weighed)), tuple(one.one for one in alike))


def _near(turn: Turn, rarity: Rarity, district: str | None) -> Iterator[_Near]:
    published, likeness, place = turn.context.published, turn.likeness, 0
    if len(likeness) != sum(len(one.passages) for one in published):
        return  # the bot was not asked about these
    said = words(turn.text)
    for one in published:
        own, place = likeness[place : place + len(one.passages)], place + len(one.passages)
        if district is None or not one.districts or district in one.districts:
            theirs = frozenset[str]().union(*map(words, one.passages))
            yield _Near(one, math.sqrt(rarity.shared(said, theirs)), max(own))
