"""The kinds of fields by the name that `service.yml` uses. A new one is a module and a line here."""

from collections.abc import Callable, Mapping

from actions.fields.choice import Choice
from actions.fields.plate import Plate
from actions.fields.reading import Circumstances, FieldKind
from actions.fields.vin import VinLast6

FIELD_KINDS: Mapping[str, Callable[[Circumstances], FieldKind]] = {
    "choice": lambda at: Choice(at.options),
    "plate": lambda _: Plate(),
    "vin_last6": lambda _: VinLast6(),
}


def field_kind(name: str, at: Circumstances | None = None) -> FieldKind:
    """The kind of a name, for one turn; without circumstances one that needs none.

    Raises:
        KeyError: there is none.
    """
    return FIELD_KINDS[name](at or Circumstances())
