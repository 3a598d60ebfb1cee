"""Which facts of services answer a message: by both encoders, n-grams, and what is talked of.

How these weigh is fitted on questions of hands that see no facts, labelled by others (`bot/tuning/fit_facts.py`).
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

import numpy as np
from rasa.shared.nlu.training_data.message import Message
from scipy.sparse import csr_matrix, load_npz, save_npz
from scipy.special import softmax

from bot.components import NORMALISED
from bot.components.encoders.encoder import VECTOR, encode
from bot.components.encoders.ngrams import NgramSpace
from bot.components.encoders.reading_encoder import vectors
from bot.questions import FACT, UNSAID

WEIGHTS = Path(__file__).with_name("fact_weights.json")
TOLD, CANDIDATES = 5, 20
"""So many facts are told, the likeliest of so many that are near."""
OF_EVERYBODY: Mapping[str, Sequence[str]] = {
    "account": ("delete_my_data", "change_language", "list_services", "human_agent", "complain_about_bot"),
    "payment_status": ("payment_status", "refund"),
    "subscribe": ("subscribe", "unsubscribe", "latest_announcements"),
}
"""Folders of facts that are no service, and the matters that are theirs."""
OF_PART: Mapping[str, Sequence[str]] = {
    "fee": ("fee", "pay"),
    "papers": ("papers",),
    "steps": ("steps", "after", "pay"),
    "days": ("days", "after"),
    "place": ("place",),
    "hours": ("hours",),
    "who": ("who",),
    "what_if": ("what_if", "refund", "appeal", "after"),
    "other": ("other", "term", "why", "pay"),
}
"""The parts of facts that a part of a question may be about."""
BASE, PART, MATTER, HERE = 0.5, 0.05, 0.3, 0.2
"""What chooses the candidates: half the likeness by the tuned encoder and by n-grams, part, matter, what is at hand."""
NEVER_SAY_NEVER = 1e-3


class Asking:
    """What is known of a message: rows of both encoders, its sentence, and what other heads make of it.

    `at_hand` is the service in front, or that of what was shown last.
    """

    def __init__(
        self,
        sentence: str,
        tuned: np.ndarray,
        first: np.ndarray,
        about: Mapping[str, float],
        matters: Mapping[str, float],
        asks: float,
        at_hand: Optional[str],
    ) -> None:
        self.sentence, self.tuned, self.first = sentence, tuned, first
        self.about, self.matters, self.asks, self.at_hand = about, matters, asks, at_hand

    def part(self, part: str) -> float:
        """Gives how likely a part of facts is asked about."""
        return max((likely for name, likely in self.about.items() if part in OF_PART[name]), default=0.0)

    def matter(self, service: str) -> float:
        """Gives how likely a service is meant; a question that names none is about what is at hand."""
        named = sum(self.matters.get(name, 0.0) for name in OF_EVERYBODY.get(service, (service,)))
        return float(min(1.0, named + (self.matters.get(UNSAID, 0.0) if service == self.at_hand else 0.0)))


class FactIndex:
    """The facts as they are asked for and as they answer; a row a text. `of` has service, name and part of each."""

    def __init__(
        self,
        of: Sequence[Tuple[str, str, str]],
        tuned: np.ndarray,
        first: np.ndarray,
        space: NgramSpace,
        ngrams: csr_matrix,
    ) -> None:
        self._of, self._tuned, self._first, self._space, self._ngrams = list(of), tuned, first, space, ngrams
        self.facts = sorted(set(self._of))
        place = {fact: number for number, fact in enumerate(self.facts)}
        fact = np.array([place[one] for one in self._of], dtype=np.int32)
        self._order = np.argsort(fact, kind="stable")
        self._begins = np.searchsorted(fact[self._order], np.arange(len(self.facts)))
        self._services, self._service = _distinct(service for service, _, _ in self.facts)
        self._parts, self._part = _distinct(part for _, _, part in self.facts)

    @classmethod
    def of_lines(cls, lines: Sequence[Message]) -> "FactIndex":
        """Makes one of the lines of facts."""
        texts = [line.get(NORMALISED) for line in lines]
        space, ngrams = NgramSpace.fit(texts, 1)
        return cls([line.get(FACT) for line in lines], unit(vectors(texts)), _first(texts), space, ngrams)

    def likely(self, asking: Asking) -> List[Tuple[str, str, float]]:
        """Gives (service, fact, probability) of the likeliest facts."""
        if not self.facts:
            return []
        candidates, features = self.weighed(asking)
        likely = _fitted().likely(features, asking.asks)
        best = np.argsort(-likely)[:TOLD]
        return [(*self.facts[candidates[one]][:2], round(float(likely[one]), 4)) for one in best]

    def weighed(self, asking: Asking) -> Tuple[np.ndarray, np.ndarray]:
        """Gives the places of the candidates in `facts`, and what the probability of each is weighed from."""
        places, values = self._space.vector(asking.sentence)
        dense = np.zeros(len(self._space.weights), np.float32)
        dense[places] = values
        rows = [self._best(one) for one in (self._tuned @ asking.tuned, self._first @ asking.first)]
        rows.append(self._best(self._ngrams @ dense))
        part = np.array([asking.part(one) for one in self._parts])[self._part]
        matter = np.array([asking.matter(one) for one in self._services])[self._service]
        here = np.array([float(one == asking.at_hand) for one in self._services])[self._service]
        base = BASE * (rows[0] + rows[2]) + PART * part + MATTER * matter + HERE * here
        near = np.argsort(-base)[:CANDIDATES]
        chosen = [row[near] for row in rows]
        ahead = [row - row.max() for row in chosen]
        away = float(asking.at_hand is not None) - here[near]
        others = [part[near], np.log(matter[near] + NEVER_SAY_NEVER), here[near], away]
        return near, np.column_stack([*chosen, *ahead, *_beyond(chosen, here[near] > 0), *others])

    def _best(self, likeness: np.ndarray) -> np.ndarray:
        """The likeness of the text of each fact that is the nearest."""
        return np.asarray(np.maximum.reduceat(likeness[self._order], self._begins, dtype=np.float64))

    def save(self, folder: Path) -> None:
        """Writes it into a model's folder."""
        (folder / "facts.json").write_text(json.dumps(self._of), encoding="utf-8")
        np.savez(folder / "facts.npz", tuned=self._tuned.astype(np.float16), first=self._first.astype(np.float16))
        (folder / "fact_ngrams").mkdir()
        self._space.save(folder / "fact_ngrams")
        save_npz(folder / "fact_ngrams" / "rows.npz", self._ngrams)

    @classmethod
    def load(cls, folder: Path) -> "FactIndex":
        """Reads it from a model's folder."""
        of = [(service, name, part) for service, name, part in json.loads((folder / "facts.json").read_text("utf-8"))]
        space, ngrams = NgramSpace.load(folder / "fact_ngrams"), load_npz(folder / "fact_ngrams" / "rows.npz")
        with np.load(folder / "facts.npz") as kept:
            return cls(of, kept["tuned"].astype(np.float32), kept["first"].astype(np.float32), space, ngrams)


class Weights:
    """How the figures of each candidate weigh, and what weighs for none of them: a number, and more of a question."""

    def __init__(self, mean: np.ndarray, scale: np.ndarray, weights: np.ndarray, none: np.ndarray) -> None:
        self.mean, self.scale, self.weights, self.none = mean, scale, weights, none

    def likely(self, features: np.ndarray, asks: float) -> np.ndarray:
        """Gives the probability of each candidate; what is missing to one is that it is none."""
        none = self.none @ np.array([1.0, asks])
        return np.asarray(softmax([*((features - self.mean) / self.scale @ self.weights), none])[:-1])


@lru_cache(maxsize=1)
def _fitted() -> Weights:
    kept: Dict[str, Any] = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return Weights(*(np.array(kept[name]) for name in ("mean", "scale", "weights", "none")))


def _beyond(rows: Sequence[np.ndarray], here: np.ndarray) -> List[np.ndarray]:
    """Gives how much nearer the facts of other services are than the nearest of what is at hand, by each likeness."""
    if not here.any():
        return [np.zeros(len(here))] * len(rows)
    return [np.where(here, 0.0, row - row[here].max()) for row in rows]


def of_facts(lines: Iterable[Message]) -> List[Message]:
    """Gives the lines that are of facts of services."""
    return [line for line in lines if line.get(FACT)]


def unit(rows: np.ndarray) -> np.ndarray:
    """Gives each row at length one."""
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-6))


def _first(texts: Sequence[str]) -> np.ndarray:
    return unit(encode(tuple(texts))[:, -VECTOR:]) if texts else np.zeros((0, VECTOR), np.float32)


def _distinct(names: Iterable[str]) -> Tuple[List[str], np.ndarray]:
    """Gives the names, each once, and the place of each among them."""
    places: Dict[str, int] = {}
    found = [places.setdefault(name, len(places)) for name in names]
    return list(places), np.array(found, dtype=np.intp)
