"""Marks entities by a conditional random field over tokens (a Han character is one); sure values go before."""

import json
from pathlib import Path
from typing import Any, Dict, Iterable, List, Optional, Sequence, Tuple

import pycrfsuite
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.nlu.tokenizers.tokenizer import Token
from rasa.shared.nlu.constants import (
    ENTITIES,
    ENTITY_ATTRIBUTE_END,
    ENTITY_ATTRIBUTE_ROLE,
    ENTITY_ATTRIBUTE_START,
    ENTITY_ATTRIBUTE_TYPE,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components import GUESS, NORMALISED, VALUES
from bot.components.component import Learner
from bot.components.entities.gazetteer import Gazetteer
from bot.components.entities.spans import Span, without_overlaps
from bot.components.entities.tag_features import features

_FILE = "tagger.crfsuite"
_NAMES = "names.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class CharacterTagger(Learner, EntityExtractorMixin):
    """Sets the entities of each message; stands after the first two heads, whose guess tells a stop from a place.

    What the slow head corrects comes too late for it, which costs nothing (docs/decisions/0008-understanding.md): while
    it is trained, the slow encoder works on the other core.
    """

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """`least_seen`: rarer features are left out. Learnt by averaged perceptron: as right as 30 iterations of
        L-BFGS, in a third of the time; 16 passes are no more right than 12."""
        return {"iterations": 12, "least_seen": 3}

    def __init__(self, config: Dict[str, Any]) -> None:
        super().__init__(config)
        self._names = Gazetteer.of({})
        self._model = b""  # the tagger reads from it as long as it lives
        self._tagger = pycrfsuite.Tagger()

    def learn(self, training_data: TrainingData, folder: Path) -> None:
        """Learns from all lines, those without entities too, and writes what it learnt."""
        lines = training_data.intent_examples
        names = {table["name"]: table["elements"] for table in training_data.lookup_tables}
        self._names = Gazetteer.of(names)
        trainer = pycrfsuite.Trainer(algorithm="ap", verbose=False)
        trainer.set_params({"max_iterations": self.config["iterations"], "feature.minfreq": self.config["least_seen"]})
        for line in lines:
            tokens = line.get(TOKENS_NAMES[TEXT]) or []
            if tokens:
                trainer.append(self._features(line), labels(tokens, line.get(ENTITIES, [])))
        trainer.train(str(folder / _FILE))
        (folder / _NAMES).write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")

    def process(self, messages: List[Message]) -> List[Message]:
        """Sets the entities."""
        for message in messages:
            text = message.get(TEXT) or ""
            tokens = message.get(TOKENS_NAMES[TEXT]) or []
            sure = [value for value in message.get(VALUES) if value.sure]
            tagged: List[Span] = []
            if tokens:
                tagged = spans(tokens, self._tagger.tag(self._features(message)))
            entities = [span.as_entity(text, self.name) for span in without_overlaps([*sure, *tagged])]
            message.set(ENTITIES, entities, add_to_output=True)
        return messages

    def read(self, folder: Path) -> None:
        """Reads the names, and the model into memory."""
        self._names = Gazetteer.of(json.loads((folder / _NAMES).read_text(encoding="utf-8")))
        self._model = Path(folder / _FILE).read_bytes()
        self._tagger.open_inmemory(self._model)

    def _features(self, message: Message) -> List[List[str]]:
        tokens = message.get(TOKENS_NAMES[TEXT])
        return features(tokens, message.get(NORMALISED), message.get(VALUES), message.get(GUESS), self._names)


def labels(tokens: Sequence[Token], entities: Iterable[Dict[str, Any]]) -> List[str]:
    """Gives each token's label: O, or B- or I- with the entity and its role."""
    result = ["O"] * len(tokens)
    for entity in entities:
        name = entity[ENTITY_ATTRIBUTE_TYPE]
        if entity.get(ENTITY_ATTRIBUTE_ROLE):
            name = f"{name}#{entity[ENTITY_ATTRIBUTE_ROLE]}"
        for place, token in enumerate(tokens):
            if entity[ENTITY_ATTRIBUTE_START] <= token.start < entity[ENTITY_ATTRIBUTE_END]:
                result[place] = f"{'B' if token.start == entity[ENTITY_ATTRIBUTE_START] else 'I'}-{name}"
    return result


def spans(tokens: Sequence[Token], tags: Sequence[str]) -> List[Span]:
    """Gives the spans that labels mark; an I- without its B- begins one."""
    result: List[Span] = []
    current: Optional[Tuple[str, int, int]] = None
    for token, tag in [*zip(tokens, tags, strict=True), (None, "O")]:
        mark, _, name = tag.partition("-")
        if current is not None and not (mark == "I" and current[0] == name):
            entity, _, role = current[0].partition("#")
            result.append(Span(entity, current[1], current[2], role=role or None))
            current = None
        if mark != "O" and token is not None:
            current = (name, current[1] if current else token.start, token.end)
    return result
