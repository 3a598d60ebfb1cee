"""What a message wants in its situation: a command of the dialogue's list, with its probability.

Two heads read the message together with the situation (what was asked, shown, made, offered) and with the values found
in it: a network on the first encoder's numbers, and a linear one on n-grams. They learn from turns, and from a few
lines of each intent as what is said where nothing was said before. Where both together are unsure, a third one, that
was tuned with the slow encoder, counts as much as they do. What they say is one evidence of several; the dialogue
weighs it (docs/explanation/dialogue.md).
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import ENTITIES, INTENT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, hstack

from bot.components import COMMANDS, NORMALISED, VALUES
from bot.components.component import Learner
from bot.components.encoders.encoder import encode
from bot.components.encoders.ngrams import NgramSpace, template
from bot.components.encoders.reading_encoder import reading, vector
from bot.components.heads.linear_head import LinearHead
from bot.components.heads.network_head import NetworkHead
from bot.components.heads.situation_signs import coverage, signs
from bot.turns import COMMAND, EMPTY, GIVEN, SITUATION

OF_INTENTS: Mapping[str, str] = {
    "affirm": "confirm",
    "cancel": "cancel_this",
    "change_appointment": "move",
    "change_city": "city",
    "change_language": "language",
    "complain_about_bot": "complain",
    "correct": "change",
    "delete_my_data": "erase",
    "deny": "refuse",
    "human_agent": "person",
    "inform": "provide",
    "list_services": "list",
    "payment_status": "status",
    "request_status": "status",
    **{
        name: name
        for name in (
            *("choose", "go_back", "goodbye", "greet", "out_of_scope", "refund", "restart", "subscribe", "thanks"),
            "unsubscribe",
        )
    },
}
"""The command of a line of an intent (`desk.contract.commands`); of any other intent it is a `start`."""
START = "start"


TOLD = 5
"""So many commands are told, the likeliest first."""
NEVER_SAY_NEVER = 1e-4
SURE = 0.8
"""So sure of a command, the tuned head is not asked: of turns by others it is asked of two in five, and no fewer are
right."""
LOUD_WORDS = np.float32(3)
"""N-grams, which have length one together, are so much louder than a sign."""
CACHED_MESSAGES = 4096
_FILE = "commands.json"
_SEED = 5


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class CommandHead(Learner):
    """Sets the commands of each message; stands behind the tagger, whose values it reads."""

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """`lines`: so many of each intent stand for what is said where nothing was said before; `often`: how often a
        turn is seen for one time of a line; `loud`: how much louder signs are than the encoder's numbers."""
        return {"lines": 40, "often": 2, "loud": 4, "inverse_regularisation": 6.0}

    def __init__(self, config: Dict[str, Any]) -> None:
        super().__init__(config)
        self._known: List[str] = []
        self._space: Optional[NgramSpace] = None
        self._linear: Optional[LinearHead] = None
        self._network: Optional[NetworkHead] = None
        self._probabilities = lru_cache(CACHED_MESSAGES)(self._guess)

    def learn(self, training_data: TrainingData, folder: Path) -> None:
        """Learns both heads from turns and lines, and writes them; without turns it learns nothing."""
        turns = [one for one in training_data.training_examples if one.get(COMMAND)]
        self._known = sorted({sign for one in turns for sign in signs(one.get(SITUATION))} | set(signs(EMPTY)))
        if turns:
            examples = [_of_turn(one) for one in turns] * self.config["often"]
            examples += [_of_line(one) for one in self._lines(training_data)]
            self._fit(examples, folder)
        (folder / _FILE).write_text(json.dumps(self._known if turns else []), encoding="utf-8")

    def _lines(self, training_data: TrainingData) -> List[Message]:
        """Gives some lines of each intent, drawn by lot, the same always."""
        random, of_intent = np.random.default_rng(_SEED), {}
        for line in training_data.intent_examples:
            of_intent.setdefault(line.get(INTENT), []).append(line)
        return [
            lines[place]
            for _, lines in sorted(of_intent.items())
            for place in random.permutation(len(lines))[: self.config["lines"]]
        ]

    def _fit(self, examples: Sequence["_Example"], folder: Path) -> None:
        labels = [one.command for one in examples]
        extra = np.array([self._extra(one.text, one.given, one.situation) for one in examples], np.float32)
        self._space, ngrams = NgramSpace.fit([one.sentence for one in examples])
        self._linear = LinearHead.fit(_beside(ngrams, extra), labels, self.config["inverse_regularisation"])
        dense = np.concatenate([encode(tuple(one.text for one in examples)), self._louder(extra)], axis=1)
        self._network = NetworkHead.fit(dense, labels)
        for name, head in (("ngrams", self._space), ("linear", self._linear), ("network", self._network)):
            (folder / name).mkdir()
            head.save(folder / name)

    def read(self, folder: Path) -> None:
        """Reads both heads."""
        self._known = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        if self._known:
            self._space = NgramSpace.load(folder / "ngrams")
            self._linear, self._network = LinearHead.load(folder / "linear"), NetworkHead.load(folder / "network")

    def process(self, messages: List[Message]) -> List[Message]:
        """Sets the commands: [name, probability], the likeliest first; none of a text without a letter or digit."""
        for message in messages:
            message.set(COMMANDS, self._told(message), add_to_output=True)
        return messages

    def _told(self, message: Message) -> List[Tuple[str, float]]:
        text = message.get(NORMALISED)
        if not self._known or not any(character.isalnum() for character in text):
            return []
        context = ((message.get("metadata") or {}).get("context") or {}).get(SITUATION)
        given = tuple((one["entity"], one["value"]) for one in message.get(ENTITIES) or [])
        sentence = template(text, message.get(VALUES))
        likely = self._probabilities(text, sentence, given, json.dumps(context, sort_keys=True))
        best = np.argsort(-likely)[:TOLD]
        return [(self._network.intents[place], round(float(likely[place]), 4)) for place in best]

    def _guess(self, text: str, sentence: str, given: Tuple[Tuple[str, str], ...], situation: str) -> np.ndarray:
        extra = np.array([self._extra(text, given, json.loads(situation))], np.float32)
        places, values = self._space.vector(sentence)
        by_words = self._linear.probabilities_at(places, LOUD_WORDS * values, extra[0])
        dense = np.concatenate([encode((text,)), self._louder(extra)], axis=1)
        both = np.sqrt((self._network.probabilities(dense)[0] + NEVER_SAY_NEVER) * (by_words + NEVER_SAY_NEVER))
        both /= both.sum()
        if both.max() < SURE:
            both = np.sqrt(both * (self._tuned(text, extra[0]) + NEVER_SAY_NEVER))
        return np.asarray(both / both.sum())

    def _tuned(self, text: str, extra: np.ndarray) -> np.ndarray:
        """Gives what the tuned head makes of it, in the order of the others; signs that it does not know are left."""
        encoder = reading()
        names = encoder.names["signs"]
        of_signs = dict(zip(self._known, extra, strict=False))
        situation = np.array([*(of_signs.get(name, 0.0) for name in names), *extra[len(self._known) :]], np.float32)
        likely = dict(zip(encoder.names["commands"], encoder.commands(vector(text), situation), strict=True))
        return np.array([likely.get(name, 0.0) for name in self._network.intents])

    def _extra(self, text: str, given: Sequence[Sequence[str]], situation: Optional[Mapping[str, Any]]) -> List[float]:
        found = set(signs(situation))
        return [float(sign in found) for sign in self._known] + coverage(text, given, situation)

    def _louder(self, extra: np.ndarray) -> np.ndarray:
        """The signs several times over: beside the encoder's many numbers few would not be heard."""
        return np.repeat(extra, self.config["loud"], axis=1)


class _Example:
    def __init__(self, message: Message, command: str, situation: Any, given: Sequence[Sequence[str]]) -> None:
        self.text: str = message.get(NORMALISED)
        self.sentence = template(self.text, message.get(VALUES))
        self.command, self.situation, self.given = command, situation, given


def _of_turn(message: Message) -> _Example:
    return _Example(message, message.get(COMMAND), message.get(SITUATION), message.get(GIVEN))


def _of_line(message: Message) -> _Example:
    given = [(one["entity"], one["value"]) for one in message.get(ENTITIES) or []]
    return _Example(message, OF_INTENTS.get(message.get(INTENT), START), EMPTY, given)


def _beside(ngrams: csr_matrix, extra: np.ndarray) -> csr_matrix:
    """N-grams, and behind them the signs."""
    return hstack([ngrams * LOUD_WORDS, csr_matrix(extra)]).tocsr()
