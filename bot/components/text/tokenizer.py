"""Splits a text as mixed writing needs it: every Han character alone; Latin words, numbers, plates and ids whole."""

import re
from typing import Any, Dict, List

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

from values.writing import normalised

_TOKEN = re.compile(r"[a-z0-9]+|[^\W\d_a-z\u3400-\u9fff]+|\S", re.UNICODE)
"""Runs of basic Latin and digits, runs of another alphabet, or one character that is not blank."""


def split(text: str) -> List[Token]:
    """Gives the tokens of a text, with their places in it."""
    return [Token(text[found.start() : found.end()], found.start()) for found in _TOKEN.finditer(normalised(text))]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class MixedTokenizer(Tokenizer):
    """Rasa's tokenizer for sentences that mix Chinese and English."""

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """What Rasa's base class wants to know: intents are never split."""
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_", "token_pattern": None}

    def tokenize(self, message: Message, attribute: str) -> List[Token]:
        """Splits one attribute of a message."""
        return split(message.get(attribute))
