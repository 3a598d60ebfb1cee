"""Which published guides are near to what a resident asked: by words at once, by meaning where the bot has read it.

Of 208 questions by strangers (each second one of `nlu/service_guide/tests/questions.jsonl`) words and meaning together
name the right guide among three in 32 %, and 60 % of what they name is right; to 14 % of 274 questions that no guide
answers they name one all the same (from 0.7 on: 50, 45 and 41 %). Words alone, of all 960: 7, 83 and 2 %.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from desk.city.guides import LocalGuide

WORD = re.compile(r"[a-z]{3,}")
BY_WORDS, BESIDE = 0.35, 0.9
"""So near by words alone a guide must be to be named, and so near beside a nearer one."""
ENOUGH, FEW = 4, 30
"""So many words a line must have, one of them known from so few guides at most, to be compared by words alone: “are you
there?” and “what shall I do” are near to whatever begins like them.
"""
NEAR, FURTHER = 0.8, 0.15
"""So near by words and meaning together, whose likeness is added, and so much further off than the nearest at most.

A clerk is misled by a wrong guide more than helped by a third one: silence is better.
"""
CANDIDATES, TEXTS = 12, 3
"""So many guides are compared by meaning, the nearest by words, each by so many of its questions: the bot does nothing
else meanwhile."""
MOST = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """A guide that may be near: how near by words (0 to 1), and those of its questions that are nearest."""

    slug: str
    by_words: float
    questions: Sequence[str]


class GuideWords:
    """The words of some guides' questions and names: slugs and texts. A word that few texts have says more."""

    def __init__(self, texts: Sequence[tuple[str, str]]) -> None:
        self._texts = texts
        found = [words_in(said) for _, said in self._texts]
        often = Counter(word for words in found for word in words)
        self._unheard = math.log(1 + len(found))
        self._weights = {word: math.log(1 + len(found) / count) for word, count in often.items()}
        self._lengths = [self._length(words) for words in found]
        self._holding: dict[str, list[int]] = defaultdict(list)
        guides: dict[str, set[str]] = defaultdict(set)
        for place, words in enumerate(found):
            for word in words:
                self._holding[word].append(place)
                guides[word].add(texts[place][0])
        self._telling = {word for word, of in guides.items() if len(of) <= FEW}

    def candidates(self, said: str) -> list[Candidate]:
        """The guides that are nearest by words, the nearest first."""
        words = words_in(said)
        shared: dict[int, float] = defaultdict(float)
        for word in words:
            for place in self._holding.get(word, ()):
                shared[place] += self._weights[word] ** 2
        length = self._length(words)
        of_guide: dict[str, list[tuple[float, str]]] = defaultdict(list)
        for place, weight in shared.items():
            slug, question = self._texts[place]
            of_guide[slug].append((weight / (length * self._lengths[place]), question))
        near = sorted(((max(texts)[0], slug) for slug, texts in of_guide.items()), reverse=True)[:CANDIDATES]
        return [
            Candidate(slug, likeness, [question for _, question in sorted(of_guide[slug], reverse=True)[:TEXTS]])
            for likeness, slug in near
        ]

    def by_words(self, lines: Iterable[str]) -> list[str]:
        """The guides that are near by words alone to the first of some lines that any is near to.

        Only those that are about as near as the nearest: what shares no more than “how do I apply for” is left out.
        """
        for line in lines:
            words = words_in(line)
            if len(words) < ENOUGH or not words & self._telling:
                continue
            near = [one for one in self.candidates(line) if one.by_words >= BY_WORDS]
            if near:
                return [one.slug for one in near if one.by_words >= BESIDE * near[0].by_words][:MOST]
        return []

    def _length(self, words: Iterable[str]) -> float:
        return math.sqrt(sum(self._weights.get(word, self._unheard) ** 2 for word in words)) or 1.0


def words_of(guides: Mapping[str, LocalGuide]) -> GuideWords:
    """The words of a city's guides; cities that offer the same share them."""
    return _of_texts(tuple((slug, said) for slug, local in guides.items() for said in _said_of(local)))


@cache
def _of_texts(texts: tuple[tuple[str, str], ...]) -> GuideWords:
    return GuideWords(texts)


def by_meaning(candidates: Sequence[Candidate], likeness: Sequence[float]) -> list[str]:
    """The candidates that are near, the nearest first; `likeness` is that of all their questions in order, -1 to 1."""
    found, left = list[tuple[float, str]](), iter(likeness)
    for one in candidates:
        best = max((next(left, -1.0) for _ in one.questions), default=-1.0)
        found.append((one.by_words + best, one.slug))
    found.sort(reverse=True)
    return [slug for near, slug in found[:MOST] if near >= max(NEAR, found[0][0] - FURTHER)]


def words_in(said: str) -> frozenset[str]:
    """What texts are compared by: words of letters; other characters, and pairs of them beside each other."""
    lower = said.lower()
    other = "".join(one if one.isalpha() and not one.isascii() else " " for one in lower)
    pairs = {part[at : at + 2] for part in other.split() for at in range(len(part) - 1)}
    return frozenset({*WORD.findall(lower), *pairs, *other.replace(" ", "")})


def _said_of(local: LocalGuide) -> Iterable[str]:
    names = local.guide.names
    return (*local.guide.asked.all, *(one for one in (names.zh_Hans, names.en) if one))
