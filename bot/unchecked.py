"""Stands in the place of Rasa's check of config.yml, which knows only Rasa's own components and imports all of them."""

from typing import Any

from rasa.engine.graph import GraphComponent
from rasa.shared.importers.importer import TrainingDataImporter


class Unchecked(GraphComponent):
    """The first node of a training graph: hands on the importer. What lines and services must be, our tests check."""

    @classmethod
    def create(cls, *_: Any, **__: Any) -> "Unchecked":
        """The one there is."""
        return cls()

    def validate(self, importer: TrainingDataImporter) -> TrainingDataImporter:
        """Gives the importer."""
        return importer
