"""What a message asks: whether it asks at all, which part of a matter, and whose matter it is.

Three opinions on the matter stand beside each other: the head that was tuned with the encoder, n-grams, and how near
the message is to what each guide says and to how it is asked for, so that a guide is found on the day it is written.
Which facts of services answer it is weighed beside that, with what is talked of (`fact_index`).
How they weigh is fitted on hands whom none of them has learnt from (`bot/tuning/finish_reading.py`). The encoder is
asked only where the message may be a question.
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import INTENT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.special import expit

from bot.components import COMMANDS, INQUIRY, NORMALISED
from bot.components.component import Learner
from bot.components.encoders.encoder import VECTOR, encode
from bot.components.encoders.ngrams import NgramSpace
from bot.components.encoders.reading_encoder import reading, vector, vectors
from bot.components.heads.fact_index import Asking, FactIndex, of_facts, unit
from bot.components.heads.linear_head import LinearHead
from bot.questions import ASKS, GUIDE, HAND, MATTER, NONE, PASSAGE
from bot.turns import SITUATION

KNOWN = ("answer", "case")
"""Passages by which a guide is found; by the others that which of its parts answers."""
TOLD, PASSAGES_TOLD = 5, 12
"""So many matters, and passages near to the message, are told."""
ASKED, WISHED = "asks", "wishes"
COMMANDS_SURE = 0.85
"""So sure of a command that is no question and begins nothing, a message asks nothing."""
NO_QUESTIONS = ("start", "ask_", "unclear", "out_of_scope", "list", "status", "complain")
"""Commands that a question may be taken for begin so."""
NEVER_SAY_NEVER = 1e-5
RAREST = 3
"""Lines an n-gram must be in: with two the head of so many matters is twice as large, and no more is right."""
LINES_OF_A_SERVICE = 60
CACHED_SENTENCES = 4096
_SEED = 5


class GuideIndex:
    """The guides as they are asked for and as they answer, by vectors of both encoders; a row a text."""

    def __init__(self, of: Sequence[Tuple[str, str, int]], tuned: np.ndarray, first: np.ndarray) -> None:
        self.of, self._tuned, self._first = list(of), tuned, first
        self.slugs = sorted({slug for slug, _, _ in of})
        place = {slug: number for number, slug in enumerate(self.slugs)}
        guide = np.array([place[slug] for slug, _, _ in of], dtype=np.int32)
        self._is_asked = np.array([part == "" for _, part, _ in of])
        is_known = np.array([part in KNOWN for _, part, _ in of])
        self._chosen = [_by_guide(guide, np.flatnonzero(chosen)) for chosen in (self._is_asked, is_known)]

    @classmethod
    def of_lines(cls, lines: Sequence[Message]) -> "GuideIndex":
        """Makes one of the lines of guides."""
        texts = [line.get(NORMALISED) for line in lines]
        return cls([_place_of(line) for line in lines], unit(vectors(texts)), unit(encode(tuple(texts))[:, -VECTOR:]))

    def features(self, tuned: np.ndarray, first: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
        """Gives a row of likenesses for each guide (asked and said, by both encoders), and that of each text."""
        by_tuned, by_first = self._tuned @ tuned, self._first @ first
        rows = [self._best(likeness, *chosen) for likeness in (by_tuned, by_first) for chosen in self._chosen]
        return np.stack(rows, axis=1), by_tuned

    def _best(self, likeness: np.ndarray, order: np.ndarray, begins: np.ndarray, guides: np.ndarray) -> np.ndarray:
        best = np.full(len(self.slugs), -1.0)
        best[guides] = np.maximum.reduceat(likeness[order], begins)
        return best

    def passages(self, likeness: np.ndarray) -> List[Tuple[str, str, int, float]]:
        """Gives the passages that are nearest, each once, the nearest first."""
        found: Dict[Tuple[str, str, int], float] = {}
        for place in np.argsort(-likeness):
            if not self._is_asked[place]:
                found.setdefault(self.of[place], round(float(likeness[place]), 4))
            if len(found) == PASSAGES_TOLD:
                break
        return [(*where, near) for where, near in found.items()]

    def passages_of(self, guide: str, tuned: np.ndarray) -> List[Tuple[str, str, int, float]]:
        """Gives all passages of one guide, each once, the nearest first."""
        places = [place for place, (slug, part, _) in enumerate(self.of) if slug == guide and part]
        likeness = self._tuned[places] @ tuned
        found: Dict[Tuple[str, str, int], float] = {}
        for row in np.argsort(-likeness):
            found.setdefault(self.of[places[row]], round(float(likeness[row]), 4))
        return [(*where, near) for where, near in found.items()]

    def save(self, folder: Path) -> None:
        """Writes it into a model's folder."""
        (folder / "guides.json").write_text(json.dumps(self.of), encoding="utf-8")
        np.savez(folder / "guides.npz", tuned=self._tuned.astype(np.float16), first=self._first.astype(np.float16))

    @classmethod
    def load(cls, folder: Path) -> "GuideIndex":
        """Reads it from a model's folder."""
        of = [(slug, part, number) for slug, part, number in json.loads((folder / "guides.json").read_text("utf-8"))]
        with np.load(folder / "guides.npz") as kept:
            return cls(of, kept["tuned"].astype(np.float32), kept["first"].astype(np.float32))


def _by_guide(guide: np.ndarray, places: np.ndarray) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gives places in the order of their guides, where each guide's begin among them, and which guides these are."""
    order = places[np.argsort(guide[places], kind="stable")]
    guides, begins = np.unique(guide[order], return_index=True)
    return order, begins, guides


def weighing(index: GuideIndex, likeness: np.ndarray, tuned: Dict[str, float], ngrams: Dict[str, float]) -> np.ndarray:
    """Gives for each guide what its probability is weighed from: a row a guide."""
    names = [f"{GUIDE}{slug}" for slug in index.slugs]
    known = np.array([name in tuned for name in names])
    by_tuned = np.log([tuned.get(name, 0.0) + NEVER_SAY_NEVER for name in names])
    if known.any() and not known.all():  # one that was written since the encoder was tuned is neither likely nor not
        by_tuned[~known] = by_tuned[known].max() - 1
    by_ngrams = np.log([ngrams.get(name, 0.0) + NEVER_SAY_NEVER for name in names])
    other = np.full(len(names), np.log(tuned.get(NONE, 0.0) + NEVER_SAY_NEVER))
    also = np.full(len(names), np.log(ngrams.get(NONE, 0.0) + NEVER_SAY_NEVER))
    together = likeness.sum(axis=1)
    second = np.sort(together)[-2] if len(together) > 1 else 0.0
    ahead = [one - one.max() for one in (by_tuned, by_ngrams)]
    return np.column_stack([by_tuned, by_ngrams, other, also, likeness, together - second, *ahead])


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class QuestionHead(Learner):
    """Sets of each message what it asks, or None; stands behind the commands, which say what cannot be a question."""

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """`asked`: the least probability, by the n-grams, that a message asks at all, at which the encoder is asked."""
        return {"asked": 0.08, "inverse_regularisation": 30.0}

    def __init__(self, config: Dict[str, Any]) -> None:
        super().__init__(config)
        self._space: Optional[NgramSpace] = None
        self._asks: Optional[LinearHead] = None
        self._matters: Optional[LinearHead] = None
        self._index: Optional[GuideIndex] = None
        self._facts: Optional[FactIndex] = None
        self._found = lru_cache(CACHED_SENTENCES)(self._find)

    def learn(self, training_data: TrainingData, folder: Path) -> None:
        """Learns what n-grams tell, and the guides; an assistant without questions learns nothing."""
        asked = [line for line in training_data.training_examples if line.get(MATTER)]
        if not any(line.get(ASKS) for line in asked):
            return
        self._index = GuideIndex.of_lines(of_guides(training_data.training_examples))
        self._facts = FactIndex.of_lines(of_facts(training_data.training_examples))
        lines = asked + of_services(training_data)
        of_facts_asked = [line for line in of_facts(training_data.training_examples) if line.get(ASKS)]
        sentences = [line.get(NORMALISED) for line in lines + of_facts_asked]
        self._space, ngrams = NgramSpace.fit(sentences, RAREST)
        asks = [ASKED if line.get(ASKS, line.get(MATTER) is not None) else WISHED for line in lines + of_facts_asked]
        matters = [line.get(MATTER) or line.get(INTENT) for line in lines]
        self._asks = LinearHead.fit(ngrams, asks, self.config["inverse_regularisation"])
        self._matters = LinearHead.fit(ngrams[: len(lines)], matters, self.config["inverse_regularisation"])
        for name, part in (("ngrams", self._space), ("asks", self._asks), ("matters", self._matters)):
            (folder / name).mkdir()
            part.save(folder / name)
        self._index.save(folder)
        self._facts.save(folder)

    def read(self, folder: Path) -> None:
        """Reads what was learnt, and wakes the encoder."""
        if (folder / "ngrams").exists():
            self._space, self._index = NgramSpace.load(folder / "ngrams"), GuideIndex.load(folder)
            self._facts = FactIndex.load(folder)
            self._asks, self._matters = LinearHead.load(folder / "asks"), LinearHead.load(folder / "matters")
            vector("?")

    def process(self, messages: List[Message]) -> List[Message]:
        """Sets what is asked."""
        for message in messages:
            asks = self._index is not None and self._may_ask(message)
            message.set(INQUIRY, self._asked(message) if asks else None, add_to_output=True)
        return messages

    def _asked(self, message: Message) -> Dict[str, Any]:
        """What it asks, where the conversation stands: the facts that answer it, and the guide's text that was told."""
        sentence, situation = message.get(NORMALISED), _situation(message)
        shown = situation.get("shown") or []
        guide = next((one["guide"] for one in shown if one.get("guide")), None)
        own = [] if guide is None else self._index.passages_of(guide, vector(sentence))
        at_hand = situation.get("service") or next((one["service"] for one in shown), None)
        return {**self._found(sentence), "facts": self._facts.likely(self._asking(sentence, at_hand)), "own": own}

    def _asking(self, sentence: str, at_hand: Optional[str]) -> Asking:
        encoder, row = reading(), vector(sentence)
        about, matters = (
            dict(zip(encoder.names[head], map(float, encoder.scores(head, row)), strict=True))
            for head in ("about", "matters")
        )
        first = unit(encode((sentence,))[:, -VECTOR:])[0]
        return Asking(sentence, row, first, about, matters, float(encoder.scores("asks", row)[1]), at_hand)

    def _may_ask(self, message: Message) -> bool:
        commands = message.get(COMMANDS) or []
        if commands and commands[0][1] >= COMMANDS_SURE and not commands[0][0].startswith(NO_QUESTIONS):
            return False
        sentence = message.get(NORMALISED)
        if not any(character.isalpha() for character in sentence):
            return False
        asks = dict(zip(self._asks.intents, self._asks.probabilities_at(*self._space.vector(sentence)), strict=True))
        return bool(asks[ASKED] >= self.config["asked"])

    def _find(self, sentence: str) -> Dict[str, Any]:
        encoder, row, places = reading(), vector(sentence), self._space.vector(sentence)
        tuned = dict(zip(encoder.names["matters"], encoder.scores("matters", row), strict=True))
        ngrams = dict(zip(self._matters.intents, self._matters.probabilities_at(*places), strict=True))
        likeness, of_texts = self._index.features(row, unit(encode((sentence,))[:, -VECTOR:])[0])
        weights, bias = encoder.kept["guide_weights"], encoder.kept["guide_bias"]
        of_guides_found = expit(weighing(self._index, likeness, tuned, ngrams) @ weights + bias)
        about = sorted(zip(encoder.names["about"], encoder.scores("about", row), strict=True), key=lambda one: -one[1])
        return {
            "asks": round(float(encoder.scores("asks", row)[1]), 4),
            "about": [(name, round(float(likely), 4)) for name, likely in about[:3]],
            "matters": _matters(self._index.slugs, of_guides_found, tuned),
            "passages": self._index.passages(of_texts),
        }


def _situation(message: Message) -> Dict[str, Any]:
    """Gives where the conversation stands; nothing of a line that is read alone."""
    context = (message.get("metadata") or {}).get("context") or {}
    return context.get(SITUATION) or {}


def _matters(slugs: Sequence[str], guides: np.ndarray, tuned: Dict[str, float]) -> List[Tuple[str, float]]:
    """Gives whose matter it is: guides as they were weighed; what is left is shared as the tuned head has it."""
    scale = max(1.0, float(guides.sum()))
    found = {f"{GUIDE}{slug}": float(likely) / scale for slug, likely in zip(slugs, guides, strict=True)}
    others = {name: float(likely) for name, likely in tuned.items() if not name.startswith(GUIDE)}
    left, total = 1 - sum(found.values()), sum(others.values()) or 1.0
    found.update({name: left * likely / total for name, likely in others.items()})
    best = sorted(found.items(), key=lambda one: -one[1])[:TOLD]
    return [(name, round(likely, 4)) for name, likely in best]


def of_guides(lines: Sequence[Message]) -> List[Message]:
    """Gives the lines that are of guides: how they are asked for, and their passages."""
    return [line for line in lines if line.get(PASSAGE) or line.get(HAND) == ""]


def of_services(training_data: TrainingData) -> List[Message]:
    """Gives some lines of each intent, drawn by lot, the same always: what is wished, and asks nothing."""
    random, of_intent = np.random.default_rng(_SEED), {}
    for line in training_data.intent_examples:
        of_intent.setdefault(line.get(INTENT), []).append(line)
    of_intent.pop("service_guide", None)
    return [
        lines[place]
        for _, lines in sorted(of_intent.items())
        for place in random.permutation(len(lines))[:LINES_OF_A_SERVICE]
    ]


def _place_of(line: Message) -> Tuple[str, str, int]:
    slug, part, number = line.get(PASSAGE) or (line.get(MATTER)[len(GUIDE) :], "", 0)
    return slug, part, number
