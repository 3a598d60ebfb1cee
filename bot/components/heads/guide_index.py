"""Which guide a message is about: as lines that are like it are, as it was asked for, and as guides answer.

How these weigh, and when no guide is meant, is fitted on questions of hands that none has learnt from (`chooser`).
"""

import json
from pathlib import Path
from typing import Dict, List, Mapping, NamedTuple, Sequence, Tuple

import numpy as np
from rasa.shared.nlu.training_data.message import Message

from bot.components import NORMALISED
from bot.components.encoders.eight_bits import EightBits
from bot.components.encoders.reading_encoder import vectors
from bot.components.heads.asking import LEAST, Asking
from bot.components.heads.matter_lines import FACT_OF, MatterLine, Nearest, ahead, highest, is_of_a_guide
from bot.components.heads.text_bank import Near, unit, written
from bot.questions import GUIDE, LANGUAGES, NONE, PASSAGE, UNSAID

KNOWN = ("answer", "case")
"""Passages by which a guide is found; by the others that which of its parts answers."""
CANDIDATES, PASSAGES_TOLD, NEIGHBOURS = 16, 12, 10
"""So many guides are weighed, passages told, and lines by residents asked how many of them a guide answers."""
KERNEL, TUNED = 6.0, 0.5
"""What chooses the candidates beside likeness: the score by lines that are alike, and the tuned head's log odds."""


class Weighed(NamedTuple):
    """Candidates by their place, a row of figures each, and the figures of the message."""

    places: np.ndarray
    figures: np.ndarray
    message: np.ndarray


class GuideIndex:
    """The guides: `of` and `tuned` are their passages, a row a passage and language; `lines` what is compared."""

    def __init__(
        self,
        of: Sequence[Tuple[str, str, int]],
        tuned: np.ndarray,
        meant: Sequence[Sequence[str]],
        hands: Sequence[str],
    ) -> None:
        self.of, self._tuned, self.meant, self._hands = list(of), tuned, meant, list(hands)
        self._said_near = EightBits(tuned)
        named = [next((one for one in each if is_of_a_guide(one)), None) for each in meant]
        slugs = {slug for slug, _, _ in of} | {one[len(GUIDE) :] for one in named if one is not None}
        self.slugs = sorted(slugs)
        self.names = [f"{GUIDE}{slug}" for slug in self.slugs]
        by_residents = np.array([hand != "" for hand in hands], bool)
        own = [None if by_residents[row] else name for row, name in enumerate(named)]
        theirs = [name if by_residents[row] else None for row, name in enumerate(named)]
        self._asked, self._by_residents = (Nearest.of_one(one, self.names) for one in (own, theirs))
        known = [f"{GUIDE}{slug}" if part in KNOWN else None for slug, part, _ in of]
        self._said = Nearest.of_one(known, self.names)
        has_guide = np.array([name is not None for name in named], bool)
        self._answered = np.flatnonzero(by_residents & has_guide)
        others = [bool(set(each)) and not has_guide[row] for row, each in enumerate(meant)]
        self._unanswered = np.flatnonzero(by_residents & np.array(others, bool))

    @classmethod
    def of_lines(cls, passages: Sequence[Message], lines: Sequence[MatterLine]) -> "GuideIndex":
        """Makes one of the passages of guides, and of the lines that a message is compared with."""
        texts = [line.get(NORMALISED) for line in passages]
        tuned = unit(vectors(texts)) if texts else np.zeros((0, 1), np.float32)
        meant = [sorted(name for name in line.meant if not name.startswith(FACT_OF)) for line in lines]
        hands = [line.hand if line.first else "" for line in lines]
        return cls([line.get(PASSAGE) for line in passages], tuned.astype(np.float32), meant, hands)

    def near(self, tuned: np.ndarray) -> np.ndarray:
        """Gives how near a message is to each passage."""
        return self._said_near.near(tuned)

    def weighed(self, asking: Asking, lines: Near, said: np.ndarray, scores: Mapping[str, float]) -> Weighed:
        """Gives the guides that may be meant, with what speaks for each, and what speaks for none.

        Args:
            lines: how near the message is to each line; `said`, to each passage.
            scores: what lines that are alike say of it, by what is meant.
        """
        kernel = np.array([scores.get(name, 0.0) for name in self.names])
        tuned = self._by_tuned(asking.matters)
        likeness = [self._asked.of(lines.tuned), self._said.of(said), self._by_residents.of(lines.tuned)]
        places = np.argsort(-(KERNEL * kernel + TUNED * tuned + sum(likeness)), kind="stable")[:CANDIDATES]
        chosen = [one[places] for one in (kernel, tuned, *likeness)]
        figures = np.column_stack([column for one in chosen for column in (one, ahead(one))])
        return Weighed(places, figures, self._message(asking, lines, scores, float(kernel.max(initial=0.0))))

    def _by_tuned(self, matters: Mapping[str, float]) -> np.ndarray:
        """What the tuned head makes of each; of one that was written since it was tuned, neither likely nor not."""
        known = np.array([name in matters for name in self.names], bool)
        found = np.log([matters.get(name, 0.0) + LEAST for name in self.names])
        if known.any() and not known.all():
            found[~known] = found[known].max() - 1
        return np.asarray(found)

    def _message(self, asking: Asking, lines: Near, scores: Mapping[str, float], best: float) -> np.ndarray:
        none = scores.get(NONE, 0.0)
        others_scored = [(name, score) for name, score in scores.items() if name != NONE and not is_of_a_guide(name)]
        facts = max((score for name, score in others_scored if name.startswith(FACT_OF)), default=0.0)
        services = max((score for name, score in others_scored if not name.startswith(FACT_OF)), default=0.0)
        matters = [
            one for name, one in asking.matters.items() if name not in (NONE, UNSAID) and not is_of_a_guide(name)
        ]
        others = max(matters, default=0.0)
        heard = [asking.matters.get(NONE, 0.0), asking.matters.get(UNSAID, 0.0), others]
        logs = np.log(np.array(heard) + LEAST)
        return np.array([none, services, facts, best - none, *logs, *self._neighbours(lines.tuned), *asking.manner])

    def _neighbours(self, likeness: np.ndarray) -> Tuple[float, float, float]:
        """Gives how near the nearest line is that no guide answers, and that one does; and the share of the former."""
        without, having = likeness[self._unanswered], likeness[self._answered]
        both = np.concatenate([without, having])
        nearest = highest(both, NEIGHBOURS)
        share = both[nearest[nearest < len(without)]].sum() / max(float(both[nearest].sum()), LEAST)
        return float(without.max(initial=0.0)), float(having.max(initial=0.0)), float(share)

    def passages(self, likeness: np.ndarray) -> List[Tuple[str, str, int, float]]:
        """Gives the passages that are nearest, each once, the nearest first."""
        return self._told(highest(likeness, PASSAGES_TOLD * len(LANGUAGES)), likeness, PASSAGES_TOLD)

    def passages_of(self, guide: str, likeness: np.ndarray) -> List[Tuple[str, str, int, float]]:
        """Gives all passages of one guide, each once, the nearest first."""
        own = np.array([place for place, (slug, _, _) in enumerate(self.of) if slug == guide], dtype=np.intp)
        return self._told(own[np.argsort(-likeness[own], kind="stable")], likeness, len(own))

    def _told(self, order: np.ndarray, likeness: np.ndarray, most: int) -> List[Tuple[str, str, int, float]]:
        found: Dict[Tuple[str, str, int], float] = {}
        for place in order:
            found.setdefault(self.of[place], round(float(likeness[place]), 4))
            if len(found) == most:
                break
        return [(*where, near) for where, near in found.items()]

    def save(self, folder: Path) -> None:
        """Writes it into a model's folder."""
        written(folder / "guides.json", {"of": self.of, "meant": self.meant, "hands": self._hands})
        np.savez(folder / "guides.npz", tuned=self._tuned.astype(np.float16))

    @classmethod
    def load(cls, folder: Path) -> "GuideIndex":
        """Reads it from a model's folder."""
        kept = json.loads((folder / "guides.json").read_text(encoding="utf-8"))
        of = [(slug, part, number) for slug, part, number in kept["of"]]
        with np.load(folder / "guides.npz") as arrays:
            return cls(of, arrays["tuned"], kept["meant"], kept["hands"])
