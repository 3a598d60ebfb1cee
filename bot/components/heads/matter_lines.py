"""The lines from which it is learnt whose matter a message is, and which fact answers it; each with what it means."""

from dataclasses import dataclass
from typing import Collection, Dict, FrozenSet, List, Optional, Sequence

import numpy as np
from rasa.shared.nlu.constants import INTENT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components import NORMALISED
from bot.questions import FACT, GUIDE, GUIDED, HAND, MATTER, PASSAGE, RIGHT

FACT_OF = "fact:"
"""What a fact is called as something that is meant begins so."""
LINES_OF_A_SERVICE, COMPARED = 60, 30
"""So many lines of each intent tell n-grams what asks nothing, and so many the comparison of lines what is wished."""
_SEED = 5


@dataclass(frozen=True)
class MatterLine:
    """A line: who wrote it ("" of guides, facts and services) and what it means: guides, facts, a service, `none`.

    `first` is whether it is somebody's first words; `source` is the line of training.
    """

    text: str
    hand: str
    meant: FrozenSet[str]
    first: bool
    source: Message


def matter_lines(data: TrainingData) -> List[MatterLine]:
    """Gives all of them."""
    found = [_line(line) for line in data.training_examples if line.get(MATTER) or line.get(RIGHT) is not None]
    found += [
        MatterLine(line.get(NORMALISED), "", frozenset({fact_name(line)}), False, line)
        for line in of_facts(data.training_examples)
    ]
    wished = of_services(data, COMPARED)
    return found + [MatterLine(one.get(NORMALISED), "", frozenset({one.get(INTENT)}), False, one) for one in wished]


def _line(line: Message) -> MatterLine:
    matter: Optional[str] = line.get(MATTER)
    guide: Optional[str] = line.get(GUIDED)
    meant = {*({matter} if matter else ()), *({f"{GUIDE}{guide}"} if guide else ())}
    meant |= {f"{FACT_OF}{name}" for name in line.get(RIGHT) or ()}
    return MatterLine(line.get(NORMALISED), line.get(HAND) or "", frozenset(meant), bool(matter), line)


def fact_name(line: Message) -> str:
    """What the fact of a text is called."""
    service, name, _ = line.get(FACT)
    return f"{FACT_OF}{service}.{name}"


def of_facts(lines: Sequence[Message]) -> List[Message]:
    """Gives the lines that are of facts of services."""
    return [line for line in lines if line.get(FACT)]


def of_guides(lines: Sequence[Message]) -> List[Message]:
    """Gives the lines that are of guides: how they are asked for, and their passages."""
    return [line for line in lines if line.get(PASSAGE) or line.get(HAND) == ""]


def of_services(data: TrainingData, most: int = LINES_OF_A_SERVICE) -> List[Message]:
    """Gives some lines of each intent, drawn by lot, the same always: what is wished, and asks nothing."""
    random, of_intent = np.random.default_rng(_SEED), dict[str, List[Message]]()
    for line in data.intent_examples:
        of_intent.setdefault(line.get(INTENT), []).append(line)
    of_intent.pop("service_guide", None)
    return [lines[place] for _, lines in sorted(of_intent.items()) for place in random.permutation(len(lines))[:most]]


class Nearest:
    """Which lines mean what, for the nearest of them to be found."""

    def __init__(self, of: Sequence[Collection[str]], names: Sequence[str]) -> None:
        place: Dict[str, int] = {name: number for number, name in enumerate(names)}
        pairs = [(place[name], row) for row, each in enumerate(of) for name in each]
        known, self._order = np.array(sorted(pairs), dtype=np.intp).reshape(-1, 2).T
        self._which, self._begins = np.unique(known, return_index=True)
        self._count = len(names)

    @classmethod
    def of_one(cls, of: Sequence[Optional[str]], names: Sequence[str]) -> "Nearest":
        """Makes one where a line means one name or none."""
        return cls([() if one is None else (one,) for one in of], names)

    def of(self, likeness: np.ndarray) -> np.ndarray:
        """Gives for each name the likeness of the nearest line that means it; 0 where there is none."""
        best = np.zeros(self._count)
        if len(self._order):
            best[self._which] = np.maximum.reduceat(likeness[self._order], self._begins)
        return best


def ahead(figures: np.ndarray) -> np.ndarray:
    """Gives how much higher each figure is than the highest of the others."""
    if len(figures) < 2:
        return np.zeros(len(figures))
    second, best = np.sort(figures)[-2:]
    return np.asarray(figures - np.where(figures == best, second, best))


def highest(figures: np.ndarray, count: int) -> np.ndarray:
    """Gives the places of the highest of some figures, the highest first."""
    among = np.arange(len(figures))
    if count < len(figures):
        among = np.sort(np.argpartition(figures, -count)[-count:])
    return among[np.argsort(-figures[among], kind="stable")]


def is_of_a_guide(name: str) -> bool:
    """Whether what is meant is a guide."""
    return name.startswith(GUIDE)
