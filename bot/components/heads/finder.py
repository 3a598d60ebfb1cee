"""Finds what answers a message, a guide or a fact of a service: all that is learnt of it, together.

A head over lines that are alike gives its opinion of both; `GuideIndex` and `FactIndex` put beside it what else speaks
for each, and a `Chooser` for each of them weighs that into probabilities.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Collection, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

import numpy as np
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.heads.asking import Asking
from bot.components.heads.chooser import Chooser, Example
from bot.components.heads.fact_index import FactIndex, names_nothing, of_everybody
from bot.components.heads.guide_index import GuideIndex, Weighed
from bot.components.heads.kernel_head import KernelHead
from bot.components.heads.matter_lines import FACT_OF, MatterLine, Nearest, is_of_a_guide, matter_lines, of_facts
from bot.components.heads.text_bank import Near, TextBank
from bot.questions import PASSAGE, RIGHT
from bot.turns import EMPTY, SITUATION

RAREST = 2
FACTS_TOLD = 5
NEAR_GUIDES, NEAR_FACTS = 48, 64
"""Of so many guides, and facts, that the lines which are most like a message mean, it is weighed what all lines say;
three times as many as may become candidates. To the others it is nothing."""
CACHED_SENTENCES = 64
_GUIDES, _FACTS = "of_guides.npz", "of_facts.npz"


@dataclass(frozen=True)
class Compared:
    """How near a message is to each line, and to each passage of a guide; what lines that are alike say of it."""

    lines: Near
    said: np.ndarray
    scores: Dict[str, float]


class Finder:
    """What answers a message."""

    def __init__(
        self,
        bank: TextBank,
        head: KernelHead,
        guides: GuideIndex,
        facts: FactIndex,
        of_guides: Optional[Chooser],
        of_facts_: Optional[Chooser],
    ) -> None:
        self._bank, self._head, self.guides, self._facts = bank, head, guides, facts
        self._of_guides, self._of_facts = of_guides, of_facts_
        self._compared = lru_cache(CACHED_SENTENCES)(self._compare)
        meant = [[*of_guide, *of_fact] for of_guide, of_fact in zip(guides.meant, facts.meant, strict=True)]
        self._nearest = Nearest(meant, head.names)
        kinds = [(is_of_a_guide(name), name.startswith(FACT_OF)) for name in head.names]
        self._groups = [
            (np.array([place for place, kind in enumerate(kinds) if kind == of], np.intp), most)
            for of, most in (((True, False), NEAR_GUIDES), ((False, True), NEAR_FACTS), ((False, False), len(kinds)))
        ]

    @classmethod
    def fit(cls, data: TrainingData, tuned_on: Collection[str]) -> "Finder":
        """Learns from lines of training.

        Args:
            tuned_on: hands whose questions the tuned encoder has learnt from: nothing is weighed on these.
        """
        lines, hands = matter_lines(data), [line.hand for line in matter_lines(data)]
        bank = TextBank.of_texts([line.text for line in lines], RAREST)
        head, apart = KernelHead.fit(bank, [line.meant for line in lines], hands)
        passages = [line for line in data.training_examples if line.get(PASSAGE)]
        guides = GuideIndex.of_lines(passages, lines)
        facts = FactIndex.of_lines(of_facts(data.training_examples), lines)
        made = cls(bank, head, guides, facts, None, None)
        of_guides, of_facts_ = made._examples(lines, apart, tuned_on)
        return cls(bank, head, guides, facts, _fitted(of_guides), _fitted(of_facts_))

    def _examples(
        self, lines: Sequence[MatterLine], apart: Mapping[str, np.ndarray], tuned_on: Collection[str]
    ) -> Tuple[List[Example], List[Example]]:
        """Gives what guides, and what facts, are weighed on: lines as they look to all that has not learnt them.

        What names no matter where something is at hand ("and if I am late?") is answered by nothing where nothing is.
        """
        of_guides, of_facts_ = list[Example](), list[Example]()
        for line, asking, compared in self._left_out(lines, apart):
            if line.first and line.hand not in tuned_on:
                guide = next((name for name in line.meant if is_of_a_guide(name)), None)
                of_guides.append(
                    _example(self._guide(asking, compared), self.guides.names, {guide} if guide else set())
                )
            if line.source.get(RIGHT) is not None:
                right = {name for name in line.meant if name.startswith(FACT_OF)}
                of_facts_.append(_example(self._fact(asking, compared), self._facts.names, right))
                if names_nothing(asking) and not of_everybody(right):
                    out_of_it = Asking.of_vectors(asking.sentence, asking.tuned, asking.first, EMPTY)
                    of_facts_.append(_example(self._fact(out_of_it, compared), self._facts.names, set()))
        return of_guides, of_facts_

    def _guide(self, asking: Asking, compared: Compared) -> Weighed:
        return self.guides.weighed(asking, compared.lines, compared.said, compared.scores)

    def _fact(self, asking: Asking, compared: Compared) -> Weighed:
        return self._facts.weighed(asking, compared.lines, compared.scores)

    def _left_out(
        self, lines: Sequence[MatterLine], apart: Mapping[str, np.ndarray]
    ) -> Iterator[Tuple[MatterLine, Asking, Compared]]:
        hands = np.array([line.hand for line in lines])
        for hand, scored in apart.items():
            rows, own = np.flatnonzero(hands == hand), hands == hand
            near = self._bank.among_themselves(rows)
            for number, row in enumerate(rows):
                line, tuned, first = lines[row], self._bank.tuned[row], self._bank.first[row]
                asking = Asking.of_vectors(line.text, tuned, first, line.source.get(SITUATION))
                scores = self._named(scored[number])
                yield line, asking, Compared(near.of(number).without(own), self.guides.near(tuned), scores)

    def likely_guides(self, asking: Asking) -> Dict[str, float]:
        """Gives the probability of each guide that may be meant (`guide:<slug>`)."""
        weighed = self._guide(asking, self.compared(asking))
        return {self.guides.names[place]: likely for place, likely in _likely(self._of_guides, weighed)}

    def likely_facts(self, asking: Asking) -> List[Tuple[str, str, float]]:
        """Gives (service, fact, probability) of the likeliest facts."""
        weighed = self._fact(asking, self.compared(asking))
        best = sorted(_likely(self._of_facts, weighed), key=lambda one: -one[1])[:FACTS_TOLD]
        return [(*self._facts.facts[place][:2], round(likely, 4)) for place, likely in best]

    def compared(self, asking: Asking) -> Compared:
        """Gives how near it is to all that is known."""
        return self._compared(asking.sentence, asking.tuned.tobytes(), asking.first.tobytes())

    def _compare(self, sentence: str, tuned: bytes, first: bytes) -> Compared:
        by_tuned = np.frombuffer(tuned, np.float32)
        near = self._bank.near(sentence, by_tuned, np.frombuffer(first, np.float32))
        alike = near.alike()
        places = self._near_names(alike)
        scores = zip(places, self._head.scores(alike, places).tolist(), strict=True)
        return Compared(near, self.guides.near(by_tuned), {self._head.names[place]: score for place, score in scores})

    def _near_names(self, alike: np.ndarray) -> np.ndarray:
        """Gives the places of the guides and facts that the nearest lines mean, and of all else that is meant."""
        nearest = self._nearest.of(alike)
        return np.concatenate(
            [group[np.argsort(-nearest[group], kind="stable")[:most]] for group, most in self._groups]
        )

    def _named(self, scores: np.ndarray) -> Dict[str, float]:
        return dict(zip(self._head.names, scores.tolist(), strict=True))

    def save(self, folder: Path) -> None:
        """Writes it into a model's folder."""
        self._bank.save(folder, "lines")
        for part in (self._head, self.guides, self._facts):
            part.save(folder)
        for name, chooser in ((_GUIDES, self._of_guides), (_FACTS, self._of_facts)):
            if chooser is not None:
                chooser.save(folder / name)

    @classmethod
    def load(cls, folder: Path) -> "Finder":
        """Reads it from a model's folder."""
        choosers = [Chooser.load(folder / name) if (folder / name).exists() else None for name in (_GUIDES, _FACTS)]
        bank, head = TextBank.load(folder, "lines"), KernelHead.load(folder)
        return cls(bank, head, GuideIndex.load(folder), FactIndex.load(folder), *choosers)


def _example(weighed: Weighed, names: Sequence[str], right: Collection[str]) -> Example:
    is_right = np.array([names[place] in right for place in weighed.places], bool)
    return Example(weighed.figures, weighed.message, is_right, bool(right))


def _fitted(examples: Sequence[Example]) -> Optional[Chooser]:
    """One that is fitted; None where nobody asked what is answered, or what is not."""
    told = {one.answered for one in examples}
    return Chooser.fit(examples) if len(told) == 2 and any(one.right.any() for one in examples) else None


def _likely(chooser: Optional[Chooser], weighed: Weighed) -> List[Tuple[int, float]]:
    if chooser is None or not len(weighed.places):
        return []
    likely = chooser.likely(weighed.figures, weighed.message)
    return [(int(place), float(one)) for place, one in zip(weighed.places, likely, strict=True)]
