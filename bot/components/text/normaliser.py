"""Puts the text as it is to be read into each message, and its normalised text beside it (`values/writing.py`).

A message typed in pinyin is read as the Chinese text that was meant, and all components behind see that; where each
character was typed is kept (`bot/components/text/pinyin_reader.py`). In the normalised text, which only features see,
characters written for others of the same sound are set right; the text keeps them. What it knows of Chinese and English
is learnt from all lines of training, which stay as they are.
"""

import re
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components import NORMALISED, TYPED, WRITTEN
from bot.components.component import Learner
from bot.components.encoders import slow_encoder
from bot.components.text.homophones import Homophones
from bot.components.text.language_model import LanguageModel
from bot.components.text.latin_words import LatinWords
from bot.components.text.pinyin_reader import PinyinReader
from bot.turns import SITUATION
from values.writing import has_han, normalised

WORDS_WEIGHT = 1e6
"""Of all words that the slow encoder knows together, beside 600,000 characters of lines: they tell where no line does.
"""
NAME_ASKED = "person_name"
NAME_LETTERS = 24
"""Letters of an answer that is a name in pinyin, which nobody can tell the characters of."""
_HAN = re.compile("[\u3400-\u9fff]+")
_NAMES = "names.txt"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class Normaliser(Learner):
    """Sets text and normalised text of each message."""

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """No settings."""
        return {}

    def __init__(self, config: Dict[str, Any]) -> None:
        super().__init__(config)
        self._reader: Optional[PinyinReader] = None
        self._homophones: Optional[Homophones] = None

    def learn(self, training_data: TrainingData, folder: Path) -> None:
        """Learns from all lines and names, and writes what it learnt."""
        texts = [line.get(TEXT) for line in training_data.training_examples]
        lines = [normalised(text) for text in texts if text]  # `rasa train` adds examples without a text
        named = [normalised(name) for table in training_data.lookup_tables for name in table["elements"]]
        names = sorted(set(filter(has_han, named)))
        chinese = LanguageModel.fit([*filter(has_han, lines), *names], _words())
        english = LatinWords.fit(line for line in [*lines, *named] if not has_han(line))
        chinese.save(folder)
        english.save(folder)
        (folder / _NAMES).write_text("\n".join(names), encoding="utf-8")
        self._use(chinese, english, names)

    def read(self, folder: Path) -> None:
        """Reads what was learnt."""
        names = (folder / _NAMES).read_text(encoding="utf-8").split("\n")
        self._use(LanguageModel.load(folder), LatinWords.load(folder), names)

    def _use(self, chinese: LanguageModel, english: LatinWords, names: Sequence[str]) -> None:
        self._reader = PinyinReader(chinese, english, frozenset(names))
        self._homophones = Homophones(chinese)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Sets the normalised texts of lines, which are as they were written."""
        for line in training_data.training_examples:
            line.set(NORMALISED, normalised(line.get(TEXT) or ""))
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        """Sets texts and their normalised forms."""
        for message in messages:
            typed = message.get(TEXT) or ""
            meant = None if _may_be_a_name(message, typed) else self._reader.read(typed)
            if meant is not None:
                message.set(TEXT, meant.text, add_to_output=True)
                places = [list(place) for place in zip(meant.starts, meant.ends, strict=True)]
                message.set(TYPED, places, add_to_output=True)
            written = normalised(typed if meant is None else meant.text)
            message.set(WRITTEN, written)
            message.set(NORMALISED, written if meant is not None else self._homophones.corrected(written))
        return messages


def _may_be_a_name(message: Message, typed: str) -> bool:
    """Whether a person's name is asked for and this may be one."""
    situation = ((message.get("metadata") or {}).get("context") or {}).get(SITUATION) or {}
    return situation.get("asks_for") == NAME_ASKED and len(typed.strip()) <= NAME_LETTERS


def _words() -> Dict[str, float]:
    """Gives the Chinese words of the slow encoder, Simplified, with their weights."""
    found: Dict[str, float] = {}
    for word, share in slow_encoder.pieces():
        if _HAN.fullmatch(word):
            simple = normalised(word)
            found[simple] = found.get(simple, 0.0) + WORDS_WEIGHT * share
    return found
