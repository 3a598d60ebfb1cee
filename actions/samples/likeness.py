"""How near a message is to declared words and sample questions: by pieces of a few characters.

Sentences are folded as phrases are (`actions.phrases.plain`), so script and capitals make no difference. Chinese is cut
into runs of one to three characters, all else into words and runs of four characters of a word: so endings and typing
errors matter little. A piece that few samples have says more (inverse document frequency).
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from actions.phrases import plain

HELD = 0.8
"""So much of a word's pieces a text holds that it says the word."""
ROUNDING = 1e-6
RUNS = re.compile("[\u3400-\u9fff]+|[^\\W\u3400-\u9fff_]+")
"""Chinese characters side by side, and words of all else."""
_LATIN = 4

type Pieces = Counter[str]


def pieces(text: str) -> Pieces:
    """The pieces of a text, with how often each stands in it."""
    return Counter(_pieces(plain(text)))


def _pieces(said: str) -> Iterator[str]:
    before = ""
    for run in RUNS.findall(said):
        if is_han(run):
            yield from (run[at : at + size] for size in (1, 2, 3) for at in range(len(run) - size + 1))
            before = ""
            continue
        run = stem(run)
        yield f" {run} "
        if before:
            yield f" {before} {run} "
        before, marked = run, f"<{run}>"
        yield from (marked[at : at + _LATIN] for at in range(len(marked) - _LATIN + 1))


def is_han(run: str) -> bool:
    """Whether a run is of Chinese characters."""
    return "\u3400" <= run[0] <= "\u9fff"


def stem(word: str) -> str:
    """A word without the s of its plural."""
    return word.removesuffix("s") if len(word) > _LATIN else word


class Samples:
    """Samples by name: `near` compares a whole text with them, `held` looks for them within it.

    What is known of the samples alone is counted once: by piece, in which samples it stands and how much it weighs
    there, so that a text is compared with those alone with which it has a piece in common.
    """

    def __init__(self, samples: Mapping[str, Iterable[str]]) -> None:
        self._samples = {name: [pieces(one) for one in written] for name, written in samples.items()}
        every = [(name, one) for name, written in self._samples.items() for one in written]
        often = Counter(piece for _, one in every for piece in one)
        self._rarest = math.log(1 + len(every)) + 1
        self._weights = {piece: self._rarest - math.log(1 + times) for piece, times in often.items()}
        self._every = every
        self._wholes = [sum(map(self._weight, one)) for _, one in every]
        self._lengths: list[float] = []
        self._where: dict[str, list[tuple[int, float]]] = {}
        for place, (_, one) in enumerate(every):
            weighted = self._weighted(one)
            self._lengths.append(math.hypot(*weighted.values()))
            for piece, weight in weighted.items():
                self._where.setdefault(piece, []).append((place, weight))

    def __contains__(self, name: str) -> bool:
        return name in self._samples

    def near(self, text: str) -> list[tuple[str, float]]:
        """How near a text is to the nearest sample of each name, from 0 to 1 (cosine), the nearest first."""
        said = self._weighted(pieces(text))
        length, shared = math.hypot(*said.values()), dict[int, float]()
        for piece, weight in said.items():
            for place, other in self._where.get(piece, ()):
                shared[place] = shared.get(place, 0.0) + weight * other
        found = dict.fromkeys(self._samples, 0.0)
        for place, product in shared.items():
            name, _ = self._every[place]
            found[name] = max(found[name], product / (length * self._lengths[place]))
        return sorted(((name, likeness) for name, likeness in found.items() if likeness > 0), key=lambda one: -one[1])

    def nearest(self, text: str) -> tuple[str | None, float]:
        """The name that a text is nearest to, and how near."""
        return next(iter(self.near(text)), (None, 0.0))

    def held(self, text: str) -> list[tuple[str, float]]:
        """The names of whose samples a text holds one, and how much of it is theirs, the most first."""
        said, theirs = pieces(text), dict[str, set[str]]()
        for place in self._mostly_held(said):
            name, sample = self._every[place]
            held = [piece for piece in sample if piece in said]
            if sum(map(self._weight, held)) / self._wholes[place] >= HELD:
                theirs.setdefault(name, set()).update(held)
        found = [(name, sum(map(self._weight, theirs[name]))) for name in self._samples if name in theirs]
        return sorted(found, key=lambda one: -one[1])

    def _mostly_held(self, said: Pieces) -> list[int]:
        """The samples of which a text holds about enough: added up by piece, in another order than a sample's own."""
        shared: dict[int, float] = {}
        for piece in said:
            weight = self._weight(piece)
            for place, _ in self._where.get(piece, ()):
                shared[place] = shared.get(place, 0.0) + weight
        return [place for place, weight in shared.items() if weight >= (HELD - ROUNDING) * self._wholes[place]]

    def _weight(self, piece: str) -> float:
        return self._weights.get(piece, self._rarest)

    def _weighted(self, counted: Pieces) -> dict[str, float]:
        return {piece: (1 + math.log(times)) * self._weight(piece) for piece, times in counted.items()}
