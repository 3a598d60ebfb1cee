"""Puts the shadow of the text beside it (`values/writing.py`); the text itself stays as the resident wrote it."""

from typing import List

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.components import SHADOW
from bot.components.component import Component
from values.writing import shadow


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class Normaliser(Component):
    """Sets the shadow of each message."""

    def process(self, messages: List[Message]) -> List[Message]:
        """Sets the shadows."""
        for message in messages:
            message.set(SHADOW, shadow(message.get(TEXT) or ""))
        return messages
