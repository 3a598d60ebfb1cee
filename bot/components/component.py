"""What Rasa's graph asks of every component, said once: how it is made, where it keeps what it has learnt."""

from abc import abstractmethod
from pathlib import Path
from typing import Any, Dict, List

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData


class Component(GraphComponent):
    """One that has neither settings nor training."""

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "Component":
        """One that is ready."""
        return cls()

    @abstractmethod
    def process(self, messages: List[Message]) -> List[Message]:
        """Sets in each message what the component is for."""

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Sets the same in the lines of training."""
        self.process(training_data.training_examples)
        return training_data


class Learner(GraphComponent):
    """One that learns, and keeps what it learnt in a folder of its own in the model."""

    def __init__(self, config: Dict[str, Any]) -> None:
        self.config = config

    @abstractmethod
    def learn(self, training_data: TrainingData, folder: Path) -> None:
        """Learns from the lines of training, and writes what was learnt."""

    @abstractmethod
    def read(self, folder: Path) -> None:
        """Reads what was learnt, before the first message. Rasa removes the folder afterwards."""

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "Learner":
        """One that is to be trained."""
        component = cls(config)
        component._storage, component._resource = model_storage, resource
        return component

    def train(self, training_data: TrainingData) -> Resource:
        """Learns and writes, as Rasa asks for it."""
        with self._storage.write_to(self._resource) as folder:
            self.learn(training_data, folder)
        return self._resource

    @classmethod
    def load(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: Any,
    ) -> "Learner":
        """A trained one."""
        component = cls(config)
        with model_storage.read_from(resource) as folder:
            component.read(folder)
        return component
