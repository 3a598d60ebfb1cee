"""Finds values by pattern (`value_patterns.py`) and hands them on: the sure ones become entities later on."""

from typing import Any, Dict, List

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components import SHADOW, VALUES
from bot.components.value_patterns import find


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class PatternFinder(GraphComponent):
    """Sets the values found in each message."""

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "PatternFinder":
        """It has neither settings nor training."""
        return cls()

    def process(self, messages: List[Message]) -> List[Message]:
        """Sets the values."""
        for message in messages:
            message.set(VALUES, find(message.get(SHADOW)))
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Sets the values of the training lines."""
        self.process(training_data.training_examples)
        return training_data
