"""Which matters a message names by their own words: told from the titles and sample questions of the guides.

What a message is about the model weighs without the situation, and it always finds something: "what papers?" has a
likeliest guide, too. Words tell a question that names its matter from one about what is at hand. A piece of a few
characters is a guide's own where its title has it, or its sample questions more than once, and hardly another's do.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from actions.samples.likeness import pieces
from desk.city.guides import Guide

SHARED = 8
"""A piece that more guides have is nobody's: "how long", "where", "certificate". Of 183 guides."""
OFTEN = 2
"""In so many sample questions of a guide a piece is its own though its title has it not."""
LEAST = 2
"""A single Chinese character names nothing."""
LEAST_LATIN = 4


@dataclass(frozen=True)
class Named:
    """Finds guides by their own words."""

    guides: Mapping[str, Guide]
    _own: dict[str, frozenset[str]] = field(default_factory=dict, compare=False, repr=False)

    def within(self, text: str) -> Collection[str]:
        """The guides of which a text has a word."""
        if not self._own:
            self._own.update(_own_pieces(self.guides))
        said = set(pieces(text))
        return [name for name, own in self._own.items() if not own.isdisjoint(said)]


def _own_pieces(guides: Mapping[str, Guide]) -> dict[str, frozenset[str]]:
    titles = {name: _all(guide.names.model_dump(exclude_none=True).values()) for name, guide in guides.items()}
    asked = {name: _all(guide.asked.all) for name, guide in guides.items()}
    having = Counter(piece for name in guides for piece in {*titles[name], *asked[name]})
    return {
        name: frozenset(
            piece
            for piece in {*titles[name], *asked[name]}
            if having[piece] <= SHARED and (piece in titles[name] or asked[name][piece] >= OFTEN)
        )
        for name in guides
    }


def _all(texts: Collection[str]) -> Counter[str]:
    """The pieces that can name something, and in how many of the texts each stands."""
    return Counter(piece for text in texts for piece in pieces(text) if _names(piece))


def _names(piece: str) -> bool:
    word = piece.strip()
    if not word.isascii():
        return len(word) >= LEAST
    return piece.startswith(" ") and " " not in word and len(word) >= LEAST_LATIN
