"""Which guide answers a question: a small index of how residents ask. May not know what a guide says.

A question is compared with every sentence under a guide's `asked` and with its titles. The rarer a feature is among the
guides, the more it counts (tf-idf). A guide's score is the mean of two shares, each between 0 and 1: the cosine to
its nearest sentence, and how much of the question stands in the guide's sentences at all. A question
about something else holds features that no guide has; they count in full, and so it is refused. The bounds below were
chosen with the lines of nlu/service_guide/tests/retrieval.yml, which hold them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import log, sqrt

from actions.kinds.guide.words import Vocabulary

LEAST = 0.52
"""A lower score is no answer."""
NEAR = 0.9
"""A guide whose score is at least this share of the best one's may be meant as well."""
CHOICES = 4
"""So many guides are offered to choose from, at most."""


@dataclass(frozen=True, slots=True)
class Found:
    """A guide that may answer, and how well it fits: 0 to 1."""

    slug: str
    score: float


class GuideIndex:
    """The sentences of some guides.

    Args:
        sentences: by the guide's slug: its titles, and how residents ask.
    """

    def __init__(self, vocabulary: Vocabulary, sentences: Mapping[str, Iterable[str]]) -> None:
        self._vocabulary = vocabulary
        asked = {slug: [vocabulary.features(one) for one in texts] for slug, texts in sentences.items()}
        self._of_guide = {slug: frozenset(name for one in several for name in one) for slug, several in asked.items()}
        self._rarity = self._rarities()
        self._sentences = {slug: [self._weighed(one) for one in several if one] for slug, several in asked.items()}

    def names_a_matter(self, text: str) -> bool:
        """Whether a sentence says anything beside words that every question has."""
        return bool(self._vocabulary.features(text))

    def find(self, text: str) -> tuple[Found, ...]:
        """The guides that may answer a sentence, the best first; none where no guide does.

        More than one stands there where several fit nearly as well.
        """
        ranked = [found for found in self.ranked(text) if found.score >= LEAST]
        return tuple(found for found in ranked if found.score >= NEAR * ranked[0].score)[:CHOICES]

    def ranked(self, text: str) -> list[Found]:
        """All guides that share a feature with a sentence, the best first."""
        asked = self._weighed(self._vocabulary.features(text))
        length = sqrt(sum(weight**2 for weight in asked.values()))
        scores = (
            Found(slug, self._score(asked, length, slug))
            for slug, features in self._of_guide.items()
            if not features.isdisjoint(asked)
        )
        return sorted(scores, key=lambda found: (-found.score, found.slug))

    def _score(self, asked: Mapping[str, float], length: float, slug: str) -> float:
        share = sum(weight**2 for name, weight in asked.items() if name in self._of_guide[slug]) / length**2
        nearest = max((_cosine(asked, length, sentence) for sentence in self._sentences[slug]), default=0.0)
        return (share + nearest) / 2

    def _rarities(self) -> dict[str, float]:
        guides = len(self._of_guide)
        count = dict[str, int]()
        for features in self._of_guide.values():
            for name in features:
                count[name] = count.get(name, 0) + 1
        return {name: log((guides + 1) / number) for name, number in count.items()}

    def _weighed(self, features: Mapping[str, float]) -> dict[str, float]:
        """Weights with rarity; a feature that no guide has is the rarest."""
        rarest = log(len(self._of_guide) + 1)
        return {name: weight * self._rarity.get(name, rarest) for name, weight in features.items()}


def _cosine(asked: Mapping[str, float], length: float, sentence: Mapping[str, float]) -> float:
    shared = sum(weight * sentence[name] for name, weight in asked.items() if name in sentence)
    return shared / (length * sqrt(sum(weight**2 for weight in sentence.values())))
