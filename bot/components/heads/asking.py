"""What is known of a message before it is asked what answers it: vectors, what other heads hear, what is at hand."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Dict, FrozenSet, Iterable, Mapping, Optional, Sequence, Tuple

import numpy as np

from bot.components.encoders.encoder import VECTOR, encode
from bot.components.encoders.reading_encoder import reading, vector
from bot.components.encoders.slow_encoder import chinese_share
from bot.components.heads.situation_signs import coverage, signs
from bot.components.heads.text_bank import unit

ORDERS, TOPICS, ACCOUNT = "payment_status", "subscribe", "account"
"""Folders of facts that are of no service: of payments, of notices, of the account itself."""
OF_STANDING: Mapping[str, str] = {"order": ORDERS, "subscription": TOPICS}
"""The folder of facts that what was made is about beside its service."""
OF_SAID: Mapping[str, str] = {"payments": ORDERS, "announcements": TOPICS}
"""The same of what was said last, by the first word of its key."""
CACHED_SENTENCES = 64
LEAST = 1e-4


@dataclass(frozen=True)
class Asking:
    """A message in its situation: vectors of length one, probabilities by the tuned encoder's heads.

    `at_hand` is the service in front, or that of what was shown last; `beside` what else was made or talked of.
    """

    sentence: str
    tuned: np.ndarray
    first: np.ndarray
    asks: float
    about: Mapping[str, float]
    matters: Mapping[str, float]
    commands: Mapping[str, float]
    at_hand: Optional[str] = None
    beside: FrozenSet[str] = frozenset()

    @classmethod
    def of(cls, sentence: str, situation: Optional[Mapping[str, Any]] = None) -> "Asking":
        """Reads a normalised sentence."""
        return cls.of_vectors(sentence, vector(sentence), _first(sentence), situation)

    @classmethod
    def of_vectors(
        cls, sentence: str, tuned: np.ndarray, first: np.ndarray, situation: Optional[Mapping[str, Any]]
    ) -> "Asking":
        """Reads one whose vectors are known."""
        at, encoder = situation or {}, reading()
        about, matters = (_named(encoder.names[head], encoder.scores(head, tuned)) for head in ("about", "matters"))
        found = set(signs(at))
        told = [*(float(sign in found) for sign in encoder.names["signs"]), *coverage(sentence, (), at)]
        commands = _named(encoder.names["commands"], encoder.commands(tuned, np.array(told, np.float32)))
        asks = float(encoder.scores("asks", tuned)[1])
        return cls(sentence, tuned, first, asks, about, matters, commands, at_hand(at), frozenset(_beside(at)))

    def command(self, names: Iterable[str]) -> float:
        """Gives how likely it is one of some commands."""
        return sum(self.commands.get(name, 0.0) for name in names)

    @property
    def manner(self) -> Tuple[float, float]:
        """How long it is, and how much of it is Chinese: what is likely says less of some messages than of others."""
        return float(np.log(len(self.sentence) + 1)), chinese_share(self.sentence)


def at_hand(situation: Mapping[str, Any]) -> Optional[str]:
    """Gives the service in front, or that of what was shown last."""
    shown: Sequence[Mapping[str, Any]] = situation.get("shown") or []
    name: Optional[str] = situation.get("service") or next((one["service"] for one in shown), None)
    return name


def _beside(situation: Mapping[str, Any]) -> Iterable[str]:
    for one in situation.get("standing") or []:
        yield one["service"]
        yield OF_STANDING.get(one["what"], one["service"])
    for key in situation.get("said") or []:
        prefix = key.partition(".")[0]
        yield OF_SAID.get(prefix, prefix)
    yield from situation.get("waiting") or []
    yield from (one["service"] for one in situation.get("shown") or [])


def _named(names: Sequence[str], likely: np.ndarray) -> Dict[str, float]:
    return dict(zip(names, map(float, likely), strict=True))


@lru_cache(maxsize=CACHED_SENTENCES)
def _first(sentence: str) -> np.ndarray:
    return unit(encode((sentence,))[:, -VECTOR:])[0]
