"""Finds values by the patterns of their types (`values/`) and hands them on: the sure ones become entities later."""

from typing import List

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.training_data.message import Message

from bot.components import NORMALISED, VALUES
from bot.components.component import Component
from bot.components.entities.spans import values_in


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class PatternFinder(Component):
    """Sets the values found in each message."""

    def process(self, messages: List[Message]) -> List[Message]:
        """Sets the values."""
        for message in messages:
            message.set(VALUES, values_in(message.get(NORMALISED)))
        return messages
