"""The kinds of fields by the name that `service.yml` uses: every type of value that can be read (`values/types/`), and
what depends on a turn: a choice, a photo, words.
"""

from collections.abc import Callable, Mapping
from functools import partial

from actions.fields.choice import Choice
from actions.fields.photo import Photo
from actions.fields.reading import Circumstances, FieldKind
from actions.fields.typed import Typed, readable_types
from actions.fields.words import Words

FIELD_KINDS: Mapping[str, Callable[[Circumstances], FieldKind]] = {
    **{name: partial(Typed, value_type) for name, value_type in readable_types().items()},
    "choice": lambda at: Choice(at.options),
    "photo": lambda _: Photo(),
    "words": lambda _: Words(),
}


def field_kind(name: str, at: Circumstances | None = None) -> FieldKind:
    """The kind of a name, for one turn; without circumstances one that needs none.

    Raises:
        KeyError: there is none.
    """
    return FIELD_KINDS[name](at or Circumstances())
