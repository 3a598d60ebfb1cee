"""A field of a form in one turn."""

from dataclasses import dataclass

from actions.fields.reading import FieldKind
from actions.schema import ServiceField

EVERY = "every:"
"""What a button gives that shows all choices of a field: no value."""


@dataclass(frozen=True, slots=True)
class FormField:
    """A declared field with the kind that reads it in this turn."""

    declared: ServiceField
    kind: FieldKind

    @property
    def name(self) -> str:
        return self.declared.name

    @property
    def entity(self) -> str:
        return self.declared.entity
