"""The kinds of fields by the name that `service.yml` uses: every type of value that can be read (`values/types/`), and
what depends on a turn: a choice, a photo, words.
"""

from collections.abc import Callable, Mapping
from functools import partial

from actions.fields.choice import Choice
from actions.fields.codes import Code
from actions.fields.identity import Identity
from actions.fields.names import PersonName
from actions.fields.photo import Photo
from actions.fields.place import Place
from actions.fields.plates import Plate
from actions.fields.reading import Circumstances, FieldKind
from actions.fields.typed import Typed, readable_types
from actions.fields.words import Words

CODES = ("account_number", "passport", "permit_number", "phone", "plate", "vin_last6")
"""Types of which a part can be put right in words."""
OF_TYPES: Mapping[str, type[Typed]] = {
    "id_number": Identity,
    "person_name": PersonName,
    "place": Place,
    **dict.fromkeys(CODES, Code),
    "plate": Plate,
}


def _choice(at: Circumstances) -> Choice:
    """A choice; the city's own name tells no option."""
    return Choice(at.options, () if at.city is None else tuple(at.city.names.model_dump(exclude_none=True).values()))


FIELD_KINDS: Mapping[str, Callable[[Circumstances], FieldKind]] = {
    **{name: partial(OF_TYPES.get(name, Typed), value_type) for name, value_type in readable_types().items()},
    "choice": _choice,
    "photo": lambda _: Photo(),
    "words": lambda _: Words(),
}


def field_kind(name: str, at: Circumstances | None = None) -> FieldKind:
    """The kind of a name, for one turn; without circumstances one that needs none.

    Raises:
        KeyError: there is none.
    """
    return FIELD_KINDS[name](at or Circumstances())
