"""Finds values by pattern (`value_patterns.py`) and hands them on: the sure ones become entities later on."""

from typing import List

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.training_data.message import Message

from bot.components import SHADOW, VALUES
from bot.components.component import Component
from bot.components.value_patterns import find


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class PatternFinder(Component):
    """Sets the values found in each message."""

    def process(self, messages: List[Message]) -> List[Message]:
        """Sets the values."""
        for message in messages:
            message.set(VALUES, find(message.get(SHADOW)))
        return messages
